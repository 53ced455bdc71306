"""Alignment from how alike two videos' frames deviate from their means: finer than codes, where little moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.tracing import CLIP_RATE
from vtl_desktop.core.voting import clip_to_source, find_segments

Similarity = NDArray[np.float32]

_SCALE = 1000
"""A similarity of 1 is a distance of 0 on this scale, one of -1 all of it: as of codes of so many bits."""

_FEWEST = 4
_OTHER_RATE = 0.01
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


def sharpened(
    alike: Similarity,
    suspect_times: NDArray[np.float64],
    source_times: NDArray[np.float64],
    *,
    suspect_duration: float,
    source_duration: float,
) -> tuple[Segment, ...]:
    """Segments along which frames are alike; empty where there are none.

    Args:
        alike: of `similarity`, [n, m].
        suspect_times, source_times: of the frames, seconds, ascending, [n] and [m].
        suspect_duration, source_duration: seconds.
    """
    if min(alike.shape) < _FEWEST:
        return ()
    distance = np.clip((1 - alike) / 2 * _SCALE, 0, _SCALE).astype(np.uint16)
    segments = find_segments(
        distance,
        suspect_times,
        source_times,
        suspect_duration=suspect_duration,
        source_duration=source_duration,
        bits=_SCALE,
        patience=max(len(suspect_times) / max(suspect_duration, 1e-3) / CLIP_RATE, 1.0),
    )
    finer = [_finer(segment, alike, suspect_times, source_times) for segment in segments]
    inside = [clip_to_source(segment, source_duration) for segment in finer]
    return tuple(segment for segment in inside if segment is not None)


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


def _finer(
    segment: Segment, alike: Similarity, suspect_times: NDArray[np.float64], source_times: NDArray[np.float64]
) -> Segment:
    """The segment moved by fractions of a step, and its rate turned a little, to where its frames are most alike."""
    rows = np.flatnonzero((suspect_times >= segment.suspect_start) & (suspect_times < segment.suspect_end))
    if len(rows) < _FEWEST:
        return segment
    middle = (segment.suspect_start + segment.suspect_end) / 2
    step = float(np.median(np.diff(source_times)))
    best = segment
    for reach, spread in ((2.0, 0.03), (0.5, 0.008), (0.12, 0.002)):
        shifts = np.linspace(-reach, reach, 17) * step
        rates = np.append(best.rate * (1 + np.linspace(-spread, spread, 9)), 1.0)
        anchor = best.source_time(middle)
        moments = anchor + shifts[None, :, None] + rates[:, None, None] * (suspect_times[rows] - middle)
        score = _between(alike, rows, moments, source_times).mean(axis=2)
        score -= _OTHER_RATE * (np.abs(rates - 1.0) > 1e-9)[:, None]
        turned, moved = np.unravel_index(int(score.argmax()), score.shape)
        rate = float(rates[turned])
        start = anchor + float(shifts[moved]) + rate * (segment.suspect_start - middle)
        best = replace(best, source_start=float(start), rate=rate)
    return best


def _between(
    alike: Similarity, rows: NDArray[np.int64], moments: NDArray[np.float64], source_times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Similarities at moments between the source's frames, by straight lines: as `moments`, whose last axis is rows."""
    after = np.clip(np.searchsorted(source_times, moments), 1, len(source_times) - 1)
    before = after - 1
    share = (moments - source_times[before]) / (source_times[after] - source_times[before])
    share = np.clip(share, 0.0, 1.0)
    return (1 - share) * alike[rows, before] + share * alike[rows, after]
