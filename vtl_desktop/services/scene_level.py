"""The scene level: which sources show the suspect's scene, people left out.

Made from what the database keeps of a source, its thumbnails (one a segment) and its motion signature: no file has to
be at hand. Codes of masked scenes are not kept: masks and a second run of the encoder would make enrolling slower, and
only the sources that whole codes put on a short list need them, at some milliseconds a thumbnail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.hashing import Codes, distances
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.motion_signature import MotionSignature
from vtl_desktop.core.voting import video_distance
from vtl_desktop.media.pictures import shrink_to_square
from vtl_desktop.services.crops import CodeMaker
from vtl_desktop.vision.people_mask import people_mask, without_people

Pictures = NDArray[np.uint8]

_PICTURES = 12
"""Of a suspect; evenly spread, never at random: the same suspect gives the same distances."""

_THUMBNAILS = 24
"""Of a source, at most; evenly spread."""

_AROUND = 2.0
"""Seconds before and after a picture over which what moves is taken together: it does not flicker."""


@dataclass(frozen=True, slots=True, eq=False)
class Scenes:
    """The scenes of one video without the people in them.

    Attributes:
        codes: of the pictures, packed, uint8 [n, bits / 8].
        mirrored: of the same pictures left-right reversed, where asked for, else empty.
        masked: mean share of the pictures that was masked.
    """

    codes: Codes = field(repr=False)
    mirrored: Codes = field(repr=False)
    masked: float


def scenes_of(
    pictures: Pictures,
    times: NDArray[np.float64],
    signature: MotionSignature,
    encoder: CodeMaker,
    *,
    mirror: bool = False,
    mask: bool = True,
    cancel: CancelToken | None = None,
) -> Scenes:
    """Masks people and computes codes.

    Args:
        pictures: squares of the encoder's size, RGB, uint8 [n, S, S, 3]; times: theirs, seconds, [n].
        signature: of the same video.
        encoder: makes the codes, each picture by itself.
        mirror: also code the reversed pictures.
        mask: leave people in where False, to compare.
    """
    shown, shares = [], []
    for picture, time in zip(pictures, times, strict=True):
        energy = signature.between(time - _AROUND, time + _AROUND).energy()
        people = people_mask(picture, energy) if mask else np.zeros(picture.shape[:2], bool)
        shown.append(without_people(picture, people))
        shares.append(float(people.mean()))
    masked = float(np.mean(shares)) if shares else 0.0
    none = np.zeros((0, encoder.bits // 8), np.uint8)
    if not shown:
        return Scenes(none, none, masked)
    scenes = np.stack(shown)
    turned = np.ascontiguousarray(scenes[:, :, ::-1])
    codes = encoder.encode(scenes, alone=True, cancel=cancel)
    return Scenes(codes, encoder.encode(turned, alone=True, cancel=cancel) if mirror else none, masked)


def some_of(count: int, most: int = _PICTURES) -> NDArray[np.int64]:
    """Places of at most `most` of `count` pictures, evenly spread."""
    taken = min(count, most)
    return ((np.arange(taken) + 0.5) / max(taken, 1) * count).astype(np.int64)


def thumbnail_squares(thumbnails: Sequence[tuple[float, bytes]], size: int) -> tuple[Pictures, NDArray[np.float64]]:
    """A source's thumbnails (seconds, JPEG) as squares [n, size, size, 3] and their times; not damaged ones."""
    squares, times = [], []
    for place in some_of(len(thumbnails), _THUMBNAILS):
        time, data = thumbnails[place]
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        if picture is not None:
            squares.append(shrink_to_square(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8), size))
            times.append(time)
    empty = np.zeros((0, size, size, 3), np.uint8)
    return (np.stack(squares) if squares else empty), np.array(times, np.float64)


def scene_distance(suspect: Scenes, source: Scenes) -> tuple[float, bool]:
    """Bits between two videos' scenes, mean over the better half of the suspect's pictures; and whether mirrored."""
    ways = [(False, suspect.codes), (True, suspect.mirrored)]
    found = [
        (video_distance(distances(codes, source.codes).min(axis=1)), mirrored)
        for mirrored, codes in ways
        if len(codes) and len(source.codes)
    ]
    return min(found, default=(float(suspect.codes.shape[1] * 8), False))
