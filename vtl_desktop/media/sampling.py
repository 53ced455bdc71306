"""One pass over a video: sampled pictures for codes, the motion track, thumbnails."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.errors import FrameUnavailable, StorageFull
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress
from vtl_desktop.core.media import Box, MediaFacts, Picture
from vtl_desktop.core.motion import MotionTrack
from vtl_desktop.core.motion_signature import MotionSignature
from vtl_desktop.core.timeline import frame_at
from vtl_desktop.core.tracing import CLIP_RATE
from vtl_desktop.media.container import no_frames
from vtl_desktop.media.facts import facts_of
from vtl_desktop.media.indexed import Decoded, IndexedVideo
from vtl_desktop.media.kept import KeptFrames
from vtl_desktop.media.pictures import Converter, jpeg, shrink_to_square
from vtl_desktop.media.stills import Still, picture_kind, read_still

MOTION_SIZE = (32, 18)
"""Width and height of the grey picture that the motion track is measured on."""

THUMBNAIL_HEIGHT = 192

PREVIEW_SIZE = 192
"""Side of the larger squares in which parts of the picture are looked for, in pixels."""

WHOLE = Box(0.0, 0.0, 1.0, 1.0)
_LARGEST_SQUARE = 640
_FEW = 16

_FLAT = 4.0
_SAME = 1.0
"""Levels: what a codec makes of a frozen picture is no more. Real videos in which little moves come near: at 2, most
moments of a man who turns his head would count as frozen."""

_LONGEST_STAY = 60.0
_IN_MEMORY_BYTES = 1 << 30


def _no_previews() -> NDArray[np.uint8]:
    return np.zeros((0, PREVIEW_SIZE, PREVIEW_SIZE, 3), np.uint8)


class MotionWatcher(Protocol):
    """Sees every frame as a small grey picture; `vision.motion_signature.SignatureMaker` is one."""

    size: tuple[int, int]

    def take(self, time: float, grey: NDArray[np.float32]) -> None: ...

    def finish(self) -> MotionSignature: ...


@dataclass(frozen=True, slots=True, eq=False)
class ClipSamples:
    """What one pass over a video or picture gives.

    Attributes:
        facts: of the file.
        times: of the samples, seconds from the first frame, ascending, float64 [n], n >= 1.
        pictures: RGB, upright, the whole picture squeezed to S x S by averaging areas, uint8 [n, S, S, 3]. For very
            long videos this array lies in a temporary file.
        informative: not black, not one flat colour, and not once more what the one before showed, bool [n].
        motion: at native frame rate; damaged frames included.
        signature: what moves and where, of the same frames, where asked for; else, and of pictures, empty.
        thumbnails: (seconds, JPEG bytes), about one a second, at most 192 pixels high.
        previews: larger squares of some of the samples, where asked for, uint8 [m, 192, 192, 3]; preview_times: theirs,
            seconds, ascending, float64 [m].
        part: the part of the picture that all of these show.
        damaged: frames with decoding errors, or missing altogether.
        notes: plain sentences.
    """

    facts: MediaFacts
    times: NDArray[np.float64]
    pictures: NDArray[np.uint8] = field(repr=False)
    informative: NDArray[np.bool_] = field(repr=False)
    motion: MotionTrack = field(repr=False)
    signature: MotionSignature = field(repr=False, default_factory=MotionSignature.empty)
    thumbnails: tuple[tuple[float, bytes], ...] = field(repr=False, default=())
    previews: NDArray[np.uint8] = field(repr=False, default_factory=_no_previews)
    preview_times: NDArray[np.float64] = field(repr=False, default_factory=lambda: np.zeros(0))
    part: Box = WHOLE
    damaged: int = 0
    notes: tuple[str, ...] = ()


def sample_clips(
    path: str | Path,
    *,
    rate: float = CLIP_RATE,
    size: int,
    thumbnails: bool = False,
    previews: int = 0,
    part: Box = WHOLE,
    watch: Callable[[int, int], MotionWatcher] | None = None,
    keep: KeptFrames | None = None,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> ClipSamples:
    """Decodes a video once, from beginning to end.

    Sample k shows the frame on screen at (k + 1/2) / rate seconds, so that the shortest video has one sample and none
    lies on the border between two frames of a slower video. Its time is that frame's own, or, where the frame has been
    on screen for half a step or longer, the moment of sampling: times stay evenly spaced in slide shows.

    Args:
        path: video or picture; a picture gives one sample at time 0.
        rate: samples a second.
        size: edge S of the samples in pixels.
        thumbnails: make thumbnails, too.
        previews: keep so many larger squares at most, evenly spread; beyond 16 no more than one a second.
        part: sample this part of the picture as if it were all of it.
        watch: makes what measures the signature, from the upright picture's width and height; it sees whole pictures.
        keep: takes what is to be at hand later on, of whole pictures as well; of a picture file nothing.

    Raises:
        MissingMedia, UnreadableMedia, NoPicture: see `VideoFile`.
        StorageFull: no room for the samples of a very long video.
        Cancelled: when told to stop.
    """
    path = Path(path)
    kind = picture_kind(path)
    if kind is not None:
        return _sample_picture(read_still(path, kind), size, thumbnails, previews, part)
    video = IndexedVideo(path)
    try:
        facts = facts_of(video)
        sampler = _Sampler(video, facts, rate, size, part)
        if thumbnails:
            sampler.with_thumbnails(rate)
        if previews:
            sampler.with_previews(previews)
        if watch is not None:
            sampler.with_watcher(watch(facts.width, facts.height))
        if keep is not None:
            sampler.with_keeper(keep)
        for decoded in video.decode_all():
            if cancel is not None:
                cancel.check()
            sampler.take(decoded)
            if decoded.index % 8 == 0:
                progress((decoded.index + 1) / facts.frame_count, f"Reading {path.name}")
        return sampler.finish()
    finally:
        video.close()


def is_informative(picture: Picture) -> bool:
    """Whether a (small) picture shows anything: not black, not one flat colour."""
    return float(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).std()) >= _FLAT


def informative_ones(pictures: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which of a video's samples say something of their own, bool [n]: of a frozen picture only the first does.

    Args:
        pictures: uint8 [n, S, S, 3], in the order of time.
    """
    informative = np.zeros(len(pictures), bool)
    shown: Picture | None = None
    for number, picture in enumerate(pictures):
        if shown is not None and _most_changed(picture, shown) <= _SAME:
            continue
        # The next ones are held against this one, not each against the one before it: a slow fade does move.
        shown = picture
        informative[number] = is_informative(picture)
    return informative


