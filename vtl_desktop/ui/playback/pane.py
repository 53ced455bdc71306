"""One side of the comparison: a heading that says which file and frame this is, and the picture."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from vtl_desktop.core.media import Frame, GreyPicture, MediaFacts, Picture
from vtl_desktop.ui.playback.picture_view import STAGE_WORDS, PictureView
from vtl_desktop.ui.theme import colours_of
from vtl_desktop.ui.words import exact_clock

SUSPECT, SOURCE = "Suspect", "Source"
LETTERS = {SUSPECT: "A", SOURCE: "B"}

_SQUARE, _GAP = 20.0, 8.0


class Pane(QWidget):
    """Heading and picture of suspect or source.

    Signals:
        actionTriggered: the button under the sentence was pressed.
    """

    actionTriggered = Signal()

    def __init__(self, role: str, parent: QWidget | None = None) -> None:
        """Args:
        role: `SUSPECT` or `SOURCE`.
        """
        super().__init__(parent)
        self._role = role
        self._count = 0
        self.heading = PaneHeading(role, self)
        self.view = PictureView(self)
        self.view.setAccessibleName(f"{role} picture")
        self._words = QLabel(self.view)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setStyleSheet(f"color: {STAGE_WORDS}; background: transparent;")
        self._button = QPushButton(self.view)
        self._button.clicked.connect(self.actionTriggered)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.heading)
        column.addWidget(self.view, 1)
        over = QVBoxLayout(self.view)
        over.setContentsMargins(24, 24, 24, 24)
        over.setSpacing(16)
        over.addStretch(1)
        over.addWidget(self._words)
        over.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        over.addStretch(1)
        self._say("")

    @property
    def message(self) -> str:
        """The sentence that is shown instead of a picture, or ""."""
        return self._words.text()

    def set_file(self, name: str, facts: MediaFacts | None = None) -> None:
        """Names the file in the heading; facts, once known, give its badges and the number of its frames."""
        self._count = facts.frame_count if facts is not None else 0
        notes = []
        if facts is not None and facts.variable_frame_rate:
            notes.append(("VFR", "Variable frame rate: frames are placed by their own times."))
        if facts is not None and facts.rotation:
            notes.append((f"turned {facts.rotation}°", "Turned upright as the file's metadata says."))
        self.heading.set_file(name, tuple(notes))

    def show_frame(
        self, frame: Frame, *, picture: Picture | None = None, mask: GreyPicture | None = None, note: str = ""
    ) -> None:
        """Shows a frame.

        Args:
            picture: what to show in its place (the same frame, registered), or None.
            mask: of the picture's height and width.
            note: a badge more.
        """
        self._say("")
        self.view.show_picture(frame.picture if picture is None else picture, mask)
        self.heading.set_frame(frame, self._count, note)

    def show_message(self, text: str, action: str = "") -> None:
        """A sentence instead of a picture, with a button under it where there is something to do."""
        self.view.show_nothing()
        self.heading.set_frame(None, self._count)
        self._say(text, action)

    def _say(self, text: str, action: str = "") -> None:
        if text != self._words.text() or action != self._button.text():
            self._words.setText(text)
            self._button.setText(action)
        self._words.setVisible(bool(text))
        self._button.setVisible(bool(action))


class PaneHeading(QWidget):
    """Marker, file name, frame, time and badges in one line. Painted: labels would lay out the window at each frame."""

    def __init__(self, role: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role = role
        self._name = ""
        self._file_badges: tuple[tuple[str, str], ...] = ()
        self._frame: Frame | None = None
        self._note = ""
        self._count = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{role} heading")

    def sizeHint(self) -> QSize:
        return QSize(240, self.fontMetrics().height() * 2 + 14)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def set_file(self, name: str, badges: tuple[tuple[str, str], ...]) -> None:
        self._name, self._file_badges, self._frame, self._note = name, badges, None, ""
        self.setToolTip("\n".join([name, *(why for _, why in badges), "Frames are counted from 0."]))
        self.update()

    def set_frame(self, frame: Frame | None, count: int, note: str = "") -> None:
        self._frame, self._count, self._note = frame, count, note
        self.update()

    def frame_words(self) -> str:
        """For instance "frame 117 / 599   0:03.904   P frame"."""
        if self._frame is None:
            return "no frame"
        kind = "keyframe" if self._frame.key else f"{self._frame.kind} frame" if self._frame.kind else ""
        return (
            f"frame {self._frame.index} / {max(self._count - 1, 0)}   {exact_clock(self._frame.time)}   {kind}".rstrip()
        )

    def badges(self) -> tuple[str, ...]:
        """What stands out about this frame and its file."""
        words = [text for text, _ in self._file_badges]
        if self._frame is not None and self._frame.damaged:
            words.append("damaged")
        if self._note:
            words.append(self._note)
        return tuple(words)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = colours_of(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(colours.surface))
        colour = QColor(colours.suspect if self._role == SUSPECT else colours.source)
        square = QRectF(_GAP, (self.height() - _SQUARE) / 2, _SQUARE, _SQUARE)
        bold = QFont(self.font())
        bold.setBold(True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        # Round for the suspect, square for the source: colour alone must not carry the meaning.
        painter.drawRoundedRect(square, *((_SQUARE / 2, _SQUARE / 2) if self._role == SUSPECT else (3.0, 3.0)))
        painter.setFont(bold)
        painter.setPen(QColor(colours.surface))
        painter.drawText(square, Qt.AlignmentFlag.AlignCenter, LETTERS[self._role])
        self._paint_lines(painter, square.right() + _GAP, bold)

    def _paint_lines(self, painter: QPainter, left: float, bold: QFont) -> None:
        colours = colours_of(self)
        line = (self.height() - 8) / 2
        right = self.width() - _GAP
        painter.setPen(QColor(colours.text))
        role_width = QFontMetricsF(bold).horizontalAdvance(self._role) + _GAP
        painter.drawText(QRectF(left, 4, role_width, line), Qt.AlignmentFlag.AlignVCenter, self._role)
        painter.setFont(self.font())
        name = QFontMetricsF(self.font()).elidedText(
            self._name, Qt.TextElideMode.ElideMiddle, right - left - role_width
        )
        painter.drawText(
            QRectF(left + role_width, 4, right - left - role_width, line), Qt.AlignmentFlag.AlignVCenter, name
        )
        painter.setPen(QColor(colours.muted))
        below = QRectF(left, 4 + line, right - left, line)
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, self.frame_words())
        for text in self.badges():
            right = self._paint_badge(painter, text, right, below, remark=text == self._note)

    def _paint_badge(self, painter: QPainter, text: str, right: float, line: QRectF, *, remark: bool) -> float:
        colours = colours_of(self)
        width = QFontMetricsF(self.font()).horizontalAdvance(text) + 12
        box = QRectF(right - width, line.y() + 1, width, line.height() - 2)
        painter.setPen(QColor(colours.muted if remark else colours.warning))
        painter.setBrush(QColor(colours.raised if remark else colours.warning_back))
        painter.drawRoundedRect(box, 4, 4)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        return right - width - 6
