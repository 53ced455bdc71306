"""A source to its row in the database, and back; and which row holds a digest."""

from __future__ import annotations

import zlib
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.motion_signature import ROW_BYTES, MotionSignature
from vtl_desktop.core.tracing import Source
from vtl_desktop.storage import database_layout as layout
from vtl_desktop.storage.database_layout import ROW, THUMBNAIL, row_crc
from vtl_desktop.storage.database_values import EnrolledSource

_ERRORS = "surrogatepass"  # file names need not be text on Linux: Python hands their odd bytes over as surrogates
_FACTS = ("id", "size", "duration", "frame_rate", "width", "height")


def check_enrolled(enrolled: EnrolledSource, bits: int) -> None:
    """Makes sure that everything in it has the shapes and types it says.

    Raises:
        ValueError: naming what has not.
    """
    width = bits // 8
    wanted: list[tuple[str, NDArray[Any], str, tuple[int, ...]]] = [
        ("centers", enrolled.centers, "u", (len(enrolled.centers), width)),
        ("center_margins", enrolled.center_margins, "u", (len(enrolled.centers), bits)),
        ("center_spans", enrolled.center_spans, "f", (len(enrolled.centers), 2)),
        ("center_whole", enrolled.center_whole, "b", (len(enrolled.centers),)),
        ("clip_codes", enrolled.clip_codes, "u", (len(enrolled.clip_codes), width)),
        ("clip_times", enrolled.clip_times, "f", (len(enrolled.clip_codes),)),
        ("crop_codes", enrolled.crop_codes, "u", (len(enrolled.crop_codes), width)),
        ("crop_times", enrolled.crop_times, "f", (len(enrolled.crop_codes),)),
        ("crop_boxes", enrolled.crop_boxes, "f", (len(enrolled.crop_codes), 4)),
        ("motion_times", enrolled.motion_times, "f", (len(enrolled.motion_times),)),
        ("motion_signals", enrolled.motion_signals, "f", (len(enrolled.motion_times), 3)),
    ]
    for name, array, kind, shape in wanted:
        if array.shape != shape or array.dtype.kind != kind or (kind == "u" and array.dtype.itemsize != 1):
            raise ValueError(f"{name} is {array.dtype} {list(array.shape)}, not {kind} {list(shape)}")
        if kind == "f" and "signals" not in name and not np.isfinite(array).all():
            raise ValueError(f"{name} holds a time that is no number")
    if len(enrolled.signature) not in (0, len(enrolled.motion_times)):
        raise ValueError(f"a signature of {len(enrolled.signature)} of {len(enrolled.motion_times)} frames")
    digest = enrolled.source.sha256
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise ValueError(f"{digest!r} is no SHA-256 in 64 lower-case hexadecimal digits")


def table_rows(enrolled: EnrolledSource) -> dict[str, NDArray[Any]]:
    """The rows for each dataset but those under sources/, as they are kept."""
    counts = np.array([len(jpeg) for _, jpeg in enrolled.thumbnails], np.int64)
    thumbnails = np.zeros(len(counts), THUMBNAIL)
    thumbnails["time"] = [moment for moment, _ in enrolled.thumbnails]
    thumbnails["start"] = np.cumsum(counts) - counts
    thumbnails["count"] = counts
    with np.errstate(over="ignore"):
        signals = enrolled.motion_signals.astype("<f2")
    return {
        "centers/codes": enrolled.centers,
        "centers/margins": enrolled.center_margins,
        "centers/spans": enrolled.center_spans.astype("<f8"),
        "centers/whole": enrolled.center_whole.astype(np.uint8),
        "clips/codes": enrolled.clip_codes,
        "clips/times": enrolled.clip_times.astype("<f8"),
        "crops/codes": enrolled.crop_codes,
        "crops/times": enrolled.crop_times.astype("<f8"),
        "crops/boxes": enrolled.crop_boxes.astype("<f4"),
        "motion/times": enrolled.motion_times.astype("<f8"),
        "motion/signals": signals,
        "flows/data": packed_signature(enrolled.signature),
        "thumbnails/rows": thumbnails,
        "jpegs/data": np.frombuffer(b"".join(jpeg for _, jpeg in enrolled.thumbnails), np.uint8),
    }


def packed_signature(signature: MotionSignature) -> NDArray[np.uint8]:
    """A signature without its times in about half as many bytes, uint8 [k].

    Packed here, not by a filter of HDF5: chunks that are packed again with every source would leave gaps in the file.
    """
    return np.frombuffer(zlib.compress(signature.rows().tobytes()) if len(signature) else b"", np.uint8)


