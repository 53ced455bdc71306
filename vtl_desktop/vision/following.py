"""Following a place that changes within a stretch: registered key moments, a curve through them, and a proof of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vtl_desktop.core.localization import Registration
from vtl_desktop.core.media import Picture
from vtl_desktop.vision.difference import working_size
from vtl_desktop.vision.drift import FEWEST_KEYS, Drift, Key, drift_of
from vtl_desktop.vision.locking import CLEARLY, at_size, disagreement
from vtl_desktop.vision.opencv import cv2
from vtl_desktop.vision.photometry import Rendition, fit_rendition
from vtl_desktop.vision.registration import register, warp_source
from vtl_desktop.vision.stretch import FURTHEST, SourceAt, Stretch

KEYS_A_SECOND = 2.0
FEWEST_ASKED, MOST_ASKED = 6, 20
"""Key moments of a stretch: two a second follow what editing programs and hands on a slider do."""


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A moment of the suspect.

    Attributes:
        time: of its frame, seconds.
        source_time: aligned, seconds.
        picture: RGB.
    """

    time: float
    source_time: float
    picture: Picture = field(repr=False)


Pick = Callable[[int], Sequence[Moment]]
"""So many moments spread evenly over a stretch; fewer where frames are missing or cannot be decoded."""


@dataclass(frozen=True, slots=True, eq=False)
class _Tried:
    drift: Drift
    rendition: Rendition
    shift: float
    cost: float


def follow(
    stretch: Stretch, few: Sequence[Moment], pick: Pick, source_at: SourceAt, *, seconds: float, step: float
) -> Stretch:
    """The stretch with its place over time, where that changes and following it is clearly better.

    Args:
        stretch: as fitted with one place.
        few: the moments it was fitted to.
        pick: for more.
        source_at: the source.
        seconds: length of the stretch.
        step: seconds between the source's frames.

    Returns:
        The same stretch where the place stands still, or where no curve explains the moments between the keys better.
    """
    if len(few) < FEWEST_KEYS or _drift(few, source_at, stretch.registration, stretch.shift) is None:
        return stretch
    many = pick(int(np.clip(round(seconds * KEYS_A_SECOND), FEWEST_ASKED, MOST_ASKED)))
    tried: list[_Tried] = []
    # The shift was sought with one place for all: where that was wrong, the shift may be.
    for shift in dict.fromkeys((stretch.shift, 0.0)):
        found = _try(many, few, source_at, stretch.registration, shift)
        if found is not None:
            tried.append(_shifted(found, many, few, source_at, step))
    if not tried:
        return stretch
    best = min(tried, key=lambda each: each.cost)
    still = _cost(few, source_at, lambda _: stretch.registration, stretch.rendition, stretch.shift)
    if best.cost >= CLEARLY * still:
        return stretch
    middle = best.drift.at((few[0].time + few[-1].time) / 2)
    return replace(stretch, registration=middle, rendition=best.rendition, shift=best.shift, drift=best.drift)


def _drift(moments: Sequence[Moment], source_at: SourceAt, like: Registration, shift: float) -> Drift | None:
    keys, pair = [], None
    for moment in moments:
        source = source_at(moment.source_time + shift)
        if source is None:
            continue
        pair = moment.picture, source
        keys.append(Key(moment.time, register(*pair, mirrored=like.mirrored, thorough=False)))
    return drift_of(keys, *pair) if pair else None


def _try(
    many: Sequence[Moment], few: Sequence[Moment], source_at: SourceAt, like: Registration, shift: float
) -> _Tried | None:
    drift = _drift(many, source_at, like, shift)
    if drift is None:
        return None
    rendition = _rendition(few, source_at, drift, shift)
    return _Tried(drift, rendition, shift, _cost(few, source_at, drift.at, rendition, shift))


def _shifted(found: _Tried, many: Sequence[Moment], few: Sequence[Moment], source_at: SourceAt, step: float) -> _Tried:
    """The same with frames of the source a little earlier or later, where these agree clearly better."""
    if step <= 0:
        return found
    shifts = [found.shift + number * step for number in range(-FURTHEST, FURTHEST + 1)]
    costs = [_cost(few, source_at, found.drift.at, found.rendition, shift) for shift in shifts]
    best = int(np.argmin(costs))
    if costs[best] >= CLEARLY * found.cost:
        return found
    again = _try(many, few, source_at, found.drift.like, shifts[best])
    return again if again is not None and again.cost < CLEARLY * found.cost else found


def _cost(
    moments: Sequence[Moment],
    source_at: SourceAt,
    place: Callable[[float], Registration],
    rendition: Rendition,
    shift: float,
) -> float:
    """Mean disagreement in grey levels; infinite where no frame of the source can be decoded."""
    costs = []
    for moment in moments:
        source = source_at(moment.source_time + shift)
        if source is not None:
            costs.append(float(disagreement(moment.picture, [source], place(moment.time), rendition)[0]))
    return float(np.mean(costs)) if costs else float("inf")


def _rendition(moments: Sequence[Moment], source_at: SourceAt, drift: Drift, shift: float) -> Rendition:
    full = drift.suspect
    size = working_size(full)
    triples = []
    for moment in moments:
        source = source_at(moment.source_time + shift)
        if source is not None:
            warped, inside = warp_source(source, at_size(drift.at(moment.time), full, size), size)
            seen = moment.picture if size == full else cv2.resize(moment.picture, size, interpolation=cv2.INTER_AREA)
            triples.append((seen, warped, inside))
    return fit_rendition(triples)
