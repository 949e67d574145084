//! `ishuri-models verify`.

use models::install::{self, Finding, FindingKind, models_dir};

use super::source::CatalogueFile;

/// Hash every installed file and compare it with the catalogue, or with what was pinned.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// These models instead of all that are installed.
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',')]
    only: Vec<String>,
    /// One JSON array instead of lines.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    catalogue: CatalogueFile,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let catalogue = args.catalogue.load()?;
    let folder = models_dir()?;
    let chosen = match args.only.is_empty() {
        true => catalogue.models().iter().collect(),
        false => catalogue.choose(&args.only)?,
    };
    let mut findings = Vec::new();
    for model in chosen {
        let found = install::verify(&folder, model);
        if found.is_empty() && !args.only.is_empty() {
            anyhow::bail!(
                "speech model {} is not installed in {}",
                model.id,
                folder.display()
            );
        }
        if !args.json {
            found
                .iter()
                .for_each(|finding| println!("{}", in_words(finding)));
        }
        findings.extend(found);
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&findings)?);
    }
    if findings.is_empty() {
        anyhow::bail!(
            "nothing is installed in {}: run `ishuri-models fetch`",
            folder.display()
        );
    }
    let bad = findings.iter().filter(|finding| {
        !matches!(
            finding.kind,
            FindingKind::Good | FindingKind::Unknown { .. }
        )
    });
    let bad: Vec<String> = bad
        .map(|finding| finding.path.display().to_string())
        .collect();
    match bad.len() {
        0 => Ok(()),
        count => anyhow::bail!(
            "{count} of {} files: {}; run `ishuri-models fetch` to bring them anew",
            findings.len(),
            bad.join(", ")
        ),
    }
}

fn in_words(finding: &Finding) -> String {
    let path = finding.path.display();
    match &finding.kind {
        FindingKind::Good => format!("good {path}"),
        FindingKind::Damaged { expected, found } => {
            format!("damaged {path}: SHA-256 {found}, expected {expected}")
        }
        FindingKind::Missing => format!("missing {path}"),
        FindingKind::Unreadable { fault } => format!("unreadable {path}: {fault}"),
        FindingKind::Unknown { found } => format!("unknown {path}: SHA-256 {found}"),
    }
}