def unpacked_signature(times: NDArray[np.float64], data: NDArray[np.uint8]) -> MotionSignature:
    """Back from `packed_signature`, with the times of the frames, seconds, [m].

    Raises:
        ValueError: there is another number of frames (the database is damaged).
    """
    if not len(data):
        return MotionSignature.empty()
    wanted = len(times) * ROW_BYTES
    try:
        # A damaged file must not unpack to more than there is memory for.
        rows = zlib.decompressobj().decompress(data.tobytes(), wanted + 1)
    except zlib.error as error:
        raise ValueError(f"a motion signature cannot be unpacked: {error}") from error
    if len(rows) != wanted:
        raise ValueError(f"a motion signature has {len(rows)} bytes instead of {wanted}")
    return MotionSignature.from_rows(times, np.frombuffer(rows, np.int8).reshape(-1, ROW_BYTES))


def texts_of(source: Source) -> tuple[bytes, bytes, bytes]:
    """Path, codec and date of enrolling as they are kept."""
    return (
        source.path.encode("utf-8", _ERRORS),
        source.codec.encode("utf-8", _ERRORS),
        source.enrolled_at.encode("utf-8", _ERRORS),
    )


def source_row(source: Source) -> np.void:
    """The row of a source, type `ROW`: its facts; nothing yet of where its texts and rows lie."""
    row = np.zeros(1, ROW)[0]
    for name in _FACTS:
        row[name] = getattr(source, name)
    row["path_bytes"], row["codec_bytes"], row["enrolled_bytes"] = (len(text) for text in texts_of(source))
    return row


def text_length(rows: NDArray[Any] | np.void) -> NDArray[np.int64]:
    """Bytes of the texts of each row."""
    return rows["path_bytes"].astype(np.int64) + rows["codec_bytes"] + rows["enrolled_bytes"]


def texts_of_rows(h5: h5py.File, rows: NDArray[Any]) -> list[bytes]:
    """The texts of some sources' rows, each source's in one."""
    lengths = text_length(rows)
    joined = layout.read_runs(h5, "sources/texts", layout.live_spans(rows["text_start"], lengths)).tobytes()
    ends = np.cumsum(lengths)
    starts = ends - lengths
    return [joined[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def sealed(row: np.void, digest: bytes, texts: bytes) -> np.void:
    """The row with its own checksum set."""
    row = row.copy()
    row["row_crc"] = row_crc(row, digest, texts)
    return row


def to_sources(h5: h5py.File, rows: NDArray[Any], digests: NDArray[np.uint8]) -> list[Source]:
    """The sources that some rows stand for.

    Args:
        h5: the database, for the texts.
        rows: type `ROW` [n]; digests: theirs, uint8 [n, 32].

    Raises:
        ValueError: the texts are no texts (the database is damaged).
    """
    texts = texts_of_rows(h5, rows)
    digits = digests.tobytes().hex()
    # A million sources: one conversion a column, not one a value.
    facts = zip(*(rows[name].tolist() for name in _FACTS), strict=True)
    lengths = zip(rows["path_bytes"].tolist(), rows["codec_bytes"].tolist(), strict=True)
    sources = []
    for i, ((id_, size, duration, frame_rate, width, height), (path, codec)) in enumerate(
        zip(facts, lengths, strict=True)
    ):
        text = texts[i]
        name, kind, date = text[:path], text[path : path + codec], text[path + codec :]
        sources.append(
            Source(
                id=id_,
                path=name.decode("utf-8", _ERRORS),
                sha256=digits[64 * i : 64 * i + 64],
                size=size,
                duration=duration,
                frame_rate=frame_rate,
                width=width,
                height=height,
                codec=kind.decode("utf-8", _ERRORS),
                enrolled_at=date.decode("utf-8", _ERRORS),
            )
        )
    return sources


class DigestIndex:
    """Which rows may hold a digest: the first eight bytes of every digest, eight megabytes for a million sources."""

    def __init__(self, digests: NDArray[np.uint8]) -> None:
        """Takes the digests of all rows, uint8 [n, 32]."""
        self._count = len(digests)
        self._keys = np.ascontiguousarray(digests[:, :8]).view(np.uint64).reshape(-1)

    def rows(self, digest: bytes) -> list[int]:
        """Rows whose digests begin like this one."""
        return np.flatnonzero(self._keys[: self._count] == np.frombuffer(digest[:8], np.uint64)[0]).tolist()

    def append(self, digest: bytes) -> None:
        """Notes the digest of a new row."""
        if self._count == len(self._keys):
            self._keys = np.concatenate((self._keys, np.zeros(max(1024, self._count), np.uint64)))
        self._keys[self._count] = np.frombuffer(digest[:8], np.uint64)[0]
        self._count += 1
