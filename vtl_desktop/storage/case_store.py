"""The case file: one SQLite file that is only ever added to, with a hash-chained log of everything added."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from vtl_desktop.core.case import LogEntry
from vtl_desktop.core.errors import CaseError, StorageFull, VtlError
from vtl_desktop.storage.case_log import first_break, next_entry
from vtl_desktop.storage.case_schema import APPLICATION_ID, KINDS, SCHEMA, TABLES, check_header
from vtl_desktop.storage.json_values import JsonValue, canonical

_STORED = "stored"  # where an entry of the log announces the record that came with it
_WAIT = 0.5  # seconds for another process that is just closing the file


def utc_now() -> str:
    """ISO 8601 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class CaseStore:
    """Records, pictures and the log of one case file. Used by the thread that opened it; held exclusively until closed.

    Every `append` and `log` is one transaction, on disk when it returns: a process killed at any moment leaves a file
    that opens, with everything in it that was reported as written.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, read_only: bool, clock: Callable[[], str]) -> None:
        self.path = path
        self.read_only = read_only
        self._connection = connection
        self._clock = clock
        self._last: LogEntry | None = None
        self._schema = SCHEMA

    @property
    def schema(self) -> int:
        """The version of the file, at most `SCHEMA`."""
        return self._schema

    @classmethod
    def create(cls, path: Path, *, clock: Callable[[], str] = utc_now) -> CaseStore:
        """A new, empty case file.

        Raises:
            CaseError: the file is there already, or its folder is not.
            StorageFull: the folder cannot be written, or the disk is full.
        """
        if path.exists():
            raise CaseError(
                f"{path} is there already.", "Open it, or choose another name: a case is never overwritten."
            )
        if not path.parent.is_dir():
            raise CaseError(f"There is no folder {path.parent}.", "Make it first, or choose another one.")
        # Made under another name, so that a half-made file never carries the case's name.
        temporary = path.with_name(f".{path.name}.{uuid4().hex[:8]}.new")
        try:
            with _named_errors(path), contextlib.closing(_connect(temporary, "rwc")) as connection:
                connection.execute("BEGIN EXCLUSIVE")
                connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version={SCHEMA}")
                for statement in TABLES:
                    connection.execute(statement)
                connection.execute("COMMIT")
            with _named_errors(path):
                temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        return cls.open(path, clock=clock)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, clock: Callable[[], str] = utc_now) -> CaseStore:
        """Opens a case file and verifies all of it: structure, chain, digests of records and pictures.

        Raises:
            CaseError: not there, foreign, newer, damaged, altered, or open elsewhere.
            StorageFull: may not be written and was not opened read-only.
        """
        check_header(path)
        if not read_only and not os.access(path, os.W_OK):
            raise StorageFull(f"{path} may not be written.", "Open it read-only, or copy it to a folder of your own.")
        with _named_errors(path):
            connection = _connect(path, "ro" if read_only else "rw")
        store = cls(path, connection, read_only, clock)
        try:
            with _named_errors(path):
                if not read_only:
                    # In this mode the lock that the first write takes is kept until the file is closed.
                    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
                    connection.execute("BEGIN EXCLUSIVE")
                    connection.execute("COMMIT")
                store._schema = connection.execute("PRAGMA user_version").fetchone()[0]
                store._verify()
        except BaseException:
            connection.close()
            raise
        return store

    def close(self) -> None:
        """Lets go of the file. May be called twice."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def append(
        self,
        kind: str,
        body: JsonValue,
        action: str,
        details: Mapping[str, object],
        pictures: Mapping[str, bytes] | None = None,
    ) -> LogEntry:
        """Adds a record and the log entry that announces it.

        Args:
            kind: one of `KINDS`; one that the file's version does not know yet raises that version.
            body: JSON values.
            action: what the log says was done; details: more of it.
            pictures: SHA-256 to PNG bytes, kept once each.

        Raises:
            StorageFull: the disk is full; nothing of it is in the file then.
            CaseError: opened read-only, or SQLite refuses.
        """
        if kind not in KINDS:
            raise ValueError(f"no such kind of record: {kind}")
        text = canonical(body)
        digest = hashlib.sha256(text.encode()).hexdigest()
        before = self._last, self._schema
        try:
            self._append(kind, text, digest, action, details, pictures or {})
        except BaseException:
            self._last, self._schema = before
            raise
        assert self._last is not None
        return self._last

    def _append(
        self,
        kind: str,
        text: str,
        digest: str,
        action: str,
        details: Mapping[str, object],
        pictures: Mapping[str, bytes],
    ) -> None:
        with self._transaction():
            if KINDS[kind] > self._schema:
                self._raise_schema(KINDS[kind])
            number = self._connection.execute("SELECT coalesce(max(number), 0) + 1 FROM records").fetchone()[0]
            stored = {"record": number, "kind": kind, "sha256": digest}
            entry = self._add_entry(action, {**details, _STORED: stored})
            for name, png in pictures.items():
                self._connection.execute("INSERT OR IGNORE INTO pictures VALUES (?, ?)", (name, png))
            self._connection.execute(
                "INSERT INTO records VALUES (?, ?, ?, ?, ?)", (number, kind, text, digest, entry.number)
            )
            self._last = entry

    def _raise_schema(self, version: int) -> None:
        """Inside a transaction. The tables of all versions so far are the same: only the kinds of records differ."""
        self._last = self._add_entry("case format raised", {"from": self._schema, "to": version})
        self._connection.execute(f"PRAGMA user_version={version}")
        self._schema = version

    def log(self, action: str, details: Mapping[str, object]) -> LogEntry:
        """Adds an entry to the log.

        Raises:
            StorageFull, CaseError: as for `append`.
        """
        if _STORED in details:
            raise ValueError(f"the name {_STORED!r} announces a record, and there is none")
        with self._transaction():
            entry = self._add_entry(action, details)
        self._last = entry
        return entry

    def latest(self, kind: str) -> JsonValue | None:
        """The record of a kind that holds: the last; None when there is none."""
        with _named_errors(self.path):
            row = self._connection.execute(
                "SELECT body FROM records WHERE kind=? ORDER BY number DESC LIMIT 1", (kind,)
            ).fetchone()
        return None if row is None else json.loads(row[0])

    def every(self, kind: str, *, since: str = "") -> list[JsonValue]:
        """All records of a kind, oldest first.

        Args:
            since: only those that came after the last record of this kind.
        """
        query = (
            "SELECT body FROM records WHERE kind=? AND number > "
            "(SELECT coalesce(max(number), 0) FROM records WHERE kind=?) ORDER BY number"
        )
        with _named_errors(self.path):
            rows = self._connection.execute(query, (kind, since)).fetchall()
        return [json.loads(row[0]) for row in rows]

    def picture(self, digest: str) -> bytes:
        """The PNG bytes of a digest.

        Raises:
            CaseError: not in the file.
        """
        with _named_errors(self.path):
            row = self._connection.execute("SELECT png FROM pictures WHERE sha256=?", (digest,)).fetchone()
        if row is None:
            raise CaseError(
                f"{self.path} lacks the picture {digest[:16]}....", "Use an undamaged copy of the case file."
            )
        return row[0]

    def entries(self) -> tuple[LogEntry, ...]:
        """The whole log."""
        with _named_errors(self.path):
            rows = self._connection.execute(
                "SELECT number, time, action, details, previous, digest FROM log ORDER BY 1"
            )
            return tuple(LogEntry(*row) for row in rows)

    def _add_entry(self, action: str, details: Mapping[str, object]) -> LogEntry:
        entry = next_entry(self._last, self._clock(), action, details)
        self._connection.execute(
            "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)",
            (entry.number, entry.time, entry.action, entry.details, entry.previous, entry.digest),
        )
        return entry

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        if self.read_only:
            raise CaseError(f"{self.path} was opened read-only.", "Open it for writing to add to the case.")
        with _named_errors(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself where the disk was full.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _verify(self) -> None:
        problem = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if problem != "ok":
            raise _damaged(self.path, problem)
        entries = self.entries()
        problem = first_break(entries) or self._first_wrong_record(entries) or self._first_wrong_picture()
        if problem:
            raise CaseError(
                f"The case file {self.path} was altered outside this program. {problem}",
                "Use a copy from before that. This file is no longer evidence of what was done.",
            )
        self._last = entries[-1] if entries else None

    def _first_wrong_record(self, entries: tuple[LogEntry, ...]) -> str:
        announced = {}
        for entry in entries:
            stored = json.loads(entry.details).get(_STORED)
            if stored is not None:
                announced[stored["record"]] = (stored["kind"], stored["sha256"], entry.number)
        for number, kind, body, digest, entry in self._connection.execute("SELECT * FROM records ORDER BY number"):
            if announced.pop(number, None) != (kind, digest, entry):
                return f"Record {number} ({kind}) is not the one that the log announces."
            if hashlib.sha256(body.encode()).hexdigest() != digest:
                return f"Record {number} ({kind}) is not what was written."
        return f"Record {min(announced)} was taken out." if announced else ""

    def _first_wrong_picture(self) -> str:
        for digest, png in self._connection.execute("SELECT sha256, png FROM pictures"):
            if hashlib.sha256(png).hexdigest() != digest:
                return f"The picture {digest[:16]}... is not what was written."
        return ""


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=_WAIT, isolation_level=None
    )
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _damaged(path: Path, problem: object) -> CaseError:
    return CaseError(
        f"The case file {path} is damaged: {problem}.", "Use a copy of it. The damaged file was left as it is."
    )


@contextlib.contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    """Turns what SQLite and the system say into errors that an analyst can act on."""
    try:
        yield
    except sqlite3.Error as error:
        raise _named(path, error) from error
    except OSError as error:
        raise StorageFull(
            f"{path} could not be written: {error.strerror or error}.", "Free some space there."
        ) from error


def _named(path: Path, error: sqlite3.Error) -> VtlError:
    if getattr(error, "sqlite_errorname", "") == "SQLITE_READONLY_ROLLBACK":
        return CaseError(
            f"{path} was being written when the program ended, and cannot be tidied up when opened read-only.",
            "Open it once for writing: nothing that was reported as written is lost.",
        )
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return CaseError(
            f"The case file {path} is open in another window or program.", "Close it there, then try again."
        )
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return StorageFull(
            f"{path} could not be written: {error}.", "Free some space there. What was in the file before is untouched."
        )
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return StorageFull(f"{path} cannot be written: {error}.", "Choose a folder that you may write to.")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
        return _damaged(path, error)
    return CaseError(f"The case file {path} cannot be used: {error}.", "Use a copy of it.")
