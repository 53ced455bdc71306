"""Which changes the mask shows, and by which method it is made: two choices in the mask bar."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from vtl_desktop.core.regions import ADDED_GRAPHICS, ALTERED_CONTENT
from vtl_desktop.ui.widgets import label

ALL = ""
"""The choice of both kinds."""

_KINDS = ((ALL, "all changes"), (ADDED_GRAPHICS, ADDED_GRAPHICS), (ALTERED_CONTENT, ALTERED_CONTENT))

_KIND_TIP = "Which changes the mask shows: what was laid over the picture, what was changed in it, or both (V)"
_NOT_TOLD = (
    "The fitted difference does not tell added graphics from altered content: its mask shows all changes. "
    "The Localizator tells them apart."
)
_METHOD_TIP = (
    "How the mask is made. Localizator: a neural network trained to pass over what every copy goes through. "
    "Fitted difference: arithmetic on the two pictures, no network."
)


class MaskChoices(QWidget):
    """Signals:
    changed: kind or method; ask the properties.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kinds = self._box("Changes that the mask shows")
        for kind, text in _KINDS:
            self.kinds.addItem(text, kind)
        self.methods = self._box("Method that makes the mask")
        self.methods.setToolTip(_METHOD_TIP)
        self.next_kind = QAction("Mask: all changes, graphics only, content only", self)
        self.next_kind.setShortcut(QKeySequence("V"))
        self.next_kind.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.next_kind.triggered.connect(lambda _checked=False: self._next_kind())
        self.addAction(self.next_kind)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self._by = label("made by")
        for widget in (label("Show"), self.kinds, self._by, self.methods):
            row.addWidget(widget)
        self.set_methods(())
        self.set_tells_kinds(False)
        self.kinds.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self.methods.currentIndexChanged.connect(lambda _index: self.changed.emit())

    @property
    def kind(self) -> str:
        """What is to be seen of the mask: one kind, or `ALL`. It holds for masks that tell the kinds apart."""
        return str(self.kinds.currentData() or ALL)

    @property
    def known(self) -> tuple[str, ...]:
        """What masks can be made by, as far as it is known."""
        return tuple(str(self.methods.itemData(k)) for k in range(self.methods.count()))

    @property
    def several(self) -> bool:
        """There is a choice of methods."""
        return self.methods.count() > 1

    @property
    def method(self) -> str | None:
        """That the user chose; None for the best there is."""
        return self.methods.currentData() if self.methods.currentIndex() > 0 else None

    def set_methods(self, methods: tuple[str, ...]) -> None:
        """What masks can be made by, the best first; a choice that is still there stays chosen."""
        if self.known == methods and methods:
            return
        chosen = self.methods.currentData()
        self.methods.blockSignals(True)
        self.methods.clear()
        for method in methods:
            self.methods.addItem(method, method)
        self.methods.setCurrentIndex(max(methods.index(chosen) if chosen in methods else 0, 0) if methods else -1)
        self.methods.blockSignals(False)
        # Where there is one method only, there is nothing to choose; which it is stands beside the mask.
        for widget in (self._by, self.methods):
            widget.setVisible(self.several)

    def set_tells_kinds(self, tells: bool) -> None:
        """Whether the mask on screen tells the kinds apart."""
        self.kinds.setEnabled(tells)
        self.next_kind.setEnabled(tells)
        self.kinds.setToolTip(_KIND_TIP if tells else _NOT_TOLD)

    def _next_kind(self) -> None:
        self.kinds.setCurrentIndex((self.kinds.currentIndex() + 1) % self.kinds.count())

    def _box(self, name: str) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(name)
        # The keys of the comparison stay the comparison's when a choice was made with the mouse.
        box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        return box
