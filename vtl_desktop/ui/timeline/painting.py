"""How the timeline's lanes are painted."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.survey import Survey
from vtl_desktop.core.tracing import Candidate
from vtl_desktop.ui.theme import Colours, colours_of
from vtl_desktop.ui.timeline.area_lane import paint_area
from vtl_desktop.ui.timeline.scale import TimeScale, round_top, tick_words
from vtl_desktop.ui.words import clock

LEFT, RIGHT = 178, 18
"""Pixels beside the lanes, for their names and for the last tick's text."""

_TOP = 8.0
_BAR = 22.0
_AREA = 66.0
_GAP = 8.0
_HANDLE = 6.0
_LEAST_TICK = 72.0
_LEAST_PLOT = 44.0
"""Pixels of height from which the middle of the axis is told, too."""

EMPTY = "Choose a candidate: the distance of each clip of the suspect to it appears here."


@dataclass(frozen=True, slots=True)
class TimelineContent:
    """What is shown: a candidate, over so many seconds of the suspect.

    Attributes:
        survey: what is known of the changes against it; None for nothing.
        marked: number of the region that is selected, 0 for none.
    """

    candidate: Candidate | None
    duration: float
    survey: Survey | None = None
    marked: int = 0


@dataclass(frozen=True, slots=True)
class _Lanes:
    """Where the lanes lie, from top to bottom: distances, time axis, segments, changed area."""

    plot: QRectF
    axis: QRectF
    bars: QRectF
    area: QRectF


