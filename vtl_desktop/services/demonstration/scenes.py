"""The demonstration's sources: which sets are filmed, by which camera, with whom in them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from vtl_desktop.core.media import Picture
from vtl_desktop.services.demonstration import figures, sets_indoors, sets_outdoors, sets_town
from vtl_desktop.services.demonstration.figures import Dress, Figure
from vtl_desktop.services.demonstration.paths import bounces, circles, flies, passes_between, strolls, walks
from vtl_desktop.services.demonstration.stage import HEIGHT, WIDTH, Actor, Camera, Shot, Tint, render

FRAME_RATE = 25
RECIPE = 1
"""Raise it when a scene changes: rendered sources of another recipe are rendered again."""

_SHIRTS = (
    (178, 54, 50),
    (52, 104, 160),
    (70, 130, 80),
    (214, 170, 60),
    (130, 70, 130),
    (226, 222, 214),
    (60, 64, 74),
    (204, 110, 60),
    (40, 130, 140),
    (170, 120, 90),
)
_TROUSERS = ((48, 56, 88), (60, 56, 54), (120, 102, 80), (34, 36, 44), (90, 96, 104))
_SKINS = ((232, 190, 160), (214, 168, 136), (176, 126, 94), (118, 80, 58))
_HAIR = ((58, 42, 30), (28, 24, 24), (150, 110, 60), (120, 116, 112), (110, 50, 30))


@dataclass(frozen=True, slots=True)
class Scene:
    """One source: its file's stem, its length in seconds, and what builds its shots."""

    name: str
    seconds: float
    shots: Callable[[], tuple[Shot, ...]]


def passer_by(number: int) -> Figure:
    """One of the people of the demonstration; the same number is always the same person."""
    dress = Dress(
        _SHIRTS[number % 10],
        _TROUSERS[number % 5],
        _SKINS[(number * 3 + 1) % 4],
        _HAIR[(number * 2) % 5],
        bag=_SHIRTS[(number + 4) % 10] if number % 3 == 1 else None,
        hat=_SHIRTS[(number + 7) % 10] if number % 4 == 2 else None,
    )
    return figures.person(number, dress)


def _wide(start: tuple[float, float], end: tuple[float, float], zoom: tuple[float, float], seed: int) -> Camera:
    return Camera(start, end, zoom, shake=2.2, seed=seed)


def _clouds_pass(depth: float, period: float, lag: float = 0.0) -> Callable[[float], Tint]:
    def light(moment: float) -> Tint:
        level = 1 - depth * (0.5 + 0.5 * math.sin(2 * math.pi * (moment / period) + lag))
        return level, level, 0.3 + 0.7 * level

    return light


def _hills() -> tuple[Shot, ...]:
    people = (
        walks(passer_by(1), 330, 396, 46, 0.78),
        walks(passer_by(6), 250, 404, 52, 0.84),
        walks(figures.dog(7, (150, 104, 62)), 420, 410, 62, 0.7),
        flies(figures.bird(8, (60, 56, 60)), 700, 120, (-38, 2), 0.3),
        flies(figures.balloon(9, (196, 52, 44), (240, 206, 90)), 820, 170, (-9, -5), 0.42, sway=3),
    )
    return (
        Shot(sets_outdoors.hills(), _wide((430, 240), (760, 236), (1.0, 1.1), 1), people, 10, _clouds_pass(0.22, 9)),
    )


def _harbour() -> tuple[Shot, ...]:
    boats = (
        flies(figures.boat(1, (150, 40, 44), (240, 236, 222)), 330, 336, (34, 1), 0.62, sway=2.5, beat=8),
        flies(figures.boat(2, (40, 70, 120), (236, 200, 120)), 860, 300, (-22, 1), 0.42, sway=2, beat=7),
        flies(figures.boat(3, (240, 240, 236), (196, 90, 70)), 620, 270, (12, 0), 0.26, sway=1, beat=9),
    )
    gulls = (
        flies(figures.bird(4, (236, 236, 238)), 300, 190, (82, -4), 0.62),
        flies(figures.bird(4, (236, 236, 238)), 380, 150, (74, 3), 0.42, beat=15),
        flies(figures.bird(4, (236, 236, 238)), 1010, 110, (-66, 4), 0.5, beat=20),
    )
    people = (walks(passer_by(3), 760, 428, -40, 0.7),)
    shot = Shot(sets_outdoors.harbour(), _wide((500, 262), (700, 250), (1.05, 1.0), 2), (*boats, *gulls, *people), 9)
    return (shot,)


