"""Sets in town: a street by day, a brick yard, the same kind of street at night, a market, a tram stop."""

from __future__ import annotations

import numpy as np

from vtl_desktop.services.demonstration.canvas import Canvas
from vtl_desktop.services.demonstration.props import (
    board,
    darker,
    house,
    house_wall,
    lamp_post,
    potted_plant,
    stall,
    tree,
    window,
)
from vtl_desktop.services.demonstration.stage import Plane, Stage
from vtl_desktop.services.demonstration.textures import bricks, planks, ramped, receding, sky, speckled, tiles


def _row_of_houses(
    canvas: Canvas, ground: float, rng: np.random.Generator, shops: tuple[str, ...], glow: float
) -> None:
    x, number = 0.0, 0
    while x < canvas.width:
        wide, tall = rng.uniform(120, 190), rng.uniform(190, 250)
        shop = shops[number % len(shops)]
        house(canvas, x, ground, (wide, tall), house_wall(rng), rng, floors=3 + int(tall > 220), glow=glow, shop=shop)
        x, number = x + wide, number + 1


def street() -> Stage:
    """Facades, a pavement, a road with a dashed line."""
    rng = np.random.default_rng(21)
    width, height = 1300, 460
    far = Canvas(width, height)
    far.rect(0, 0, width, 140, sky(rng, (104, 156, 206), (214, 224, 230), 0.5))
    _row_of_houses(far, 300, rng, ("BAKERY", "", "BOOKS", "CAFE LUNA", "", "TAILOR"), 0.0)
    far.rect(
        0, 298, width, 42, receding(tiles(rng, (176, 170, 162), (160, 154, 148), 54), 1700, 2100, 260), light=(0.9, 1)
    )
    far.rect(0, 338, width, 6, (196, 192, 184))
    far.rect(0, 344, width, 116, receding(speckled(rng, (92, 92, 96), 0.25, 0.8), 1200, 1700), light=(0.85, 1.05))
    for dash in range(0, width, 120):
        far.shape([(dash, 396), (dash + 60, 396), (dash + 58, 402), (dash - 4, 402)], (230, 228, 214), opacity=0.85)
    for x in (180, 620, 1060):
        lamp_post(far, x, 338, 150)
    for x in (400, 860):
        tree(far, x, 334, 160, rng, 1)
    return Stage((Plane(far.picture()),), (width, height))


def brick_yard() -> Stage:
    """A yard in front of a brick wall with a goal painted on it and posters."""
    rng = np.random.default_rng(22)
    width, height = 1000, 460
    canvas = Canvas(width, height)
    canvas.rect(0, 0, width, 310, bricks(rng, (158, 84, 62), (196, 178, 160)), light=(1.12, 0.8))
    for x, y, wide, tall in ((330, 140, 4, 170), (640, 140, 4, 170), (330, 138, 314, 4)):
        canvas.rect(x, y, wide, tall, (240, 236, 226), opacity=0.8)
    for x, words, paper in (
        (80, ("GRAND", "CIRCUS", "8 PM"), (226, 186, 60)),
        (185, ("LOST", "CAT"), (238, 236, 228)),
        (760, ("VOTE", "ROSA", "LIND"), (60, 110, 170)),
        (860, ("JAZZ", "CELLAR"), (180, 54, 70)),
    ):
        board(canvas, x, 130 + rng.uniform(-10, 20), (78, 110), words, paper, (30, 26, 30))
    for x in (40, 705, 955):
        canvas.rect(x, 0, 14, 312, (96, 98, 100), light=(1.2, 0.8))
    window(canvas, 420, 34, 60, 70)
    window(canvas, 520, 34, 60, 70)
    canvas.rect(
        0,
        308,
        width,
        152,
        receding(tiles(rng, (150, 146, 138), (134, 130, 124), 120, 5), 1100, 1500),
        light=(0.75, 1.05),
    )
    for x, colour in ((150, (60, 90, 70)), (880, (140, 60, 50))):
        canvas.rect(x, 250, 62, 76, speckled(rng, colour, 0.2), light=(1.1, 0.8))
        canvas.rect(x - 4, 244, 70, 10, darker(colour, 1.2))
    canvas.grain(rng, 0.1)
    return Stage((Plane(canvas.picture()),), (width, height))


