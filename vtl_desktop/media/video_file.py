"""A video or picture as exact frames: by number, by moment, or in sequence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.errors import FrameUnavailable, MediaError
from vtl_desktop.core.media import Frame, MediaFacts
from vtl_desktop.core.timeline import frame_at
from vtl_desktop.media.facts import facts_of
from vtl_desktop.media.frame_cache import FrameCache
from vtl_desktop.media.indexed import Decoded, IndexedVideo
from vtl_desktop.media.pictures import Converter
from vtl_desktop.media.stills import Still, picture_kind, read_still

_CHEAPER_TO_DECODE_ON = 8
_EARLIER_ATTEMPTS = 3
_KINDS = {1: "I", 2: "P", 3: "B", 4: "S", 5: "I", 6: "P", 7: "B"}


class VideoFile:
    """A video (or a picture: one frame at time 0), opened read-only. A context manager, for one thread at a time.

    Decoded frames of the keyframe groups last visited are kept, so that stepping back costs nothing; in a group too
    long for that, a window around the last frame asked for is kept.

    Attributes:
        facts: what is known of the file.
        times: presentation time of each frame, seconds from the first, ascending, float64 [n].
        keyframes: bool [n].
    """

    facts: MediaFacts
    times: NDArray[np.float64]
    keyframes: NDArray[np.bool_]

    def __init__(self, path: str | Path, *, cache_bytes: int = 256 << 20) -> None:
        """Opens a file and indexes it; all packets are read once, a few frames decoded.

        Args:
            cache_bytes: how much memory decoded frames may take.

        Raises:
            MissingMedia: not there, or may not be read.
            UnreadableMedia: a folder, empty, cut off, or no video or picture.
            NoPicture: audio only, or not one frame can be decoded.
        """
        path = Path(path)
        kind = picture_kind(path)
        self._still: Still | None = None
        self._video: IndexedVideo | None = None
        self._closed = False
        if kind is not None:
            self._still = read_still(path, kind)
            self.facts = self._still.facts
            self.times = np.zeros(1)
            self.keyframes = np.ones(1, bool)
            return
        self._video = video = IndexedVideo(path)
        try:
            self.facts = facts_of(video)
        except BaseException:
            video.close()
            raise
        self.times = video.index.times
        self.keyframes = video.index.keyframes
        self._convert = Converter(video.first, video.orientation)
        self._cache = FrameCache(cache_bytes)
        self._lost: set[int] = set()
        self._running: Iterator[Decoded] = video.decode_all()
        self._next = 0
        self._begun_at = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        """How many frames there are."""
        return len(self.times)

    @property
    def path(self) -> Path:
        return Path(self.facts.path)

    def close(self) -> None:
        """Lets go of the file and of all frames; may be called twice."""
        self._closed = True
        if self._video is not None:
            self._running = iter(())
            self._cache.clear()
            self._video.close()

    def frame(self, index: int) -> Frame:
        """Exactly one frame.

        Args:
            index: 0-based place in presentation order.

        Raises:
            FrameUnavailable: there is no such frame, it cannot be decoded, or the file was closed or is gone.
        """
        self._check_open()
        if not 0 <= index < len(self.times):
            raise FrameUnavailable(f"{self.path} has no frame {index}.", f"Its frames are 0 to {len(self.times) - 1}.")
        if self._still is not None:
            return Frame(0, 0.0, self._still.picture.copy(), key=True, kind="I")
        video = self._opened
        decoded = self._cache.get(video.group(index), index) or self._fetch(index)
        try:
            picture = self._convert.picture(decoded.frame)
        except FrameUnavailable as error:
            raise FrameUnavailable(
                f"{self.path}, frame {index}: {error.message}", "Convert the video first."
            ) from error
        return Frame(
            index=index,
            time=float(self.times[index]),
            picture=picture,
            key=bool(self.keyframes[index]),
            kind=_KINDS.get(int(decoded.frame.pict_type), ""),
            damaged=decoded.damaged,
        )

    def frame_at(self, moment: float) -> Frame:
        """The frame on screen at a moment: the last that begins at or before it; the first or last beyond the ends.

        Args:
            moment: seconds from the first frame.

        Raises:
            FrameUnavailable: see `frame`.
        """
        return self.frame(frame_at(self.times, moment))

    def frames(self, start: float = 0.0, end: float | None = None) -> Iterator[Frame]:
        """Frames in sequence, from the one on screen at `start` to the last that begins before `end` (None: the last).

        Frames that cannot be decoded are passed over: their numbers are missing from the sequence.
        """
        first = frame_at(self.times, start)
        last = len(self.times) if end is None else int(np.searchsorted(self.times, end - 5e-4, side="left"))
        for index in range(first, last):
            try:
                yield self.frame(index)
            except FrameUnavailable:
                if self._closed:
                    raise

    def lumas(self, first: int, last: int, width: int, height: int) -> Iterator[tuple[float, NDArray[np.float32]]]:
        """Frames in sequence as small grey pictures, which is faster than making full ones.

        Args:
            first, last: numbers of the first and of the last frame, both included.
            width, height: of the small pictures, pixels.

        Yields:
            A frame's time, seconds, and its brightness averaged over areas, see `Converter.luma`. Frames that cannot be
            decoded are passed over.

        Raises:
            FrameUnavailable: the file was closed or is gone.
        """
        self._check_open()
        if self._still is not None:
            grey = cv2.cvtColor(self._still.picture, cv2.COLOR_RGB2GRAY)
            yield 0.0, cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
            return
        video, passed = self._opened, 0
        for index in range(first, last + 1):
            decoded = self._cache.get(video.group(index), index)
            if decoded is None and index >= passed and index not in self._lost:
                decoded = self._approach(index)
                # What lies before and is not in the cache now did not come out of the decoder.
                passed = self._next
            if decoded is None:
                continue
            try:
                yield float(self.times[index]), self._convert.luma(decoded.frame, width, height)
            except FrameUnavailable:
                continue

    def prefetch_before(self, index: int) -> bool:
        """Decodes the keyframe group before the one that holds a frame, for a player that has nothing else to do.

        Returns:
            Whether anything was decoded; not where the group is at hand, or would push out what is being looked at.
        """
        if self._closed or self._video is None or not 0 <= index < len(self.times):
            return False
        video = self._video
        before = video.group_start(video.group(index)) - 1
        if before < 0 or before in self._lost or self._cache.get(video.group(before), before) is not None:
            return False
        frames = before + 1 - video.group_start(video.group(before))
        if not self._cache.has_room(frames, video.first):
            return False
        self._fetch(before)
        return True

    def cached_ranges(self) -> tuple[tuple[float, float], ...]:
        """Stretches of time (start, end in seconds) whose frames are decoded and at hand, ascending."""
        if self._video is None:
            return ((0.0, 0.0),)
        held = np.array(self._cache.indices(), np.int64)
        if len(held) == 0:
            return ()
        ends = np.append(self.times[1:], self.facts.duration)
        return tuple(
            (float(self.times[run[0]]), float(ends[run[-1]]))
            for run in np.split(held, np.flatnonzero(np.diff(held) > 1) + 1)
        )

    def _check_open(self) -> None:
        if self._closed:
            raise FrameUnavailable(f"{self.path} was closed.", "Open it again.")

    @property
    def _opened(self) -> IndexedVideo:
        assert self._video is not None
        return self._video

    def _fetch(self, index: int) -> Decoded:
        """Decodes up to a frame, from where the decoder stands or from the keyframe before it."""
        video = self._opened
        if index in self._lost:
            raise video.unavailable(index)
        decoded = self._approach(index)
        if decoded is None:
            error = video.unavailable(index)
            if self.path.exists():
                self._lost.add(index)
            raise error
        return decoded

    def _approach(self, index: int) -> Decoded | None:
        """As `_fetch`; None for a frame that does not come out of the decoder."""
        video = self._opened
        group = video.group(index)
        try:
            start = video.group_start(group)
            if self._next <= index and (self._next >= start or start - self._next <= _CHEAPER_TO_DECODE_ON):
                decoded = self._run_to(index)
            else:
                decoded = self._seek_to(index, group)
            if decoded is not None and decoded.damaged and self._begun_at == group >= 0:
                decoded = self._seek_to(index, group - 1) or decoded
        except FrameUnavailable:
            raise
        except MediaError as error:
            raise FrameUnavailable(f"Frame {index} cannot be read: {error.message}", error.hint) from error
        return decoded

    def _seek_to(self, index: int, group: int) -> Decoded | None:
        video = self._opened
        for earlier in range(group, max(group - _EARLIER_ATTEMPTS, -2), -1):
            self._begun_at = max(earlier, -1)
            self._running = video.decode_from(self._begun_at)
            self._next = video.group_start(self._begun_at)
            decoded = self._run_to(index)
            if decoded is not None:
                return decoded
        return None

    def _run_to(self, index: int) -> Decoded | None:
        video = self._opened
        for decoded in self._running:
            self._next = decoded.index + 1
            group = video.group(decoded.index)
            # Behind a recovery point frames come out broken for a while; decoded from further back they are whole.
            if not (decoded.damaged and group == self._begun_at >= 0):
                self._cache.put(group, decoded, index)
            if decoded.index >= index:
                return decoded if decoded.index == index else None
        self._next = len(self.times)
        return None
