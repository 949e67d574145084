//! A box in a process of its own, whose figures and burden are read while it is called.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::binary::binary;

/// The status page answers within this.
const PAGE_MAX: Duration = Duration::from_secs(10);

/// `ishuri-edge run`; killed when dropped.
#[derive(Debug)]
pub struct MeasuredBox {
    child: Child,
    /// Where it is called.
    pub sip: SocketAddr,
    /// Where its pages are.
    pub status: SocketAddr,
    /// Calls at once that it takes.
    pub lines: usize,
}

impl MeasuredBox {
    /// Starts it on a folder and waits until it takes calls. `lines` is how many, 0 for as many as
    /// it measures that it bears.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(folder: &Path, lines: u16) -> Self {
        let config = format!(
            "[box]\ndata = {:?}\nlanguages = [\"en\"]\n[calls]\nlines = {lines}\nlength_max_min = 60\n\
             [status]\nbind = \"127.0.0.1:0\"\n[sip]\nbind = \"127.0.0.1:0\"\nlines_max = 64\n\
             [[sip.gateways]]\naddress = \"127.0.0.1\"\n",
            folder.join("data")
        );
        let path = folder.join("box.toml");
        std::fs::write(&path, config).expect("the folder is writable");
        let mut child = Command::new(binary("ishuri-edge"))
            .args(["run", "--config"])
            .arg(&path)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the box starts");
        let said = child.stdout.take().expect("its output is piped");
        let mut said = BufReader::new(said).lines().map_while(Result::ok);
        let mut after = |what: &str| {
            let line = said.find(|line| line.starts_with(what));
            let line = line.unwrap_or_else(|| panic!("the box says no `{what}`"));
            line[what.len()..].trim().to_owned()
        };
        let (sip, status) = (after("sip "), after("status "));
        let lines = after("ready for ");
        Self {
            child,
            sip: sip.parse().expect("an address"),
            status: status.parse().expect("an address"),
            lines: lines
                .split(' ')
                .next()
                .and_then(|n| n.parse().ok())
                .expect("a number"),
        }
    }

    /// A page.
    ///
    /// # Panics
    /// If the box does not serve it.
    pub fn page(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.status).expect("the page is served");
        stream.set_read_timeout(Some(PAGE_MAX)).expect("a time");
        let request = format!("GET {path} HTTP/1.1\r\nHost: box\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it listens");
        let mut page = String::new();
        stream.read_to_string(&mut page).expect("a page is text");
        page
    }

    /// The figures of its metrics page, each by its whole name, `ishuri_` left out.
    ///
    /// # Panics
    /// If the box does not serve it.
    pub fn figures(&self) -> BTreeMap<String, f64> {
        let page = self.page("/metrics");
        let figures = page.lines().filter_map(|line| {
            let (name, value) = line.strip_prefix("ishuri_")?.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        });
        figures.collect()
    }

    /// Memory in use, in bytes, and processor time used so far; nothing where there is no `/proc`.
    pub fn burden(&self) -> Option<(u64, Duration)> {
        let folder = Path::new("/proc").join(self.child.id().to_string());
        let status = std::fs::read_to_string(folder.join("status")).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
        let stat = std::fs::read_to_string(folder.join("stat")).ok()?;
        // After the name in brackets; user and system time are fields 14 and 15, in hundredths.
        let (_, fields) = stat.rsplit_once(") ")?;
        let ticks = fields.split(' ').skip(11).take(2);
        let ticks: u64 = ticks.filter_map(|field| field.parse::<u64>().ok()).sum();
        Some((kilobytes * 1024, Duration::from_millis(ticks * 10)))
    }

    /// Asks it to close, and waits until it has.
    ///
    /// # Panics
    /// If it does not close as it should.
    pub fn close(mut self) {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.expect("kill is there").success());
        let ended = self.child.wait().expect("it is ours to wait for");
        assert!(ended.success(), "the box ends with {ended}");
    }
}

impl Drop for MeasuredBox {
    fn drop(&mut self) {
        // Gone already is as good.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}
