"""How the kinds of changes are told apart on screen: a colour each, and a pattern, since colour alone is not enough."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QIcon, QPainter, QPen, QPixmap

from vtl_desktop.core.regions import ADDED_GRAPHICS
from vtl_desktop.ui.theme import Colours

_FILL = 95
_SPACING = 5.0


def kind_colour(kind: str, colours: Colours) -> QColor:
    """Reddish purple for added graphics, vermilion for altered content and for what is not told apart."""
    return QColor(colours.graphics if kind == ADDED_GRAPHICS else colours.altered)


def kind_fill(kind: str, colours: Colours) -> QColor:
    """The same, paler."""
    fill = kind_colour(kind, colours)
    fill.setAlpha(_FILL)
    return fill


def paint_mark(painter: QPainter, box: QRectF, kind: str, colours: Colours, *, strong: bool = False) -> None:
    """A bar or square: plain for altered content, with upright lines for added graphics.

    Args:
        strong: in the full colour, framed in the colour of text.
    """
    painter.fillRect(box, kind_colour(kind, colours) if strong else kind_fill(kind, colours))
    if kind == ADDED_GRAPHICS:
        paint_hatching(painter, box, QColor(colours.surface) if strong else kind_colour(kind, colours))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colours.text) if strong else kind_colour(kind, colours), 1.0))
    painter.drawRect(box)


def paint_hatching(painter: QPainter, box: QRectF, colour: QColor) -> None:
    """Upright lines, at the same pixels wherever the box begins, so that neighbours go together."""
    painter.setPen(QPen(colour, 1.0))
    x = (int(box.left() / _SPACING) + 1) * _SPACING + 0.5
    while x < box.right():
        painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
        x += _SPACING


def unexamined(colours: Colours) -> QBrush:
    """For stretches that nobody has looked at yet."""
    faint = QColor(colours.muted)
    faint.setAlpha(90)
    return QBrush(faint, Qt.BrushStyle.FDiagPattern)


def kind_icon(kind: str, colours: Colours, size: int = 14) -> QIcon:
    """A small square of the kind, the same on a selected row."""
    picture = QPixmap(2 * size, 2 * size)
    picture.setDevicePixelRatio(2)
    picture.fill(QColor(colours.surface))
    painter = QPainter(picture)
    paint_mark(painter, QRectF(1, 1, size - 2, size - 2), kind, colours)
    painter.end()
    made = QIcon(picture)
    # Left to itself, Qt darkens the icons of selected rows, and the colour is what they are there for.
    made.addPixmap(picture, QIcon.Mode.Selected)
    return made
