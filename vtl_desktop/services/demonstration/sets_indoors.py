"""Sets under a roof: a living room, a lobby, a station hall with boards, a workshop table, a gallery."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from vtl_desktop.services.demonstration.canvas import Canvas
from vtl_desktop.services.demonstration.props import (
    board,
    darker,
    picture_frame,
    potted_plant,
    shelf,
    sofa,
    window,
)
from vtl_desktop.services.demonstration.stage import Plane, Stage
from vtl_desktop.services.demonstration.textures import (
    bricks,
    leaves,
    planks,
    ramped,
    receding,
    sky,
    speckled,
    stripes,
    tiles,
)


def living_room() -> Stage:
    """A room with sofa, bookcase, window, pictures, rug."""
    rng = np.random.default_rng(31)
    width, height = 1000, 440
    canvas = Canvas(width, height)
    wallpaper = stripes((190, 176, 150), (182, 166, 138), 36)
    canvas.rect(0, 0, width, 300, wallpaper, light=(0.9, 1.05))
    canvas.rect(0, 286, width, 14, (232, 226, 212), light=(1.05, 0.8))
    canvas.rect(0, 298, width, 142, receding(planks(rng, (150, 104, 66), 70, 600), 1000, 1500), light=(0.8, 1.05))
    window(canvas, 420, 60, 150, 150, glow=None)
    canvas.rect(422, 62, 146, 146, sky(rng, (130, 176, 220), (220, 226, 226), 0.5), opacity=0.8)
    canvas.rect(494, 60, 3, 150, (236, 232, 222))
    for side in (392, 566):
        canvas.rect(side, 48, 40, 226, stripes((150, 60, 50), (134, 50, 44), 10), light=(1.05, 0.85))
    shelf(canvas, 60, 316, (170, 250), rng)
    sofa(canvas, 620, 330, (60, 92, 104), rng)
    picture_frame(canvas, 640, 90, (90, 66), leaves(rng, (30, 60, 40), (190, 190, 90)))
    picture_frame(canvas, 770, 80, (64, 84), ramped(rng, (40, 50, 110), (220, 120, 80), (250, 220, 150), slope=1.6))
    potted_plant(canvas, 930, 330, 170, rng)
    canvas.limb((290, 318), (290, 150), 6, 5, (70, 60, 54))
    canvas.shape([(262, 156), (274, 110), (306, 110), (318, 156)], (240, 214, 160), light=(1.05, 0.9))
    canvas.lamp(290, 140, 150, 120, (120, 90, 40), 0.6)
    canvas.ellipse(
        480, 392, 250, 34, ramped(rng, (120, 44, 40), (190, 110, 70), (220, 190, 140), slope=0.8, stretch=(3, 1))
    )
    canvas.ellipse(480, 392, 226, 28, ramped(rng, (60, 40, 70), (150, 60, 60), (210, 160, 110), slope=0.5))
    canvas.grain(rng, 0.06)
    return Stage((Plane(canvas.picture()),), (width, height))


@lru_cache(maxsize=1)
def lobby() -> Stage:
    """A hall with columns, a reception desk and a chequered floor. Two sources are filmed here."""
    rng = np.random.default_rng(32)
    width, height = 1000, 460
    canvas = Canvas(width, height)
    canvas.rect(0, 0, width, 300, speckled(rng, (206, 196, 178), 0.12, 1.3), light=(0.85, 1.08))
    for panel in range(7):
        canvas.rect(10 + panel * 146, 60, 118, 200, planks(rng, (128, 84, 56), 34, 300), light=(1.1, 0.85))
    canvas.rect(
        0, 296, width, 164, receding(tiles(rng, (216, 208, 194), (74, 78, 88), 100), 1000, 1700), light=(0.8, 1.08)
    )
    for column in (120, 412, 704, 950):
        canvas.shadow(column + 30, 318, 60, 14)
        canvas.rect(column, 0, 42, 318, ramped(rng, (150, 144, 138), (206, 200, 190), (232, 228, 220), slope=1.3))
        canvas.rect(column + 28, 0, 14, 318, (60, 56, 54), opacity=0.3)
        canvas.rect(column - 6, 304, 54, 16, (168, 160, 148), light=(1.15, 0.75))
    canvas.rect(490, 236, 190, 84, planks(rng, (96, 58, 40), 20, 400), light=(1.15, 0.75))
    canvas.rect(482, 228, 206, 11, (224, 220, 212), light=(1.1, 0.8))
    board(canvas, 512, 110, (140, 74), ("GRAND HOTEL", "RECEPTION"), (38, 44, 56), (226, 196, 120))
    for x, tone in ((200, (70, 100, 150)), (810, (170, 90, 60))):
        picture_frame(canvas, x, 110, (110, 80), ramped(rng, darker(tone, 0.5), tone, (236, 226, 200), slope=1.5))
    potted_plant(canvas, 360, 330, 150, rng)
    potted_plant(canvas, 780, 330, 150, rng)
    for lamp in (270, 560, 850):
        canvas.lamp(lamp, 20, 150, 110, (120, 100, 60), 0.6)
    return Stage((Plane(canvas.picture()),), (width, height))


def station_hall() -> Stage:
    """A wall of timetables and notices, much writing, a kiosk."""
    rng = np.random.default_rng(33)
    width, height = 1100, 460
    canvas = Canvas(width, height)
    canvas.rect(0, 0, width, 306, tiles(rng, (214, 216, 206), (206, 208, 198), 44, 3), light=(1.05, 0.85))
    canvas.rect(0, 180, width, 22, (40, 92, 84))
    canvas.rect(
        0, 304, width, 156, receding(tiles(rng, (140, 134, 126), (120, 114, 108), 130), 1000, 1500), light=(0.8, 1.05)
    )
    board(
        canvas,
        60,
        30,
        (300, 210),
        (
            "DEPARTURES",
            "07:42 ALTHEIM    3",
            "07:55 BRUNN      1",
            "08:10 LINDAU     6",
            "08:31 SEEBURG    2",
            "08:47 WALDEN     4",
        ),
        (18, 22, 30),
        (250, 196, 60),
    )
    board(canvas, 420, 50, (120, 170), ("MAP", "ZONE A", "ZONE B", "ZONE C"), (236, 230, 210), (40, 70, 140))
    board(canvas, 580, 40, (150, 90), ("TICKETS", "HERE"), (190, 40, 44), (250, 246, 236))
    board(canvas, 590, 150, (130, 90), ("QUIET PLEASE", "NO SMOKING", "MIND THE STEP"), (244, 242, 234), (50, 50, 54))
    canvas.rect(780, 60, 260, 256, bricks(rng, (70, 92, 120), (90, 112, 140), (60, 24)), light=(1.1, 0.85))
    canvas.rect(800, 120, 220, 104, (60, 58, 60), light=(1.4, 0.9))
    for paper in range(14):
        red, green, blue = (int(value) for value in rng.integers(90, 245, 3))
        canvas.rect(806 + paper % 7 * 30, 128 + paper // 7 * 48, 25, 40, (red, green, blue), light=(1.1, 0.85))
        canvas.text(808 + paper % 7 * 30, 140 + paper // 7 * 48, "NEWS", 5, (20, 20, 24))
    canvas.rect(792, 224, 236, 12, (214, 206, 190))
    canvas.text(830, 100, "KIOSK", 26, (250, 240, 210))
    canvas.grain(rng, 0.07)
    return Stage((Plane(canvas.picture()),), (width, height))


def work_table() -> Stage:
    """A wooden table from above, with tools, papers, a mug."""
    rng = np.random.default_rng(34)
    width, height = 900, 520
    canvas = Canvas(width, height)
    canvas.rect(0, 0, width, height, planks(rng, (176, 126, 80), 150, 1500))
    for x, y, turn, lines in ((120, 90, 0.12, 9), (620, 120, -0.2, 11), (420, 330, 0.3, 7)):
        corners = [(-80, -60), (80, -60), (80, 60), (-80, 60)]
        cosine, sine = np.cos(turn), np.sin(turn)
        place = [(x + 60 + a * cosine - b * sine, y + 50 + a * sine + b * cosine) for a, b in corners]
        canvas.shadow(x + 66, y + 58, 120, 90, 0.3)
        canvas.shape(place, speckled(rng, (238, 234, 222), 0.05))
        for line in range(lines):
            level = -48 + line * 96 / lines
            ends = [(-66, level), (rng.uniform(20, 66), level)]
            a, b = ((x + 60 + p * cosine - q * sine, y + 50 + p * sine + q * cosine) for p, q in ends)
            canvas.limb(a, b, 2.4, 2.4, (70, 74, 90))
    canvas.shadow(330, 150, 60, 56)
    canvas.ellipse(322, 142, 44, 44, (200, 60, 50), light=(1.15, 0.85))
    canvas.ellipse(322, 142, 35, 35, (66, 38, 22))
    canvas.limb((364, 142), (384, 150), 12, 12, (190, 54, 46))
    for x, y, colour in ((700, 380, (60, 100, 170)), (180, 380, (200, 160, 40)), (560, 60, (60, 130, 80))):
        canvas.shadow(x + 50, y + 16, 70, 24)
        canvas.limb((x, y), (x + 96, y + 18), 12, 12, colour)
        canvas.limb((x + 96, y + 18), (x + 112, y + 21), 10, 2, (220, 190, 150))
    canvas.rect(760, 250, 110, 26, speckled(rng, (120, 124, 130), 0.15))
    for mark in range(11):
        canvas.rect(764 + mark * 10, 250, 1.5, 9 if mark % 5 else 15, (20, 20, 24))
    for gear in range(16):
        x, y = rng.uniform(60, 860), rng.uniform(30, 500)
        size = rng.uniform(5, 10)
        canvas.shadow(x + 2, y + 3, size * 1.6, size * 1.4)
        canvas.ellipse(x, y, size, size, ((150, 152, 158), (186, 150, 70))[gear % 2], light=(1.2, 0.8))
        canvas.ellipse(x, y, size * 0.45, size * 0.45, (104, 74, 46))
    return Stage((Plane(canvas.picture()),), (width, height))


def gallery() -> Stage:
    """A white room with large paintings and a parquet floor."""
    rng = np.random.default_rng(35)
    width, height = 1300, 450
    canvas = Canvas(width, height)
    canvas.rect(0, 0, width, 306, speckled(rng, (226, 222, 216), 0.05, 1.5), light=(0.92, 1.03))
    canvas.rect(0, 300, width, 8, (180, 174, 166))
    canvas.rect(
        0, 306, width, 144, receding(tiles(rng, (166, 118, 74), (140, 96, 58), 80, 2), 1100, 1700), light=(0.8, 1.05)
    )
    styles = (
        ramped(rng, (20, 30, 80), (60, 120, 190), (250, 220, 120), slope=1.8),
        bricks(rng, (214, 70, 50), (30, 30, 34), (70, 46)),
        leaves(rng, (40, 70, 30), (230, 200, 80)),
        stripes((240, 200, 50), (30, 60, 140), 34),
        ramped(rng, (90, 20, 30), (230, 110, 60), (250, 230, 200), slope=1.2, stretch=(1, 5)),
        tiles(rng, (236, 232, 222), (40, 40, 46), 52, 2),
    )
    sizes = ((150, 190), (120, 120), (190, 140), (110, 170), (200, 150), (130, 130))
    x = 40.0
    for style, size in zip(styles, sizes, strict=True):
        picture_frame(canvas, x, 150 - size[1] / 2, size, style)
        canvas.rect(x + size[0] + 12, 190, 16, 11, (244, 244, 240))
        canvas.lamp(x + size[0] / 2, 40, size[0] * 0.8, 120, (50, 46, 34), 0.7)
        x += size[0] + 66
    canvas.shadow(640, 376, 110, 14)
    canvas.rect(550, 340, 180, 14, speckled(rng, (60, 58, 60), 0.15))
    for leg in (560, 708):
        canvas.rect(leg, 352, 10, 24, (40, 38, 40))
    return Stage((Plane(canvas.picture()),), (width, height))
