"""Small widgets that several panels share: cards, headings, chips, labels that shorten themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFontDatabase, QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLayoutItem,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStyleOption,
    QStylePainter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vtl_desktop.ui.icons import icon, pixmap
from vtl_desktop.ui.theme import colours_of

_ICON, _GAP = 17, 5
_CHIP_PADDING = 11


def set_role(widget: QWidget, role: str) -> None:
    """Names what a widget is to the style sheet, also after it has been shown."""
    widget.setProperty("role", role)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def label(text: str = "", *, role: str = "", wrap: bool = False, select: bool = False) -> QLabel:
    """A plain-text label (evidence names may contain markup)."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    if select:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return made


def heading(text: str, scale: float = 1.25) -> QLabel:
    """A bold label, `scale` times as large as body text."""
    made = label(text)
    font = made.font()
    font.setPointSizeF(font.pointSizeF() * scale)
    font.setBold(True)
    made.setFont(font)
    return made


def button(
    text: str,
    clicked: Callable[[], object],
    *,
    role: str = "",
    picture: str = "",
    tip: str = "",
    parent: QWidget | None = None,
) -> QPushButton:
    """A push button; its text (with the tip, where there is one) is its accessible name."""
    made = QPushButton(text, parent)
    made.clicked.connect(lambda _checked=False: clicked())
    if role:
        made.setProperty("role", role)
    if picture:
        colours = colours_of(QApplication.palette())
        made.setIcon(spaced_icon(picture, colours.on_accent if role == "primary" else colours.text))
        made.setIconSize(QSize(_ICON + _GAP, _ICON))
    if tip:
        made.setToolTip(tip)
        made.setAccessibleDescription(tip)
    return made


def spaced_icon(picture: str, colour: str) -> QIcon:
    """An icon with room between it and the button's text, which styles give too little of."""
    drawn = QPixmap(QSize(_ICON + _GAP, _ICON) * 2)
    drawn.setDevicePixelRatio(2)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.drawPixmap(0, 0, pixmap(picture, colour, _ICON))
    painter.end()
    return QIcon(drawn)


def icon_button(picture: str, name: str, clicked: Callable[[], object], parent: QWidget | None = None) -> QToolButton:
    """A flat button with only a picture; the name is tool tip and accessible name."""
    made = QToolButton(parent)
    made.setIcon(icon(picture, colours_of(QApplication.palette()).text))
    made.setIconSize(QSize(16, 16))
    made.setAutoRaise(True)
    made.setToolTip(name)
    made.setAccessibleName(name)
    made.clicked.connect(lambda _checked=False: clicked())
    return made


def monospace(widget: QWidget) -> None:
    """Fixed-width digits, for digests and paths."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPointSizeF(widget.font().pointSizeF() * 0.95)
    widget.setFont(font)


class Card(QFrame):
    """A framed area with an optional heading and room to the right of it."""

    def __init__(self, title: str = "", parent: QWidget | None = None, *, role: str = "card") -> None:
        super().__init__(parent)
        self.setProperty("role", role)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(16, 14, 16, 14)
        self.column.setSpacing(10)
        self.head = QHBoxLayout()
        if title:
            self.head.addWidget(heading(title, 1.12))
            self.head.addStretch(1)
            self.column.addLayout(self.head)
            self.setAccessibleName(title)


class ElidedLabel(QLabel):
    """A one-line label that shortens its text in the middle and tells the whole of it in a tool tip."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(60)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOption()
        option.initFrom(self)
        area = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, area.width())
        self.style().drawItemText(
            painter, area, self.alignment().value, option.palette, self.isEnabled(), text, self.foregroundRole()
        )


class FlowLayout(QLayout):
    """Items side by side, going on in the next line where the width ends."""

    def __init__(self, parent: QWidget | None = None, spacing: int = 6) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        least = QSize()
        for item in self._items:
            least = least.expandedTo(item.minimumSize())
        margins: QMargins = self.contentsMargins()
        return least + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        x, y, line = rect.x(), rect.y(), 0
        for item in self._items:
            hint = item.sizeHint()
            if hint.width() > rect.width():
                hint.setWidth(max(rect.width(), 1))
                if item.hasHeightForWidth():
                    hint.setHeight(item.heightForWidth(hint.width()))
            if x > rect.x() and x + hint.width() > rect.right() + 1:
                x, y, line = rect.x(), y + line + self.spacing(), 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), hint))
            x += hint.width() + self.spacing()
            line = max(line, hint.height())
        return y + line - rect.y()


def clear_layout(layout: QLayout) -> None:
    """Takes everything out of a layout and lets it go."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.deleteLater()


class FactsTable(QWidget):
    """What and value, line by line; values can be copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)

    def show_rows(self, rows: Sequence[tuple[str, str]]) -> None:
        clear_layout(self._grid)
        for line, (what, value) in enumerate(rows):
            self._grid.addWidget(label(what, role="muted"), line, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(label(value, wrap=True, select=True), line, 1)


class _Chip(QLabel):
    """One line where there is room for it, more where there is not."""

    def __init__(self, text: str, role: str) -> None:
        super().__init__(text)
        self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 2 * _CHIP_PADDING, metrics.height() + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height() + 4)


class ChipRow(QWidget):
    """Short remarks as chips; hidden while there are none."""

    def __init__(self, role: str = "chip", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role = role
        self._flow = FlowLayout(self)
        self.hide()

    def show_notes(self, notes: tuple[str, ...]) -> None:
        clear_layout(self._flow)
        for note in notes:
            self._flow.addWidget(_Chip(note, self._role))
        self.setVisible(bool(notes))


class Page(QScrollArea):
    """A step's page: scrolls where the window is too small for it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.body = QWidget()
        self.body.setProperty("role", "page")
        self.setWidget(self.body)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
