"""Icons: our own line drawings in `resources/icons`, tinted with a colour of the theme."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from vtl_desktop.assets import resources_directory

_INK = "#000"


def pixmap(name: str, colour: str, size: int = 20, scale: float = 2.0) -> QPixmap:
    """One icon as a picture.

    Args:
        name: of the file in `resources/icons`, without ending.
        colour: #rrggbb in place of the drawing's black.
        size: side in device-independent pixels; scale: device pixels a device-independent one.

    Returns:
        Transparent where the drawing is missing: a lost icon must not keep the window from opening.
    """
    picture = QPixmap(QSize(size, size) * scale)
    picture.setDevicePixelRatio(scale)
    picture.fill(Qt.GlobalColor.transparent)
    path = resources_directory() / "icons" / f"{name}.svg"
    if path.is_file():
        drawing = path.read_text("utf-8").replace(f'"{_INK}"', f'"{colour}"')
        painter = QPainter(picture)
        QSvgRenderer(QByteArray(drawing.encode())).render(painter, QRectF(0, 0, size, size))
        painter.end()
    return picture


def icon(name: str, colour: str, size: int = 20) -> QIcon:
    """One icon for buttons and menus, see `pixmap`."""
    return QIcon(pixmap(name, colour, size))


def application_icon() -> QIcon:
    """The program's own icon."""
    return icon("app", _INK, 128)
