"""Play, step, scrub, go to, loop, speed. Each is a QAction, so that a menu can show it with its shortcut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from vtl_desktop.ui.playback.clock import RATES, Clock
from vtl_desktop.ui.playback.frame_pump import Reel
from vtl_desktop.ui.playback.moments import parse_frame, parse_moment
from vtl_desktop.ui.playback.navigator import Navigator
from vtl_desktop.ui.playback.scrub_bar import ScrubBar
from vtl_desktop.ui.playback.transport_icons import transport_icon
from vtl_desktop.ui.theme import colours_of
from vtl_desktop.ui.words import exact_clock

_SPACING = 4


@dataclass(frozen=True, slots=True)
class _Entry:
    """One action: key in `TransportBar.action`, words, shortcuts, what it does, its symbol ("" without a button)."""

    key: str
    text: str
    shortcuts: tuple[str, ...]
    do: Callable[[], object]
    icon: str = ""


class TransportBar(QWidget):
    """The controls under the pictures. Moves the clock and nothing else."""

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._navigator = Navigator(clock, self)
        self._actions: dict[str, QAction] = {}
        self.scrub = ScrubBar(self)
        self._time = _field("Time on screen, type another to go there: 1:02.5, 62.5, 850 ms", "Go to time", 12)
        self._frame = _field("Frame on screen, counted from 0; type another to go there", "Go to frame", 8)
        self._of_time = QLabel("/ 0:00.000")
        self._of_frame = QLabel("/ 0")
        self._speed = QToolButton(self)
        self._slow = QLabel("slower than real time", self)
        self._slow.setToolTip("Decoding cannot keep up with the clock: every pair is shown, but playing takes longer.")
        self._make_actions()
        self._lay_out()
        self._time.returnPressed.connect(self._go_to_time)
        self._frame.returnPressed.connect(self._go_to_frame)
        self.scrub.scrubbed.connect(self._clock.seek)
        clock.moved.connect(self._moved)
        clock.playingChanged.connect(self._show_playing)
        clock.rateChanged.connect(self._show_rate)
        clock.loopChanged.connect(self._show_loop)
        self.set_reel(None)

    @property
    def navigator(self) -> Navigator:
        return self._navigator

    def action(self, key: str) -> QAction:
        """One of the actions, for instance "play"; all of them: `actions()`."""
        return self._actions[key]

    def set_reel(self, reel: Reel | None) -> None:
        """The suspect that is played, or None: everything is switched off."""
        self._navigator.set_reel(reel)
        moving = reel is not None and len(reel.times) > 1
        for action in self._actions.values():
            action.setEnabled(moving)
        for widget in (self.scrub, self._time, self._frame, self._speed):
            widget.setEnabled(moving)
        duration = reel.facts.duration if reel is not None else 0.0
        self.scrub.set_duration(duration)
        self.scrub.set_segments(())
        self.scrub.set_decoded(())
        self._of_time.setText(f"/ {exact_clock(duration)}")
        self._of_frame.setText(f"/ {len(reel.times) - 1 if reel is not None else 0}")
        self._show_loop(self._clock.loop)
        self.show_frame(0, 0.0)

    def show_frame(self, index: int, moment: float) -> None:
        """The frame that is on screen now, unless the user is just typing another."""
        for field, text in ((self._time, exact_clock(moment)), (self._frame, str(index))):
            if not (field.hasFocus() and field.isModified()):
                field.setText(text)
                _mark(field, wrong=False)
        if self._clock.playing:
            self.scrub.set_position(moment)

    def set_slow(self, slow: bool) -> None:
        """Says that playing takes longer than it should."""
        self._slow.setVisible(slow)

    def minimumSizeHint(self) -> QSize:
        """What is needed without the words that a narrow bar goes without."""
        spare = sum(label.sizeHint().width() + _SPACING for label in self._spare if not label.isHidden())
        return super().minimumSizeHint() - QSize(spare, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        needed = self.minimumSizeHint().width() + sum(label.sizeHint().width() + _SPACING for label in self._spare)
        for label in self._spare:
            label.setVisible(self.width() >= needed)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.PaletteChange:
            self._draw_icons()
        super().changeEvent(event)

    def _table(self) -> tuple[_Entry, ...]:
        go = self._navigator
        return (
            _Entry("play", "Play", ("Space",), go.toggle, "play"),
            _Entry("back", "One frame back", ("Left", ","), lambda: go.step(-1), "back"),
            _Entry("forward", "One frame on", ("Right", "."), lambda: go.step(1), "forward"),
            _Entry("back10", "Ten frames back", ("Shift+Left",), lambda: go.step(-10)),
            _Entry("forward10", "Ten frames on", ("Shift+Right",), lambda: go.step(10)),
            _Entry("second_back", "One second back", ("Ctrl+Left",), lambda: go.jump(-1.0)),
            _Entry("second_on", "One second on", ("Ctrl+Right",), lambda: go.jump(1.0)),
            _Entry("start", "First frame", ("Home",), go.go_to_start, "start"),
            _Entry("end", "Last frame", ("End",), go.go_to_end, "end"),
            _Entry("go_to", "Go to a time …", ("Ctrl+G",), self._type_time),
            _Entry("loop_in", "Loop from this frame", ("I",), go.loop_from_here, "loop_in"),
            _Entry("loop_out", "Loop up to this frame", ("O",), go.loop_to_here, "loop_out"),
            _Entry("loop_clear", "End the loop", ("X",), go.end_loop, "loop_clear"),
            _Entry("reverse", "Play backwards, again: faster", ("J",), lambda: go.shuttle(-1)),
            _Entry("stop", "Stop", ("K",), self._clock.pause),
            _Entry("ahead", "Play forwards, again: faster", ("L",), lambda: go.shuttle(1)),
            _Entry("slower", "Slower", ("<",), lambda: go.change_speed(-1)),
            _Entry("faster", "Faster", (">",), lambda: go.change_speed(1)),
        )

    def _make_actions(self) -> None:
        for entry in self._table():
            action = QAction(entry.text, self)
            action.setShortcuts([QKeySequence(keys) for keys in entry.shortcuts])
            # Only where the player has the focus: Space must go on pressing the buttons of other panels.
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.setProperty("symbol", entry.icon)
            action.triggered.connect(lambda _checked=False, do=entry.do: do())
            action.setToolTip(f"{entry.text} ({' or '.join(entry.shortcuts)})")
            self._actions[entry.key] = action
            self.addAction(action)
        self._draw_icons()

    def _draw_icons(self) -> None:
        colour = colours_of(self).text
        for action in self._actions.values():
            if symbol := action.property("symbol"):
                action.setIcon(transport_icon(symbol, colour))

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(_SPACING)
        for key in ("start", "back", "play", "forward", "end"):
            row.addWidget(self._button(key, large=key == "play"))
        row.addSpacing(12)
        loop, speed = QLabel("Loop"), QLabel("Speed")
        self._spare = (self._of_time, self._of_frame, loop, speed)
        for widget in (self._time, self._of_time, QLabel("  frame"), self._frame, self._of_frame):
            row.addWidget(widget)
        row.addSpacing(12)
        row.addWidget(loop)
        for key in ("loop_in", "loop_out", "loop_clear"):
            row.addWidget(self._button(key))
        row.addStretch(1)
        self._slow.setProperty("role", "warningText")
        self._slow.hide()
        row.addWidget(self._slow)
        row.addWidget(speed)
        row.addWidget(self._speed)
        self._fill_speeds()
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 2, 8, 4)
        column.setSpacing(2)
        column.addWidget(self.scrub)
        column.addLayout(row)

    def _button(self, key: str, *, large: bool = False) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(self._actions[key])
        button.setAccessibleName(self._actions[key].text())
        button.setAutoRaise(True)
        button.setIconSize(QSize(26, 26) if large else QSize(20, 20))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _fill_speeds(self) -> None:
        menu = QMenu(self._speed)
        group = QActionGroup(menu)
        for rate in RATES:
            choice = menu.addAction(_rate_words(rate))
            choice.setCheckable(True)
            choice.setData(rate)
            choice.triggered.connect(lambda _checked=False, rate=rate: self._clock.set_rate(rate))
            group.addAction(choice)
        self._speed.setMenu(menu)
        self._speed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._speed.setToolTip("Speed of playback (< slower, > faster)")
        self._show_rate(self._clock.rate)

    def _type_time(self) -> None:
        self._time.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._time.selectAll()

    def _go_to_time(self) -> None:
        moment = parse_moment(self._time.text())
        _mark(self._time, wrong=moment is None)
        if moment is not None:
            self._time.setModified(False)
            self._clock.pause()
            self._clock.seek(moment)

    def _go_to_frame(self) -> None:
        reel = self._navigator.reel
        index = parse_frame(self._frame.text(), len(reel.times)) if reel is not None else None
        _mark(self._frame, wrong=index is None)
        if index is not None:
            self._frame.setModified(False)
            self._navigator.go_to_frame(index)

    def _moved(self, moment: float) -> None:
        # While playing the knob follows the frames that are shown: one repaint a frame instead of one a tick.
        if not self._clock.playing:
            self.scrub.set_position(moment)
            self.scrub.update()

    def _show_playing(self, playing: bool) -> None:
        action = self._actions["play"]
        action.setText("Pause" if playing else "Play")
        action.setProperty("symbol", "pause" if playing else "play")
        action.setToolTip(f"{action.text()} (Space)")
        action.setIcon(transport_icon(action.property("symbol"), colours_of(self).text))

    def _show_rate(self, rate: float) -> None:
        self._speed.setText(_rate_words(rate))
        self._speed.setAccessibleName(f"Speed {_rate_words(rate)}")
        for choice in self._speed.menu().actions():
            choice.setChecked(choice.data() == rate)

    def _show_loop(self, loop: tuple[float, float] | None) -> None:
        self.scrub.set_loop(loop)
        self._actions["loop_clear"].setEnabled(loop is not None)


def _field(tip: str, name: str, characters: int) -> QLineEdit:
    field = QLineEdit()
    field.setToolTip(tip)
    field.setAccessibleName(name)
    field.setAccessibleDescription(tip)
    field.setFixedWidth(field.fontMetrics().averageCharWidth() * characters + 18)
    field.setAlignment(Qt.AlignmentFlag.AlignRight)
    return field


def _mark(field: QLineEdit, *, wrong: bool) -> None:
    """Says that what was typed cannot be gone to (nothing else happens, the text stays)."""
    if bool(field.property("wrong")) != wrong:
        field.setProperty("wrong", wrong)
        field.setStyleSheet(f"border: 2px solid {colours_of(field).problem};" if wrong else "")


def _rate_words(rate: float) -> str:
    return f"{'−' if rate < 0 else ''}{abs(rate):g}×"
