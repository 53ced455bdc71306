"""Changed regions: what masks mark in one frame, and what of it belongs together over time."""

from __future__ import annotations

from dataclasses import dataclass

from vtl_desktop.core.localization import Mask
from vtl_desktop.core.media import GreyPicture

ADDED_GRAPHICS = "added graphics"
"""Laid over the picture: captions, logos, insets."""

ALTERED_CONTENT = "altered content"
"""Changed in the picture itself."""

CHANGED = "changed"
"""The method does not tell which of the two."""

KINDS = (ADDED_GRAPHICS, ALTERED_CONTENT, CHANGED)

LARGE = 0.75
"""Share of a side from which a region is said to reach across it."""

NARROW = 0.45
"""Share of the other side up to which it still has a place there."""


@dataclass(frozen=True, slots=True)
class PixelBox:
    """An upright rectangle in pixels of the suspect's picture; `left`, `top` is its first pixel."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column that is outside."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row that is outside."""
        return self.top + self.height

    @property
    def area(self) -> int:
        return self.width * self.height

    def grown(self, by: int) -> PixelBox:
        """The same with a margin on all sides; may reach out of the picture."""
        return PixelBox(self.left - by, self.top - by, self.width + 2 * by, self.height + 2 * by)

    def shared(self, other: PixelBox) -> int:
        """Pixels that lie in both."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(across, 0) * max(down, 0)

    def around(self, other: PixelBox) -> PixelBox:
        """The smallest box that holds both."""
        left, top = min(self.left, other.left), min(self.top, other.top)
        return PixelBox(left, top, max(self.right, other.right) - left, max(self.bottom, other.bottom) - top)

    def place(self, width: int, height: int) -> str:
        """Where it lies in a picture of that size, in words: "upper left", "lower edge, across the picture", ..."""
        across, down = self.width / width, self.height / height
        column = _third((self.left + self.width / 2) / width, "left", "centre", "right")
        row = _third((self.top + self.height / 2) / height, "upper", "middle", "lower")
        if across >= LARGE and down >= LARGE:
            return "most of the picture"
        if across >= LARGE and down <= NARROW:
            return f"{row} part, across the picture"
        if down >= LARGE and across <= NARROW:
            return f"{column}, over the whole height"
        if row == "middle":
            return column
        return f"{row} {column}"


def _third(place: float, low: str, middle: str, high: str) -> str:
    return low if place < 1 / 3 else high if place > 2 / 3 else middle


@dataclass(frozen=True, slots=True)
class Spot:
    """What belongs together in the mask of one frame.

    Attributes:
        kind: one of `KINDS`.
        box: round it; x, y: middle of its pixels (their centroid), in pixels of the suspect.
        share: of the picture's area that its marked pixels take, 0 to 1.
        strength: mean grey of these pixels, above `localization.CHANGED_THRESHOLD` up to 255.
    """

    kind: str
    box: PixelBox
    x: float
    y: float
    share: float
    strength: float

    @property
    def weight(self) -> float:
        """How much there is of it: what regions are ordered by."""
        return self.share * self.strength


@dataclass(frozen=True, slots=True)
class BoxAt:
    """Where a region is at a moment of the suspect, seconds."""

    time: float
    box: PixelBox


@dataclass(frozen=True, slots=True)
class ChangedRegion:
    """Something marked in a row of frames.

    Attributes:
        number: 1 for the first in time.
        kind: one of `KINDS`.
        start, end: suspect time of the first and the last frame in which it was seen, seconds.
        peak_time: of the frame in which there is most of it; box: round it there.
        boxes: where it is over time, some moments of many, in the order of time.
        frames: in how many of the examined frames it was seen.
        mean_share, most_share: of the picture's area, over these frames.
        strength: mean grey of its pixels in all of them, up to 255.
        source_start, source_end: source times that belong to `start` and `end`; None where they are not known.
    """

    number: int
    kind: str
    start: float
    end: float
    peak_time: float
    box: PixelBox
    boxes: tuple[BoxAt, ...]
    frames: int
    mean_share: float
    most_share: float
    strength: float
    source_start: float | None = None
    source_end: float | None = None

    def box_near(self, moment: float) -> PixelBox:
        """Where it is at a moment, between two moments that are known in between; else where it was last, or first."""
        if abs(moment - self.peak_time) < 1e-6 or not self.boxes:
            return self.box
        before = max((at for at in self.boxes if at.time <= moment), key=lambda at: at.time, default=self.boxes[0])
        after = min((at for at in self.boxes if at.time > moment), key=lambda at: at.time, default=before)
        if after.time <= before.time:
            return before.box
        share = (moment - before.time) / (after.time - before.time)
        a, b = before.box, after.box
        return PixelBox(
            *(
                round(x + share * (y - x))
                for x, y in ((a.left, b.left), (a.top, b.top), (a.width, b.width), (a.height, b.height))
            )
        )

    def covers(self, moment: float, step: float = 0.0) -> bool:
        """Whether it lasts over a moment; the last frame stays for `step` seconds."""
        return self.start - 1e-6 <= moment < self.end + max(step, 1e-6)


def mask_of_kind(mask: Mask, kind: str) -> GreyPicture:
    """What a mask shows of one kind.

    Args:
        kind: `ADDED_GRAPHICS` or `ALTERED_CONTENT`; anything else for all of it.

    Returns:
        Grey, uint8 [height, width]; all of it where the mask does not tell the kinds apart.
    """
    if kind == ADDED_GRAPHICS and mask.graphics is not None:
        return mask.graphics
    if kind == ALTERED_CONTENT and mask.altered is not None:
        return mask.altered
    return mask.picture


def rows_of(regions: tuple[ChangedRegion, ...], gap: float) -> list[list[ChangedRegion]]:
    """Regions in as few rows as keep those of one row apart by `gap` seconds."""
    rows: list[list[ChangedRegion]] = []
    for region in sorted(regions, key=lambda r: r.start):
        row = next((row for row in rows if row[-1].end + gap <= region.start), None)
        if row is None:
            rows.append([region])
        else:
            row.append(region)
    return rows