def _most_changed(picture: Picture, other: Picture) -> float:
    """Mean difference of the cell of 8 x 8 that differs most, levels."""
    return float(cv2.resize(cv2.absdiff(picture, other), (8, 8), interpolation=cv2.INTER_AREA).max())


def sample_moments(times: NDArray[np.float64], duration: float, rate: float) -> NDArray[np.float64]:
    """The moments to sample: those of (k + 1/2) / rate that lie within the duration, at least one.

    Args:
        times: of the frames, seconds, ascending, float64 [n], n >= 1.
        duration: seconds.
        rate: samples a second.

    Returns:
        Seconds, ascending, float64. Of a frame that stays longer than a minute only the first minute is sampled: a
        single damaged time may otherwise ask for a year of the same picture.
    """
    ends = np.append(times[1:], duration)
    ends = np.minimum(ends, times + _LONGEST_STAY)
    # The first and one past the last k of each frame. Half a millisecond of rounding belongs to the later frame.
    first = np.ceil((times - 5e-4) * rate - 0.5).astype(np.int64).clip(min=0)
    past = np.ceil((ends - 5e-4) * rate - 0.5).astype(np.int64)
    counts = np.maximum(past - first, 0)
    places = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    return (places + 0.5) / rate if len(places) else np.array([min(0.5 / rate, max(duration, 0.0))])


