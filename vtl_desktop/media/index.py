"""Which frames a video has and when each is shown, from its packets alone; nothing is decoded."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import av
import av.container
import numpy as np
from av.audio.stream import AudioStream
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

_MAX_DEMUX_ERRORS = 32


# Containers in which each packet carries its time for itself, among data that may be damaged.
_DAMAGEABLE_TIMES = ("mpegts", "mpeg")
_UNTIMED = -(1 << 63)
_FAR = 2.0
_RESTART = 0.1


@dataclass(frozen=True, slots=True)
class SeekPoint:
    """A packet from which decoding may begin. `dts` is what the container seeks by, `pts` what tells it apart."""

    pts: int
    dts: int


@dataclass(frozen=True, slots=True, eq=False)
class FrameIndex:
    """All frames of a video in presentation order.

    Attributes:
        pts: presentation times in units of the stream's time base, ascending, int64 [n].
        keyframes: bool [n].
        points: where decoding may begin, ascending by pts; those before the first shown frame (edit lists) included.
        beginning: the first packet of all; None where it has no time.
        time_base: seconds a unit.
        last_duration: how long the last frame is shown, in units; 0 where the file does not say.
        discarded: packets that the file's edit list hides.
        untimed: packets without any time.
        doubled: packets that share their presentation time with another.
        impossible: packets whose time lies far from that of all around them: damaged.
        headless: frames at the beginning that build on others which are not in the file.
        restarts: how often time begins anew, as where recordings were joined.
        demux_errors: places at which the container could not be read.
        counted: times are not those of the packets: frames are told apart by counting from the first.
    """

    pts: NDArray[np.int64]
    keyframes: NDArray[np.bool_]
    points: tuple[SeekPoint, ...]
    beginning: SeekPoint | None
    time_base: Fraction
    last_duration: int = 0
    discarded: int = 0
    untimed: int = 0
    doubled: int = 0
    impossible: int = 0
    headless: int = 0
    restarts: int = 0
    demux_errors: int = 0
    counted: bool = False

    @property
    def times(self) -> NDArray[np.float64]:
        """Seconds from the first frame, float64 [n]."""
        return (self.pts - self.pts[0]).astype(np.float64) * float(self.time_base)

    def position(self, pts: int | None) -> int | None:
        """The frame with a presentation time, or None."""
        if pts is None:
            return None
        place = int(np.searchsorted(self.pts, pts))
        return place if place < len(self.pts) and int(self.pts[place]) == pts else None


class PacketSource:
    """The packets of one stream; goes on after a damaged place, and counts these."""

    def __init__(self, container: av.container.InputContainer, stream: VideoStream | AudioStream) -> None:
        self._container = container
        self._stream = stream
        self.errors = 0

    def __iter__(self) -> Iterator[Packet]:
        packets = self._container.demux(self._stream)
        errors = 0
        while errors < _MAX_DEMUX_ERRORS:
            try:
                packet = next(packets)
            except (StopIteration, EOFError):
                return
            except IndexError:
                # A packet of a stream that begins in the middle of the file, which PyAV does not know of.
                packets = self._container.demux(self._stream)
                continue
            except (FFmpegError, OSError):
                errors += 1
                self.errors += 1
                packets = self._container.demux(self._stream)
                continue
            if packet.size > 0:
                yield packet


def build_index(container: av.container.InputContainer, stream: VideoStream) -> FrameIndex:
    """Reads all packets of a stream once.

    Returns:
        An index, whose `pts` may be empty where no packet has a time (or there is none).
    """
    source = PacketSource(container, stream)
    # Plain numbers, as a day of surveillance video has millions of packets.
    columns = array("q")
    for packet in source:
        pts = _UNTIMED if packet.pts is None else packet.pts
        dts = pts if packet.dts is None else packet.dts
        flags = packet.is_keyframe, packet.is_discard, packet.dts is not None
        columns.extend((pts, dts, packet.duration or 0, *flags))
    table = np.frombuffer(columns, np.int64).reshape(-1, 6) if columns else np.zeros((0, 6), np.int64)
    unit = Fraction(stream.time_base or Fraction(1, 1000))
    # A few packets without a time are damaged, or belong to the packet before. Where none has one, frames are counted.
    timed = table[table[:, 0] != _UNTIMED]
    wrong = np.zeros(len(timed), bool)
    if container.format.name in _DAMAGEABLE_TIMES:
        wrong = implausible(timed[:, 0], float(unit))
    good = timed[~wrong]
    shown = good[good[:, 4] == 0]
    pts, groups = np.unique(shown[:, 0], return_inverse=True)
    keyframes = np.zeros(len(pts), bool)
    np.logical_or.at(keyframes, groups, shown[:, 3] != 0)
    points = good[good[:, 3] != 0]
    return FrameIndex(
        pts=pts,
        keyframes=keyframes,
        points=tuple(SeekPoint(int(pts), int(dts)) for pts, dts in points[np.argsort(points[:, 0], kind="stable"), :2]),
        beginning=SeekPoint(int(table[0, 0]), int(table[0, 1])) if len(table) and table[0, 0] != _UNTIMED else None,
        time_base=unit,
        last_duration=int(shown[shown[:, 0].argmax(), 2]) if len(shown) else 0,
        discarded=len(good) - len(shown),
        untimed=len(table) - len(timed),
        doubled=len(shown) - len(pts),
        impossible=int(wrong.sum()),
        restarts=int((np.diff(good[good[:, 5] != 0, 1]) * float(unit) < -_RESTART).sum()),
        demux_errors=source.errors,
    )


def implausible(pts: NDArray[np.int64], unit: float) -> NDArray[np.bool_]:
    """Which times, in decoding order, lie far from all around them, where those agree with each other: bool [n].

    A gap or a new beginning moves all times after it, so it is no such place; a flipped bit moves one.
    """
    reach = 4
    if len(pts) < 2 * reach + 1:
        return np.zeros(len(pts), bool)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(pts, reach, mode="reflect"), 2 * reach + 1)
    middle = np.median(around, axis=1)
    spread = np.median(np.abs(around - middle[:, None]), axis=1)
    return np.abs(pts - middle) * unit > np.maximum(_FAR, 20 * spread * unit)


def without_beginning(index: FrameIndex, frames: int) -> FrameIndex:
    """The index less its first frames, which cannot be decoded as what they build on is not in the file."""
    return replace(index, pts=index.pts[frames:], keyframes=index.keyframes[frames:], headless=frames)


def counted_index(index: FrameIndex, decoded: list[tuple[int | None, bool]], rate: Fraction) -> FrameIndex:
    """The index of a file whose packets do not tell which frames there are, from what decoding all of it gave.

    Args:
        index: what the packets told.
        decoded: (presentation time, keyframe) of each frame in the order in which the decoder gave them.
        rate: frames a second, used where no times are usable.

    Returns:
        With the decoder's times and seekable where they are complete and ascending; else frames are told by counting.
    """
    keyframes = np.array([key for _, key in decoded], bool)
    given = [pts for pts, _ in decoded if pts is not None]
    complete = len(given) == len(decoded)
    pts = np.array(given, np.int64)
    steps = np.diff(pts)
    if complete and bool(np.all(steps > 0)):
        return replace(index, pts=pts, keyframes=keyframes, restarts=0)
    if complete and index.restarts:
        # Recordings joined end to end: each goes on where the one before ended.
        usual = int(np.median(steps[steps > 0])) if np.any(steps > 0) else 1
        joined = np.concatenate([[0], np.cumsum(np.where(steps > 0, steps, usual))])
        return replace(index, pts=joined, keyframes=keyframes, points=(), counted=True)
    if complete and len(np.unique(pts)) == len(pts):
        # AVI with B-frames: the times are right as a set, but the packets carry them in decoding order.
        return replace(index, pts=np.sort(pts), keyframes=keyframes, points=(), counted=True)
    return replace(
        index,
        pts=np.arange(len(decoded), dtype=np.int64),
        keyframes=keyframes,
        points=(),
        time_base=1 / rate,
        last_duration=1,
        counted=True,
    )
