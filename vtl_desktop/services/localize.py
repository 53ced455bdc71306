"""Localizing: what was changed in the suspect, frame by frame, against the source it was traced to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.errors import FrameUnavailable, MissingMedia
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress
from vtl_desktop.core.localization import LOCALIZATOR, Mask, Registration
from vtl_desktop.core.media import Frame, GreyPicture, Picture
from vtl_desktop.core.timeline import frame_nearest
from vtl_desktop.core.tracing import Candidate
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.media.writers import MaskWriter
from vtl_desktop.services.mark_store import MarkStore
from vtl_desktop.services.marker import methods, shared_marker
from vtl_desktop.services.stretches import Stretches
from vtl_desktop.vision.difference import fitted_difference, working_size
from vtl_desktop.vision.geometry import Size
from vtl_desktop.vision.laying import LaidOver, lay_over
from vtl_desktop.vision.locking import CLEARLY, at_size, disagreement
from vtl_desktop.vision.opencv import cv2
from vtl_desktop.vision.registration import warp_source
from vtl_desktop.vision.stretch import Stretch

if TYPE_CHECKING:
    from vtl_desktop.networks.marking import Marks

CACHE_BYTES = 128 << 20
"""Decoded frames kept of each file."""

BORDER = 5e-4
"""Seconds by which times written with four digits may be off."""

NEAR = 0.25
"""Seconds from another segment's border within which a frame may belong to that one: as far as clips lie apart."""


@dataclass(frozen=True, slots=True, eq=False)
class RegisteredPair:
    """A moment of the suspect and of the source, laid over each other.

    Attributes:
        suspect, source: the frames.
        warped: the source in the suspect's pixels, RGB.
        inside: where the source has pixels, bool [height, width].
        registration: suspect to source.
    """

    suspect: Frame
    source: Frame
    warped: Picture = field(repr=False)
    inside: NDArray[np.bool_] = field(repr=False)
    registration: Registration


