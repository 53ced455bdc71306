"""The hash-center database: one HDF5 file with all that tracing needs of the sources, whole after any crash."""

from __future__ import annotations

import contextlib
import csv
import os
import weakref
from collections.abc import Iterator
from dataclasses import astuple, fields, replace
from datetime import datetime
from pathlib import Path

import h5py
import numpy as np

import vtl_desktop
from vtl_desktop.core.errors import (
    DatabaseError,
    DatabaseLocked,
    DatabaseMismatch,
    DatabaseTooNew,
    DatabaseTooOld,
    NotADatabase,
)
from vtl_desktop.core.hashing import BIT_LENGTHS
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress
from vtl_desktop.core.tracing import Source
from vtl_desktop.storage import database_layout as layout
from vtl_desktop.storage.database_checks import find_problems
from vtl_desktop.storage.database_compact import write_compacted
from vtl_desktop.storage.database_reader import DAMAGE, DatabaseReader
from vtl_desktop.storage.database_rows import check_enrolled, sealed, source_row, table_rows, texts_of
from vtl_desktop.storage.database_values import CenterTable, ClipTable, CropTable, DatabaseInfo, EnrolledSource
from vtl_desktop.storage.disk_errors import cannot_write
from vtl_desktop.storage.file_creation import create_file, put_in_place
from vtl_desktop.storage.transactional_file import TransactionalFile

__all__ = ["CenterTable", "ClipTable", "CropTable", "DatabaseInfo", "EnrolledSource", "HashCenterDatabase"]


