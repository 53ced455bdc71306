"""From distances between clips to the order of sources and to the segments in which suspect and source agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Segment

RATES = (1.0, 0.5, 2 / 3, 0.75, 0.8, 0.9, 0.96, 1.04, 1.1, 1.25, 1.5, 2.0, -1.0)
"""Source seconds a suspect second that are tried, -1 for what is played backwards; the refinement by motion finds what
lies between."""

_CHANGE = 0.18
"""What changing the line costs, in shares of the bits: lower finds short jump cuts in quiet scenes (0.35 missed half of
them), much lower cuts what is whole."""

_OTHER_RATE = 0.008
"""Playing at the source's own speed is by far the most common: others have to be better, not as good."""

_BACKWARDS = 4.0
"""How many times as dear it is to be played backwards: where hardly anything moves both ways fit about as well."""

_FARTHEST = 1.0
"""Seconds from a moment within which the source must have been sampled, for that moment to count."""

_LINES_KEPT = 24
_NEAREST_KEPT = 6
_LARGEST_MATRIX = 4_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """A supposed alignment of the whole suspect: source time = offset + rate * suspect time."""

    rate: float
    offset: float


def video_distance(nearest: NDArray[np.number]) -> float:
    """The distance of a suspect to a source: the mean over the better half of its clips.

    The better half, as clips that show a caption, another source or nothing at all must not hide the rest.

    Args:
        nearest: distance of each of the suspect's clips to the source's nearest clip, bits, [n], n >= 1.
    """
    half = (len(nearest) + 1) // 2
    return float(np.partition(np.asarray(nearest, np.float64), half - 1)[:half].mean())


