"""The HDF5 layout of a hash-center database: which datasets there are, and how rows get in and out of them.

Everything of variable length lies in long tables shared by all sources; a source's row in `sources/rows` says where its
rows begin and how many there are. Rows are only ever added: source n has row n - 1, for ever.
"""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

FORMAT = "vtl-desktop hash centers"
SCHEMA = 3

PARTS = {
    "centers": ("centers/codes", "centers/margins", "centers/spans", "centers/whole"),
    "clips": ("clips/codes", "clips/times"),
    "crops": ("crops/codes", "crops/times", "crops/boxes"),
    "motion": ("motion/times", "motion/signals"),
    "flows": ("flows/data",),
    "thumbnails": ("thumbnails/rows",),
    "jpegs": ("jpegs/data",),
}
"""The tables of which every source has some rows, and their datasets."""

ROW = np.dtype(
    [
        ("id", "<i8"),
        ("removed", "u1"),
        ("size", "<i8"),
        ("duration", "<f8"),
        ("frame_rate", "<f8"),
        ("width", "<i4"),
        ("height", "<i4"),
        ("text_start", "<i8"),  # path, codec and date of enrolling, one after the other, UTF-8
        ("path_bytes", "<i4"),
        ("codec_bytes", "<i4"),
        ("enrolled_bytes", "<i4"),
        *[(f"{part}_{what}", "<i8") for part in PARTS for what in ("start", "count")],
        ("data_crc", "<u4"),  # of the source's rows in the tables
        ("row_crc", "<u4"),  # of this row (with 0 here), the digest and the texts
    ]
)
THUMBNAIL = np.dtype([("time", "<f8"), ("start", "<i8"), ("count", "<i8")])
"""Seconds; where the JPEG begins among the bytes that the source has in `jpegs/data`; its bytes."""


@dataclass(frozen=True, slots=True)
class Column:
    """One dataset: a table's column.

    Attributes:
        name: path in the file.
        dtype: of an element; shape: of a row.
        chunk: rows a chunk. Chunks are written in part, so their size costs nothing but a little space at the end.
    """

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    chunk: int


