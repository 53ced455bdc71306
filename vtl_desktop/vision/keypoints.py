"""Keypoints: places in a picture that are found again in a changed copy of it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.media import GreyPicture, Picture
from vtl_desktop.vision.geometry import Points, Size
from vtl_desktop.vision.opencv import cv2

WORKING_SIDE = 480
"""Pictures are compared with their short side no longer than this."""

SMALL_SIDE = 320
"""Smaller pictures are enlarged to this: a keypoint needs 15 pixels on all sides."""

RATIO = 0.8
DARK = 28.0
"""Grey levels of spread under which the contrast is raised before keypoints are looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Keypoints:
    """Where they are, float64 [n, 2] in pixels of the picture looked at, and what is there, [n, bytes or floats]."""

    places: Points
    descriptors: NDArray[np.generic]


Finder = Callable[[GreyPicture], Keypoints]
"""Finds one kind of keypoints."""


class Looked:
    """A picture as it is looked at: in grey, at its working size. What is found in it is found once."""

    def __init__(self, picture: Picture) -> None:
        """Takes an RGB picture, and keeps it in grey only."""
        self.full_size: Size = (picture.shape[1], picture.shape[0])
        self.grey = working_grey(picture)
        self._found: dict[Finder, Keypoints] = {}
        self._reversed: Looked | None = None

    @property
    def size(self) -> Size:
        """Its working size."""
        return self.grey.shape[1], self.grey.shape[0]

    def keypoints(self, find: Finder) -> Keypoints:
        """Its keypoints of one kind."""
        if find not in self._found:
            self._found[find] = find(self.grey)
        return self._found[find]

    def reversed(self) -> Looked:
        """The same, left-right reversed."""
        if self._reversed is None:
            other = copy.copy(self)
            other.grey, other._found, other._reversed = np.ascontiguousarray(self.grey[:, ::-1]), {}, self
            self._reversed = other
        return self._reversed


def working_size(size: Size) -> Size:
    """The size at which a picture of this size is looked at."""
    short = min(size)
    wanted = min(max(short, SMALL_SIDE), WORKING_SIDE)
    factor = min(wanted / short, 2 * WORKING_SIDE / max(size))
    return max(round(size[0] * factor), 16), max(round(size[1] * factor), 16)


def working_grey(picture: Picture) -> GreyPicture:
    """A picture in grey at its working size."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    size = (grey.shape[1], grey.shape[0])
    new = working_size(size)
    if new == size:
        return grey
    return cv2.resize(grey, new, interpolation=cv2.INTER_AREA if new[0] < size[0] else cv2.INTER_LINEAR)


def find_orb(grey: GreyPicture, count: int = 1000) -> Keypoints:
    """ORB keypoints: fast, enough for most."""
    if float(grey.std()) < DARK:
        grey = cv2.createCLAHE(3.0, (8, 8)).apply(grey)
    found, descriptors = cv2.ORB_create(count, fastThreshold=10).detectAndCompute(grey, None)
    return _packed(found, descriptors, 32, np.uint8)


def find_sift(grey: GreyPicture, count: int = 1500) -> Keypoints:
    """SIFT keypoints: ten times slower, finds them in soft and dark pictures too."""
    if float(grey.std()) < DARK:
        grey = cv2.createCLAHE(3.0, (8, 8)).apply(grey)
    found, descriptors = cv2.SIFT_create(count, contrastThreshold=0.01).detectAndCompute(grey, None)
    packed = _packed(found, descriptors, 128, np.float32)
    # Square roots of the shares ("RootSIFT") tell alike places apart better than the plain numbers.
    shares = packed.descriptors / (packed.descriptors.sum(axis=1, keepdims=True) + 1e-6)
    return Keypoints(packed.places, np.sqrt(shares).astype(np.float32))


def pair_up(suspect: Keypoints, source: Keypoints) -> tuple[Points, Points]:
    """Pairs that are clearly nearer to each other than to the second best.

    Returns:
        Places in the suspect and in the source, float64 [n, 2] each.
    """
    if len(suspect.places) < 2 or len(source.places) < 2:
        return np.empty((0, 2)), np.empty((0, 2))
    kind = cv2.NORM_HAMMING if suspect.descriptors.dtype == np.uint8 else cv2.NORM_L2
    both = cv2.BFMatcher(kind).knnMatch(suspect.descriptors, source.descriptors, k=2)
    clear = [m[0] for m in both if len(m) == 2 and m[0].distance < RATIO * m[1].distance]
    # A place of the source claimed by several of the suspect's is a repeated texture: only the nearest keeps it.
    nearest: dict[int, Any] = {}
    for pair in clear:
        if pair.trainIdx not in nearest or pair.distance < nearest[pair.trainIdx].distance:
            nearest[pair.trainIdx] = pair
    kept = list(nearest.values())
    return (
        suspect.places[[pair.queryIdx for pair in kept]].reshape(-1, 2),
        source.places[[pair.trainIdx for pair in kept]].reshape(-1, 2),
    )


def _packed(found: list[Any], descriptors: NDArray | None, width: int, kind: type) -> Keypoints:
    if descriptors is None or not found:
        return Keypoints(np.empty((0, 2)), np.empty((0, width), kind))
    return Keypoints(np.array([point.pt for point in found], np.float64), descriptors)
