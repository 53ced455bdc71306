"""A video with its index: decoding from any frame on, in presentation order, whatever the container does to seeking."""

from __future__ import annotations

import bisect
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.codec.context import Flags
from av.error import FFmpegError
from av.packet import Packet

from vtl_desktop.core.errors import FrameUnavailable
from vtl_desktop.media.container import check_readable, no_frames, open_container, picture_stream, picture_streams
from vtl_desktop.media.index import FrameIndex, PacketSource, SeekPoint, build_index, counted_index, without_beginning
from vtl_desktop.media.orientation import Orientation, orientation_of_frame

_HEAD = 8
_FRAMES_IN_FLIGHT_BYTES = 256 << 20
_MAX_FLUSH_ERRORS = 64
_SEEK_ATTEMPTS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A frame as the decoder gave it: not turned, not RGB. `index` is its number."""

    index: int
    frame: av.VideoFrame
    damaged: bool


class IndexedVideo:
    """A video open for decoding. For one thread at a time.

    Attributes:
        path: of the file; size: its bytes.
        index: its frames and their times.
        first: its first frame.
        orientation: how its frames are turned to stand upright.
        decode_errors: packets that could not be decoded so far.
    """

    def __init__(self, path: str | Path) -> None:
        """Opens a file, reads all packets once and decodes the first frames to check the index against them.

        Raises:
            MissingMedia, UnreadableMedia: see `open_container`.
            NoPicture: audio only, or not one frame can be decoded.
        """
        self.path = Path(path)
        self.size = check_readable(self.path)
        self.decode_errors = 0
        self._reopen()
        try:
            self.index: FrameIndex = build_index(self.container, self.stream)
            self._head, self._running = self._check_index()
            self.first = self._head[0].frame
            self.orientation: Orientation = orientation_of_frame(self.first)
        except BaseException:
            self.container.close()
            raise

    @property
    def stream_count(self) -> int:
        """Video streams in the file, cover pictures left out."""
        return len(picture_streams(self.container))

    def close(self) -> None:
        self._running = iter(())
        self.container.close()

    def decode_all(self) -> Iterator[Decoded]:
        """All frames from the first on, in order; what was decoded on opening is not decoded again."""
        head, running = self._head, self._running
        if not head:
            return self.decode_from(-1)
        self._head = []
        return _chain(head, running)

    def group(self, index: int) -> int:
        """The place in `index.points` from which to decode to reach a frame; -1 for the beginning of the file."""
        pts = int(self.index.pts[index])
        return bisect.bisect_right(self.index.points, pts, key=lambda point: point.pts) - 1

    def group_start(self, group: int) -> int:
        """The number of the first frame that decoding from a seek point gives."""
        if group < 0:
            return 0
        return int(self.index.pts.searchsorted(self.index.points[group].pts))

    def decode_from(self, group: int) -> Iterator[Decoded]:
        """Frames in presentation order, from a seek point on, to the end.

        Args:
            group: place in `index.points`; -1 for the beginning of the file.

        Raises:
            MissingMedia: the file had to be opened anew and is gone.
        """
        self._head = []
        point = self.index.points[group] if group >= 0 else None
        floor = None if point is None else point.pts
        return self._number(self._decode(self._packets_from(group)), floor)

    def _reopen(self) -> None:
        self.container = open_container(self.path)
        try:
            self.stream = picture_stream(self.container, self.path)
            context = self.stream.codec_context
            context.thread_type = "AUTO"
            bytes_a_frame = max(context.width * context.height * 2, 1)
            # Each thread of the decoder holds frames of its own: an 8K video would otherwise take gigabytes.
            context.thread_count = max(1, min(os.cpu_count() or 1, 8, _FRAMES_IN_FLIGHT_BYTES // bytes_a_frame))
            # Damaged frames are shown and said to be damaged; by default the decoder hides them.
            context.flags |= Flags.output_corrupt
        except BaseException:
            self.container.close()
            raise

    def _check_index(self) -> tuple[list[Decoded], Iterator[Decoded]]:
        running = self.decode_from(-1)
        head: list[Decoded] = []
        if len(self.index.pts) and not self.index.restarts:
            for decoded in running:
                head.append(decoded)
                if len(head) == _HEAD:
                    break
        places = [decoded.index for decoded in head]
        if places and (places == list(range(places[0], places[0] + len(places))) or self._damage_explains(head)):
            missing = places[0]
            if missing == 0:
                return head, running
            self.index = without_beginning(self.index, missing)
            return [Decoded(decoded.index - missing, decoded.frame, decoded.damaged) for decoded in head], running
        self._count_frames()
        running = self.decode_from(-1)
        return [next(running)], running

    def _damage_explains(self, head: list[Decoded]) -> bool:
        return self.decode_errors > 0 or any(decoded.damaged for decoded in head)

    def _count_frames(self) -> None:
        """Replaces the index by what decoding the whole file gives."""
        decoded = [(frame.pts, frame.key_frame) for frame, _ in self._decode(self._packets_from(-1))]
        if not decoded:
            raise no_frames(self.path)
        rate = Fraction(self.stream.average_rate or self.stream.base_rate or 25)
        self.index = counted_index(self.index, decoded, rate)

    def _number(self, frames: Iterator[tuple[av.VideoFrame, bool]], floor: int | None) -> Iterator[Decoded]:
        if self.index.counted:
            for count, (frame, damaged) in enumerate(frames):
                if count < len(self.index.pts):
                    yield Decoded(count, frame, damaged)
            return
        # By time, not by number: numbers shift once when frames at the beginning turn out not to be there.
        shown = floor - 1 if floor is not None else None
        for frame, damaged in frames:
            place = self.index.position(frame.pts)
            # Frames that belong to the group before the seek point come out broken, or not at all.
            if place is None or frame.pts is None or (shown is not None and frame.pts <= shown):
                continue
            shown = frame.pts
            yield Decoded(place, frame, damaged)

    def _decode(self, packets: Iterator[Packet]) -> Iterator[tuple[av.VideoFrame, bool]]:
        suspicious: set[int] = set()
        for packet in packets:
            try:
                frames = self.stream.decode(packet)
            except FFmpegError:
                self.decode_errors += 1
                if packet.pts is not None:
                    suspicious.add(packet.pts)
                continue
            if packet.is_corrupt and packet.pts is not None:
                suspicious.add(packet.pts)
            for frame in frames:
                yield frame, frame.is_corrupt or frame.pts in suspicious
        for _ in range(_MAX_FLUSH_ERRORS):
            try:
                frames = self.stream.decode(None)
            except EOFError:
                return
            except FFmpegError:
                self.decode_errors += 1
                continue
            if not frames:
                return
            for frame in frames:
                yield frame, frame.is_corrupt or frame.pts in suspicious

    def _packets_from(self, group: int) -> Iterator[Packet]:
        """Packets from exactly a seek point on, or all of them.

        Containers seek to somewhere near what they were asked for, sometimes past it: what comes is checked, and they
        are asked for something earlier until it is right.
        """
        wanted = self.index.points[group] if group >= 0 else self.index.beginning
        if wanted is not None:
            candidates = self.index.points[max(group - _SEEK_ATTEMPTS + 1, 0) : group + 1][::-1] or (wanted,)
            for point in candidates:
                packets = self._packets_after_seek(point.dts, wanted)
                if packets is not None:
                    return packets
        self.container.close()
        self._reopen()
        packets = iter(PacketSource(self.container, self.stream))
        return packets if wanted is None or group < 0 else _skip_to(packets, wanted)

    def _packets_after_seek(self, timestamp: int, wanted: SeekPoint) -> Iterator[Packet] | None:
        """Packets from exactly the wanted one on; None where seeking does not lead before it."""
        try:
            self.container.seek(timestamp, stream=self.stream, backward=True)
        except (FFmpegError, OSError):
            return None
        packets = iter(PacketSource(self.container, self.stream))
        for packet in packets:
            if _is(packet, wanted):
                return _chain([packet], packets)
            if packet.dts is None or packet.dts > wanted.dts:
                return None
        return None

    def unavailable(self, index: int) -> FrameUnavailable:
        """The error for a frame that the index names but the decoder does not give."""
        if not self.path.exists():
            return FrameUnavailable(
                f"{self.path} is no longer there: frame {index} cannot be read.",
                "Put the file back, then open it again.",
            )
        return FrameUnavailable(
            f"{self.path}: frame {index} cannot be decoded; the file is damaged there.", "Step to another frame."
        )


def _chain(head: list, rest: Iterator) -> Iterator:
    yield from head
    yield from rest


def _skip_to(packets: Iterator[Packet], wanted: SeekPoint) -> Iterator[Packet]:
    found = False
    for packet in packets:
        found = found or _is(packet, wanted)
        if found:
            yield packet


def _is(packet: Packet, point: SeekPoint) -> bool:
    return packet.pts == point.pts and (packet.dts is None or packet.dts == point.dts)
