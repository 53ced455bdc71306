"""The symbols on the transport bar, drawn in the colour of the text."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

_SIDE = 20
_SCALE = 3

_Point = tuple[float, float]


_SHAPES: dict[str, tuple[tuple[_Point, ...], ...]] = {
    "play": (((6, 3.5), (16.5, 10), (6, 16.5)),),
    "pause": (((5, 4), (8.5, 4), (8.5, 16), (5, 16)), ((11.5, 4), (15, 4), (15, 16), (11.5, 16))),
    "back": (((13, 4.5), (13, 15.5), (5.5, 10)), ((14, 4.5), (15.6, 4.5), (15.6, 15.5), (14, 15.5))),
    "forward": (((7, 4.5), (7, 15.5), (14.5, 10)), ((4.4, 4.5), (6, 4.5), (6, 15.5), (4.4, 15.5))),
    "start": (
        ((3.4, 4.5), (5, 4.5), (5, 15.5), (3.4, 15.5)),
        ((11, 4.5), (11, 15.5), (5.5, 10)),
        ((17, 4.5), (17, 15.5), (11.5, 10)),
    ),
    "end": (
        ((15, 4.5), (16.6, 4.5), (16.6, 15.5), (15, 15.5)),
        ((9, 4.5), (9, 15.5), (14.5, 10)),
        ((3, 4.5), (3, 15.5), (8.5, 10)),
    ),
}
_LINES: dict[str, tuple[tuple[_Point, ...], ...]] = {
    "loop_in": (((9, 3.5), (5, 3.5), (5, 16.5), (9, 16.5)), ((9, 10), (16, 10)), ((13, 7), (16, 10), (13, 13))),
    "loop_out": (((11, 3.5), (15, 3.5), (15, 16.5), (11, 16.5)), ((4, 10), (11, 10)), ((8, 7), (11, 10), (8, 13))),
    "loop_clear": (((5, 5), (15, 15)), ((15, 5), (5, 15))),
    "fit": (
        ((3, 7), (3, 3), (7, 3)),
        ((13, 3), (17, 3), (17, 7)),
        ((17, 13), (17, 17), (13, 17)),
        ((7, 17), (3, 17), (3, 13)),
    ),
}


def transport_icon(name: str, colour: str) -> QIcon:
    """A symbol.

    Args:
        name: a key of the tables above.
        colour: #rrggbb.
    """
    picture = QPixmap(_SIDE * _SCALE, _SIDE * _SCALE)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(_SCALE, _SCALE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    for shape in _SHAPES.get(name, ()):
        painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in shape]))
    painter.setPen(QPen(QColor(colour), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for line in _LINES.get(name, ()):
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in line]))
    painter.end()
    picture.setDevicePixelRatio(_SCALE)
    return QIcon(picture)
