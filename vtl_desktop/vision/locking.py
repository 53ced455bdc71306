"""Which frame of the source a frame of the suspect really shows, once its place and colours are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.localization import Registration, Uncertainty
from vtl_desktop.core.media import Picture
from vtl_desktop.vision.geometry import Size, resize_matrix
from vtl_desktop.vision.opencv import cv2
from vtl_desktop.vision.photometry import Rendition
from vtl_desktop.vision.registration import warp_source

LOCKING_SIDE = 144
"""Frames are told apart with their short side this long: what moves by a pixel there is seen, noise is not."""

CAP = 20.0
"""Grey levels: a changed region costs this a pixel whichever frame it is laid over, so that it does not decide."""

CLEARLY = 0.97
"""Another frame than the aligned one is taken where it disagrees this much less."""


def at_size(registration: Registration, suspect: Size, size: Size) -> Registration:
    """The same registration for the suspect resized from `suspect` to `size`."""
    if suspect == size:
        return registration
    matrix = registration.array @ resize_matrix(size, suspect)
    known = registration.uncertainty
    factor = max(size[0] / suspect[0], size[1] / suspect[1])
    return replace(
        registration,
        matrix=tuple(float(value) for value in (matrix / matrix[2, 2]).ravel()),
        uncertainty=None if known is None else Uncertainty(known.middle * factor, known.worst * factor),
    )


def disagreement(
    suspect: Picture, sources: Sequence[Picture], registration: Registration, rendition: Rendition
) -> NDArray[np.float64]:
    """How far the suspect's frame is from each of some frames of the source.

    Args:
        suspect: RGB, full size.
        sources: RGB, full size.
        registration: suspect to source, full size.
        rendition: how the source was rendered in the suspect.

    Returns:
        Mean capped difference in grey levels, float64 [len(sources)]; 0 where nothing overlaps.
    """
    full = (suspect.shape[1], suspect.shape[0])
    factor = min(LOCKING_SIDE / min(full), 1.0)
    size = (max(round(full[0] * factor), 2), max(round(full[1] * factor), 2))
    small = at_size(registration, full, size)
    left = _soft(cv2.resize(suspect, size, interpolation=cv2.INTER_AREA).astype(np.float32))
    costs = []
    for source in sources:
        warped, inside = warp_source(source, small, size)
        right = _soft(rendition.colours(warped.astype(np.float32)))
        apart = np.minimum(np.abs(left - right).mean(axis=2), CAP)[inside]
        costs.append(float(apart.mean()) if len(apart) else 0.0)
    return np.array(costs, np.float64)


def _soft(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    return cv2.GaussianBlur(picture, (0, 0), 0.8)
