"""Where in a source a suspect's motion happens: two motion signatures against each other, at every offset and rate.

Time decides, not frame numbers: both signatures are summed up to displacements over time, which are then read off on
one grid, so that other frame rates, doubled and missing frames cost nothing but a little sharpness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.motion_signature import CHANNELS, MotionSignature, compand, expand

RATES = (1.0, 0.5, 2 / 3, 0.75, 0.8, 0.9, 0.96, 1.04, 1.1, 1.25, 1.5, 2.0)
"""Source seconds a suspect second that are tried, as in the search by clips."""

APART = 5
"""Frames of the source within which another start is the same answer, not a runner-up."""

LIVELY = 0.003
"""Widths a second that some cell has to move by, root mean square over time: below, codecs and grain move as much."""

_FEWEST = 8
_MOST = 600
"""Moments of a suspect that are compared; of a longer one the liveliest stretch."""

_WINDOW = 2
"""Steps of the suspect that motion is taken over: one doubled or lost frame then blurs it and does not break it."""

_COUNTED = 0.7
"""The best cells with this share of the weight make the score: what was forged moves in its own way."""

_OVERHANG = 0.1
"""Share of the suspect that may lie outside the source: what was put before or behind it."""

_UNLIKELY = 0.1
"""How much better than the source's own speed another one has to agree: a second has few gestures, and one of twelve
speeds fits them somewhere. Without this, one start in eight was lost."""

_BLOCK = 8192
_FINE, _BETTER = (-0.03, -0.02, -0.01, 0.01, 0.02, 0.03), 0.01


@dataclass(frozen=True, slots=True)
class MotionMatch:
    """Where a suspect's motion agrees best with a source's.

    Attributes:
        start, end: the source's seconds at the suspect's first frame, and where its last one ends.
        rate: source seconds a suspect second.
        peak: agreement there, -1 to 1: correlation over time, cell by cell, of the cells that agree best.
        runner_up: the best agreement farther than `APART` frames from there; -1 where there is no such place.
    """

    start: float
    end: float
    rate: float
    peak: float
    runner_up: float

    @property
    def confidence(self) -> float:
        """How far the peak is above the runner-up, 0 to 2."""
        return self.peak - self.runner_up


@dataclass(frozen=True, slots=True, eq=False)
class _Scores:
    """Agreement [k] at starts [k] (source seconds at the suspect's first frame, ascending), for one rate."""

    rate: float
    starts: NDArray[np.float64]
    scores: NDArray[np.float64]


def match_motion(
    suspect: MotionSignature,
    source: MotionSignature,
    *,
    rates: Sequence[float] = RATES,
    bands: Sequence[tuple[float, float]] | None = None,
    weights: NDArray[np.floating] | None = None,
) -> MotionMatch | None:
    """Finds the stretch of a source in which moves what moves in a suspect.

    Args:
        suspect: all of it, or the stretch that is in question; taken to be one segment.
        source: all of it.
        rates: source seconds a suspect second to try.
        bands: least and greatest start in seconds, to look only there; everywhere if not given.
        weights: of the cells, [6, 8], 0 or more: low where scenery, not people, may move; all alike if not given.

    Returns:
        The best place; None where too little moves in the suspect to tell, or it is too short, or longer than the
        source.
    """
    pair = _paired(suspect, source, weights)
    if pair is None:
        return None
    tried = [scores for rate in rates if len((scores := pair.at(rate, bands)).starts)]
    best = max(tried, key=_worth, default=None)
    if best is None:
        return None
    if best.rate != 1.0 and len(rates) > 1:
        place = float(best.starts[best.scores.argmax()])
        reach = 0.05 * len(pair.wanted) * pair.step * best.rate + 2 * pair.step
        finer = [pair.at(best.rate * (1 + share), [(place - reach, place + reach)]) for share in _FINE]
        finest = max([best, *(one for one in finer if len(one.starts))], key=_worth)
        best = finest if _worth(finest) > _worth(best) + _BETTER else best
    return _matched(best, tried, suspect, source, pair.step)


def agreement_by_start(
    suspect: MotionSignature, source: MotionSignature, *, rate: float = 1.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Starts in a source, seconds, and the agreement, -1 to 1, at each, [k]; empty where too little moves."""
    pair = _paired(suspect, source, None)
    if pair is None:
        return np.zeros(0), np.zeros(0)
    found = pair.at(rate, None)
    return found.starts, found.scores


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """A suspect and a source, ready to be compared.

    Attributes:
        wanted: the suspect's velocities, [n, channels]; step: seconds between them.
        lead: seconds from the suspect's first frame to the first of them.
        displaced: the source's displacements at its frames.
        weights: of the cells and the camera's two, or None.
    """

    wanted: NDArray[np.float64]
    step: float
    lead: float
    source: MotionSignature
    displaced: NDArray[np.float64]
    weights: NDArray[np.float64] | None

    def at(self, rate: float, bands: Sequence[tuple[float, float]] | None) -> _Scores:
        """The agreement at one rate."""
        return _at_rate(self, rate, bands)


def _paired(suspect: MotionSignature, source: MotionSignature, weights: NDArray[np.floating] | None) -> _Pair | None:
    grid = _suspect_grid(suspect)
    if grid is None or len(source) < _FEWEST:
        return None
    times, step = grid
    extra = None if weights is None else np.concatenate([np.asarray(weights, np.float64).ravel(), np.ones(2)])
    displaced = _displacement(suspect)
    wanted = _velocity(suspect.times, displaced, times, step)
    return _Pair(wanted, step, float(times[0] - suspect.times[0]), source, _displacement(source), extra)


def _worth(one: _Scores) -> float:
    return float(one.scores.max()) - _handicap(one)


def _handicap(one: _Scores) -> float:
    return 0.0 if one.rate == 1.0 else _UNLIKELY


def _matched(
    best: _Scores, tried: list[_Scores], suspect: MotionSignature, source: MotionSignature, step: float
) -> MotionMatch:
    at = int(best.scores.argmax())
    start = float(best.starts[at])
    if 0 < at < len(best.scores) - 1:
        start += _vertex(best.scores[at - 1 : at + 2]) * float(best.starts[at + 1] - best.starts[at])
    # A frame stays on screen until the next one would come.
    length = float(suspect.times[-1] - suspect.times[0]) + step
    frame = float(np.median(np.diff(source.times)))
    middle = start + best.rate * length / 2
    runner_up = -1.0
    for one in tried:
        middles = one.starts + one.rate * length / 2
        others = one.scores[np.abs(middles - middle) > (APART + 0.5) * frame]
        runner_up = max(runner_up, float(others.max(initial=-1.0)) - _handicap(one))
    peak = float(best.scores[at])
    return MotionMatch(start, start + best.rate * length, best.rate, peak, max(min(runner_up, peak), -1.0))


def _vertex(three: NDArray[np.float64]) -> float:
    """Where the parabola through three neighbouring values is highest, -0.5 to 0.5 steps from the middle one."""
    before, here, after = three.tolist()
    bend = before - 2 * here + after
    return float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < -1e-12 else 0.0


def _suspect_grid(suspect: MotionSignature) -> tuple[NDArray[np.float64], float] | None:
    """The moments to compare, evenly spaced, and their step in seconds; None where too little moves."""
    if len(suspect) < _FEWEST or float(suspect.energy().max()) < LIVELY:
        return None
    step = float(np.median(np.diff(suspect.times)))
    if step <= 0:
        return None
    first = float(suspect.times[0]) + _WINDOW * step
    times = np.arange(first, float(suspect.times[-1]) + 1e-6, step)
    if len(times) > _MOST:
        moving = np.cumsum(np.concatenate([[0.0], np.abs(suspect.cells.astype(np.float64)).sum(axis=(1, 2, 3))]))
        ends = np.searchsorted(suspect.times, times[_MOST - 1 :])
        begins = np.searchsorted(suspect.times, times[: len(ends)])
        at = int((moving[ends] - moving[begins]).argmax())
        times = times[at : at + _MOST]
    return (times, step) if len(times) >= _FEWEST - _WINDOW else None


def _displacement(signature: MotionSignature) -> NDArray[np.float64]:
    """How far everything has moved since the first frame, float64 [m, CHANNELS + CAMERA]."""
    rows = np.concatenate([signature.cells.reshape(len(signature), CHANNELS), signature.camera], axis=1)
    velocity = expand(rows).astype(np.float64)
    velocity[signature.cuts] = 0
    return np.cumsum(velocity * np.diff(signature.times, prepend=signature.times[:1])[:, None], axis=0)


def _velocity(
    frames: NDArray[np.float64], displaced: NDArray[np.float64], times: NDArray[np.float64], step: float
) -> NDArray[np.float64]:
    """Mean velocity over the window that ends at each of some moments, [n, CHANNELS + CAMERA]; zero outside the video.

    Companded, as one fast gesture would otherwise decide alone.
    """
    ends, begins = (_read(frames, displaced, times - back) for back in (0.0, _WINDOW * step))
    return compand((ends - begins) / (_WINDOW * step)).astype(np.float64)


def _read(times: NDArray[np.float64], values: NDArray[np.float64], moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of `values`, interpolated in time; the outermost ones beyond the ends."""
    before = np.clip(np.searchsorted(times, moments, side="right") - 1, 0, len(times) - 2)
    gap = np.maximum(times[before + 1] - times[before], 1e-9)
    share = np.clip((moments - times[before]) / gap, 0.0, 1.0)
    return values[before] + (values[before + 1] - values[before]) * share[:, None]


def _at_rate(pair: _Pair, rate: float, bands: Sequence[tuple[float, float]] | None) -> _Scores:
    """Agreement at every start, a frame of the source or less apart."""
    count, stride, lead = len(pair.wanted), pair.step * rate, pair.lead * rate
    overhang = int(_OVERHANG * count)
    first, last = float(pair.source.times[0]), float(pair.source.times[-1])
    phases = max(round(stride / max(float(np.median(np.diff(pair.source.times))), 1e-3)), 1)
    starts, scores = [], []
    for low, high in [(-np.inf, np.inf)] if bands is None else bands:
        for phase in range(phases):
            # From the first frame of the source on: starts then lie on its frames.
            begin = first + stride * (phase / phases - overhang)
            begin += max(np.ceil((low - begin) / stride), 0.0) * stride
            end = min(last + overhang * stride, high + lead + (count - 1) * stride)
            moments = begin + lead + stride * np.arange(int((end - begin - lead) / stride + 1e-6) + 1)
            if len(moments) >= count:
                scores.append(_correlate(pair, moments, stride, rate))
                starts.append(moments[: len(scores[-1])] - lead)
    if not starts:
        return _Scores(rate, np.zeros(0), np.zeros(0))
    joined, values = np.concatenate(starts), np.concatenate(scores)
    order = np.argsort(joined, kind="stable")
    return _Scores(rate, joined[order], values[order])


def _correlate(pair: _Pair, moments: NDArray[np.float64], stride: float, rate: float) -> NDArray[np.float64]:
    """Scores of all windows of as many moments as the suspect has, some thousands at a time."""
    count = len(pair.wanted)
    centred = pair.wanted - pair.wanted.mean(axis=0)
    scores = []
    for first in range(0, len(moments) - count + 1, _BLOCK):
        part = moments[first : first + _BLOCK + count - 1]
        # What plays faster in the suspect moves faster in it: displacements of the source over the suspect's time.
        found = _velocity(pair.source.times, pair.displaced * rate, part, stride)
        scores.append(_windows(centred, found, pair.weights))
    return np.concatenate(scores)


def _windows(
    centred: NDArray[np.float64], found: NDArray[np.float64], weights: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """Correlation of [n, c] with each window of n rows of [N, c], cell by cell; the better cells' mean, [N - n + 1]."""
    count, places = len(centred), len(found) - len(centred) + 1
    size = 1 << (len(found) - 1).bit_length()
    spectrum = np.fft.rfft(found, size, axis=0) * np.fft.rfft(centred[::-1], size, axis=0)
    common = np.fft.irfft(spectrum, size, axis=0)[count - 1 : count - 1 + places]
    sums = np.concatenate([np.zeros((1, found.shape[1])), np.cumsum(found, axis=0)])
    squares = np.concatenate([np.zeros((1, found.shape[1])), np.cumsum(found**2, axis=0)])
    total = sums[count:] - sums[:-count]
    energy = np.maximum(squares[count:] - squares[:-count] - total**2 / count, 0.0)
    # Across and down belong together; so do zoom and turn.
    common, energy = (x.reshape(places, -1, 2).sum(axis=2) for x in (common, energy))
    own = (centred**2).reshape(count, -1, 2).sum(axis=(0, 2))
    both = np.sqrt(energy * own)
    alike = np.clip(common / np.maximum(both, 1e-6), -1.0, 1.0)
    weight = np.sqrt(both) if weights is None else np.sqrt(both) * weights
    weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)
    order = np.argsort(-alike, axis=1)
    alike, weight = (np.take_along_axis(x, order, axis=1) for x in (alike, weight))
    counted = np.clip(_COUNTED - (np.cumsum(weight, axis=1) - weight), 0.0, weight)
    return (counted * alike).sum(axis=1) / _COUNTED
