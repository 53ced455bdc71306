"""How a stored picture is turned and mirrored to stand upright."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Orientation:
    """Quarter turns clockwise, after a left-right reversal where `mirrored`."""

    turns: int = 0
    mirrored: bool = False

    @property
    def degrees(self) -> int:
        """Clockwise: 0, 90, 180 or 270."""
        return self.turns * 90

    @property
    def notes(self) -> tuple[str, ...]:
        """What an analyst must know of it, in plain words."""
        turned = (f"turned {self.degrees} degrees clockwise, as the file asks",) if self.turns else ()
        return turned + (("reversed left to right, as the file asks",) if self.mirrored else ())

    def size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) of the upright picture."""
        return (height, width) if self.turns % 2 else (width, height)

    def apply(self, picture: NDArray[Any]) -> NDArray[Any]:
        """The upright picture, C-contiguous; the same array where there is nothing to do.

        Args:
            picture: [height, width] or [height, width, channels].
        """
        if self.mirrored:
            picture = picture[:, ::-1]
        if self.turns:
            picture = np.rot90(picture, -self.turns)
        return np.ascontiguousarray(picture)


UPRIGHT = Orientation()

# EXIF orientation 1 to 8.
_EXIF = (
    Orientation(),
    Orientation(0, True),
    Orientation(2),
    Orientation(2, True),
    Orientation(3, True),
    Orientation(1),
    Orientation(1, True),
    Orientation(3),
)


def orientation_of_frame(frame: av.VideoFrame) -> Orientation:
    """What the display matrix that travels with a frame asks for, to the nearest quarter turn."""
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return UPRIGHT
    values = np.frombuffer(bytes(data), np.int32)
    if len(values) < 5:
        return UPRIGHT
    # A stored pixel (x, y) is shown at (a x + c y, b x + d y), with y pointing down.
    a, b, c, d = (int(values[place]) for place in (0, 1, 3, 4))
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    angle = np.degrees(np.arctan2(b, a))
    return Orientation(round(angle / 90) % 4, mirrored)


def orientation_of_exif(value: int) -> Orientation:
    """What EXIF's orientation tag asks for; upright for an unknown value."""
    return _EXIF[value - 1] if 1 <= value <= 8 else UPRIGHT
