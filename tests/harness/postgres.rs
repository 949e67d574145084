//! A real PostgreSQL, of the system's own package, in a folder that goes away.

use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::binary::output;

/// A server; killed when dropped.
#[derive(Debug)]
pub struct Postgres {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
    server: Child,
}

/// It refuses to run as root; this user comes with its package.
const OWNER: &str = "postgres";

impl Postgres {
    /// Starts one; `None`, with a line that says so, where its package is missing.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            eprintln!("skipped: no PostgreSQL here; deploy/test installs it");
            return None;
        };
        let folder = tempfile::Builder::new()
            .permissions(std::fs::Permissions::from_mode(0o755))
            .tempdir()
            .expect("a folder can be made");
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("the folder is ours");
        if is_root() {
            let id = |flag| output(Command::new("id").args([flag, OWNER]));
            let id = |flag| id(flag).trim().parse().expect("an id is a number");
            for path in [folder.path(), &data] {
                chown(path, Some(id("-u")), Some(id("-g"))).expect("root may give away");
            }
        }
        let mut init = unprivileged(&programs.join("initdb"));
        init.args([
            "--auth=trust",
            "--username=hub",
            "--encoding=UTF8",
            "--no-sync",
        ]);
        output(init.arg("--pgdata").arg(&data));
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .expect("a port is free")
            .port();
        let server = serve(&programs, folder.path(), port);
        let postgres = Self {
            folder,
            programs,
            port,
            server,
        };
        postgres.wait();
        Some(postgres)
    }

    /// Makes a database and returns its address.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn database(&self, name: &str) -> String {
        self.ask("postgres", &format!("CREATE DATABASE {name}"));
        format!("postgres://hub@127.0.0.1:{}/{name}", self.port)
    }

    /// What a statement gives, one line per row, columns with `|` between.
    ///
    /// # Panics
    /// If it is refused.
    pub fn ask(&self, database: &str, statement: &str) -> String {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args([
            "--no-psqlrc",
            "--tuples-only",
            "--no-align",
            "--username=hub",
        ])
        .args([
            "--host=127.0.0.1",
            "--dbname",
            database,
            "--command",
            statement,
        ])
        .arg(format!("--port={}", self.port));
        output(&mut psql).trim_end().to_owned()
    }

    /// Ends it at once, without a checkpoint, and starts it again: what it said was committed must
    /// be there.
    ///
    /// # Panics
    /// If it does not come back.
    pub fn crash(&mut self) {
        self.end();
        self.server = serve(&self.programs, self.folder.path(), self.port);
        self.wait();
    }

    fn end(&mut self) {
        // To the first process, SIGQUIT is "immediate shutdown": all end, nothing is flushed, and
        // the next start recovers from the log. SIGKILL would leave others writing behind it.
        let _gone = Command::new("kill")
            .args(["-QUIT", &self.server.id().to_string()])
            .status();
        let _reaped = self.server.wait();
    }

    fn wait(&self) {
        let mut ready = Command::new(self.programs.join("pg_isready"));
        ready
            .args(["--quiet", "--host=127.0.0.1"])
            .arg(format!("--port={}", self.port));
        // It says when it is ready by answering; asking is the only way to hear it.
        for _ in 0..600 {
            if ready.status().expect("pg_isready runs").success() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        panic!("PostgreSQL does not start: {log}");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.end();
    }
}

fn serve(programs: &Path, folder: &Path, port: u16) -> Child {
    let log = std::fs::File::options()
        .append(true)
        .create(true)
        .open(folder.join("log"))
        .expect("the folder is ours");
    // `exec` in `setpriv` keeps the process number: what is killed is the server.
    unprivileged(&programs.join("postgres"))
        .arg("-D")
        .arg(folder.join("data"))
        .arg("-k")
        .arg(folder)
        .args(["-c", "listen_addresses=127.0.0.1", "-p", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the server starts")
}

/// A command under the server's own user, if we are root.
fn unprivileged(program: &Path) -> Command {
    if is_root() {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid", OWNER, "--regid", OWNER, "--clear-groups", "--"])
            .arg(program)
            .current_dir("/");
        command
    } else {
        Command::new(program)
    }
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).trim() == "0"
}

/// Where Debian and Ubuntu keep its programs; the newest.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    folders
        .filter(|folder| folder.join("initdb").exists())
        .max()
}
