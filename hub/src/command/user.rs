//! `ishuri-hub user`: who may log in to the dashboard.

use anyhow::Context as _;
use hub::people::{Person, add_user, remove_user, reset_password};

use super::place::{At, now_ms, wait};

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Let somebody log in; prints a password to hand over, once.
    Add(Add),
    /// Give a user a new password; prints it, and ends their logins.
    Password(Named),
    /// Let a user in no more.
    Remove(Named),
}

#[derive(clap::Args)]
pub(crate) struct Add {
    #[command(flatten)]
    at: At,
    /// What they type: letters, digits, and `. _ - @`.
    login: String,
    /// super_admin, admin, regional_supervisor, school_manager, class_manager, parent, technician,
    /// content_editor or safeguarding_officer.
    #[arg(long)]
    role: String,
    /// Their place, from a region down: `Kigali/Gasabo/GS Kacyiru/P3 A`. All places if absent.
    #[arg(long)]
    place: Option<String>,
    /// Read the password from standard input instead of drawing one.
    #[arg(long)]
    password_stdin: bool,
    /// Ask them for a code of an authenticator application too.
    #[arg(long)]
    second_factor: bool,
    /// A learner of a parent, 32 hexadecimal digits; may be given again.
    #[arg(long = "child")]
    children: Vec<String>,
}

#[derive(clap::Args)]
pub(crate) struct Named {
    #[command(flatten)]
    at: At,
    /// The user.
    login: String,
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Verb::Add(_) => "add the user",
            Verb::Password(_) => "give a new password",
            Verb::Remove(_) => "remove the user",
        }
    }

    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Verb::Add(args) => wait(add(args)),
            Verb::Password(args) => wait(async {
                let (database, _authority) = args.at.place()?.open().await?;
                let password = reset_password(&database, &args.login, now_ms()).await?;
                println!("password {password}");
                Ok(())
            }),
            Verb::Remove(args) => wait(async {
                let (database, _authority) = args.at.place()?.open().await?;
                Ok(remove_user(&database, &args.login, now_ms()).await?)
            }),
        }
    }
}

async fn add(args: Add) -> anyhow::Result<()> {
    let password = match args.password_stdin {
        true => {
            let mut line = String::new();
            std::io::stdin()
                .read_line(&mut line)
                .context("read the password")?;
            Some(line.trim_end_matches(['\r', '\n']).to_owned())
        }
        false => None,
    };
    let learner = |text: &String| {
        let number = (text.len() == 32).then(|| u128::from_str_radix(text, 16).ok());
        let wrong = || format!("read learner `{text}`: not 32 hexadecimal digits");
        number.flatten().with_context(wrong)
    };
    let children = args.children.iter().map(learner);
    let person = Person {
        login: args.login,
        role: args.role,
        place: args.place,
        password,
        second_factor: args.second_factor,
        children: children.collect::<anyhow::Result<_>>()?,
    };
    let (database, _authority) = args.at.place()?.open().await?;
    let added = add_user(&database, person, now_ms()).await?;
    if let Some(password) = added.password {
        println!("password {password}");
    }
    if let Some(address) = added.second_factor {
        println!("{}second factor {address}", super::qr::drawn(&address)?);
    }
    Ok(())
}
