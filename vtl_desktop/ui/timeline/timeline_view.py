"""The suspect's time: distance per clip of a candidate, aligned segments, changed area, loop, playhead.

A click goes there.

Painted by hand: importing pyqtgraph takes about a second on two busy cores, and the playhead redraws only its strip.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vtl_desktop.core.survey import Survey
from vtl_desktop.core.tracing import Candidate, ClipDistance
from vtl_desktop.ui.timeline.area_lane import area_words
from vtl_desktop.ui.timeline.painting import (
    LEFT,
    RIGHT,
    TimelineContent,
    paint_loop,
    paint_playhead,
    paint_timeline,
    playhead_strip,
)
from vtl_desktop.ui.timeline.scale import TimeScale
from vtl_desktop.ui.words import exact_clock, matched_part

Range = tuple[float, float]


class TimelineView(QWidget):
    """Lanes over the suspect's time.

    Signals:
        seekRequested: the user clicked or dragged to a moment of the suspect, seconds.
    """

    seekRequested = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setAccessibleName("Timeline of the suspect")
        self._content = TimelineContent(None, 0.0)
        self._position = 0.0
        self._loop: Range | None = None
        self._picture: QPixmap | None = None

    def sizeHint(self) -> QSize:
        return QSize(640, 250)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 170)

    def show_candidate(self, candidate: Candidate | None, duration: float) -> None:
        """Shows what tracing said about a candidate.

        Args:
            candidate: None empties the timeline.
            duration: seconds of the suspect.
        """
        same = candidate is not None and candidate is self._content.candidate
        self._content = TimelineContent(
            candidate, duration, self._content.survey if same else None, self._content.marked if same else 0
        )
        self._describe()
        self._redraw()

    def show_survey(self, found: Survey | None) -> None:
        """Shows what is known of the changes against the candidate."""
        if found is not self._content.survey:
            self._content = replace(self._content, survey=found)
            self._describe()
            self._redraw()

    def mark_region(self, number: int) -> None:
        """Makes one changed region stand out; 0 for none."""
        if number != self._content.marked:
            self._content = replace(self._content, marked=number)
            self._redraw()

    def set_position(self, moment: float) -> None:
        """Puts the playhead there."""
        scale = self.scale()
        before, self._position = scale.x(self._position), moment
        for x in (before, scale.x(moment)):
            self.update(playhead_strip(x, self.height()))

    def set_loop(self, loop: Range | None) -> None:
        self._loop = loop
        self.update()

    def scale(self) -> TimeScale:
        """Time to pixels, as painted now."""
        return TimeScale(LEFT, self.width() - RIGHT, self._content.duration)

    def clip_near(self, moment: float) -> ClipDistance | None:
        """The suspect's clip nearest to a moment."""
        candidate = self._content.candidate
        if candidate is None or not candidate.clips:
            return None
        times = np.array([clip.time for clip in candidate.clips])
        return candidate.clips[int(np.abs(times - moment).argmin())]

    def words_at(self, moment: float) -> str:
        """What is known of a moment, as the tool tip says it."""
        lines = [exact_clock(moment)]
        if (clip := self.clip_near(moment)) is not None:
            lines.append(
                f"clip at {exact_clock(clip.time)}: {clip.distance} bits from the source's clip at "
                f"{exact_clock(clip.source_time)}"
            )
        candidate = self._content.candidate
        if candidate is not None:
            segment = candidate.alignment.segment_at(moment)
            lines.append(matched_part(segment) if segment is not None else "not aligned with this source")
            lines += area_words(self._content.survey, self._content.duration, moment)
        return "\n".join(lines)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._content.duration > 0:
            self.seekRequested.emit(self.scale().moment(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._content.candidate is None or self._content.duration <= 0:
            return
        moment = self.scale().moment(event.position().x())
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.seekRequested.emit(moment)
        elif LEFT <= event.position().x() <= self.width() - RIGHT:
            QToolTip.showText(event.globalPosition().toPoint(), self.words_at(moment), self, QRect())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._redraw()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._redraw()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None:
            self._picture = self._draw()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        if self._content.duration > 0:
            scale = self.scale()
            if self._loop is not None:
                paint_loop(painter, self, scale, self._loop)
            paint_playhead(painter, self, scale.x(self._position))

    def _draw(self) -> QPixmap:
        """Everything that does not move, once a size."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        painter = QPainter(picture)
        painter.setFont(self.font())
        paint_timeline(painter, self, self.scale(), self._content)
        painter.end()
        return picture

    def _redraw(self) -> None:
        self._picture = None
        self.update()

    def _describe(self) -> None:
        candidate = self._content.candidate
        if candidate is None:
            self.setAccessibleDescription("No candidate is chosen.")
            return
        parts = "; ".join(matched_part(segment) for segment in candidate.alignment.segments) or "nothing aligned"
        distances = [clip.distance for clip in candidate.clips]
        range_words = f"Distances {min(distances)} to {max(distances)} bits. " if distances else ""
        found = self._content.survey
        changes = "" if found is None else f" {len(found.regions)} changed regions."
        self.setAccessibleDescription(f"{candidate.source.name}. {range_words}{parts}.{changes}")
