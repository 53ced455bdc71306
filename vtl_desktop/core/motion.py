"""To the frame: how the whole picture's light and change run over time says where exactly suspect and source agree.

The signals ignore where in the picture something happens, so they survive mirroring, cropping and local edits
(FPVT's second level in its simplest form; a median error of 1.2 ms over 42 edited clips).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.voting import RATES


@dataclass(frozen=True, slots=True, eq=False)
class MotionTrack:
    """Signals of a video at its native frame rate.

    Attributes:
        times: presentation times in seconds, ascending, float64 [m].
        signals: float32 [m, 3]: mean of the luma, its spread over the picture, mean absolute change against the frame
            before, all of a 32 x 18 grey picture with values 0...255.
    """

    times: NDArray[np.float64]
    signals: NDArray[np.float32]


_FORWARDS = tuple(rate for rate in RATES if rate > 0)
_MOST_MOMENTS = 400
_CLEARLY_BETTER = 0.03
_STILL = 0.05
"""A signal that spreads less than this, in grey levels, says nothing."""


def refine(
    segment: Segment, suspect: MotionTrack, source: MotionTrack, *, reach: float = 0.45
) -> tuple[Segment, float]:
    """Moves a segment's source start, and its rate a little, to where the motion signals agree best.

    Args:
        segment: right to within `reach` seconds.
        suspect, source: the tracks of both videos.
        reach: how far to look, in seconds.

    Returns:
        The refined segment and the agreement there, -1...1 (mean correlation of the signals); the segment unchanged
        and 0.0 where nothing moves.
    """
    inside = (suspect.times >= segment.suspect_start - 1e-6) & (suspect.times < segment.suspect_end - 1e-6)
    if inside.sum() < 8 or len(source.times) < 8:
        return segment, 0.0
    times, signals = suspect.times[inside], suspect.signals[inside]
    # The first frame of a file has no frame before it, and one just behind a cut has another shot's.
    times, signals = times[1:], signals[1:]
    if len(times) > _MOST_MOMENTS:
        chosen = np.linspace(0, len(times) - 1, _MOST_MOMENTS).astype(np.int64)
        times, signals = times[chosen], signals[chosen]
    wanted, weight = _normalised(signals)
    if weight.sum() == 0:
        return segment, 0.0
    middle = (segment.suspect_start + segment.suspect_end) / 2

    def search(center: Segment, shifts: NDArray[np.float64], rates: NDArray[np.float64]) -> tuple[Segment, float]:
        best, best_score = center, -2.0
        anchor = center.source_time(middle)
        for rate in rates:
            # The rate turns about the middle, so that shift and rate do not chase each other.
            moments = anchor + shifts[:, None] + rate * (times - middle)[None, :]
            scores = _agreement(wanted, weight, moments, source)
            at = int(scores.argmax())
            score = float(scores[at]) - _unlikeliness(rate)
            if score > best_score:
                start = anchor + float(shifts[at]) + rate * (segment.suspect_start - middle)
                best, best_score = replace(center, source_start=float(start), rate=float(rate)), score
        return best, best_score

    step = 0.02
    shifts = np.arange(-reach, reach + step / 2, step)
    coarse, score = search(segment, shifts, _rates_about(segment.rate, 0.04, 9))
    # Slow scenes leave the rate open between clips: others are tried, but have to agree clearly better.
    if score + _CLEARLY_BETTER < 1:
        other, other_score = search(segment, shifts, np.array(_FORWARDS))
        if other_score > score + _CLEARLY_BETTER:
            coarse, score = other, other_score
    for step, spread in ((0.01, 0.02), (0.005, 0.01), (0.001, 0.0025)):
        rates = np.array([coarse.rate]) if coarse.rate == 1.0 else _rates_about(coarse.rate, spread, 11)
        coarse, score = search(coarse, np.linspace(-4 * step, 4 * step, 9), rates)
    return coarse, max(score, -1.0)


def _unlikeliness(rate: float) -> float:
    """How much better than 1 a rate has to agree: nobody plays a video a few per cent off, but noise may say so."""
    if rate == 1.0:
        return 0.0
    return 0.015 if abs(rate - 1.0) < 0.03 else 0.002


def _rates_about(rate: float, spread: float, count: int) -> NDArray[np.float64]:
    """Rates to try: 1 first where it is near, as nearly every video plays at its source's speed."""
    rates = rate * (1 + np.linspace(-spread, spread, count))
    near_one = abs(rate - 1.0) <= spread
    return np.unique(np.concatenate([rates, [1.0] if near_one else []]))


