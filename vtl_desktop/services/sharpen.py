"""Registered pictures of two videos, small and frame by frame: to the frame, and whether the same things move."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.errors import MediaError
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.localization import Registration
from vtl_desktop.core.media import MediaFacts
from vtl_desktop.core.tracing import Candidate, Source
from vtl_desktop.core.voting import clip_to_source
from vtl_desktop.core.windows import pieces, rejoined
from vtl_desktop.media.kept import KeptFrames
from vtl_desktop.media.lumas import Window, lumas, merged
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.services.footage import Footage
from vtl_desktop.vision.geometry import resize_matrix
from vtl_desktop.vision.opencv import cv2
from vtl_desktop.vision.registered import RegisteredVideos

Greys = NDArray[np.float32]
"""Levels, [n, h, w]."""

Times = NDArray[np.float64]
"""Seconds, [n]."""

WHOLE = 40.0
"""Seconds up to which a suspect is compared as a whole; of a longer one, windows are."""

FRAMES = 1200
"""Compared at most of each file."""

STRETCH = 10.0
"""Seconds in which movement is compared, at `MOMENTS` moments."""

MOMENTS = 16

_SHORT = 20.0
"""Seconds up to which a source is read as a whole."""

_AT_LEAST = 1.0
"""Seconds before and after, which have to have been read to be used again."""

_LEAST_REACH, _MOST_REACH = 2.0, 5.0
"""Seconds before and after its supposed place that are read of a longer source: as many as the suspect has, but no
fewer and no more than these."""

_ALIKE = 0.93
"""Score (see `RegisteredVideos.score`) from which no other place can be much better."""

_LIVELY = 6.0
"""Standard deviation over time, levels, below which it is not the whole picture that moves."""

_BETTER = 0.003

_LONG_SIDE = 96
_FINER = 1.5


class Sharpener:
    """Aligns candidates of one suspect; its frames are read once, when they are first needed."""

    def __init__(self, footage: Footage, cancel: CancelToken) -> None:
        """Reads nothing yet.

        Args:
            footage: of the suspect and its sources, open as long as this is used.
            cancel: may end it.
        """
        self._footage, self._facts, self._cancel = footage, footage.facts, cancel
        self._size = _own_size(footage.facts)
        self._own: tuple[list[Window], Greys, Times] | None = None
        self._source: tuple[int, list[Window], tuple[list[NDArray[np.float32]], Times]] | None = None
        self._last: tuple[object, RegisteredVideos] | None = None

    def sharpened(self, candidate: Candidate) -> Candidate:
        """The candidate, aligned by what moves in its registered pictures, where that pairs frames that are more alike.

        It stays as it is where the place is not trusted, the source's file is away, or nothing moves.

        Raises:
            MediaError: the suspect can no longer be read.
            Cancelled: when told to stop.
        """
        before, length = candidate.alignment.segments, candidate.source.duration
        videos = self._videos(candidate)
        if videos is None:
            return candidate
        segments = self._aligned(videos, before, length)
        if not segments or segments == before:
            return candidate
        return _realigned(candidate, Alignment(segments), self._facts.duration)

    def placed(self, candidate: Candidate, places: Callable[[Candidate], Iterable[Registration]]) -> Candidate:
        """The candidate in the place, of those that are proposed, in which its frames are most alike; aligned there.

        Where a camera pans, another moment looks like another place: each explains one pair of pictures, and only the
        right one all of them. Where it stands, there is nothing to be confused.

        Args:
            candidate: as `sharpened` left it.
            places: proposes other places for a candidate; asked only where its frames could be more alike.
        """
        videos, segments = self._videos(candidate), candidate.alignment.segments
        if videos is None or not segments or videos.score(segments) >= _ALIKE or videos.liveliness < _LIVELY:
            return candidate
        best, least = candidate, videos.score(segments) + _BETTER
        for place in places(candidate):
            other = replace(candidate, registration=place)
            videos = self._videos(other)
            if videos is None:
                continue
            moved = self._aligned(videos, segments, candidate.source.duration)
            score = videos.score(moved) if moved else 0.0
            if score > least:
                best, least = _realigned(other, Alignment(moved), self._facts.duration), score
        return best

    def ambiguous(self, candidate: Candidate) -> tuple[tuple[float, float], ...]:
        """Stretches of the suspect whose moment cannot be told from others near by, as nothing moves: see `Candidate`.

        Raises as `sharpened`.
        """
        videos = self._videos(candidate)
        return videos.ambiguous(candidate.alignment.segments) if videos is not None else ()

    def likeness(self, candidate: Candidate) -> float | None:
        """How alike both deviate from what stands still, 0 to 1: see `Candidate`. Returns and raises as `movement`."""
        videos = self._videos(candidate) if candidate.alignment.segments else None
        if videos is None:
            return None
        found = videos.likeness(candidate.alignment.segments)
        # Windows lie within what is aligned; likeness is told of all of the suspect.
        return found if self._facts.duration <= WHOLE else found * candidate.matched_share

    def movement(self, candidate: Candidate) -> float | None:
        """The share of what moves that moves alike in both, see `vision.shared_motion`.

        Moments of one stretch of the longest segment are taken: a cut between two shots does not pass for movement as
        easily.

        Returns:
            0 to 1; None where too little moves, nothing is aligned or placed, or as for `sharpened`.
        """
        segments = candidate.alignment.segments
        videos = self._videos(candidate) if segments else None
        if videos is None:
            return None
        longest = max(segments, key=lambda segment: segment.duration)
        middle, reach = (longest.suspect_start + longest.suspect_end) / 2, min(longest.duration, STRETCH) / 2
        moments = videos.times[np.abs(videos.times - middle) <= reach]
        if not len(moments):
            return None
        return videos.movement(moments[np.linspace(0, len(moments) - 1, MOMENTS).astype(np.int64)], longest)

    def _aligned(self, videos: RegisteredVideos, before: tuple[Segment, ...], length: float) -> tuple[Segment, ...]:
        """Better segments than `before`, or these; within a source of `length` seconds."""
        if self._facts.duration <= WHOLE:
            found = videos.aligned(before, suspect_duration=self._facts.duration, source_duration=length)
        else:
            found = rejoined(before, [videos.exact(piece) for piece in pieces(before)])
        inside = [clip_to_source(segment, length) for segment in found]
        return tuple(segment for segment in inside if segment is not None)

    def _videos(self, candidate: Candidate) -> RegisteredVideos | None:
        """Both videos' frames; None where they cannot be laid over each other."""
        registration = candidate.registration
        if registration is None or not registration.trusted or self._facts.is_image:
            return None
        windows = self._windows(candidate)
        if not windows:
            return None
        if self._own is None or self._own[0] != windows:
            read, times = self._own_lumas(windows)
            self._own = windows, np.array([_soft(grey) for grey in read], np.float32), times
        try:
            greys, times = self._read(candidate)
        except MediaError:
            return None
        # A damaged stretch may give no frame at all.
        if min(len(times), len(self._own[2])) < 2:
            return None
        key = windows, candidate.source.id, times[0], times[-1], len(times), registration.matrix
        if self._last is None or self._last[0] != key:
            over, inside = self._laid_over(greys, candidate, registration)
            if inside.sum() < _LONG_SIDE:
                return None
            self._last = key, RegisteredVideos(self._own[1], self._own[2], over, times, inside)
        return self._last[1]

    def _own_lumas(self, windows: list[Window]) -> tuple[list[NDArray[np.float32]], Times]:
        """The suspect's frames, and their times: those that were kept when it was sampled, or read anew."""
        kept = self._footage.kept
        if kept is not None and kept.greys is not None and self._facts.duration <= WHOLE:
            return kept.greys
        return _read(self._footage.suspect, self._size, windows, self._cancel)

    def _windows(self, candidate: Candidate) -> list[Window]:
        """What is read of the suspect."""
        if self._facts.duration <= WHOLE:
            return [(0.0, self._facts.duration)]
        return merged([(piece.suspect_start, piece.suspect_end) for piece in pieces(candidate.alignment.segments)])

    def _shown(self, candidate: Candidate, reach: float) -> list[Window]:
        """What is read of the source: where the suspect's windows are supposed to lie in it, and around."""
        segments, length = candidate.alignment.segments, candidate.source.duration
        if length <= _SHORT:
            return [(0.0, length)]
        if not segments:
            return [(0.0, WHOLE)]
        if self._facts.duration > WHOLE:
            segments = pieces(segments)
        ends = [sorted((segment.source_start, segment.source_end)) for segment in segments]
        around = [(first - reach, last + reach) for first, last in ends]
        return merged([(max(start, 0.0), min(end, length)) for start, end in around])

    def _read(self, candidate: Candidate) -> tuple[list[NDArray[np.float32]], Times]:
        """The source's frames, and their times; kept for another place, and for an alignment that moved a little."""
        source = candidate.source
        needed = self._shown(candidate, min(_AT_LEAST, source.duration))
        if self._source is None or self._source[0] != source.id or not _within(needed, self._source[1]):
            shown = self._shown(candidate, min(max(self._facts.duration, _LEAST_REACH), _MOST_REACH))
            self._source = source.id, shown, _read(self._footage.source(source), _small(source), shown, self._cancel)
        return self._source[2]

    def _laid_over(
        self, greys: list[NDArray[np.float32]], candidate: Candidate, registration: Registration
    ) -> tuple[Greys, NDArray[np.bool_]]:
        """The source's frames in the suspect's small pixels, and where they have any pixels."""
        full, source, size = (self._facts.width, self._facts.height), candidate.source, _small(candidate.source)
        to_suspect = np.linalg.inv(resize_matrix(full, self._size))
        matrix = resize_matrix((source.width, source.height), size) @ registration.array @ to_suspect
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        there = cv2.warpPerspective(np.full(size[::-1], 255, np.uint8), matrix, self._size, flags=flags) == 255
        inside = cv2.erode(there.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0) > 0
        over = [_soft(cv2.warpPerspective(grey, matrix, self._size, flags=flags)) for grey in greys]
        return np.asarray(over, np.float32), inside


