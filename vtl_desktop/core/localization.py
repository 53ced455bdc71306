"""Registration (where in the source a pixel of the suspect lies) and what a mask says."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.place_words import in_words

FITTED_DIFFERENCE = "fitted difference"
LOCALIZATOR = "Localizator"

CHANGED_THRESHOLD = 127
"""A pixel of a mask above this counts as changed."""


TOLD_TO_A_TENTH = 10.0
"""Pixels of uncertainty from which tenths are not told."""


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """How exactly a place is known: standard errors in pixels of the suspect, at full size.

    A standard error is the root of the mean squared distance from the true place. How often the true place lies within
    twice that was measured on real pictures: docs/alignment.md, "Place".

    Attributes:
        middle: at the middle of what both pictures show.
        worst: at the worst of its corners.
    """

    middle: float
    worst: float


@dataclass(frozen=True, slots=True)
class Registration:
    """How a suspect's frame lies in its source's frame.

    Attributes:
        matrix: 3 x 3, row by row; takes a suspect's pixel (x, y, 1) to the source's pixel, in full-size pixels of both.
        mirrored: the suspect shows the source left-right reversed (already contained in the matrix).
        inliers: keypoint pairs that agree with the matrix; 0 where it was not found by keypoints.
        method: "keypoints", "correlation" (very soft pictures) or "whole picture" (assumed: scaled to the same size).
        coverage: share of the suspect's picture that lies inside the source's picture, 0 to 1.
        uncertainty: how exactly the place is known; None where it was assumed, or not estimated.
    """

    matrix: tuple[float, ...]
    mirrored: bool = False
    inliers: int = 0
    method: str = "whole picture"
    coverage: float = 1.0
    uncertainty: Uncertainty | None = None

    @property
    def array(self) -> NDArray[np.float64]:
        """float64 [3, 3]."""
        return np.array(self.matrix, np.float64).reshape(3, 3)

    @property
    def trusted(self) -> bool:
        """Found by enough keypoint pairs: wrong pairs of frames never gave more than 12."""
        return self.inliers >= 20

    def describe(self, suspect_size: tuple[int, int], source_size: tuple[int, int]) -> str:
        """In plain words, for instance "mirrored, cropped to 71% of the source's picture, turned 6 degrees clockwise".

        How exactly the place is known follows, or that it is not confirmed.

        Args:
            suspect_size, source_size: (width, height) in pixels.
        """
        words = in_words(self.array, self.mirrored, suspect_size, source_size)
        if not self.trusted:
            return f"{words}, place not confirmed by keypoints"
        return f"{words}, {self.known_to}" if self.known_to else words

    @property
    def known_to(self) -> str:
        """For instance "place known to ± 0.4 px"; empty where it was not estimated."""
        if self.uncertainty is None:
            return ""
        worst = self.uncertainty.worst
        # Rounded up: a place is not told to be known better than it is.
        told = f"{math.ceil(worst * 10) / 10:.1f}" if worst < TOLD_TO_A_TENTH else f"{math.ceil(worst)}"
        return f"place known to ± {told} px"


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """What was changed in one frame of the suspect.

    Attributes:
        picture: grey, uint8 [height, width] of the suspect: 0 unchanged ... 255 surely changed.
        method: `FITTED_DIFFERENCE` or `LOCALIZATOR`: which one made it.
        suspect_time, source_time: seconds; the pair of moments compared.
        registration: how the pair was laid over each other.
        graphics, altered: what was laid over the picture (captions, logos, insets) and what was changed in it, each
            like `picture`, which is the greater of both; None where the method does not tell them apart.
    """

    picture: NDArray[np.uint8]
    method: str
    suspect_time: float
    source_time: float
    registration: Registration
    graphics: NDArray[np.uint8] | None = None
    altered: NDArray[np.uint8] | None = None

    @property
    def changed_share(self) -> float:
        """Share of the picture that counts as changed, 0 to 1."""
        return float((self.picture > CHANGED_THRESHOLD).mean())
