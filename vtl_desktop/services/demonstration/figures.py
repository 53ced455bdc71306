"""Moving figures for the demonstration: people, cars, dogs, boats, birds, balls, each in a few phases of movement."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from vtl_desktop.services.demonstration.canvas import Canvas, Layer, Point
from vtl_desktop.services.demonstration.textures import Colour, Fill, bricks, noise, ramped, speckled, stripes

WALK_PHASES = 20


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A figure in the phases of its movement, looking to the right.

    Attributes:
        phases: premultiplied RGBA pictures of one size.
        foot: where it stands in them, (x, y) in pixels.
        cadence: phases to go on by for each pixel walked at full size; 0 where time counts instead of the way.
        shadow: half axes of its shadow on the ground, pixels; (0, 0) for none.
    """

    phases: tuple[Layer, ...]
    foot: Point
    cadence: float = 0.0
    shadow: Point = (0.0, 0.0)


def _cloth(rng: np.random.Generator, colour: Colour) -> Fill:
    other: Colour = tuple(int(value) for value in np.clip(np.array(colour) + rng.integers(-110, 111), 10, 245))  # type: ignore[assignment]
    kind = rng.integers(4)
    if kind == 0:
        return stripes(colour, other, int(rng.integers(8, 16)))
    if kind == 1:
        return lambda height, width: stripes(colour, other, 12)(width, height).transpose(1, 0, 2)
    if kind == 2:
        return bricks(rng, colour, other, (22, 14))
    return speckled(rng, colour, 0.25, 0.8)


def _shaded(layer: Layer, seed: int) -> Layer:
    """Lights a figure from the left and gives it a little unevenness, the same in every phase."""
    height, width = layer.shape[:2]
    across = np.linspace(1.12, 0.82, width, dtype=np.float32)[None, :]
    tone = across * (0.93 + 0.14 * noise(np.random.default_rng(seed), height, width, 1.2))
    layer[..., :3] = np.minimum(np.clip(layer[..., :3] * tone[..., None], 0, 255), layer[..., 3:])
    return layer


@dataclass(frozen=True, slots=True)
class Dress:
    """The colours of a person."""

    shirt: Colour
    trousers: Colour
    skin: Colour = (214, 168, 136)
    hair: Colour = (58, 42, 30)
    bag: Colour | None = None
    hat: Colour | None = None


@lru_cache(maxsize=64)
def person(seed: int, dress: Dress) -> Figure:
    """Somebody walking, 200 pixels tall."""
    phases = []
    for number in range(WALK_PHASES):
        rng = np.random.default_rng(seed)
        shirt, trousers = _cloth(rng, dress.shirt), speckled(rng, dress.trousers, 0.2, 0.7)
        canvas = Canvas(120, 212)
        _draw_person(canvas, 2 * math.pi * number / WALK_PHASES, dress, shirt, trousers)
        phases.append(_shaded(canvas.layer(), seed))
    return Figure(tuple(phases), (60, 206), cadence=WALK_PHASES / 165, shadow=(42, 9))


def _leg(canvas: Canvas, hip: Point, swing: float, trousers: Fill, dark: Colour) -> None:
    bend = max(0.0, math.cos(swing)) * 0.75
    angle = 0.5 * math.sin(swing)
    knee = (hip[0] + 46 * math.sin(angle), hip[1] + 46 * math.cos(angle))
    shin = angle - bend
    ankle = (knee[0] + 44 * math.sin(shin), min(knee[1] + 44 * math.cos(shin), 200))
    canvas.limb(hip, knee, 23, 18, trousers)
    canvas.limb(knee, ankle, 18, 12, trousers)
    canvas.limb((ankle[0] - 3, ankle[1] + 1), (ankle[0] + 13, ankle[1] + 3), 10, 7, dark)


def _arm(canvas: Canvas, shoulder: Point, swing: float, sleeve: Fill, skin: Colour) -> None:
    angle = 0.55 * math.sin(swing)
    elbow = (shoulder[0] + 32 * math.sin(angle), shoulder[1] + 32 * math.cos(angle))
    hand = (elbow[0] + 28 * math.sin(angle + 0.4), elbow[1] + 28 * math.cos(angle + 0.4))
    canvas.limb(elbow, hand, 11, 9, skin)
    canvas.limb(shoulder, elbow, 16, 13, sleeve)


