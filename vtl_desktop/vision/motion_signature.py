"""Measures a video's motion signature, frame by frame as it is decoded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.motion_signature import CAMERA, CHANNELS, COLUMNS, ROW_BYTES, ROWS, MotionSignature, compand
from vtl_desktop.vision.opencv import cv2

LONG_SIDE = 64
"""Pixels of the small grey picture that flow is measured on, at every second pixel. At 96, with flow at every fourth,
fewer suspects were placed to the frame (.77 instead of .81); at every second, more (.82), at three times the cost."""

_BLOCK = 256
"""Frames whose camera is fitted at once: one at a time would cost more than the flow itself."""

_ROUNDS = 4
_USUAL = 0.05
"""Pixels of the small picture by which flow of things that stand still may tremble, at least."""

_CUT_CHANGE = 12.0
_CUT_REST = 0.75
"""A cut: the picture changes by this many levels in the mean, and undoing the motion leaves most of the change."""


class SignatureMaker:
    """Takes the frames of one video in order.

    Keeps 101 bytes a frame (11 MB an hour at 30 frames a second) and one small picture.

    Attributes:
        size: width and height that the grey pictures have to have, for an upright picture of the given size.
    """

    def __init__(self, width: int, height: int) -> None:
        """Takes the width and height of the upright picture, pixels."""
        factor = LONG_SIDE / max(width, height, 1)
        # Flow needs a few cells' worth of pixels each way, also of a very narrow picture.
        self.size = max(round(width * factor), 4 * COLUMNS), max(round(height * factor), 4 * ROWS)
        self._aspect = height / max(width, 1)
        self._flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._flow.setFinestScale(1)  # on every second pixel: .12 ms a frame, a quarter of what every pixel costs
        self._before: NDArray[np.uint8] | None = None
        self._times: list[float] = []
        self._rows = bytearray()
        self._pending: list[NDArray[np.float32]] = []
        self._pending_cuts: list[bool] = []

    def take(self, time: float, grey: NDArray[np.floating]) -> None:
        """Takes the next frame.

        Args:
            time: presentation time, seconds, after that of the frame before.
            grey: 0 to 255, `size` pixels, [height, width].
        """
        picture = np.rint(grey).astype(np.uint8)
        cells = np.zeros((ROWS, COLUMNS, 2), np.float32)
        cut = False
        if self._before is not None:
            change = cv2.norm(picture, self._before, cv2.NORM_L1) / picture.size
            # A frame that was shown twice has no motion, and finding that out by flow would cost the most.
            if change > 0:
                flow = self._flow.calc(self._before, picture, None)
                cells = cv2.resize(flow, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
                cut = change > _CUT_CHANGE and _left_over(self._before, picture, flow) > _CUT_REST * change
        self._before = picture
        self._times.append(time)
        self._pending.append(cells)
        self._pending_cuts.append(cut)
        if len(self._pending) == _BLOCK:
            self._put_away()

    def finish(self) -> MotionSignature:
        """The signature of all frames taken."""
        self._put_away()
        rows = np.frombuffer(bytes(self._rows), np.int8).reshape(-1, ROW_BYTES)
        return MotionSignature.from_rows(np.array(self._times), rows)

    def _put_away(self) -> None:
        """Takes the camera's motion out of the frames pending and keeps what is left in few bytes."""
        count = len(self._pending)
        if not count:
            return
        flows, cuts = np.stack(self._pending), np.array(self._pending_cuts)
        flows[cuts] = 0
        first = len(self._times) - count
        times = np.array(self._times[max(first - 1, 0) :])
        steps = np.diff(times, prepend=times[0] - 1.0)[-count:]
        # Times that do not ascend would be damage; the motion then counts as over a millisecond.
        a_second = 1.0 / np.maximum(steps, 1e-3)
        width, height = self.size
        # A picture that was squeezed has other pixels down than across.
        square = np.array([1.0, self._aspect * width / height], np.float32) / width
        left, camera = without_camera((flows * square).astype(np.float32), tremble=_USUAL / width, aspect=self._aspect)
        cells = compand(left * a_second[:, None, None, None]).reshape(count, CHANNELS)
        moved = compand(camera * a_second[:, None])
        rows = np.concatenate([cells, moved, cuts[:, None].astype(np.int8)], axis=1)
        self._rows += rows.tobytes()
        self._pending.clear()
        self._pending_cuts.clear()


def without_camera(
    flows: NDArray[np.float32], *, tremble: float, aspect: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fits shift, zoom and turn of the whole picture to the cells of each frame and takes them out.

    Robustly, by re-weighted least squares (Geman-McClure): what moves by itself, even over nearly half of the picture,
    does not pull the camera along.

    Args:
        flows: displacements in widths of the picture, float32 [n, 6, 8, 2].
        tremble: displacement of a still cell, widths.
        aspect: height by width of the picture.

    Returns:
        What is left, the same shape, and the camera's right, down (widths), zoom and turn (1), float32 [n, 4].
    """
    count = len(flows)
    across = (np.arange(COLUMNS) + 0.5) / COLUMNS - 0.5
    down = ((np.arange(ROWS) + 0.5) / ROWS - 0.5) * aspect
    x, y = (side.ravel() for side in np.meshgrid(across, down))
    one, none = np.ones_like(x), np.zeros_like(x)
    # Two equations a cell: right = tx + zoom x - turn y, down = ty + zoom y + turn x.
    basis = np.stack(
        [np.stack([one, none], 1), np.stack([none, one], 1), np.stack([x, y], 1), np.stack([-y, x], 1)], axis=2
    )
    wanted = flows.reshape(count, -1, 2).astype(np.float64)
    camera = np.zeros((count, CAMERA))
    camera[:, :2] = np.median(wanted, axis=1)
    for _ in range(_ROUNDS):
        rest = wanted - np.einsum("ckp,np->nck", basis, camera)
        size = np.linalg.norm(rest, axis=2)
        usual = np.maximum(np.median(size, axis=1, keepdims=True), tremble)
        weight = 1.0 / (1.0 + (size / usual) ** 2) ** 2
        normal = np.einsum("nc,ckp,ckq->npq", weight, basis, basis, optimize=True)
        normal += 1e-6 * np.eye(CAMERA)
        right = np.einsum("nc,ckp,nck->np", weight, basis, wanted, optimize=True)
        camera = np.linalg.solve(normal, right[..., None])[..., 0]
    left = wanted - np.einsum("ckp,np->nck", basis, camera)
    return left.reshape(flows.shape).astype(np.float32), camera.astype(np.float32)


def _left_over(before: NDArray[np.uint8], picture: NDArray[np.uint8], flow: NDArray[np.float32]) -> float:
    """Mean difference in levels that is left when the motion is undone."""
    height, width = picture.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    undone = cv2.remap(picture, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cv2.norm(undone, before, cv2.NORM_L1) / picture.size
