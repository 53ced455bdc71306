"""Registration (where in the source a pixel of the suspect lies) and what a mask says."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FITTED_DIFFERENCE = "fitted difference"
LOCALIZATOR = "Localizator"

CHANGED_THRESHOLD = 127
"""A pixel of a mask above this counts as changed."""


@dataclass(frozen=True, slots=True)
class Registration:
    """How a suspect's frame lies in its source's frame.

    Attributes:
        matrix: 3 x 3, row by row; takes a suspect's pixel (x, y, 1) to the source's pixel, in full-size pixels of both.
        mirrored: the suspect shows the source left-right reversed (already contained in the matrix).
        inliers: keypoint pairs that agree with the matrix; 0 where it was not found by keypoints.
        method: "keypoints", "whole picture" (assumed: scaled to the same size) ...
        coverage: share of the suspect's picture that lies inside the source's picture, 0 to 1.
    """

    matrix: tuple[float, ...]
    mirrored: bool = False
    inliers: int = 0
    method: str = "whole picture"
    coverage: float = 1.0

    @property
    def array(self) -> NDArray[np.float64]:
        """float64 [3, 3]."""
        return np.array(self.matrix, np.float64).reshape(3, 3)

    @property
    def trusted(self) -> bool:
        """Found by enough keypoint pairs: wrong pairs of frames never gave more than 12."""
        return self.inliers >= 20

    def describe(self, suspect_size: tuple[int, int], source_size: tuple[int, int]) -> str:
        """In plain words, for instance "mirrored, shows 71 % of the source's width, turned 6 degrees".

        Args:
            suspect_size, source_size: (width, height) in pixels.
        """
        width, height = suspect_size
        matrix = self.array
        corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], np.float64) @ matrix.T
        corners = corners[:, :2] / corners[:, 2:]
        words = ["mirrored"] if self.mirrored else []
        share = float(np.linalg.norm(corners[1] - corners[0])) / source_size[0]
        words.append(f"its width spans {share:.0%} of the source's width")
        across = corners[0] - corners[1] if self.mirrored else corners[1] - corners[0]
        angle = math.degrees(math.atan2(across[1], across[0]))
        if abs(angle) >= 0.5:
            words.append(f"turned {abs(angle):.1f} degrees")
        if not self.trusted:
            words.append("place not confirmed by keypoints")
        return ", ".join(words)


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """What was changed in one frame of the suspect.

    Attributes:
        picture: grey, uint8 [height, width] of the suspect: 0 unchanged ... 255 surely changed.
        method: `FITTED_DIFFERENCE` or `LOCALIZATOR`: which one made it.
        suspect_time, source_time: seconds; the pair of moments compared.
        registration: how the pair was laid over each other.
    """

    picture: NDArray[np.uint8]
    method: str
    suspect_time: float
    source_time: float
    registration: Registration

    @property
    def changed_share(self) -> float:
        """Share of the picture that counts as changed, 0 to 1."""
        return float((self.picture > CHANGED_THRESHOLD).mean())
