"""The plain perceptual hash of single frames (pHash): what codes of a network are held against at equal bits."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.hashing import Codes, pack_bits

_SIDE = 64
_BLOCKS = {64: (8, 8), 128: (8, 16), 256: (16, 16), 512: (16, 32), 1024: (32, 32)}
"""Rows and columns of the lowest frequencies that make the bits."""


class DctHash:
    """Grey, 64 x 64, cosine transform; a bit is set where one of the lowest frequencies exceeds their median.

    With 64 bits this is what is known as pHash, but for the size of the picture (usually 32 x 32, of which the same
    frequencies are kept).

    Attributes:
        name: in tables.
        input_size: side of the squares it takes, in pixels.
        lengths: of the codes it can make.
        compares_floats: False: there is nothing between its pictures and its bits that is worth comparing.
    """

    compares_floats = False

    def __init__(self, name: str, input_size: int, lengths: tuple[int, ...] = (64, 256, 512)) -> None:
        self.name = name
        self.input_size = input_size
        self.lengths = lengths

    def describe(self, frames: NDArray[np.uint8], *, alone: bool = False) -> NDArray[np.float32]:
        """Cosine transforms of frames uint8 [n, S, S, 3]: float32 [n, 1024], 32 x 32 lowest frequencies by rows.

        A frame's code is always its own, `alone` or not.
        """
        out = np.empty((len(frames), 32, 32), np.float32)
        for number, frame in enumerate(frames):
            grey = cv2.resize(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
            out[number] = cv2.dct(grey.astype(np.float32))[:32, :32]
        return out.reshape(len(frames), 1024)

    def codes(self, described: NDArray[np.float32], bits: int) -> Codes:
        """Packed codes, uint8 [n, bits / 8], of what `describe` gave."""
        rows, columns = _BLOCKS[bits]
        block = described.reshape(-1, 32, 32)[:, :rows, :columns].reshape(len(described), bits)
        return pack_bits(block > np.median(block, axis=1, keepdims=True))
