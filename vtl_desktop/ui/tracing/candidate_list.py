"""The list of candidates, wide or narrow, and the loading of its pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from vtl_desktop.core.case import Exhibit
from vtl_desktop.core.tracing import Candidate, TraceResult
from vtl_desktop.ui.jobs import JobBoard
from vtl_desktop.ui.pictures import to_image
from vtl_desktop.ui.session import Session
from vtl_desktop.ui.tasks import Task
from vtl_desktop.ui.tracing.candidate_model import CandidateModel, Role
from vtl_desktop.ui.tracing.candidate_painter import NarrowPainter, WidePainter

if TYPE_CHECKING:
    from vtl_desktop.services.workbench import Workbench


class CandidateList(QListView):
    """One row a candidate. A click or Enter chooses; arrows move."""

    candidateChosen = Signal(object)

    def __init__(self, model: CandidateModel, *, wide: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(WidePainter(self) if wide else NarrowPainter(self))
        if not wide:
            self.setProperty("role", "side")
        self.setAccessibleName("Candidate sources, best first")
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setUniformItemSizes(True)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)

    def show_chosen(self, candidate: Candidate | None) -> None:
        """Marks a candidate without choosing it anew."""
        model: CandidateModel = self.model()  # type: ignore[assignment]
        index = model.index_of(candidate.rank) if candidate is not None else QModelIndex()
        self.setCurrentIndex(index)
        if index.isValid():
            self.scrollTo(index)

    def _choose(self, index: QModelIndex) -> None:
        candidate = index.data(Role.CANDIDATE)
        if candidate is not None:
            self.candidateChosen.emit(candidate)


class CandidateKeeper(QObject):
    """Keeps the model in step with the session and fills in the pictures, best candidate first."""

    LANE = "thumbnails"

    def __init__(self, session: Session, board: JobBoard, workbench: Workbench, parent: QObject) -> None:
        super().__init__(parent)
        self.model = CandidateModel()
        self._session = session
        self._board = board
        self._workbench = workbench
        self._tasks: list[Task] = []
        session.traceChanged.connect(self._show_trace)
        session.candidateUpdated.connect(self._show_updated)
        session.candidateChanged.connect(self._show_state)
        session.findingsChanged.connect(self._show_state)

    def _show_trace(self, trace: TraceResult | None) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()
        exhibit = self._session.exhibit
        facts = exhibit.facts if exhibit is not None else None
        size = (facts.width, facts.height) if facts is not None else None
        self.model.show_trace(trace, facts.duration if facts is not None else 0.0, size)
        self._show_state(None)
        if trace is not None and exhibit is not None:
            for candidate in trace.candidates:
                self._load(exhibit, candidate, trace)

    def _show_updated(self, candidate: Candidate) -> None:
        self.model.show_candidate(candidate)
        if self._session.exhibit is not None and self._session.trace is not None:
            self._load(self._session.exhibit, candidate, self._session.trace)

    def _show_state(self, _changed: object) -> None:
        self.model.show_state(self._session.viewed, self._session.findings)

    def _load(self, exhibit: Exhibit, candidate: Candidate, trace: TraceResult) -> None:
        def pictures() -> Any:
            suspect, source = self._workbench.candidate_pictures(
                exhibit, candidate, Path(trace.database_path), height=216
            )
            return to_image(suspect), None if source is None else to_image(source)

        task = self._board.ask(pictures, lane=self.LANE, tell_failure=False)
        task.finished.connect(lambda images: self.model.show_pictures(candidate.rank, *images))
        # A list without a picture is still a list; the file's own error is told when it is opened for comparing.
        task.failed.connect(lambda _error: self.model.show_pictures(candidate.rank, None, None))
        self._tasks.append(task)
