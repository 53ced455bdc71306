"""What every compared method is: pairs of frames laid over each other in, grey masks out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.localization import CHANGED_THRESHOLD
from vtl_desktop.core.media import GreyPicture, Picture
from vtl_desktop.networks.marking import Marker
from vtl_desktop.vision.difference import fitted_difference
from vtl_desktop.vision.laying import LaidOver
from vtl_desktop.vision.photometry import Rendition

Measure = Callable[[Picture, Picture, NDArray[np.bool_]], NDArray[np.float32]]
"""How far suspect and source are apart at each pixel: (suspect, source, inside) -> float32 [height, width]."""


class Comparator(Protocol):
    """Marks what was changed."""

    def mark(self, pairs: Sequence[LaidOver]) -> list[GreyPicture]:
        """Masks of frames in a row of one stretch, all of one size: uint8 [height, width] each, above 127 = changed."""
        ...


class Thresholded:
    """A measure over a threshold."""

    def __init__(self, measure: Measure, threshold: float) -> None:
        """Args:
        measure: how far the pictures are apart.
        threshold: from where on that counts as changed, in the measure's unit, above 0.
        """
        self._measure, self._threshold = measure, threshold

    def mark(self, pairs: Sequence[LaidOver]) -> list[GreyPicture]:
        """See `Comparator.mark`."""
        return [grey(self._measure(p.suspect, p.source, p.inside), self._threshold) * p.inside for p in pairs]


class FittedDifference:
    """The mask that the product makes without a network."""

    def mark(self, pairs: Sequence[LaidOver]) -> list[GreyPicture]:
        """See `Comparator.mark`."""
        alike = Rendition()
        return [fitted_difference(p.suspect, p.source, p.inside, rendition=alike) for p in pairs]


class WithLocalizator:
    """The product's network; both of its classes count."""

    def __init__(self, marker: Marker) -> None:
        """Args:
        marker: a loaded Localizator.
        """
        self._marker = marker

    def mark(self, pairs: Sequence[LaidOver]) -> list[GreyPicture]:
        """See `Comparator.mark`; frames are shown to it in the windows that the product shows."""
        together = self._marker.frames
        windows = [pairs[first : first + together] for first in range(0, len(pairs), together)]
        return [np.maximum(marks.graphics, marks.altered) for window in windows for marks in self._marker.mark(window)]


def grey(values: NDArray[np.float32], threshold: float) -> GreyPicture:
    """A grey picture that is above 127 where values are above a threshold, in proportion up to twice as much."""
    scaled = np.clip(values * (CHANGED_THRESHOLD / threshold), 0, 255)
    # Values near the threshold must not be rounded to its other side.
    above, below = np.maximum(scaled, CHANGED_THRESHOLD + 1), np.minimum(scaled, CHANGED_THRESHOLD)
    return np.where(values > threshold, above, below).astype(np.uint8)
