"""What people lay over videos, made by formula, without limit: text, emoji, marks and the parts of a player.

Everything is drawn hard-edged on a large canvas of RGBA uint8 whose colours are premultiplied by alpha, so that one
area average makes the edges soft; only what is handed out has plain (not premultiplied) colours.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Canvas = NDArray[np.uint8]
Colour = tuple[int, int, int]
Line = NDArray[np.floating]
Arcs = tuple[tuple[float, tuple[float, float], tuple[int, int], Colour, float], ...]
Draw = Callable[[int, np.random.Generator], Canvas]

KINDS = ("text", "emoji", "logo", "interface")
"""Picture i of a bank is of kind KINDS[i % 4]. A text fills its square as if squeezed from about five times the width:
lay it over a video that much wider than high."""

_WHITE, _BLACK, _RED = (255, 255, 255), (0, 0, 0), (225, 30, 40)
_FACES = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX,
          cv2.FONT_HERSHEY_SCRIPT_COMPLEX, cv2.FONT_HERSHEY_COMPLEX | cv2.FONT_ITALIC)  # fmt: skip
_STARTS = (*"bcdfghklmnprstvwz", "br", "ch", "cl", "dr", "fl", "gr", "kl", "pr", "sh", "st", "th", "tr")
_VOWELS = tuple("aeiouy")

# Of faces: height from the middle, half axes, first and last angle in degrees (clockwise from the right), colour, line.
_INK, _WHOLE = (90, 50, 10), (0, 360)
_EYES: tuple[Arcs, ...] = (
    ((-0.2, (0.11, 0.17), _WHOLE, _INK, 0),),
    ((-0.2, (0.2, 0.24), _WHOLE, _WHITE, 0), (-0.15, (0.1, 0.12), _WHOLE, _INK, 0)),
    ((-0.12, (0.19, 0.17), (180, 360), _INK, 0.09),),
)
_BROW: Arcs = ((-0.42, (0.22, 0.12), (200, 340), _INK, 0.09),)
_CHEEK: Arcs = ((0.12, (0.15, 0.1), _WHOLE, (250, 130, 100), 0),)
_MOUTHS: tuple[Arcs, ...] = (
    ((0.15, (0.5, 0.42), (15, 165), _INK, 0.09),),
    ((0.18, (0.55, 0.55), (0, 180), _INK, 0), (0.18, (0.5, 0.14), (0, 180), _WHITE, 0),
     (0.58, (0.28, 0.13), _WHOLE, (240, 90, 90), 0)),
    ((0.7, (0.45, 0.35), (200, 340), _INK, 0.09),),
    ((0.45, (0.2, 0.26), _WHOLE, _INK, 0),),
    ((0.42, (0.4, 0.04), _WHOLE, _INK, 0),),
)  # fmt: skip
_CORNERS = ((-1, -1), (-1, 1), (1, -1), (1, 1))
_SHIELD = np.array([(-0.85, -0.9), (0, -1), (0.85, -0.9), (0.85, 0.1), (0.6, 0.6), (0, 1), (-0.6, 0.6), (-0.85, 0.1)])


def graphics(count: int, size: int, seed: int) -> NDArray[np.uint8]:
    """A bank of `count` pictures to be laid over others, the kinds of `KINDS` in turn.

    Args:
        count: how many; a longer bank of the same seed starts like a shorter one.
        size: side of the square pictures, in pixels; at least 16.
        seed: the same pictures come of the same seed.

    Returns:
        uint8 [count, size, size, 4], RGBA, the colours not multiplied by alpha.
    """
    rng = np.random.default_rng(seed)
    kinds: tuple[Draw, ...] = (_text, _emoji, _logo, _interface)
    out = np.zeros((count, size, size, 4), np.uint8)
    for index in range(count):
        small = cv2.resize(kinds[index % len(kinds)](size, rng), (size, size), interpolation=cv2.INTER_AREA)
        plain = 255 / np.maximum(small[..., 3:], 1).astype(np.float32)
        out[index, ..., :3] = np.minimum(small[..., :3] * plain + 0.5, 255)
        out[index, ..., 3] = small[..., 3]
    return out


def _side(size: int) -> int:
    """The side of a square canvas: four times the picture's, twice where that would be slow."""
    return size * (4 if size <= 64 else 2)


