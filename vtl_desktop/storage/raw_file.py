"""One open file by offsets, with the system's differences (Windows, macOS) kept in one place."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

_CHUNK = 1 << 30  # Linux moves at most 0x7ffff000 bytes a call


class RawFile:
    """An open file, read and written at offsets, without buffering. Nothing here knows of transactions.

    Attributes:
        path: as given.
        fd: the file descriptor, for locking.
        writable: opened for writing.
    """

    def __init__(self, path: Path, *, writable: bool, create: bool = False) -> None:
        """Opens the file.

        Args:
            path: which file.
            writable: for reading and writing, else for reading only.
            create: make an empty file where there is none.

        Raises:
            OSError: as the system says.
        """
        flags = os.O_RDWR if writable else os.O_RDONLY
        if create:
            flags |= os.O_CREAT
        self.path = path
        self.writable = writable
        self.fd = os.open(path, flags | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0), 0o666)

    def size(self) -> int:
        """Bytes in the file."""
        return os.fstat(self.fd).st_size

    def read_into(self, buffer: memoryview, offset: int) -> int:
        """Fills the buffer from the file at an offset; returns the bytes read, fewer only at the file's end."""
        done = 0
        while done < len(buffer):
            part = buffer[done : done + _CHUNK]
            if hasattr(os, "preadv"):
                count = os.preadv(self.fd, [part], offset + done)
            else:
                os.lseek(self.fd, offset + done, os.SEEK_SET)
                data = os.read(self.fd, len(part))
                count = len(data)
                part[:count] = data
            if count == 0:
                break
            done += count
        return done

    def read(self, size: int, offset: int) -> bytes:
        """Up to `size` bytes at an offset, fewer only at the file's end."""
        buffer = bytearray(size)
        return bytes(buffer[: self.read_into(memoryview(buffer), offset)])

    def write(self, data: bytes | bytearray | memoryview, offset: int) -> None:
        """Writes all of the bytes at an offset.

        Raises:
            OSError: e.g. no space left; part of the bytes may have been written.
        """
        view = memoryview(data).cast("B")
        done = 0
        while done < len(view):
            part = view[done : done + _CHUNK]
            if hasattr(os, "pwrite"):
                count = os.pwrite(self.fd, part, offset + done)
            else:
                os.lseek(self.fd, offset + done, os.SEEK_SET)
                count = os.write(self.fd, part)
            if count == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
            done += count

    def reserve(self, start: int, end: int) -> None:
        """Takes disk space for the bytes from `start` to `end`, so that writing them later cannot run out of it.

        Raises:
            OSError: no space left; the file may have become longer.
        """
        if end <= start:
            return
        if sys.platform.startswith("linux"):
            try:
                os.posix_fallocate(self.fd, start, end - start)
                return
            except OSError as error:
                if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS):
                    raise
        zeros = bytes(min(end - start, 1 << 20))
        for offset in range(start, end, len(zeros)):
            self.write(zeros[: end - offset], offset)

    def truncate(self, size: int) -> None:
        """Makes the file exactly this long."""
        os.ftruncate(self.fd, size)

    def sync(self) -> None:
        """Returns once everything written lies on the disk itself."""
        if sys.platform == "darwin":
            import fcntl

            fcntl.fcntl(self.fd, fcntl.F_FULLFSYNC)  # fsync alone leaves it in the drive's cache there
        elif hasattr(os, "fdatasync"):
            os.fdatasync(self.fd)
        else:
            os.fsync(self.fd)

    def close(self) -> None:
        """Closes the file; may be called again."""
        if self.fd >= 0:
            fd, self.fd = self.fd, -1
            os.close(fd)


def sync_folder(folder: Path) -> None:
    """Makes names that were added to or removed from a folder last; does nothing where the system has no such call."""
    if sys.platform == "win32":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP, errno.EACCES, errno.EROFS):
            raise
    finally:
        os.close(fd)
