//! SQLite's files on simulated disks.
//!
//! One VFS, named [`NAME`], is registered per process; which disk a path lies on is looked up in
//! the calling thread's list, so that tests on several threads have worlds of their own. Databases
//! are opened with an exclusive lock, so WAL needs no shared memory and locks have nobody to keep
//! out.
//!
//! The crate `sqlite-plugin` would have spared the `unsafe`; it runs bindgen, and so libclang, in
//! every build.

use std::{
    cell::RefCell,
    ffi::{CStr, c_char, c_int, c_void},
    ptr,
    sync::{Arc, Once},
};

use rusqlite::ffi;

use super::node::{Dead, Node};

pub const NAME: &str = "gandan-simulation";

thread_local! {
    /// Path prefix and the machine whose disk lies there.
    static MOUNTS: RefCell<Vec<(String, Arc<Node>)>> = const { RefCell::new(Vec::new()) };
}

/// Makes `node`'s disk appear below `prefix` for this thread, until dropped.
pub struct Mount(String);

pub fn mount(prefix: &str, node: &Arc<Node>) -> Mount {
    register();
    MOUNTS.with_borrow_mut(|mounts| mounts.push((prefix.to_owned(), Arc::clone(node))));
    Mount(prefix.to_owned())
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = MOUNTS.try_with(|mounts| {
            mounts.borrow_mut().retain(|(prefix, _)| *prefix != self.0);
        });
    }
}

fn find(path: &str) -> Option<Arc<Node>> {
    MOUNTS.with_borrow(|mounts| {
        let found = mounts
            .iter()
            .find(|(prefix, _)| path.starts_with(prefix.as_str()));
        found.map(|(_, node)| Arc::clone(node))
    })
}

/// What SQLite allocates per open file; `handle` is ours.
#[repr(C)]
struct OpenFile {
    base: ffi::sqlite3_file,
    handle: *mut Handle,
}

struct Handle {
    node: Arc<Node>,
    path: String,
    /// The life of the machine that opened it.
    life: u64,
    delete_on_close: bool,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // Version 1 has neither shared memory nor memory-mapped reading.
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(lock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// Registers the VFS, once.
fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: finding the default VFS has no precondition; it lives as long as the process.
        let default = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
        // SAFETY: `default` is null or points to a VFS that is never freed.
        let (random, sleep, time, time64) = match unsafe { default.as_ref() } {
            Some(vfs) => (
                vfs.xRandomness,
                vfs.xSleep,
                vfs.xCurrentTime,
                vfs.xCurrentTimeInt64,
            ),
            None => (None, None, None, None),
        };
        let vfs = ffi::sqlite3_vfs {
            iVersion: 2,
            szOsFile: size_of::<OpenFile>() as c_int,
            mxPathname: 1024,
            pNext: ptr::null_mut(),
            zName: c"gandan-simulation".as_ptr(),
            pAppData: ptr::null_mut(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_pathname),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            // Salts of the log and the like; nothing that the simulation observes.
            xRandomness: random,
            xSleep: sleep,
            xCurrentTime: time,
            xGetLastError: Some(last_error),
            xCurrentTimeInt64: time64,
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        };
        // SAFETY: the VFS is leaked, so it outlives every connection, and its callbacks follow
        // the protocol of sqlite3_vfs.
        unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(vfs)), 0) };
    });
}

/// The handle behind SQLite's file.
///
/// # Safety
/// `file` must have been filled by [`open`] and not yet closed.
unsafe fn handle<'a>(file: *mut ffi::sqlite3_file) -> &'a Handle {
    // SAFETY: per contract `file` is an `OpenFile` whose handle `open` made from a box.
    unsafe { &*(*file.cast::<OpenFile>()).handle }
}

/// # Safety
/// `path` must be null or a C string.
unsafe fn text(path: *const c_char) -> Option<String> {
    if path.is_null() {
        return None;
    }
    // SAFETY: not null, and per contract a C string.
    unsafe { CStr::from_ptr(path) }
        .to_str()
        .ok()
        .map(str::to_owned)
}

unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let file = file.cast::<OpenFile>();
    // SAFETY: SQLite gives room for `szOsFile` bytes; no methods means "nothing to close".
    unsafe { (*file).base.pMethods = ptr::null() };
    // SAFETY: SQLite passes null or a C string. Unnamed scratch files are not simulated: the
    // databases are opened with `temp_store=MEMORY` and have none.
    let Some(path) = (unsafe { text(name) }) else {
        return ffi::SQLITE_CANTOPEN;
    };
    let Some((node, life)) = find(&path).and_then(|node| node.life().map(|life| (node, life)))
    else {
        return ffi::SQLITE_CANTOPEN;
    };
    let exists = node.disk(life, |disk| disk.exists(&path)).unwrap_or(false);
    if !exists {
        if flags & ffi::SQLITE_OPEN_CREATE == 0 {
            return ffi::SQLITE_CANTOPEN;
        }
        let made = node
            .operation(life, "create")
            .and_then(|()| node.disk(life, |disk| disk.create(&path)));
        if made.is_err() {
            return ffi::SQLITE_CANTOPEN;
        }
    }
    node.count_file(true);
    let handle = Handle {
        node,
        path,
        life,
        delete_on_close: flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0,
    };
    // SAFETY: as above; `out_flags` is null or writable.
    unsafe {
        (*file).handle = Box::into_raw(Box::new(handle));
        (*file).base.pMethods = &raw const METHODS;
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file that `open` filled, once.
    let handle = unsafe { Box::from_raw((*file.cast::<OpenFile>()).handle) };
    handle.node.count_file(false);
    if handle.delete_on_close {
        let _ = handle
            .node
            .disk(handle.life, |disk| disk.delete(&handle.path));
    }
    ffi::SQLITE_OK
}

fn result(outcome: Result<(), Dead>, error: c_int) -> c_int {
    match outcome {
        Ok(()) => ffi::SQLITE_OK,
        Err(Dead) => error,
    }
}

