"""Ways to forge a region of a clip: paste, remove, swap, clone, bend. See the package's docstring for the contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]
Masks = NDArray[np.bool_]
Forger = Callable[[Frames, Frames, Masks, np.random.Generator], Frames]


def _soft(mask: NDArray[np.bool_], pixels: float) -> NDArray[np.float32]:
    """1 well inside the mask, falling to its edge over about `pixels`, 0 outside: float32 [H, W, 1]."""
    inward = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    return np.minimum((inward + 0.5) / (pixels + 0.5), 1.0).astype(np.float32)[..., None] * mask[..., None]


def _blend(frame: Frames, fill: NDArray[Any], mask: NDArray[np.bool_], pixels: float) -> Frames:
    alpha = _soft(mask, pixels)
    mixed = frame * (1 - alpha) + np.clip(fill, 0, 255) * alpha
    return np.where(mask[..., None], np.round(mixed), frame).astype(np.uint8)


def splice(frames: Frames, other: Frames, masks: Masks, rng: np.random.Generator) -> Frames:
    """What another clip shows there."""
    pixels = rng.uniform(0, 4)
    return np.stack([_blend(f, o, m, pixels) for f, o, m in zip(frames, other, masks, strict=True)])


def swap(frames: Frames, other: Frames, masks: Masks, rng: np.random.Generator) -> Frames:
    """What another clip shows there, in the colours of the region it covers, as a face swap does."""
    pixels = rng.uniform(3, 9)
    out = []
    for frame, patch, mask in zip(frames, other, masks, strict=True):
        inside, fill = frame[mask].astype(np.float32), patch.astype(np.float32)
        fill = (fill - fill[mask].mean(0)) / (fill[mask].std(0) + 1e-3) * inside.std(0) + inside.mean(0)
        out.append(_blend(frame, fill, mask, pixels))
    return np.stack(out)


def remove_by_inpainting(frames: Frames, other: Frames, masks: Masks, rng: np.random.Generator) -> Frames:
    """Filled from the surroundings at low resolution, as removals are smooth (Telea)."""
    height, width = frames.shape[1:3]
    scale = min(1.0, rng.uniform(80, 160) / height)
    small = (max(8, round(width * scale)), max(8, round(height * scale)))
    out = []
    for frame, mask in zip(frames, masks, strict=True):
        hole = cv2.resize(mask.astype(np.uint8), small, interpolation=cv2.INTER_NEAREST)
        hole = cv2.dilate(hole, np.ones((3, 3), np.uint8))
        filled = cv2.inpaint(cv2.resize(frame, small, interpolation=cv2.INTER_AREA), hole, 4, cv2.INPAINT_TELEA)
        out.append(_blend(frame, cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC), mask, 3))
    return np.stack(out)


def remove_by_smoothing(frames: Frames, other: Frames, masks: Masks, rng: np.random.Generator) -> Frames:
    """Filled with a wide weighted blur of what lies outside the mask."""
    sigma = rng.uniform(0.05, 0.12) * frames.shape[2]
    out = []
    for frame, mask in zip(frames, masks, strict=True):
        outside = (~mask).astype(np.float32)[..., None]
        total = cv2.GaussianBlur(frame * outside, (0, 0), sigma)
        weight = cv2.GaussianBlur(outside, (0, 0), sigma)[..., None]
        # Deep inside a large mask nothing outside is near: the mean of the whole outside stands in.
        mean = (frame * outside).sum((0, 1)) / max(float(outside.sum()), 1.0)
        out.append(_blend(frame, (total + 1e-3 * mean) / (weight + 1e-3), mask, 3))
    return np.stack(out)


def remove_by_background(frames: Frames, other: Frames, masks: Masks, rng: np.random.Generator) -> Frames:
    """Filled with what other frames show there when it is not masked; where there is no such frame, by inpainting."""
    filled = remove_by_inpainting(frames, other, masks, rng)
    seen = np.logical_not(masks.all(axis=0))[..., None]
    # Masked medians are slow, and no other pixel is ever replaced.
    ever = masks.any(axis=0)
    covered = frames[:, ever]
    hidden = np.broadcast_to(masks[:, ever, None], covered.shape)
    background = np.zeros(frames.shape[1:])
    background[ever] = np.ma.median(np.ma.array(covered, mask=hidden), axis=0).filled(0)
    out = []
    for frame, stand_in, mask in zip(frames, filled, masks, strict=True):
        out.append(_blend(frame, np.where(seen, background, stand_in), mask, 2))
    return np.stack(out)


def clone(frames: Frames, other: Frames, masks: Masks, rng: np.random.Generator) -> Frames:
    """Covered with another part of the same frame."""
    height, width = frames.shape[1:3]
    dx = int(width * rng.uniform(0.2, 0.4) * rng.choice([-1, 1]))
    dy = int(height * rng.uniform(-0.1, 0.1))
    moved = np.roll(frames, (dy, dx), axis=(1, 2))
    return np.stack([_blend(f, s, m, 4) for f, s, m in zip(frames, moved, masks, strict=True)])


def bend(frames: Frames, other: Frames, masks: Masks, rng: np.random.Generator) -> Frames:
    """The same pixels, moved a little: a smile, a slimmer figure."""
    height, width = frames.shape[1:3]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    strength, phase = rng.uniform(0.03, 0.06) * width, rng.uniform(0, 6.3)
    out = []
    for index, (frame, mask) in enumerate(zip(frames, masks, strict=True)):
        soft = _soft(mask, 0.05 * width)[..., 0]
        dx = strength * soft * np.sin(y / height * 9 + phase + index / 9)
        dy = strength * soft * np.cos(x / width * 9 + phase + index / 7)
        bent = cv2.remap(
            frame, x + dx.astype(np.float32), y + dy.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        out.append(_blend(frame, bent, mask, 0))
    return np.stack(out)


FORGERS: dict[str, Forger] = {
    "splice": splice,
    "swap": swap,
    "remove_by_inpainting": remove_by_inpainting,
    "remove_by_smoothing": remove_by_smoothing,
    "remove_by_background": remove_by_background,
    "clone": clone,
    "bend": bend,
}

KINDS: dict[str, tuple[str, ...]] = {
    "splice": ("splice",),
    "swap": ("swap",),
    "removal": ("remove_by_inpainting", "remove_by_smoothing", "remove_by_background"),
    "clone": ("clone",),
    "warp": ("bend",),
}
"""The kinds of forgery, and the forgers of each."""
