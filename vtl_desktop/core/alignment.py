"""Alignment: which moment of a source a moment of the suspect shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the suspect and the stretch of the source it was made from.

    Source time of suspect time t is `source_start + rate * (t - suspect_start)`, both counted from the first frame.

    Attributes:
        suspect_start, suspect_end: seconds.
        source_start: seconds.
        rate: source seconds a suspect second; 1.25 for a suspect that runs a quarter faster than its source, -1 for one
            that is played backwards; never 0.
    """

    suspect_start: float
    suspect_end: float
    source_start: float
    rate: float = 1.0

    @property
    def duration(self) -> float:
        return self.suspect_end - self.suspect_start

    @property
    def source_end(self) -> float:
        return self.source_start + self.rate * self.duration

    def source_time(self, moment: float) -> float:
        return self.source_start + self.rate * (moment - self.suspect_start)

    def suspect_time(self, moment: float) -> float:
        return self.suspect_start + (moment - self.source_start) / self.rate


@dataclass(frozen=True, slots=True)
class Alignment:
    """Suspect time to source time, piecewise linear: segments in the order of the suspect, not overlapping there."""

    segments: tuple[Segment, ...] = ()

    def segment_at(self, moment: float) -> Segment | None:
        """The segment that covers a moment of the suspect, the later one on a border, or None."""
        for segment in reversed(self.segments):
            if segment.suspect_start - 1e-6 <= moment <= segment.suspect_end + 1e-6:
                return segment
        return None

    def source_time(self, moment: float) -> float | None:
        """The source's moment shown at a moment of the suspect, or None where the source has none."""
        segment = self.segment_at(moment)
        return None if segment is None else segment.source_time(moment)

    @property
    def covered(self) -> float:
        """Seconds of the suspect that the segments cover."""
        return sum(segment.duration for segment in self.segments)


def uncovered(segments: tuple[Segment, ...], duration: float, least: float = 0.5) -> list[tuple[float, float]]:
    """Stretches of the suspect that no segment covers, (start, end) in seconds, shorter than `least` left out."""
    gaps, reached = [], 0.0
    for segment in sorted(segments, key=lambda s: s.suspect_start):
        if segment.suspect_start - reached >= least:
            gaps.append((reached, segment.suspect_start))
        reached = max(reached, segment.suspect_end)
    if duration - reached >= least:
        gaps.append((reached, duration))
    return gaps