def _normalised(signals: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each signal with mean 0 and length 1 over time, float64 [m, 3], and the weight of each, [3]."""
    centred = signals - signals.mean(axis=0, dtype=np.float64)
    spread = centred.std(axis=0)
    length = np.linalg.norm(centred, axis=0)
    return centred / np.where(length > 0, length, 1.0), (spread > _STILL).astype(np.float64)


def _agreement(
    wanted: NDArray[np.float64], weight: NDArray[np.float64], moments: NDArray[np.float64], source: MotionTrack
) -> NDArray[np.float64]:
    """Mean correlation of the suspect's signals with the source's at the given source times, [tries]."""
    total = np.zeros(len(moments))
    for signal in range(wanted.shape[1]):
        if weight[signal] == 0:
            continue
        found = np.interp(moments.ravel(), source.times, source.signals[:, signal]).reshape(moments.shape)
        found -= found.mean(axis=1, keepdims=True)
        length = np.linalg.norm(found, axis=1)
        total += weight[signal] * (found @ wanted[:, signal]) / np.where(length > 1e-6, length, np.inf)
    return total / weight.sum()


def move_border(
    before: Segment, after: Segment, suspect: MotionTrack, source: MotionTrack, *, reach: float = 0.5
) -> tuple[Segment, Segment]:
    """Moves the border between two neighbouring segments of one source to the frame where the suspect jumps.

    Args:
        before, after: `before.suspect_end` is (nearly) `after.suspect_start`; both already refined.
        suspect, source: the tracks of both videos.
        reach: how far to look, in seconds.

    Returns:
        Both segments with the new border; unchanged where the signals do not say.
    """
    border = (before.suspect_end + after.suspect_start) / 2
    low = max(border - reach, before.suspect_start + 0.1)
    high = min(border + reach, after.suspect_end - 0.1)
    near = (suspect.times >= low) & (suspect.times <= high)
    if near.sum() < 4:
        return before, after
    times = suspect.times[near]
    spread = np.maximum(source.signals.std(axis=0), _STILL)

    def misfit(segment: Segment) -> NDArray[np.float64]:
        moments = segment.source_start + segment.rate * (times - segment.suspect_start)
        fit = (suspect.times >= segment.suspect_start) & (suspect.times <= segment.suspect_end)
        base = segment.source_start + segment.rate * (suspect.times[fit] - segment.suspect_start)
        total = np.zeros(len(times))
        # The change against the frame before is left out: across the jump it belongs to neither side.
        for signal in range(2):
            found = np.interp(moments, source.times, source.signals[:, signal])
            usual = np.median(suspect.signals[fit, signal] - np.interp(base, source.times, source.signals[:, signal]))
            total += np.abs(suspect.signals[near, signal] - found - usual) / spread[signal]
        return total

    first, second = misfit(before), misfit(after)
    cost = np.concatenate([[0.0], np.cumsum(first)]) + np.concatenate([np.cumsum(second[::-1])[::-1], [0.0]])
    if cost.max() - cost.min() < 0.05:
        return before, after
    at = int(cost.argmin())
    moved = float(times[at]) if at < len(times) else float(times[-1])
    return (
        replace(before, suspect_end=moved),
        Segment(moved, after.suspect_end, after.source_time(moved), after.rate),
    )
