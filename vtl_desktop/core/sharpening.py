"""Alignment from how alike two videos' frames deviate from their means: finer than codes, where little moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.voting import Line, clip_to_source, find_segments

Similarity = NDArray[np.float32]

_SCALE = 1000
"""A similarity of 1 is a distance of 0 on this scale, one of -1 all of it: as of codes of so many bits."""

_FEWEST = 4
_ASIDE_AT_MOST = 0.3
"""Seconds: further aside `best_lines` looks for it."""

_CLEARLY = 0.002
_ASIDE = 2
_SCANNED = 0.8
_COARSE = 0.1
"""Seconds by which a proposed line may be off: lines are proposed an eighth of a second apart."""

_CHANGE = 0.3
"""What changing the line costs, in shares of the greatest difference: 30 frames that are .02 more alike pay for it."""

_SLOWEST, _FASTEST = 0.5, 2.0
_RATES = (1.0, *(float(rate) for rate in np.geomspace(_SLOWEST, _FASTEST, 49) if abs(rate - 1) > 1e-6), -1.0)
"""Speeds that are tried: three per cent apart, as `finer` finds what lies between; and backwards."""

_ROWS, _OFFSETS, _BEST = 160, 1200, 3
_TICKS = 8
"""Of the step between two offsets: how finely moments are told apart when lines are proposed."""

_WINDOW = 1.5
"""Seconds of a stretch that may have a line of its own; a third of a shorter suspect."""

_OTHER_RATE = 0.005
"""What a rate other than 1 has to win, in similarity: a source played at its own speed is by far the most common."""


def similarity(suspect: NDArray[np.float32], source: NDArray[np.float32], *, quiet: float) -> Similarity:
    """How alike frames deviate from what stands still: float32 [n, m], -1 to 1.

    Args:
        suspect, source: deviations from the mean over time, levels, float32 [n, pixels] and [m, pixels].
        quiet: deviation, levels, of frames in which nothing moves; two of these are alike, whatever their noise.
    """
    floor = np.float32(quiet * quiet * suspect.shape[1])
    own = np.sqrt((suspect * suspect).sum(axis=1) + floor)
    other = np.sqrt((source * source).sum(axis=1) + floor)
    return (suspect @ source.T + floor) / (own[:, None] * other[None, :])


def proposed(
    alike: Similarity,
    suspect_times: NDArray[np.float64],
    source_times: NDArray[np.float64],
    lines: Sequence[Line],
    *,
    suspect_duration: float,
    source_duration: float,
) -> tuple[Segment, ...]:
    """Segments along which frames are alike, to within a few frames; empty where there are none.

    Args:
        alike: of `similarity`, [n, m].
        suspect_times, source_times: of the frames, seconds, ascending, [n] and [m].
        lines: to choose from.
        suspect_duration, source_duration: seconds.
    """
    if not lines:
        return ()
    distance = np.clip((1 - alike) / 2 * _SCALE, 0, _SCALE).astype(np.uint16)
    return find_segments(
        distance,
        suspect_times,
        source_times,
        suspect_duration=suspect_duration,
        source_duration=source_duration,
        bits=_SCALE,
        lines=lines,
        change=_CHANGE,
        other_rate=_OTHER_RATE / 2,
    )


def best_lines(alike: Similarity, times: NDArray[np.float64], source_times: NDArray[np.float64]) -> list[Line]:
    """Lines along which frames are most alike: the best over all of the suspect, then those over every stretch of it.

    All lines are tried. Votes of single frames, as codes have, would say nothing: in a quiet scene every frame is like
    most others, and only a whole stretch of them tells one moment from another.
    """
    if min(alike.shape) < _FEWEST:
        return []
    rows = np.unique(np.linspace(0, len(times) - 1, min(len(times), _ROWS)).astype(np.int64))
    # What a frame has in common with all others says nothing about where it lies.
    telling = alike[rows] - alike[rows].mean(axis=1, keepdims=True)
    times = times[rows]
    pace = max(float(np.median(np.diff(source_times))), (source_times[-1] + times[-1] - times[0]) / _OFFSETS)
    at_tick = _by_ticks(telling, source_times, pace)
    stretch = min(_WINDOW, (times[-1] - times[0]) / 3)
    width = max(int(np.searchsorted(times, times[0] + stretch)), _FEWEST)
    overall: list[tuple[float, Line]] = []
    best, where = np.zeros(0), list[Line]()
    for rate in _RATES:
        first, last = sorted((rate * times[0], rate * times[-1]))
        offsets = np.arange(source_times[0] - last, source_times[-1] - first + pace, pace)
        # From the first column of the table on: in ticks, a step between two offsets is a whole number of them.
        begun = np.rint((offsets[0] + rate * times - source_times[0]) / (pace / _TICKS)).astype(np.int32) + _TICKS + 1
        places = np.arange(0, len(offsets) * _TICKS, _TICKS, dtype=np.int32)[:, None] + begun
        np.clip(places, 0, at_tick.shape[1] - 1, out=places)
        places += np.arange(len(rows), dtype=np.int32) * np.int32(at_tick.shape[1])
        found = at_tick.ravel()[places]
        dearer = 0.0 if rate == 1.0 else _OTHER_RATE
        whole = found.mean(axis=1) - dearer
        overall += [(float(whole[at]), Line(rate, float(offsets[at]))) for at in _peaks(whole)]
        sums = np.concatenate([np.zeros((len(offsets), 1), np.float32), np.cumsum(found, axis=1)], axis=1)
        starts = np.arange(0, max(len(rows) - width, 0) + 1, max(width // 2, 1))
        ends = np.minimum(starts + width, len(rows))
        stretches = sums[:, ends] - sums[:, starts] - dearer * (ends - starts)
        top = stretches.argmax(axis=0)
        if not where:
            best, where = np.full(len(starts), -np.inf), [Line(1.0, 0.0)] * len(starts)
        for number in np.flatnonzero(stretches[top, np.arange(len(starts))] > best):
            best[number] = stretches[top[number], number]
            where[number] = Line(rate, float(offsets[top[number]]))
    kept: list[Line] = []
    for _, line in sorted(overall, key=lambda pair: -pair[0]):
        if len(kept) == 4 * _BEST:
            break
        if all(_apart(line, other, (times[0], times[-1])) for other in kept):
            kept.append(line)
    return list(dict.fromkeys(kept + where))


def _by_ticks(values: NDArray[np.float32], source_times: NDArray[np.float64], pace: float) -> NDArray[np.float32]:
    """Values of the source's nearest frames at every tick from a step before its first frame to one behind its last,
    with 0 before and behind: [n, ticks + 2].

    Args:
        values: [n, m].
        source_times: seconds, [m].
        pace: seconds a step.
    """
    ticks = np.arange(source_times[0] - pace, source_times[-1] + pace + pace / _TICKS, pace / _TICKS)
    nearest = np.searchsorted((source_times[1:] + source_times[:-1]) / 2, ticks)
    table = np.zeros((len(values), len(ticks) + 2), np.float32)
    table[:, 1:-1] = values[:, nearest]
    return table


def _peaks(values: NDArray[np.floating]) -> list[int]:
    """Where values are greater than beside, the greatest first, `_BEST` at most."""
    padded = np.concatenate([[-np.inf], values, [-np.inf]])
    peaks = np.flatnonzero((padded[1:-1] >= padded[:-2]) & (padded[1:-1] > padded[2:]))
    return peaks[np.argsort(-values[peaks], kind="stable")][:_BEST].tolist()


def _apart(line: Line, other: Line, ends: tuple[float, float]) -> bool:
    """Whether two lines are so far apart at one end at least that `finer` would not lead to the same."""
    return any(abs(line.offset - other.offset + (line.rate - other.rate) * end) > _COARSE for end in ends)


def along_line(line: Line, suspect_duration: float, source_duration: float) -> Segment | None:
    """All of a suspect along a line, as far as the source reaches; None where it does not."""
    return clip_to_source(Segment(0.0, suspect_duration, line.offset, line.rate), source_duration)


def along(
    segments: tuple[Segment, ...],
    alike: Similarity,
    suspect_times: NDArray[np.float64],
    source_times: NDArray[np.float64],
) -> float:
    """How alike the frames are that segments pair, the mean over all of the suspect's; frames in none count as 0."""
    total = 0.0
    for segment in segments:
        inside = (suspect_times >= segment.suspect_start - 1e-3) & (suspect_times < segment.suspect_end - 1e-3)
        rows = np.flatnonzero(inside)
        if len(rows):
            moments = segment.source_time(0.0) + segment.rate * suspect_times[rows]
            total += float(_between(alike, rows, moments, source_times).sum())
    return total / len(suspect_times)


