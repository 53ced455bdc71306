"""Registered small pictures of two videos: which moment of the one shows which moment of the other, to the frame."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.sharpening import (
    Similarity,
    along,
    along_line,
    best_lines,
    distinctness,
    finer,
    proposed,
    scanned,
    similarity,
    steady,
)
from vtl_desktop.core.timeline import frame_nearest
from vtl_desktop.core.voting import Line
from vtl_desktop.vision.deviations import Greys, deviations, other_scene, shots, stills
from vtl_desktop.vision.shared_motion import shared_motion

_QUIET = 1.5
"""Levels: see `core.sharpening.similarity`."""

_BETTER = 0.005
"""By how much more alike frames have to be for another alignment, of 1."""

_NEAR = 1.0
"""Seconds before and after a segment's place in which its frames are looked for."""

_LEAST = 0.05
"""Frames that are less alike speak against an alignment."""

_SURE = 0.93
"""Score from which nothing better is looked for: frames are .985 alike. In quiet rooms wrong moments reached .965."""

_HYPOTHESES = 6
"""Lines for all of the suspect that are looked at closer."""

_DISTINCT = 0.001
"""See `distinctness`. `tests/bench/bench_real.py --seed 2`: of the moments below it, .05 of all, 14 % are more than a
frame off, of the others 1.2 %."""

_WORTH_TELLING = 0.2
"""Seconds."""

_ROUNDS = 2
_SETTLED = 1e-3
"""Seconds: moved by less, a segment is where it belongs."""

_BORDER = 0.2
"""Seconds by which borders of segments that say the same may lie apart."""

_HALF_A_FRAME = 0.02

_REMEMBERED = 24
"""Segments of which what was compared is kept: each is asked for several times."""

_Pair = tuple[Similarity, NDArray[np.float64], NDArray[np.float64]]
"""How alike frames are, and the times of both."""


