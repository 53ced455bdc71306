"""Putting a whole file in place: it is there with all that belongs in it, or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from vtl_desktop.storage.raw_file import RawFile, sync_folder
from vtl_desktop.storage.transaction_log import HEADER_SIZE, Header


def create_file(path: Path, contents: bytes | bytearray) -> None:
    """Makes a transactional file, whole or not at all.

    Args:
        path: must not exist.
        contents: all of the file; its first 512 bytes become the header.

    Raises:
        FileExistsError: there is such a file already.
        OSError: as the system says.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    header = Header(len(contents), 0, secrets.token_bytes(16))
    try:
        write_whole_file(draft, header.pack() + bytes(memoryview(contents)[HEADER_SIZE:]))
        try:
            os.link(draft, path)  # never replaces: two programs that start on a new database at once end up with one
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            if path.exists():
                raise FileExistsError(f"{path} exists") from None
            draft.rename(path)
        sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def put_in_place(draft: Path, path: Path) -> None:
    """Makes a finished file, whose first 512 bytes are free, take the place of the one at `path`, whole or not at all.

    Whoever calls holds the old file open for writing, so that nobody else changes it meanwhile.

    Raises:
        OSError: as the system says.
    """
    file = RawFile(draft, writable=True)
    try:
        file.write(Header(file.size(), 0, secrets.token_bytes(16)).pack(), 0)
        file.sync()
    finally:
        file.close()
    real = Path(os.path.realpath(path))
    draft.replace(real)
    sync_folder(real.parent)


def write_whole_file(path: Path, contents: bytes) -> None:
    """Writes a new file and returns when it lies on the disk."""
    file = RawFile(path, writable=True, create=True)
    try:
        file.truncate(0)
        file.write(contents, 0)
        file.sync()
    finally:
        file.close()
