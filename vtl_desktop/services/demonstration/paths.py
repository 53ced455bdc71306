"""Paths of the demonstration's figures: each is a function of the shot's seconds."""

from __future__ import annotations

import math

from vtl_desktop.services.demonstration.figures import Figure
from vtl_desktop.services.demonstration.stage import Actor, Pose


def walks(
    figure: Figure, x: float, y: float, speed: float, scale: float = 0.8, *, pause: tuple[float, float] | None = None
) -> Actor:
    """Goes straight across from (x, y) with `speed` pixels a second (below 0: to the left), perhaps stopping a while.

    Args:
        figure: who.
        x, y: where its feet are when the shot begins.
        speed: pixels a second.
        scale: its size.
        pause: seconds from and to which it stands still.
    """

    def path(moment: float) -> Pose:
        going = moment
        if pause is not None:
            going = moment if moment < pause[0] else max(pause[0], moment - (pause[1] - pause[0]))
        way = speed * going
        return Pose(x + way, y, scale, abs(way) / scale * figure.cadence + x * 0.1, speed < 0)

    return Actor(figure, path)


def strolls(
    figure: Figure, start: tuple[float, float], end: tuple[float, float], scales: tuple[float, float], seconds: float
) -> Actor:
    """Goes from one place to another, growing or shrinking as it nears or leaves, then on in the same direction."""

    def path(moment: float) -> Pose:
        part = moment / seconds
        x, y = start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part
        scale = max(0.1, scales[0] + (scales[1] - scales[0]) * part)
        way = math.hypot(x - start[0], (y - start[1]) * 2)
        return Pose(x, y, scale, way / scale * figure.cadence, end[0] < start[0])

    return Actor(figure, path)


def bounces(
    figure: Figure, x: float, y: float, speed: float, height: float, period: float, scale: float = 0.5, lag: float = 0.0
) -> Actor:
    """A ball that jumps `height` pixels high every `period` seconds while it goes across."""

    def path(moment: float) -> Pose:
        part = ((moment + lag) / period) % 1.0
        lift = height * 4 * part * (1 - part)
        return Pose(x + speed * moment, y, scale, abs(speed) * moment / scale * figure.cadence, speed < 0, lift)

    return Actor(figure, path)


def passes_between(
    figure: Figure, x: tuple[float, float], y: float, period: float, height: float, scale: float = 0.4
) -> Actor:
    """A ball thrown to and fro between two places."""

    def path(moment: float) -> Pose:
        turn = moment / period
        part = turn % 1.0
        forth = int(turn) % 2 == 0
        at = x[0] + (x[1] - x[0]) * (part if forth else 1 - part)
        return Pose(at, y, scale, moment * 14, not forth, height * 4 * part * (1 - part) + 70 * scale / 0.4)

    return Actor(figure, path)


def flies(
    figure: Figure,
    x: float,
    y: float,
    speed: tuple[float, float],
    scale: float,
    *,
    sway: float = 12.0,
    beat: float = 18.0,
) -> Actor:
    """Through the air (or afloat), swaying; `beat` phases of its movement a second."""

    def path(moment: float) -> Pose:
        height = y + speed[1] * moment + sway * math.sin(0.9 * moment + x)
        return Pose(x + speed[0] * moment, height, scale, moment * beat + x, speed[0] < 0)

    return Actor(figure, path)


def circles(
    figure: Figure,
    middle: tuple[float, float],
    radius: tuple[float, float],
    period: float,
    scale: float,
    lag: float = 0.0,
) -> Actor:
    """Round and round an ellipse."""

    def path(moment: float) -> Pose:
        angle = 2 * math.pi * (moment + lag) / period
        x, y = middle[0] + radius[0] * math.cos(angle), middle[1] + radius[1] * math.sin(angle)
        way = 2 * math.pi * max(radius) * moment / period
        return Pose(x, y, scale, way / scale * max(figure.cadence, 0.01), math.sin(angle) > 0)

    return Actor(figure, path)