class RegisteredVideos:
    """A suspect's frames, and the source's laid over them."""

    def __init__(
        self,
        own: NDArray[np.float32],
        times: NDArray[np.float64],
        other: NDArray[np.float32],
        source_times: NDArray[np.float64],
        inside: NDArray[np.bool_],
    ) -> None:
        """Keeps the arrays as they are.

        Args:
            own, other: softened, levels, float32 [n, h, w] and [m, h, w].
            times, source_times: of the frames, seconds, ascending, float64 [n] and [m].
            inside: where the source has pixels, bool [h, w].
        """
        self._pictures, self.times, self._source_times, self._inside = (own, other), times, source_times, inside
        # Every other pixel of softened pictures holds all there is, in a quarter of the time: with all of them hardly
        # any moment moved by a millisecond, and of those that did as many were worse as better.
        coarse = inside[::2, ::2]
        self._own, self._other = own[:, ::2, ::2][:, coarse], other[:, ::2, ::2][:, coarse]
        self._shot, self._source_shot = shots(self._own, times), shots(self._other, source_times)
        self._compared: OrderedDict[Segment, _Pair | None] = OrderedDict()

    @property
    def liveliness(self) -> float:
        """How much of the suspect moves: mean standard deviation over time, levels."""
        return float(self._own.std(axis=0).mean())

    def aligned(
        self, before: tuple[Segment, ...], *, suspect_duration: float, source_duration: float
    ) -> tuple[Segment, ...]:
        """Segments along which frames are most alike: those of `before`, or better ones.

        Args:
            before: what is supposed so far.
            suspect_duration, source_duration: seconds.
        """
        kept = tuple(self._moved(segment) for segment in before)
        if len(kept) == 1:
            # Codes leave out what they cannot tell, most of all at the ends.
            whole = along_line(_line_of(kept[0]), suspect_duration, source_duration)
            kept = max([kept, (self._moved(whole),)], key=self.score) if whole is not None else kept
        if self.score(kept) >= _SURE and all(self._steady(segment) for segment in kept):
            return kept
        alike = _alike(self._own, self._other, self._shot, self._source_shot)
        lines = best_lines(alike, self.times, self._source_times)
        found = proposed(
            alike,
            self.times,
            self._source_times,
            lines,
            suspect_duration=suspect_duration,
            source_duration=source_duration,
        )
        exact = [kept, tuple(self._moved(segment) for segment in found)] if found else [kept]
        if not found or not _the_same(kept, exact[1]):
            # What stands still was taken from other stretches of both, so the order of lines is only a first guess.
            single = [along_line(line, suspect_duration, source_duration) for line in lines[:_HYPOTHESES]]
            exact += [(self._moved(segment),) for segment in single if segment is not None]
        return max(exact, key=self.score)

    def score(self, segments: tuple[Segment, ...]) -> float:
        """Likeness, less a little a frame and a segment: frames that are not alike and many pieces speak against it."""
        return self._summed(segments, _LEAST) - _BETTER * len(segments)

    def likeness(self, segments: tuple[Segment, ...]) -> float:
        """How alike the frames are that segments pair, the mean over all of the suspect's, 0 to 1."""
        return min(max(self._summed(segments, 0.0), 0.0), 1.0)

    def _steady(self, segment: Segment) -> bool:
        pair = self._matched(segment)
        return pair is not None and steady(segment, *pair)

    def _summed(self, segments: tuple[Segment, ...], least: float) -> float:
        total = 0.0
        for segment in segments:
            pair = self._matched(segment)
            if pair is not None:
                total += (along((segment,), *pair) - least) * len(pair[1])
        return total / len(self.times)

    def exact(self, segment: Segment) -> Segment:
        """A segment that is right to within most of a second, moved to where its frames are most alike."""
        pair = self._matched(segment)
        return segment if pair is None else self._moved(scanned(segment, *pair))

    def ambiguous(self, segments: tuple[Segment, ...]) -> tuple[tuple[float, float], ...]:
        """Stretches of the suspect, within segments, in which moments near by look the same: from and to, seconds."""
        found: list[tuple[float, float]] = []
        for segment in segments:
            pair = self._matched(segment)
            if pair is None:
                continue
            times = pair[1]
            unclear = distinctness(segment, *pair) < _DISTINCT
            borders = np.concatenate([[segment.suspect_start], (times[1:] + times[:-1]) / 2, [segment.suspect_end]])
            changes = np.flatnonzero(np.diff(np.concatenate([[0], unclear.astype(np.int8), [0]])))
            found += [(float(borders[at]), float(borders[to])) for at, to in changes.reshape(-1, 2)]
        return tuple((start, end) for start, end in found if end - start >= _WORTH_TELLING)

    def movement(self, moments: NDArray[np.float64], segment: Segment) -> float | None:
        """The share of what moves at some moments that moves alike in both, see `shared_motion`.

        Args:
            moments: of the suspect, seconds, [k]; their nearest frames are taken, each once.
            segment: which moments of the source they show.
        """
        rows = np.unique([frame_nearest(self.times, float(moment)) for moment in moments])
        shown = [frame_nearest(self._source_times, segment.source_time(float(time))) for time in self.times[rows]]
        own, other = self._pictures
        return shared_motion(own[rows], other[shown], self._inside)

    def _moved(self, segment: Segment) -> Segment:
        """A segment that is right to within a tenth of a second, moved to where its frames are most alike.

        What stands still is taken from the frames that the segment pairs: over other stretches of time it may differ,
        and a difference that stays pulls towards frames of another moment.
        """
        best = segment
        for _ in range(_ROUNDS):
            pair = self._matched(best)
            if pair is None:
                return segment
            moved = finer(best, *pair)
            middle = (moved.suspect_start + moved.suspect_end) / 2
            settled = abs(moved.source_time(middle) - best.source_time(middle)) < _SETTLED
            best = moved
            if settled:
                break
        return best

    def _matched(self, segment: Segment) -> _Pair | None:
        """How alike the frames of a segment are to those near its place, and the times of both."""
        if segment not in self._compared:
            while len(self._compared) >= _REMEMBERED:
                self._compared.popitem(last=False)
            self._compared[segment] = self._match(segment)
        self._compared.move_to_end(segment)
        return self._compared[segment]

    def _match(self, segment: Segment) -> _Pair | None:
        rows = (self.times >= segment.suspect_start - 1e-6) & (self.times < segment.suspect_end - 1e-6)
        low, high = sorted((segment.source_start, segment.source_end))
        columns = (self._source_times >= low - _NEAR) & (self._source_times <= high + _NEAR)
        if rows.sum() < 2 or columns.sum() < 2:
            return None
        times, source_times = self.times[rows], self._source_times[columns]
        shown = np.array([frame_nearest(source_times, segment.source_time(float(time))) for time in times])
        alike = _alike(self._own[rows], self._other[columns], self._shot[rows], self._source_shot[columns], shown)
        return alike, times, source_times


def _line_of(segment: Segment) -> Line:
    return Line(segment.rate, segment.source_time(0.0))


def _the_same(segments: tuple[Segment, ...], others: tuple[Segment, ...]) -> bool:
    """Whether two proposals, at the source's own speed, say the same of all moments, to half a frame."""
    return len(segments) == len(others) and all(
        segment.rate == other.rate == 1.0
        and abs(segment.suspect_start - other.suspect_start) <= _BORDER
        and abs(segment.suspect_end - other.suspect_end) <= _BORDER
        and abs(segment.source_time(0.0) - other.source_time(0.0)) <= _HALF_A_FRAME
        for segment, other in zip(segments, others, strict=True)
    )


def _alike(
    own: Greys,
    other: Greys,
    shot: NDArray[np.int64],
    source_shot: NDArray[np.int64],
    shown: NDArray[np.int64] | None = None,
) -> Similarity:
    """How alike frames deviate from what stands still in their shots, [n, m].

    What stands still is taken from each shot apart, so that neither a cut nor a second source blurs it.

    Args:
        own, other: [n, pixels] and [m, pixels].
        shot, source_shot: the shot of each frame, [n] and [m].
        shown: the source's frame that each of the suspect's is supposed to show, [n]: then what stands still in the
            source is taken from these, where a shot has any.
    """
    shot, source_shot = (np.unique(which, return_inverse=True)[1] for which in (shot, source_shot))
    still, source_still = stills(own, shot), stills(other, source_shot, shown)
    alike = similarity(deviations(own, still[shot]), deviations(other, source_still[source_shot]), quiet=_QUIET)
    alike[other_scene(still, source_still)[np.ix_(shot, source_shot)]] = -1.0
    return alike