def _colour(rng: np.random.Generator, low: int | Colour = 0, high: int | Colour = 256) -> Colour:
    red, green, blue = rng.integers(low, high, 3).tolist()
    return red, green, blue


def _red(rng: np.random.Generator) -> Colour:
    return _colour(rng, (200, 10, 20), (256, 60, 70))


def _opaque(colour: Colour) -> tuple[int, int, int, int]:
    return (*colour, 255)


def _contrasting(colour: Colour) -> Colour:
    return _BLACK if sum(colour) > 380 else _WHITE


def _fill(canvas: Canvas, line: Line, centre: tuple[float, float], scale: float, colour: Colour | None) -> None:
    """Fills a polygon, or without a colour cuts it out."""
    paint = (0, 0, 0, 0) if colour is None else _opaque(colour)
    cv2.fillPoly(canvas, [np.rint(line * scale + centre).astype(np.int32)], paint)


def _disc(canvas: Canvas, x: float, y: float, radius: float, colour: Colour) -> None:
    cv2.circle(canvas, (round(x), round(y)), max(round(radius), 1), _opaque(colour), -1)


def _box(canvas: Canvas, x: float, y: float, half: tuple[float, float], colour: Colour, round_: float = 0.0) -> None:
    """A box about (x, y), its corners rounded by a fraction of the shorter side's half."""
    radius = round_ * min(half)
    for across, down in ((half[0], half[1] - radius), (half[0] - radius, half[1])):
        first, last = ((round(x + sign * across), round(y + sign * down)) for sign in (-1, 1))
        cv2.rectangle(canvas, first, last, _opaque(colour), -1)
    for right, low in _CORNERS:
        _disc(canvas, x + right * (half[0] - radius), y + low * (half[1] - radius), radius, colour)


def _lay(canvas: Canvas, mask: NDArray[np.uint8], colour: Colour, opacity: float = 1.0) -> None:
    """Paints over the part of a canvas that a mask [h, w] of the same size covers."""
    share = (mask * np.float32(opacity / 255))[..., None]
    canvas[:] = canvas * (1 - share) + share * np.array(_opaque(colour), np.float32) + 0.5


def _letters(words: str, face: int, height: float, width: float, weight: float) -> NDArray[np.uint8]:
    """A line of writing as a mask, as high as asked, smaller where it would be wider than `width` pixels."""
    # Strokes are measured in whole pixels, so the first guess of the size decides them.
    (_, tall), _ = cv2.getTextSize(words, face, 1.0, 1)
    scale = height / max(tall, 1)
    stroke = max(1, round(scale * weight))
    (wide, _), _ = cv2.getTextSize(words, face, scale, stroke)
    fit = min(1.0, width / max(wide, 1))
    scale, stroke = scale * fit, max(1, round(stroke * fit))
    (wide, tall), below = cv2.getTextSize(words, face, scale, stroke)
    # As much room above as hanging letters need below, so that the capitals are in the middle.
    edge = stroke + 2 + max(below, round(tall * 0.35))
    mask = np.zeros((tall + 2 * edge, wide + 2 * stroke + 4), np.uint8)
    cv2.putText(mask, words, (stroke + 2, edge + tall), face, scale, 255, stroke, cv2.LINE_AA)
    return mask


def _about(whole: Canvas, small: Canvas, x: float, y: float) -> tuple[Canvas, Canvas]:
    """The part of `whole` that `small` covers when its middle is laid on (x, y), and the part of `small` that does."""
    top, left = round(y - small.shape[0] / 2), round(x - small.shape[1] / 2)
    part = whole[max(top, 0) : max(top + small.shape[0], 0), max(left, 0) : max(left + small.shape[1], 0)]
    cut = small[max(-top, 0) :, max(-left, 0) :]
    return part, cut[: part.shape[0], : part.shape[1]]