def frames_to_keep(facts: MediaFacts) -> KeptFrames:
    """For sampling a suspect: keeps what will be looked at when it is laid over its sources."""
    step = _step([(0.0, facts.duration)]) if facts.duration <= WHOLE else None
    return KeptFrames(_own_size(facts), step=step)


def _read(
    video: VideoFile, size: tuple[int, int], windows: list[Window], cancel: CancelToken
) -> tuple[list[NDArray[np.float32]], Times]:
    """Small grey frames of some windows, `FRAMES` at most, and their times."""
    read = list(lumas(video, *size, windows=windows, step=_step(windows), cancel=cancel))
    return [grey for _, grey in read], np.array([time for time, _ in read])


def _own_size(facts: MediaFacts) -> tuple[int, int]:
    factor = _LONG_SIDE / max(facts.width, facts.height)
    return max(round(facts.width * factor), 8), max(round(facts.height * factor), 8)


def _within(windows: list[Window], others: list[Window]) -> bool:
    return all(any(start <= low and high <= end for start, end in others) for low, high in windows)


def _small(source: Source) -> tuple[int, int]:
    """About as fine as what is wanted of a source's frames, once laid over."""
    zoom = min(_LONG_SIDE * _FINER / max(source.width, source.height), 1.0)
    return max(round(source.width * zoom), 8), max(round(source.height * zoom), 8)


def _step(windows: list[Window]) -> float:
    return sum(end - start for start, end in windows) / FRAMES


def _realigned(candidate: Candidate, alignment: Alignment, duration: float) -> Candidate:
    """The candidate with another alignment; its best pair is the one nearest to where it was that is aligned."""
    moment = candidate.best_suspect_time
    source_time = alignment.source_time(moment)
    if source_time is None:
        longest = max(alignment.segments, key=lambda segment: segment.duration)
        moment = (longest.suspect_start + longest.suspect_end) / 2
        source_time = longest.source_time(moment)
    return replace(
        candidate,
        alignment=alignment,
        best_suspect_time=moment,
        best_source_time=source_time,
        matched_share=min(alignment.covered / duration, 1.0) if duration > 0 else 1.0,
    )


def _soft(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.0), np.float32)
