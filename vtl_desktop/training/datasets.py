"""Real video and pictures, decoded once with OpenCV into one array of small squares; and pictures made by formula.

Squares are area-averaged, so that nothing aliases, and skewed: a whole frame is squeezed into the square as the network
will see it. OpenCV alone reads the files, so this runs on a rented GPU machine with no PyAV and no Qt.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.errors import MissingMedia, UnreadableMedia
from vtl_desktop.core.jobs import Progress, no_progress

VIDEO_ENDINGS = {".mp4", ".mkv", ".avi", ".mov", ".webm"}
PICTURE_ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}


@dataclass(frozen=True, slots=True)
class FrameStore:
    """Every training frame, in memory.

    Attributes:
        frames: uint8 [n, S, S, 3], RGB; the frames of a clip lie beside each other in time order.
        clip: int32 [n], which clip or picture a frame is of.
        frames_per_second: the rate at which clips were sampled.
    """

    frames: NDArray[np.uint8]
    clip: NDArray[np.int32]
    frames_per_second: float

    def spans(self) -> NDArray[np.int64]:
        """Where each clip lies: int64 [clips, 2], first row and one past the last."""
        starts = np.flatnonzero(np.r_[True, self.clip[1:] != self.clip[:-1]])
        return np.stack([starts, np.r_[starts[1:], len(self.clip)]], axis=1)


def square(image: NDArray[Any], size: int) -> NDArray[np.uint8]:
    """A BGR picture as an RGB square of `size` pixels, area-averaged."""
    small = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def read_squares(path: Path, *, size: int, frames_per_second: float) -> NDArray[np.uint8]:
    """The frames of a video, sampled uniformly, as squares: uint8 [n, size, size, 3], RGB.

    Raises:
        UnreadableMedia: when not one frame can be decoded.
    """
    capture = cv2.VideoCapture(str(path))
    rate = capture.get(cv2.CAP_PROP_FPS) or 25.0
    squares: list[NDArray[np.uint8]] = []
    index = 0
    try:
        while capture.grab():
            if index >= len(squares) * rate / frames_per_second - 1e-6:
                done, image = capture.retrieve()
                if done:
                    squares.append(square(image, size))
            index += 1
    finally:
        capture.release()
    if not squares:
        raise UnreadableMedia(f"{path}: no frame could be decoded.", "Is it a video?")
    return np.stack(squares)


def read_picture(path: Path, *, size: int) -> NDArray[np.uint8]:
    """One picture as a square: uint8 [1, size, size, 3], RGB.

    Raises:
        UnreadableMedia: when it cannot be decoded.
    """
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise UnreadableMedia(f"{path}: the picture could not be decoded.", "Is it a JPEG or PNG?")
    return square(image, size)[None]


def _listed(folder: Path, endings: set[str]) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in endings) if folder.is_dir() else []


def load_frames(
    media: Path,
    *,
    cache: Path,
    size: int = 128,
    frames_per_second: float = 5.0,
    progress: Progress = no_progress,
) -> FrameStore:
    """Decodes `media/train` (videos) and `media/train_images` (pictures) once; later runs read `cache`.

    Args:
        media: the folder that holds `train` and `train_images`; either may be missing, not both.
        cache: an .npz file, written complete or not at all.
        size: the squares' side in pixels.
        frames_per_second: how densely videos are sampled.
        progress: told about files.

    Raises:
        MissingMedia: when there is nothing to train on.
    """
    paths = _listed(media / "train", VIDEO_ENDINGS) + _listed(media / "train_images", PICTURE_ENDINGS)
    if not paths and not cache.is_file():
        raise MissingMedia(f"{media}: no training video or picture.", "It must hold the folders train or train_images.")
    return load_videos(paths, cache=cache, size=size, frames_per_second=frames_per_second, progress=progress)


def load_videos(
    paths: list[Path],
    *,
    cache: Path,
    size: int = 128,
    frames_per_second: float = 5.0,
    progress: Progress = no_progress,
) -> FrameStore:
    """Decodes videos and pictures once; later runs read `cache`. Arguments and errors as for `load_frames`."""
    if cache.is_file():
        with np.load(cache) as stored:
            if stored["frames"].shape[1] == size and float(stored["rate"]) == frames_per_second:
                return FrameStore(stored["frames"], stored["clip"], frames_per_second)
    parts: list[NDArray[np.uint8]] = []
    for index, path in enumerate(paths):
        try:
            if path.suffix.lower() in PICTURE_ENDINGS:
                parts.append(read_picture(path, size=size))
            else:
                parts.append(read_squares(path, size=size, frames_per_second=frames_per_second))
        except UnreadableMedia as error:
            progress(index / len(paths), f"left out: {error.message}")
        if index % 100 == 0:
            progress(index / len(paths), f"decoding {path.name}")
    if not parts:
        raise MissingMedia("None of the training videos and pictures can be decoded.", "Check the files.")
    clip = np.repeat(np.arange(len(parts), dtype=np.int32), [len(p) for p in parts])
    store = FrameStore(np.concatenate(parts), clip, frames_per_second)
    cache.parent.mkdir(parents=True, exist_ok=True)
    partial = cache.with_suffix(".partial.npz")
    np.savez(partial, frames=store.frames, clip=store.clip, rate=np.float64(frames_per_second))
    partial.replace(cache)
    return store
