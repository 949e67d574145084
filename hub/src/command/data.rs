//! `ishuri-hub data`: one learner's data, on request.

use anyhow::Context as _;
use hub::daemon::{delete_learner, export_learner};

use super::place::{At, wait};

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Print all that the hub knows of a learner, as JSON.
    Export(One),
    /// Destroy it; prints a proof, and leaves a row in the audit log. What the learner's boxes hold
    /// is destroyed by `ishuri-edge data delete` there.
    Delete(One),
}

#[derive(clap::Args)]
pub(crate) struct One {
    #[command(flatten)]
    at: At,
    /// 32 hexadecimal digits.
    learner: String,
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Verb::Export(_) => "export the learner's data",
            Verb::Delete(_) => "delete the learner's data",
        }
    }

    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Verb::Export(one) => {
                let learner = number(&one.learner)?;
                let value = wait(export_learner(&one.at.place()?, learner))?;
                println!("{}", serde_json::to_string_pretty(&value)?);
            }
            Verb::Delete(one) => {
                let learner = number(&one.learner)?;
                let proof = wait(delete_learner(&one.at.place()?, learner))?;
                println!("{proof}");
            }
        }
        Ok(())
    }
}

fn number(text: &str) -> anyhow::Result<u128> {
    let number = (text.len() == 32).then(|| u128::from_str_radix(text, 16).ok());
    let wrong = || format!("read learner `{text}`: not 32 hexadecimal digits");
    number.flatten().with_context(wrong)
}
