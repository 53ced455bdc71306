"""What moves in a video, where and how fast: its motion signature, small enough to keep of every source.

A face may be swapped and a scene recoloured; the way somebody moves in front of the camera stays (FPVT's second level,
without its defects: speed is kept instead of normalised away, the camera's own motion is taken out and kept apart, no
box around a person has to be found, and everything is per second, so that frame rates may differ).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

ROWS, COLUMNS = 6, 8
CHANNELS = ROWS * COLUMNS * 2
"""Across and down for each cell."""

CAMERA = 4
"""Right, down, zoom, turn."""

ROW_BYTES = CHANNELS + CAMERA + 1
"""What one frame takes: 3030 bytes a second at 30 frames a second; packed, little more than half of that."""

_FINEST = 0.005
"""Widths a second up to which values are kept in nearly even steps: flow of still parts of real video trembles by as
much."""

_FASTEST = 4.0
"""Widths a second; what is faster counts as this fast."""

_STEPS = 31
"""Numbers on each side of zero. Four times as many found no start more often and took 1.4 times the space."""

_SCALE = _STEPS / np.log1p(_FASTEST / _FINEST)


@dataclass(frozen=True, slots=True, eq=False)
class MotionSignature:
    """The motion of every frame against the frame before.

    Attributes:
        times: presentation times in seconds, ascending, float64 [m].
        cells: velocity of what moves, the camera's own taken out, in picture widths a second (right, down), as mean
            over each cell of 6 x 8; companded, see `compand`; int8 [m, 6, 8, 2]. Zero for the first frame.
        camera: the camera's motion, taken for the same: the whole picture's velocity right and down in widths a second,
            zoom and turn in 1 a second, companded, int8 [m, 4].
        cuts: the frame has nothing to do with the one before: another shot begins; bool [m].
    """

    times: NDArray[np.float64]
    cells: NDArray[np.int8] = field(repr=False)
    camera: NDArray[np.int8] = field(repr=False)
    cuts: NDArray[np.bool_] = field(repr=False)

    def __post_init__(self) -> None:
        """Raises:
        ValueError: shapes do not fit each other.
        """
        count = len(self.times)
        shapes = (self.cells.shape, self.camera.shape, self.cuts.shape)
        if shapes != ((count, ROWS, COLUMNS, 2), (count, CAMERA), (count,)):
            raise ValueError(f"a motion signature of {count} frames cannot have {shapes}")

    def __len__(self) -> int:
        return len(self.times)

    @classmethod
    def empty(cls) -> MotionSignature:
        """That of a video of which nothing is known."""
        return cls.from_rows(np.zeros(0), np.zeros((0, ROW_BYTES), np.int8))

    @classmethod
    def from_rows(cls, times: NDArray[np.float64], rows: NDArray[np.int8]) -> MotionSignature:
        """From times [m] and what `rows` gave, int8 [m, ROW_BYTES].

        Raises:
            ValueError: shapes do not fit.
        """
        if rows.shape != (len(times), ROW_BYTES):
            raise ValueError(f"{len(times)} frames cannot have rows of {rows.shape}")
        cells = rows[:, :CHANNELS].reshape(-1, ROWS, COLUMNS, 2)
        return cls(times, cells, rows[:, CHANNELS:-1], rows[:, -1] != 0)

    def rows(self) -> NDArray[np.int8]:
        """All but the times in one table, int8 [m, ROW_BYTES]."""
        cells = self.cells.reshape(len(self), CHANNELS)
        return np.concatenate([cells, self.camera, self.cuts[:, None].astype(np.int8)], axis=1)

    def mirrored(self) -> MotionSignature:
        """That of the left-right reversed video."""
        flip = np.array([-1, 1], np.int8)
        # Right becomes left, and what turned one way turns the other.
        camera = self.camera * np.array([-1, 1, 1, -1], np.int8)
        return MotionSignature(self.times, self.cells[:, :, ::-1] * flip, camera, self.cuts)

    def between(self, start: float, end: float) -> MotionSignature:
        """The frames with start <= time < end, seconds."""
        chosen = slice(*np.searchsorted(self.times, [start - 1e-6, end - 1e-6]))
        return MotionSignature(self.times[chosen], self.cells[chosen], self.camera[chosen], self.cuts[chosen])

    def energy(self) -> NDArray[np.float32]:
        """How strongly each cell moves, root mean square over time in widths a second, float32 [6, 8]."""
        if len(self) < 2:
            return np.zeros((ROWS, COLUMNS), np.float32)
        squares = (expand(self.cells) ** 2).sum(axis=3)
        squares[self.cuts] = 0
        return np.sqrt(squares[1:].mean(axis=0))


def compand(velocity: NDArray[np.floating]) -> NDArray[np.int8]:
    """Velocities to whole numbers of -31 to 31: finer than 0.005 a second where slow, by about a quarter where fast."""
    strength = np.log1p(np.abs(velocity) / _FINEST) * _SCALE
    return (np.sign(velocity) * np.minimum(np.round(strength), _STEPS)).astype(np.int8)


def expand(kept: NDArray[np.int8]) -> NDArray[np.float32]:
    """Back from `compand`."""
    strength = np.minimum(np.abs(kept.astype(np.float32)), _STEPS)
    return (np.sign(kept) * _FINEST * np.expm1(strength / _SCALE)).astype(np.float32)
