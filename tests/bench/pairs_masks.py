"""A contact sheet of real forgeries: suspect, source laid over it, fitted difference, and the Localizator's mask."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.errors import VtlError
from vtl_desktop.core.tracing import Candidate, Source
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.services.localize import Localizer
from vtl_desktop.training.comparators.comparator import Comparator, FittedDifference
from vtl_desktop.vision.laying import LaidOver

HEIGHT = 120
GAP = 4
LINE = 16
FONT, SIZE = cv2.FONT_HERSHEY_SIMPLEX, 0.38
PAGE, TILES = 1600, 24
"""Pixels across, and forgeries, of a page."""

WINDOW = 4

Row = dict[str, str]
"""A line of manifest.csv."""


@dataclass(frozen=True)
class Tile:
    """One forgery.

    Attributes:
        title: its name and what was changed; licence: of both videos.
        pictures: RGB, side by side.
    """

    title: str
    licence: str
    pictures: list[NDArray[np.uint8]] = field(repr=False)


def write_sheets(media: Path, rows: Sequence[Row], localizator: Comparator | None, out: Path) -> list[Path]:
    """Writes pages of tiles, `masks-1.png` and so on; a pair that cannot be laid over each other is named and left out.

    Args:
        media: folder that the rows' paths begin at.
        rows: fakes.
        localizator: makes the last column; None leaves it out.
        out: folder.

    Returns:
        The pages.
    """
    tiles = []
    for row in rows:
        try:
            tile = _tile(media, row, localizator)
        except VtlError as error:
            print(f"{row['file']} left out: {error}", file=sys.stderr)
            continue
        if tile is None:
            print(f"{row['file']} left out: it could not be laid over its original", file=sys.stderr)
        else:
            tiles.append(tile)
    out.mkdir(parents=True, exist_ok=True)
    pages = []
    for number in range(0, len(tiles), TILES):
        path = out / f"masks-{number // TILES + 1}.png"
        cv2.imwrite(str(path), page(tiles[number : number + TILES])[..., ::-1])
        pages.append(path)
    return pages


def _tile(media: Path, row: Row, localizator: Comparator | None) -> Tile | None:
    fake, original = media / row["file"], media / row["pair_source"]
    with VideoFile(fake) as video:
        count, end = len(video.times), float(video.times[-1])
    # The makers keep frame beside frame.
    source = Source(1, str(original), "", 0, 0.0, 25.0, 0, 0, "", "")
    alignment = Alignment((Segment(0.0, end + 1.0, 0.0),))
    with Localizer(fake, original, Candidate(1, source, 0, 0.0, False, alignment, (), 0.0, 0.0)) as localizer:
        middle = count // 2
        first = middle - middle % WINDOW
        laid = [localizer.laid_over(index) for index in range(first, min(first + WINDOW, count))]
    pairs: list[LaidOver] = [pair for pair in laid if pair is not None]
    if not pairs or len(pairs) < len(laid):
        return None
    shown = min(middle - first, len(pairs) - 1)
    methods = [FittedDifference(), *([localizator] if localizator is not None else [])]
    masks = [np.repeat(method.mark(pairs)[shown][..., None], 3, axis=2) for method in methods]
    pair = pairs[shown]
    dimmed = np.where(pair.inside[..., None], pair.source, pair.source // 2)
    title = f"{fake.stem}: {row['manipulation']}"
    return Tile(title, row["licence"], [pair.suspect, dimmed, *masks])


def page(tiles: Sequence[Tile]) -> NDArray[np.uint8]:
    """Tiles beside each other as far as they fit, and below each other: RGB, uint8."""
    rows: list[list[NDArray[np.uint8]]] = []
    for picture in map(_drawn, tiles):
        if not rows or sum(p.shape[1] for p in rows[-1]) + picture.shape[1] > PAGE:
            rows.append([])
        rows[-1].append(picture)
    joined = [np.hstack(row) for row in rows]
    width = max(row.shape[1] for row in joined)
    return np.vstack([np.pad(row, ((0, 6), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in joined])


def _drawn(tile: Tile) -> NDArray[np.uint8]:
    small = [cv2.resize(p, (round(p.shape[1] * HEIGHT / p.shape[0]), HEIGHT)) for p in tile.pictures]
    strip = np.hstack([np.pad(p, ((0, 0), (0, GAP), (0, 0)), constant_values=255) for p in small])
    # Room for the words beside small pictures, and for a margin.
    across = max(cv2.getTextSize(text, FONT, SIZE, 1)[0][0] for text in (tile.title, tile.licence)) + 4
    strip = np.pad(strip, ((0, 0), (0, max(across - strip.shape[1], 0) + 3 * GAP), (0, 0)), constant_values=255)
    lines = []
    for text in (tile.title, tile.licence):
        line = np.full((LINE, strip.shape[1], 3), 255, np.uint8)
        cv2.putText(line, text, (2, 12), FONT, SIZE, (0, 0, 0), 1, cv2.LINE_AA)
        lines.append(line)
    return np.vstack([*lines, strip]).astype(np.uint8)
