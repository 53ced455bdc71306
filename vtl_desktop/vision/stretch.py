"""What holds for a stretch of the suspect: its place in the source, its rendition, how far it is off in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from vtl_desktop.core.localization import Registration
from vtl_desktop.core.media import Picture
from vtl_desktop.vision.difference import working_size
from vtl_desktop.vision.drift import Drift
from vtl_desktop.vision.locking import CLEARLY, at_size, disagreement
from vtl_desktop.vision.opencv import cv2
from vtl_desktop.vision.photometry import Rendition, fit_rendition
from vtl_desktop.vision.registration import register_sequence, warp_source

FURTHEST = 4
"""Frames of the source by which a stretch may lie beside its alignment; asked further where the best is at the end."""

MOVING = 1.05
"""Where the next frame disagrees this much more, the picture moves, and a wrong frame can pass for a wrong place."""

FURTHEST_CLIMB = 6

Moment = tuple[float, Picture]
"""The aligned source time in seconds, and the suspect's frame."""

SourceAt = Callable[[float], Picture | None]
"""The source's frame nearest to a time in seconds, RGB; None where it cannot be decoded."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """What holds for a stretch of the suspect.

    Attributes:
        registration, rendition: of all its frames.
        shift: seconds to be added to the aligned source time.
        drift: the place over time, where it changes; the registration is then that of the middle.
    """

    registration: Registration
    rendition: Rendition = field(repr=False)
    shift: float
    drift: Drift | None = field(default=None, repr=False)

    def place(self, time: float) -> Registration:
        """The registration at a moment of the suspect, seconds."""
        return self.registration if self.drift is None else self.drift.at(time)

    @property
    def judgeable(self) -> bool:
        """The two lie on each other, so that what differs was changed."""
        return self.registration.trusted or self.rendition.explained


def fit_stretch(moments: Sequence[Moment], source_at: SourceAt, *, step: float, mirrored: bool) -> Stretch | None:
    """Fits place, rendition and time to a few moments spread over a stretch.

    Args:
        moments: of the suspect.
        source_at: the source.
        step: seconds between the source's frames; 0 for a picture.
        mirrored: whether the suspect was traced to the source left-right reversed; tried otherwise where that fails.

    Returns:
        The stretch, or None where no frame of the source can be decoded.
    """
    found = _fit(moments, source_at, 0.0, mirrored)
    if found is None or step <= 0:
        return found
    shift, moving = _search(moments, source_at, found, step)
    if shift:
        # Where the camera moves, the place had been found against the wrong frames.
        found = _fit(moments, source_at, shift, mirrored) or found
    return _climb(moments, source_at, found, step) if moving else found


def _fit(moments: Sequence[Moment], source_at: SourceAt, shift: float, mirrored: bool) -> Stretch | None:
    pairs = []
    for time, suspect in moments:
        source = source_at(time + shift)
        if source is not None:
            pairs.append((suspect, source))
    if not pairs:
        return None
    registration = register_sequence(pairs, mirrored=mirrored)
    if not registration.trusted:
        free = register_sequence(pairs)
        registration = free if free.inliers > registration.inliers else registration
    full = (pairs[0][0].shape[1], pairs[0][0].shape[0])
    size = working_size(full)
    small = at_size(registration, full, size)
    triples = []
    for suspect, source in pairs:
        warped, inside = warp_source(source, small, size)
        seen = suspect if size == full else cv2.resize(suspect, size, interpolation=cv2.INTER_AREA)
        triples.append((seen, warped, inside))
    return Stretch(registration, fit_rendition(triples), shift)


def _costs(moments: Sequence[Moment], source_at: SourceAt, stretch: Stretch, shifts: Sequence[float]) -> np.ndarray:
    """Disagreement at each shift, summed over the moments whose source frames can all be decoded."""
    total = np.zeros(len(shifts))
    for time, suspect in moments:
        pictures = [source_at(time + shift) for shift in shifts]
        sources = [picture for picture in pictures if picture is not None]
        if len(sources) == len(shifts):
            total += disagreement(suspect, sources, stretch.registration, stretch.rendition)
    return total


def _search(moments: Sequence[Moment], source_at: SourceAt, stretch: Stretch, step: float) -> tuple[float, bool]:
    """The shift at which the source agrees best as it is laid now (0 unless clearly), and whether the picture moves."""
    best, shifts, total = 0, [0.0], np.zeros(1)
    for reach in (FURTHEST, 3 * FURTHEST):
        shifts = [float(number * step) for number in range(-reach, reach + 1)]
        total = _costs(moments, source_at, stretch, shifts)
        best = int(total.argmin())
        if 0 < best < len(shifts) - 1:
            break
    middle = len(shifts) // 2
    moving = bool(total[max(best - 1, 0) : best + 2].max() > MOVING * total[best])
    return (shifts[best] if total[best] < CLEARLY * total[middle] else 0.0), moving


def _climb(moments: Sequence[Moment], source_at: SourceAt, stretch: Stretch, step: float) -> Stretch:
    """Moves on frame by frame, laying the source anew each time, while it then agrees clearly better.

    A camera that moves evenly lets a wrong frame, put in a slightly wrong place, look nearly right: only what stands at
    another depth, or moves by itself, tells.
    """
    some = moments[len(moments) // 2 - 1 : len(moments) // 2 + 1] if len(moments) > 2 else moments
    best = float(_costs(some, source_at, stretch, [stretch.shift])[0])
    found = stretch
    for direction in (step, -step):
        for _ in range(FURTHEST_CLIMB):
            tried = _fit(some, source_at, found.shift + direction, found.registration.mirrored)
            if tried is None:
                break
            cost = float(_costs(some, source_at, tried, [tried.shift])[0])
            if cost >= CLEARLY * best:
                break
            found, best = tried, cost
        if found is not stretch:
            break
    if found is stretch:
        return stretch
    return _fit(moments, source_at, found.shift, found.registration.mirrored) or found