def _write(
    canvas: Canvas, words: str, x: float, y: float, size: tuple[float, float], colour: Colour, rng: np.random.Generator
) -> None:
    """Writes a line about (x, y), its capitals at most `size` = (width, height) pixels large."""
    mask = _letters(words, int(rng.choice(_FACES)), size[1], size[0], float(rng.uniform(1, 3)))
    _lay(*_about(canvas, mask, x, y), colour)


def _word(rng: np.random.Generator) -> str:
    return "".join(rng.choice(_STARTS) + rng.choice(_VOWELS) for _ in range(int(rng.integers(1, 4))))


def _clock(rng: np.random.Generator) -> str:
    hour, minute, second = rng.integers(0, (24, 60, 60)).tolist()
    return f"{minute}:{second:02d}" if rng.random() < 0.5 else f"{hour:02d}:{minute:02d}:{second:02d}"


def _line(rng: np.random.Generator) -> str:
    """Made-up words, a name, a time, a date, an address, a number: what a line of a subtitle or a ticker may say."""
    kind = int(rng.integers(0, 8))
    year, month, day = rng.integers((1990, 1, 1), (2030, 13, 29)).tolist()
    words = [_word(rng) for _ in range(int(rng.integers(2, 6)))]
    return (
        " ".join(words).capitalize() + str(rng.choice([".", "!", "?", ",", " ..."])),
        " ".join(words),
        " | ".join(words).upper(),
        f"@{words[0]}_{words[1]}{day}",
        f"{year}-{month:02d}-{day:02d} {_clock(rng)}",
        f"www.{words[0]}.{words[1][:2]}",
        f"{words[0].upper()} {rng.uniform(0, 100):.1f}% +{day}",
        f"#{words[0]} #{words[1]}",
    )[kind]


def _text(size: int, rng: np.random.Generator) -> Canvas:
    """One to three lines, outlined, shadowed, plain, or on a box: about five times as wide as high, to be squeezed."""
    width = 2 * _side(size)
    height = round(width / rng.uniform(4, 6.5))
    canvas = np.zeros((height, width, 4), np.uint8)
    style = str(rng.choice(["outline", "shadow", "plain", "box", "glass"]))
    ink = _WHITE if rng.random() < 0.5 else _colour(rng)
    behind = _contrasting(ink) if style != "box" or rng.random() < 0.5 else _colour(rng)
    if style == "box" and sum(abs(a - b) for a, b in zip(ink, behind, strict=True)) < 200:
        ink = _contrasting(behind)
    face, weight = int(rng.choice(_FACES)), float(rng.uniform(0.7, 3))
    lines = [_line(rng) for _ in range(int(rng.choice([1, 1, 2, 2, 3])))]
    pitch, side = height / len(lines), float(rng.choice([0, 0.5, 0.5, 1]))
    if style in ("box", "glass"):
        _lay(canvas, np.full((height, width), 255, np.uint8), behind, 1.0 if style == "box" else rng.uniform(0.35, 0.7))
    mask = np.zeros((height, width), np.uint8)
    for number, words in enumerate(lines):
        made = _letters(words, face, pitch * 0.58, width * 0.94, weight)
        x = width * 0.01 + made.shape[1] / 2 + (width * 0.98 - made.shape[1]) * side
        part, cut = _about(mask, made, x, (number + 0.5) * pitch)
        np.maximum(part, cut, out=part)
    thick = max(2, round(pitch * 0.05))
    if style == "outline":
        grown = cv2.dilate(mask, np.ones((2 * thick + 1, 2 * thick + 1), np.uint8))
        _lay(canvas, np.asarray(grown, np.uint8), behind)
    elif style == "shadow":
        _lay(canvas, np.roll(mask, (thick, thick), (0, 1)), behind, rng.uniform(0.5, 1))
    _lay(canvas, mask, ink)
    return canvas