class _Sampler:
    """Takes frames in order and keeps what is wanted of each."""

    def __init__(self, video: IndexedVideo, facts: MediaFacts, rate: float, size: int, part: Box) -> None:
        self._facts = facts
        self._frame_times = video.index.times
        self._convert = Converter(video.first, video.orientation)
        self._size = size
        self._half_step = 0.5 / rate
        self._moments = sample_moments(self._frame_times, facts.duration, rate)
        self._wanted = [frame_at(self._frame_times, moment) for moment in self._moments]
        self._pictures = _room_for(len(self._moments), size)
        self._times = np.zeros(len(self._moments))
        self._part = part
        self._thumbnail_every = 0
        self._thumbnails: list[tuple[float, bytes]] = []
        self._preview_at: frozenset[int] = frozenset()
        self._previews: list[Picture] = []
        self._preview_times: list[float] = []
        self._motion_times: list[float] = []
        self._signals: list[tuple[float, float, float]] = []
        self._before: NDArray[np.float32] | None = None
        self._watcher: MotionWatcher | None = None
        self._keeper: KeptFrames | None = None
        self._last: Decoded | None = None
        self._stored_size = video.first.width, video.first.height
        self._resized = False
        self._done = 0
        self._kept = 0
        self._damaged = 0

    def with_thumbnails(self, rate: float) -> None:
        """Keeps about one a second."""
        self._thumbnail_every = max(round(rate), 1)

    def with_previews(self, most: int) -> None:
        """Keeps some, evenly spread, as `previews` of `sample_clips` asks."""
        last = len(self._moments) - 1
        # More than a few are for long videos, of which one a second says enough.
        count = min(most, last + 1, max(_FEW, math.ceil(2 * self._half_step * (last + 1))))
        self._preview_at = frozenset(((np.arange(count) + 0.5) / count * (last + 1)).astype(int).tolist())

    def with_watcher(self, watcher: MotionWatcher) -> None:
        """Shows every frame to it."""
        self._watcher = watcher

    def with_keeper(self, keeper: KeptFrames) -> None:
        """Hands it every frame, and says which are sampled."""
        self._keeper = keeper

    def take(self, decoded: Decoded) -> None:
        try:
            small = self._small(decoded)
            grey = self._luma(decoded) if small is None else _smaller(small, MOTION_SIZE)
        except FrameUnavailable:
            # Not among those decoded, so counted as missing at the end.
            return
        time = float(self._frame_times[decoded.index])
        self._damaged += decoded.damaged
        self._resized |= (decoded.frame.width, decoded.frame.height) != self._stored_size
        self._motion_times.append(time)
        self._signals.append(_signals(grey, self._before))
        self._before = grey
        if self._watcher is not None:
            size = self._watcher.size
            seen = self._convert.luma(decoded.frame, *size) if small is None else _smaller(small, size)
            self._watcher.take(time, seen)
        if self._keeper is not None and small is not None:
            self._keeper.take(time, small)
        self._last = decoded
        if self._done == len(self._wanted) or self._wanted[self._done] > decoded.index:
            return
        square = self._square(decoded, self._size)
        # Several samples share a frame that stays for long; one that was lost is replaced by the next, if near enough.
        while self._done < len(self._wanted) and self._wanted[self._done] <= decoded.index:
            moment = float(self._moments[self._done])
            self._done += 1
            if abs(moment - time) < self._half_step:
                self._keep(time, decoded, square)
            elif moment > time:
                self._keep(moment, decoded, square)

    def _keep(self, moment: float, decoded: Decoded, square: Picture) -> None:
        self._times[self._kept] = moment
        self._pictures[self._kept] = square
        if self._keeper is not None:
            self._keeper.sample(moment, decoded, self._convert)
        if self._kept in self._preview_at:
            self._previews.append(self._square(decoded, PREVIEW_SIZE))
            self._preview_times.append(moment)
        if self._thumbnail_every and self._kept % self._thumbnail_every == 0:
            self._thumbnails.append((moment, jpeg(self._convert.thumbnail(decoded.frame, THUMBNAIL_HEIGHT))))
        self._kept += 1

    def _square(self, decoded: Decoded, size: int) -> Picture:
        if self._part == WHOLE:
            return self._convert.square(decoded.frame, size)
        large = min(math.ceil(size / min(self._part.width, self._part.height)), _LARGEST_SQUARE)
        return shrink_to_square(self._part.cut(self._convert.square(decoded.frame, large)), size)

    def _small(self, decoded: Decoded) -> NDArray[np.float32] | None:
        """The grey picture that is kept: all smaller ones are made of it, as each of the frame takes as long."""
        if self._keeper is None or not self._keeper.takes_greys or self._part != WHOLE:
            return None
        return self._convert.luma(decoded.frame, *self._keeper.size)

    def _luma(self, decoded: Decoded) -> NDArray[np.float32]:
        if self._part == WHOLE:
            return self._convert.luma(decoded.frame, *MOTION_SIZE)
        # Several times as fine as what comes out, so that hardly anything from beside the part gets in.
        width, height = (
            math.ceil(4 * side / share)
            for side, share in zip(MOTION_SIZE, (self._part.width, self._part.height), strict=True)
        )
        grey = self._convert.luma(decoded.frame, width, height)
        cut = self._part.cut(grey[..., None])[..., 0]
        return np.asarray(cv2.resize(cut, MOTION_SIZE, interpolation=cv2.INTER_AREA), np.float32)

    def finish(self) -> ClipSamples:
        decoded = len(self._motion_times)
        if self._last is None:
            raise no_frames(Path(self._facts.path))
        if self._kept == 0:
            self._keep(self._motion_times[-1], self._last, self._square(self._last, self._size))
        total = self._facts.frame_count
        notes = list(self._facts.notes)
        if self._damaged:
            notes.append(f"{self._damaged} of {total} frames are damaged")
        if decoded < total:
            notes.append(f"{total - decoded} of {total} frames could not be decoded")
        if self._resized:
            notes.append("the picture's size changes within the file; all frames are shown in the first one's size")
        pictures = self._pictures[: self._kept]
        return ClipSamples(
            facts=self._facts,
            times=self._times[: self._kept],
            pictures=pictures,
            informative=informative_ones(pictures),
            motion=MotionTrack(np.array(self._motion_times), np.array(self._signals, np.float32)),
            signature=MotionSignature.empty() if self._watcher is None else self._watcher.finish(),
            thumbnails=tuple(self._thumbnails),
            previews=np.stack(self._previews) if self._previews else _no_previews(),
            preview_times=np.array(self._preview_times),
            part=self._part,
            damaged=self._damaged + total - decoded,
            notes=tuple(notes),
        )


