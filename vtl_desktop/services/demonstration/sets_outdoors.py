"""Sets out in the open: hills, a harbour, a playing field, a park, a village in the snow."""

from __future__ import annotations

import numpy as np

from vtl_desktop.services.demonstration.canvas import Canvas
from vtl_desktop.services.demonstration.props import bench, board, fir, house, house_wall, ridge, tree
from vtl_desktop.services.demonstration.stage import Plane, Stage
from vtl_desktop.services.demonstration.textures import planks, ramped, receding, sky, speckled, tiles


def hills() -> Stage:
    """Mountains behind a meadow with a path and some firs."""
    rng = np.random.default_rng(11)
    width, height = 1200, 460
    far = Canvas(900, height)
    far.rect(0, 0, 900, height, sky(rng, (70, 120, 190), (206, 220, 230), 0.55))
    peaks = Canvas(1000, height)
    rock = ramped(rng, (66, 70, 88), (104, 104, 114), (132, 128, 130), (158, 152, 150), (236, 240, 248), slope=1.2)
    peaks.shape(ridge(rng, 1000, 300, 300, 0.9), rock, light=(1.2, 0.6))
    woods = ramped(rng, (22, 44, 34), (54, 84, 52), (80, 104, 60), slope=0.6)
    peaks.shape(ridge(rng, 1000, 330, 90, 1.3), woods, light=(1.1, 0.8))
    near = Canvas(width, height)
    meadow = receding(ramped(rng, (44, 76, 26), (96, 128, 48), (150, 160, 78), slope=0.8), 1000, 2600)
    near.shape(ridge(rng, width, 306, 34, 0.7), (70, 100, 44))
    near.rect(0, 296, width, height - 296, meadow, light=(0.95, 1.05))
    path = speckled(rng, (178, 154, 118), 0.3, 0.7)
    near.shape([(0, 384), (width, 368), (width, 402), (0, 424)], path, light=(1.0, 0.9))
    for x, tall in ((60, 190), (160, 140), (610, 170), (690, 220), (1060, 160), (1150, 200)):
        fir(near, x, 330 + tall * 0.1, tall, rng)
    for _ in range(260):
        x, y = rng.uniform(0, width), rng.uniform(330, height)
        near.ellipse(x, y, 1.8, 1.4, ((240, 220, 90), (240, 240, 240), (220, 90, 110))[int(rng.integers(3))])
    planes = (Plane(far.picture(), 0.15), Plane(peaks.layer(), 0.4), Plane(near.layer()))
    return Stage(planes, (width, height))


def harbour() -> Stage:
    """A bay with a town on the far shore and a quay in front."""
    rng = np.random.default_rng(12)
    width, height = 1200, 460
    far = Canvas(1000, height)
    far.rect(0, 0, 1000, 240, sky(rng, (96, 150, 200), (240, 224, 200), 0.45))
    far.shape(ridge(rng, 1000, 196, 80), ramped(rng, (64, 84, 96), (110, 126, 116), slope=0.9), light=(1.1, 0.8))
    x = 10.0
    while x < 980:
        wide, tall = rng.uniform(40, 80), rng.uniform(34, 74)
        house(far, x, 206, (wide, tall), house_wall(rng), rng, floors=2)
        roof = ((160, 74, 52), (120, 66, 52), (96, 88, 92))[int(rng.integers(3))]
        far.shape([(x - 3, 206 - tall - 4), (x + wide / 2, 206 - tall - 26), (x + wide + 3, 206 - tall - 4)], roof)
        x += wide + rng.uniform(-2, 10)
    water = ramped(rng, (22, 58, 84), (46, 96, 120), (88, 140, 156), (196, 214, 214), slope=1.0, stretch=(7, 1))
    far.rect(0, 206, 1000, height - 206, receding(water, 900, 1900), light=(1.15, 0.75))
    quay = Canvas(width, height)
    quay.rect(
        0, 392, width, 68, receding(tiles(rng, (168, 160, 148), (148, 140, 130), 70), 1500, 1900), light=(1, 0.85)
    )
    quay.rect(0, 386, width, 9, speckled(rng, (190, 184, 172), 0.2))
    for post in range(40, width, 145):
        quay.limb((post, 420), (post, 392), 16, 13, (52, 54, 60))
        quay.ellipse(post, 391, 11, 5, (84, 86, 92))
    board(quay, 520, 322, (130, 46), ("PIER 4", "FERRY 10:45"), (24, 60, 100), (240, 240, 236))
    quay.rect(582, 368, 6, 40, (60, 60, 64))
    return Stage((Plane(far.picture(), 0.55), Plane(quay.layer(), 1.0, in_front=True)), (width, height))


