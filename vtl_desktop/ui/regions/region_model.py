"""The changed regions of a candidate as a Qt model: what the table shows and reads aloud."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from vtl_desktop.core.regions import ChangedRegion
from vtl_desktop.core.survey import Survey
from vtl_desktop.ui.regions.marks import kind_icon
from vtl_desktop.ui.theme import colours_of
from vtl_desktop.ui.words import exact_clock

_Index = QModelIndex | QPersistentModelIndex

REGION = Qt.ItemDataRole.UserRole

COLUMNS = ("No.", "Kind", "From", "To", "Place", "Area", "Strength")
_TIPS = (
    "In the order of time",
    "Added graphics: laid over the picture. Altered content: changed in it. Changed: the method does not tell",
    "The first frame in which it was seen",
    "The last frame in which it was seen",
    "Where it is when most of it is seen",
    "Share of the picture, when most of it is seen",
    "Mean grey of its pixels in the masks, 128 to 255: how clearly the method sees it. No probability",
)
_RIGHT = (0, 2, 3, 5, 6)


class RegionModel(QAbstractTableModel):
    """One row a region, in the order of time."""

    def __init__(self) -> None:
        super().__init__()
        self._survey: Survey | None = None
        self._rows: tuple[ChangedRegion, ...] = ()

    def show_survey(self, found: Survey | None) -> None:
        """Other regions, or the same with more known of them: then rows stay where they are."""
        rows = found.regions if found is not None else ()
        same = [_same(a, b) for a, b in zip(self._rows, rows, strict=False)]
        if len(rows) == len(self._rows) and all(same):
            self._survey, self._rows = found, rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(COLUMNS) - 1))
            return
        self.beginResetModel()
        self._survey, self._rows = found, rows
        self.endResetModel()

    def row_of(self, region: ChangedRegion | None) -> int:
        """Where a region stands, as it is or as it has become since; -1 for nowhere."""
        if region is None:
            return -1
        return next((row for row, held in enumerate(self._rows) if _same(held, region)), -1)

    def region(self, row: int) -> ChangedRegion | None:
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return _TIPS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        region = self.region(index.row()) if index.isValid() else None
        if region is None or self._survey is None:
            return None
        if role == REGION:
            return region
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cells(region)[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 1:
            return kind_icon(region.kind, colours_of(QPalette(QApplication.palette())))
        if role == Qt.ItemDataRole.AccessibleTextRole or role == Qt.ItemDataRole.ToolTipRole:
            return self.aloud(region)
        return None

    def aloud(self, region: ChangedRegion) -> str:
        """A region in one sentence."""
        number, kind, start, end, place, area, strength = self._cells(region)
        times = f" from {start} to {end}" if region.end > region.start else f" at {start}"
        return f"Region {number}: {kind}{times}, {place}, {area} of the picture at most, strength {strength} of 255"

    def _cells(self, region: ChangedRegion) -> tuple[str, ...]:
        width, height = (self._survey.width, self._survey.height) if self._survey is not None else (1, 1)
        return (
            str(region.number),
            region.kind,
            exact_clock(region.start),
            exact_clock(region.end),
            region.box.place(width, height),
            f"{region.most_share:.1%}",
            f"{region.strength:.0f}",
        )


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column in _RIGHT else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _same(one: ChangedRegion, other: ChangedRegion) -> bool:
    """The same region, as far as that can be told while its end is not known."""
    return one.kind == other.kind and abs(one.start - other.start) < 1e-6 and bool(one.box.shared(other.box))