def _football() -> tuple[Shot, ...]:
    home, away = (40, 80, 170), (210, 50, 48)
    players = tuple(
        walks(
            figures.person(
                40 + number, Dress(home if number % 2 else away, (236, 236, 236), _SKINS[number % 4], _HAIR[number % 5])
            ),
            330 + 74 * number + 31 * (number % 3),
            300 + (number * 53) % 150,
            (96, 64, 74, -66, 82, 58, -88, 46, -70, 30)[number],
            0.5 + 0.002 * ((number * 53) % 150),
        )
        for number in range(10)
    )
    kick = bounces(figures.ball(5, (244, 244, 240), (30, 30, 32)), 450, 424, 66, 60, 1.25, 0.26)
    camera = Camera((520, 270), (890, 275), (1.0, 1.08), shake=1.6, seed=3, seconds=8)
    return (Shot(sets_outdoors.playing_field(), camera, (*players, kick), 9),)


def _park() -> tuple[Shot, ...]:
    actors = (
        walks(figures.person(21, Dress((230, 230, 90), (40, 40, 46))), 200, 408, 128, 0.86),
        walks(passer_by(4), 820, 396, -44, 0.8, pause=(3.0, 5.0)),
        walks(figures.dog(22, (226, 214, 190)), 300, 414, 96, 0.66),
        bounces(figures.ball(23, (220, 60, 60), (240, 220, 90)), 380, 420, 100, 50, 0.9, 0.24),
    )
    return (
        Shot(
            sets_outdoors.park(),
            Camera((420, 262), (690, 262), (1.0, 1.12), 3.4, 4),
            actors,
            10,
            _clouds_pass(0.3, 5, 1),
        ),
    )


def _snowfall(picture: Picture, moment: float, view: tuple[float, float, float, float]) -> None:
    rng = np.random.default_rng(5)
    for x, y, size, fall in zip(*(rng.uniform(0, 1, 170) for _ in range(4)), strict=True):
        speed = 40 + 70 * (0.3 * fall + 0.7 * size)
        down = (y * (HEIGHT + 40) + speed * moment) % (HEIGHT + 40) - 20
        across = (x * 900 + 16 * math.sin(moment + 9 * fall) + 14 * moment - view[0] * (0.4 + size)) % (WIDTH + 40) - 20
        cv2.circle(
            picture, (int(across * 16), int(down * 16)), int((1 + 2 * size) * 16), (244, 246, 250), -1, cv2.LINE_AA, 4
        )


def _winter() -> tuple[Shot, ...]:
    actors = (
        walks(figures.person(24, Dress((150, 40, 50), (40, 44, 60), hat=(230, 230, 226))), 300, 404, 48, 0.82),
        walks(
            figures.person(25, Dress((46, 90, 80), (70, 60, 56), hat=(190, 150, 60))), 820, 416, -38, 0.88, pause=(4, 6)
        ),
        strolls(passer_by(5), (560, 350), (600, 430), (0.52, 0.9), 8),
    )
    return (Shot(sets_outdoors.winter(), _wide((440, 252), (640, 256), (1.0, 1.14), 5), actors, 9, None, _snowfall),)


def _street() -> tuple[Shot, ...]:
    actors = (
        walks(passer_by(7), 300, 334, 44, 0.56),
        walks(passer_by(8), 860, 338, -50, 0.58),
        walks(passer_by(2), 640, 336, 36, 0.57, pause=(2.5, 4.5)),
        walks(figures.car(26, (180, 42, 40)), 60, 392, 150, 0.62),
        walks(figures.car(27, (224, 222, 212), van=True), 1180, 432, -130, 0.8),
        walks(figures.car(28, (44, 84, 136)), -420, 394, 165, 0.62),
    )
    return (Shot(sets_town.street(), _wide((420, 262), (820, 262), (1.0, 1.06), 6), actors, 10),)


