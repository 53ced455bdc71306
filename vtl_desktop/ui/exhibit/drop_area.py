"""The big empty area that asks for a suspect."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from vtl_desktop.ui.icons import pixmap
from vtl_desktop.ui.theme import colours_of
from vtl_desktop.ui.widgets import button, heading, label


class DropArea(QFrame):
    """Says what to do first. The window itself takes the drop, anywhere; this area only shows that it would."""

    def __init__(self, open_suspect: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hot = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(280)
        self.setAccessibleName("Drop a suspect video here")
        colours = colours_of(self)
        picture = QLabel()
        picture.setPixmap(pixmap("drop", colours.muted, 72))
        title = heading("Drop a suspect video here", 1.7)
        words = label(
            "A video or a picture. It is opened read-only, and nothing leaves this machine.",
            role="muted",
        )
        self.open_button = button(
            "Open a suspect…",
            open_suspect,
            role="primary",
            picture="folder",
            tip="Choose the file under examination (Ctrl+O)",
        )
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(1)
        for widget in (picture, title, words, self.open_button):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    def set_hot(self, hot: bool) -> None:
        """While something is dragged over the window."""
        self._hot = hot
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = colours_of(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(
            QColor(colours.accent if self._hot else colours.border), 2.5 if self._hot else 1.6, Qt.PenStyle.DashLine
        )
        pen.setDashPattern([6, 4])
        painter.setPen(pen)
        painter.setBrush(QColor(colours.raised if self._hot else colours.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 12, 12)
