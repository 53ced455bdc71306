"""Suspects for the two levels: a second out of a clip of somebody in front of the camera, head or body forged."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.media.writers import write_video
from vtl_desktop.training.forgery.forgers import FORGERS

GROUPS = ("grid_talkers", "asl_room", "lp_talkers", "news_talkers", "aoc_podium", "abe_podium", "intel_faces")
LENGTH = 25
"""Frames of a suspect, as in the published demonstration."""

LEAST_STARTS = 8
"""A clip has to leave so many starts to choose from, or a start would be no answer."""

_SHORT_SIDE = 288
_OPTIONS = {"preset": "veryfast"}

Frames = NDArray[np.uint8]
Masks = NDArray[np.bool_]


@dataclass(frozen=True)
class Cut:
    """A suspect and the truth about it.

    Attributes:
        path: of the file; kind: one of `KINDS`; group, source: of the clip it was made from.
        start: number of its first frame in the source; times are seconds: start_time, frame_time of the source.
        mirrored: left-right reversed.
    """

    path: str
    kind: str
    group: str
    source: str
    start: int
    start_time: float
    end_time: float
    frame_time: float
    mirrored: bool


def people_clips(media: Path) -> dict[str, str]:
    """File name to group of the clips of people, by the manifest of the media."""
    with (media / "manifest.csv").open(encoding="utf-8") as rows:
        return {
            Path(row["file"]).name: row["group"]
            for row in csv.DictReader(rows)
            if row["split"] == "bench" and row["group"] in GROUPS
        }


def make_cuts(media: Path, out: Path, *, seed: int, kinds: tuple[str, ...]) -> list[Cut]:
    """Makes suspects of every kind from every clip of people, or takes those of an earlier run."""
    told = out / f"cuts-{seed}.json"
    if told.exists():
        return [Cut(**row) for row in json.loads(told.read_text())]
    out.mkdir(parents=True, exist_ok=True)
    clips = people_clips(media)
    names = sorted(clips)
    cuts: list[Cut] = []
    for number, name in enumerate(names):
        frames, times = read(media / "bench" / name)
        if len(frames) < LENGTH + LEAST_STARTS:
            continue
        other, _ = read(media / "bench" / names[(number + 7) % len(names)])
        for at, kind in enumerate(kinds):
            rng = np.random.default_rng([seed, number, at])
            start = int(rng.integers(0, len(frames) - LENGTH + 1))
            path = out / f"{Path(name).stem}-{kind}-{seed}.mp4"
            part = frames[start : start + LENGTH]
            step = float(np.median(np.diff(times)))
            made, rate, crf = KINDS[kind](part, other, 1 / step, rng)
            write_video(path, list(made), rate, options=_OPTIONS | {"crf": str(crf)})
            end = float(times[start + LENGTH - 1]) + step
            cuts.append(
                Cut(str(path), kind, clips[name], name, start, float(times[start]), end, step, kind == "mirrored")
            )
    told.write_text(json.dumps([asdict(cut) for cut in cuts], indent=1))
    return cuts


def read(path: Path) -> tuple[Frames, NDArray[np.float64]]:
    """All frames, RGB, at most 288 pixels on the short side, and their times."""
    frames, times = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            picture = frame.to_ndarray(format="rgb24")
            factor = min(_SHORT_SIDE / min(picture.shape[:2]), 1.0)
            size = tuple(round(side * factor) // 2 * 2 for side in picture.shape[1::-1])
            frames.append(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
            times.append(float(frame.time or 0.0))
    return np.stack(frames), np.array(times) - times[0]


def body_masks(frames: Frames) -> Masks:
    """Roughly where somebody is: what moves, its gaps filled, grown, [n, h, w] of the same mask."""
    small = np.stack([cv2.GaussianBlur(cv2.cvtColor(f, cv2.COLOR_RGB2GRAY), (0, 0), 3) for f in frames])
    change = small.astype(np.float32).std(axis=0)
    moving = (change > max(np.percentile(change, 80), 1.5)).astype(np.uint8)
    height, width = moving.shape
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width // 8 | 1, width // 8 | 1))
    moving = cv2.morphologyEx(moving, cv2.MORPH_CLOSE, kernel)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(moving)
    if len(stats) > 1:
        moving = (labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()).astype(np.uint8)
    if not moving.any():
        cv2.ellipse(moving, (width // 2, height // 2), (width // 5, height // 3), 0, 0, 360, 1, -1)
    return np.broadcast_to(moving > 0, frames.shape[:3])


def head_masks(frames: Frames) -> Masks:
    """Roughly the head: an ellipse at the top of what moves."""
    body = body_masks(frames)[0]
    rows, columns = np.nonzero(body)
    top, height, width = int(np.percentile(rows, 3)), *body.shape
    tall = int(0.19 * height)
    upper = columns[rows < top + 2 * tall]
    mask = np.zeros(body.shape, np.uint8)
    cv2.ellipse(mask, (int(np.median(upper)), top + tall), (int(0.13 * width), tall), 0, 0, 360, 1, -1)
    return np.broadcast_to(mask > 0, frames.shape[:3])


Made = tuple[Frames, float, int]


def _forged(where: Callable[[Frames], Masks], forger: str) -> Callable[..., Made]:
    def make(frames: Frames, other: Frames, rate: float, rng: np.random.Generator) -> Made:
        height, width = frames.shape[1:3]
        borrowed = np.stack([cv2.resize(other[i % len(other)], (width, height)) for i in range(len(frames))])
        return FORGERS[forger](frames, borrowed, where(frames), rng), rate, 26

    return make


def _plain(frames: Frames, other: Frames, rate: float, rng: np.random.Generator) -> Made:
    del other, rng
    return frames, rate, 26


def _squeezed(frames: Frames, other: Frames, rate: float, rng: np.random.Generator) -> Made:
    del other, rng
    return np.stack([cv2.resize(f, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for f in frames]), rate, 34


def _mirrored(frames: Frames, other: Frames, rate: float, rng: np.random.Generator) -> Made:
    del other, rng
    return np.ascontiguousarray(frames[:, :, ::-1]), rate, 26


def _stuttering(frames: Frames, other: Frames, rate: float, rng: np.random.Generator) -> Made:
    """One frame in six is lost; the one before it is shown once more."""
    del other
    shown = np.arange(len(frames))
    lost = 1 + rng.choice(len(frames) - 1, len(frames) // 6, replace=False)
    for at in np.sort(lost):
        shown[at] = shown[at - 1]
    return frames[shown], rate, 26


def _fewer(frames: Frames, other: Frames, rate: float, rng: np.random.Generator) -> Made:
    """Every second frame only."""
    del other, rng
    return frames[::2], rate / 2, 26


KINDS: dict[str, Callable[..., Made]] = {
    "cut": _plain,
    "head_swap": _forged(head_masks, "swap"),
    "head_splice": _forged(head_masks, "splice"),
    "head_bend": _forged(head_masks, "bend"),
    "body_swap": _forged(body_masks, "swap"),
    "body_bend": _forged(body_masks, "bend"),
    "squeezed": _squeezed,
    "mirrored": _mirrored,
    "stutter": _stuttering,
    "half_rate": _fewer,
}