def columns(bits: int) -> tuple[Column, ...]:
    """All datasets of a database with codes of so many bits."""
    width = bits // 8
    byte, real = np.dtype("u1"), np.dtype("<f8")
    return (
        Column("sources/rows", ROW, (), 256),
        Column("sources/digests", byte, (32,), 1024),
        Column("sources/texts", byte, (), 1 << 15),
        Column("centers/codes", byte, (width,), (1 << 17) // width),
        Column("centers/margins", byte, (bits,), (1 << 17) // bits),
        Column("centers/spans", real, (2,), 2048),
        Column("centers/whole", byte, (), 8192),
        Column("clips/codes", byte, (width,), (1 << 20) // width),
        Column("clips/times", real, (), 16384),
        Column("crops/codes", byte, (width,), (1 << 20) // width),
        Column("crops/times", real, (), 16384),
        Column("crops/boxes", np.dtype("<f4"), (4,), 8192),
        Column("motion/times", real, (), 32768),
        Column("motion/signals", np.dtype("<f2"), (3,), 32768),
        Column("flows/data", byte, (), 1 << 20),
        Column("thumbnails/rows", THUMBNAIL, (), 2048),
        Column("jpegs/data", byte, (), 1 << 20),
    )


def open_h5(file: Any, mode: str) -> h5py.File:
    """Opens HDF5 so that rows go straight to the file, not by whole chunks through a cache.

    The v108 format is kept: newer ones mark a file as open for writing, and refuse it after the process was killed.
    """
    kwargs: dict[str, Any] = {"libver": ("v108", "v108"), "rdcc_nbytes": 0}
    if mode == "w":
        kwargs["userblock_size"] = 512
    if isinstance(file, str):
        kwargs["locking"] = False  # we hold our own lock, which also works where HDF5 was told not to lock
    return h5py.File(file, mode, **kwargs)


def create_layout(h5: h5py.File, bits: int, attributes: Mapping[str, str | int]) -> None:
    """Makes the empty datasets and the file's attributes."""
    h5.attrs["format"] = FORMAT
    h5.attrs["schema"] = SCHEMA
    h5.attrs["bits"] = bits
    h5.attrs["removed_sources"] = 0
    for name, value in attributes.items():
        h5.attrs[name] = value
    links = h5py.h5p.create(h5py.h5p.LINK_CREATE)
    links.set_create_intermediate_group(True)
    for column in columns(bits):
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((column.chunk, *column.shape))
        properties.set_fill_time(h5py.h5d.FILL_TIME_NEVER)  # else a new chunk would be written whole, as zeros
        space = h5py.h5s.create_simple((0, *column.shape), (h5py.h5s.UNLIMITED, *column.shape))
        kind = h5py.h5t.py_create(column.dtype, logical=True)
        h5py.h5d.create(h5.id, column.name.encode(), kind, space, properties, links)


def missing_columns(h5: h5py.File, bits: int) -> list[str]:
    """Names of datasets that are not there or have another shape or type."""
    missing = []
    for column in columns(bits):
        try:
            found = dataset(h5, column.name)
        except KeyError:
            missing.append(column.name)
            continue
        fits = found.dtype == column.dtype and found.shape and found.shape[1:] == column.shape
        # Data of a virtual or external dataset lie in other files, which a foreign database could name at will.
        if not fits or found.is_virtual or found.external:
            missing.append(column.name)
    return missing


def dataset(h5: h5py.File, name: str) -> h5py.Dataset:
    """A dataset by its path in the file.

    Raises:
        KeyError: there is none (the database is damaged).
    """
    found = h5[name]
    if not isinstance(found, h5py.Dataset):
        raise KeyError(f"{name} is no dataset")
    return found


def number(h5: h5py.File, name: str) -> int:
    """One of the file's attributes that are whole numbers.

    Raises:
        KeyError, ValueError: there is none (the database is damaged).
    """
    value = h5.attrs[name]
    if not isinstance(value, (int, np.integer)):
        raise ValueError(f"the attribute {name} is no number")  # noqa: TRY004 - the file is wrong, not the call
    return int(value)


def text(h5: h5py.File, name: str) -> str:
    """One of the file's attributes that are text.

    Raises:
        KeyError, ValueError: there is none (the database is damaged).
    """
    value = h5.attrs[name]
    if not isinstance(value, str):
        raise ValueError(f"the attribute {name} is no text")  # noqa: TRY004 - the file is wrong, not the call
    return value


def length(h5: h5py.File, name: str) -> int:
    """Rows in a dataset."""
    return int(dataset(h5, name).shape[0])


def append(h5: h5py.File, name: str, rows: NDArray[Any]) -> int:
    """Adds rows at a dataset's end; returns where they begin."""
    target = dataset(h5, name)
    start = int(target.shape[0])
    if len(rows):
        target.resize(start + len(rows), axis=0)
        target.write_direct(np.ascontiguousarray(rows), dest_sel=np.s_[start : start + len(rows)])
    return start


def read(h5: h5py.File, name: str, start: int, count: int) -> NDArray[Any]:
    """`count` rows of a dataset from `start` on.

    Raises:
        ValueError: the dataset has no such rows (the database is damaged).
    """
    return read_runs(h5, name, np.array([[start, start + count]], np.int64))


def read_all(h5: h5py.File, name: str) -> NDArray[Any]:
    """All rows of a dataset."""
    return read(h5, name, 0, length(h5, name))


def read_runs(h5: h5py.File, name: str, spans: NDArray[np.int64]) -> NDArray[Any]:
    """The rows of several stretches of a dataset, one after the other.

    Args:
        h5, name: which dataset, of n rows.
        spans: start and end of each stretch, int64 [k, 2].

    Returns:
        A contiguous array [sum of the stretches' lengths, *shape of a row].

    Raises:
        ValueError: the dataset has no such rows (the database is damaged).
    """
    origin = dataset(h5, name)
    lengths = spans[:, 1] - spans[:, 0]
    if len(spans) and (spans.min() < 0 or spans.max() > origin.shape[0] or lengths.min() < 0):
        raise ValueError(f"{name} has no rows {spans.min()} to {spans.max()}")
    result = np.empty((int(lengths.sum()), *origin.shape[1:]), origin.dtype)
    place = 0
    for start, end in spans.tolist():
        if end > start:
            origin.read_direct(result, np.s_[start:end], np.s_[place : place + end - start])
            place += end - start
    return result


def overwrite(h5: h5py.File, name: str, place: int, rows: NDArray[Any]) -> None:
    """Writes rows over those of a dataset from `place` on."""
    dataset(h5, name).write_direct(rows, dest_sel=np.s_[place : place + len(rows)])


def row_size(h5: h5py.File, name: str) -> int:
    """Bytes of one row of a dataset."""
    found = dataset(h5, name)
    return found.dtype.itemsize * math.prod(found.shape[1:])


def live_spans(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The stretches of a table that some sources' rows fill, neighbours joined.

    Args:
        starts, counts: of each source, in the order of the table, int64 [n].

    Returns:
        int64 [k, 2].
    """
    filled = counts > 0
    starts, ends = starts[filled], (starts + counts)[filled]
    if not len(starts):
        return np.zeros((0, 2), np.int64)
    breaks = np.flatnonzero(starts[1:] != ends[:-1])
    first = np.concatenate(([0], breaks + 1))
    last = np.concatenate((breaks, [len(starts) - 1]))
    return np.stack((starts[first], ends[last]), axis=1)


def row_crc(row: np.void, digest: bytes, texts: bytes) -> int:
    """The checksum of a source's row.

    Args:
        row: of type `ROW`; its own `row_crc` does not count.
    """
    bare = row.copy()
    bare["row_crc"] = 0
    return zlib.crc32(texts, zlib.crc32(digest, zlib.crc32(bare.tobytes())))


def data_crc(tables: Mapping[str, NDArray[Any]]) -> int:
    """The checksum of a source's rows in the tables.

    Args:
        tables: dataset name to the source's rows, for every dataset but those under sources/.
    """
    crc = 0
    for names in PARTS.values():
        for name in names:
            crc = zlib.crc32(np.ascontiguousarray(tables[name]).reshape(-1).view(np.uint8).data, crc)
    return crc


class _GrowingBytes(io.BytesIO):
    """A `BytesIO` whose truncate also lengthens, as HDF5 expects of a file."""

    def truncate(self, size: int | None = None) -> int:
        size = self.tell() if size is None else size
        missing = size - self.getbuffer().nbytes
        if missing > 0:
            place = self.tell()
            self.seek(0, io.SEEK_END)
            self.write(bytes(missing))
            self.seek(place)
            return size
        return super().truncate(size)


def empty_image(bits: int, attributes: Mapping[str, str | int]) -> bytes:
    """The bytes of a database without sources; the first 512 are left to the transactional file."""
    image = _GrowingBytes()
    with open_h5(image, "w") as h5:
        create_layout(h5, bits, attributes)
    return image.getvalue()
