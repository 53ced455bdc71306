"""Checking a hash-center database from end to end: what is wrong with it, in plain sentences."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.jobs import CancelToken, Progress
from vtl_desktop.storage import database_layout as layout
from vtl_desktop.storage.database_blocks import Block, blocks
from vtl_desktop.storage.database_rows import text_length

MOST = 200
"""Problems told one by one; a file full of zeros would give millions."""

_DAMAGE = (OSError, KeyError, ValueError, RuntimeError)


def find_problems(h5: h5py.File, *, progress: Progress, cancel: CancelToken | None) -> list[str]:
    """Reads everything and compares it with the counts, ranges and checksums noted when it was written.

    Args:
        h5: the open database.
        progress, cancel: as everywhere.

    Returns:
        One sentence a problem, at most `MOST` and one that says how many more; empty where all is well.
    """
    try:
        rows = layout.read_all(h5, "sources/rows")
    except _DAMAGE as error:
        return [f"The table of sources cannot be read: {error}."]
    problems = _table_problems(h5, rows)
    sound = _sound_rows(h5, rows, problems)
    problems += _duplicates(h5, rows[sound])
    done = 0
    for stretch in _stretches(sound):
        for block in blocks(h5, rows[stretch[0] : stretch[1]], stretch[0]):
            if cancel is not None:
                cancel.check()
            progress(done / max(len(rows), 1), f"checking source {block.first + 1} of {len(rows)}")
            problems += _block_problems(block)
            done += len(block.rows)
    if len(problems) > MOST:
        problems[MOST:] = [f"There are {len(problems) - MOST} more problems."]
    return problems


def _table_problems(h5: h5py.File, rows: NDArray[Any]) -> list[str]:
    problems = []
    if layout.length(h5, "sources/digests") != len(rows):
        problems.append(f"There are {len(rows)} sources, but {layout.length(h5, 'sources/digests')} digests.")
    for part, names in layout.PARTS.items():
        lengths = {layout.length(h5, name) for name in names}
        if len(lengths) > 1:
            problems.append(f"The columns of the table {part} differ in length: {sorted(lengths)}.")
        filled = int(rows[f"{part}_count"].sum())
        if filled != max(lengths):
            problems.append(f"The table {part} has {max(lengths)} rows, but its sources have {filled}.")
    removed = int((rows["removed"] != 0).sum())
    if removed != layout.number(h5, "removed_sources"):
        problems.append(f"{removed} sources were removed, but {layout.number(h5, 'removed_sources')} are said to be.")
    return problems


def _sound_rows(h5: h5py.File, rows: NDArray[Any], problems: list[str]) -> NDArray[np.bool_]:
    """Which rows say something possible about where their data lie; notes a problem for each that does not."""
    wrong_id = rows["id"] != np.arange(1, len(rows) + 1)
    problems += [f"Source {i + 1} calls itself source {rows['id'][i]}." for i in np.flatnonzero(wrong_id)[:MOST]]
    sound = np.arange(len(rows)) < layout.length(h5, "sources/digests")
    lengths = text_length(rows)
    end = rows["text_start"] + lengths
    sound &= (rows["text_start"] >= 0) & (lengths >= 0) & (end <= layout.length(h5, "sources/texts"))
    for part, names in layout.PARTS.items():
        start, count = rows[f"{part}_start"], rows[f"{part}_count"]
        fits = (start >= 0) & (count >= 0) & (start + count <= min(layout.length(h5, name) for name in names))
        # Sources fill a table in the order of their numbers, one behind the other.
        reached = np.maximum.accumulate(np.concatenate(([0], np.where(fits, start + count, 0))))[:-1]
        sound &= fits & ((start >= reached) | (count == 0))
    problems += [f"Source {i + 1} names rows that it cannot have." for i in np.flatnonzero(~sound)[:MOST]]
    return sound


def _stretches(sound: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and end of each run of rows that are sound."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], sound, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _duplicates(h5: h5py.File, rows: NDArray[Any]) -> list[str]:
    live = rows["id"][rows["removed"] == 0]
    live = live[(live >= 1) & (live <= layout.length(h5, "sources/digests"))]
    keys = np.ascontiguousarray(layout.read_all(h5, "sources/digests")[live - 1]).view(np.uint64)
    order = np.lexsort(keys.T)
    same = np.flatnonzero((keys[order][1:] == keys[order][:-1]).all(axis=1))
    return [f"Sources {live[order[i]]} and {live[order[i + 1]]} have the same digest." for i in same[:MOST]]


def _block_problems(block: Block) -> list[str]:
    try:
        return _checksum_problems(block)
    except _DAMAGE as error:
        if len(block.rows) == 1:
            return [f"Source {block.first + 1} cannot be read: {error}."]
        last = block.first + len(block.rows)
        return [f"Among the sources {block.first + 1} to {last} some cannot be read: {error}."]


def _checksum_problems(block: Block) -> list[str]:
    problems = []
    texts = block.texts()
    for i, tables in enumerate(block.tables_of_each()):
        row, name = block.rows[i], f"Source {block.first + i + 1}"
        if layout.row_crc(row, block.digests[i].tobytes(), texts[i]) != row["row_crc"]:
            problems.append(f"{name}: its facts (path, digest, size ...) are not what was written.")
        # Of a removed source that was compacted away, only the row is left.
        gone = row["removed"] and not any(len(rows) for rows in tables.values())
        if not gone and layout.data_crc(tables) != row["data_crc"]:
            problems.append(f"{name}: its codes, times or thumbnails are not what was written.")
        thumbnails, size = tables["thumbnails/rows"], len(tables["jpegs/data"])
        inside = (thumbnails["start"] >= 0) & (thumbnails["start"] + thumbnails["count"] <= size)
        if not inside.all():
            problems.append(f"{name}: a thumbnail lies outside its bytes.")
    return problems
