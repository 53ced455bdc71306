"""A canvas for the demonstration's sets and figures: shapes with fills, drawn at twice the size and scaled down."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.media import Picture
from vtl_desktop.services.demonstration.textures import Colour, Fill, noise

SUPERSAMPLING = 2
_FRACTION_BITS = 4

Layer = NDArray[np.uint8]
"""Premultiplied RGBA, uint8 [height, width, 4]."""

Point = tuple[float, float]


class Canvas:
    """Paints shapes; coordinates are pixels of the finished picture, fractions allowed."""

    def __init__(self, width: int, height: int, *, scale: int = SUPERSAMPLING) -> None:
        self.width, self.height, self.scale = width, height, scale
        self._colour = np.zeros((height * scale, width * scale, 3), np.uint8)
        self._cover = np.zeros((height * scale, width * scale), np.uint8)

    def shape(
        self, points: Sequence[Point], fill: Colour | Fill, *, opacity: float = 1.0, light: Point = (1.0, 1.0)
    ) -> None:
        """Fills a polygon.

        Args:
            points: its corners.
            fill: a colour, or a texture.
            opacity: 0 to 1.
            light: brightness at the top and at the bottom of the polygon.
        """
        corners = np.array(points, np.float64) * self.scale
        left, top = np.floor(corners.min(axis=0)).astype(int)
        right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 1
        inside = np.zeros((bottom - top, right - left), np.uint8)
        fixed = np.round((corners - (left, top)) * (1 << _FRACTION_BITS)).astype(np.int32)
        cv2.fillPoly(inside, [fixed], 255, cv2.LINE_AA, _FRACTION_BITS)
        self._blend(inside, left, top, fill, opacity, light)

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: Colour | Fill,
        *,
        opacity: float = 1.0,
        light: Point = (1.0, 1.0),
    ) -> None:
        """Fills an upright rectangle."""
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        self.shape(corners, fill, opacity=opacity, light=light)

    def ellipse(
        self,
        x: float,
        y: float,
        across: float,
        down: float,
        fill: Colour | Fill,
        *,
        opacity: float = 1.0,
        light: Point = (1.0, 1.0),
    ) -> None:
        """Fills an ellipse about (x, y) with the half axes `across` and `down`."""
        angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        corners = [(x + across * np.cos(angle), y + down * np.sin(angle)) for angle in angles]
        self.shape(corners, fill, opacity=opacity, light=light)

    def limb(self, start: Point, end: Point, thick: float, thin: float, fill: Colour | Fill) -> None:
        """Fills a tapered bar with round ends."""
        a, b = np.array(start), np.array(end)
        heading = np.arctan2(*(b - a)[::-1])
        around_a = np.linspace(heading + np.pi / 2, heading + 3 * np.pi / 2, 9)
        around_b = np.linspace(heading - np.pi / 2, heading + np.pi / 2, 9)
        corners = [(a[0] + thick / 2 * np.cos(t), a[1] + thick / 2 * np.sin(t)) for t in around_a]
        corners += [(b[0] + thin / 2 * np.cos(t), b[1] + thin / 2 * np.sin(t)) for t in around_b]
        self.shape(corners, fill)

    def text(self, x: float, y: float, words: str, height: float, colour: Colour) -> None:
        """Writes a line whose baseline starts at (x, y); `height` is that of its capitals."""
        size = height * self.scale / 22
        at = (round(x * self.scale), round(y * self.scale))
        weight = max(1, round(size * 2))
        cv2.putText(self._colour, words, at, cv2.FONT_HERSHEY_DUPLEX, size, colour, weight, cv2.LINE_AA)
        cv2.putText(self._cover, words, at, cv2.FONT_HERSHEY_DUPLEX, size, 255, weight, cv2.LINE_AA)

    def shadow(self, x: float, y: float, across: float, down: float, depth: float = 0.45) -> None:
        """Darkens a soft ellipse by up to `depth`; leaves the cover as it is."""
        self._glow(x, y, across, down, lambda soft, piece: piece * (1 - depth * soft))

    def lamp(self, x: float, y: float, across: float, down: float, colour: Colour, strength: float = 0.8) -> None:
        """Adds a soft ellipse of light."""
        light = np.array(colour, np.float32)
        self._glow(x, y, across, down, lambda soft, piece: piece + light * strength * soft)

    def grain(self, rng: np.random.Generator, amount: float = 0.08) -> None:
        """Weathers everything: uneven brightness, coarse and fine."""
        height, width = self._cover.shape
        tone = 1 + amount * (noise(rng, height, width, 1.5) + noise(rng, height, width, 0.4) - 1)
        self._colour[:] = np.clip(self._colour * tone[..., None], 0, 255)

    def picture(self) -> Picture:
        """What was painted, RGB."""
        return np.asarray(cv2.resize(self._colour, (self.width, self.height), interpolation=cv2.INTER_AREA), np.uint8)

    def layer(self) -> Layer:
        """What was painted, with its cover."""
        share = self._cover[..., None].astype(np.float32) / 255
        whole = np.dstack([(self._colour * share).astype(np.uint8), self._cover])
        return np.asarray(cv2.resize(whole, (self.width, self.height), interpolation=cv2.INTER_AREA), np.uint8)

    def _blend(
        self, inside: NDArray[np.uint8], left: int, top: int, fill: Colour | Fill, opacity: float, light: Point
    ) -> None:
        height, width = inside.shape
        y0, x0 = max(top, 0), max(left, 0)
        y1, x1 = min(top + height, self._cover.shape[0]), min(left + width, self._cover.shape[1])
        if y1 <= y0 or x1 <= x0:
            return
        part = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
        share = inside[part].astype(np.float32) * np.float32(opacity / 255)
        paint = fill(height, width)[part] if callable(fill) else np.full((*share.shape, 3), fill, np.uint8)
        if light != (1.0, 1.0):
            rows = np.linspace(*light, height, dtype=np.float32)[part[0], None, None]
            paint = np.minimum(paint * rows, 255).astype(np.uint8)
        here = np.s_[y0:y1, x0:x1]
        under = np.ascontiguousarray(self._colour[here])
        self._colour[here] = cv2.blendLinear(under, np.ascontiguousarray(paint), 1 - share, share)
        self._cover[here] = 255 - (255 - self._cover[here]) * (1 - share)

    def _glow(self, x: float, y: float, across: float, down: float, change) -> None:  # noqa: ANN001 - a local callable
        s = self.scale
        x0, x1 = max(int((x - across) * s), 0), min(int((x + across) * s) + 1, self._cover.shape[1])
        y0, y1 = max(int((y - down) * s), 0), min(int((y + down) * s) + 1, self._cover.shape[0])
        if y1 <= y0 or x1 <= x0:
            return
        gy, gx = np.mgrid[y0:y1, x0:x1].astype(np.float32)
        soft = np.clip(1 - ((gx / s - x) / across) ** 2 - ((gy / s - y) / down) ** 2, 0, 1)[..., None] ** 1.5
        piece = self._colour[y0:y1, x0:x1].astype(np.float32)
        self._colour[y0:y1, x0:x1] = np.clip(change(soft, piece), 0, 255)
