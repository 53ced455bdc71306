"""What is known of a video or picture, and one frame of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)

Picture = NDArray[np.uint8]
"""RGB, uint8 [height, width, 3], upright (rotation applied), C-contiguous."""

GreyPicture = NDArray[np.uint8]
"""uint8 [height, width]."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a picture, as shares of its width and height: left, top, right, bottom, 0 to 1."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    def overlap(self, other: Box) -> float:
        """Intersection over union."""
        across = min(self.x1, other.x1) - max(self.x0, other.x0)
        down = min(self.y1, other.y1) - max(self.y0, other.y0)
        shared = max(across, 0.0) * max(down, 0.0)
        return shared / (self.width * self.height + other.width * other.height - shared)

    def cut(self, pictures: NDArray[T]) -> NDArray[T]:
        """The part of pictures [..., height, width, channels]; a view, at least one pixel."""
        height, width = pictures.shape[-3:-1]
        left, top = round(self.x0 * width), round(self.y0 * height)
        right, bottom = max(round(self.x1 * width), left + 1), max(round(self.y1 * height), top + 1)
        return pictures[..., top:bottom, left:right, :]


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """The facts of one file, as the decoder tells them.

    Attributes:
        path: as given.
        size: bytes.
        kind: "video" or "image".
        container: short name of the container, e.g. "mov,mp4,m4a,3gp,3g2,mj2"; codec: e.g. "h264".
        width, height: of the upright picture, in pixels (rotation applied).
        duration: seconds from the first frame's to the end of the last frame; 0 for an image.
        frame_rate: frames a second on average; 0 for an image.
        frame_count: frames that the index holds (not what the container claims).
        variable_frame_rate: the steps between presentation times differ by more than rounding explains.
        start_time: presentation time of the first frame in the file, seconds. All times elsewhere count from it.
        rotation: degrees clockwise by which the stored picture was turned to stand upright: 0, 90, 180, 270.
        bit_depth: bits a colour sample; pixel_format: e.g. "yuv420p".
        colour: e.g. "bt709 / bt709 / tv"; "" where the file says nothing.
        audio: e.g. "aac, 48000 Hz, 2 channels"; "" where there is none.
        bit_rate: bits a second; 0 where unknown.
        notes: plain sentences an analyst must know ("variable frame rate", "the file ends early: ...").
    """

    path: str
    size: int
    kind: str
    container: str
    codec: str
    width: int
    height: int
    duration: float
    frame_rate: float
    frame_count: int
    variable_frame_rate: bool = False
    start_time: float = 0.0
    rotation: int = 0
    bit_depth: int = 8
    pixel_format: str = ""
    colour: str = ""
    audio: str = ""
    bit_rate: int = 0
    notes: tuple[str, ...] = ()

    @property
    def is_image(self) -> bool:
        return self.kind == "image"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded frame.

    Attributes:
        index: 0-based place in presentation order.
        time: presentation time in seconds, counted from the file's first frame.
        picture: RGB, upright.
        key: a keyframe; kind: "I", "P", "B" or "".
        damaged: the decoder reported errors in it.
    """

    index: int
    time: float
    picture: Picture = field(repr=False)
    key: bool = False
    kind: str = ""
    damaged: bool = False