class HashCenterDatabase(DatabaseReader):
    """An open database. Made by `create` or `open`; a context manager; used by one thread at a time."""

    def __init__(self, path: Path, file: TransactionalFile, *, write: bool) -> None:
        """Takes over an opened file; for `open` and `create`."""
        self.path = path
        self._file = file
        self._write = write
        self._digests = None
        self._h5 = None
        # HDF5 shuts down after Python's objects are gone: a file object still open by then crashes the interpreter.
        self._closer = weakref.finalize(self, file.close)
        try:
            self._open_h5()
            self._read_attributes()
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(cls, path: Path | str, *, bits: int, weights_sha256: str, weights_name: str = "") -> HashCenterDatabase:
        """Makes an empty database and opens it for writing.

        Args:
            path: must not exist; its folder must.
            bits: code length, one of `BIT_LENGTHS`.
            weights_sha256: of the weights that make the codes; weights_name: for people to read.

        Raises:
            DatabaseError: there is such a file already, or no such folder.
            StorageFull: the disk is full, or the folder may not be written.
        """
        path = Path(path)
        if bits not in BIT_LENGTHS:
            raise ValueError(f"codes have one of {BIT_LENGTHS} bits, not {bits}")
        attributes = {
            "weights_sha256": weights_sha256,
            "weights_name": weights_name,
            "created_at": datetime.now().astimezone().isoformat(timespec="seconds"),
            "program_version": vtl_desktop.__version__,
        }
        try:
            create_file(path, layout.empty_image(bits, attributes))
        except FileExistsError as error:
            raise DatabaseError(f"{path} exists already.", "Open it, or choose another name.") from error
        except (FileNotFoundError, NotADirectoryError) as error:
            raise DatabaseError(f"There is no folder {path.parent}.", "Make the folder first.") from error
        except OSError as error:
            raise cannot_write(path, error) from error
        return cls.open(path, write=True)

    @classmethod
    def open(
        cls, path: Path | str, *, write: bool = False, weights_sha256: str | None = None, bits: int | None = None
    ) -> HashCenterDatabase:
        """Opens a database; one that a killed process left is put in order first.

        Args:
            path: which file.
            write: to add, remove and relocate sources (alone), else to read (many may).
            weights_sha256, bits: refuse a database made otherwise; None takes any.

        Raises:
            NotADatabase: no such file, another kind of file, or a damaged one.
            DatabaseLocked: another process has it open in a way that excludes this.
            DatabaseTooNew: written by a newer version of the program.
            DatabaseMismatch: made with other weights or another code length.
            StorageFull: to be written, but the disk is full or the folder may not be written.
        """
        path = Path(path)
        database = cls(path, _open_file(path, write), write=write)
        try:
            database._check_made_with(weights_sha256, bits)
        except BaseException:
            database.close()
            raise
        return database

    def _open_h5(self) -> None:
        """Through the transactional file where it has to be, else by HDF5 itself, which reads faster."""
        through_file = self._write or self._file.pending
        try:
            self._h5 = layout.open_h5(
                self._file if through_file else os.fspath(self.path), "r+" if self._write else "r"
            )
        except DAMAGE as error:
            raise self._damaged(error) from error
        self._closer.detach()
        self._closer = weakref.finalize(self, _close, self._h5, self._file)

    def _read_attributes(self) -> None:
        with self._reading() as h5:
            if layout.text(h5, "format") != layout.FORMAT:
                raise NotADatabase(f"{self.path} is no hash-center database of this program.")
            self.schema = layout.number(h5, "schema")
            if self.schema > layout.SCHEMA:
                raise DatabaseTooNew(
                    f"{self.path} was written by a newer version of this program "
                    f"(layout {self.schema}; this version reads up to {layout.SCHEMA}).",
                    "Update this program.",
                )
            if self.schema < layout.SCHEMA:
                raise DatabaseTooOld(
                    f"{self.path} was made by an earlier version of this program "
                    f"(layout {self.schema}; this version works with {layout.SCHEMA}).",
                    "Enroll its sources again into a new database.",
                )
            self.bits = layout.number(h5, "bits")
            self.weights_sha256 = layout.text(h5, "weights_sha256")
            self.weights_name = layout.text(h5, "weights_name")
            self.created_at = layout.text(h5, "created_at")
            if self.bits not in BIT_LENGTHS:
                raise ValueError(f"codes cannot have {self.bits} bits")
            missing = layout.missing_columns(h5, self.bits)
            if missing:
                raise ValueError(f"{', '.join(missing)} missing or of another kind")

    def _check_made_with(self, weights_sha256: str | None, bits: int | None) -> None:
        if weights_sha256 is not None and weights_sha256 != self.weights_sha256:
            raise DatabaseMismatch(
                f"{self.path} was made with the weights {self.weights_sha256[:12]}, not with {weights_sha256[:12]}.",
                "Enroll again with these weights, or use the weights it was made with.",
            )
        if bits is not None and bits != self.bits:
            raise DatabaseMismatch(
                f"{self.path} holds codes of {self.bits} bits, not of {bits}.",
                f"Enroll again with {bits} bits, or trace with {self.bits}.",
            )

    def __enter__(self) -> HashCenterDatabase:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; may be called again."""
        self._h5 = None
        self._closer()

    # --- writing

    def add(self, enrolled: EnrolledSource) -> Source:
        """Enrolls a source. Once this returns, the source is in the database whatever happens to process or power.

        Returns:
            The source with the id it was given.

        Raises:
            DatabaseError: its digest is enrolled already.
            StorageFull: the disk is full or the file may not be written; the database is as before and can be used on.
            ValueError: shapes or types are wrong.
        """
        check_enrolled(enrolled, self.bits)
        known = self.find(enrolled.source.sha256)
        if known is not None:
            raise DatabaseError(f"{enrolled.source.path} is enrolled already, as source {known.id} ({known.path}).")
        digest = bytes.fromhex(enrolled.source.sha256)
        tables = table_rows(enrolled)
        with self._transaction() as h5:
            source = replace(enrolled.source, id=layout.length(h5, "sources/rows") + 1)
            row = source_row(source)
            row["data_crc"] = layout.data_crc(tables)
            for part, names in layout.PARTS.items():
                for name in names:
                    row[f"{part}_start"] = layout.append(h5, name, tables[name])
                    row[f"{part}_count"] = len(tables[name])
            texts = b"".join(texts_of(source))
            row["text_start"] = layout.append(h5, "sources/texts", np.frombuffer(texts, np.uint8))
            layout.append(h5, "sources/digests", np.frombuffer(digest, np.uint8)[None])
            layout.append(h5, "sources/rows", np.array([sealed(row, digest, texts)], layout.ROW))
        if self._digests is not None:
            self._digests.append(digest)
        return source

    def remove(self, source_id: int) -> None:
        """Removes a source: it is not read any more, its id is not given again. Space comes back with `compact`.

        Raises:
            DatabaseError: there is no such source.
            StorageFull: as for `add`.
        """
        row = self._row(source_id)
        with self._transaction() as h5:
            row["removed"] = 1
            self._write_row(h5, row)
            h5.attrs["removed_sources"] = layout.number(h5, "removed_sources") + 1

    def relocate(self, source_id: int, new_path: Path | str) -> Source:
        """Notes that a source's file now lies elsewhere. The caller has made sure that it has the same digest.

        Raises:
            DatabaseError: there is no such source.
            StorageFull: as for `add`.
        """
        source = replace(self.source(source_id), path=os.fspath(new_path))
        row = self._row(source_id)
        with self._transaction() as h5:
            texts = texts_of(source)
            row["path_bytes"] = len(texts[0])
            row["text_start"] = layout.append(h5, "sources/texts", np.frombuffer(b"".join(texts), np.uint8))
            self._write_row(h5, row)
        return source

    def _write_row(self, h5: h5py.File, row: np.void) -> None:
        number = int(row["id"]) - 1
        digest = layout.read(h5, "sources/digests", number, 1).tobytes()
        layout.overwrite(h5, "sources/rows", number, np.array([sealed(row, digest, self._texts(row))], layout.ROW))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[h5py.File]:
        """Hands out the HDF5 file to change. The changes last from the end on, or are undone when anything fails."""
        h5 = self._writable()
        try:
            yield h5
            h5.flush()
            self._file.commit()
        except BaseException as error:
            self._roll_back()
            if isinstance(error, OSError):
                raise cannot_write(self.path, error) from error
            raise

    def _writable(self) -> h5py.File:
        if not self._write:
            raise DatabaseError(f"{self.path} was opened for reading only.", "Open it for writing.")
        with self._reading() as h5:
            return h5

    def _roll_back(self) -> None:
        """Back to the last commit. HDF5 holds changes of its own in memory: it is closed, its last writes forgotten."""
        h5, self._h5 = self._h5, None
        try:
            if h5 is not None:
                h5.close()
        finally:
            self._file.rollback()
        self._open_h5()

    # --- the whole file

    def verify(self, *, progress: Progress = no_progress, cancel: CancelToken | None = None) -> list[str]:
        """Reads everything and compares it with the counts, ranges and checksums noted when it was written.

        Returns:
            What is wrong, one plain sentence a problem; empty where all is well.
        """
        try:
            with self._reading() as h5:
                return find_problems(h5, progress=progress, cancel=cancel)
        except NotADatabase as error:
            return [error.message]

    def compact(self, *, progress: Progress = no_progress, cancel: CancelToken | None = None) -> int:
        """Writes the file anew without what was removed; killed meanwhile, it leaves the file as it was.

        Returns:
            Bytes gained.

        Raises:
            StorageFull: there is no room for the new file beside the old one.
            Cancelled: `cancel` was set; the database is as before.
        """
        draft = self.path.with_name(f"{self.path.name}.compacting")
        before = self._file.length
        try:
            write_compacted(self._writable(), draft, progress=progress, cancel=cancel)
            put_in_place(draft, self.path)
        except OSError as error:
            raise cannot_write(self.path, error) from error
        finally:
            draft.unlink(missing_ok=True)
        self.close()
        self._file, self._digests = _open_file(self.path, write=True), None
        self._open_h5()
        return before - self._file.length

    def export_csv(self, path: Path | str) -> None:
        """Writes the table of sources as CSV (UTF-8), for people and spreadsheets.

        Raises:
            StorageFull: the disk is full, or the file may not be written.
        """
        path = Path(path)
        try:
            with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as out:
                writer = csv.writer(out)
                writer.writerow([field.name for field in fields(Source)])
                writer.writerows(astuple(source) for source in self.sources())
        except OSError as error:
            raise cannot_write(path, error) from error


def _close(h5: h5py.File, file: TransactionalFile) -> None:
    try:
        h5.close()
    finally:
        file.close()


def _open_file(path: Path, write: bool) -> TransactionalFile:
    try:
        return TransactionalFile(path, write=write)
    except BlockingIOError as error:
        if write:
            raise DatabaseLocked(
                f"{path} is being written or read by another process.", "Close it there, or wait until it is done."
            ) from error
        raise DatabaseLocked(
            f"{path} is being written by another process.", "Wait until it is done, then try again."
        ) from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotADatabase(
            f"There is no database {path}.", "Enroll some sources first, or choose another file."
        ) from error
    except IsADirectoryError as error:
        raise NotADatabase(f"{path} is a folder, not a hash-center database.", "Choose the file itself.") from error
    except OSError as error:
        if write:
            raise cannot_write(path, error) from error
        raise NotADatabase(f"{path} may not be read: {error.strerror or error}.", "Check its permissions.") from error