def _round_of(corners: int, turn: float = 0.0, inner: float = 1.0) -> Line:
    """The corners of a polygon on the unit circle, the first at the top; every second at `inner`, which makes stars."""
    angle = np.arange(corners) * 2 * np.pi / corners - np.pi / 2 + turn
    reach = np.where(np.arange(corners) % 2 == 1, inner, 1.0)[:, None]
    return np.stack([np.cos(angle), np.sin(angle)], 1) * reach


def _heart_line() -> Line:
    t = np.linspace(0, 2 * np.pi, 60)
    down = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([16 * np.sin(t) ** 3, -down], 1) / 17


def _drop_line(lean: float = 0.0) -> Line:
    """A drop, its tip up, leaning aside at the tip: a tear, or a tongue of a flame."""
    t = np.linspace(0, 2 * np.pi, 60)
    down = -np.cos(t)
    return np.stack([np.sin(t) * np.sin(t / 2) ** 1.5 * 0.75 + lean * (down < 0) * down**2, down], 1)


def _emoji(size: int, rng: np.random.Generator) -> Canvas:
    """A face as often as not; otherwise a heart, a star, a flame or a raised thumb."""
    side = _side(size)
    canvas = np.zeros((side, side, 4), np.uint8)
    centre, half = (side / 2, side / 2), side * 0.47
    kind = int(rng.integers(0, 8))
    if kind < 4:
        _face(canvas, half, rng)
    elif kind == 4:
        _fill(canvas, _heart_line(), centre, half, _red(rng) if rng.random() < 0.6 else _colour(rng, 60))
        _disc(canvas, side * 0.3, side * 0.3, side * 0.05, _WHITE)
    elif kind == 5:
        gold, inner = int(rng.integers(120, 200)), rng.uniform(0.4, 0.6)
        _fill(canvas, _round_of(10, 0, inner), centre, half, (250, gold, 20))
        _fill(canvas, _round_of(10, 0, inner), centre, half * 0.75, (255, gold + 55, 60))
    elif kind == 6:
        lean = rng.uniform(-0.35, 0.35)
        for share, colour in ((1.0, (235, 60, 20)), (0.72, (255, 140, 20)), (0.4, (255, 225, 90))):
            _fill(canvas, _drop_line(lean), (side / 2, side / 2 + half * (1 - share)), half * share, colour)
    else:
        _thumb(canvas, side, (255, 205, 70) if rng.random() < 0.7 else _colour(rng, 90))
    return canvas[:, ::-1] if rng.random() < 0.5 else canvas


