"""What is kept of a video while it is sampled, so that it need not be decoded again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.errors import FrameUnavailable
from vtl_desktop.core.media import Picture
from vtl_desktop.media.frame_cache import size_of
from vtl_desktop.media.indexed import Decoded
from vtl_desktop.media.lumas import Thinned
from vtl_desktop.media.pictures import Converter

_BUDGET = 192 << 20
"""Bytes of decoded frames: of 640 x 360 those of two minutes' samples, of 1920 x 1080 those of sixteen seconds'."""


class KeptFrames:
    """Takes the frames of one video in order: small and grey, and those that are sampled as they are.

    Attributes:
        size: width and height of the small grey pictures.
    """

    def __init__(self, size: tuple[int, int], *, step: float | None, budget: int = _BUDGET) -> None:
        """Keeps nothing yet.

        Args:
            size: width and height of the small grey pictures.
            step: least time between two of them, seconds; None for none at all.
            budget: bytes that the sampled frames may take; of a longer video every second, every fourth, ... is kept.
        """
        self.size = size
        self._thinned = None if step is None else Thinned(step)
        self._times: list[float] = []
        self._greys: list[NDArray[np.float32]] = []
        self._convert: Converter | None = None
        self._budget, self._held = budget, 0
        self._every, self._sampled = 1, 0
        self._frames: dict[float, Decoded] = {}

    def take(self, time: float, grey: NDArray[np.float32]) -> None:
        """Takes the next frame, small and grey, where `takes_greys`; times in seconds, ascending."""
        if self._thinned is not None and self._thinned.due(time):
            self._times.append(time)
            self._greys.append(grey)

    def sample(self, moment: float, decoded: Decoded, convert: Converter) -> None:
        """Takes the frame that is sampled for a moment, seconds; moments ascend."""
        self._convert = convert
        if self._sampled % self._every == 0:
            self._frames[moment] = decoded
            self._held += size_of(decoded.frame)
            while self._held > self._budget and len(self._frames) > 1:
                self._every *= 2
                self._frames = {moment: self._frames[moment] for moment in list(self._frames)[::2]}
                self._held = sum(size_of(kept.frame) for kept in self._frames.values())
        self._sampled += 1

    @property
    def takes_greys(self) -> bool:
        """Whether small grey pictures are wanted."""
        return self._thinned is not None

    @property
    def greys(self) -> tuple[list[NDArray[np.float32]], NDArray[np.float64]] | None:
        """The small grey pictures, float32 [height, width] each, and their times, seconds; None where none were."""
        return None if self._thinned is None else (self._greys, np.array(self._times))

    def picture(self, moment: float) -> Picture | None:
        """The full picture that was sampled for exactly this moment, RGB; None where it was not kept."""
        decoded = self._frames.get(moment)
        if decoded is None or self._convert is None:
            return None
        try:
            return self._convert.picture(decoded.frame)
        except FrameUnavailable:
            return None
