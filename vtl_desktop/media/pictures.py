"""A decoded frame as an upright RGB picture, as a small square, or as brightness alone."""

from __future__ import annotations

from typing import Any

import av
import cv2
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from vtl_desktop.core.errors import FrameUnavailable
from vtl_desktop.core.media import Picture
from vtl_desktop.media.orientation import UPRIGHT, Orientation

# Without the flags colour is averaged over twice the width, and brightness is off by up to two levels.
_AREA = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.FULL_CHR_H_INP
_WORTH_THREADS = 1920 * 1080

KNOWN_MATRICES = frozenset({0, 1, 2, 4, 5, 6, 7, 9})
"""FFmpeg's numbers of the colour matrices that can be undone; for others it refuses the frame."""
_UNSPECIFIED, _BT2020_CONSTANT, _BT2020 = 2, 10, 9


class Converter:
    """Turns decoded frames of one video into pictures; keeps the scaler's tables from frame to frame.

    All pictures have the first frame's size, also where the size changes within the file. Colours follow the matrix and
    range that the frame names: BT.601, limited, where it names none, or one that is not known.
    """

    def __init__(self, first: av.VideoFrame, orientation: Orientation = UPRIGHT) -> None:
        """Args:
        first: the frame that gives the size.
        orientation: how stored frames are turned to stand upright.
        """
        self._size = first.width, first.height
        self._orientation = orientation
        self._full = VideoReformatter()
        self._square = VideoReformatter()
        self._small = VideoReformatter()
        self._greys: dict[tuple[int, int], VideoReformatter] = {}

    def picture(self, frame: av.VideoFrame) -> Picture:
        """RGB, upright, C-contiguous, uint8 [height, width, 3].

        Raises:
            FrameUnavailable: its pixel format is none that can be turned into RGB. So do the other methods.
        """
        return self._orientation.apply(_scaled(self._full, frame, *self._size, "rgb24", Interpolation.BICUBIC))

    def square(self, frame: av.VideoFrame, size: int) -> Picture:
        """The whole picture squeezed into a square by averaging areas: RGB, upright, uint8 [size, size, 3]."""
        return self._orientation.apply(_scaled(self._square, frame, size, size, "rgb24", _AREA))

    def thumbnail(self, frame: av.VideoFrame, height: int) -> Picture:
        """The picture, upright, at most `height` pixels high, by averaging areas."""
        upright_width, upright_height = self._orientation.size(*self._size)
        scale = min(height / upright_height, 1.0)
        size = max(round(upright_width * scale), 1), max(round(upright_height * scale), 1)
        return self._orientation.apply(_scaled(self._small, frame, *self._orientation.size(*size), "rgb24", _AREA))

    def luma(self, frame: av.VideoFrame, width: int, height: int) -> NDArray[np.float32]:
        """Brightness averaged over areas.

        Returns:
            float32 [height, width], upright, 0 (black) to 255 (white) whatever the frame's depth and range.
        """
        # One for each size: two sizes in turn would make the scaler's tables anew with every frame.
        grey = self._greys.setdefault((width, height), VideoReformatter())
        small = _scaled(grey, frame, *self._orientation.size(width, height), "gray16le", _AREA)
        return self._orientation.apply(small).astype(np.float32) / np.float32(257.0)


def _scaled(
    scaler: VideoReformatter, frame: av.VideoFrame, width: int, height: int, kind: str, interpolation: Interpolation
) -> NDArray[Any]:
    if frame.colorspace not in KNOWN_MATRICES:
        frame.colorspace = _BT2020 if frame.colorspace == _BT2020_CONSTANT else _UNSPECIFIED
    # Threads cost more than they bring on small frames.
    threads = 0 if width * height >= _WORTH_THREADS else 1
    try:
        scaled = scaler.reformat(
            frame, width=width, height=height, format=kind, interpolation=interpolation, threads=threads
        )
        return np.ascontiguousarray(scaled.to_ndarray())
    except (FFmpegError, ValueError) as error:
        raise FrameUnavailable(f"A frame of pixel format {frame.format.name} cannot be shown ({error}).") from error


def shrink_to_square(picture: Picture, size: int) -> Picture:
    """The whole picture squeezed into size x size pixels by averaging areas."""
    return np.asarray(cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def jpeg(picture: Picture, quality: int = 85) -> bytes:
    """A picture as JPEG."""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()
