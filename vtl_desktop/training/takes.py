"""Scenes made by formula, each filmed several times: what tells takes of one scene apart, without limit.

A room of textured planes, or a flat backdrop, seen by a camera that stands, pans or moves in; figures cut out of other
pictures move through it. The takes of a scene share room, figures and camera; when the figures move, and in half of
the scenes where, is each take's own.
Look-alike clips are where codes fail first (docs/accuracy.md), and real ones are few.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Motion = Callable[[float], tuple[float, float, float]]
"""What moves through time, in seconds: two coordinates, and a turn or a zoom."""

TAKES = 3
FRAMES = 8
SECONDS = 0.2
"""Between two frames of a take."""


@dataclass(frozen=True, slots=True)
class _Figure:
    """Something that moves: colours uint8 [h, w, 3] and alpha float32 [h, w, 1]."""

    colours: Picture
    alpha: NDArray[np.float32]
    size: float


def takes(scenes: int, size: int, seed: int, pictures: Picture) -> Picture:
    """Clips of made scenes, `TAKES` of each scene one after the other.

    Args:
        scenes: how many.
        size: side of the squares, in pixels.
        seed: the same one makes the same takes.
        pictures: uint8 [n, S, S, 3], RGB; textures are cut out of them.

    Returns:
        uint8 [scenes x TAKES, FRAMES, size, size, 3], RGB.
    """
    made = [_scene(size, np.random.default_rng([seed, number]), pictures) for number in range(scenes)]
    return np.concatenate(made) if made else np.zeros((0, FRAMES, size, size, 3), np.uint8)


def _scene(size: int, rng: np.random.Generator, pictures: Picture) -> Picture:
    room = rng.random() < 0.5
    textures = [_picture(rng, pictures, size) for _ in range(4 if room else 1)]
    depth = rng.uniform(0.35, 0.65)
    figures = [_figure(rng, pictures, size) for _ in range(int(rng.integers(1, 5)))]
    move = _camera(rng)
    # Somebody at a desk stays there from take to take; somebody in a corridor does not.
    seated = rng.random() < 0.5
    paths = [_path(rng, seated) for _ in figures]
    clips = []
    for take in range(TAKES):
        start = rng.uniform(0, 30)
        if take and not seated:
            paths = [_path(rng, seated) for _ in figures]
        times = start + SECONDS * np.arange(FRAMES)
        # A little more than the frame shows, so that the camera has room to move.
        wide = round(size * 1.25)
        backdrop = _room(textures, wide, depth) if room else _scaled(textures[0], wide)
        clips.append(
            [_frame(backdrop, figures, [path(time) for path in paths], move(time), size) for time in times.tolist()]
        )
    return np.asarray(clips, np.uint8)


def _picture(rng: np.random.Generator, pictures: Picture, size: int) -> Picture:
    return _scaled(pictures[rng.integers(len(pictures))], size)


def _scaled(picture: Picture, size: int) -> Picture:
    return cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _room(textures: list[Picture], size: int, depth: float) -> Picture:
    """A back wall, a floor and two side walls in central perspective; the ceiling is the back wall's colour."""
    out = np.empty((size, size, 3), np.uint8)
    out[:] = textures[0].mean((0, 1))
    near, low, high = (1 - depth) / 2 * size, 0.2 * size, (0.2 + depth) * size
    left, right = near, size - near
    walls = (
        [(left, low), (right, low), (right, high), (left, high)],
        [(left, high), (right, high), (size, size), (0, size)],
        [(0, 0), (left, low), (left, high), (0, size)],
        [(right, low), (size, 0), (size, size), (right, high)],
    )
    side = textures[0].shape[0]
    corners = np.array([(0, 0), (side, 0), (side, side), (0, side)], np.float32)
    for texture, wall, light in zip(textures, walls, (1.0, 0.9, 0.75, 0.8), strict=True):
        homography = cv2.getPerspectiveTransform(corners, np.array(wall, np.float32))
        placed = cv2.warpPerspective(texture, homography, (size, size), borderMode=cv2.BORDER_REPLICATE)
        inside = cv2.fillConvexPoly(np.zeros((size, size), np.uint8), np.array(wall, np.int32), 1) > 0
        out[inside] = placed[inside] * light
    return out