def _brick_yard() -> tuple[Shot, ...]:
    left, right = passer_by(9), passer_by(10)
    actors = (
        walks(left, 320, 392, 9, 0.86),
        walks(right, 690, 396, -8, 0.84),
        passes_between(figures.ball(29, (226, 120, 40), (60, 40, 30)), (360, 650), 396, 0.95, 70, 0.34),
        walks(figures.dog(30, (60, 54, 50)), 200, 420, 74, 0.78, pause=(3, 4.5)),
        bounces(figures.ball(31, (60, 120, 190), (240, 240, 240)), 760, 425, -58, 120, 1.1, 0.4, 0.3),
    )
    return (Shot(sets_town.brick_yard(), Camera((470, 246), (530, 262), (1.12, 1.0), 2.8, 7), actors, 9),)


def _night() -> tuple[Shot, ...]:
    actors = (
        walks(passer_by(11), 300, 352, 40, 0.66),
        walks(passer_by(12), 700, 356, -46, 0.68),
        walks(figures.car(32, (120, 30, 36)), 1120, 416, -150, 0.74),
        walks(figures.car(33, (50, 60, 76)), 20, 442, 170, 0.84),
    )

    def flicker(moment: float) -> Tint:
        level = 0.92 - (0.24 if int(moment * 5) % 7 == 3 else 0) * (moment % 4 < 2)
        return level, 0.95 * level, 1.05 * level

    return (Shot(sets_town.night_street(), _wide((420, 262), (740, 258), (1.0, 1.1), 8), actors, 9, flicker),)


def _market() -> tuple[Shot, ...]:
    stage = sets_town.market()
    crowd = tuple(
        walks(
            passer_by(13 + number),
            180 + 118 * number,
            386 + (number * 29) % 62,
            (34, -42, 52, -30, 46, -56, 28)[number],
            0.8,
        )
        for number in range(7)
    )
    wide = Shot(stage, _wide((420, 264), (640, 264), (1.0, 1.05), 9), crowd, 5.4)
    seller = (walks(passer_by(22), 700, 420, 12, 0.95), walks(passer_by(23), 860, 426, -36, 0.98))
    close = Shot(stage, Camera((760, 290), (800, 280), (1.32, 1.45), 2.4, 10, 5), seller, 4.6)
    return wide, close


def _tram_stop() -> tuple[Shot, ...]:
    actors = (
        walks(figures.bus(34, (196, 58, 50), "12  HARBOUR"), -420, 440, 210, 0.92, pause=(4.2, 6.0)),
        walks(passer_by(24), 470, 356, 6, 0.72),
        walks(passer_by(25), 780, 362, -34, 0.74, pause=(2.0, 5.5)),
        walks(passer_by(26), 280, 366, 58, 0.76),
    )
    return (Shot(sets_town.tram_stop(), _wide((460, 262), (640, 258), (1.0, 1.08), 11), actors, 10),)


def _living_room() -> tuple[Shot, ...]:
    def lamp(moment: float) -> Tint:
        level = 0.62 if moment < 3.4 else min(1.0, 0.62 + (moment - 3.4) * 1.6)
        return level, level * 0.97, level * (0.98 if moment < 3.4 else 0.9)

    actors = (
        walks(passer_by(27), 250, 398, 52, 0.98, pause=(3.0, 4.2)),
        strolls(passer_by(28), (760, 350), (560, 420), (0.86, 1.05), 9),
        bounces(figures.ball(35, (230, 200, 60), (190, 60, 60)), 700, 424, -56, 46, 0.85, 0.3),
    )
    return (Shot(sets_indoors.living_room(), Camera((430, 248), (560, 250), (1.0, 1.1), 2.0, 12), actors, 9, lamp),)


def _lobby(seed: int, people: tuple[Actor, ...]) -> tuple[Shot, ...]:
    return (Shot(sets_indoors.lobby(), Camera((480, 262), (530, 262), (1.04, 1.08), 2.6, seed), people, 11),)


def _lobby_morning() -> tuple[Shot, ...]:
    people = (
        walks(passer_by(29), 200, 384, 56, 0.9),
        walks(passer_by(30), 860, 400, -48, 0.96, pause=(4.0, 6.2)),
        walks(passer_by(31), 560, 372, 30, 0.86, pause=(1.5, 3.5)),
        strolls(passer_by(32), (430, 350), (640, 436), (0.74, 1.08), 10),
        walks(figures.dog(36, (188, 150, 104)), 210, 426, 58, 0.82),
    )
    return _lobby(13, people)


