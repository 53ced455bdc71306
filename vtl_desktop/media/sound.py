"""The sound track of a video, as plain samples on the clock of its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.container
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.error import FFmpegError
from av.video.stream import VideoStream
from numpy.typing import NDArray

from vtl_desktop.core.errors import MediaError, NoPicture, UnreadableMedia
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.media.container import open_container
from vtl_desktop.media.index import PacketSource
from vtl_desktop.media.indexed import IndexedVideo

_SEEK_EARLY = 1.0
"""Seconds: decoders need a few packets before what they give is right."""

_MOST = 4.0
"""Times full scale: what a damaged float codec gives beyond is no sound."""

_UNREADABLE = "{path}: its sound cannot be decoded ({reason})."

_CLOCKS_THAT_TURN = ("mpegts", "mpeg")
_TURN = (1 << 33) / 90000
"""Seconds after which the clock of a transport stream begins anew: what sounds just before zero comes out as this."""


class NoSound(MediaError):  # noqa: N818
    """The file has no sound track."""


class SoundReader:
    """Decodes a sound track once, mono, without keeping any of it.

    Attributes:
        path: of the file.
        damaged: packets that could not be decoded, so far; they are left out.
    """

    def __init__(self, path: Path, sample_rate: int, *, start: float | None = None, end: float | None = None) -> None:
        """Names what is to be read; nothing is opened yet.

        Args:
            path: of the video.
            sample_rate: samples a second that `blocks` shall give.
            start, end: of the stretch that is wanted, seconds from the first video frame; None: from the beginning,
                to the end.
        """
        self.path = Path(path)
        self.damaged = 0
        self._sample_rate = sample_rate
        self._start, self._end = start, end

    def blocks(self, cancel: CancelToken) -> Iterator[tuple[float, NDArray[np.float32]]]:
        """The sound in order: (time of the block's first sample, samples).

        Times are seconds from the first video frame, so negative where sound begins before the picture. Samples are
        float32 [n], full scale 1, all channels mixed into one.

        Raises:
            NoSound: there is no sound track.
            MissingMedia, UnreadableMedia: the file cannot be opened, or nothing of its sound decoded.
            Cancelled: when told to stop.
        """
        zero = _first_picture(self.path)
        container = open_container(self.path)
        try:
            yield from self._shifted(container, zero, cancel)
        except (FFmpegError, OSError, ValueError, IndexError) as error:
            # What damaged containers and codecs raise beyond single packets.
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise UnreadableMedia(_UNREADABLE.format(path=self.path, reason=reason)) from error
        finally:
            container.close()

    def _shifted(
        self, container: av.container.InputContainer, zero: float, cancel: CancelToken
    ) -> Iterator[tuple[float, NDArray[np.float32]]]:
        stream = self._stream(container)
        if self._start is not None:
            self._seek(container, stream, zero + self._start - _SEEK_EARLY)
        given, turns = False, container.format.name in _CLOCKS_THAT_TURN
        for time, samples in self._resampled(container, stream, cancel):
            time -= zero
            if turns and time > _TURN / 2:
                time -= _TURN
            if self._start is not None and time + len(samples) / self._sample_rate < self._start:
                continue
            if self._end is not None and time > self._end:
                break
            given = True
            yield time, samples
        if not given and self.damaged:
            raise UnreadableMedia(_UNREADABLE.format(path=self.path, reason="every packet of it is damaged"))

    def _stream(self, container: av.container.InputContainer) -> AudioStream:
        streams = container.streams.audio
        if not streams:
            raise NoSound(f"{self.path} has no sound.")
        for stream in streams:
            if getattr(stream, "codec_context", None) is not None:
                return stream
        raise UnreadableMedia(_UNREADABLE.format(path=self.path, reason="its codec is unknown to this program"))

    def _seek(self, container: av.container.InputContainer, stream: AudioStream, moment: float) -> None:
        try:
            container.seek(round(moment / _unit(stream)), stream=stream, backward=True)
        except (FFmpegError, OSError):
            # Read from the beginning instead: slower, and right all the same.
            container.seek(0)

    def _resampled(
        self, container: av.container.InputContainer, stream: AudioStream, cancel: CancelToken
    ) -> Iterator[tuple[float, NDArray[np.float32]]]:
        resampler, shape = None, None
        for frame in self._frames(container, stream, cancel):
            # Damaged packets, and joined recordings, may come in another form than those before.
            if resampler is None or shape != (frame.format.name, frame.layout.name, frame.sample_rate):
                resampler = av.AudioResampler("fltp", "mono", self._sample_rate)
                shape = (frame.format.name, frame.layout.name, frame.sample_rate)
            try:
                yield from map(_plain, resampler.resample(frame))
            except (FFmpegError, ValueError):
                self.damaged += 1
                resampler = None
        if resampler is not None:
            yield from map(_plain, resampler.resample(None))

    def _frames(
        self, container: av.container.InputContainer, stream: AudioStream, cancel: CancelToken
    ) -> Iterator[AudioFrame]:
        expected = 0.0
        for packet in PacketSource(container, stream):
            cancel.check()
            try:
                frames = stream.decode(packet)
            except FFmpegError:
                self.damaged += 1
                continue
            for frame in frames:
                if not frame.samples or not frame.sample_rate:
                    continue
                if frame.pts is None or not frame.time_base:
                    frame.pts, frame.time_base = round(expected * frame.sample_rate), Fraction(1, frame.sample_rate)
                expected = _time(frame) + frame.samples / frame.sample_rate
                yield frame


def _plain(frame: AudioFrame) -> tuple[float, NDArray[np.float32]]:
    samples = frame.to_ndarray()[0]
    if not np.isfinite(samples.sum()):
        samples = np.nan_to_num(samples, posinf=0.0, neginf=0.0)
    return _time(frame), np.clip(samples, -_MOST, _MOST, dtype=np.float32)


def _time(frame: AudioFrame) -> float:
    base = frame.time_base
    return 0.0 if frame.pts is None or not base else frame.pts * base.numerator / base.denominator


def _unit(stream: AudioStream | VideoStream) -> float:
    return float(stream.time_base or Fraction(1, 1000))


def _first_picture(path: Path) -> float:
    """When the first picture is shown, in the file's own time, seconds: what all times are counted from."""
    try:
        video = IndexedVideo(path)
    except NoPicture:
        return 0.0
    try:
        index, stream = video.index, video.stream
        if not index.counted:
            return float(index.pts[0] * index.time_base)
        return float((stream.start_time or 0) * _unit(stream))
    finally:
        video.close()