def _figure(rng: np.random.Generator, pictures: Picture, size: int) -> _Figure:
    """A person of sorts (a head over shoulders), or a wobbly thing, that shows a part of a picture."""
    side = size
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    if rng.random() < 0.6:
        head = (x / 0.32) ** 2 + ((y + 0.62) / 0.36) ** 2
        body = (np.abs(x) / rng.uniform(0.5, 0.9)) ** 3 + (np.abs(y - 0.55) / 0.62) ** 3
        outside = np.minimum(head, body)
    else:
        angle = np.arctan2(y, x)
        reach = 0.75 + 0.15 * np.sin(3 * angle + rng.uniform(0, 6.3)) + 0.08 * np.sin(5 * angle + rng.uniform(0, 6.3))
        outside = np.hypot(x, y) / reach
    alpha = np.clip((1 - outside) * side / 8, 0, 1).astype(np.float32)[..., None]
    tint = rng.uniform(0.5, 1.2, 3)
    colours = np.clip(_picture(rng, pictures, side) * tint, 0, 255).astype(np.uint8)
    return _Figure(colours, alpha, float(rng.uniform(0.12, 0.55)))


def _path(rng: np.random.Generator, seated: bool) -> Motion:
    """Where a figure is at a time: x and y in 0 to 1, and its turn in degrees."""
    centre = rng.uniform((0.15, 0.3), (0.85, 0.85))
    reach = rng.uniform(0.02, 0.1 if seated else 0.3, 2) * (1, 0.4)
    pace, phase = rng.uniform(0.15, 1.2, 3), rng.uniform(0, 6.3, 3)
    turn = rng.uniform(0, 12)

    def at(time: float) -> tuple[float, float, float]:
        swing = np.sin(pace * time * 2 + phase)
        return float(centre[0] + reach[0] * swing[0]), float(centre[1] + reach[1] * swing[1]), float(turn * swing[2])

    return at


def _camera(rng: np.random.Generator) -> Motion:
    """Where the camera looks at a time: x and y in -1 to 1 of its room to move, and a zoom of 1 to 1.15."""
    kind, pace = rng.integers(3), rng.uniform(0.1, 0.6)
    away = rng.uniform(-0.5, 0.5, 2)

    def at(time: float) -> tuple[float, float, float]:
        swing = math.sin(pace * time)
        if kind == 0:
            return float(away[0]), float(away[1]), 1.0
        if kind == 1:
            return swing, float(away[1]), 1.0
        return float(away[0]), float(away[1]), 1.075 + 0.075 * swing

    return at


def _frame(
    backdrop: Picture,
    figures: list[_Figure],
    places: list[tuple[float, float, float]],
    view: tuple[float, float, float],
    size: int,
) -> Picture:
    """One frame: figures over the backdrop, seen by the camera."""
    wide = len(backdrop)
    canvas = backdrop.astype(np.float32)
    for figure, (x, y, turn) in zip(figures, places, strict=True):
        side = figure.alpha.shape[0]
        scale = figure.size * wide / side
        matrix = cv2.getRotationMatrix2D((side / 2, side / 2), turn, scale)
        matrix[:, 2] += (x * wide - side / 2, y * wide - side / 2)
        colours = cv2.warpAffine(figure.colours, matrix, (wide, wide), flags=cv2.INTER_LINEAR)
        alpha = cv2.warpAffine(figure.alpha, matrix, (wide, wide), flags=cv2.INTER_LINEAR)[..., None]
        canvas += (colours - canvas) * alpha
    reach = wide / view[2] * size / wide
    slack = (wide - reach) / 2
    left, top = (wide - reach) / 2 + view[0] * slack, (wide - reach) / 2 + view[1] * slack
    matrix = np.array([[reach / size, 0, left], [0, reach / size, top]], np.float32)
    seen = cv2.warpAffine(canvas, matrix, (size, size), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return np.clip(np.rint(seen), 0, 255).astype(np.uint8)
