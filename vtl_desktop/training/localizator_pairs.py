"""Pairs for the Localizator: forged copies with true masks, laid over their sources by the product's own registration.

Each clip or picture is forged, copied, coded and written as a video; `services.localize` then opens that file beside
its source, as it does for an analyst, so that its errors of place, time and colour are in what is learned from.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.errors import MissingMedia, VtlError
from vtl_desktop.core.tracing import Candidate, Source
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.media.writers import write_video
from vtl_desktop.services.localize import Localizer
from vtl_desktop.training.forgery.copies import coding, copied
from vtl_desktop.training.forgery.edits import forge
from vtl_desktop.training.forgery.overlays import lay_over
from vtl_desktop.training.forgery.shapes import forged_regions
from vtl_desktop.training.graphics import graphics

FRAMES = 32
"""Frames of a suspect: little more than a second, which is enough to be registered."""

TOGETHER = 4
"""Frames in a row that make one example."""

EXAMPLES = 3
"""Examples of a suspect."""

FORGED, OVERLAID = 0.7, 0.3
"""Shares of the suspects in which something is altered, and over which graphics are laid."""

PICTURES = 0.3
"""Share of the suspects made from a picture, over which a camera moves, instead of a clip."""

VIDEOS, PICTURE_FILES = (".mp4", ".mkv", ".mov", ".webm", ".avi"), (".jpg", ".jpeg", ".png")

CHANNELS = 9
"""Of a stored frame: suspect (3), source laid over it (3), inside, graphics, altered (0 or 255)."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Examples of one suspect.

    Attributes:
        frames: uint8 [EXAMPLES, TOGETHER, height, width, CHANNELS].
        made: how the suspect was forged, for instance "splice", "" where it was not.
    """

    frames: NDArray[np.uint8]
    made: str


class PairMaker:
    """Makes pairs from a folder of media; the same seed and number give the same pair."""

    def __init__(self, media: Path, seed: int) -> None:
        """Lists `train/` and `train_images/` of a folder; draws the graphics.

        Raises:
            MissingMedia: one of them is not there, or empty.
        """
        self._clips = sorted(p for p in (media / "train").glob("*") if p.suffix.lower() in VIDEOS)
        self._pictures = sorted(p for p in (media / "train_images").glob("*") if p.suffix.lower() in PICTURE_FILES)
        if not self._clips or not self._pictures:
            raise MissingMedia(
                f"{media}: no videos in train/, or no pictures in train_images/.", "Name another folder."
            )
        self._seed = seed
        self._bank = graphics(240, 96, seed)

    def make(self, number: int, *, only: tuple[str, ...] | None = None) -> Pairs | None:
        """One suspect, registered.

        Args:
            number: which.
            only: fills to choose from; see `forgery.edits.forge`.

        Returns:
            Its examples; None where the clip was too short or could not be registered.
        """
        rng = np.random.default_rng([self._seed, number])
        with tempfile.TemporaryDirectory() as folder:
            try:
                return self._made(rng, Path(folder), only)
            except VtlError:
                return None

    def _made(self, rng: np.random.Generator, folder: Path, only: tuple[str, ...] | None) -> Pairs | None:
        if rng.random() < PICTURES:
            source, rate = folder / "source.mp4", 25.0
            frames, times = self._filmed(rng), np.arange(FRAMES) / rate
            write_video(source, list(frames), rate, options={"crf": str(rng.integers(14, 28)), "threads": "1"})
        else:
            source = self._clips[int(rng.integers(len(self._clips)))]
            frames, times = _read(source, rng)
        if len(frames) < 2 * TOGETHER:
            return None
        other = _fitted(self._borrowed(rng), frames.shape)
        count, height, width = frames.shape[:3]
        masks = np.zeros((count, height, width, 2), np.uint8)
        made, forged = "", frames
        if rng.random() < FORGED:
            regions = forged_regions(count, height, width, rng)
            forged, made = forge(frames, other, regions, rng, only=only)
            masks[..., 1] = regions * np.uint8(255)
        first = rng.random() < 0.7
        if rng.random() < OVERLAID and first:
            forged, covered = lay_over(forged, other, self._bank, rng)
            masks[covered] = (255, 0)
        posted, masks, mirrored = copied(forged, masks, rng)
        if not first and rng.random() < OVERLAID:
            posted, covered = lay_over(posted, _fitted(other, posted.shape), self._bank, rng)
            masks[covered] = (255, 0)
        how = coding(rng)
        rate = (len(times) - 1) / (times[-1] - times[0])
        suspect = write_video(folder / "suspect.mkv", list(posted), rate, codec=how.codec, options=how.options)
        return _registered(suspect, source, float(times[0]), float(rate), mirrored, masks, made, rng)

    def _filmed(self, rng: np.random.Generator) -> NDArray[np.uint8]:
        """A picture over which a camera pans and zooms, or stands: uint8 [FRAMES, height, width, 3]."""
        picture = None
        while picture is None:
            picture = cv2.imread(str(self._pictures[int(rng.integers(len(self._pictures)))]), cv2.IMREAD_COLOR)
        picture = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        height, width = picture.shape[:2]
        short = 240 if rng.random() < 0.7 else 360
        size = (
            (round(short * min(width / height, 1.8)) // 2 * 2, short)
            if width >= height
            else (short, round(short * min(height / width, 1.8)) // 2 * 2)
        )
        still = rng.random() < 0.4
        keep = rng.uniform(0.75, 0.97, 2)
        if still:
            keep[1] = keep[0]
        corner = [rng.uniform(0, 1 - k, 2) * 1.0 for k in keep]
        if still:
            corner[1] = corner[0]
        out = []
        for share in np.linspace(0, 1, FRAMES):
            k = keep[0] + share * (keep[1] - keep[0])
            at = np.clip(corner[0] + share * (corner[1] - corner[0]) * 0.3, 0, 1 - k)
            matrix = np.array([[k * width / size[0], 0, at[0] * width], [0, k * height / size[1], at[1] * height]])
            out.append(
                cv2.warpAffine(
                    picture, matrix, size, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REFLECT
                )
            )
        return np.stack(out).astype(np.uint8)

    def _borrowed(self, rng: np.random.Generator) -> NDArray[np.uint8]:
        if rng.random() < 0.4:
            return self._filmed(rng)
        while True:
            frames, _ = _read(self._clips[int(rng.integers(len(self._clips)))], rng)
            if len(frames):
                return frames


def _read(path: Path, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Up to `FRAMES` frames in a row, from anywhere in a clip, and their times; none where it cannot be read."""
    with VideoFile(path) as video:
        count = min(len(video.times), FRAMES)
        first = int(rng.integers(len(video.times) - count + 1))
        frames = [video.frame(index).picture for index in range(first, first + count)]
        even = (frames[0].shape[0] // 2 * 2, frames[0].shape[1] // 2 * 2)
        return np.stack(frames)[:, : even[0], : even[1]], np.asarray(video.times[first : first + count])


def _fitted(frames: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Scaled to cover a size and cropped to it, repeated to a length."""
    count, height, width = shape[:3]
    scale = max(height / frames.shape[1], width / frames.shape[2])
    size = (max(round(frames.shape[2] * scale), width), max(round(frames.shape[1] * scale), height))
    out = []
    for index in range(count):
        picture = cv2.resize(frames[index % len(frames)], size, interpolation=cv2.INTER_LINEAR)
        top, left = (size[1] - height) // 2, (size[0] - width) // 2
        out.append(picture[top : top + height, left : left + width])
    return np.stack(out).astype(np.uint8)


def _registered(
    suspect: Path,
    source: Path,
    start: float,
    rate: float,
    mirrored: bool,
    masks: NDArray[np.uint8],
    made: str,
    rng: np.random.Generator,
) -> Pairs | None:
    count = len(masks)
    described = Source(1, str(source), "", 0, 0.0, rate, 0, 0, "", "")
    alignment = Alignment((Segment(0.0, count / rate, start),))
    candidate = Candidate(1, described, 0, 0.0, mirrored, alignment, (), 0.0, start)
    firsts = sorted(rng.choice(count - TOGETHER + 1, EXAMPLES, replace=count - TOGETHER + 1 < EXAMPLES).tolist())
    out = []
    with Localizer(suspect, source, candidate) as localizer:
        for first in firsts:
            rows = []
            for index in range(first, first + TOGETHER):
                laid = localizer.laid_over(index)
                if laid is None:
                    return None
                size = laid.suspect.shape[1::-1]
                true = cv2.resize(masks[index], size, interpolation=cv2.INTER_AREA)
                true = np.where(true > 127, np.uint8(255), np.uint8(0)) * laid.inside[..., None]
                inside = laid.inside[..., None].astype(np.uint8) * np.uint8(255)
                rows.append(np.concatenate([laid.suspect, laid.source, inside, true], axis=2))
            out.append(np.stack(rows))
    return Pairs(np.stack(out), made)


def write_pairs(
    maker: PairMaker, folder: Path, numbers: range, *, only: tuple[str, ...] | None = None
) -> Iterator[Path]:
    """Makes pairs into `NUMBER-MADE.npy` files; those that are there already are left alone.

    Yields:
        The files that are there now.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        there = next(folder.glob(f"{number:06d}-*.npy"), None)
        if there is None:
            pairs = maker.make(number, only=only)
            if pairs is None:
                continue
            there = folder / f"{number:06d}-{pairs.made or 'copy'}.npy"
            beside = there.with_suffix(".part")
            with beside.open("wb") as file:
                np.save(file, pairs.frames)
            beside.replace(there)
        yield there
