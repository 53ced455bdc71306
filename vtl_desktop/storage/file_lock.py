"""Who may have a file open: one writer, or any number of readers. The system drops the lock when a process dies."""

from __future__ import annotations

import errno
import sys

_BUSY = (errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK, errno.EDEADLK)
_UNSUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


class LockUnsupportedError(OSError):
    """The file system (some network shares) has no locks."""


def lock(fd: int, *, exclusive: bool) -> None:
    """Takes a lock on an open file, without waiting. It goes when the file is closed or the process ends.

    Args:
        fd: of the open file.
        exclusive: alone, for writing; else shared with other readers.

    Raises:
        BlockingIOError: another opening of the file holds a lock that excludes this one.
        LockUnsupportedError: the file system has no locks.
    """
    try:
        _lock(fd, exclusive)
    except OSError as error:
        if error.errno in _BUSY:
            raise BlockingIOError(errno.EAGAIN, "locked by another process") from error
        if error.errno in _UNSUPPORTED:
            raise LockUnsupportedError(error.errno, error.strerror) from error
        raise


if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    class _Overlapped(ctypes.Structure):
        _fields_ = [
            ("internal", ctypes.c_void_p),
            ("internal_high", ctypes.c_void_p),
            ("offset", wintypes.DWORD),
            ("offset_high", wintypes.DWORD),
            ("event", wintypes.HANDLE),
        ]

    def _lock(fd: int, exclusive: bool) -> None:
        # Locks are mandatory there, so a byte far behind the file's end is locked; msvcrt.locking has no shared lock.
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        place = _Overlapped(offset=0, offset_high=0x7FFFFFFF)
        fail_at_once, alone = 1, 2
        flags = fail_at_once | (alone if exclusive else 0)
        handle = wintypes.HANDLE(msvcrt.get_osfhandle(fd))
        if not kernel.LockFileEx(handle, flags, 0, 1, 0, ctypes.byref(place)):
            code = ctypes.get_last_error()
            lock_violation, io_pending = 33, 997
            if code in (lock_violation, io_pending):
                raise BlockingIOError(errno.EAGAIN, "locked by another process")
            raise ctypes.WinError(code)

else:
    import fcntl

    def _lock(fd: int, exclusive: bool) -> None:
        fcntl.flock(fd, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
