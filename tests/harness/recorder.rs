//! Records what SQLite really writes to the disk, for [`Recording::cut`](super::Recording::cut).
//!
//! A virtual file system (`https://www.sqlite.org/vfs.html`) laid over SQLite's own, as the process's
//! default: every connection of this process goes through it, whichever crate opened it. Files below
//! a folder that is being recorded are noted write by write; all others pass through.

#![expect(
    unsafe_code,
    reason = "SQLite's file systems are tables of C functions"
)]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rusqlite::ffi;

use crate::recording::{Op, Recording};

/// Records the databases below a folder, from now until it is taken.
#[derive(Debug)]
pub struct Recorder {
    folder: PathBuf,
    ops: Ops,
}

type Ops = Arc<Mutex<Vec<Op>>>;

/// Folders that are being recorded.
static RECORDED: Mutex<Vec<(PathBuf, Ops)>> = Mutex::new(Vec::new());

/// SQLite's own file system, below ours.
static BELOW: OnceLock<Below> = OnceLock::new();

struct Below(*mut ffi::sqlite3_vfs);

// SAFETY: SQLite's registered file systems live as long as the process, and may be used by any thread.
unsafe impl Send for Below {}
// SAFETY: as above.
unsafe impl Sync for Below {}

/// An open file: ours, with the file of the file system below behind it in the same memory. Two
/// pointers: what follows is aligned as SQLite aligns a file.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    /// Where its writes are noted; null when it is not recorded.
    note: *mut Note,
}

struct Note {
    path: PathBuf,
    ops: Ops,
}

impl Recorder {
    /// Begins to record. Connections that are open already are not seen.
    ///
    /// # Panics
    /// If SQLite does not take our file system, or the folder is not there.
    pub fn start(folder: &Path) -> Self {
        BELOW.get_or_init(register);
        let folder = folder.canonicalize().expect("the folder is there");
        let ops = Ops::default();
        lock(&RECORDED).push((folder.clone(), Arc::clone(&ops)));
        Self { folder, ops }
    }

    /// Notes that everything written until now was acknowledged under this number.
    pub fn mark(&self, number: u64) {
        lock(&self.ops).push(Op::Mark(number));
    }

    /// Ends recording.
    pub fn take(self) -> Recording {
        lock(&RECORDED).retain(|(_, ops)| !Arc::ptr_eq(ops, &self.ops));
        let ops = std::mem::take(&mut *lock(&self.ops));
        Recording::new(self.folder, ops)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn register() -> Below {
    // SAFETY: the default file system is there from the first call on and is never freed; ours is
    // leaked, as SQLite keeps the pointer.
    unsafe {
        ffi::sqlite3_initialize();
        let below = ffi::sqlite3_vfs_find(std::ptr::null());
        assert!(!below.is_null(), "SQLite has a file system");
        let mut ours = *below;
        ours.szOsFile += c_int::try_from(size_of::<File>()).expect("a small structure");
        ours.zName = c"recorder".as_ptr();
        ours.pNext = std::ptr::null_mut();
        ours.xOpen = Some(open);
        ours.xDelete = Some(delete);
        let ours = Box::into_raw(Box::new(ours));
        let taken = ffi::sqlite3_vfs_register(ours, 1);
        assert_eq!(taken, ffi::SQLITE_OK, "SQLite takes the recorder");
        Below(below)
    }
}

fn below() -> *mut ffi::sqlite3_vfs {
    BELOW.get().expect("set before any file is opened").0
}

/// Where writes to this path are noted, if anywhere.
fn recorded(path: &Path) -> Option<Ops> {
    let recorded = lock(&RECORDED);
    let folder = recorded.iter().find(|(folder, _)| path.starts_with(folder));
    folder.map(|(_, ops)| Arc::clone(ops))
}

/// The path of a name that SQLite hands over; none for a nameless temporary file.
unsafe fn path(name: *const c_char) -> Option<PathBuf> {
    if name.is_null() {
        return None;
    }
    // SAFETY: SQLite's names end with a zero.
    let name = unsafe { CStr::from_ptr(name) };
    name.to_str().ok().map(PathBuf::from)
}

unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives `szOsFile` bytes, aligned for both structures.
    unsafe {
        let ours = file.cast::<File>();
        (*ours).base.pMethods = std::ptr::null();
        (*ours).note = std::ptr::null_mut();
        let path = path(name);
        let existed = path.as_deref().is_some_and(Path::exists);
        let open = (*below()).xOpen.expect("every file system opens");
        let code = open(below(), name, real(file), flags, out);
        if (*real(file)).pMethods.is_null() {
            return code;
        }
        (*ours).base.pMethods = &raw const METHODS;
        if let Some((path, ops)) = path.and_then(|path| Some((path.clone(), recorded(&path)?))) {
            if !existed {
                lock(&ops).push(Op::Create(path.clone()));
            }
            (*ours).note = Box::into_raw(Box::new(Note { path, ops }));
        }
        code
    }
}

unsafe extern "C" fn delete(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: the name is SQLite's.
    unsafe {
        let delete = (*below()).xDelete.expect("every file system deletes");
        let code = delete(below(), name, sync_folder);
        if let Some((path, ops)) =
            path(name).and_then(|path| Some((path.clone(), recorded(&path)?)))
            && code == ffi::SQLITE_OK
        {
            let durable = sync_folder != 0;
            lock(&ops).push(Op::Delete { path, durable });
        }
        code
    }
}

/// The file of the file system below.
unsafe fn real(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: it lies right behind ours.
    unsafe { file.cast::<File>().add(1).cast() }
}

/// Notes what was done to a file, if it is recorded.
unsafe fn note(file: *mut ffi::sqlite3_file, op: impl FnOnce(PathBuf) -> Op) {
    // SAFETY: set in `open`, freed in `close`.
    if let Some(note) = unsafe { (*file.cast::<File>()).note.as_ref() } {
        let op = op(note.path.clone());
        lock(&note.ops).push(op);
    }
}

/// Calls the file system below.
macro_rules! pass {
    ($file:ident, $method:ident $(, $argument:expr)*) => {{
        // SAFETY: `open` succeeded, so the file below has its methods; SQLite calls no method that
        // a file's version does not have.
        unsafe {
            let real = real($file);
            let method = (*(*real).pMethods).$method.expect("part of every Unix file system");
            method(real $(, $argument)*)
        }
    }};
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: the note was made by `Box::into_raw`, and a file is closed once.
    unsafe {
        let ours = file.cast::<File>();
        if !(*ours).note.is_null() {
            drop(Box::from_raw((*ours).note));
            (*ours).note = std::ptr::null_mut();
        }
    }
    pass!(file, xClose)
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    size: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    pass!(file, xRead, into, size, at)
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    size: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    let code = pass!(file, xWrite, from, size, at);
    if code == ffi::SQLITE_OK {
        let size = usize::try_from(size).expect("SQLite writes forwards");
        // SAFETY: SQLite has just written so many bytes from there.
        let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), size) }.to_vec();
        let at = usize::try_from(at).expect("an offset");
        // SAFETY: an open file.
        unsafe { note(file, |path| Op::Write { path, at, bytes }) };
    }
    code
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    let code = pass!(file, xTruncate, size);
    if code == ffi::SQLITE_OK {
        let size = usize::try_from(size).expect("a size");
        // SAFETY: an open file.
        unsafe { note(file, |path| Op::Truncate { path, size }) };
    }
    code
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    let code = pass!(file, xSync, flags);
    if code == ffi::SQLITE_OK {
        // SAFETY: an open file.
        unsafe { note(file, Op::Sync) };
    }
    code
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut i64) -> c_int {
    pass!(file, xFileSize, size)
}