def _lobby_evening() -> tuple[Shot, ...]:
    people = (
        walks(passer_by(29), 700, 388, -50, 0.9, pause=(5.0, 7.0)),
        walks(passer_by(30), 240, 404, 60, 0.96),
        walks(passer_by(31), 380, 376, 44, 0.86, pause=(3.0, 4.0)),
        strolls(passer_by(32), (760, 432), (520, 352), (1.06, 0.76), 9),
        walks(figures.dog(36, (188, 150, 104)), 790, 418, -64, 0.82, pause=(3.0, 5.0)),
    )
    return _lobby(14, people)


def _station() -> tuple[Shot, ...]:
    crowd = tuple(
        walks(
            passer_by(33 + number),
            240 + 104 * number,
            380 + (number * 31) % 60,
            (70, -46, 54, -82, 40, -60)[number],
            0.9,
        )
        for number in range(6)
    )
    camera = Camera((400, 250), (700, 240), (1.0, 1.16), 1.8, 15)
    return (Shot(sets_indoors.station_hall(), camera, crowd, 9),)


def _work_table() -> tuple[Shot, ...]:
    actors = (
        circles(figures.car(37, (204, 60, 50)), (440, 300), (190, 90), 8, 0.34),
        circles(figures.car(38, (60, 110, 180)), (440, 290), (110, 60), -6, 0.28, 2),
        bounces(figures.ball(39, (240, 200, 60), (40, 90, 150)), 220, 420, 52, 20, 0.8, 0.6),
        walks(figures.ball(40, (80, 150, 90), (240, 240, 230)), 680, 200, -46, 0.46),
    )
    return (
        Shot(
            sets_indoors.work_table(),
            Camera((400, 250), (500, 270), (1.0, 1.22), 2.6, 16),
            actors,
            8,
            _clouds_pass(0.18, 4),
        ),
    )


def _gallery() -> tuple[Shot, ...]:
    actors = (
        walks(passer_by(39), 320, 388, 40, 0.92, pause=(2.0, 4.5)),
        walks(passer_by(40), 760, 396, -36, 0.94, pause=(5.0, 7.0)),
        strolls(passer_by(41), (900, 366), (640, 424), (0.8, 1.0), 9),
    )
    return (Shot(sets_indoors.gallery(), Camera((400, 250), (860, 248), (1.0, 1.0), 1.4, 17, 9), actors, 9),)


SCENES: tuple[Scene, ...] = (
    Scene("hills", 10, _hills),
    Scene("harbour", 9, _harbour),
    Scene("football", 9, _football),
    Scene("park", 10, _park),
    Scene("winter", 9, _winter),
    Scene("street", 10, _street),
    Scene("brick_yard", 9, _brick_yard),
    Scene("night", 9, _night),
    Scene("market", 10, _market),
    Scene("tram_stop", 10, _tram_stop),
    Scene("living_room", 9, _living_room),
    Scene("lobby_morning", 11, _lobby_morning),
    Scene("lobby_evening", 11, _lobby_evening),
    Scene("station", 9, _station),
    Scene("work_table", 8, _work_table),
    Scene("gallery", 9, _gallery),
)
"""All sources; `lobby_morning` and `lobby_evening` are near twins: one set, the same people, other timing."""


def _grain(count: int = 6) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(99)
    return tuple(rng.normal(0, 2.2, (HEIGHT, WIDTH, 3)).astype(np.int16) for _ in range(count))


def frames(scene: Scene, limit: float | None = None) -> Iterator[Picture]:
    """The frames of a scene, RGB [360, 640, 3], with film grain.

    Args:
        scene: which.
        limit: seconds after which to end; None for the whole scene.
    """
    grain = _grain()
    total = round(min(scene.seconds, limit or scene.seconds) * FRAME_RATE)
    number = 0
    for shot in scene.shots():
        for step in range(round(shot.seconds * FRAME_RATE)):
            if number == total:
                return
            picture = render(shot, step / FRAME_RATE)
            yield np.asarray(cv2.add(picture, grain[number % len(grain)], dtype=cv2.CV_8U), np.uint8)
            number += 1
