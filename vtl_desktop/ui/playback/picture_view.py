"""Paints a picture from its numpy buffer, with a mask over it; zoom at the cursor, pan."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vtl_desktop.core.media import GreyPicture, Picture
from vtl_desktop.ui.playback.view_state import FIT, Stage, ViewState
from vtl_desktop.ui.theme import colours_of

WAIT_MS = 150
"""A shorter wait is not shown: most seeks are answered before it could be read."""

_WHEEL_STEP = 1.25
STAGE_WORDS = "#d8dadc"
"""The colour of text on the stage, which is dark in both themes."""


class MaskMode(StrEnum):
    """How the mask is shown."""

    OFF = "off"
    OVER = "over"
    ALONE = "alone"


class PictureView(QWidget):
    """A stage with one picture on it, or with none.

    Signals:
        viewChanged: the user zoomed or panned: a `ViewState`, already in force here.
    """

    viewChanged = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 90)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._picture: Picture | None = None
        self._image: QImage | None = None
        self._mask: GreyPicture | None = None
        self._mask_image: QImage | None = None
        self._mask_mode = MaskMode.OFF
        self._mask_opacity = 0.6
        self._outline: tuple[QRectF, str] | None = None
        self._view = FIT
        self._drag_from: QPointF | None = None
        self._dimmed = False
        self._waiting = QTimer(self)
        self._waiting.setSingleShot(True)
        self._waiting.setInterval(WAIT_MS)
        self._waiting.timeout.connect(self._dim)

    def sizeHint(self) -> QSize:
        return QSize(640, 360)

    @property
    def picture(self) -> Picture | None:
        return self._picture

    @property
    def mask(self) -> GreyPicture | None:
        return self._mask

    @property
    def view(self) -> ViewState:
        return self._view

    @property
    def dimmed(self) -> bool:
        """The picture is an older one, and the wait for the wanted one is worth telling."""
        return self._dimmed

    def show_picture(self, picture: Picture, mask: GreyPicture | None = None) -> None:
        """Shows a picture (RGB) and the mask of the same height and width that belongs to it."""
        # The image only points into the array: both are kept together.
        self._picture = np.ascontiguousarray(picture)
        height, width = self._picture.shape[:2]
        self._image = QImage(self._picture.data, width, height, self._picture.strides[0], QImage.Format.Format_RGB888)
        self.set_waiting(False)
        self.set_mask(mask)

    def set_mask(self, mask: GreyPicture | None) -> None:
        """The mask of the picture that is shown; None while there is none."""
        self._mask = None if mask is None else np.ascontiguousarray(mask)
        self._mask_image = None
        if self._mask is not None:
            height, width = self._mask.shape
            self._mask_image = QImage(
                self._mask.data, width, height, self._mask.strides[0], QImage.Format.Format_Grayscale8
            )
        self.update()

    def show_nothing(self) -> None:
        """An empty stage."""
        self._image = self._picture = None
        self.set_waiting(False)
        self.set_mask(None)

    def set_mask_mode(self, mode: MaskMode, opacity: float) -> None:
        """How masks are shown; opacity, 0 to 1, is that of a mask over the picture."""
        self._mask_mode, self._mask_opacity = mode, min(max(opacity, 0.0), 1.0)
        self.update()

    @property
    def outline(self) -> QRectF | None:
        """The rectangle that is drawn round something, in the picture's pixels."""
        return self._outline[0] if self._outline is not None else None

    def set_outline(self, box: QRectF | None, words: str = "") -> None:
        """Draws a rectangle round a part of the picture, in its pixels, with a few words at its corner; None: none."""
        outline = None if box is None else (box, words)
        if outline != self._outline:
            self._outline = outline
            self.update()

    def set_waiting(self, waiting: bool) -> None:
        """After a moment of waiting the old picture is dimmed and says that the new one is being decoded."""
        if waiting:
            if not self._dimmed and not self._waiting.isActive():
                self._waiting.start()
            return
        self._waiting.stop()
        if self._dimmed:
            self._dimmed = False
            self.update()

    def set_view(self, view: ViewState) -> None:
        """Shows another part, without telling anybody."""
        if view != self._view:
            self._view = view
            self.update()

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zooms by a factor as the user would, at a point of the widget (by default its middle)."""
        if (stage := self._stage()) is not None:
            at = at or QPointF(self.width() / 2, self.height() / 2)
            self._go(stage.zoomed(self._view, factor, at))

    def show_one_to_one(self) -> None:
        """A pixel of the picture on each pixel of the screen."""
        if (stage := self._stage()) is not None:
            self._go(stage.one_to_one(self._view))

    def show_all(self) -> None:
        self._go(FIT)

    def picture_point(self, at: QPointF) -> QPointF | None:
        """The picture's pixel coordinates under a point of the widget; None outside the picture."""
        stage = self._stage()
        if stage is None:
            return None
        place = stage.place(self._view)
        if not place.contains(at):
            return None
        return QPointF(
            (at.x() - place.x()) / place.width() * stage.picture.width(),
            (at.y() - place.y()) / place.height() * stage.picture.height(),
        )

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom(_WHEEL_STEP ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._drag_from = event.position()
            if self._view.scale > 1:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
        event.ignore()  # the compare view takes the focus

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        stage = self._stage()
        if self._drag_from is not None and stage is not None:
            moved = event.position() - self._drag_from
            self._drag_from = event.position()
            self._go(stage.panned(self._view, moved))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag_from = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.show_all()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours_of(self).stage))
        stage = self._stage()
        if stage is None or self._image is None:
            return
        alone = self._mask_mode is MaskMode.ALONE and self._mask_image is not None
        if not alone:
            self._paint_image(painter, stage, self._image)
        if self._mask_image is not None and self._mask_mode is not MaskMode.OFF:
            painter.setOpacity(1.0 if alone else self._mask_opacity)
            self._paint_image(painter, stage, self._mask_image)
            painter.setOpacity(1.0)
        if self._outline is not None:
            self._paint_outline(painter, stage, *self._outline)
        if self._dimmed:
            painter.fillRect(self.rect(), QColor(0, 0, 0, 130))
            painter.setPen(QColor(STAGE_WORDS))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Decoding …")

    def _paint_image(self, painter: QPainter, stage: Stage, image: QImage) -> None:
        # Above one screen pixel a pixel nothing is interpolated: an analyst must see the pixels that are there.
        smooth = stage.magnification(self._view) < 0.999
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        # Only what is seen: all of it, 32 times as large, would not fit the raster engine's coordinates.
        seen = stage.seen(self._view)
        painter.drawImage(stage.part(self._view, seen), image, seen)

    def _paint_outline(self, painter: QPainter, stage: Stage, box: QRectF, words: str) -> None:
        # Dark under light, so that it is seen on any picture; a little outside, so that it hides nothing.
        frame = stage.part(self._view, box).adjusted(-3, -3, 3, 3)
        frame = frame.intersected(QRectF(self.rect()).adjusted(2, 2, -2, -2))
        if frame.isEmpty():  # zoomed in elsewhere
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(0, 0, 0, 200), 4.0))
        painter.drawRect(frame)
        painter.setPen(QPen(QColor("#ffffff"), 1.6))
        painter.drawRect(frame)
        if not words:
            return
        metrics = QFontMetricsF(self.font())
        wide, tall = metrics.horizontalAdvance(words) + 10, metrics.height() + 2
        # Above the frame where there is room, else inside it; never out of the widget.
        top = frame.top() - tall - 2 if frame.top() - tall - 2 >= 0 else max(frame.top() + 3, 0.0)
        left = min(max(frame.left() - 2, 0.0), max(self.width() - wide, 0.0))
        tag = QRectF(left, min(top, self.height() - tall), wide, tall)
        painter.fillRect(tag, QColor(0, 0, 0, 200))
        painter.setPen(QColor("#ffffff"))
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, words)

    def _stage(self) -> Stage | None:
        if self._image is None or self.width() < 1 or self.height() < 1:
            return None
        return Stage(QSizeF(self._image.size()), QSizeF(self.size()), self.devicePixelRatioF())

    def _go(self, view: ViewState) -> None:
        if view != self._view:
            self.set_view(view)
            self.viewChanged.emit(view)

    def _dim(self) -> None:
        self._dimmed = True
        self.update()
