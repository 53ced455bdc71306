"""What every copy goes through: cut out, turned, scaled, recoloured, made noisy, put through codecs. Nothing local."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]
Masks = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Coding:
    """How a copy is written: FFmpeg's name of an encoder and its options; `unseen` ones are kept for tests."""

    codec: str
    options: dict[str, str]


def copied(frames: Frames, masks: Masks, rng: np.random.Generator) -> tuple[Frames, Masks, bool]:
    """A copy of a clip as it is posted, before it is coded.

    Args:
        frames: uint8 [n, height, width, 3], RGB.
        masks: uint8 [n, height, width, k]; they are placed as the frames are.
        rng: decides everything.

    Returns:
        Frames and masks at the copy's size, which is even, and whether it is mirrored.
    """
    mirrored = rng.random() < 0.15
    if mirrored:
        frames, masks = frames[:, :, ::-1], masks[:, :, ::-1]
    if rng.random() < 0.6:
        matrix, size = _place(frames.shape[1], frames.shape[2], rng)
        bars = tuple(int(v) for v in rng.integers(0, 60, 3))
        frames = np.stack([_warp(frame, matrix, size, bars) for frame in frames])
        masks = np.stack([_warp(mask, matrix, size) for mask in masks]).reshape(len(frames), size[1], size[0], -1)
    height, width = (side // 2 * 2 for side in frames.shape[1:3])
    return _photographed(frames[:, :height, :width], rng), masks[:, :height, :width], mirrored


def _warp(
    picture: Frames, matrix: NDArray[np.float64], size: tuple[int, int], border: tuple[int, ...] = (0, 0, 0)
) -> Frames:
    area = abs(float(np.linalg.det(matrix[:2, :2])))
    shrinking = area < 0.8
    if shrinking:
        picture = cv2.GaussianBlur(picture, (0, 0), 0.5 / area**0.5).astype(np.uint8, copy=False)
    way = cv2.INTER_LINEAR if shrinking else cv2.INTER_CUBIC
    return cv2.warpPerspective(picture, matrix, size, flags=way, borderValue=border).astype(np.uint8, copy=False)


def _place(height: int, width: int, rng: np.random.Generator) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """A homography into the copy's picture, and the copy's size: crops, scales, bars, turns, a filmed screen."""
    matrix = np.eye(3)
    out_width, out_height = float(width), float(height)
    if rng.random() < 0.6:
        keep_x, keep_y = rng.uniform(0.6, 1.0, 2)
        x, y = rng.uniform(0, 1 - keep_x) * width, rng.uniform(0, 1 - keep_y) * height
        matrix = np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1.0]]) @ matrix
        out_width, out_height = keep_x * width, keep_y * height
    if rng.random() < 0.25:
        middle = (out_width / 2, out_height / 2)
        turn = np.vstack([cv2.getRotationMatrix2D(middle, rng.uniform(-12, 12), rng.uniform(0.9, 1.15)), [0, 0, 1]])
        matrix = turn @ matrix
    if rng.random() < 0.15:
        corners = np.array([[0, 0], [out_width, 0], [out_width, out_height], [0, out_height]], np.float32)
        inward = rng.uniform(-0.02, 0.14, (4, 2)) * (out_width, out_height) * [[1, 1], [-1, 1], [-1, -1], [1, -1]]
        matrix = cv2.getPerspectiveTransform(corners, (corners + inward).astype(np.float32)) @ matrix
    if rng.random() < 0.15:
        bar = rng.uniform(0.06, 0.16)
        squeeze = np.array([[1, 0, 0], [0, 1 - 2 * bar, bar * out_height], [0, 0, 1]])
        matrix = squeeze @ matrix
    scale = rng.uniform(0.55, 1.3) if rng.random() < 0.6 else 1.0
    scale = max(scale, 120 / min(out_width, out_height))
    stretch = rng.uniform(0.92, 1.08) if rng.random() < 0.1 else 1.0
    matrix = np.diag([scale * stretch, scale, 1.0]) @ matrix
    return matrix, (max(round(out_width * scale * stretch) // 2 * 2, 2), max(round(out_height * scale) // 2 * 2, 2))


def _photographed(frames: Frames, rng: np.random.Generator) -> Frames:
    """Colours, blur, grain, banding."""
    steps: list[Callable[[NDArray[np.float32]], NDArray[Any]]] = []
    if rng.random() < 0.4:
        gain, offset = rng.uniform(0.7, 1.35), rng.uniform(-25, 25)
        tint = rng.uniform(0.9, 1.1, 3).astype(np.float32) if rng.random() < 0.5 else np.ones(3, np.float32)
        steps.append(lambda f: f * (gain * tint) + offset)
    if rng.random() < 0.2:
        gamma = rng.uniform(0.7, 1.4)
        steps.append(lambda f: 255 * (np.clip(f, 0, 255) / 255) ** gamma)
    if rng.random() < 0.25:
        saturation = rng.choice([0.0, rng.uniform(0.4, 1.6)])
        steps.append(lambda f: f.mean(2, keepdims=True) + saturation * (f - f.mean(2, keepdims=True)))
    if rng.random() < 0.15:
        hue = int(rng.integers(-14, 15))
        steps.append(lambda f: _hue(f, hue))
    if rng.random() < 0.2:
        sigma = float(rng.uniform(0.5, 2.4))
        steps.append(lambda f: cv2.GaussianBlur(f, (0, 0), sigma))
    elif rng.random() < 0.12:
        amount = rng.uniform(0.3, 1.0)
        steps.append(lambda f: f + amount * (f - cv2.GaussianBlur(f, (0, 0), 1.2)))
    if rng.random() < 0.06:
        waves, depth = rng.uniform(0.3, 1.2), rng.uniform(0.02, 0.06)
        steps.append(lambda f: f * (1 + depth * np.sin(np.arange(len(f)) * waves))[:, None, None])
    if rng.random() < 0.2:
        noise = rng.uniform(3, 18)
        steps.append(lambda f: f + rng.standard_normal(f.shape).astype(np.float32) * noise)
    if not steps:
        return frames
    out = np.empty_like(frames)
    for index, frame in enumerate(frames):
        picture = frame.astype(np.float32)
        for step in steps:
            picture = step(picture).astype(np.float32)
        out[index] = np.clip(picture, 0, 255)
    return out


def _hue(frame: NDArray[np.float32], hue: int) -> NDArray[np.float32]:
    hsv = cv2.cvtColor(np.clip(frame, 0, 255).astype(np.uint8), cv2.COLOR_RGB2HSV).astype(np.int16)
    hsv[..., 0] = (hsv[..., 0] + hue) % 180
    return cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB).astype(np.float32)


def coding(rng: np.random.Generator) -> Coding:
    """How a copy is coded: mostly H.264, sometimes MPEG-4 or VP9, from good to bad."""
    pick = rng.random()
    if pick < 0.8:
        preset = str(rng.choice(["veryfast", "fast", "medium"]))
        return Coding("libx264", {"crf": str(rng.integers(17, 41)), "preset": preset, "threads": "1"})
    if pick < 0.93:
        return Coding("mpeg4", {"flags": "+qscale", "global_quality": str(118 * int(rng.integers(3, 20)))})
    return Coding("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "crf": str(rng.integers(24, 54)), "b": "0"})
