"""A decoded frame as an upright RGB picture, as a small square, or as brightness alone."""

from __future__ import annotations

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from vtl_desktop.core.media import Picture
from vtl_desktop.media.orientation import UPRIGHT, Orientation

# Without the flags colour is averaged over twice the width, and brightness is off by up to two levels.
_AREA = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.FULL_CHR_H_INP
_WORTH_THREADS = 1920 * 1080


class Converter:
    """Turns decoded frames of one video into pictures; keeps the scaler's tables from frame to frame.

    Colours follow the matrix and range that the frame names: BT.601, limited, where it names none.
    """

    def __init__(self, orientation: Orientation = UPRIGHT) -> None:
        self._orientation = orientation
        self._full = VideoReformatter()
        self._square = VideoReformatter()
        self._grey = VideoReformatter()

    def picture(self, frame: av.VideoFrame) -> Picture:
        """RGB, upright, C-contiguous, uint8 [height, width, 3]."""
        # Threads cost more than they bring on small frames.
        threads = 0 if frame.width * frame.height >= _WORTH_THREADS else 1
        full = self._full.reformat(frame, format="rgb24", interpolation=Interpolation.BICUBIC, threads=threads)
        return self._orientation.apply(np.ascontiguousarray(full.to_ndarray()))

    def square(self, frame: av.VideoFrame, size: int) -> Picture:
        """The whole picture squeezed into a square by averaging areas: RGB, upright, uint8 [size, size, 3]."""
        return self._orientation.apply(self._shrunk(frame, size, size))

    def thumbnail(self, frame: av.VideoFrame, height: int) -> Picture:
        """The picture, upright, at most `height` pixels high, by averaging areas."""
        upright_width, upright_height = self._orientation.size(frame.width, frame.height)
        scale = min(height / upright_height, 1.0)
        width, height = max(round(upright_width * scale), 1), max(round(upright_height * scale), 1)
        return self._orientation.apply(self._shrunk(frame, *self._orientation.size(width, height)))

    def luma(self, frame: av.VideoFrame, width: int, height: int) -> NDArray[np.float32]:
        """Brightness averaged over areas.

        Returns:
            float32 [height, width], upright, 0 (black) to 255 (white) whatever the frame's depth and range.
        """
        width, height = self._orientation.size(width, height)
        small = self._grey.reformat(
            frame, width=width, height=height, format="gray16le", interpolation=_AREA, threads=1
        ).to_ndarray()
        return self._orientation.apply(small).astype(np.float32) / np.float32(257.0)

    def _shrunk(self, frame: av.VideoFrame, width: int, height: int) -> Picture:
        scaler = self._square if width == height else self._full
        small = scaler.reformat(frame, width=width, height=height, format="rgb24", interpolation=_AREA, threads=1)
        return np.asarray(small.to_ndarray(), np.uint8)


def shrink_to_square(picture: Picture, size: int) -> Picture:
    """The whole picture squeezed into size x size pixels by averaging areas."""
    return np.asarray(cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def jpeg(picture: Picture, quality: int = 85) -> bytes:
    """A picture as JPEG."""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()