def playing_field() -> Stage:
    """A football field with a stand full of people behind."""
    rng = np.random.default_rng(13)
    width, height = 1300, 480
    canvas = Canvas(width, height)
    canvas.rect(0, 0, width, 60, sky(rng, (130, 170, 210), (200, 214, 224), 0.6))
    canvas.rect(0, 34, width, 150, (70, 74, 82), light=(0.8, 1.3))
    for row in range(9):
        for seat in range(width // 12 + 1):
            red, green, blue = (int(value) for value in rng.integers(50, 130) + rng.integers(0, 90, 3))
            x, y = seat * 12 + rng.uniform(-2, 2) + row % 2 * 6, 52 + row * 14.5 + rng.uniform(-1, 1)
            canvas.limb((x, y + 5), (x, y + 11), 8, 9, (red, green, blue))
            canvas.ellipse(x, y, 3.4, 4, (212 - row * 4, 164, 134))
    canvas.rect(0, 182, width, 36, (28, 50, 96))
    for number, words in enumerate(("NORTH BANK", "RIVER TEA", "CITY RADIO 98", "OAK & SONS", "LAKE AIR", "METRO")):
        tone = ((200, 40, 40), (20, 110, 70), (226, 170, 30), (40, 60, 150), (30, 130, 160), (110, 40, 110))[number]
        canvas.rect(number * 220, 182, 216, 36, tone, light=(1.1, 0.8))
        canvas.text(number * 220 + 16, 208, words, 17, (250, 248, 240))
    grass = ramped(rng, (38, 92, 34), (62, 122, 44), (92, 148, 60), slope=0.7)
    canvas.rect(0, 218, width, height - 218, receding(grass, 1200, 2400), light=(0.9, 1.05))
    for band in range(0, width, 260):
        canvas.shape(
            [(band, 218), (band + 130, 218), (band + 110, height), (band - 40, height)], (190, 220, 120), opacity=0.16
        )
    for y, thick in ((236, 2), (452, 5)):
        canvas.rect(0, y, width, thick, (236, 240, 232), opacity=0.85)
    canvas.shape([(650, 218), (653, 218), (640, height), (634, height)], (236, 240, 232), opacity=0.85)
    for x in (1120, 1240):
        canvas.limb((x, 330 if x == 1120 else 280), (x, 200 if x == 1120 else 170), 5, 5, (240, 240, 240))
    canvas.limb((1120, 200), (1240, 170), 5, 4, (240, 240, 240))
    return Stage((Plane(canvas.picture()),), (width, height))


def park() -> Stage:
    """Trees, a pond, a bench, a gravel walk; branches close to the lens."""
    rng = np.random.default_rng(14)
    width, height = 1150, 460
    far = Canvas(950, height)
    far.rect(0, 0, 950, height, sky(rng, (150, 186, 214), (226, 230, 222), 0.35))
    for layer, base in ((1, 250), (0, 285)):
        far.shape(
            ridge(rng, 950, base, 170 - 40 * layer, 1.5),
            ramped(rng, (26, 48, 22), (74, 104, 42), (140, 150, 70), slope=0.7),
            light=(1.2, 0.7),
        )
    near = Canvas(width, height)
    lawn = receding(ramped(rng, (52, 84, 30), (100, 132, 52), (142, 162, 80), slope=0.8), 1000, 2200)
    near.rect(0, 272, width, height - 272, lawn, light=(0.85, 1.05))
    near.ellipse(300, 312, 210, 20, ramped(rng, (58, 84, 92), (120, 146, 150), (190, 206, 206), stretch=(6, 1)))
    near.shape([(0, 372), (width, 360), (width, 424), (0, 440)], speckled(rng, (196, 176, 142), 0.35, 0.5))
    for x, ground, tall, green in ((40, 330, 250, 0), (560, 322, 280, 3), (820, 340, 240, 2), (1080, 330, 270, 1)):
        tree(near, x, ground, tall, rng, green)
    bench(near, 660, 352, rng)
    for x in (200, 430, 930):
        near.ellipse(
            x, 336, 38, 18, ramped(rng, (40, 60, 30), (120, 60, 90), (230, 150, 170), slope=0.5), light=(1.2, 0.7)
        )
    branches = Canvas(1500, 520)
    for _ in range(60):
        x, y = (rng.uniform(0, 210) if rng.random() < 0.5 else rng.uniform(1240, 1500)), rng.uniform(0, 150)
        tone = int(rng.uniform(0.5, 1.1) * 100)
        branches.ellipse(x, y, rng.uniform(8, 20), rng.uniform(5, 11), (tone // 2, tone, tone // 3), light=(1.2, 0.7))
    return Stage((Plane(far.picture(), 0.35), Plane(near.layer()), Plane(branches.layer(), 1.5, True)), (width, height))


def winter() -> Stage:
    """A village street under snow at dusk, lights in the windows."""
    rng = np.random.default_rng(15)
    width, height = 1150, 460
    far = Canvas(900, height)
    far.rect(0, 0, 900, height, sky(rng, (74, 88, 124), (206, 186, 186), 0.4))
    far.shape(
        ridge(rng, 900, 260, 150), ramped(rng, (120, 132, 160), (196, 204, 220), (236, 240, 248)), light=(1.1, 0.8)
    )
    near = Canvas(width, height)
    near.rect(
        0,
        292,
        width,
        168,
        receding(ramped(rng, (168, 178, 204), (214, 220, 234), (244, 246, 250)), 900, 2000),
        light=(0.85, 1.0),
    )
    for x, wide, tall in ((30, 170, 120), (330, 210, 140), (640, 160, 110), (900, 200, 150)):
        wall = planks(rng, ((128, 82, 54), (150, 106, 76), (110, 70, 60))[int(rng.integers(3))], 20, 500)
        house(near, x, 318, (wide, tall), wall, rng, floors=2, glow=0.75)
        top = 318 - tall
        near.shape(
            [(x - 22, top + 8), (x + wide / 2, top - 78), (x + wide + 22, top + 8)],
            ramped(rng, (200, 208, 226), (248, 250, 252)),
            light=(1.05, 0.85),
        )
        near.rect(x + wide * 0.7, top - 70, 18, 40, speckled(rng, (120, 84, 74), 0.3))
        near.lamp(x + wide / 2, 330, wide * 0.6, 34, (150, 96, 30), 0.5)
    for x, tall in ((250, 190), (590, 220), (845, 180), (1125, 230)):
        fir(near, x, 336, tall, rng, snow=True)
    near.shape([(0, 392), (width, 384), (width, 420), (0, 432)], (176, 182, 200), opacity=0.6)
    return Stage((Plane(far.picture(), 0.3), Plane(near.layer())), (width, height))