unsafe extern "C" fn lock_file(file: *mut ffi::sqlite3_file, kind: c_int) -> c_int {
    pass!(file, xLock, kind)
}

unsafe extern "C" fn unlock_file(file: *mut ffi::sqlite3_file, kind: c_int) -> c_int {
    pass!(file, xUnlock, kind)
}

unsafe extern "C" fn is_reserved(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    pass!(file, xCheckReservedLock, out)
}

unsafe extern "C" fn control(
    file: *mut ffi::sqlite3_file,
    what: c_int,
    argument: *mut c_void,
) -> c_int {
    pass!(file, xFileControl, what, argument)
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    pass!(file, xSectorSize)
}

unsafe extern "C" fn characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    pass!(file, xDeviceCharacteristics)
}

unsafe extern "C" fn shared_map(
    file: *mut ffi::sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    pass!(file, xShmMap, page, size, extend, out)
}

unsafe extern "C" fn shared_lock(
    file: *mut ffi::sqlite3_file,
    offset: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    pass!(file, xShmLock, offset, count, flags)
}

unsafe extern "C" fn shared_barrier(file: *mut ffi::sqlite3_file) {
    pass!(file, xShmBarrier);
}

unsafe extern "C" fn shared_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    pass!(file, xShmUnmap, delete)
}

/// Version 2: with shared memory for WAL, without memory-mapped pages, which no write would show.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock_file),
    xUnlock: Some(unlock_file),
    xCheckReservedLock: Some(is_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shared_map),
    xShmLock: Some(shared_lock),
    xShmBarrier: Some(shared_barrier),
    xShmUnmap: Some(shared_unmap),
    xFetch: None,
    xUnfetch: None,
};

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    fn count(file: &Path) -> Option<i64> {
        let connection = Connection::open(file).ok()?;
        let count = connection.query_row("SELECT count(*) FROM note", [], |row| row.get(0));
        count.ok()
    }

    /// A hundred rows, each committed alone; the number of cuts after which acknowledged rows are gone.
    fn lost(synchronous: &str) -> usize {
        let folder = tempfile::tempdir().expect("a folder");
        let recorder = Recorder::start(folder.path());
        let file = folder.path().join("a.sqlite");
        let connection = Connection::open(&file).expect("a database");
        let begin = format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous};
             PRAGMA wal_autocheckpoint = 20; CREATE TABLE note (number INTEGER);"
        );
        connection.execute_batch(&begin).expect("plain SQL");
        for number in 1..=100_u64 {
            let row = i64::try_from(number).expect("small");
            connection
                .execute("INSERT INTO note VALUES (?1)", [row])
                .expect("a row");
            recorder.mark(number);
        }
        drop(connection);
        let recording = recorder.take();
        let mut seed = 7_u64;
        let mut random = |below: u64| {
            // Knuth, MMIX: enough for choosing.
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let mut lost = 0;
        for _ in 0..300 {
            let cut = tempfile::tempdir().expect("a folder");
            let at = random(recording.len() as u64) as usize;
            let acknowledged = recording.cut(at, &mut random, cut.path()).unwrap_or(0);
            let kept = count(&cut.path().join("a.sqlite")).unwrap_or(0);
            lost += usize::from(kept.cast_unsigned() < acknowledged);
        }
        lost
    }

    #[test]
    fn cuts_lose_nothing_that_was_synchronised_and_something_that_was_not() {
        assert_eq!(lost("FULL"), 0);
        assert!(lost("NORMAL") > 30);
    }
}
