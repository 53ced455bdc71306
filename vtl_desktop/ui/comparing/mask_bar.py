"""The bar above the pictures: how the mask is shown, whether the source is registered, zoom; and what the mask is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from vtl_desktop.ui.comparing.mask_choices import MaskChoices
from vtl_desktop.ui.playback.picture_view import MaskMode
from vtl_desktop.ui.theme import colours_of
from vtl_desktop.ui.widgets import ElidedLabel

OPACITY_STEP = 10


class MaskBar(QWidget):
    """Choices about what is seen.

    Signals:
        changed: mask mode, opacity, kind, method or registered view; ask the properties.
        fitRequested, oneToOneRequested: zoom; zoomRequested: by a factor.
    """

    changed = Signal()
    fitRequested = Signal()
    oneToOneRequested = Signal()
    zoomRequested = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._modes: dict[MaskMode, QAction] = {}
        self._last_mode = MaskMode.OVER
        self._opacity = QSlider(Qt.Orientation.Horizontal, self)
        self._opacity.setRange(0, 100)
        self._opacity.setValue(60)
        self._opacity.setMinimumWidth(60)
        self._opacity.setMaximumWidth(110)
        self._opacity.setAccessibleName("Opacity of the mask")
        self._opacity.setToolTip("Opacity of the mask over the suspect ([ less, ] more)")
        self._opacity.valueChanged.connect(self._tell)
        group = QActionGroup(self)
        for mode, text, tip in (
            (MaskMode.OFF, "Off", "No mask"),
            (MaskMode.OVER, "Over suspect", "The mask laid over the suspect: bright is changed"),
            (MaskMode.ALONE, "Alone", "Only the mask: bright is changed"),
        ):
            self._modes[mode] = self._choice(text, tip, group)
            self._modes[mode].toggled.connect(self._mode_toggled)
        self._modes[MaskMode.OFF].setChecked(True)
        self._registered = self._action("Registered", ("R",), self._tell, checkable=True)
        self._registered.setToolTip("Lay the source onto the suspect: same place, size and orientation (R)")
        self.choices = MaskChoices(self)
        self.choices.changed.connect(self._tell)
        self.addAction(self.choices.next_kind)
        self._words = ElidedLabel(parent=self)
        self._words.setAccessibleName("About the mask")
        self._add_key_actions()
        self._lay_out()
        self.set_available(False)
        self._show_checked()

    @property
    def mode(self) -> MaskMode:
        return next(mode for mode, action in self._modes.items() if action.isChecked())

    @property
    def opacity(self) -> float:
        """0 to 1."""
        return self._opacity.value() / 100

    @property
    def kind(self) -> str:
        """Which changes are to be seen: `regions.ADDED_GRAPHICS`, `ALTERED_CONTENT`, or "" for all."""
        return self.choices.kind

    @property
    def method(self) -> str | None:
        """By which the mask is to be made; None for the best there is."""
        return self.choices.method

    @property
    def registered(self) -> bool:
        """The source is to be shown laid onto the suspect."""
        return self._registered.isChecked() and self._registered.isEnabled()

    def set_mode(self, mode: MaskMode) -> None:
        self._modes[mode].setChecked(True)

    def set_opacity(self, opacity: float) -> None:
        """0 to 1."""
        self._opacity.setValue(round(opacity * 100))

    def set_registered(self, registered: bool) -> None:
        self._registered.setChecked(registered)
        self._tell()

    def set_available(self, available: bool) -> None:
        """Whether there is a source to compare with."""
        for action in (*self._modes.values(), self._registered, self._toggle, *self._opacity_actions):
            action.setEnabled(available)
        self._opacity.setEnabled(available and self.mode is MaskMode.OVER)
        if not available:
            self.choices.set_tells_kinds(False)

    def set_words(self, words: str) -> None:
        """What the mask that is shown is, or why there is none."""
        if words != self._words.text():
            self._words.setText(words)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.PaletteChange:
            self._show_checked()
        super().changeEvent(event)

    def _show_checked(self) -> None:
        """Fusion shows a pressed button hardly differently in the dark."""
        colours = colours_of(self)
        sheet = (
            f"QToolButton:checked {{ background: {colours.accent}; color: {colours.on_accent}; }}"
            f"QToolButton:checked:disabled {{ background: {colours.border}; color: {colours.muted}; }}"
            f"QToolButton {{ background: {colours.raised}; border: 1px solid {colours.border}; border-radius: 4px;"
            f" padding: 3px 8px; }} QToolButton:focus {{ border-color: {colours.accent}; }}"
            f"QToolButton:disabled {{ color: {colours.muted}; }}"
        )
        if sheet != self.styleSheet():
            self.setStyleSheet(sheet)

    def _add_key_actions(self) -> None:
        self._toggle = self._action("Mask on or off", ("D",), self._toggle_mask)
        self._opacity_actions = (
            self._action("Mask less opaque", ("[",), lambda: self._more_opacity(-OPACITY_STEP)),
            self._action("Mask more opaque", ("]",), lambda: self._more_opacity(OPACITY_STEP)),
        )
        self._fit = self._action("Whole picture", ("0",), self.fitRequested.emit)
        self._one = self._action("Pixel by pixel (1:1)", ("Z",), self.oneToOneRequested.emit)
        self._fit.setIconText("Fit")
        self._one.setIconText("1:1")
        self._action("Zoom in", ("Ctrl++", "Ctrl+="), lambda: self.zoomRequested.emit(1.25))
        self._action("Zoom out", ("Ctrl+-",), lambda: self.zoomRequested.emit(0.8))

    def _choice(self, text: str, tip: str, group: QActionGroup) -> QAction:
        action = QAction(text, group)
        action.setCheckable(True)
        action.setToolTip(tip)
        return action

    def _action(
        self, text: str, keys: tuple[str, ...], do: Callable[[], object], *, checkable: bool = False
    ) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setCheckable(checkable)
        action.setToolTip(f"{text} ({keys[0]})")
        action.triggered.connect(lambda _checked=False: do())
        self.addAction(action)
        return action

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(QLabel("Mask"))
        for action in self._modes.values():
            row.addWidget(self._button(action, "Mask: "))
        row.addWidget(self._opacity)
        row.addSpacing(6)
        row.addWidget(self._button(self._registered))
        row.addStretch(1)
        row.addWidget(self._button(self._fit))
        row.addWidget(self._button(self._one))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 4)
        column.setSpacing(4)
        column.addLayout(row)
        # A line of their own: which method made the mask must not be cut off in a narrow window.
        below = QHBoxLayout()
        below.setSpacing(10)
        below.addWidget(self.choices)
        below.addWidget(self._words, 1)
        column.addLayout(below)

    def _button(self, action: QAction, prefix: str = "") -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setAccessibleName(f"{prefix}{action.text()}")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        return button

    def _toggle_mask(self) -> None:
        self.set_mode(self._last_mode if self.mode is MaskMode.OFF else MaskMode.OFF)

    def _more_opacity(self, percent: int) -> None:
        self._opacity.setValue(self._opacity.value() + percent)

    def _mode_toggled(self, on: bool) -> None:
        if not on:
            return
        if self.mode is not MaskMode.OFF:
            self._last_mode = self.mode
        self._opacity.setEnabled(self.mode is MaskMode.OVER)
        self._tell()

    def _tell(self, *_arguments: object) -> None:
        self.changed.emit()