def _thumb(canvas: Canvas, side: int, colour: Colour) -> None:
    dark: Colour = (colour[0] * 3 // 5, colour[1] * 3 // 5, colour[2] * 3 // 5)
    thumb = np.array([[0.3, 0.48], [0.46, 0.28], [0.47, 0.08], [0.56, 0.06], [0.64, 0.14], [0.6, 0.42], [0.45, 0.6]])
    _fill(canvas, thumb, (0, 0), side, colour)
    _box(canvas, side * 0.52, side * 0.65, (side * 0.22, side * 0.25), colour, 0.4)
    for finger in range(4):
        down = side * (0.46 + 0.13 * finger)
        _box(canvas, side * 0.68, down, (side * 0.2, side * 0.055), dark, 0.9)
        _box(canvas, side * 0.67, down, (side * 0.185, side * 0.045), colour, 0.9)
    _box(canvas, side * 0.16, side * 0.67, (side * 0.1, side * 0.25), (60, 110, 200), 0.2)


def _face(canvas: Canvas, half: float, rng: np.random.Generator) -> None:
    middle = canvas.shape[0] / 2
    skin: Colour = (255, 205, 50) if rng.random() < 0.75 else _colour(rng, 90)
    rim: Colour = (skin[0] * 4 // 5, skin[1] * 7 // 10, skin[2] // 2)
    _disc(canvas, middle, middle, half, rim)
    _disc(canvas, middle - half * 0.03, middle - half * 0.04, half * 0.92, skin)
    eyes, brows = int(rng.integers(0, 5)), int(rng.integers(0, 3))
    for x in (-0.36, 0.36):
        at = (middle + x * half, middle - 0.2 * half)
        if eyes == 3:
            _fill(canvas, _heart_line(), at, half * 0.27, _RED)
        elif eyes == 4:
            _box(canvas, *at, (half * 0.3, half * 0.19), (25, 25, 30), 0.7)
        else:
            _arcs(canvas, half, x, _EYES[eyes] + (_BROW if brows == 1 else ()))
        if brows == 2:
            _arcs(canvas, half, x * 1.6, _CHEEK)
    _arcs(canvas, half, 0, _MOUTHS[int(rng.integers(0, len(_MOUTHS)))])
    if rng.random() < 0.3:
        for x in (-0.5, 0.5):
            at = (middle + x * half, middle + half * rng.uniform(0.2, 0.5))
            _fill(canvas, _drop_line(), at, half * 0.24, (90, 175, 255))


def _arcs(canvas: Canvas, half: float, x: float, arcs: Arcs) -> None:
    """Parts of ellipses, filled unless they have a line width; lengths in halves of the face, from its middle."""
    middle = canvas.shape[0] / 2
    for y, axes, span, colour, width in arcs:
        centre = (round(middle + x * half), round(middle + y * half))
        line = max(2, round(width * half)) if width else -1
        cv2.ellipse(canvas, centre, (round(axes[0] * half), round(axes[1] * half)), 0, *span, _opaque(colour), line)


def _logo(size: int, rng: np.random.Generator) -> Canvas:
    """A ring, a disc, a shield, a polygon, a box or stripes with one to three letters; coloured, or a white mark."""
    side = _side(size)
    canvas = np.zeros((side, side, 4), np.uint8)
    middle, half = side / 2, side * rng.uniform(0.42, 0.49)
    white = rng.random() < 0.4
    main: Colour = _WHITE if white else _colour(rng)
    second: Colour = _contrasting(main) if white or rng.random() < 0.5 else _colour(rng)
    ring = rng.random() < 0.4
    kind = int(rng.integers(0, 6))
    polygon = _round_of(int(rng.integers(3, 9)), float(rng.choice([0, np.pi / 4])))
    outline = {0: _round_of(48), 1: _SHIELD, 2: polygon, 3: _round_of(16, 0, rng.uniform(0.7, 0.9))}.get(kind)
    # The share of the mark within its rim; of a white mark, what is inside the rim is cut out.
    inner = float(rng.uniform(0.72, 0.9))
    if outline is not None:
        _fill(canvas, outline, (middle, middle), half, main)
        if ring:
            _fill(canvas, outline, (middle, middle), half * inner, None if white else second)
    elif kind == 4:
        _box(canvas, middle, middle, (half, half * rng.uniform(0.5, 1)), main, rng.uniform(0, 0.9))
        ring = False
    else:
        count, ring = int(rng.integers(2, 6)), True
        for stripe in range(count):
            down = middle + half * ((stripe + 0.5) * 2 / count - 1)
            colour = second if stripe % 2 and not white else main
            _box(canvas, middle, down, (half * rng.uniform(0.5, 1), half * 0.6 / count), colour)
    words = "".join(chr(65 + int(rng.integers(26))) for _ in range(int(rng.integers(1, 4))))
    room = half * (1.15 if kind != 2 else 0.8)
    if kind != 5 or rng.random() < 0.5:
        ink = main if ring and kind != 5 else second if kind != 5 else _contrasting(main)
        _write(canvas, words, middle, middle, (room, room * 0.75), ink, rng)
    if rng.random() < 0.35:
        canvas = (canvas * rng.uniform(0.35, 0.8)).astype(np.uint8)
    return canvas


def _interface(size: int, rng: np.random.Generator) -> Canvas:
    """A play button, a progress bar, a recording mark, a counter of hearts, a channel's mark, or a finder's corners."""
    side = _side(size)
    canvas = np.zeros((side, side, 4), np.uint8)
    middle, kind = side / 2, int(rng.integers(0, 6))
    if kind == 0:
        red = rng.random() < 0.5
        back = _red(rng) if red else _BLACK if rng.random() < 0.5 else _colour(rng)
        _box(
            canvas,
            middle,
            middle,
            (side * 0.48, side * (0.34 if red else 0.48)),
            back,
            rng.uniform(0.3, 0.7) if red else 1.0,
        )
        if not red:
            canvas = (canvas * rng.uniform(0.45, 1)).astype(np.uint8)
        _fill(canvas, _round_of(3, np.pi / 2), (middle, middle), side * 0.22, _WHITE)
    elif kind == 1:
        _progress(canvas, side, rng)
    elif kind == 2:
        _disc(canvas, side * 0.17, side * 0.35, side * 0.14, _RED)
        _write(canvas, "REC", side * 0.66, side * 0.35, (side * 0.6, side * 0.25), _WHITE, rng)
        _write(canvas, _clock(rng), middle, side * 0.72, (side * 0.95, side * 0.25), _WHITE, rng)
    elif kind == 3:
        heart = _heart_line() if rng.random() < 0.7 else _round_of(10, 0, 0.5)
        _fill(canvas, heart, (middle, side * 0.35), side * 0.32, _WHITE if rng.random() < 0.5 else _red(rng))
        number = f"{rng.uniform(0.1, 99):.1f}{rng.choice(['K', 'M', ''])}"
        _write(canvas, number, middle, side * 0.82, (side * 0.9, side * 0.2), _WHITE, rng)
    elif kind == 4:
        back = _colour(rng)
        _box(canvas, middle, side * 0.32, (side * 0.48, side * 0.26), back, rng.uniform(0, 0.5))
        word = str(rng.choice(["LIVE", "HD", "TV", "4K", "NEWS", _word(rng).upper()]))
        _write(canvas, word, middle, side * 0.32, (side * 0.8, side * 0.3), _contrasting(back), rng)
        _box(canvas, middle, side * 0.76, (side * 0.48, side * 0.16), _WHITE)
        _write(canvas, _clock(rng), middle, side * 0.76, (side * 0.8, side * 0.18), (20, 20, 40), rng)
    else:
        width, reach = side * 0.03, side * rng.uniform(0.12, 0.3)
        for right, low in _CORNERS:
            x, y = middle + right * side * 0.46, middle + low * side * 0.46
            _box(canvas, x - right * reach / 2, y, (reach / 2, width), _WHITE)
            _box(canvas, x, y - low * reach / 2, (width, reach / 2), _WHITE)
        if rng.random() < 0.5:
            _disc(canvas, middle, middle, side * 0.08, _RED)
    return canvas


def _progress(canvas: Canvas, side: int, rng: np.random.Generator) -> None:
    """A player's strip: buttons and times on a translucent ground, under a bar with a knob."""
    canvas[:] = (0, 0, 0, int(rng.uniform(60, 200)))
    done, colour = rng.uniform(0.1, 0.9), _RED if rng.random() < 0.5 else _colour(rng, 80)
    _box(canvas, side / 2, side * 0.25, (side * 0.46, side * 0.04), (150, 150, 150))
    _box(canvas, side * (0.04 + 0.46 * done), side * 0.25, (side * 0.46 * done, side * 0.04), colour)
    _disc(canvas, side * (0.04 + 0.92 * done), side * 0.25, side * 0.09, colour)
    if rng.random() < 0.5:
        _fill(canvas, _round_of(3, np.pi / 2), (side * 0.16, side * 0.68), side * 0.13, _WHITE)
    else:
        for x in (0.11, 0.21):
            _box(canvas, side * x, side * 0.68, (side * 0.03, side * 0.13), _WHITE)
    _write(canvas, _clock(rng), side * 0.62, side * 0.68, (side * 0.6, side * 0.18), _WHITE, rng)
