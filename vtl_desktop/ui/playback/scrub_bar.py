"""The slider of the transport bar: a click goes there, aligned segments, loop and decoded frames show in the groove."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSlider, QWidget

from vtl_desktop.ui.theme import colours_of
from vtl_desktop.ui.words import exact_clock

Range = tuple[float, float]

_KNOB = 7.0


class ScrubBar(QSlider):
    """Where in the suspect: a slider in milliseconds, so that keyboard and screen readers know it.

    Signals:
        scrubbed: the user went to a moment, seconds.
    """

    scrubbed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setAccessibleName("Position in the suspect")
        self.setToolTip("Position in the suspect. Click or drag to go there.")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self._duration = 0.0
        self._segments: tuple[Range, ...] = ()
        self._decoded: tuple[Range, ...] = ()
        self._loop: Range | None = None
        self.valueChanged.connect(lambda value: self.setAccessibleDescription(exact_clock(value / 1000)))

    def sizeHint(self) -> QSize:
        return QSize(240, 30)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 30)

    def set_duration(self, duration: float) -> None:
        self._duration = duration
        self.setRange(0, max(round(duration * 1000), 0))

    def set_position(self, moment: float) -> None:
        """Shows a moment without telling anybody."""
        self.blockSignals(True)
        self.setValue(round(moment * 1000))
        self.blockSignals(False)

    def set_segments(self, segments: tuple[Range, ...]) -> None:
        """Stretches of the suspect for which the source has frames."""
        self._segments = segments
        self.update()

    def set_decoded(self, ranges: tuple[Range, ...]) -> None:
        """Stretches whose frames are at hand."""
        if ranges != self._decoded:
            self._decoded = ranges
            self.update()

    def set_loop(self, loop: Range | None) -> None:
        self._loop = loop
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._scrub(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._scrub(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        before = self.value()
        super().keyPressEvent(event)
        if self.value() != before:
            self.scrubbed.emit(self.value() / 1000)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = colours_of(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(QRectF(self._x(0), middle - 4, self._x(self._duration) - self._x(0), 8), 4, 4)
        painter.setPen(Qt.PenStyle.NoPen)
        aligned = QColor(colours.source)
        aligned.setAlpha(150)
        for stretch in self._segments:
            self._band(painter, stretch, middle - 3, 6, QBrush(aligned))
        for stretch in self._decoded:
            self._band(painter, stretch, middle + 6, 2, QBrush(QColor(colours.muted)))
        if self._loop is not None:
            self._paint_loop(painter, self._loop, middle)
        self._paint_knob(painter, middle)

    def _band(self, painter: QPainter, stretch: Range, top: float, height: float, brush: QBrush) -> None:
        left, right = self._x(stretch[0]), self._x(min(stretch[1], self._duration))
        painter.fillRect(QRectF(left, top, max(right - left, 1.0), height), brush)

    def _paint_loop(self, painter: QPainter, loop: Range, middle: float) -> None:
        colour = QColor(colours_of(self).text)
        self._band(painter, loop, middle - 3, 6, QBrush(colour, Qt.BrushStyle.BDiagPattern))
        painter.setPen(QPen(colour, 2))
        for moment, towards in ((loop[0], 4), (loop[1], -4)):
            x = self._x(moment)
            painter.drawPolyline(
                [
                    QPointF(x + towards, middle - 10),
                    QPointF(x, middle - 10),
                    QPointF(x, middle + 10),
                    QPointF(x + towards, middle + 10),
                ]
            )

    def _paint_knob(self, painter: QPainter, middle: float) -> None:
        colours = colours_of(self)
        painter.setPen(QPen(QColor(colours.surface), 2))
        painter.setBrush(QColor(colours.suspect))
        centre = QPointF(self._x(self.value() / 1000), middle)
        painter.drawEllipse(centre, _KNOB, _KNOB)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(centre, _KNOB + 3, _KNOB + 3)

    def _scrub(self, event: QMouseEvent) -> None:
        room = max(self.width() - 2 * _KNOB - 4, 1)
        moment = min(max((event.position().x() - _KNOB - 2) / room, 0.0), 1.0) * self._duration
        self.set_position(moment)
        self.update()
        self.scrubbed.emit(moment)

    def _x(self, moment: float) -> float:
        room = self.width() - 2 * _KNOB - 4
        return _KNOB + 2 + (moment / self._duration * room if self._duration > 0 else 0.0)
