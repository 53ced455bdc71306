"""Codes of parts of a source's picture: what a suspect that shows only a quarter of it can be found by."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.hashing import Codes
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.media import Box
from vtl_desktop.media.pictures import shrink_to_square
from vtl_desktop.media.sampling import ClipSamples, is_informative

_SIDE = 0.55
NINTHS = tuple(Box(x, y, x + _SIDE, y + _SIDE) for y in (0.0, 0.225, 0.45) for x in (0.0, 0.225, 0.45))
"""Overlapping parts of a bit more than half of the side: any crop of half the side lies within one of them, nearly."""

PREVIEWS = 600
"""Larger squares kept of a source while it is enrolled, at most: 66 MB."""

_EVERY = 8.0
"""Seconds of one and the same segment that one moment's crops stand for."""


class CodeMaker(Protocol):
    """What is needed of an encoder; see `networks.inference.Encoder`."""

    @property
    def bits(self) -> int: ...
    @property
    def input_size(self) -> int: ...
    def encode(self, frames: NDArray[np.uint8], *, alone: bool = False, cancel: CancelToken | None = None) -> Codes: ...


def crop_codes(
    samples: ClipSamples, segments: list[tuple[float, float]], encoder: CodeMaker, *, cancel: CancelToken | None = None
) -> tuple[Codes, NDArray[np.float64], NDArray[np.float32]]:
    """Codes of the nine crops of a few moments of a source.

    Args:
        samples: of the source, with previews.
        segments: start and end of each segment, seconds.
        encoder: of the database.

    Returns:
        Packed codes uint8 [n, bits / 8], their times in seconds float64 [n], their boxes float32 [n, 4]; flat crops are
        left out.
    """
    pictures, times, boxes = [], [], []
    chosen = {place for places in previews_of(samples.preview_times, segments) for place in places}
    for moment in sorted(chosen):
        for box in NINTHS:
            picture = squares(samples.previews[moment : moment + 1], box, encoder.input_size)[0]
            if is_informative(picture):
                pictures.append(picture)
                times.append(samples.preview_times[moment])
                boxes.append((box.x0, box.y0, box.x1, box.y1))
    if not pictures:
        return np.zeros((0, encoder.bits // 8), np.uint8), np.zeros(0), np.zeros((0, 4), np.float32)
    codes = encoder.encode(np.stack(pictures), alone=True, cancel=cancel)
    return codes, np.array(times), np.array(boxes, np.float32)


def squares(pictures: NDArray[np.uint8], box: Box, size: int) -> NDArray[np.uint8]:
    """A part of some pictures, squeezed as the network takes it: uint8 [n, H, W, 3] to [n, size, size, 3]."""
    return np.stack([shrink_to_square(np.ascontiguousarray(picture), size) for picture in box.cut(pictures)])


def previews_of(times: NDArray[np.float64], segments: list[tuple[float, float]]) -> list[list[int]]:
    """Of each segment the previews nearest to the middles of equal parts of it, one for every eight seconds.

    Args:
        times: of the previews, seconds, [m].
        segments: start and end of each, seconds.
    """
    chosen: list[list[int]] = []
    for start, end in segments:
        parts = max(1, round((end - start) / _EVERY)) if len(times) else 0
        middles = start + (np.arange(parts) + 0.5) / max(parts, 1) * (end - start)
        chosen.append(sorted({int(np.abs(times - middle).argmin()) for middle in middles}))
    return chosen
