"""What the system says when writing fails, in the program's own errors."""

from __future__ import annotations

import errno
from pathlib import Path

from vtl_desktop.core.errors import DatabaseError, StorageFull, VtlError
from vtl_desktop.storage.file_lock import LockUnsupportedError

_FULL = {errno.ENOSPC, errno.EFBIG, *([errno.EDQUOT] if hasattr(errno, "EDQUOT") else [])}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}


def cannot_write(path: Path, error: OSError) -> VtlError:
    """The error to raise when a file could not be written.

    Args:
        path: the file that the user knows of.
        error: what the system said.
    """
    if error.errno in _FULL:
        return StorageFull(
            f"{path} could not be written: the disk is full, or a quota is used up.",
            "Free some space, then try again; nothing that was stored before is lost.",
        )
    if error.errno in _REFUSED:
        return StorageFull(
            f"{path} could not be written: the file or its folder may not be written.",
            "Change the permissions, or choose another folder.",
        )
    if isinstance(error, LockUnsupportedError):
        return DatabaseError(f"{path} cannot be locked on this file system.", "Put it on a local disk.")
    return DatabaseError(f"{path} could not be written: {error}.", "Check the disk, then try again.")
