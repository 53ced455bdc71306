"""SHA-256 of a file: what fixes a piece of evidence before anything else touches it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from vtl_desktop.core.errors import MissingMedia
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress
from vtl_desktop.media.container import check_readable

_CHUNK = 4 << 20


def sha256_of(path: str | Path, *, progress: Progress = no_progress, cancel: CancelToken | None = None) -> str:
    """The SHA-256 of a file's bytes, read in pieces.

    Returns:
        64 hexadecimal digits, lower case.

    Raises:
        MissingMedia: not there, may not be read, or vanished half way.
        UnreadableMedia: a folder, or empty.
        Cancelled: when told to stop.
    """
    path = Path(path)
    size = check_readable(path)
    state = hashlib.sha256()
    done = 0
    buffer = memoryview(bytearray(_CHUNK))
    try:
        with path.open("rb", buffering=0) as file:
            while count := file.readinto(buffer):
                state.update(buffer[:count])
                done += count
                if cancel is not None:
                    cancel.check()
                progress(min(done / size, 1.0), f"Computing the SHA-256 of {path.name}")
    except OSError as error:
        raise MissingMedia(
            f"{path} could not be read to its end: {error}.", "Check the drive, then try again."
        ) from error
    return state.hexdigest()