def night_street() -> Stage:
    """A wet street after dark: lit windows, lamps, their reflections on the road."""
    rng = np.random.default_rng(23)
    width, height = 1200, 460
    canvas = Canvas(width, height)
    canvas.rect(0, 0, width, 200, sky(rng, (10, 14, 34), (44, 40, 66), 0.0))
    _row_of_houses(canvas, 306, rng, ("", "HOTEL", "", "BAR 21", "CINEMA"), 0.55)
    canvas.rect(0, 0, width, 306, (8, 10, 34), opacity=0.62)
    for x, y, words, colour in (
        (210, 214, "HOTEL", (255, 90, 90)),
        (640, 226, "CINEMA", (90, 200, 255)),
        (990, 220, "BAR", (255, 200, 80)),
    ):
        canvas.lamp(x + 36, y - 8, 110, 60, colour, 0.5)
        canvas.text(x, y, words, 18, colour)
    canvas.rect(
        0, 304, width, 156, receding(ramped(rng, (12, 14, 24), (30, 32, 46), (58, 60, 78), slope=1.0), 1100, 1800)
    )
    for x in (120, 420, 760, 1090):
        lamp_post(canvas, x, 330, 176, burning=True)
        canvas.lamp(x + 23, 154, 120, 90, (255, 214, 140), 0.75)
        canvas.lamp(x + 23, 390, 60, 80, (230, 180, 100), 0.55)
    for x, colour in ((240, (255, 90, 90)), (676, (90, 200, 255)), (1010, (255, 200, 80))):
        canvas.lamp(x, 390, 70, 90, colour, 0.35)
    return Stage((Plane(canvas.picture()),), (width, height))


def market() -> Stage:
    """Stalls with striped awnings on a square, houses behind."""
    rng = np.random.default_rng(24)
    width, height = 1200, 460
    far = Canvas(1050, height)
    far.rect(0, 0, 1050, 130, sky(rng, (120, 168, 214), (226, 228, 224), 0.4))
    _row_of_houses(far, 300, rng, ("", "BANK", ""), 0.0)
    far.rect(0, 300, 1050, 160, (170, 160, 146))
    near = Canvas(width, height)
    near.rect(
        0, 300, width, 160, receding(tiles(rng, (180, 168, 150), (160, 148, 132), 60), 1300, 1900), light=(0.85, 1.05)
    )
    goods = ((196, 48, 40), (226, 150, 40), (210, 190, 60), (120, 60, 120), (190, 90, 60))
    cloths = ((186, 44, 44), (36, 92, 140), (52, 120, 70), (210, 140, 30), (120, 50, 110))
    for number in range(5):
        stall(near, 30 + number * 236, 348, rng, cloths[number], goods[number])
        board(
            near,
            90 + number * 236,
            240,
            (60, 26),
            (("PEARS 2.-", "PLUMS", "LEMONS", "FIGS 3.-", "APPLES")[number],),
            (34, 40, 36),
            (240, 240, 230),
        )
    return Stage((Plane(far.picture(), 0.7), Plane(near.layer())), (width, height))


def tram_stop() -> Stage:
    """A stop with a shelter, a map and a clock, in front of a glass building; railings close to the lens."""
    rng = np.random.default_rng(25)
    width, height = 1150, 460
    canvas = Canvas(width, height)
    canvas.rect(0, 0, width, 320, speckled(rng, (150, 160, 166), 0.1, 1.4), light=(1.1, 0.9))
    for row in range(5):
        for column in range(20):
            tone = rng.uniform(0.7, 1.25)
            canvas.rect(4 + column * 58, 6 + row * 56, 52, 48, darker((104, 140, 160), tone), light=(1.3, 0.75))
    canvas.rect(0, 286, width, 34, speckled(rng, (110, 108, 106), 0.2))
    canvas.rect(0, 318, width, 60, receding(tiles(rng, (190, 186, 178), (176, 172, 164), 70), 1300, 1700, 300))
    canvas.rect(0, 376, width, 84, receding(speckled(rng, (116, 112, 108), 0.3, 0.6), 900, 1200))
    for rail in (398, 436):
        canvas.rect(0, rail, width, 5, (176, 176, 180), light=(1.2, 0.6))
    for post in (420, 560, 700):
        canvas.rect(post, 176, 7, 168, (40, 62, 60))
    canvas.rect(400, 168, 330, 16, (40, 72, 68), light=(1.3, 0.8))
    canvas.rect(428, 184, 270, 120, (190, 214, 220), opacity=0.35)
    board(canvas, 446, 206, (96, 84), ("LINE 12", "HARBOUR", "MUSEUM", "OLD MILL"), (240, 238, 228), (30, 60, 110))
    canvas.rect(580, 300, 120, 8, planks(rng, (140, 96, 60), 10))
    canvas.ellipse(820, 190, 30, 30, (40, 44, 46))
    canvas.ellipse(820, 190, 26, 26, (242, 240, 232))
    canvas.limb((820, 190), (820, 172), 3, 2, (20, 20, 22))
    canvas.limb((820, 190), (832, 196), 4, 3, (20, 20, 22))
    canvas.rect(817, 216, 6, 128, (40, 44, 46))
    potted_plant(canvas, 340, 346, 110, rng)
    rails = Canvas(1400, 500)
    for post in range(10, 1400, 130):
        rails.limb((post, 500), (post, 430), 12, 11, (150, 40, 40))
    rails.rect(0, 440, 1400, 9, (176, 54, 50), light=(1.2, 0.7))
    return Stage((Plane(canvas.picture()), Plane(rails.layer(), 1.35, in_front=True)), (width, height))
