"""The candidates as a Qt model: what lists show, paint and read aloud."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QImage

from vtl_desktop.core.case import Finding
from vtl_desktop.core.tracing import Candidate, TraceResult
from vtl_desktop.ui import words

_Index = QModelIndex | QPersistentModelIndex


class Role(IntEnum):
    """What the model tells besides Qt's own roles."""

    ROW = Qt.ItemDataRole.UserRole
    CANDIDATE = Qt.ItemDataRole.UserRole + 1


@dataclass(slots=True)
class CandidateRow:
    """Everything a list paints of one candidate.

    Attributes:
        bits: code length; suspect_duration: seconds.
        suspect_size: (width, height) in pixels; None where it is not known.
        suspect, source: the best pair of moments, None until they are loaded.
        source_tried: loading has ended: a source still None cannot be shown.
        viewed: the analyst has looked at it; conclusion: what the analyst concluded, "" for nothing yet.
    """

    candidate: Candidate
    bits: int
    suspect_duration: float
    suspect_size: tuple[int, int] | None = None
    suspect: QImage | None = None
    source: QImage | None = None
    source_tried: bool = False
    viewed: bool = False
    conclusion: str = ""

    @property
    def place(self) -> str:
        """What was done to the picture, a sentence; empty where nothing is known of it."""
        registration, source = self.candidate.registration, self.candidate.source
        if registration is None or self.suspect_size is None or not source.width * source.height:
            return ""
        return f"Picture: {registration.describe(self.suspect_size, (source.width, source.height))}."


class CandidateModel(QAbstractListModel):
    """Best first, as tracing ordered them."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[CandidateRow] = []

    def show_trace(
        self, trace: TraceResult | None, suspect_duration: float, suspect_size: tuple[int, int] | None = None
    ) -> None:
        """The candidates of a trace; pictures come later."""
        self.beginResetModel()
        candidates = trace.candidates if trace is not None else ()
        bits = trace.bits if trace is not None else 0
        self._rows = [CandidateRow(candidate, bits, suspect_duration, suspect_size) for candidate in candidates]
        self.endResetModel()

    def show_pictures(self, rank: int, suspect: QImage | None, source: QImage | None) -> None:
        """The best pair of moments of a candidate; None for what cannot be shown."""

        def change(row: CandidateRow) -> None:
            row.suspect, row.source, row.source_tried = suspect, source, True

        self._change(rank, change)

    def show_candidate(self, candidate: Candidate) -> None:
        """The same candidate with another source path."""
        self._change(candidate.rank, lambda row: setattr(row, "candidate", candidate))

    def show_state(self, viewed: frozenset[int], findings: tuple[Finding, ...]) -> None:
        """Which candidates were looked at, and what was concluded (the last finding holds)."""
        conclusions = {finding.candidate_rank: finding.conclusion for finding in findings}
        for row in self._rows:
            row.viewed = row.candidate.rank in viewed
            row.conclusion = conclusions.get(row.candidate.rank, "")
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def index_of(self, rank: int) -> QModelIndex:
        """Where a candidate stands; an invalid index if nowhere."""
        for number, row in enumerate(self._rows):
            if row.candidate.rank == rank:
                return self.index(number)
        return QModelIndex()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Role.ROW:
            return row
        if role == Role.CANDIDATE:
            return row.candidate
        if role == Qt.ItemDataRole.DisplayRole:
            return row.candidate.source.name
        if role == Qt.ItemDataRole.ToolTipRole:
            told = words.candidate_aloud(row.candidate, row.bits), row.place, row.candidate.source.path
            return "\n".join(line for line in told if line)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return words.candidate_aloud(row.candidate, row.bits)
        return None

    def _change(self, rank: int, change: Callable[[CandidateRow], None]) -> None:
        index = self.index_of(rank)
        if index.isValid():
            change(self._rows[index.row()])
            self.dataChanged.emit(index, index)
