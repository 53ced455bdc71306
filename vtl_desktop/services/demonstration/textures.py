"""Surfaces for the demonstration's sets: noise with a natural spectrum, and bricks, tiles, planks, leaves made from it.

A fill is called with a height and width in canvas pixels and gives RGB, uint8 [height, width, 3].
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.media import Picture

Colour = tuple[int, int, int]
Fill = Callable[[int, int], Picture]
Plane = NDArray[np.float32]

_TILE = 1024
_SLOPES = (0.5, 0.7, 0.9, 1.2, 1.6)


@cache
def _noise_tile(slope: float, number: int) -> Plane:
    """One periodic tile of 1/f^slope noise, about 0 to 1, float32 [1024, 1024]."""
    rng = np.random.default_rng([number, int(slope * 100)])
    y = np.fft.fftfreq(_TILE)[:, None]
    x = np.fft.rfftfreq(_TILE)[None, :]
    radius = np.hypot(x, y)
    radius[0, 0] = 1.0
    spectrum = np.fft.rfft2(rng.standard_normal((_TILE, _TILE))) / radius**slope
    spectrum[0, 0] = 0
    plane = np.fft.irfft2(spectrum, s=(_TILE, _TILE))
    low, high = np.percentile(plane, [2, 98])
    return np.clip((plane - low) / (high - low), 0, 1).astype(np.float32)


def noise(
    rng: np.random.Generator, height: int, width: int, slope: float = 1.0, stretch: tuple[float, float] = (1, 1)
) -> Plane:
    """A random piece of 1/f^slope noise.

    Args:
        rng: chooses the piece.
        height, width: of what is wanted, in pixels.
        slope: 0 for white, 1 for grain and stone, 2 for clouds.
        stretch: how many times longer features are in x and y.

    Returns:
        float32 [height, width], 0 to 1.
    """
    nearest = min(_SLOPES, key=lambda known: abs(known - slope))
    tile = _noise_tile(nearest, int(rng.integers(2)))
    across, down = int(np.ceil(width / stretch[0])), int(np.ceil(height / stretch[1]))
    columns = (np.arange(across) + rng.integers(_TILE)) % _TILE
    rows = (np.arange(down) + rng.integers(_TILE)) % _TILE
    piece = tile[rows[:, None], columns[:: 1 if rng.random() < 0.5 else -1][None, :]]
    return piece if stretch == (1, 1) else cv2.resize(piece, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 1)


def ramp(values: NDArray[np.floating], *colours: Colour) -> Picture:
    """Colours for values from 0 to 1: evenly spaced stops, blended between them."""
    at = np.linspace(0, 1, 256)
    stops = np.linspace(0, 1, len(colours))
    table = np.stack([np.interp(at, stops, channel) for channel in np.array(colours).T], axis=1).astype(np.uint8)
    levels = np.clip(values * 255, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(cv2.cvtColor(levels, cv2.COLOR_GRAY2RGB), table[None]), np.uint8)


def _lit(picture: Picture, factor: NDArray[np.floating]) -> Picture:
    return np.clip(picture * factor[..., None], 0, 255).astype(np.uint8)


def speckled(rng: np.random.Generator, colour: Colour, amount: float = 0.3, slope: float = 1.0) -> Fill:
    """One colour with grain: plaster, asphalt, cloth, stone."""

    def fill(height: int, width: int) -> Picture:
        plain = np.full((height, width, 3), colour, np.uint8)
        return _lit(plain, 1 + amount * (noise(rng, height, width, slope) - 0.5) * 2)

    return fill


def ramped(
    rng: np.random.Generator, *colours: Colour, slope: float = 1.0, stretch: tuple[float, float] = (1, 1)
) -> Fill:
    """Noise through a row of colours: grass, rock, water, clouds."""
    return lambda height, width: ramp(noise(rng, height, width, slope, stretch), *colours)


def sky(rng: np.random.Generator, top: Colour, bottom: Colour, clouds: float = 0.5) -> Fill:
    """A vertical gradient with clouds; `clouds` 0 to 1 is how much of it they cover."""

    def fill(height: int, width: int) -> Picture:
        down = np.broadcast_to(np.linspace(0, 1, height, dtype=np.float32)[:, None], (height, width))
        picture = ramp(down, top, bottom).astype(np.float32)
        cover = noise(rng, height, width, 1.7, (2.6, 1.2))
        cover = np.clip((cover - (1 - clouds)) / 0.35, 0, 1)[..., None] * 0.85
        puffs = 225 + 30 * noise(rng, height, width, 1.3, (2, 1))[..., None]
        return (picture * (1 - cover) + puffs * cover).clip(0, 255).astype(np.uint8)

    return fill


def bricks(rng: np.random.Generator, colour: Colour, mortar: Colour, size: tuple[int, int] = (44, 18)) -> Fill:
    """A wall in stretcher bond; `size` is a brick's width and height in canvas pixels."""

    def fill(height: int, width: int) -> Picture:
        y, x = np.mgrid[:height, :width]
        row = y // size[1]
        shifted = x + (row % 2) * size[0] // 2
        column = shifted // size[0]
        tone = rng.uniform(0.72, 1.2, (int(row.max()) + 1, int(column.max()) + 1)).astype(np.float32)[row, column]
        picture = _lit(np.full((height, width, 3), colour, np.uint8), tone)
        joint = (y % size[1] < 3) | (shifted % size[0] < 3)
        picture[joint] = mortar
        return _lit(picture, 0.8 + 0.4 * noise(rng, height, width, 0.8))

    return fill


