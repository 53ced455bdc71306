"""Windows of long segments, in which frames are compared, and the segments again, once these are where they belong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vtl_desktop.core.alignment import Segment

PIECES = 15
"""Windows of a long video that are compared at most."""

_LENGTH = 6.0
_STRAIGHT = 0.02
"""Seconds by which windows of one segment may lie off its line: half a frame."""


def pieces(segments: Sequence[Segment]) -> list[Segment]:
    """Windows of long segments in which frames are compared: an odd number of each, evenly spread, so that one lies in
    the middle.

    Args:
        segments: any number, of any length.

    Returns:
        In the order of the segments, `PIECES` at most of all and `_LENGTH` seconds long, shorter where a segment is.
    """
    share = max(PIECES // max(len(segments), 1), 1)
    return [piece for segment in segments for piece in _windows(segment, share)]


def _windows(segment: Segment, most: int) -> list[Segment]:
    count = min(most - (most + 1) % 2, max(int(segment.duration / _LENGTH) // 2 * 2 - 1, 1))
    length = min(segment.duration, _LENGTH)
    last = segment.suspect_end - length
    starts = np.linspace(segment.suspect_start, last, count) if count > 1 else [(segment.suspect_start + last) / 2]
    return [Segment(float(at), float(at) + length, segment.source_time(float(at)), segment.rate) for at in starts]


def rejoined(segments: Sequence[Segment], exact: Sequence[Segment]) -> tuple[Segment, ...]:
    """Segments from their windows once these lie where they belong.

    Windows of one segment that lie on one line give one segment; where they jump, the segment is cut half-way between.

    Args:
        segments: as they were supposed.
        exact: their windows, moved.
    """
    joined: list[Segment] = []
    for segment in segments:
        own = [piece for piece in exact if segment.suspect_start - 1e-6 <= piece.suspect_start < segment.suspect_end]
        runs: list[list[Segment]] = []
        for piece in own:
            if runs and _on_one_line([*runs[-1], piece]):
                runs[-1].append(piece)
            else:
                runs.append([piece])
        start = segment.suspect_start
        for number, run in enumerate(runs):
            last = number == len(runs) - 1
            end = segment.suspect_end if last else (run[-1].suspect_end + runs[number + 1][0].suspect_start) / 2
            slope, level = _line(run)
            joined.append(Segment(start, end, level + slope * start, slope))
            start = end
        if not runs:
            joined.append(segment)
    return tuple(joined)


def _on_one_line(run: Sequence[Segment]) -> bool:
    slope, level = _line(run)
    return all(abs(level + slope * middle - piece.source_time(middle)) <= _STRAIGHT for piece, middle in _middles(run))


def _line(run: Sequence[Segment]) -> tuple[float, float]:
    """Rate and source time at 0 of the line through windows; the common rate where it explains them."""
    rate = float(np.median([piece.rate for piece in run]))
    middles = np.array([middle for _, middle in _middles(run)])
    shown = np.array([piece.source_time(middle) for piece, middle in _middles(run)])
    for slope in (1.0, rate):
        level = float(np.median(shown - slope * middles))
        if np.abs(level + slope * middles - shown).max() <= _STRAIGHT:
            return slope, level
    slope, level = np.polyfit(middles, shown, 1)
    return float(slope), float(level)


def _middles(run: Sequence[Segment]) -> list[tuple[Segment, float]]:
    return [(piece, (piece.suspect_start + piece.suspect_end) / 2) for piece in run]
