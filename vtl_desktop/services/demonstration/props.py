"""What stands about in the demonstration's sets: trees, houses, lamps, benches, boards, plants, furniture."""

from __future__ import annotations

import numpy as np

from vtl_desktop.services.demonstration.canvas import Canvas, Point
from vtl_desktop.services.demonstration.textures import (
    Colour,
    Fill,
    bricks,
    leaves,
    noise,
    planks,
    ramped,
    speckled,
    stripes,
)

GREENS: tuple[tuple[Colour, Colour], ...] = (
    ((24, 52, 22), (112, 150, 58)),
    ((18, 44, 30), (84, 130, 72)),
    ((52, 60, 16), (160, 160, 60)),
    ((78, 40, 12), (206, 130, 40)),
)


def darker(colour: Colour, factor: float) -> Colour:
    """A colour times a factor, held to 0...255."""
    red, green, blue = (int(min(255, value * factor)) for value in colour)
    return red, green, blue


def ridge(rng: np.random.Generator, width: int, base: float, height: float, roughness: float = 1.0) -> list[Point]:
    """The outline of a mountain range or a tree line, from the left edge to the right, closed below the base."""
    line = noise(rng, 4, width, 1.5 / roughness)[0]
    line = np.convolve(np.pad(line, 4, mode="edge"), np.ones(9) / 9, mode="valid")
    points = [(float(x), float(base - height * line[x])) for x in range(0, width, 3)]
    return [*points, (float(width), base + 60), (0.0, base + 60)]


def tree(canvas: Canvas, x: float, ground: float, height: float, rng: np.random.Generator, green: int = 0) -> None:
    """A leafy tree."""
    dark, light = GREENS[green]
    bark = speckled(rng, (84, 64, 48), 0.35, 0.9)
    canvas.shadow(x, ground, height * 0.4, height * 0.06)
    canvas.limb((x, ground), (x + height * 0.02, ground - height * 0.55), height * 0.075, height * 0.04, bark)
    for side in (-1, 1):
        canvas.limb((x, ground - height * 0.38), (x + side * height * 0.2, ground - height * 0.62), 6, 3, bark)
    crown = leaves(rng, dark, light)
    for _ in range(11):
        away, up = rng.uniform(-0.27, 0.27), rng.uniform(0.5, 0.9)
        size = height * rng.uniform(0.12, 0.2)
        canvas.ellipse(x + away * height, ground - up * height, size, size * 0.85, crown, light=(1.15, 0.7))


def fir(
    canvas: Canvas, x: float, ground: float, height: float, rng: np.random.Generator, *, snow: bool = False
) -> None:
    """A conifer, perhaps with snow on it."""
    needles = leaves(rng, (14, 34, 24), (58, 96, 62))
    canvas.shadow(x, ground, height * 0.25, height * 0.05)
    canvas.limb((x, ground), (x, ground - height * 0.3), height * 0.05, height * 0.04, (70, 52, 40))
    for step in range(5):
        top = ground - height * (1 - step * 0.13)
        half, down = height * (0.09 + 0.052 * step), height * 0.3
        canvas.shape([(x, top), (x + half, top + down), (x - half, top + down)], needles, light=(1.1, 0.7))
        if snow:
            canvas.shape(
                [(x, top), (x + half * 0.7, top + down * 0.7), (x - half * 0.4, top + down * 0.55)],
                (236, 242, 250),
                opacity=0.75,
            )


def window(canvas: Canvas, x: float, y: float, width: float, height: float, *, glow: Colour | None = None) -> None:
    """A window with frame and cross bars; `glow` where a lamp burns behind it."""
    canvas.rect(x - 3, y - 3, width + 6, height + 7, (226, 222, 212), light=(1.0, 0.85))
    if glow:
        canvas.rect(x, y, width, height, glow, light=(0.85, 1.1))
    else:
        canvas.rect(x, y, width, height, (70, 88, 104), light=(1.5, 0.6))
        canvas.shape([(x, y), (x + width * 0.5, y), (x, y + height * 0.6)], (190, 206, 216), opacity=0.35)
    canvas.rect(x + width / 2 - 1, y, 2, height, (226, 222, 212))
    canvas.rect(x, y + height * 0.4, width, 2, (226, 222, 212))