def paint_timeline(painter: QPainter, widget: QWidget, scale: TimeScale, content: TimelineContent) -> None:
    """Paints everything but loop and playhead."""
    colours = colours_of(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(widget.rect(), QColor(colours.surface))
    candidate = content.candidate
    if candidate is None or content.duration <= 0:
        painter.setPen(QColor(colours.muted))
        words = EMPTY if candidate is None else "A single picture has no timeline."
        painter.drawText(widget.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
        return
    lanes = _lanes(widget, scale)
    _paint_axis(painter, lanes, scale, colours)
    _paint_distances(painter, lanes.plot, scale, candidate, colours)
    _paint_name(painter, lanes.bars, "Aligned", "with source", colours)
    if not candidate.alignment.segments:
        painter.setPen(QColor(colours.muted))
        painter.drawText(lanes.bars, Qt.AlignmentFlag.AlignVCenter, "no common stretch found")
    for segment in candidate.alignment.segments:
        _paint_segment(painter, lanes.bars, scale, segment, colours)
    method = content.survey.method if content.survey is not None else "of the picture"
    _paint_name(painter, lanes.area, "Changed area", method, colours)
    paint_area(painter, lanes.area, scale, candidate.alignment, content.survey, content.marked, colours)


def paint_loop(painter: QPainter, widget: QWidget, scale: TimeScale, loop: tuple[float, float]) -> None:
    """Paints the looped stretch."""
    colours = colours_of(widget)
    left, right = scale.x(loop[0]), scale.x(loop[1])
    hatch = QColor(colours.text)
    hatch.setAlpha(60)
    area = QRectF(left, _TOP, max(right - left, 1.0), widget.height() - 2 * _TOP)
    painter.fillRect(area, QBrush(hatch, Qt.BrushStyle.BDiagPattern))
    painter.setPen(QPen(QColor(colours.muted), 1.5))
    for x in (left, right):
        painter.drawLine(QPointF(x, _TOP), QPointF(x, widget.height() - _TOP))


def paint_playhead(painter: QPainter, widget: QWidget, x: float) -> None:
    """Paints the playhead at a pixel."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colour = QColor(colours_of(widget).text)
    painter.setPen(QPen(colour, 1.5))
    painter.drawLine(QPointF(x, 2), QPointF(x, widget.height() - 4))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(x - _HANDLE, 0), QPointF(x + _HANDLE, 0), QPointF(x, _HANDLE * 1.4)]))


def playhead_strip(x: float, height: int) -> QRect:
    """What has to be painted anew when the playhead comes to or leaves a pixel."""
    return QRect(int(x - _HANDLE) - 2, 0, int(2 * _HANDLE) + 5, height)


def _lanes(widget: QWidget, scale: TimeScale) -> _Lanes:
    line = QFontMetricsF(widget.font()).height()
    width = scale.right - scale.left
    area = QRectF(scale.left, widget.height() - _AREA - _GAP, width, _AREA)
    bars = QRectF(scale.left, area.top() - _BAR - _GAP, width, _BAR)
    axis = QRectF(scale.left, bars.top() - line - _GAP, width, line)
    plot = QRectF(scale.left, _TOP + _GAP, width, max(axis.top() - _TOP - 2 * _GAP, 10.0))
    return _Lanes(plot, axis, bars, area)


def _paint_axis(painter: QPainter, lanes: _Lanes, scale: TimeScale, colours: Colours) -> None:
    grid, words = QPen(QColor(colours.border), 1), QPen(QColor(colours.muted))
    ticks = scale.ticks(_LEAST_TICK)
    tenths = any(round(moment * 10) % 10 for moment in ticks)
    for moment in ticks:
        x = scale.x(moment)
        painter.setPen(grid)
        painter.drawLine(QPointF(x, lanes.plot.top()), QPointF(x, lanes.plot.bottom() + 3))
        painter.setPen(words)
        painter.drawText(
            # The last one stays inside the widget.
            QRectF(
                min(x - 40, scale.right + RIGHT - 82 + (80 - _width(painter, moment, tenths)) / 2),
                lanes.axis.top(),
                80,
                lanes.axis.height(),
            ),
            Qt.AlignmentFlag.AlignCenter,
            tick_words(moment, tenths=tenths),
        )


def _width(painter: QPainter, moment: float, tenths: bool) -> float:
    return QFontMetricsF(painter.font()).horizontalAdvance(tick_words(moment, tenths=tenths))


def _paint_distances(painter: QPainter, area: QRectF, scale: TimeScale, candidate: Candidate, colours: Colours) -> None:
    """Nearer is higher: the axis runs from 0 bits at the top."""
    top = round_top(max((clip.distance for clip in candidate.clips), default=4))
    _paint_name(painter, area, "Distance", "nearer is higher", colours)
    tight = area.height() < _LEAST_PLOT
    for bits in (0, top) if tight else (0, top // 2, top):
        y = area.top() + bits / top * area.height()
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        painter.setPen(QColor(colours.muted))
        unit = " bits" if bits == top else ""
        painter.drawText(
            QRectF(0, y - 8, area.left() - 6, 16),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            f"{bits}{unit}",
        )
    points = [
        QPointF(scale.x(clip.time), area.top() + min(clip.distance / top, 1.0) * area.height())
        for clip in candidate.clips
    ]
    painter.setPen(QPen(QColor(colours.suspect), 1.6))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF(points))
    # Dots only where they do not run into each other.
    if len(points) < area.width() / 5:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.suspect))
        for point in points:
            painter.drawEllipse(point, 2.6, 2.6)


def _paint_segment(painter: QPainter, area: QRectF, scale: TimeScale, segment: Segment, colours: Colours) -> None:
    left, right = scale.x(segment.suspect_start), scale.x(segment.suspect_end)
    bar = QRectF(left, area.top(), max(right - left, 3.0), area.height())
    fill = QColor(colours.source)
    fill.setAlpha(70)
    painter.setPen(QPen(QColor(colours.source), 1.2))
    painter.setBrush(fill)
    painter.drawRoundedRect(bar, 3, 3)
    speed = "" if abs(abs(segment.rate) - 1) < 0.005 else f"  at {abs(segment.rate):.3g}×"
    speed += "  backwards" if segment.rate < 0 else ""
    words = f"B {clock(segment.source_start)}–{clock(segment.source_end)}{speed}"
    room = bar.adjusted(6, 0, -6, 0)
    if QFontMetricsF(painter.font()).horizontalAdvance(words) <= room.width():
        painter.setPen(QColor(colours.text))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)


def _paint_name(painter: QPainter, area: QRectF, name: str, below: str, colours: Colours) -> None:
    """A lane's name in the margin, in two lines round its middle."""
    font = painter.font()
    line = QFontMetricsF(font).height()
    middle = area.center().y()
    painter.setPen(QColor(colours.text))
    painter.drawText(QRectF(10, middle - line, LEFT - 70, line), Qt.AlignmentFlag.AlignVCenter, name)
    painter.setPen(QColor(colours.muted))
    painter.drawText(QRectF(10, middle, LEFT - 70, line), Qt.AlignmentFlag.AlignVCenter, below)
