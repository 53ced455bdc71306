"""Decoded frames kept for stepping back, bounded by bytes."""

from __future__ import annotations

from collections import OrderedDict

import av

from vtl_desktop.media.indexed import Decoded

_KEEP = 0.9


class FrameCache:
    """Frames by number, in keyframe groups.

    The group used longest ago goes first. Where one group alone is too large, the frames farthest from the one last
    asked for go, so that a window around it stays.
    """

    def __init__(self, budget: int) -> None:
        """Args:
        budget: bytes. One frame is kept however large it is.
        """
        self._budget = budget
        self._groups: OrderedDict[int, dict[int, Decoded]] = OrderedDict()
        self._held = 0

    @property
    def held(self) -> int:
        """Bytes."""
        return self._held

    def has_room(self, frames: int, like: av.VideoFrame) -> bool:
        """Whether so many frames like one given can be kept without dropping others."""
        return self._held + frames * size_of(like) <= self._budget

    def get(self, group: int, index: int) -> Decoded | None:
        frames = self._groups.get(group)
        if frames is None or index not in frames:
            return None
        self._groups.move_to_end(group)
        return frames[index]

    def put(self, group: int, decoded: Decoded, target: int) -> None:
        """Keeps a frame; `target` is the frame in whose neighbourhood frames are wanted most."""
        frames = self._groups.setdefault(group, {})
        self._groups.move_to_end(group)
        if (old := frames.get(decoded.index)) is not None:
            self._held -= size_of(old.frame)
        frames[decoded.index] = decoded
        self._held += size_of(decoded.frame)
        if self._held > self._budget:
            self._shrink(target)

    def indices(self) -> list[int]:
        """Numbers of all frames held, ascending."""
        return sorted(index for frames in self._groups.values() for index in frames)

    def clear(self) -> None:
        self._groups.clear()
        self._held = 0

    def _shrink(self, target: int) -> None:
        while self._held > self._budget and len(self._groups) > 1:
            _, frames = self._groups.popitem(last=False)
            self._held -= sum(size_of(decoded.frame) for decoded in frames.values())
        if self._held <= self._budget:
            return
        frames = next(iter(self._groups.values()))
        # In one sweep, so that the cost of sorting is shared by many frames.
        for index in sorted(frames, key=lambda index: abs(index - target), reverse=True)[:-1]:
            self._held -= size_of(frames.pop(index).frame)
            if self._held <= self._budget * _KEEP:
                break


def size_of(frame: av.VideoFrame) -> int:
    """Bytes that a frame takes."""
    return sum(plane.buffer_size for plane in frame.planes)