def find_segments(
    distance: NDArray[np.uint16],
    suspect_times: NDArray[np.float64],
    source_times: NDArray[np.float64],
    *,
    suspect_duration: float,
    source_duration: float,
    bits: int,
    lines: Sequence[Line] | None = None,
    change: float = _CHANGE,
    other_rate: float = _OTHER_RATE,
) -> tuple[Segment, ...]:
    """Segments of the suspect that run along a line through the source's clips.

    Lines are proposed by votes in (offset, rate), each of the suspect's clips having one vote to share among its
    nearest clips of the source (so that a static shot, near to everything, decides nothing); then each clip is given
    to one line or to none by dynamic programming, in which changing the line costs.

    Args:
        distance: bits, uint16 [n, m], suspect's clips by source's clips.
        suspect_times, source_times: of the clips, seconds, ascending, [n] and [m].
        suspect_duration, source_duration: seconds.
        bits: code length.
        lines: what to choose from, where they are not to be proposed by votes.
        change: what changing the line costs, other_rate: what a clip costs on a line of another speed, in shares of the
            bits.

    Returns:
        Segments in the order of the suspect, none overlapping; empty when no line holds two clips or the only one.
    """
    if distance.size == 0:
        return ()
    stride = max(1, -(-distance.size // _LARGEST_MATRIX))
    distance, suspect_times = distance[::stride], np.asarray(suspect_times, np.float64)[::stride]
    lines = _propose(distance, suspect_times, source_times, bits) if lines is None else list(lines)
    cost = _line_costs(lines, distance, suspect_times, source_times, source_duration, bits, other_rate)
    best = video_distance(distance.min(axis=1))
    nothing = min(best + 0.10 * bits, 0.45 * bits)
    kept = np.argsort(-np.maximum(nothing - cost, 0).sum(axis=1), kind="stable")[:_LINES_KEPT]
    lines, cost = [lines[i] for i in kept], cost[kept]
    states = _assign(cost, nothing=nothing, change=change * bits)
    return _runs(states, lines, suspect_times, suspect_duration, source_duration)


def _propose(
    distance: NDArray[np.uint16], suspect_times: NDArray[np.float64], source_times: NDArray[np.float64], bits: int
) -> list[Line]:
    """Lines with many votes, most first, for every rate."""
    count = min(_NEAREST_KEPT, distance.shape[1])
    nearest = np.argpartition(distance, count - 1, axis=1)[:, :count]
    near = np.take_along_axis(distance, nearest, axis=1).astype(np.float64)
    weight = np.exp(-(near - near.min(axis=1, keepdims=True)) / (0.02 * bits))
    weight /= weight.sum(axis=1, keepdims=True)
    step = 0.125
    lines: list[Line] = []
    for rate in RATES:
        offset = (source_times[nearest] - rate * suspect_times[:, None]).ravel()
        low = offset.min() - step
        bins = np.round((offset - low) / step).astype(np.int64)
        votes = np.bincount(bins, weight.ravel(), minlength=int(bins.max()) + 2)
        votes = np.convolve(votes, [0.5, 1.0, 0.5], mode="same")
        peaks = np.argsort(votes)[::-1][:10]
        lines += [Line(rate, float(low + peak * step)) for peak in peaks if votes[peak] > 0]
    return lines


def _line_costs(
    lines: list[Line],
    distance: NDArray[np.uint16],
    suspect_times: NDArray[np.float64],
    source_times: NDArray[np.float64],
    source_duration: float,
    bits: int,
    other_rate: float,
) -> NDArray[np.float64]:
    """What each clip would cost on each line, float64 [lines, n]: the distance between the clips nearest in time."""
    costs = np.empty((len(lines), len(suspect_times)))
    middles = (source_times[1:] + source_times[:-1]) / 2
    rows = np.arange(len(suspect_times))
    for number, line in enumerate(lines):
        moment = line.offset + line.rate * suspect_times
        column = np.searchsorted(middles, moment)
        # The clip on the other side of the moment counts as well: the two files were sampled at different phases.
        other = np.clip(np.where(moment > source_times[column], column + 1, column - 1), 0, len(source_times) - 1)
        here = np.minimum(distance[rows, column], distance[rows, other]).astype(np.float64)
        outside = (moment < -0.3) | (moment > source_duration + 0.3)
        # Only stretches of a long source may have been read.
        outside |= np.minimum(abs(source_times[column] - moment), abs(source_times[other] - moment)) > _FARTHEST
        dearer = 0.0 if line.rate == 1.0 else other_rate if line.rate > 0 else _BACKWARDS * other_rate
        costs[number] = np.where(outside, bits, here + dearer * bits)
    return costs


def _assign(cost: NDArray[np.float64], *, nothing: float, change: float) -> NDArray[np.int64]:
    """The cheapest sequence of lines, int64 [n]; -1 where a clip lies on none (Viterbi over lines and nothing)."""
    states, count = cost.shape[0] + 1, cost.shape[1]
    local = np.vstack([cost, np.full(count, nothing)])
    total = local[:, 0].copy()
    came_from = np.empty((count, states), np.int64)
    for clip in range(1, count):
        cheapest = int(total.argmin())
        stay = total <= total[cheapest] + change
        came_from[clip] = np.where(stay, np.arange(states), cheapest)
        total = np.where(stay, total, total[cheapest] + change) + local[:, clip]
    path = np.empty(count, np.int64)
    path[-1] = int(total.argmin())
    for clip in range(count - 1, 0, -1):
        path[clip - 1] = came_from[clip, path[clip]]
    return np.where(path == states - 1, -1, path)


def _runs(
    states: NDArray[np.int64],
    lines: list[Line],
    times: NDArray[np.float64],
    suspect_duration: float,
    source_duration: float,
) -> tuple[Segment, ...]:
    """Segments from the line of each clip; borders lie half-way between clips, the ends reach to the suspect's ends."""
    borders = np.concatenate([[0.0], (times[1:] + times[:-1]) / 2, [max(suspect_duration, float(times[-1]))]])
    segments: list[Segment] = []
    first = 0
    for clip in range(1, len(states) + 1):
        if clip < len(states) and states[clip] == states[first]:
            continue
        if states[first] >= 0 and (clip - first >= 2 or len(states) == 1):
            line = lines[states[first]]
            segment = Segment(
                float(borders[first]), float(borders[clip]), line.offset + line.rate * float(borders[first]), line.rate
            )
            inside = clip_to_source(segment, source_duration)
            if inside is not None:
                segments.append(inside)
        first = clip
    return tuple(segments)


def clip_to_source(segment: Segment, source_duration: float, *, tolerance: float = 0.0) -> Segment | None:
    """The part of a segment whose source times exist, or None where nothing is left."""
    start, end = segment.suspect_start, segment.suspect_end
    first, last = (0.0, source_duration) if segment.rate > 0 else (source_duration, 0.0)
    forwards = 1 if segment.rate > 0 else -1
    if forwards * (segment.source_start - first) < -tolerance:
        start = segment.suspect_time(first)
    if forwards * (segment.source_end - last) > tolerance:
        end = segment.suspect_time(last)
    if end - start <= 1e-3:
        return Segment(start, start, max(segment.source_time(start), 0.0), segment.rate) if start == end else None
    return Segment(start, end, segment.source_time(start), segment.rate)