def _draw_person(canvas: Canvas, swing: float, dress: Dress, shirt: Fill, trousers: Fill) -> None:
    # With the legs apart the hips come down; otherwise the feet would leave the ground.
    rise = 4.0 * (1 - math.cos(2 * swing))
    hip, shoulder, neck = (58.0, 112 + rise), (60.0, 56 + rise), (62.0, 44 + rise)
    dark = lambda height, width: (shirt(height, width) * 0.72).astype(np.uint8)  # noqa: E731
    dark_trousers = lambda height, width: (trousers(height, width) * 0.72).astype(np.uint8)  # noqa: E731
    _arm(canvas, (shoulder[0] + 2, shoulder[1]), swing, dark, dress.skin)
    _leg(canvas, (hip[0] + 2, hip[1]), swing + math.pi, dark_trousers, (34, 30, 30))
    if dress.bag:
        canvas.shape([(34, 56 + rise), (46, 52 + rise), (48, 98 + rise), (30, 96 + rise)], dress.bag, light=(1.1, 0.7))
    _leg(canvas, hip, swing, trousers, (44, 38, 36))
    canvas.limb(neck, (neck[0], neck[1] - 8), 13, 13, dress.skin)
    canvas.shape(
        [
            (46, 50 + rise),
            (60, 44 + rise),
            (74, 51 + rise),
            (76, 80 + rise),
            (73, 119 + rise),
            (45, 119 + rise),
            (42, 80 + rise),
        ],
        shirt,
    )
    _arm(canvas, shoulder, swing + math.pi, shirt, dress.skin)
    canvas.ellipse(64, 25 + rise, 14, 17, dress.skin)
    canvas.ellipse(60, 18 + rise, 16, 13, dress.hair)
    canvas.ellipse(53, 28 + rise, 7, 12, dress.hair)
    canvas.limb((77, 27 + rise), (79, 29 + rise), 5, 4, dress.skin)
    canvas.ellipse(72, 24 + rise, 1.8, 1.8, (30, 24, 24))
    if dress.hat:
        canvas.ellipse(61, 12 + rise, 17, 10, dress.hat)
        canvas.limb((48, 15 + rise), (84, 17 + rise), 5, 4, dress.hat)


def car(seed: int, colour: Colour, *, van: bool = False) -> Figure:
    """A car, 330 pixels long, or a van; its wheels turn."""
    phases = []
    for number in range(6):
        canvas = Canvas(350, 150)
        roof = (
            [(16, 112), (16, 20), (30, 10), (236, 10), (290, 64), (332, 74), (338, 112)]
            if van
            else [(12, 112), (14, 76), (64, 66), (110, 26), (216, 24), (268, 66), (328, 76), (338, 112)]
        )
        canvas.shape(roof, colour, light=(1.18, 0.7))
        windows = (
            [[(196, 62), (196, 22), (232, 22), (274, 62)]]
            if van
            else [[(82, 66), (116, 34), (158, 33), (158, 66)], [(168, 66), (168, 33), (212, 32), (252, 66)]]
        )
        for window in windows:
            canvas.shape(window, (70, 92, 108), light=(1.7, 0.6))
        canvas.rect(12, 92, 326, 4, (30, 30, 34), opacity=0.5)
        canvas.rect(320, 80, 14, 12, (250, 240, 190))
        canvas.rect(13, 78, 8, 16, (190, 30, 30))
        canvas.rect(164, 70, 2, 34, (20, 20, 24), opacity=0.6)
        canvas.rect(176, 74, 18, 4, (20, 20, 24))
        for middle in (76, 272):
            _wheel(canvas, middle, 114, 30, number * math.pi / 15)
        phases.append(_shaded(canvas.layer(), seed))
    return Figure(tuple(phases), (175, 144), cadence=1 / 6.28, shadow=(176, 12))


def _wheel(canvas: Canvas, x: float, y: float, radius: float, turn: float) -> None:
    canvas.ellipse(x, y, radius, radius, (26, 26, 28))
    canvas.ellipse(x, y, radius * 0.62, radius * 0.62, (150, 152, 158))
    for spoke in range(5):
        angle = turn + spoke * 2 * math.pi / 5
        canvas.limb(
            (x, y), (x + radius * 0.55 * math.cos(angle), y + radius * 0.55 * math.sin(angle)), 5, 3, (80, 82, 88)
        )


def bus(seed: int, colour: Colour, words: str) -> Figure:
    """A tram or bus with windows and a line of writing, 560 pixels long."""
    phases = []
    for number in range(6):
        canvas = Canvas(580, 210)
        canvas.rect(10, 14, 560, 160, colour, light=(1.15, 0.8))
        canvas.rect(10, 120, 560, 30, (236, 232, 220))
        for column in range(7):
            canvas.rect(26 + column * 78, 34, 66, 66, (66, 86, 100), light=(1.7, 0.7))
            canvas.ellipse(52 + column * 78, 84, 13, 17, (52, 46, 48), opacity=0.7)
        canvas.text(190, 144, words, 16, (40, 40, 60))
        canvas.rect(558, 150, 10, 12, (250, 240, 190))
        for middle in (110, 460):
            _wheel(canvas, middle, 174, 28, number * math.pi / 15)
        phases.append(_shaded(canvas.layer(), seed))
    return Figure(tuple(phases), (290, 202), cadence=1 / 5.86, shadow=(290, 14))