def scanned(
    segment: Segment, alike: Similarity, suspect_times: NDArray[np.float64], source_times: NDArray[np.float64]
) -> Segment:
    """The segment moved by up to `_SCANNED` seconds to where its frames are most alike; arguments as of `finer`."""
    rows = np.flatnonzero((suspect_times >= segment.suspect_start) & (suspect_times < segment.suspect_end))
    if len(rows) < _FEWEST:
        return segment
    shifts = np.arange(-_SCANNED, _SCANNED, _COARSE / 4)
    moments = segment.source_time(0.0) + shifts[:, None] + segment.rate * suspect_times[rows]
    score = _between(alike, rows, moments, source_times).mean(axis=1)
    return replace(segment, source_start=segment.source_start + float(shifts[int(score.argmax())]))


def steady(
    segment: Segment, alike: Similarity, suspect_times: NDArray[np.float64], source_times: NDArray[np.float64]
) -> bool:
    """Whether each third of a segment lies where all of it lies: none is clearly more alike a frame or more aside."""
    step = float(np.median(np.diff(source_times)))
    shifts = np.arange(-_ASIDE_AT_MOST, _ASIDE_AT_MOST + step / 2, step / 2)
    length = segment.duration / 3
    for part in range(3):
        start = segment.suspect_start + part * length
        rows = np.flatnonzero((suspect_times >= start) & (suspect_times < start + length))
        if len(rows) < _FEWEST:
            continue
        moments = segment.source_time(0.0) + shifts[:, None] + segment.rate * suspect_times[rows]
        score = _between(alike, rows, moments, source_times).mean(axis=1)
        here = float(score[np.abs(shifts).argmin()])
        if abs(shifts[int(score.argmax())]) > step and float(score.max()) > here + _CLEARLY:
            return False
    return True


