"""A file that changes in transactions: killed at any moment, it holds all of a transaction or nothing of it."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
from pathlib import Path

from vtl_desktop.core.errors import DatabaseError, DatabaseTooNew, NotADatabase
from vtl_desktop.storage.file_lock import LockUnsupportedError, lock
from vtl_desktop.storage.raw_file import RawFile, sync_folder
from vtl_desktop.storage.transaction_log import (
    HEADER_SIZE,
    HEADER_VERSION,
    PAGE,
    Header,
    Transaction,
    has_magic,
    is_log,
    read_log,
    runs,
    write_log,
)

_RESTORE = "Restore it from a copy, or enroll again."


class TransactionalFile:
    """A binary file object (what `h5py.File` takes) whose writes last from `commit()` on, all together.

    Writes since the last commit are kept in memory, as pages. `commit()` writes them to a redo log beside the file
    (its name and ".log"), waits until that lies on the disk, then writes them to the file itself. Opening applies a log
    that was completed. A writer has the file alone; readers share it. Used by one thread at a time.

    The first 512 bytes are this class's own header: whoever writes through it must leave them alone.

    Attributes:
        path: as given.
        pending: a log could not be applied yet (a reader that may not write, or a disk without space): the file on the
            disk is to be read through this object only.
    """

    def __init__(self, path: Path, *, write: bool = False) -> None:
        """Opens a file made by `create_file`.

        Args:
            path: which file.
            write: alone, for reading and writing; else shared, for reading.

        Raises:
            BlockingIOError: another process writes it, or reads it while this one wants to write.
            NotADatabase: the file was not made by `create_file`, or ends early.
            DatabaseTooNew: its header is of a newer version.
            OSError: as the system says (missing, not permitted, no space to apply a log ...).
        """
        self.path = path
        self._real = Path(os.path.realpath(path))  # links to one file share one log
        self._log_path = Path(f"{self._real}.log")
        self._log: RawFile | None = None
        self._pages: dict[int, bytearray] = {}
        self._unapplied: dict[int, bytes | bytearray] = {}
        self._position = 0
        self._start(write)
        if self._unapplied and not write:
            self._release()
            # Where the log cannot be applied (no permission, no space, other readers), reading goes through its pages.
            with contextlib.suppress(OSError):
                TransactionalFile(path, write=True).close()
            self._start(write)

    def _start(self, write: bool) -> None:
        self._main = _open_locked(self._real, write)
        try:
            self._read_state(self._read_header())
            if write:
                self._log = self._open_log()
                if self._unapplied:
                    self._apply()
                elif self._main.size() > self._length:
                    self._main.truncate(self._length)
        except BaseException:
            self._release()
            raise

    def _read_header(self) -> Header:
        data = self._main.read(HEADER_SIZE, 0)
        header = Header.parse(data)
        if header is None and has_magic(data):
            raise NotADatabase(f"{self.path} is damaged at its beginning.", _RESTORE)
        if header is None:
            raise NotADatabase(
                f"{self.path} is no hash-center database of this program.",
                "Choose another file, or enroll into a new one.",
            )
        if header.version > HEADER_VERSION:
            raise DatabaseTooNew(f"{self.path} was written by a newer version of this program.", "Update this program.")
        return header

    def _open_log(self) -> RawFile:
        log = RawFile(self._log_path, writable=True, create=True)
        try:
            if not is_log(log):
                raise DatabaseError(
                    f"{self._log_path} is in the way: {self.path.name} needs a file of this name while it is written.",
                    "Move it elsewhere.",
                )
            sync_folder(self._log_path.parent)
        except BaseException:
            log.close()
            raise
        return log

    def _read_state(self, header: Header) -> None:
        transaction = self._read_log()
        least = header.length
        if transaction is not None and transaction.belongs_to(header):
            least = min(transaction.before.length, transaction.after.length)
            header = transaction.after
            self._unapplied = dict(transaction.pages)
        else:
            self._unapplied = {}
        if self._main.size() < least:
            raise NotADatabase(f"{self.path} is damaged: it ends after {self._main.size()} of {least} bytes.", _RESTORE)
        self._header = header
        self._forget_changes()

    def _read_log(self) -> Transaction | None:
        try:
            log = RawFile(self._log_path, writable=False)
        except FileNotFoundError:
            return None
        try:
            return read_log(log)
        finally:
            log.close()

    @property
    def pending(self) -> bool:
        return bool(self._unapplied)

    @property
    def revision(self) -> int:
        """Transactions committed so far, over all of the file's life."""
        return self._header.revision

    @property
    def state(self) -> str:
        """32 hexadecimal digits, new with every transaction: while they are the same, so is all of the file."""
        return self._header.state.hex()

    @property
    def length(self) -> int:
        """Bytes in the file as it now reads, the header included."""
        return self._length

    # --- what h5py asks of a file object

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._length}[whence]
        return self._position

    def tell(self) -> int:
        return self._position

    def read(self, size: int = -1) -> bytes:
        left = max(self._length - self._position, 0)
        buffer = bytearray(left if size < 0 else min(size, left))
        return bytes(buffer[: self.readinto(buffer)])

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fills the buffer from the position on; returns the bytes read, fewer only at the file's end."""
        view = memoryview(buffer).cast("B")
        count = max(min(len(view), self._length - self._position), 0)
        self._read(view[:count], self._position)
        self._position += count
        return count

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Writes at the position, in memory; beyond the end the file grows by zeros first."""
        view = memoryview(data).cast("B")
        position, end = self._position, self._position + len(view)
        if self._log is None:
            raise io.UnsupportedOperation("the file was opened for reading")
        if not len(view):
            return 0
        if position < HEADER_SIZE:
            raise ValueError(f"the first {HEADER_SIZE} bytes are the header's")
        self._length = max(self._length, end)
        done = 0
        while done < len(view):
            number, start = divmod(position + done, PAGE)
            count = min(PAGE - start, len(view) - done)
            self._page(number, whole=count == PAGE)[start : start + count] = view[done : done + count]
            done += count
        self._position = end
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        """Makes the file this long (as long as the position by default), growing by zeros."""
        size = self._position if size is None else size
        if self._log is None:
            raise io.UnsupportedOperation("the file was opened for reading")
        if size < HEADER_SIZE:
            raise ValueError(f"the first {HEADER_SIZE} bytes are the header's")
        if size < self._length:
            self._kept = min(self._kept, size)
            for number in [number for number in self._pages if number * PAGE >= size]:
                del self._pages[number]
            last, start = divmod(size, PAGE)
            if start and last in self._pages:
                self._pages[last][start:] = bytes(PAGE - start)
        self._length = size
        return size

    def flush(self) -> None:
        """Does nothing: only `commit` makes anything last."""

    # --- transactions

    def commit(self) -> None:
        """Makes all writes since the last commit last, whatever happens from here on.

        Raises:
            OSError: e.g. no space left. Nothing was made to last; call `rollback`.
        """
        if self._log is None:
            raise io.UnsupportedOperation("the file was opened for reading")
        if not self._pages and self._length == self._header.length:
            return
        if self._unapplied:
            self._apply()
        self._fill_cut()
        after = Header(self._length, self._header.revision + 1, secrets.token_bytes(16))
        self._page(0)[:HEADER_SIZE] = after.pack()
        # Space is taken first: running out of it must not happen once the transaction counts as done.
        self._main.reserve(self._main.size(), self._length)
        write_log(self._log, Transaction(self._header, after, self._pages))
        self._unapplied = dict(self._pages)
        self._header = after
        self._forget_changes()
        # The transaction is safe in the log now: where the file itself cannot be written, the next commit or opening
        # does it.
        with contextlib.suppress(OSError):
            self._apply()

    def rollback(self) -> None:
        """Forgets all writes since the last commit."""
        self._forget_changes()
        if self._log is not None and not self._unapplied:
            # Space taken for the transaction is given back; where even that fails, the next opening does it.
            with contextlib.suppress(OSError):
                self._main.truncate(self._length)

    def close(self) -> None:
        """Forgets what was not committed and closes the file; may be called again."""
        if self._log is not None:
            if self._unapplied:
                # Where it cannot be written now, the log stays and the next opening applies it.
                with contextlib.suppress(OSError):
                    self._apply()
            self._log.close()
            if not self._unapplied:
                # A log left behind does no harm: it holds what the file already has.
                with contextlib.suppress(OSError):
                    self._log_path.unlink()
        self._release()

    def _release(self) -> None:
        if self._log is not None:
            self._log.close()
            self._log = None
        self._main.close()

    def _forget_changes(self) -> None:
        self._pages = {}
        self._length = self._header.length
        self._kept = self._length
        """Bytes from the start of the file on the disk that still count; what was cut off once reads as zeros."""

    def _fill_cut(self) -> None:
        """Where the file was cut and has grown again, what the disk still holds there must be overwritten by zeros."""
        end = min(self._length, self._header.length)
        for number in range(self._kept // PAGE, (end + PAGE - 1) // PAGE):
            self._page(number)

    def _apply(self) -> None:
        for offset, data in runs(self._unapplied):
            self._main.write(memoryview(data)[: max(self._header.length - offset, 0)], offset)
        if self._main.size() != self._header.length:
            self._main.truncate(self._header.length)
        self._main.sync()
        self._unapplied = {}

    # --- pages

    def _page(self, number: int, *, whole: bool = False) -> bytearray:
        """The page to write to; `whole` when all of it is about to be written."""
        page = self._pages.get(number)
        if page is None:
            page = bytearray(PAGE)
            if not whole:
                self._read_committed(memoryview(page), number * PAGE)
            self._pages[number] = page
        return page

    def _read(self, view: memoryview, offset: int) -> None:
        self._read_committed(view, offset)
        _patch(view, offset, self._pages)

    def _read_committed(self, view: memoryview, offset: int) -> None:
        """Fills the view as the file was at the last commit, less what was cut off since; zeros behind that."""
        wanted = min(max(self._kept - offset, 0), len(view))
        count = self._main.read_into(view[:wanted], offset)
        view[count:] = bytes(len(view) - count)
        _patch(view[:wanted], offset, self._unapplied)


def _patch(view: memoryview, offset: int, pages: dict[int, bytearray] | dict[int, bytes | bytearray]) -> None:
    """Lays those pages over the view that reach into it."""
    if not pages or not len(view):
        return
    first, last = offset // PAGE, (offset + len(view) - 1) // PAGE
    numbers = range(first, last + 1) if last - first < len(pages) else [n for n in pages if first <= n <= last]
    for number in numbers:
        page = pages.get(number)
        if page is None:
            continue
        start = number * PAGE - offset
        skipped = max(-start, 0)
        count = min(PAGE, len(view) - start) - skipped
        view[start + skipped : start + skipped + count] = page[skipped : skipped + count]


def _open_locked(path: Path, write: bool) -> RawFile:
    """The file, locked. Looks again where another file took the name between opening and locking."""
    while True:
        file = RawFile(path, writable=write)
        try:
            try:
                lock(file.fd, exclusive=write)
            except LockUnsupportedError:
                if write:
                    raise
            now = path.stat()
            held = os.fstat(file.fd)
            if (now.st_dev, now.st_ino) == (held.st_dev, held.st_ino):
                return file
        except BaseException:
            file.close()
            raise
        file.close()