def house(
    canvas: Canvas,
    x: float,
    ground: float,
    size: Point,
    wall: Fill,
    rng: np.random.Generator,
    *,
    floors: int = 3,
    glow: float = 0.0,
    shop: str = "",
) -> None:
    """A town house with windows on each floor, a cornice, and a door or a shop.

    Args:
        canvas, x, ground: where its lower left corner stands.
        size: width and height.
        wall: what it is made of.
        rng: chooses curtains and lit windows.
        floors: rows of windows.
        glow: share of the windows that are lit.
        shop: what is written over the shop; "" for a door.
    """
    width, height = size
    canvas.rect(x, ground - height, width, height, wall, light=(1.05, 0.85))
    canvas.rect(x - 2, ground - height - 7, width + 4, 10, darker((200, 192, 178), 0.9), light=(1.1, 0.7))
    across = max(2, int(width / 52))
    step = height / (floors + 0.35)
    for floor in range(floors):
        top = ground - height + 14 + floor * step
        street = floor == floors - 1
        if street and shop:
            canvas.rect(x + 8, top + 6, width - 16, step * 0.92, (60, 70, 76), light=(1.5, 0.8))
            sign = (150, 40, 36) if rng.random() < 0.5 else (30, 70, 60)
            canvas.rect(x + 6, top - 8, width - 12, 20, sign, light=(1.1, 0.8))
            canvas.text(x + 14, top + 8, shop, 11, (244, 236, 214))
            continue
        for column in range(across):
            left = x + (column + 0.5) * width / across - 13
            lit = (246, 206, 120) if rng.random() < glow else None
            if street and column == across // 2:
                canvas.rect(
                    left, ground - step * 0.95, 28, step * 0.95, planks(rng, (86, 54, 38), 16), light=(1.1, 0.8)
                )
            else:
                window(canvas, left, top, 26, step * 0.58, glow=lit)


def lamp_post(canvas: Canvas, x: float, ground: float, height: float, *, burning: bool = False) -> None:
    """A street lamp."""
    canvas.limb((x, ground), (x, ground - height), 6, 3.5, (48, 52, 56))
    canvas.limb((x, ground - height), (x + 20, ground - height - 6), 3.5, 3, (48, 52, 56))
    canvas.ellipse(x + 23, ground - height - 2, 9, 5, (250, 236, 180) if burning else (190, 196, 200))


def bench(canvas: Canvas, x: float, ground: float, rng: np.random.Generator) -> None:
    """A park bench, 90 pixels long."""
    wood = planks(rng, (132, 88, 52), 14)
    canvas.shadow(x + 45, ground, 56, 7)
    for leg in (8, 78):
        canvas.rect(x + leg, ground - 28, 5, 28, (50, 50, 52))
    for board in range(3):
        canvas.rect(x, ground - 56 + board * 9, 90, 7, wood)
    canvas.rect(x - 2, ground - 28, 94, 6, wood)


def board(canvas: Canvas, x: float, y: float, size: Point, words: tuple[str, ...], paper: Colour, ink: Colour) -> None:
    """A board with lines of writing; a line's size follows from the board's."""
    width, height = size
    canvas.rect(x - 4, y - 4, width + 8, height + 8, (52, 48, 46), light=(1.2, 0.8))
    canvas.rect(x, y, width, height, paper, light=(1.04, 0.94))
    row = height / (len(words) + 0.4)
    for number, line in enumerate(words):
        capital = min(row * 0.52, width / (0.95 * max(len(line), 4)))
        canvas.text(x + width * 0.06, y + row * (number + 0.95), line, capital, ink)


def potted_plant(canvas: Canvas, x: float, ground: float, height: float, rng: np.random.Generator) -> None:
    """A plant in a pot."""
    canvas.shadow(x, ground, height * 0.3, 8)
    for _ in range(16):
        angle = rng.uniform(-1.2, 1.2)
        reach = height * rng.uniform(0.35, 0.65)
        end = (x + reach * np.sin(angle), ground - height * 0.35 - reach * np.cos(angle))
        green = darker((70, 120, 60), rng.uniform(0.6, 1.2))
        canvas.limb((x, ground - height * 0.33), end, 3, 9, green)
    pot = [(x - height * 0.14, ground - height * 0.35), (x + height * 0.14, ground - height * 0.35)]
    canvas.shape([*pot, (x + height * 0.1, ground), (x - height * 0.1, ground)], (176, 92, 58), light=(1.1, 0.75))


