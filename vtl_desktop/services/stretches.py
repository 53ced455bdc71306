"""The stretches of an alignment: each is fitted to a few pairs of frames when a moment in it is first asked for."""

from __future__ import annotations

import numpy as np

from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.errors import FrameUnavailable
from vtl_desktop.core.media import Frame, Picture
from vtl_desktop.core.timeline import frame_at, frame_nearest
from vtl_desktop.core.tracing import Candidate
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.vision.following import Moment, follow
from vtl_desktop.vision.stretch import Stretch, fit_stretch

STRETCH = 10.0
"""Seconds of a segment for which one fit holds; a longer segment is cut into stretches."""

PAIRS = 4
"""Pairs of frames of a stretch that are registered together."""


class Stretches:
    """Of one suspect and one candidate; kept once they are fitted."""

    def __init__(self, suspect: VideoFile, source: VideoFile, candidate: Candidate) -> None:
        """Reads nothing yet; both files stay the caller's."""
        self._suspect, self._source, self._candidate = suspect, source, candidate
        self._fitted: dict[tuple[int, int], Stretch] = {}

    def of(self, number: int, segment: Segment, moment: float) -> Stretch:
        """The stretch of a segment that holds a moment.

        Args:
            number: of the segment.
            segment: itself.
            moment: of the suspect, seconds.

        Raises:
            FrameUnavailable: none of the source's frames can be decoded there.
        """
        parts = max(int(np.ceil(segment.duration / STRETCH)), 1)
        length = segment.duration / parts
        part = min(max(int((moment - segment.suspect_start) / length), 0), parts - 1) if length > 0 else 0
        if (number, part) not in self._fitted:
            begin = segment.suspect_start + part * length
            self._fitted[number, part] = self._fit(segment, begin, begin + length, moment)
        return self._fitted[number, part]

    def _fit(self, segment: Segment, begin: float, end: float, asked: float) -> Stretch:
        """Fits one stretch to a few pairs spread over it."""

        def picked(count: int) -> list[Moment]:
            frames = self._spread(begin, end, count) or [self._suspect.frame_at(asked)]
            within = [min(max(frame.time, begin), end) for frame in frames]
            return [Moment(f.time, segment.source_time(t), f.picture) for f, t in zip(frames, within, strict=True)]

        few = picked(PAIRS)
        moments = [(moment.source_time, moment.picture) for moment in few]
        times = self._source.times
        step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
        stretch = fit_stretch(moments, self._source_at, step=step, mirrored=self._candidate.mirrored)
        if stretch is None:
            raise FrameUnavailable(
                f"{self._candidate.source.name} cannot be decoded from {moments[0][0]:.2f} to {moments[-1][0]:.2f} s.",
                "The source's file is damaged there; check it against the SHA-256 taken at enrolling.",
            )
        return follow(stretch, few, picked, self._source_at, seconds=end - begin, step=step)

    def _source_at(self, time: float) -> Picture | None:
        try:
            return self._source.frame(frame_nearest(self._source.times, time)).picture
        except FrameUnavailable:
            # One hole in a damaged file: the other frames of the stretch will do.
            return None

    def _spread(self, begin: float, end: float, count: int) -> list[Frame]:
        """Frames of the suspect spread over a stretch, those that can be decoded."""
        moments = begin + (np.arange(count) + 0.5) / count * (end - begin)
        frames: dict[int, Frame] = {}
        for moment in moments:
            index = frame_at(self._suspect.times, float(moment))
            if index in frames:
                continue
            try:
                frames[index] = self._suspect.frame(index)
            except FrameUnavailable:
                continue
        return list(frames.values())