def _smaller(grey: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32)


def _signals(grey: NDArray[np.float32], before: NDArray[np.float32] | None) -> tuple[float, float, float]:
    mean, spread = cv2.meanStdDev(grey)
    change = 0.0 if before is None else cv2.norm(grey, before, cv2.NORM_L1) / grey.size
    return float(mean[0, 0]), float(spread[0, 0]), float(change)


def _sample_picture(still: Still, size: int, thumbnails: bool, previews: int, part: Box) -> ClipSamples:
    shown = np.ascontiguousarray(part.cut(still.picture))
    square = shrink_to_square(shown, size)
    grey = cv2.resize(cv2.cvtColor(shown, cv2.COLOR_RGB2GRAY), MOTION_SIZE, interpolation=cv2.INTER_AREA)
    scale = min(THUMBNAIL_HEIGHT / still.facts.height, 1.0)
    small = cv2.resize(still.picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return ClipSamples(
        facts=still.facts,
        times=np.zeros(1),
        pictures=square[None],
        informative=np.array([is_informative(square)]),
        motion=MotionTrack(np.zeros(1), np.array([_signals(grey.astype(np.float32), None)], np.float32)),
        thumbnails=((0.0, jpeg(np.asarray(small, np.uint8))),) if thumbnails else (),
        previews=shrink_to_square(shown, PREVIEW_SIZE)[None] if previews else _no_previews(),
        preview_times=np.zeros(min(previews, 1)),
        part=part,
        notes=still.facts.notes,
    )


def _room_for(count: int, size: int) -> NDArray[np.uint8]:
    shape = (count, size, size, 3)
    if count * size * size * 3 <= _IN_MEMORY_BYTES:
        return np.empty(shape, np.uint8)
    try:
        # Removed by the system as soon as the array is gone.
        with tempfile.TemporaryFile(prefix="vtl-samples-") as file:
            return np.memmap(file, np.uint8, "w+", shape=shape)
    except OSError as error:
        raise StorageFull(
            f"There is no room for the samples of a long video: {error}.", "Make room for temporary files."
        ) from error
