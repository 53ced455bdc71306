"""Somebody who waves in front of a camera, drawn: pictures whose motion is known at every moment."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vtl_desktop.core.motion_signature import MotionSignature
from vtl_desktop.vision.motion_signature import SignatureMaker

WIDTH, HEIGHT = 320, 180
SKIN = (205, 150, 125)
Picture = np.ndarray


def room(seed: int) -> Picture:
    """A wall with blotches and posters, RGB, uint8."""
    random = np.random.default_rng(seed)
    soft = cv2.resize(
        random.normal(0, 1, (9, 16, 3)).astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC
    )
    picture = np.clip(np.array([70, 110, 140]) + 30 * soft, 0, 255).astype(np.uint8)
    for _ in range(25):
        x, y = int(random.integers(0, WIDTH)), int(random.integers(0, HEIGHT))
        tone = np.array([30, 60, 80]) + random.integers(0, 90, 3)
        cv2.rectangle(picture, (x, y), (x + 26, y + 18), tone.tolist(), -1)
    return picture


def wave(moment: float, seed: int) -> tuple[float, float]:
    """Where a hand is at a moment, shares of the picture; smooth, never the same twice."""
    phases = np.random.default_rng(seed).uniform(0, 6.3, 8)
    paces = np.array([1.7, 3.1, 5.3, 7.9])
    x = (np.array([0.05, 0.04, 0.03, 0.02]) * np.sin(paces * moment * 1.3 + phases[:4])).sum()
    y = (np.array([0.08, 0.06, 0.04, 0.03]) * np.sin(paces * moment + phases[4:])).sum()
    return float(x), float(y)


def somebody(moment: float, *, scene: int, seed: int, tint: tuple[int, int, int] = SKIN) -> Picture:
    """The room and who waves in it at a moment of the seed's gestures, RGB."""
    picture = room(scene)
    x, y = wave(moment, seed)
    sway = wave(moment * 0.6, seed + 1000)[0]
    centre = int((0.5 + 0.4 * sway) * WIDTH)
    cv2.ellipse(picture, (centre, HEIGHT), (52, 74), 0, 0, 360, (40, 35, 120), -1)
    for line in range(5):
        cv2.line(picture, (centre - 40, 125 + 11 * line), (centre + 40, 122 + 11 * line), (90, 80, 170), 3)
    cv2.circle(picture, (centre, 78), 28, tint, -1)
    for side in (-10, 10):
        cv2.circle(picture, (centre + side, 72), 4, (30, 30, 30), -1)
    hand = int((0.72 + x) * WIDTH), int((0.55 + y) * HEIGHT)
    cv2.line(picture, (centre + 40, 140), hand, (60, 50, 140), 14)
    cv2.circle(picture, hand, 13, tint, -1)
    return picture


def signature(pictures: Sequence[Picture], times: Sequence[float] | np.ndarray) -> MotionSignature:
    """Of RGB pictures shown at some times."""
    maker = SignatureMaker(pictures[0].shape[1], pictures[0].shape[0])
    for picture, time in zip(pictures, times, strict=True):
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        maker.take(float(time), cv2.resize(grey, maker.size, interpolation=cv2.INTER_AREA).astype(np.float32))
    return maker.finish()


def filmed(moments: np.ndarray, times: np.ndarray, *, scene: int = 3, seed: int = 7, **more) -> MotionSignature:
    """The signature of a film that shows the gestures' `moments` at `times`, seconds."""
    return signature([somebody(float(moment), scene=scene, seed=seed, **more) for moment in moments], times)