def stall(canvas: Canvas, x: float, ground: float, rng: np.random.Generator, cloth: Colour, fruit: Colour) -> None:
    """A market stall, 190 pixels wide, with an awning and heaps of fruit."""
    canvas.shadow(x + 95, ground, 115, 12)
    for post in (6, 180):
        canvas.rect(x + post, ground - 150, 5, 150, (120, 92, 66))
    canvas.rect(x, ground - 62, 190, 62, planks(rng, (150, 112, 70), 22, 300), light=(1.05, 0.75))
    for crate in range(4):
        left = x + 6 + crate * 46
        kind = darker(fruit, 1.0) if crate % 2 == 0 else (darker(fruit, 0.5)[1], 150, 60)
        for row in range(3):
            for place in range(5 - row):
                away = rng.uniform(-1, 1)
                canvas.ellipse(
                    left + 5 + row * 4 + place * 8 + away, ground - 66 - row * 7, 5, 5, kind, light=(1.25, 0.7)
                )
        canvas.rect(left - 2, ground - 64, 44, 14, planks(rng, (186, 150, 100), 10, 90))
    awning = [(x - 10, ground - 124), (x + 14, ground - 166), (x + 176, ground - 166), (x + 200, ground - 124)]
    canvas.shape(awning, stripes(cloth, (240, 234, 220), 46), light=(1.05, 0.85))
    for tooth in range(10):
        colour = cloth if tooth % 2 else (240, 234, 220)
        canvas.ellipse(x + 0.5 + tooth * 21, ground - 123, 10.5, 9, darker(colour, 0.9))


def picture_frame(canvas: Canvas, x: float, y: float, size: Point, fill: Fill) -> None:
    """A painting on a wall."""
    width, height = size
    canvas.shadow(x + width / 2 + 3, y + height / 2 + 6, width * 0.75, height * 0.75, 0.3)
    canvas.rect(x - 6, y - 6, width + 12, height + 12, (126, 92, 48), light=(1.25, 0.7))
    canvas.rect(x, y, width, height, fill)


def shelf(canvas: Canvas, x: float, ground: float, size: Point, rng: np.random.Generator, rows: int = 4) -> None:
    """A bookcase full of books."""
    width, height = size
    canvas.rect(x, ground - height, width, height, planks(rng, (110, 74, 46), 40), light=(1.05, 0.85))
    step = (height - 10) / rows
    for row in range(rows):
        floor = ground - height + 6 + (row + 1) * step - 6
        canvas.rect(x + 6, floor - step + 8, width - 12, step - 8, (46, 32, 24))
        left = x + 8
        while left < x + width - 16:
            thick, tall = rng.uniform(5, 11), (step - 14) * rng.uniform(0.65, 0.98)
            red, green, blue = (int(value) for value in rng.integers(40, 210, 3))
            canvas.rect(left, floor - tall, thick, tall, (red, green, blue), light=(1.1, 0.8))
            left += thick + 0.8


def sofa(canvas: Canvas, x: float, ground: float, colour: Colour, rng: np.random.Generator) -> None:
    """A sofa, 230 pixels wide."""
    cloth, dark = speckled(rng, colour, 0.22, 0.9), speckled(rng, darker(colour, 0.75), 0.22, 0.9)
    canvas.shadow(x + 115, ground, 140, 14)
    canvas.rect(x + 12, ground - 92, 206, 60, dark, light=(1.15, 0.9))
    for cushion in (24, 122):
        canvas.rect(x + cushion, ground - 50, 92, 24, cloth, light=(1.15, 0.9))
    canvas.rect(x + 10, ground - 30, 210, 22, cloth, light=(0.95, 0.75))
    for arm in (0, 206):
        canvas.limb((x + arm + 12, ground - 60), (x + arm + 12, ground - 16), 26, 24, cloth)
    canvas.shape(
        [(x + 60, ground - 76), (x + 96, ground - 84), (x + 104, ground - 50), (x + 66, ground - 46)],
        ramped(rng, (200, 90, 60), (240, 190, 110), slope=0.7),
    )


def house_wall(rng: np.random.Generator) -> Fill:
    """A wall of brick or plaster in one of the usual colours."""
    kinds: tuple[Colour, ...] = ((164, 92, 70), (206, 186, 150), (186, 152, 120), (150, 160, 160), (214, 200, 178))
    colour = kinds[int(rng.integers(len(kinds)))]
    if rng.random() < 0.5:
        return bricks(rng, colour, darker(colour, 1.35), (30, 12))
    return speckled(rng, colour, 0.14, 1.1)
