//! `ishuri-models transcribe`.

#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(Args {}: Args) -> anyhow::Result<()> {
    anyhow::bail!("this verb is not part of this build")
}
