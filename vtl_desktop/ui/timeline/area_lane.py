"""The lane that shows how much of each frame was changed, what was examined so far, and the changed regions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from vtl_desktop.core.alignment import Alignment
from vtl_desktop.core.regions import ADDED_GRAPHICS, ALTERED_CONTENT, rows_of
from vtl_desktop.core.survey import Survey, runs_of
from vtl_desktop.ui.regions.marks import kind_colour, kind_fill, paint_mark, unexamined
from vtl_desktop.ui.theme import Colours
from vtl_desktop.ui.timeline.scale import TimeScale

_STRIP = 21.0
"""Pixels of the strip below the curve, with a bar for each region."""

_TALLEST_BAR = 11.0

_MOST_ROWS = 3
"""Of bars that are there at the same time; more lie upon each other in the last."""

_LEAST_TOP = 0.02

NOT_EXAMINED = "not examined yet"


def round_share(value: float) -> float:
    """The round share at or above a share, for the end of the axis: 2 % at least, 100 % at most."""
    steps = (_LEAST_TOP, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
    return next((step for step in steps if step >= value - 1e-9), 1.0)


def paint_area(
    painter: QPainter,
    area: QRectF,
    scale: TimeScale,
    alignment: Alignment,
    survey: Survey | None,
    marked: int,
    colours: Colours,
) -> None:
    """Paints curve and bars; what was not examined is hatched, what nothing can be said of is grey.

    Args:
        area: of the lane.
        marked: number of the region that stands out, 0 for none.
    """
    curve = area.adjusted(0, 0, 0, -_STRIP - 2)
    strip = QRectF(area.left(), area.bottom() - _STRIP, area.width(), _STRIP)
    _paint_unexamined(painter, curve, scale, alignment, colours)
    if survey is None or not survey.area.times:
        if alignment.segments:
            _paint_words(painter, curve, scale, alignment, colours)
    else:
        _paint_curve(painter, curve, scale, survey, colours)
        _paint_regions(painter, strip, scale, survey, marked, colours)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colours.border), 1))
    painter.drawRect(curve)
    _paint_scale(painter, curve, survey, colours)


def area_words(survey: Survey | None, duration: float, moment: float) -> list[str]:
    """What is known of a moment, in lines."""
    if survey is None or duration <= 0:
        return []
    step = duration / max(survey.frames, 1)
    entry = survey.area.entry_at(moment, step, survey.examined_until)
    if entry < 0:
        return [f"changed area: {NOT_EXAMINED}"]
    share = survey.area.shares[entry]
    if share is None:
        return ["changed area: nothing can be said here"]
    words = f"changed area: {share:.1%} of the picture"
    if survey.tells_kinds:
        graphics, altered = survey.area.graphics[entry] or 0.0, survey.area.altered[entry] or 0.0
        words += f" ({ALTERED_CONTENT} {altered:.1%}, {ADDED_GRAPHICS} {graphics:.1%})"
    here = [
        f"region {region.number}: {region.kind}, {region.box.place(survey.width, survey.height)}"
        for region in survey.regions
        if region.covers(moment, step)
    ]
    return [words, *here[:3], *([f"and {len(here) - 3} more regions"] if len(here) > 3 else [])]


def _paint_unexamined(
    painter: QPainter, curve: QRectF, scale: TimeScale, alignment: Alignment, colours: Colours
) -> None:
    """Hatches what is aligned: what was examined is painted over it."""
    painter.fillRect(curve, QColor(colours.border))
    for segment in alignment.segments:
        left, right = scale.x(segment.suspect_start), scale.x(segment.suspect_end)
        stretch = QRectF(left, curve.top(), right - left, curve.height())
        painter.fillRect(stretch, QColor(colours.surface))
        painter.fillRect(stretch, unexamined(colours))


def _paint_words(painter: QPainter, curve: QRectF, scale: TimeScale, alignment: Alignment, colours: Colours) -> None:
    metrics = QFontMetricsF(painter.font())
    wide = metrics.horizontalAdvance(NOT_EXAMINED) + 12
    first = alignment.segments[0]
    left = scale.x(first.suspect_start) + 4
    if left + wide > curve.right():
        return
    box = QRectF(left, curve.center().y() - metrics.height() / 2, wide, metrics.height())
    painter.fillRect(box, QColor(colours.surface))
    painter.setPen(QColor(colours.muted))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, NOT_EXAMINED)


def _paint_curve(painter: QPainter, curve: QRectF, scale: TimeScale, survey: Survey, colours: Colours) -> None:
    count = max(int(curve.width()), 1)
    step = scale.duration / max(survey.frames, 1)
    entries = survey.area.columns(count, scale.duration, step, survey.examined_until)
    values = np.vstack([survey.area.values, np.full((1, 4), np.nan)])[entries]
    wide, top = curve.width() / count, round_share(survey.most_share)
    for start, end in runs_of(entries >= 0):
        stretch = QRectF(curve.left() + start * wide, curve.top(), (end - start) * wide, curve.height())
        painter.fillRect(stretch, QColor(colours.surface))
    for start, end in runs_of((entries >= 0) & np.isnan(values[:, 1])):
        stretch = QRectF(curve.left() + start * wide, curve.top(), (end - start) * wide, curve.height())
        painter.fillRect(stretch, QColor(colours.border))
    for start, end in runs_of(~np.isnan(values[:, 1])):
        part = values[start:end] / top
        left = curve.left() + start * wide
        altered = part[:, 3] if survey.tells_kinds else part[:, 1]
        if survey.tells_kinds:
            _paint_band(painter, curve, left, wide, altered, part[:, 1], ADDED_GRAPHICS, colours)
        _paint_band(painter, curve, left, wide, np.zeros(len(part)), altered, ALTERED_CONTENT, colours)


def _paint_band(
    painter: QPainter,
    curve: QRectF,
    left: float,
    wide: float,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    kind: str,
    colours: Colours,
) -> None:
    """The area between two rows of values, 0 to 1 of the height."""
    for start, end in runs_of(high > low + 1e-6):

        def point(column: int, side: int, value: float) -> QPointF:
            height = max(min(float(value), 1.0) * curve.height(), 0.0)
            return QPointF(left + (column + side) * wide, curve.bottom() - height)

        columns = range(start, end)
        # Steps, not slopes: a frame has one value for as long as it lasts.
        upper = [point(k, side, high[k]) for k in columns for side in (0, 1)]
        lower = [point(k, side, low[k]) for k in columns for side in (0, 1)]
        outline = QPolygonF([*upper, *reversed(lower)])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(kind_fill(kind, colours))
        painter.drawPolygon(outline)
        if kind == ADDED_GRAPHICS:
            painter.save()
            painter.setClipRect(outline.boundingRect())
            for k in columns:
                x = left + (k + 0.5) * wide
                if int(x) % 5 == 0:
                    painter.setPen(QPen(kind_colour(kind, colours), 1.0))
                    painter.drawLine(
                        point(k, 0, high[k]) + QPointF(wide / 2, 0), point(k, 0, low[k]) + QPointF(wide / 2, 0)
                    )
            painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(kind_colour(kind, colours), 1.4))
        painter.drawPolyline(QPolygonF(upper))


def _paint_regions(
    painter: QPainter, strip: QRectF, scale: TimeScale, survey: Survey, marked: int, colours: Colours
) -> None:
    """A bar each, below each other where they are there at the same time; the one that stands out over all."""
    step = scale.duration / max(survey.frames, 1)
    rows = rows_of(survey.regions, step)
    places = {region.number: min(row, _MOST_ROWS - 1) for row, found in enumerate(rows) for region in found}
    tall = min(strip.height() / min(max(len(rows), 1), _MOST_ROWS), _TALLEST_BAR)
    for region in sorted(survey.regions, key=lambda r: (r.number == marked, r.mean_share)):
        left, right = scale.x(region.start), scale.x(min(region.end + step, scale.duration))
        top = strip.top() + places[region.number] * tall
        bar = QRectF(left, top + 1, max(right - left, 3.0), tall - 2)
        painter.fillRect(bar, QColor(colours.surface))
        paint_mark(painter, bar, region.kind, colours, strong=region.number == marked)


def _paint_scale(painter: QPainter, curve: QRectF, survey: Survey | None, colours: Colours) -> None:
    """What the upper edge stands for."""
    if survey is None or not survey.compared:
        return
    painter.setPen(QColor(colours.muted))
    for y, words in ((curve.top() + 3, f"{round_share(survey.most_share):.0%}"), (curve.bottom() - 3, "0%")):
        painter.drawText(
            QRectF(0, y - 8, curve.left() - 6, 16), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words
        )
