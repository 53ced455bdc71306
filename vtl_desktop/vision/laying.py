"""Suspect and source laid over each other, made alike, at the size at which pictures are compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.localization import Registration
from vtl_desktop.core.media import Picture
from vtl_desktop.vision.difference import working_size
from vtl_desktop.vision.locking import at_size
from vtl_desktop.vision.opencv import cv2
from vtl_desktop.vision.photometry import Rendition
from vtl_desktop.vision.registration import warp_source


@dataclass(frozen=True, slots=True, eq=False)
class LaidOver:
    """One frame of the suspect and the source's frame that it shows, pixel on pixel.

    Attributes:
        suspect: RGB, uint8 [height, width, 3], at working size, blurred where the source is softer.
        source: the same, in the suspect's place, colours and sharpness.
        inside: bool [height, width], where the source has pixels.
    """

    suspect: Picture
    source: Picture
    inside: NDArray[np.bool_]


def lay_over(suspect: Picture, source: Picture, place: Registration, rendition: Rendition) -> LaidOver:
    """Lays a frame of the source over one of the suspect.

    Args:
        suspect, source: RGB, full size.
        place: suspect to source, full size.
        rendition: how the source was rendered in the suspect.
    """
    full = (suspect.shape[1], suspect.shape[0])
    size = working_size(full)
    small = suspect if size == full else cv2.resize(suspect, size, interpolation=cv2.INTER_AREA)
    warped, inside = warp_source(source, at_size(place, full, size), size)
    a, b = (np.clip(picture, 0, 255).round().astype(np.uint8) for picture in rendition.apply(small, warped))
    return LaidOver(a, b, inside)
