"""Reading a hash-center database: by columns for searching, by source for looking closer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.errors import DatabaseError, NotADatabase, VtlError
from vtl_desktop.core.hashing import Codes
from vtl_desktop.core.motion_signature import MotionSignature
from vtl_desktop.core.tracing import Source
from vtl_desktop.storage import database_layout as layout
from vtl_desktop.storage.database_rows import DigestIndex, text_length, to_sources, unpacked_signature
from vtl_desktop.storage.database_values import CenterTable, ClipTable, CropTable, DatabaseInfo
from vtl_desktop.storage.transactional_file import TransactionalFile

_BLOCK = 4096
DAMAGE = (OSError, KeyError, ValueError, RuntimeError)
"""What h5py raises where the file does not hold what it should."""


class DatabaseReader:
    """An open database, as far as it can be read. Opened as `HashCenterDatabase`; used by one thread at a time.

    Attributes:
        path: as given.
        bits: code length; weights_sha256, weights_name: of the weights that made the codes.
        schema: version of the layout; created_at: ISO 8601 with zone.
    """

    path: Path
    bits: int
    weights_sha256: str
    weights_name: str
    schema: int
    created_at: str
    _file: TransactionalFile
    _h5: h5py.File | None
    _digests: DigestIndex | None

    @property
    def state(self) -> str:
        """32 hexadecimal digits, new with every change of the database; the key to keep what was computed from it."""
        return self._file.state

    def __len__(self) -> int:
        """Sources, without those removed."""
        with self._reading() as h5:
            return int(layout.length(h5, "sources/rows") - layout.number(h5, "removed_sources"))

    def __contains__(self, sha256: str) -> bool:
        return self._row_of(sha256) is not None

    def info(self) -> DatabaseInfo:
        """The database in a few numbers."""
        with self._reading() as h5:
            rows = self._live_rows()
            return DatabaseInfo(
                path=str(self.path),
                sources=len(rows),
                clips=int(rows["clips_count"].sum()),
                centers=int(rows["centers_count"].sum()),
                bits=self.bits,
                weights_sha256=self.weights_sha256,
                seconds_of_video=float(rows["duration"].sum()),
                size=self._file.length,
                schema=self.schema,
                created_at=self.created_at,
                weights_name=self.weights_name,
                removed=layout.number(h5, "removed_sources"),
            )

    def find(self, sha256: str) -> Source | None:
        """The source whose file has this digest (64 lower-case hexadecimal digits), or None."""
        row = self._row_of(sha256)
        return None if row is None else self.source(row + 1)

    def source(self, source_id: int) -> Source:
        """The source with this id.

        Raises:
            DatabaseError: there is none, or it was removed.
        """
        with self._reading() as h5:
            row = self._row(source_id)
            digest = layout.read(h5, "sources/digests", source_id - 1, 1)
            return to_sources(h5, np.array([row], layout.ROW), digest)[0]

    def sources(self) -> Iterator[Source]:
        """All sources by id, read some thousands at a time."""
        with self._reading() as h5:
            total = layout.length(h5, "sources/rows")
        for first in range(0, total, _BLOCK):
            count = min(_BLOCK, total - first)
            with self._reading() as h5:
                rows = layout.read(h5, "sources/rows", first, count)
                digests = layout.read(h5, "sources/digests", first, count)
                live = rows["removed"] == 0
                block = to_sources(h5, rows[live], digests[live])
            yield from block

    def enrolled_digests(self) -> set[str]:
        """SHA-256 of all sources; `in` and `find` ask for one without reading all."""
        with self._reading() as h5:
            live = layout.read_all(h5, "sources/rows")["removed"] == 0
            digits = layout.read_all(h5, "sources/digests")[live].tobytes().hex()
        return {digits[i : i + 64] for i in range(0, len(digits), 64)}

    def clip_table(self) -> ClipTable:
        """The clips of all sources, copied into memory for searching."""
        return ClipTable(**self._table("clips", "codes", "times"))

    def clip_codes(self, source_id: int) -> tuple[Codes, NDArray[np.float64]]:
        """The clips of one source: packed codes uint8 [n, bits / 8], times in seconds float64 [n]."""
        with self._reading():
            codes, times = self._part(source_id, "clips", "codes", "times")
            return codes, times

    def iter_clips(self, sources: int = 1024) -> Iterator[ClipTable]:
        """The clips of all sources, those of so many sources at a time."""
        with self._reading():
            rows = self._live_rows()
        for first in range(0, len(rows), sources):
            yield ClipTable(**self._table("clips", "codes", "times", rows=rows[first : first + sources]))

    def crop_table(self) -> CropTable:
        """The crops of all sources, copied into memory for searching."""
        return CropTable(**self._table("crops", "codes", "times", "boxes"))

    def centers_table(self) -> CenterTable:
        """The hash centers of all sources, copied into memory."""
        table = self._table("centers", "codes", "margins", "spans", "whole")
        return CenterTable(**table | {"whole": table["whole"].astype(bool)})

    def motion(self, source_id: int) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """What moves in a source: presentation times in seconds float64 [m], signals float32 [m, 3]."""
        with self._reading():
            times, signals = self._part(source_id, "motion", "times", "signals")
            return times, signals.astype(np.float32)

    def motion_signature(self, source_id: int) -> MotionSignature:
        """What moves in a source and where; empty where it was enrolled without."""
        with self._reading():
            (times,) = self._part(source_id, "motion", "times")
            (data,) = self._part(source_id, "flows", "data")
            return unpacked_signature(times, data)

    def thumbnails(self, source_id: int) -> tuple[tuple[float, bytes], ...]:
        """The thumbnails of a source, (seconds, JPEG bytes), by time."""
        with self._reading():
            (rows,) = self._part(source_id, "thumbnails", "rows")
            (data,) = self._part(source_id, "jpegs", "data")
            jpegs = data.tobytes()
            return tuple((moment, jpegs[start : start + count]) for moment, start, count in rows.tolist())

    def thumbnail_near(self, source_id: int, moment: float) -> bytes | None:
        """The JPEG of a source nearest to a moment in seconds, or None where it has no thumbnails."""
        with self._reading() as h5:
            (rows,) = self._part(source_id, "thumbnails", "rows")
            if not len(rows):
                return None
            nearest = rows[np.abs(rows["time"] - moment).argmin()]
            start = int(self._row(source_id)["jpegs_start"]) + int(nearest["start"])
            return layout.read(h5, "jpegs/data", start, int(nearest["count"])).tobytes()

    # --- for this class and those built on it

    @contextlib.contextmanager
    def _reading(self) -> Iterator[h5py.File]:
        """Hands out the HDF5 file; what h5py raises because of a damaged file becomes a named error."""
        if self._h5 is None:
            raise DatabaseError(f"{self.path} is closed.", "Open it again.")
        try:
            yield self._h5
        except VtlError:
            raise
        except DAMAGE as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> NotADatabase:
        return NotADatabase(
            f"{self.path} is damaged: {str(error).strip(chr(39))}.", "Restore it from a copy, or enroll again."
        )

    def _row(self, source_id: int) -> np.void:
        """The row of a source, type `ROW`."""
        with self._reading() as h5:
            if not 1 <= source_id <= layout.length(h5, "sources/rows"):
                raise DatabaseError(f"{self.path} holds no source {source_id}.")
            row = layout.read(h5, "sources/rows", source_id - 1, 1)[0]
            if row["removed"]:
                raise DatabaseError(f"Source {source_id} was removed from {self.path}.")
            return row

    def _row_of(self, sha256: str) -> int | None:
        """The row that holds a digest and was not removed."""
        with self._reading() as h5:
            if self._digests is None:
                self._digests = DigestIndex(layout.read_all(h5, "sources/digests"))
            digest = bytes.fromhex(sha256)
            for row in self._digests.rows(digest):
                same = layout.read(h5, "sources/digests", row, 1).tobytes() == digest
                if same and not layout.read(h5, "sources/rows", row, 1)["removed"][0]:
                    return row
        return None

    def _texts(self, row: np.void) -> bytes:
        with self._reading() as h5:
            return layout.read(h5, "sources/texts", int(row["text_start"]), int(text_length(row))).tobytes()

    def _live_rows(self) -> NDArray[Any]:
        with self._reading() as h5:
            rows = layout.read_all(h5, "sources/rows")
            return rows[rows["removed"] == 0] if rows["removed"].any() else rows

    def _table(self, part: str, *names: str, rows: NDArray[Any] | None = None) -> dict[str, NDArray[Any]]:
        """The columns of one table by name, and `source_ids`; of all sources, or of those of some rows."""
        with self._reading() as h5:
            some = self._live_rows() if rows is None else rows
            counts = some[f"{part}_count"]
            spans = layout.live_spans(some[f"{part}_start"], counts)
            columns = {name: layout.read_runs(h5, f"{part}/{name}", spans) for name in names}
        return columns | {"source_ids": np.repeat(some["id"], counts)}

    def _part(self, source_id: int, part: str, *names: str) -> tuple[NDArray[Any], ...]:
        """A source's rows in some datasets of one table."""
        with self._reading() as h5:
            row = self._row(source_id)
            start, count = int(row[f"{part}_start"]), int(row[f"{part}_count"])
            return tuple(layout.read(h5, f"{part}/{name}", start, count) for name in names)
