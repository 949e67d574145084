//! A serial port as octets.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::Command;

use tokio::io::unix::AsyncFd;

use super::config::ModemConfig;

/// `O_NONBLOCK` and `O_NOCTTY` of Linux: a read does not wait, and a hang-up of the line is not the
/// box's.
const FLAGS: i32 = 0o4000 | 0o400;

/// An open port.
pub(super) struct Port(AsyncFd<File>);

impl Port {
    /// Opens it raw: what is written goes out as it is, and nothing is echoed.
    #[expect(
        deprecated,
        reason = "a `File` keeps its descriptor; what replaces it is unsafe code"
    )]
    pub(super) fn open(config: &ModemConfig) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(FLAGS)
            .open(&config.port)?;
        let set = Command::new("stty")
            .arg("-F")
            .arg(&config.port)
            .args([
                &config.speed.to_string(),
                "raw",
                "-echo",
                "clocal",
                "-crtscts",
            ])
            .output()?;
        if !set.status.success() {
            let said = String::from_utf8_lossy(&set.stderr).trim().to_owned();
            return Err(io::Error::other(said));
        }
        Ok(Self(AsyncFd::new(file)?))
    }

    /// Reads what there is; 0 once the modem is unplugged.
    pub(super) async fn read(&self, octets: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut ready = self.0.readable().await?;
            match ready.try_io(|port| port.get_ref().read(octets)) {
                Ok(Err(error)) if error.kind() == ErrorKind::Interrupted => {}
                Ok(read) => return read,
                Err(_would_block) => {}
            }
        }
    }

    /// Writes all of it.
    pub(super) async fn write(&self, mut octets: &[u8]) -> io::Result<()> {
        while !octets.is_empty() {
            let mut ready = self.0.writable().await?;
            match ready.try_io(|port| port.get_ref().write(octets)) {
                Ok(Ok(0)) => return Err(ErrorKind::WriteZero.into()),
                Ok(Ok(count)) => octets = &octets[count..],
                Ok(Err(error)) if error.kind() == ErrorKind::Interrupted => {}
                Ok(Err(error)) => return Err(error),
                Err(_would_block) => {}
            }
        }
        Ok(())
    }
}
