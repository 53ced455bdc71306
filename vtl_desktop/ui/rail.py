"""The four steps at the left edge: always clickable, ticked when done."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from vtl_desktop.ui.icons import icon, pixmap
from vtl_desktop.ui.theme import colours_of

STEPS = (
    ("case", "1 Case", "The suspect, the database, whose case it is"),
    ("trace", "2 Trace", "What the database says: the candidates"),
    ("compare", "3 Compare", "Suspect and source side by side, your finding"),
    ("report", "4 Report", "The evidence report"),
)
_SIDE = 30


class StepRail(QFrame):
    """Shows the steps; says which one is wanted."""

    stepChosen = Signal(int)
    settingsWanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "rail")
        self.setAccessibleName("Steps")
        self.setFixedWidth(96)
        self._done = [False] * len(STEPS)
        self.buttons: list[QToolButton] = []
        group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 8)
        column.setSpacing(2)
        for number, (_picture, name, tip) in enumerate(STEPS):
            button = self._make_button(name, f"{tip} (Ctrl+{number + 1})")
            button.setCheckable(True)
            button.clicked.connect(lambda _checked=False, number=number: self.stepChosen.emit(number))
            group.addButton(button, number)
            self.buttons.append(button)
            column.addWidget(button)
            self._paint(number)
        column.addStretch(1)
        settings = self._make_button("Settings", "Settings (Ctrl+,)")
        settings.setIcon(icon("settings", colours_of(self).text, _SIDE))
        settings.clicked.connect(lambda _checked=False: self.settingsWanted.emit())
        column.addWidget(settings)
        self.show_step(0)

    def show_step(self, number: int) -> None:
        """Marks the step that is shown."""
        self.buttons[number].setChecked(True)

    def show_done(self, done: tuple[bool, ...]) -> None:
        """Ticks the steps that are done."""
        for number, is_done in enumerate(done):
            if self._done[number] != is_done:
                self._done[number] = is_done
                self._paint(number)

    def _make_button(self, name: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("role", "step")
        button.setText(name)
        button.setToolTip(tip)
        button.setAccessibleName(name)
        button.setAccessibleDescription(tip)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(_SIDE, _SIDE))
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return button

    def _paint(self, number: int) -> None:
        colours = colours_of(self)
        picture: QPixmap = pixmap(STEPS[number][0], colours.text, _SIDE)
        if self._done[number]:
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.good))
            painter.drawEllipse(_SIDE - 14, _SIDE - 14, 14, 14)
            painter.drawPixmap(_SIDE - 12, _SIDE - 12, pixmap("check", colours.surface, 10))
            painter.end()
        button = self.buttons[number]
        button.setIcon(QIcon(picture))
        button.setAccessibleName(f"{STEPS[number][1]}{', done' if self._done[number] else ''}")
