"""What the Localizator is shown of a pair of frames that lie over each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.media import Picture
from vtl_desktop.networks.localizator import CHANNELS
from vtl_desktop.vision.difference import UTMOST, unusual

APART = 24.0
"""Grey levels of difference that count 1; a faint change must not drown in what both pictures show."""

_MOST_APART = 4.0


def prepared(suspect: Picture, source: Picture, inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The network's input of one frame.

    Args:
        suspect, source: RGB, uint8 [height, width, 3], made alike; see `vision.laying.LaidOver`.
        inside: bool [height, width], where the source has pixels; elsewhere all of the input is 0.

    Returns:
        float32 [height, width, CHANNELS]: the channels of a pixel side by side, as convolutions on a CPU want them.
    """
    a, b = suspect.astype(np.float32), source.astype(np.float32)
    out = np.empty((*inside.shape, CHANNELS), np.float32)
    out[..., 0:3] = a * (1 / 127.5) - 1
    out[..., 3:6] = b * (1 / 127.5) - 1
    out[..., 6:9] = np.clip((a - b) * (1 / APART), -_MOST_APART, _MOST_APART)
    out[..., 9] = unusual(a, b, inside) * (2 / UTMOST)
    out[..., 10] = 1
    out[~inside] = 0
    return out
