"""Rendering: a set seen by a moving camera, with figures going about in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.media import Picture
from vtl_desktop.services.demonstration.canvas import Layer, Point
from vtl_desktop.services.demonstration.figures import Figure

WIDTH, HEIGHT = 640, 360
Tint = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """One picture of a set.

    Attributes:
        picture: RGB, or premultiplied RGBA where one sees through it.
        depth: how fast it passes: 1 with the figures, less behind them, more before them.
        in_front: drawn over the figures.
    """

    picture: NDArray[np.uint8]
    depth: float = 1.0
    in_front: bool = False


@dataclass(frozen=True, slots=True)
class Camera:
    """Goes from one view to another during a shot, easing in and out, held by hand.

    Attributes:
        start, end: the middle of the view in the set, pixels.
        zoom: at the start and at the end; 1 shows 640 x 360 pixels of the set.
        shake: pixels; seed: of the shaking.
        seconds: how long the move takes.
    """

    start: Point
    end: Point
    zoom: Point = (1.0, 1.0)
    shake: float = 0.0
    seed: int = 0
    seconds: float = 10.0

    def view(self, moment: float) -> tuple[float, float, float, float]:
        """Middle x, middle y, zoom and turn (radians) at a moment of the shot."""
        part = min(max(moment / self.seconds, 0.0), 1.0)
        part = part * part * (3 - 2 * part)
        rng = np.random.default_rng(self.seed)
        speeds, lags = rng.uniform(1.5, 9, (3, 5)), rng.uniform(0, 7, (3, 5))
        jolts = (np.sin(speeds * moment + lags) / np.sqrt(speeds)).sum(axis=1) * self.shake
        x = self.start[0] + (self.end[0] - self.start[0]) * part + jolts[0]
        y = self.start[1] + (self.end[1] - self.start[1]) * part + jolts[1]
        return x, y, self.zoom[0] + (self.zoom[1] - self.zoom[0]) * part, jolts[2] * 0.0012


@dataclass(frozen=True, slots=True)
class Pose:
    """A figure at a moment: place in pixels of the set, size, phase of movement, looking left, height above ground."""

    x: float
    y: float
    scale: float = 1.0
    phase: float = 0.0
    left: bool = False
    lift: float = 0.0


Path = Callable[[float], Pose]


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """A figure and its path through the shot (seconds of the shot to pose)."""

    figure: Figure
    path: Path


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A set: planes from back to front; the first is opaque. `size` is that of the plane the figures walk on."""

    planes: tuple[Plane, ...]
    size: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A stretch of a scene without a cut.

    Attributes:
        stage: where; camera: how seen; actors: who.
        seconds: how long.
        light: brightness of red, green, blue at a moment; None for steady light.
        overlay: draws on the finished picture: (picture, moment, camera's view) -> None; None for nothing.
    """

    stage: Stage
    camera: Camera
    actors: tuple[Actor, ...]
    seconds: float
    light: Callable[[float], Tint] | None = None
    overlay: Callable[[Picture, float, tuple[float, float, float, float]], None] | None = field(default=None)


def _matrix(
    view: tuple[float, float, float, float], depth: float, plane: tuple[int, int], size: tuple[int, int]
) -> NDArray[np.float64]:
    """Plane pixel -> screen pixel, float64 [2, 3]; plane and set by width and height."""
    x, y, zoom, turn = view
    middle_x = plane[0] / 2 + depth * (x - size[0] / 2)
    middle_y = plane[1] / 2 + depth * (y - size[1] / 2)
    # Far planes grow less when the camera zooms: they are a step back from the lens.
    grown = 1 + (zoom - 1) * (0.6 + 0.4 * min(depth, 1.5))
    cosine, sine = grown * math.cos(turn), grown * math.sin(turn)
    return np.array(
        [
            [cosine, -sine, WIDTH / 2 - cosine * middle_x + sine * middle_y],
            [sine, cosine, HEIGHT / 2 - sine * middle_x - cosine * middle_y],
        ]
    )


def over(base: Picture, layer: Layer) -> None:
    """Lays a premultiplied RGBA layer over a picture of the same size, in place."""
    keep = cv2.cvtColor(255 - layer[..., 3], cv2.COLOR_GRAY2RGB)
    cv2.add(cv2.multiply(base, keep, scale=1 / 255), cv2.cvtColor(layer, cv2.COLOR_RGBA2RGB), dst=base)


def draw_figure(screen: Picture, figure: Figure, pose: Pose, matrix: NDArray[np.float64]) -> None:
    """Draws a figure with its shadow onto the screen, in place; `matrix` takes the set's pixels to the screen's."""
    zoom = float(np.hypot(matrix[0, 0], matrix[1, 0])) * pose.scale
    foot = matrix @ (pose.x, pose.y, 1.0)
    if figure.shadow != (0.0, 0.0):
        shrink = zoom * max(0.35, 1 - pose.lift / 300)
        _shadow(screen, foot, figure.shadow[0] * shrink, figure.shadow[1] * shrink)
    placed = place_figure(figure, pose, (foot[0], foot[1] - pose.lift * zoom / pose.scale), zoom)
    if placed is not None:
        layer, x, y = placed
        over(screen[y : y + layer.shape[0], x : x + layer.shape[1]], layer)


def place_figure(figure: Figure, pose: Pose, foot: tuple[float, float], zoom: float) -> tuple[Layer, int, int] | None:
    """A figure as it appears on the screen.

    Args:
        figure, pose: who, and in which phase, looking where.
        foot: where it stands on the screen, pixels.
        zoom: screen pixels a pixel of the figure.

    Returns:
        The part of it that is on the screen and the screen position of that part's upper left corner, or None.
    """
    layer = figure.phases[int(pose.phase) % len(figure.phases)]
    shrunk = 1.0
    while zoom / shrunk < 0.6:
        layer = cv2.resize(layer, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        shrunk /= 2
    size = zoom / shrunk
    height, width = layer.shape[:2]
    anchor_x = (width - figure.foot[0] * shrunk) if pose.left else figure.foot[0] * shrunk
    left, top = foot[0] - anchor_x * size, foot[1] - figure.foot[1] * shrunk * size
    x0, y0 = max(math.floor(left), 0), max(math.floor(top), 0)
    x1, y1 = min(math.ceil(left + width * size) + 1, WIDTH), min(math.ceil(top + height * size) + 1, HEIGHT)
    if x1 <= x0 or y1 <= y0:
        return None
    flip = -size if pose.left else size
    matrix = np.array([[flip, 0, left - x0 + (width * size if pose.left else 0)], [0, size, top - y0]])
    seen = cv2.warpAffine(layer, matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
    return np.asarray(seen, np.uint8), x0, y0


def _shadow(screen: Picture, foot: NDArray[np.float64], across: float, down: float) -> None:
    x0, x1 = max(int(foot[0] - across), 0), min(int(foot[0] + across) + 1, WIDTH)
    y0, y1 = max(int(foot[1] - down), 0), min(int(foot[1] + down) + 1, HEIGHT)
    if x1 <= x0 or y1 <= y0 or down < 1:
        return
    y, x = np.ogrid[y0:y1, x0:x1]
    soft = np.clip(1 - ((x - foot[0]) / across) ** 2 - ((y - foot[1]) / down) ** 2, 0, 1) ** 0.8
    keep = np.repeat(255 - (120 * soft).astype(np.uint8)[..., None], 3, axis=2)
    screen[y0:y1, x0:x1] = cv2.multiply(screen[y0:y1, x0:x1], keep, scale=1 / 255)


def render(shot: Shot, moment: float) -> Picture:
    """The picture of a shot at a moment, seconds from the shot's start: RGB [360, 640, 3], without film grain."""
    view = shot.camera.view(moment)
    stage = shot.stage
    screen: Picture = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    ground = _matrix(view, 1.0, stage.size, stage.size)
    for number, plane in enumerate(stage.planes):
        if not plane.in_front:
            _draw_plane(screen, plane, view, stage.size, opaque=number == 0)
    poses = sorted(((actor.path(moment), actor.figure) for actor in shot.actors), key=lambda item: item[0].y)
    for pose, figure in poses:
        draw_figure(screen, figure, pose, ground)
    for plane in stage.planes:
        if plane.in_front:
            _draw_plane(screen, plane, view, stage.size, opaque=False)
    if shot.light is not None:
        levels = np.arange(256)[:, None] * np.array(shot.light(moment))
        screen = np.asarray(cv2.LUT(screen, np.clip(levels, 0, 255).astype(np.uint8)[None]), np.uint8)
    if shot.overlay is not None:
        shot.overlay(screen, moment, view)
    return screen


def _draw_plane(
    screen: Picture, plane: Plane, view: tuple[float, float, float, float], size: tuple[int, int], *, opaque: bool
) -> None:
    height, width = plane.picture.shape[:2]
    matrix = _matrix(view, plane.depth, (width, height), size)
    if opaque:
        cv2.warpAffine(plane.picture, matrix, (WIDTH, HEIGHT), dst=screen, borderMode=cv2.BORDER_REFLECT)
    else:
        over(screen, np.asarray(cv2.warpAffine(plane.picture, matrix, (WIDTH, HEIGHT)), np.uint8))
