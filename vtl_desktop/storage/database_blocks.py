"""Going through a whole database source by source, a bounded part of it in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.storage import database_layout as layout
from vtl_desktop.storage.database_rows import texts_of_rows

_SOURCES = 1024
_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Neighbouring sources with all their rows.

    Attributes:
        first: row of the first of them.
        rows: type `ROW` [n], removed ones among them.
        digests: uint8 [n, 32].
    """

    h5: h5py.File
    first: int
    rows: NDArray[Any]
    digests: NDArray[np.uint8]

    def texts(self) -> list[bytes]:
        """Path, codec and date of each source in one."""
        return texts_of_rows(self.h5, self.rows)

    def tables(self) -> dict[str, NDArray[Any]]:
        """Dataset name to the rows of all sources of the block, one source after the other."""
        return {
            name: layout.read_runs(
                self.h5, name, layout.live_spans(self.rows[f"{part}_start"], self.rows[f"{part}_count"])
            )
            for part, names in layout.PARTS.items()
            for name in names
        }

    def tables_of_each(self) -> Iterator[dict[str, NDArray[Any]]]:
        """Dataset name to its rows, source by source."""
        tables = self.tables()
        starts = {part: np.cumsum(self.rows[f"{part}_count"]) - self.rows[f"{part}_count"] for part in layout.PARTS}
        for i in range(len(self.rows)):
            yield {
                name: tables[name][starts[part][i] : starts[part][i] + self.rows[f"{part}_count"][i]]
                for part, names in layout.PARTS.items()
                for name in names
            }


def blocks(h5: h5py.File, rows: NDArray[Any], first: int = 0) -> Iterator[Block]:
    """Cuts the sources into blocks of at most 64 MiB, or one source.

    Args:
        h5: the database.
        rows: of neighbouring sources, type `ROW` [n].
        first: row of the first of them.
    """
    sizes = np.zeros(len(rows), np.int64)
    for part, names in layout.PARTS.items():
        row_bytes = sum(layout.row_size(h5, name) for name in names)
        sizes += rows[f"{part}_count"] * row_bytes
    start = 0
    while start < len(rows):
        total = np.cumsum(sizes[start : start + _SOURCES])
        end = start + max(int(np.searchsorted(total, _BYTES, side="right")), 1)
        digests = layout.read(h5, "sources/digests", first + start, end - start)
        yield Block(h5, first + start, rows[start:end], digests)
        start = end