impl Handle {
    /// One counted operation that changes the disk.
    fn change(
        &self,
        what: &'static str,
        work: impl FnOnce(&mut super::disk::Disk),
    ) -> Result<(), Dead> {
        self.node.operation(self.life, what)?;
        self.node.disk(self.life, work)
    }
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    out: *mut c_void,
    amount: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: the file is open, and `out` has room for `amount` bytes.
    let (handle, out) = unsafe {
        let out = std::slice::from_raw_parts_mut(out.cast::<u8>(), amount.unsigned_abs() as usize);
        (handle(file), out)
    };
    out.fill(0);
    match handle.node.disk(handle.life, |disk| {
        disk.read(&handle.path, at as usize, out)
    }) {
        Ok(length) if length == out.len() => ffi::SQLITE_OK,
        Ok(_) => ffi::SQLITE_IOERR_SHORT_READ,
        Err(Dead) => ffi::SQLITE_IOERR_READ,
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    amount: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: the file is open, and `bytes` has `amount` bytes.
    let (handle, bytes) = unsafe {
        let bytes = std::slice::from_raw_parts(bytes.cast::<u8>(), amount.unsigned_abs() as usize);
        (handle(file), bytes)
    };
    let written = handle.change("write", |disk| disk.write(&handle.path, at as usize, bytes));
    result(written, ffi::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    // SAFETY: the file is open.
    let handle = unsafe { handle(file) };
    let cut = handle.change("truncate", |disk| {
        disk.truncate(&handle.path, size as usize)
    });
    result(cut, ffi::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: the file is open.
    let handle = unsafe { handle(file) };
    let synced = handle.change("sync", |disk| disk.sync(&handle.path));
    result(synced, ffi::SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn file_size(
    file: *mut ffi::sqlite3_file,
    out: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: the file is open, and `out` is writable.
    let handle = unsafe { handle(file) };
    match handle
        .node
        .disk(handle.life, |disk| disk.size(&handle.path))
    {
        Ok(size) => {
            // SAFETY: as above.
            unsafe { *out = size as ffi::sqlite3_int64 };
            ffi::SQLITE_OK
        }
        Err(Dead) => ffi::SQLITE_IOERR_FSTAT,
    }
}

unsafe extern "C" fn lock(_file: *mut ffi::sqlite3_file, _level: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(_file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: `out` is writable.
    unsafe { *out = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(
    _file: *mut ffi::sqlite3_file,
    _op: c_int,
    _arg: *mut c_void,
) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    4096
}

unsafe extern "C" fn device_characteristics(_file: *mut ffi::sqlite3_file) -> c_int {
    // What SQLite's own unix VFS claims: a torn write harms no byte outside it.
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn delete(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_dir: c_int,
) -> c_int {
    // SAFETY: SQLite passes a C string.
    let found = unsafe { text(name) }.and_then(|path| Some((find(&path)?, path)));
    let Some((node, path)) = found else {
        return ffi::SQLITE_IOERR_DELETE;
    };
    let Some(life) = node.life() else {
        return ffi::SQLITE_IOERR_DELETE;
    };
    match node.disk(life, |disk| disk.exists(&path)) {
        Ok(true) => {}
        Ok(false) => return ffi::SQLITE_IOERR_DELETE_NOENT,
        Err(Dead) => return ffi::SQLITE_IOERR_DELETE,
    }
    let deleted = node.operation(life, "delete").and_then(|()| {
        node.disk(life, |disk| {
            disk.delete(&path);
            if sync_dir != 0 {
                disk.sync(&path);
            }
        })
    });
    result(deleted, ffi::SQLITE_IOERR_DELETE)
}

unsafe extern "C" fn access(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    _flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes a C string.
    let exists = unsafe { text(name) }.is_some_and(|path| {
        find(&path).is_some_and(|node| {
            node.life()
                .is_some_and(|life| node.disk(life, |disk| disk.exists(&path)) == Ok(true))
        })
    });
    // SAFETY: `out` is writable.
    unsafe { *out = c_int::from(exists) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_pathname(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    size: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite passes a C string.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes_with_nul();
    if name.len() > size.unsigned_abs() as usize {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: `out` has room for `size` bytes, which is enough; the two do not overlap.
    unsafe { ptr::copy_nonoverlapping(name.as_ptr().cast(), out, name.len()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn last_error(
    _vfs: *mut ffi::sqlite3_vfs,
    _size: c_int,
    _out: *mut c_char,
) -> c_int {
    0
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use std::path::Path;

    use gandan_foundation::sqlite::{self, OpenOptions};
    use rusqlite::Connection;

    use super::*;
    use crate::sim::{
        node::{Death, Name},
        rng::{Rng, Stream},
        trace::Trace,
    };

    const PATH: &str = "/simulated-vfs/a.db";

    fn connect() -> rusqlite::Result<Connection> {
        let options = OpenOptions {
            vfs: Some(NAME.into()),
            exclusive: true,
            read_only: false,
        };
        sqlite::open(Path::new(PATH), &options)
    }

    fn node(seed: u64) -> (Arc<Node>, Mount) {
        let node = Node::new(
            Name::Phone,
            Rng::new(seed, Stream::PhoneDisk),
            Arc::new(Trace::new(false)),
        );
        let mount = mount("/simulated-vfs/", &node);
        (node, mount)
    }

    fn count(db: &Connection) -> i64 {
        db.query_row("SELECT count(*) FROM thing", [], |row| row.get(0))
            .unwrap()
    }

    /// Writes rows until the machine dies; how many were acknowledged.
    fn write_until_death(db: &Connection, from: i64) -> i64 {
        let mut done = from;
        while db
            .execute(
                "INSERT INTO thing (id, filler) VALUES (?1, randomblob(900))",
                [done + 1],
            )
            .is_ok()
        {
            done += 1;
        }
        done
    }

    #[test]
    fn what_was_committed_survives_every_death() {
        let mut deaths = [0, 0];
        for seed in 0..60 {
            let (node, _mount) = node(seed);
            let mut rng = Rng::new(seed, Stream::Plan);
            let db = connect().unwrap();
            db.execute_batch(
                "PRAGMA wal_autocheckpoint=20;
                 CREATE TABLE thing (id INTEGER PRIMARY KEY, filler BLOB) STRICT;",
            )
            .unwrap();
            let mut done = 0;
            let mut db = Some(db);
            for _ in 0..6 {
                let death = if rng.chance(50) {
                    Death::Kill
                } else {
                    Death::PowerCut
                };
                deaths[usize::from(death == Death::Kill)] += 1;
                node.set_fuse(rng.magnitude(400), death);
                // Dying while opening is fine too; then nothing was acknowledged.
                if let Some(db) = db.take().or_else(|| connect().ok()) {
                    done = write_until_death(&db, done);
                    assert!(!node.alive());
                }
                node.clear_fuse();
                node.stop(Death::Kill);
                node.start();
                let again = connect().unwrap();
                let found = count(&again);
                // The insert that was under way may have become durable without an answer.
                assert!(
                    found == done || found == done + 1,
                    "seed {seed}: {found} of {done}"
                );
                let check: String = again
                    .pragma_query_value(None, "integrity_check", |row| row.get(0))
                    .unwrap();
                assert_eq!(check, "ok", "seed {seed}");
                done = found;
                again.pragma_update(None, "wal_autocheckpoint", 20).unwrap();
                db = Some(again);
            }
        }
        assert!(deaths[0] > 100 && deaths[1] > 100);
    }

    #[test]
    fn without_syncing_commits_are_lost() {
        let mut lost = 0;
        for seed in 0..40 {
            let (node, _mount) = node(seed);
            let db = connect().unwrap();
            db.execute_batch("CREATE TABLE thing (id INTEGER PRIMARY KEY, filler BLOB) STRICT;")
                .unwrap();
            db.pragma_update(None, "synchronous", "OFF").unwrap();
            node.set_fuse(60, Death::PowerCut);
            let done = write_until_death(&db, 0);
            drop(db);
            node.clear_fuse();
            node.start();
            lost += u32::from(count(&connect().unwrap()) < done);
        }
        assert!(
            lost > 10,
            "the disk never lost anything that was not synced: {lost} of 40"
        );
    }
}