def dog(seed: int, colour: Colour) -> Figure:
    """A dog at a trot, 120 pixels long."""
    phases = []
    for number in range(12):
        coat = speckled(np.random.default_rng(seed), colour, 0.3, 0.8)
        swing = 2 * math.pi * number / 12
        canvas = Canvas(140, 100)
        for hip, lag in ((36, 0.0), (42, math.pi), (88, math.pi * 0.9), (94, -0.3)):
            reach = 13 * math.sin(swing + lag)
            canvas.limb((hip, 58), (hip + reach, 90 - 4 * max(0.0, math.cos(swing + lag))), 13, 7, coat)
        canvas.limb((34, 48), (96, 46), 32, 34, coat)
        canvas.limb((24, 44), (8, 24 + 6 * math.sin(2 * swing)), 8, 4, coat)
        canvas.limb((100, 40), (114, 24), 20, 18, coat)
        canvas.limb((114, 24), (132, 28), 18, 9, coat)
        canvas.limb((108, 18), (104, 32), 8, 6, (60, 44, 34))
        canvas.ellipse(119, 21, 2, 2, (20, 18, 18))
        phases.append(_shaded(canvas.layer(), seed))
    return Figure(tuple(phases), (66, 94), cadence=12 / 70, shadow=(52, 8))


def ball(seed: int, colour: Colour, other: Colour) -> Figure:
    """A ball of two colours, 80 pixels across; it turns as it goes."""
    phases = []
    for number in range(12):
        canvas = Canvas(88, 88)
        canvas.ellipse(44, 44, 40, 40, colour)
        turn = 2 * math.pi * number / 12
        for part in range(3):
            angle = turn + part * 2 * math.pi / 3
            canvas.ellipse(44 + 22 * math.cos(angle), 44 + 22 * math.sin(angle), 13, 13, other)
        canvas.lamp(32, 28, 26, 24, (255, 255, 255), 0.45)
        canvas.shadow(54, 62, 44, 38, 0.4)
        phases.append(_shaded(canvas.layer(), seed))
    return Figure(tuple(phases), (44, 84), cadence=12 / 250, shadow=(34, 7))


def bird(seed: int, colour: Colour) -> Figure:
    """A gull in flight, wings 110 pixels wide."""
    phases = []
    for number in range(10):
        canvas = Canvas(130, 90)
        lift = 26 * math.sin(2 * math.pi * number / 10)
        wing = tuple(int(value * 0.8) for value in colour)
        canvas.shape([(62, 44), (36, 40 - lift), (8, 50 - 0.7 * lift), (38, 48 - 0.8 * lift), (66, 54)], wing)  # type: ignore[arg-type]
        canvas.limb((42, 52), (84, 48), 12, 10, colour)
        canvas.limb((84, 48), (95, 49), 6, 2, (226, 160, 60))
        canvas.shape([(62, 46), (84, 42 - lift), (116, 54 - 0.7 * lift), (82, 50 - 0.8 * lift), (70, 54)], colour)
        phases.append(_shaded(canvas.layer(), seed))
    return Figure(tuple(phases), (65, 50))


def boat(seed: int, hull: Colour, sail: Colour) -> Figure:
    """A sailing boat, 220 pixels tall; it rocks."""
    shade: Colour = (int(sail[0] * 0.82), int(sail[1] * 0.82), int(sail[2] * 0.82))
    phases = []
    for number in range(16):
        cloth = ramped(np.random.default_rng(seed), shade, sail, slope=1.5)
        roll = 0.05 * math.sin(2 * math.pi * number / 16)
        canvas = Canvas(220, 240)
        turned: Callable[[float, float], Point] = lambda x, y, a=roll: (  # noqa: E731
            110 + (x - 110) * math.cos(a) - (y - 200) * math.sin(a),
            200 + (x - 110) * math.sin(a) + (y - 200) * math.cos(a),
        )
        canvas.limb(turned(108, 196), turned(108, 16), 5, 3, (96, 70, 48))
        canvas.shape([turned(114, 24), turned(176, 172), turned(114, 178)], cloth, light=(1.05, 0.85))
        canvas.shape([turned(102, 40), turned(48, 176), turned(102, 178)], cloth, light=(0.95, 0.8))
        canvas.shape([turned(26, 186), turned(196, 184), turned(170, 220), turned(52, 220)], hull, light=(1.1, 0.6))
        canvas.shape([turned(27, 189), turned(194, 187), turned(191, 194), turned(32, 195)], (236, 232, 222))
        phases.append(_shaded(canvas.layer(), seed))
    return Figure(tuple(phases), (110, 214))


def balloon(seed: int, colour: Colour, other: Colour) -> Figure:
    """A hot-air balloon, 230 pixels tall."""
    rng = np.random.default_rng(seed)
    canvas = Canvas(180, 240)
    canvas.ellipse(90, 86, 80, 82, stripes(colour, other, 44), light=(1.1, 0.75))
    canvas.shape([(22, 128), (158, 128), (106, 186), (74, 186)], stripes(colour, other, 34), light=(0.8, 0.6))
    for x, end in ((76, 78), (104, 102)):
        canvas.limb((x, 184), (end, 208), 2, 2, (60, 50, 40))
    canvas.rect(74, 206, 32, 24, bricks(rng, (130, 90, 52), (80, 54, 30), (14, 8)))
    return Figure((_shaded(canvas.layer(), seed),), (90, 232))
