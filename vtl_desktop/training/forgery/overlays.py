"""Graphics laid over a clip, and where: captions, banners, logos, emoji, watermarks, bars, insets."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.training.graphics import KINDS

Frames = NDArray[np.uint8]
Masks = NDArray[np.bool_]

VISIBLE = 0.25
"""Alpha from which a pixel counts as covered."""


def lay_over(frames: Frames, other: Frames, bank: NDArray[np.uint8], rng: np.random.Generator) -> tuple[Frames, Masks]:
    """Lays one to three graphics over a clip, each at one place, some only for a part of the clip.

    Args:
        frames: uint8 [n, height, width, 3], RGB.
        other: the same shape; what an inset shows.
        bank: uint8 [k, s, s, 4], RGBA, as `graphics.graphics` makes it.
        rng: decides everything.

    Returns:
        The frames, and where graphics are, bool [n, height, width].
    """
    count, height, width = frames.shape[:3]
    out, covered = frames.copy(), np.zeros((count, height, width), bool)
    for _ in range(1 + int(rng.random() < 0.35) + int(rng.random() < 0.15)):
        first, last = 0, count
        if rng.random() < 0.15:
            first, last = sorted(rng.integers(0, count + 1, 2).tolist())
        pick = rng.random()
        if pick < 0.15:
            _inset(out, covered, other, slice(first, last), rng)
            continue
        layer = _banner(height, width, bank, rng) if pick < 0.45 else _picture(height, width, bank, rng)
        alpha = layer[..., 3:].astype(np.float32) / 255
        where = _closed(alpha[..., 0] > VISIBLE)
        for index in range(first, last):
            out[index] = np.round(out[index] * (1 - alpha) + layer[..., :3] * alpha)
            covered[index] |= where
    return out, covered


def _closed(where: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The gaps between the strokes of a letter belong to the text."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    return cv2.morphologyEx(where.astype(np.uint8), cv2.MORPH_CLOSE, kernel) > 0


def _placed(picture: NDArray[np.uint8], box: tuple[int, int, int, int], height: int, width: int) -> NDArray[np.uint8]:
    """An RGBA picture squeezed into a box (x, y, width, height) on a clear canvas."""
    x, y, across, down = box
    small = cv2.resize(picture, (across, down), interpolation=cv2.INTER_AREA)
    out = np.zeros((height, width, 4), np.uint8)
    top, left = max(y, 0), max(x, 0)
    bottom, right = min(y + down, height), min(x + across, width)
    if bottom > top and right > left:
        out[top:bottom, left:right] = small[top - y : bottom - y, left - x : right - x]
    return out


def _picture(height: int, width: int, bank: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Anything of the bank, somewhere; texts five times as wide as high."""
    number = int(rng.integers(len(bank)))
    text = KINDS[number % len(KINDS)] == "text"
    across = (
        round(rng.uniform(0.3, 0.95) * width) if text else round(rng.uniform(0.05, 0.28) * min(height, width) * 1.4)
    )
    down = max(round(across * rng.uniform(0.12, 0.25)), 8) if text else across
    x, y = (
        int(rng.integers(-across // 8, width - across * 7 // 8)),
        int(rng.integers(-down // 8, height - down * 7 // 8)),
    )
    layer = _placed(bank[number], (x, y, max(across, 6), max(down, 6)), height, width)
    if rng.random() < 0.25:
        # A watermark lets the picture through.
        layer[..., 3] = layer[..., 3] * rng.uniform(0.35, 0.8)
    return layer


def _banner(height: int, width: int, bank: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A plain bar, as of the news, with a line of text on it, sometimes with a round mark elsewhere."""
    out = np.zeros((height, width, 4), np.uint8)
    tall = rng.uniform(0.07, 0.2)
    top = rng.uniform(0.0, 0.15) if rng.random() < 0.25 else rng.uniform(0.68, 0.98 - tall)
    left = 0.0 if rng.random() < 0.6 else rng.uniform(0, 0.3)
    right = 1.0 if rng.random() < 0.6 else rng.uniform(0.6, 1)
    colour = (*(int(v) for v in rng.integers(0, 256, 3)), int(rng.choice([255, rng.uniform(120, 255)])))
    y0, y1, x0, x1 = round(top * height), round((top + tall) * height), round(left * width), round(right * width)
    out[y0:y1, x0:x1] = colour
    words = bank[len(KINDS) * int(rng.integers(len(bank) // len(KINDS))) + KINDS.index("text")]
    if y1 - y0 > 10:
        text = _placed(words, (x0 + 4, y0 + 3, max((x1 - x0) - 8, 8), y1 - y0 - 6), height, width)
        alpha = text[..., 3:].astype(np.float32) / 255
        out[..., :3] = out[..., :3] * (1 - alpha) + text[..., :3] * alpha
        out[..., 3] = np.maximum(out[..., 3], text[..., 3])
    if rng.random() < 0.3:
        centre = (round(rng.uniform(0.05, 0.95) * width), round(rng.uniform(0.05, 0.5) * height))
        disc = np.zeros((height, width), np.uint8)
        cv2.circle(disc, centre, round(rng.uniform(0.03, 0.1) * height), 255, -1, cv2.LINE_AA)
        out[disc > 0, :3] = rng.integers(0, 256, 3)
        out[..., 3] = np.maximum(out[..., 3], disc)
    return out


def _inset(out: Frames, covered: Masks, other: Frames, when: slice, rng: np.random.Generator) -> None:
    """Another video in a box, often in a corner, sometimes framed."""
    height, width = out.shape[1:3]
    share = rng.uniform(0.18, 0.45)
    down, across = round(share * height), round(share * width * rng.uniform(0.7, 1.0))
    y, x = int(rng.integers(0, height - down + 1)), int(rng.integers(0, width - across + 1))
    if rng.random() < 0.6:
        y, x = (0, height - down)[int(rng.integers(2))], (0, width - across)[int(rng.integers(2))]
    border = int(rng.integers(0, 4)) if rng.random() < 0.4 else 0
    colour = rng.integers(0, 256, 3)
    for index in range(*when.indices(len(out))):
        box = cv2.resize(other[index], (across, down), interpolation=cv2.INTER_AREA)
        if border:
            box[:border], box[-border:], box[:, :border], box[:, -border:] = colour, colour, colour, colour
        out[index, y : y + down, x : x + across] = box
        covered[index, y : y + down, x : x + across] = True
