"""What goes into a hash-center database and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.hashing import Codes
from vtl_desktop.core.motion_signature import MotionSignature
from vtl_desktop.core.tracing import Source


@dataclass(frozen=True, slots=True, eq=False)
class EnrolledSource:
    """All that is kept of one source.

    Attributes:
        source: its facts; its id is ignored, the database gives one.
        centers: hash centers, packed, uint8 [c, bits / 8].
        center_margins: how far each bit's vote was from a tie, 0 to 255, uint8 [c, bits].
        center_spans: start and end of each center's stretch of the source in seconds, float64 [c, 2].
        center_whole: whether a center stands for the whole source, not for a segment; bool [c].
        clip_codes: packed, uint8 [n, bits / 8].
        clip_times: seconds, float64 [n].
        crop_codes: of parts of the picture at some moments, packed, uint8 [p, bits / 8].
        crop_times: seconds, float64 [p].
        crop_boxes: left, top, right, bottom as shares of the picture, float32 [p, 4].
        motion_times: presentation times in seconds, float64 [m].
        motion_signals: float32 [m, 3] (see `MotionTrack`); kept as float16.
        thumbnails: (seconds, JPEG bytes), by time.
        signature: what moves and where, one entry for each of `motion_times`; or empty, where it is not known.
    """

    source: Source
    centers: Codes = field(repr=False)
    center_margins: NDArray[np.uint8] = field(repr=False)
    center_spans: NDArray[np.float64] = field(repr=False)
    center_whole: NDArray[np.bool_] = field(repr=False)
    clip_codes: Codes = field(repr=False)
    clip_times: NDArray[np.float64] = field(repr=False)
    crop_codes: Codes = field(repr=False)
    crop_times: NDArray[np.float64] = field(repr=False)
    crop_boxes: NDArray[np.float32] = field(repr=False)
    motion_times: NDArray[np.float64] = field(repr=False)
    motion_signals: NDArray[np.float32] = field(repr=False)
    thumbnails: tuple[tuple[float, bytes], ...] = field(default=(), repr=False)
    signature: MotionSignature = field(default_factory=MotionSignature.empty, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class ClipTable:
    """The clip codes of all sources, or of some; source by source, by time within a source.

    Attributes:
        codes: packed, uint8 [n, bits / 8], contiguous.
        source_ids: int64 [n].
        times: seconds, float64 [n].
    """

    codes: Codes = field(repr=False)
    source_ids: NDArray[np.int64] = field(repr=False)
    times: NDArray[np.float64] = field(repr=False)

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, slots=True, eq=False)
class CropTable:
    """The codes of parts of the sources' pictures, source by source.

    Attributes:
        codes: packed, uint8 [n, bits / 8], contiguous.
        source_ids: int64 [n].
        times: seconds, float64 [n].
        boxes: left, top, right, bottom as shares of the picture, float32 [n, 4].
    """

    codes: Codes = field(repr=False)
    source_ids: NDArray[np.int64] = field(repr=False)
    times: NDArray[np.float64] = field(repr=False)
    boxes: NDArray[np.float32] = field(repr=False)

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, slots=True, eq=False)
class CenterTable:
    """The hash centers of all sources.

    Attributes:
        codes: packed, uint8 [c, bits / 8], contiguous.
        margins: how far each bit's vote was from a tie, 0 to 255, uint8 [c, bits].
        source_ids: int64 [c].
        spans: start and end in seconds, float64 [c, 2].
        whole: stands for the whole source, bool [c].
    """

    codes: Codes = field(repr=False)
    margins: NDArray[np.uint8] = field(repr=False)
    source_ids: NDArray[np.int64] = field(repr=False)
    spans: NDArray[np.float64] = field(repr=False)
    whole: NDArray[np.bool_] = field(repr=False)

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, slots=True)
class DatabaseInfo:
    """A database in a few numbers; removed sources do not count.

    Attributes:
        path: where it lies.
        sources, clips, centers: how many.
        bits: code length; weights_sha256: of the weights that made the codes.
        seconds_of_video: of all sources together.
        size: bytes of the file.
        schema: version of its layout.
        created_at: ISO 8601 with zone.
        weights_name: of those weights; may be "".
        removed: sources that were removed.
    """

    path: str
    sources: int
    clips: int
    centers: int
    bits: int
    weights_sha256: str
    seconds_of_video: float
    size: int
    schema: int
    created_at: str
    weights_name: str = ""
    removed: int = 0