def finer(
    segment: Segment, alike: Similarity, suspect_times: NDArray[np.float64], source_times: NDArray[np.float64]
) -> Segment:
    """The segment moved a little, and its rate turned a little, to where its frames are most alike.

    Args:
        segment: right to within two frames, or a tenth of a second.
        alike, suspect_times, source_times: as of `proposed`.
    """
    rows = np.flatnonzero((suspect_times >= segment.suspect_start) & (suspect_times < segment.suspect_end))
    if len(rows) < _FEWEST:
        return segment
    middle = (segment.suspect_start + segment.suspect_end) / 2
    step = float(np.median(np.diff(source_times)))
    best = segment
    for reach, spread in ((max(2 * step, _COARSE), 0.03), (0.5 * step, 0.008), (0.12 * step, 0.002)):
        shifts = np.linspace(-reach, reach, 17)
        way = 1.0 if best.rate > 0 else -1.0
        near = abs(best.rate) * (1 + np.linspace(-spread, spread, 9))
        rates = way * np.clip(np.append(near, 1.0), _SLOWEST, _FASTEST)
        anchor = best.source_time(middle)
        moments = anchor + shifts[None, :, None] + rates[:, None, None] * (suspect_times[rows] - middle)
        score = _between(alike, rows, moments, source_times).mean(axis=2)
        score -= _OTHER_RATE * (np.abs(rates - 1.0) > 1e-9)[:, None]
        turned, moved = np.unravel_index(int(score.argmax()), score.shape)
        rate = float(rates[turned])
        start = anchor + float(shifts[moved]) + rate * (segment.suspect_start - middle)
        best = replace(best, source_start=float(start), rate=rate)
    return best


def distinctness(
    segment: Segment, alike: Similarity, suspect_times: NDArray[np.float64], source_times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """By how much frames are more alike along a segment than two frames before and behind, [rows of the segment].

    Each the mean over a second around it; near 0 where nothing moves, so that the moment cannot be told.
    """
    rows = np.flatnonzero(
        (suspect_times >= segment.suspect_start - 1e-6) & (suspect_times < segment.suspect_end - 1e-6)
    )
    if not len(rows):
        return np.zeros(0)
    moments = segment.source_time(0.0) + segment.rate * suspect_times[rows]
    aside = _ASIDE * float(np.median(np.diff(source_times)))
    here, early, late = (_between(alike, rows, moments + shift, source_times) for shift in (0.0, -aside, aside))
    gain = here - np.maximum(early, late)
    times = suspect_times[rows]
    sums = np.concatenate([[0.0], np.cumsum(gain)])
    low, high = np.searchsorted(times, times - 0.5), np.searchsorted(times, times + 0.5, side="right")
    return (sums[high] - sums[low]) / (high - low)


def _between(
    alike: Similarity, rows: NDArray[np.int64], moments: NDArray[np.float64], source_times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Similarities at moments between the source's frames, by straight lines: as `moments`, whose last axis is rows."""
    after = np.clip(np.searchsorted(source_times, moments), 1, len(source_times) - 1)
    before = after - 1
    share = (moments - source_times[before]) / (source_times[after] - source_times[before])
    share = np.clip(share, 0.0, 1.0)
    return (1 - share) * alike[rows, before] + share * alike[rows, after]
