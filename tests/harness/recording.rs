//! Recorded writes, and what a disk holds when the power goes in the middle of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a disk writes whole or not at all, in bytes.
const SECTOR: usize = 512;

/// One thing that was done to a file.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Create(PathBuf),
    Write {
        path: PathBuf,
        at: usize,
        bytes: Vec<u8>,
    },
    Truncate {
        path: PathBuf,
        size: usize,
    },
    Sync(PathBuf),
    Delete {
        path: PathBuf,
        durable: bool,
    },
    /// Everything before was acknowledged under this number.
    Mark(u64),
}

/// What was written below a folder, in order.
#[derive(Clone, Debug)]
pub struct Recording {
    folder: PathBuf,
    ops: Vec<Op>,
}

/// A file as the disk has it. All files of a recording lie in one folder.
#[derive(Clone, Debug, Default)]
struct File {
    flushed: Vec<u8>,
    /// Whether its name has been flushed too.
    named: bool,
    unflushed: Vec<Change>,
    /// The file that had the name before, where its deletion is not flushed.
    before: Option<Vec<u8>>,
    deleted: bool,
}

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

/// Draws a number below another.
type Random<'a> = dyn FnMut(u64) -> u64 + 'a;

impl Recording {
    pub(crate) fn new(folder: PathBuf, ops: Vec<Op>) -> Self {
        Self { folder, ops }
    }

    /// Places where it can be cut.
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// Where a mark stands.
    pub fn place(&self, mark: u64) -> Option<usize> {
        let is_it = |op: &Op| matches!(op, Op::Mark(number) if *number == mark);
        self.ops.iter().position(is_it)
    }

    /// Writes into a folder what the disk holds when the power goes before the operation `at`: what
    /// was flushed, and of the rest each write whole, not at all, or some of its sectors. Returns the
    /// last mark before the cut.
    ///
    /// # Panics
    /// If the folder cannot be written.
    pub fn cut(&self, at: usize, random: &mut Random<'_>, into: &Path) -> Option<u64> {
        let mut files: BTreeMap<&Path, File> = BTreeMap::new();
        let mut acknowledged = None;
        for op in &self.ops[..at.min(self.ops.len())] {
            match op {
                Op::Mark(number) => acknowledged = Some(*number),
                Op::Create(path) => files.entry(path).or_default().create(),
                Op::Write { path, at, bytes } => {
                    let change = Change::Write(*at, bytes.clone());
                    files.entry(path).or_default().unflushed.push(change);
                }
                Op::Truncate { path, size } => {
                    let change = Change::Truncate(*size);
                    files.entry(path).or_default().unflushed.push(change);
                }
                Op::Sync(path) => {
                    let file = files.entry(path).or_default();
                    file.flush();
                    if !file.named && is_log(path) {
                        files.values_mut().for_each(File::name);
                    }
                }
                Op::Delete { path, durable } => {
                    let file = files.entry(path).or_default();
                    file.delete(random);
                    if *durable {
                        file.before = None;
                    }
                }
            }
        }
        for (path, file) in files {
            if let Some(bytes) = file.after_cut(random) {
                let name = path.strip_prefix(&self.folder).expect("recorded below it");
                std::fs::write(into.join(name), bytes).expect("the folder can be written");
            }
        }
        acknowledged
    }
}

impl File {
    fn create(&mut self) {
        let before = self.before.take();
        *self = Self {
            before,
            ..Self::default()
        };
    }

    fn flush(&mut self) {
        for change in std::mem::take(&mut self.unflushed) {
            change.apply(&mut self.flushed);
        }
    }

    /// The folder has been flushed.
    fn name(&mut self) {
        self.named = true;
        self.before = None;
    }

    fn delete(&mut self, random: &mut Random<'_>) {
        let file = std::mem::take(self);
        self.before = file.after_cut(random);
        self.deleted = true;
    }

    /// What is there after the power has gone.
    fn after_cut(mut self, random: &mut Random<'_>) -> Option<Vec<u8>> {
        if self.before.is_some() && random(2) == 0 {
            return self.before;
        }
        let unnamed = !self.named && random(2) == 0;
        if self.deleted || unnamed {
            return None;
        }
        for change in self.unflushed {
            match (random(4), change) {
                (0, _) => {}
                (1, Change::Write(at, bytes)) => torn(&mut self.flushed, at, &bytes, random),
                (_, change) => change.apply(&mut self.flushed),
            }
        }
        Some(self.flushed)
    }
}

/// With the first flush of a new journal, of either kind, SQLite flushes the folder.
fn is_log(path: &Path) -> bool {
    let name = path.to_string_lossy();
    name.ends_with("-wal") || name.ends_with("-journal")
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(at, written) => put(bytes, *at, written),
            Self::Truncate(size) => bytes.truncate(*size),
        }
    }
}

fn put(bytes: &mut Vec<u8>, at: usize, written: &[u8]) {
    let end = at + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[at..end].copy_from_slice(written);
}

/// Writes only some sectors.
fn torn(bytes: &mut Vec<u8>, at: usize, written: &[u8], random: &mut Random<'_>) {
    let mut begin = 0;
    while begin < written.len() {
        let end = ((at + begin) / SECTOR * SECTOR + SECTOR - at).min(written.len());
        if random(2) == 0 {
            put(bytes, at + begin, &written[begin..end]);
        }
        begin = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file holds after a cut at its end, when every choice falls the same way.
    #[track_caller]
    fn check(choice: u64, ops: &[Op], expected: Option<&str>) {
        let (folder, into) = (PathBuf::from("/a"), tempfile::tempdir().expect("a folder"));
        let recording = Recording::new(folder, ops.to_vec());
        recording.cut(ops.len(), &mut |below| choice % below, into.path());
        let found = std::fs::read_to_string(into.path().join("f-wal")).ok();
        assert_eq!(found.as_deref(), expected);
    }

    fn write(at: usize, text: &str) -> Op {
        let (path, bytes) = (PathBuf::from("/a/f-wal"), text.as_bytes().to_vec());
        Op::Write { path, at, bytes }
    }

    #[test]
    fn what_was_flushed_stays_and_the_rest_may_not() {
        let (file, sync) = (
            PathBuf::from("/a/f-wal"),
            Op::Sync(PathBuf::from("/a/f-wal")),
        );
        let ops = [Op::Create(file), write(0, "one"), sync, write(3, "two")];
        check(0, &ops, Some("one"));
        check(3, &ops, Some("onetwo"));
        check(0, &ops[..2], None);
    }

    #[test]
    fn a_deletion_that_was_not_flushed_may_be_undone() {
        let path = PathBuf::from("/a/f-wal");
        let sync = Op::Sync(path.clone());
        let gone = |durable| Op::Delete {
            path: path.clone(),
            durable,
        };
        check(
            0,
            &[write(0, "one"), sync.clone(), gone(false)],
            Some("one"),
        );
        check(3, &[write(0, "one"), sync.clone(), gone(false)], None);
        check(0, &[write(0, "one"), sync, gone(true)], None);
    }
}
