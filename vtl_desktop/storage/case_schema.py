"""The tables of a case file, and how to tell a case file from any other file without opening it."""

from __future__ import annotations

import struct
from pathlib import Path

from vtl_desktop.core.errors import CaseError

SUFFIX = ".vtlcase"
APPLICATION_ID = 0x56544C43  # "VTLC"
SCHEMA = 2
"""2 knows surveys. A file of version 1 is read as it is; it becomes one of version 2 when the first survey is put in:
until then earlier versions of the program can open it."""

KINDS = {"details": 1, "exhibit": 1, "trace": 1, "pairs": 1, "finding": 1, "versions": 1, "survey": 2}
"""Kinds of records, and the version that each came with."""

_MAGIC = b"SQLite format 3\x00"
_GUARDED = ("log", "records", "pictures")

TABLES = (
    """CREATE TABLE log(
        number INTEGER PRIMARY KEY, time TEXT NOT NULL, action TEXT NOT NULL, details TEXT NOT NULL,
        previous TEXT NOT NULL, digest TEXT NOT NULL) STRICT""",
    """CREATE TABLE records(
        number INTEGER PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL, sha256 TEXT NOT NULL,
        entry INTEGER NOT NULL REFERENCES log(number)) STRICT""",
    "CREATE TABLE pictures(sha256 TEXT PRIMARY KEY, png BLOB NOT NULL) STRICT",
    "CREATE INDEX records_by_kind ON records(kind, number)",
    *(
        f"CREATE TRIGGER {table}_no_{change} BEFORE {change} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'a case file is only ever added to'); END"
        for table in _GUARDED
        for change in ("update", "delete")
    ),
)
"""Everything that is stored is a record: JSON of one kind, with its SHA-256, announced by an entry of the log that
carries that SHA-256 too. The last record of a kind holds; of findings all count. Nothing is replaced or removed."""


def check_header(path: Path) -> None:
    """Looks at the first bytes of a file before SQLite touches it.

    Raises:
        CaseError: not there, not readable, not a case file, or from a newer version of the program.
    """
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError as error:
        raise CaseError(f"There is no case file {path}.", "Check the path, or make a new case.") from error
    except OSError as error:
        raise CaseError(f"The case file {path} cannot be read: {error.strerror}.", "Check its permissions.") from error
    if len(header) < 100 or not header.startswith(_MAGIC):
        raise CaseError(f"{path} is not a case file.", "Choose a file that this program wrote, ending in .vtlcase.")
    schema, application = struct.unpack(">I", header[60:64])[0], struct.unpack(">I", header[68:72])[0]
    if application != APPLICATION_ID:
        raise CaseError(
            f"{path} is a database of another program, not a case file.",
            "Choose a file that this program wrote, ending in .vtlcase.",
        )
    if schema > SCHEMA:
        raise CaseError(
            f"{path} was written by a newer version of the program (case format {schema}, this one knows {SCHEMA}).",
            "Open it with that version, or update this one.",
        )