def tiles(rng: np.random.Generator, light: Colour, dark: Colour, size: int = 90, joint: int = 4) -> Fill:
    """Square tiles of two colours in a chequer, each a little different."""

    def fill(height: int, width: int) -> Picture:
        y, x = np.mgrid[:height, :width]
        row, column = y // size, x // size
        tone = rng.uniform(0.86, 1.1, (int(row.max()) + 1, int(column.max()) + 1)).astype(np.float32)[row, column]
        picture = np.where(((row + column) % 2 == 0)[..., None], light, dark).astype(np.uint8)
        picture[(y % size < joint) | (x % size < joint)] = tuple(int(0.6 * value) for value in dark)
        return _lit(picture, tone * (0.88 + 0.24 * noise(rng, height, width, 1.2)))

    return fill


def planks(rng: np.random.Generator, colour: Colour, size: int = 60, along: int = 700) -> Fill:
    """Wooden boards lying across, `size` canvas pixels high, each up to `along` long."""

    def fill(height: int, width: int) -> Picture:
        y, x = np.mgrid[:height, :width]
        row = y // size
        shift = rng.integers(0, along, int(row.max()) + 1)[row]
        column = (x + shift) // along
        tone = rng.uniform(0.75, 1.12, (int(row.max()) + 1, int(column.max()) + 1)).astype(np.float32)[row, column]
        grain = noise(rng, height, width, 0.9, (14, 1))
        picture = _lit(np.full((height, width, 3), colour, np.uint8), tone * (0.72 + 0.5 * grain))
        picture[(y % size < 2) | ((x + shift) % along < 2)] = tuple(int(0.35 * value) for value in colour)
        return picture

    return fill


def stripes(colour: Colour, other: Colour, size: int = 40) -> Fill:
    """Upright stripes, as on an awning."""

    def fill(height: int, width: int) -> Picture:
        odd = (np.arange(width) // size % 2).astype(bool)[None, :, None]
        return np.where(odd, np.array(colour, np.uint8), np.array(other, np.uint8)).repeat(height, axis=0)

    return fill


def leaves(rng: np.random.Generator, dark: Colour, light: Colour) -> Fill:
    """Foliage: clumps lit from above, with single leaves on them."""

    def fill(height: int, width: int) -> Picture:
        clumps = noise(rng, height, width, 1.4)
        lit: Plane = np.clip(clumps - np.roll(clumps, 14, axis=0) + np.float32(0.5), 0, 1)
        return ramp(0.5 * lit + 0.5 * noise(rng, height, width, 0.55), dark, dark, light, light)

    return fill


def receding(fill: Fill, near: float, far: float, depth: int = 900) -> Fill:
    """A flat surface seen in perspective, from the horizon at the fill's top edge to its bottom edge.

    Args:
        fill: the surface seen from above.
        near, far: widths of the surface in view at the bottom and the top edge, in its own pixels.
        depth: its length in its own pixels.
    """

    def laid(height: int, width: int) -> Picture:
        across = int(max(near, far))
        flat = fill(depth, across)
        middle = across / 2
        seen = np.array(
            [[middle - far / 2, 0], [middle + far / 2, 0], [middle + near / 2, depth], [middle - near / 2, depth]],
            np.float32,
        )
        onto = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        matrix = cv2.getPerspectiveTransform(seen, onto)
        # Far rows hold many surface pixels each: averaging two sizes keeps them from flickering.
        sharp = cv2.warpPerspective(
            flat, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        soft = cv2.warpPerspective(
            cv2.GaussianBlur(flat, (0, 0), 3.0), matrix, (width, height), borderMode=cv2.BORDER_REFLECT
        )
        share = np.linspace(0.15, 1, height, dtype=np.float32)[:, None, None]
        return (sharp * share + soft * (1 - share)).astype(np.uint8)

    return laid
