"""Real video and pictures, decoded once with OpenCV into one array of small squares; and twins of them.

Squares are area-averaged, so that nothing aliases, and skewed: a whole frame is squeezed into the square as the network
will see it. OpenCV alone reads the files, so this runs on a rented GPU machine with no PyAV and no Qt; only the posted
twins of videos need PyAV.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.errors import MediaError, MissingMedia, UnreadableMedia
from vtl_desktop.core.jobs import Progress, no_progress, part_of

VIDEO_ENDINGS = {".mp4", ".mkv", ".avi", ".mov", ".webm"}
PICTURE_ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}


@dataclass(frozen=True, slots=True)
class FrameStore:
    """Every training frame, in memory.

    Attributes:
        frames: uint8 [n, S, S, 3], RGB; the frames of a clip lie beside each other in time order.
        clip: int32 [n], which clip or picture a frame is of.
        frames_per_second: the rate at which clips were sampled.
        twins: each like `frames`, row by row: the same moment, changed on its way.
    """

    frames: NDArray[np.uint8]
    clip: NDArray[np.int32]
    frames_per_second: float
    twins: tuple[NDArray[np.uint8], ...] = ()

    def spans(self) -> NDArray[np.int64]:
        """Where each clip lies: int64 [clips, 2], first row and one past the last."""
        starts = np.flatnonzero(np.r_[True, self.clip[1:] != self.clip[:-1]])
        return np.stack([starts, np.r_[starts[1:], len(self.clip)]], axis=1)


def square(image: NDArray[Any], size: int) -> NDArray[np.uint8]:
    """A BGR picture as an RGB square of `size` pixels, area-averaged."""
    small = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def is_due(index: int, taken: int, rate: float, frames_per_second: float) -> bool:
    """Whether a frame is sampled: number `index` of a video of `rate` frames a second, of which so many are taken."""
    return index >= taken * rate / frames_per_second - 1e-6


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
            if is_due(index, len(squares), rate, frames_per_second):
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
    posted: bool = False,
    seed: int = 0,
    progress: Progress = no_progress,
) -> FrameStore:
    """Decodes `media/train` (videos) and `media/train_images` (pictures) once; later runs read `cache`.

    Args:
        media: the folder that holds `train` and `train_images`; either may be missing, not both.
        cache: an .npz file, written complete or not at all. The twins lie in a second file beside it.
        size: the squares' side in pixels.
        frames_per_second: how densely videos are sampled.
        posted: gives the store one row of twins: the frames after a real codec round trip, see `round_trips`.
        seed: decides how they are posted.
        progress: told about files.

    Raises:
        MissingMedia: when there is nothing to train on.
        UsageError: when twins of videos are asked for and there is no codec.
    """
    paths = _listed(media / "train", VIDEO_ENDINGS) + _listed(media / "train_images", PICTURE_ENDINGS)
    if not paths and not cache.is_file():
        raise MissingMedia(f"{media}: no training video or picture.", "It must hold the folders train or train_images.")
    return load_videos(
        paths,
        cache=cache,
        size=size,
        frames_per_second=frames_per_second,
        posted=posted,
        seed=seed,
        progress=progress,
    )


def load_videos(
    paths: list[Path],
    *,
    cache: Path,
    size: int = 128,
    frames_per_second: float = 5.0,
    posted: bool = False,
    seed: int = 0,
    progress: Progress = no_progress,
) -> FrameStore:
    """Decodes videos and pictures once; later runs read `cache`. Arguments and errors as for `load_frames`."""
    said = part_of(progress, 0.0, 0.4) if posted else progress
    store, files = _read_cache(cache, size, frames_per_second) or _decoded(paths, cache, size, frames_per_second, said)
    if not posted:
        return store
    beside = cache.with_name(cache.stem + "-posted.npz")
    twins = _read_twins(beside, store, seed)
    if twins is None:
        if not files and len(paths) == len(store.spans()):
            # A cache of an earlier version does not say what its clips are of, but no file was left out.
            files = [str(path) for path in paths]
        if not files or not {str(path) for path in paths}.issuperset(files):
            said(0.0, f"{cache.name} does not fit the files: decoding them again")
            store, files = _decoded(paths, cache, size, frames_per_second, said)
        twins = _posted(store, files, seed, part_of(progress, 0.4, 1.0))
        _write(beside, posted=twins, seed=np.int64(seed), of=np.int64(zlib.crc32(store.frames.data)))
    return FrameStore(store.frames, store.clip, frames_per_second, (twins,))


def _decoded(
    paths: list[Path], cache: Path, size: int, frames_per_second: float, progress: Progress
) -> tuple[FrameStore, list[str]]:
    """All files that can be decoded, and the path of each clip; also written to `cache`."""

    def read(path: Path) -> NDArray[np.uint8] | UnreadableMedia:
        try:
            if path.suffix.lower() in PICTURE_ENDINGS:
                return read_picture(path, size=size)
            return read_squares(path, size=size, frames_per_second=frames_per_second)
        except UnreadableMedia as error:
            return error

    parts: list[NDArray[np.uint8]] = []
    files: list[str] = []
    with _workers() as pool:
        for index, (path, part) in enumerate(zip(paths, pool.map(read, paths), strict=True)):
            if isinstance(part, UnreadableMedia):
                progress(index / len(paths), f"left out: {part.message}")
            else:
                parts.append(part)
                files.append(str(path))
            if index % 100 == 0:
                progress(index / len(paths), f"decoding {path.name}")
    if not parts:
        raise MissingMedia("None of the training videos and pictures can be decoded.", "Check the files.")
    clip = np.repeat(np.arange(len(parts), dtype=np.int32), [len(p) for p in parts])
    store = FrameStore(np.concatenate(parts), clip, frames_per_second)
    _write(cache, frames=store.frames, clip=clip, rate=np.float64(frames_per_second), files=np.array(files))
    return store, files


def _posted(store: FrameStore, files: list[str], seed: int, progress: Progress) -> NDArray[np.uint8]:
    """The frames after a codec round trip, uint8 [n, S, S, 3]; `files` are the paths of the clips."""
    # Here, as it stands on this module and is needed for twins only.
    from vtl_desktop.training.round_trips import posted_picture, posted_video

    size, rate = store.frames.shape[1], store.frames_per_second

    def post(clip: int) -> NDArray[np.uint8] | MediaError:
        path, rng = Path(files[clip]), np.random.default_rng([seed, clip])
        try:
            if path.suffix.lower() in PICTURE_ENDINGS:
                return posted_picture(path, size=size, rng=rng)
            return posted_video(path, size=size, frames_per_second=rate, rng=rng)
        except MediaError as error:
            return error

    twins, spans = store.frames.copy(), store.spans()
    with _workers() as pool:
        for index, twin in enumerate(pool.map(post, range(len(files)))):
            first, end = spans[index]
            name = Path(files[index]).name
            if isinstance(twin, MediaError):
                progress(index / len(files), f"not posted: {twin.message}")
            elif len(twin) != end - first:
                progress(index / len(files), f"not posted: {name} has changed since it was decoded")
            else:
                twins[first:end] = twin
            if index % 100 == 0:
                progress(index / len(files), f"posting {name}")
    return twins


def _read_cache(cache: Path, size: int, frames_per_second: float) -> tuple[FrameStore, list[str]] | None:
    """What `_decoded` wrote; no paths where an earlier version wrote it. None where it does not fit."""
    if not cache.is_file():
        return None
    with np.load(cache) as stored:
        frames = stored["frames"]
        if frames.shape[1] != size or float(stored["rate"]) != frames_per_second:
            return None
        files = [str(name) for name in stored["files"]] if "files" in stored else []
        return FrameStore(frames, stored["clip"], frames_per_second), files


def _read_twins(beside: Path, store: FrameStore, seed: int) -> NDArray[np.uint8] | None:
    """The twins written beside a cache, where they are of these very frames and this seed."""
    if not beside.is_file():
        return None
    with np.load(beside) as stored:
        if int(stored["seed"]) != seed or int(stored["of"]) != zlib.crc32(store.frames.data):
            return None
        twins = stored["posted"]
        return twins if twins.shape == store.frames.shape else None


def _write(path: Path, **arrays: Any) -> None:
    """An .npz file, complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.npz")
    np.savez(partial, **arrays)
    partial.replace(path)


@contextmanager
def _workers() -> Iterator[ThreadPoolExecutor]:
    """Threads that are waited for, but begin nothing new once the work that they are for has ended or failed."""
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
