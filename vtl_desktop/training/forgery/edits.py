"""Forgeries for the Localizator: a region changed by one of many means and blended in by one of many.

Unlike `forgers`, whose changes stay inside the mask, the seam here lies on the mask's border: half of a feathered edge
is outside, as it is with the tools that people use, and the mask says where more than half of a pixel was replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import cv2
import numpy as np

from vtl_desktop.training.forgery.forgers import FORGERS, Frames, Masks

Fill = Callable[[Frames, Frames, Masks, np.random.Generator], Frames]


def _patches(frames: Frames, other: Frames, masks: Masks, rng: np.random.Generator) -> Frames:
    """Removed by what lies beside it, its brightness made to fit: grass by grass."""
    height, width = frames.shape[1:3]
    union = masks.any(0)
    ys, xs = np.nonzero(union)
    if not len(xs):
        return frames.copy()
    reach = np.array([np.ptp(xs) + 8, np.ptp(ys) + 8])
    angle = rng.uniform(0, 2 * np.pi)
    dx, dy = (np.array([np.cos(angle), np.sin(angle)]) * reach).round().astype(int)
    out = np.empty_like(frames)
    for index, (frame, mask) in enumerate(zip(frames, masks, strict=True)):
        matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        moved = cv2.warpAffine(frame, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101).astype(np.float32)
        ring = (cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0) & ~mask
        if ring.any():
            moved += frame[ring].astype(np.float32).mean(0) - moved[ring].mean(0)
        out[index] = np.clip(moved, 0, 255)
    return out


def _navier_stokes(frames: Frames, other: Frames, masks: Masks, rng: np.random.Generator) -> Frames:
    """Filled from the surroundings at low resolution (Navier-Stokes)."""
    height, width = frames.shape[1:3]
    scale = rng.uniform(60, 140) / height
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    out = []
    for frame, mask in zip(frames, masks, strict=True):
        hole = cv2.dilate(cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST), np.ones((3, 3)))
        small = cv2.inpaint(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), hole, 3, cv2.INPAINT_NS)
        out.append(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))
    return np.stack(out).astype(np.uint8)


def _plate(frames: Frames, other: Frames, masks: Masks, rng: np.random.Generator) -> Frames:
    """Covered with a blurred or pixelated version of itself, as faces are hidden."""
    height, width = frames.shape[1:3]
    cells = float(rng.uniform(0.02, 0.07))
    out = []
    for frame in frames:
        size = (max(2, round(1 / cells)), max(2, round(height / width / cells)))
        small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        out.append(cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST))
    return np.stack(out)


def _blurred(frames: Frames, other: Frames, masks: Masks, rng: np.random.Generator) -> Frames:
    """Blurred beyond recognition."""
    sigma = float(rng.uniform(0.015, 0.05)) * frames.shape[2]
    return np.stack([cv2.GaussianBlur(frame, (0, 0), sigma) for frame in frames])


def _retouched(frames: Frames, other: Frames, masks: Masks, rng: np.random.Generator) -> Frames:
    """Other colours: a car repainted, a shirt dyed, a place lit or darkened."""
    hue, saturation = int(rng.integers(12, 168)), rng.uniform(0.4, 2.0)
    gain, offset = rng.uniform(0.6, 1.5), rng.uniform(-30, 30)
    recoloured = rng.random() < 0.6
    out = []
    for frame in frames:
        hsv = cv2.cvtColor(frame, cv2.COLOR_RGB2HSV).astype(np.float32)
        if recoloured:
            hsv[..., 0] = (hsv[..., 0] + hue) % 180
            hsv[..., 1] = np.clip(hsv[..., 1] * saturation + 20, 0, 255)
        else:
            hsv[..., 2] = np.clip(hsv[..., 2] * gain + offset, 0, 255)
        out.append(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB))
    return np.stack(out).astype(np.uint8)


def _magnified(frames: Frames, other: Frames, masks: Masks, rng: np.random.Generator) -> Frames:
    """The region itself, larger, smaller, turned or reversed about its own middle."""
    height, width = frames.shape[1:3]
    scale = rng.choice([rng.uniform(0.6, 0.85), rng.uniform(1.15, 1.6)])
    angle = rng.choice([0.0, rng.uniform(-25, 25)])
    reverse = rng.random() < 0.3
    out = []
    for frame, mask in zip(frames, masks, strict=True):
        ys, xs = np.nonzero(mask)
        middle = (float(xs.mean()), float(ys.mean())) if len(xs) else (width / 2, height / 2)
        matrix = cv2.getRotationMatrix2D(middle, angle, float(scale))
        if reverse:
            matrix = matrix @ np.array([[-1, 0, 2 * middle[0]], [0, 1, 0], [0, 0, 1]])
        out.append(cv2.warpAffine(frame, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101))
    return np.stack(out).astype(np.uint8)


def _bent(frames: Frames, other: Frames, masks: Masks, rng: np.random.Generator) -> Frames:
    """The same pixels moved, up to the very border: a smile, a slimmer figure, done roughly."""
    height, width = frames.shape[1:3]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    strength, phase, waves = rng.uniform(0.015, 0.05) * width, rng.uniform(0, 6.3), rng.uniform(5, 12)
    sigma = float(rng.uniform(2, 9))
    out = []
    for index, (frame, mask) in enumerate(zip(frames, masks, strict=True)):
        soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma) * mask * strength
        dx = soft * np.sin(y / height * waves + phase + index / 9)
        dy = soft * np.cos(x / width * waves + phase + index / 7)
        out.append(
            cv2.remap(
                frame,
                (x + dx).astype(np.float32),
                (y + dy).astype(np.float32),
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REFLECT,
            )
        )
    return np.stack(out).astype(np.uint8)


FILLS: dict[str, Fill] = {
    # A bend that fades out towards the border of its mask does not show where it ends.
    **{name: forger for name, forger in FORGERS.items() if name != "bend"},
    "bent": _bent,
    "patches": _patches,
    "navier_stokes": _navier_stokes,
    "plate": _plate,
    "blurred": _blurred,
    "retouched": _retouched,
    "magnified": _magnified,
}

WEIGHTS = {
    "splice": 2.0,
    "swap": 2.0,
    "remove_by_inpainting": 1.5,
    "remove_by_smoothing": 1.0,
    "remove_by_background": 1.5,
    "clone": 1.5,
    "bent": 3.0,
    "patches": 1.5,
    "navier_stokes": 1.0,
    "plate": 0.5,
    "blurred": 0.5,
    "retouched": 1.0,
    "magnified": 1.5,
}
"""How often each is taken: what is hard to see more often."""

UNSEEN = ("remove_by_smoothing", "patches", "magnified")
"""Left out of training; they say how the Localizator does on means it never saw."""

POISSON = 0.12
"""Share of pasted regions that are blended by gradients (seamless cloning)."""


def forge(
    frames: Frames, other: Frames, masks: Masks, rng: np.random.Generator, *, only: Collection[str] | None = None
) -> tuple[Frames, str]:
    """Forges the masked region of a clip.

    Args:
        frames: uint8 [n, height, width, 3], RGB.
        other: the same shape, another clip to borrow from.
        masks: bool [n, height, width].
        rng: decides everything.
        only: names of `FILLS` to choose from; by default all that are not `UNSEEN`.

    Returns:
        The forged frames, and what was done, for instance "splice".
    """
    names = [name for name in FILLS if (name in only if only is not None else name not in UNSEEN)]
    chances = np.array([WEIGHTS[name] for name in names])
    name = str(rng.choice(names, p=chances / chances.sum()))
    if name == "bent":
        # Moved pixels have no seam: the change fades out at the border by itself.
        return FILLS[name](frames, other, masks, rng), name
    wide = np.stack([cv2.dilate(mask.astype(np.uint8), np.ones((17, 17), np.uint8)) > 0 for mask in masks])
    # Removers must not look at what they remove; pasters take the colours of what they cover.
    removing = name.startswith("remove") or name in ("patches", "navier_stokes")
    filled = (
        FILLS[name](frames, other, wide, rng) if removing or name in FORGERS else FILLS[name](frames, other, masks, rng)
    )
    if name in ("splice", "swap", "clone") and rng.random() < POISSON:
        return _by_gradients(frames, filled, masks), name
    sigma = float(rng.choice([0.0, rng.uniform(0.5, 2.0), rng.uniform(1.5, 5.0)]))
    out = np.empty_like(frames)
    for index, (frame, fill, mask) in enumerate(zip(frames, filled, masks, strict=True)):
        alpha = mask.astype(np.float32)
        if sigma:
            alpha = cv2.GaussianBlur(alpha, (0, 0), sigma)
        out[index] = np.round(frame + (fill.astype(np.float32) - frame) * alpha[..., None])
    return out, name


def _by_gradients(frames: Frames, filled: Frames, masks: Masks) -> Frames:
    out = frames.copy()
    for index, (frame, fill, mask) in enumerate(zip(frames, filled, masks, strict=True)):
        # Seamless cloning needs a ring of pixels around the region.
        region = mask.astype(np.uint8)
        region[:2], region[-2:], region[:, :2], region[:, -2:] = 0, 0, 0, 0
        x, y, across, down = cv2.boundingRect(region)
        if across > 4 and down > 4:
            centre = (x + across // 2, y + down // 2)
            out[index] = cv2.seamlessClone(fill, frame, region * 255, centre, cv2.NORMAL_CLONE)
    return out