class Localizer:
    """Masks of one suspect against one candidate. A context manager, for one thread at a time.

    Registration, colours and the exact source frame are found once for each stretch of the alignment, when a moment in
    it is first asked for.
    """

    def __init__(
        self,
        suspect_path: str | Path,
        source_path: str | Path,
        candidate: Candidate,
        *,
        device: str = "auto",
        kept: MarkStore | None = None,
    ) -> None:
        """Opens both files.

        Args:
            candidate: its alignment and whether it is mirrored are used.
            device: "auto", "cpu" or "cuda", for the Localizator.
            kept: marks of the same suspect and candidate, shared with other Localizers of theirs; its own by default.

        Raises:
            MissingMedia: the source's file is not where it was at enrolling; or the suspect's is gone.
            MediaError: one of them cannot be read.
        """
        if not Path(source_path).is_file():
            raise MissingMedia(
                f"The source's file is not there: {source_path}",
                "Re-locate the source in the database (it may have been moved or be on another drive), then try again.",
            )
        self._suspect = VideoFile(suspect_path, cache_bytes=CACHE_BYTES)
        try:
            self._source = VideoFile(source_path, cache_bytes=CACHE_BYTES)
        except BaseException:
            self._suspect.close()
            raise
        self._candidate, self._device = candidate, device
        self._kept = kept or MarkStore()
        self._segments = candidate.alignment.segments or (self._supposed(),)
        self._stretches = Stretches(self._suspect, self._source, candidate)
        self._frames: dict[int, Frame] = {}
        # The picture of a moment and its mask are asked for one after the other.
        self._last: tuple[int, float, bool, tuple[Stretch, Frame] | None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of both files; may be called twice."""
        self._frames.clear()
        self._last = None
        self._suspect.close()
        self._source.close()

    @property
    def methods(self) -> tuple[str, ...]:
        """The ways in which masks can be made, the one that is taken by default first."""
        return methods()

    def mask(self, moment: float, *, method: str | None = None) -> Mask | None:
        """What was changed at a moment of the suspect.

        Args:
            moment: seconds; the frame on screen then.
            method: one of `methods`; by default the first.

        Returns:
            The mask at the suspect's size; or None where the alignment has no source moment, and where the two could
            not be laid over each other, so that nothing can be said.

        Raises:
            FrameUnavailable: a frame cannot be decoded.
            WeightsError: the Localizator's weights are damaged.
        """
        if not self._aligned(moment):
            return None
        return self._mask_of(self._suspect.frame_at(moment), moment, method or self.methods[0])

    def registered_pair(self, moment: float) -> RegisteredPair:
        """The suspect's frame at a moment and the source's, laid over it.

        Where there is no alignment at all, the best pair of moments is taken to run on at the suspect's own speed.

        Raises:
            FrameUnavailable: the alignment has no source moment there, or a frame cannot be decoded.
        """
        suspect = self._suspect.frame_at(moment)
        pairing = self._paired(suspect, moment, loose=True)
        if pairing is None:
            raise FrameUnavailable(
                f"{self._candidate.source.name} has no frame for {moment:.3f} s of the suspect.",
                "Choose a moment inside the aligned part of the timeline.",
            )
        stretch, source = pairing
        size = (suspect.picture.shape[1], suspect.picture.shape[0])
        place = stretch.place(suspect.time)
        warped, inside = warp_source(source.picture, place, size)
        return RegisteredPair(suspect, source, warped, inside, place)

    def laid_over(self, index: int) -> LaidOver | None:
        """A frame of the suspect and the source's, made alike, pixel on pixel: what a mask is made of.

        Args:
            index: of the suspect's frame.

        Returns:
            The pair; None where the alignment has no source moment, or the two could not be laid over each other.

        Raises:
            FrameUnavailable: a frame cannot be decoded.
        """
        return self._laid_over(index, None) if self._aligned(float(self._suspect.times[index])) else None

    def write_masks(
        self,
        out: Path,
        *,
        method: str | None = None,
        on_mask: Callable[[Mask | None, float], object] | None = None,
        progress: Progress = no_progress,
        cancel: CancelToken | None = None,
    ) -> Path:
        """Writes the masks of all frames as a lossless grey video of the suspect's size and frame count.

        Both files are read once from front to back, apart from a few frames of each stretch; memory stays flat. A frame
        of which nothing can be said (see `mask`), or that cannot be decoded on either side, gets an empty mask.

        Args:
            out: ends in .mkv; overwritten.
            method: one of `methods`; by default the first.
            on_mask: called for every frame with its mask (None where nothing can be said) and its time, in order.

        Returns:
            `out`.

        Raises:
            StorageFull: the folder cannot be written.
            Cancelled: the user cancelled; nothing is left behind.
        """
        cancel = cancel or CancelToken()
        facts = self._suspect.facts
        count, made_by = len(self._suspect.times), method or self.methods[0]
        empty = np.zeros((facts.height, facts.width), np.uint8)
        with MaskWriter(out, facts.width, facts.height, facts.frame_rate) as writer:
            for index, moment in enumerate(self._suspect.times):
                cancel.check()
                if index % 8 == 0:
                    progress(index / count, f"Mask {index + 1} of {count}")
                try:
                    aligned = self._aligned(float(moment))
                    mask = self._mask_of(self._suspect.frame(index), float(moment), made_by) if aligned else None
                except FrameUnavailable:
                    # A hole in a damaged file: nothing is known there, and the others are still wanted.
                    mask = None
                writer.write(empty if mask is None else mask.picture, float(moment))
                if on_mask is not None:
                    on_mask(mask, float(moment))
        progress(1.0, f"{count} masks written")
        return out

    def _supposed(self) -> Segment:
        """Without an alignment: from the best pair of moments on at the suspect's own speed."""
        end = max(self._suspect.facts.duration, self._candidate.best_suspect_time)
        return Segment(0.0, end, self._candidate.best_source_time - self._candidate.best_suspect_time)

    def _aligned(self, moment: float) -> bool:
        return self._candidate.alignment.segment_at(moment) is not None

    def _mask_of(self, suspect: Frame, moment: float, method: str) -> Mask | None:
        pairing = self._paired(suspect, moment, loose=False)
        if pairing is None or not pairing[0].judgeable:
            return None
        stretch, source = pairing
        place = stretch.place(suspect.time)
        full = (suspect.picture.shape[1], suspect.picture.shape[0])
        if method == LOCALIZATOR:
            marks = self._marks_of(suspect.index, stretch)
            graphics, altered = (_enlarged(grey, full) for grey in (marks.graphics, marks.altered))
            picture = np.maximum(graphics, altered)
            return Mask(picture, method, suspect.time, source.time, place, graphics, altered)
        size = working_size(full)
        small = suspect.picture
        if size != full:
            small = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
        warped, inside = warp_source(source.picture, at_size(place, full, size), size)
        picture = fitted_difference(small, warped, inside, rendition=stretch.rendition)
        return Mask(_enlarged(picture, full), method, suspect.time, source.time, place)

    def _marks_of(self, index: int, stretch: Stretch) -> Marks:
        """What the Localizator marks in a frame.

        Frames are shown to it in fixed windows, those of one stretch together, so that a frame's mask is the same
        whether it is played, scrubbed to or written.
        """
        kept = self._kept.get(index)
        if kept is not None:
            return kept
        marker = shared_marker(self._device)
        first = index - index % marker.frames
        pairs: dict[int, LaidOver] = {}
        for number in range(first, min(first + marker.frames, len(self._suspect.times))):
            try:
                laid = self._laid_over(number, stretch)
            except FrameUnavailable:
                if number == index:
                    raise
                continue
            if laid is not None:
                pairs[number] = laid
        marked = dict(zip(pairs, marker.mark(list(pairs.values())), strict=True))
        for number, marks in marked.items():
            self._kept.put(number, marks)
        return marked[index]

    def _laid_over(self, index: int, stretch: Stretch | None) -> LaidOver | None:
        """A frame and the source's, laid over each other; None where they cannot be, or belong to another stretch."""
        moment = float(self._suspect.times[index])
        suspect = self._suspect.frame(index)
        pairing = self._paired(suspect, moment, loose=False)
        if pairing is None or not pairing[0].judgeable or (stretch is not None and pairing[0] is not stretch):
            return None
        found, source = pairing
        return lay_over(suspect.picture, source.picture, found.place(suspect.time), found.rendition)

    def _paired(self, suspect: Frame, moment: float, *, loose: bool) -> tuple[Stretch, Frame] | None:
        """The stretch that a frame belongs to and the source's frame that it shows; None where there is none.

        Args:
            loose: a frame that begins just where the last segment ends is paired too.
        """
        if self._last is not None and self._last[:3] == (suspect.index, moment, loose):
            return self._last[3]
        places = []
        for number in self._segments_near(suspect, moment, loose=loose):
            segment = self._segments[number]
            within = min(max(suspect.time, segment.suspect_start), max(segment.suspect_end, segment.suspect_start))
            stretch = self._stretches.of(number, segment, within)
            places.append((stretch, self._locked(suspect, segment.source_time(suspect.time), stretch)))
        pairing = places[0] if places else None
        if len(places) > 1:
            # Where one segment ends and the next begins is known to a few frames only: the picture decides.
            costs = [float(_apart(suspect, [source], stretch)[0]) for stretch, source in places]
            best = int(np.argmin(costs))
            pairing = places[best] if costs[best] < CLEARLY * costs[0] else places[0]
        self._last = (suspect.index, moment, loose, pairing)
        return pairing

    def _segments_near(self, suspect: Frame, moment: float, *, loose: bool) -> list[int]:
        """Numbers of the segments that a frame may belong to, the likeliest first; none where none covers it."""

        def covers(segment: Segment) -> bool:
            # A frame that begins where the segment ends is the first of what follows.
            begun = suspect.time < segment.suspect_end - BORDER or segment.duration <= BORDER
            return (begun or loose) and segment.suspect_start - BORDER <= moment <= segment.suspect_end + BORDER

        covering = [number for number, segment in enumerate(self._segments) if covers(segment)]
        if not covering:
            return []
        covering.sort(key=lambda number: -self._segments[number].suspect_start)
        near = [
            number
            for number, segment in enumerate(self._segments)
            if number not in covering and segment.suspect_start - NEAR <= moment <= segment.suspect_end + NEAR
        ]
        return covering + near

    def _locked(self, suspect: Frame, source_time: float, stretch: Stretch) -> Frame:
        """The source's frame that the suspect's shows: the aligned one or a neighbour that agrees clearly better."""
        nominal = frame_nearest(self._source.times, source_time + stretch.shift)
        indices = [i for i in (nominal, nominal - 1, nominal + 1) if 0 <= i < len(self._source.times)]
        frames = [self._source_frame(index) for index in sorted(indices)]
        frames.sort(key=lambda frame: frame.index != nominal)
        if len(frames) == 1:
            return frames[0]
        costs = _apart(suspect, frames, stretch)
        best = int(costs.argmin())
        return frames[best] if costs[best] < CLEARLY * costs[0] else frames[0]

    def _source_frame(self, index: int) -> Frame:
        """A frame of the source; the last few are kept, as neighbours are asked for again and again."""
        if index not in self._frames:
            while len(self._frames) >= 6:
                del self._frames[next(iter(self._frames))]
            self._frames[index] = self._source.frame(index)
        return self._frames[index]


def _enlarged(grey: GreyPicture, size: Size) -> GreyPicture:
    if grey.shape[::-1] == size:
        return grey
    return cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def _apart(suspect: Frame, frames: list[Frame], stretch: Stretch) -> NDArray[np.float64]:
    """How far the suspect's frame is from each frame of the source, laid over it: float64 [len(frames)]."""
    pictures = [frame.picture for frame in frames]
    return disagreement(suspect.picture, pictures, stretch.place(suspect.time), stretch.rendition)
