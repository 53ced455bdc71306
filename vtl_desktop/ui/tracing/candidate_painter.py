"""How a candidate is painted in a list: wide with both pictures, or narrow beside the comparison."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from vtl_desktop.core.alignment import Alignment
from vtl_desktop.core.media import Box
from vtl_desktop.ui import words
from vtl_desktop.ui.icons import pixmap
from vtl_desktop.ui.theme import Colours, colours_of
from vtl_desktop.ui.tracing.candidate_model import CandidateRow, Role

_Left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_Right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_Center = Qt.AlignmentFlag.AlignCenter
_PAD = 12


def scaled(font: QFont, scale: float, *, bold: bool = False) -> QFont:
    """A copy of a font in another size."""
    made = QFont(font)
    made.setPointSizeF(font.pointSizeF() * scale)
    made.setBold(bold)
    return made


class _Brush:
    """A painter with the theme's colours and the few things both kinds of row are made of."""

    def __init__(self, painter: QPainter, colours: Colours, font: QFont) -> None:
        self.painter = painter
        self.colours = colours
        self.font = font

    def text(
        self,
        area: QRect,
        text: str,
        colour: str,
        *,
        align: Qt.AlignmentFlag = _Left,
        scale: float = 1.0,
        bold: bool = False,
    ) -> int:
        """One line, shortened in the middle where it does not fit; returns the width it took."""
        font = scaled(self.font, scale, bold=bold)
        metrics = QFontMetrics(font)
        fitted = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, area.width())
        self.painter.setFont(font)
        self.painter.setPen(QColor(colour))
        self.painter.drawText(area, align, fitted)
        return metrics.horizontalAdvance(fitted)

    def picture(
        self, area: QRect, image: QImage | None, letter: str, colour: str, missing: str, part: Box | None = None
    ) -> None:
        """A picture on neutral grey; a letter in the corner and a frame around a part, where there are any."""
        painter, c = self.painter, self.colours
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.stage))
        painter.drawRoundedRect(area, 3, 3)
        if image is None:
            self.text(area.adjusted(6, 0, -6, 0), missing, "#a9afb5", align=_Center, scale=0.85)
        else:
            ratio = min(area.width() / image.width(), area.height() / image.height())
            width, height = round(image.width() * ratio), round(image.height() * ratio)
            left, top = area.x() + (area.width() - width) // 2, area.y() + (area.height() - height) // 2
            painter.drawImage(QRect(left, top, width, height), image)
            if part is not None:
                framed = QRectF(part.x0 * width, part.y0 * height, part.width * width, part.height * height)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                for pen in (QPen(QColor("#000000"), 4), QPen(QColor(c.warning_back), 2)):
                    painter.setPen(pen)
                    painter.drawRect(framed.translated(left, top).adjusted(1, 1, -1, -1))
        if not letter:
            return
        badge = QRect(area.x() + 4, area.y() + 4, 18, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(badge, 3, 3)
        self.text(badge, letter, "#ffffff" if letter == "A" else "#1a1a1a", align=_Center, scale=0.85, bold=True)

    def badge(self, at: QPoint, text: str, fore: str, back: str, icon: str = "") -> int:
        """A small pill; returns its width."""
        font = scaled(self.font, 0.88)
        metrics = QFontMetrics(font)
        room = 18 if icon else 0
        area = QRect(at.x(), at.y(), metrics.horizontalAdvance(text) + 16 + room, metrics.height() + 4)
        self.painter.setPen(QPen(QColor(fore), 1))
        self.painter.setBrush(QColor(back))
        self.painter.drawRoundedRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5), area.height() / 2, area.height() / 2)
        if icon:
            self.painter.drawPixmap(area.x() + 7, area.y() + (area.height() - 14) // 2, pixmap(icon, fore, 14))
        self.painter.setFont(font)
        self.painter.setPen(QColor(fore))
        self.painter.drawText(area.adjusted(8 + room, 0, 0, 0), _Left, text)
        return area.width()

    def lane(self, area: QRect, alignment: Alignment, duration: float) -> None:
        """The suspect's time as a bar, the aligned stretches filled."""
        painter, c = self.painter, self.colours
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.border))
        painter.drawRoundedRect(area, 2, 2)
        if duration <= 0:
            return
        painter.setBrush(QColor(c.suspect))
        for segment in alignment.segments:
            left = area.x() + area.width() * max(segment.suspect_start, 0.0) / duration
            right = area.x() + area.width() * min(segment.suspect_end, duration) / duration
            painter.drawRoundedRect(QRectF(left, area.y(), max(right - left, 2.0), area.height()), 2, 2)

    def nearness(self, area: QRect, row: CandidateRow) -> None:
        """How much nearer than chance: random codes differ in half their bits."""
        chance = row.bits / 2
        share = max(0.0, min(1.0, 1.0 - row.candidate.distance / chance)) if chance else 0.0
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(self.colours.border))
        self.painter.drawRoundedRect(area, 2, 2)
        self.painter.setBrush(QColor(self.colours.good))
        self.painter.drawRoundedRect(QRectF(area.x(), area.y(), area.width() * share, area.height()), 2, 2)

    def ground(self, area: QRect, state: QStyle.StateFlag) -> None:
        """What lies below a row: selection, hover, the line to the next row."""
        painter, c = self.painter, self.colours
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, QColor(c.raised))
        if chosen:
            painter.fillRect(QRect(area.x(), area.y(), 4, area.height()), QColor(c.accent))
        if state & QStyle.StateFlag.State_HasFocus and chosen:
            painter.setPen(QPen(QColor(c.accent), 1.4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(area).adjusted(1, 1, -1, -1))
        painter.setPen(QColor(c.border))
        painter.drawLine(area.bottomLeft(), area.bottomRight())


@contextmanager
def _row(
    painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
) -> Iterator[tuple[_Brush, QRect, CandidateRow]]:
    """What both painters paint a row with, on its ground; the painter is as before afterwards."""
    view: QWidget = option.widget  # type: ignore[attr-defined]
    area: QRect = option.rect  # type: ignore[attr-defined]
    painter.save()
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    brush = _Brush(painter, colours_of(view), view.font())
    brush.ground(area, option.state)  # type: ignore[attr-defined]
    yield brush, area, index.data(Role.ROW)
    painter.restore()


class WidePainter(QStyledItemDelegate):
    """Rank, both pictures, name, what shows what, badges, distance."""

    PICTURE = QSize(192, 108)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(760, self.PICTURE.height() + 2 * _PAD)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        with _row(painter, option, index) as (brush, area, row):
            self._paint_row(brush, area, row)

    def _paint_row(self, brush: _Brush, area: QRect, row: CandidateRow) -> None:
        c, candidate = brush.colours, row.candidate
        inner = area.adjusted(_PAD, _PAD, -_PAD - 4, -_PAD)
        brush.text(
            QRect(inner.x(), inner.y(), 44, inner.height()),
            str(candidate.rank),
            c.text,
            align=_Center,
            scale=1.7,
            bold=True,
        )
        left = inner.x() + 52
        wait = "" if row.source_tried else "loading …"
        for image, letter, colour, missing in (
            (row.suspect, "A", "#0072b2", wait or "no picture"),
            (row.source, "B", "#e69f00", wait or ("source not at hand" if row.suspect is not None else "no picture")),
        ):
            part = row.candidate.part if letter == "A" else None
            brush.picture(QRect(QPoint(left, inner.y()), self.PICTURE), image, letter, colour, missing, part)
            left += self.PICTURE.width() + 8
        figures = QRect(inner.right() - 170, inner.y(), 170, inner.height())
        self._paint_words(brush, QRect(left + 8, inner.y(), figures.x() - left - 24, inner.height()), row)
        self._paint_figures(brush, figures, row)

    def _paint_words(self, brush: _Brush, area: QRect, row: CandidateRow) -> None:
        c, candidate = brush.colours, row.candidate
        line = QFontMetrics(brush.font).height()
        y = area.y()
        brush.text(QRect(area.x(), y, area.width(), line + 4), candidate.source.name, c.text, scale=1.1, bold=True)
        y += line + 8
        brush.text(QRect(area.x(), y, area.width(), line), words.matched_parts(candidate.alignment), c.text)
        y += line + 7
        lane = min(area.width(), 320)
        brush.lane(QRect(area.x(), y, lane, 6), candidate.alignment, row.suspect_duration)
        y += 10
        brush.text(
            QRect(area.x(), y, area.width(), line),
            f"{candidate.matched_share:.0%} of the suspect aligned"
            + (f", {candidate.ambiguous_share:.0%} of it roughly: nothing moves there" if candidate.ambiguous else ""),
            c.muted,
            scale=0.9,
        )
        self._paint_badges(brush, QPoint(area.x(), area.bottom() - line - 2), row)

    def _paint_badges(self, brush: _Brush, at: QPoint, row: CandidateRow) -> None:
        c = brush.colours
        badges = []
        if row.candidate.mirrored:
            badges.append(("mirrored", c.warning, c.warning_back, "mirror"))
        if row.candidate.part is not None:
            badges.append(("in a part of the picture", c.warning, c.warning_back, ""))
        registration = row.candidate.registration
        if registration is not None and registration.trusted:
            known = registration.known_to.removeprefix("place ")
            told = f"place confirmed by {registration.inliers} keypoints" + (f", {known}" if known else "")
            badges.append((told, c.good, c.good_back, ""))
        if row.conclusion:
            badges.append((row.conclusion, c.suspect, c.raised, "finding"))
        elif row.viewed:
            badges.append(("viewed", c.muted, c.raised, "seen"))
        if (movement := row.candidate.movement) is not None:
            good = row.candidate.moment_confirmed
            colours = (c.good, c.good_back) if good else (c.warning, c.warning_back)
            badges.append((f"{movement:.0%} of what moves is alike", *colours, ""))
        elif row.candidate.alignment.segments and not row.candidate.moment_confirmed:
            badges.append(("moment not confirmed by motion", c.warning, c.warning_back, ""))
        for text, fore, back, icon in badges:
            at = QPoint(at.x() + brush.badge(at, text, fore, back, icon) + 6, at.y())

    def _paint_figures(self, brush: _Brush, area: QRect, row: CandidateRow) -> None:
        c, candidate = brush.colours, row.candidate
        line = QFontMetrics(brush.font).height()
        big = QFontMetrics(scaled(brush.font, 1.7, bold=True)).height()
        brush.text(
            QRect(area.x(), area.y(), area.width(), big),
            f"{candidate.distance:.1f}",
            c.text,
            align=_Right,
            scale=1.7,
            bold=True,
        )
        y = area.y() + big
        brush.text(QRect(area.x(), y, area.width(), line), f"of {row.bits} bits apart", c.muted, align=_Right)
        y += line + 6
        brush.nearness(QRect(area.x() + 30, y, area.width() - 30, 6), row)
        y += 12
        brush.text(QRect(area.x(), y, area.width(), line), words.margin(candidate), c.muted, align=_Right, scale=0.9)


class NarrowPainter(QStyledItemDelegate):
    """Rank and name, below them the source's picture and the figures: for the list beside the comparison."""

    PICTURE = QSize(76, 43)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, QFontMetrics(option.font).height() + self.PICTURE.height() + 22)  # type: ignore[attr-defined]

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        with _row(painter, option, index) as (brush, area, row):
            self._paint_row(brush, area, row)

    def _paint_row(self, brush: _Brush, area: QRect, row: CandidateRow) -> None:
        c, candidate = brush.colours, row.candidate
        inner = area.adjusted(12, 7, -8, -8)
        line = QFontMetrics(brush.font).height()
        name = f"{candidate.rank}.  {candidate.source.name}"
        brush.text(QRect(inner.x(), inner.y(), inner.width(), line), name, c.text, bold=True)
        top = inner.y() + line + 5
        missing = "not at hand" if row.source_tried else "…"
        brush.picture(QRect(QPoint(inner.x(), top), self.PICTURE), row.source, "", "", missing)
        left = inner.x() + self.PICTURE.width() + 10
        width = inner.right() - left
        brush.text(QRect(left, top, width, line), f"{candidate.distance:.1f} bits", c.text)
        state = row.conclusion or ("viewed" if row.viewed else "")
        shown = ["mirrored"] * candidate.mirrored + ["in part"] * (candidate.part is not None)
        if shown:
            brush.text(QRect(left + 70, top, width - 70, line), ", ".join(shown), c.warning, align=_Right, scale=0.9)
        colour = c.suspect if row.conclusion else c.muted
        brush.text(QRect(left, top + line + 3, width, line), state, colour, scale=0.92)
