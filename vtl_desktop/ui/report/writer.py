"""Writing the evidence report, one at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from vtl_desktop.ui.jobs import JobBoard
from vtl_desktop.ui.session import Session
from vtl_desktop.ui.tasks import Task

if TYPE_CHECKING:
    from vtl_desktop.services.report import ReportWritten
    from vtl_desktop.services.workbench import Workbench


class ReportWriter(QObject):
    """Runs `Workbench.write_report` on what the session holds when it is started."""

    started = Signal()
    progressed = Signal(float, str)
    finished = Signal(object)
    """ReportWritten."""
    stopped = Signal()
    failed = Signal(object)

    def __init__(self, session: Session, board: JobBoard, workbench: Workbench, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._board = board
        self._workbench = workbench
        self._task: Task | None = None

    @property
    def running(self) -> bool:
        return self._task is not None

    def start(self, out: Path) -> None:
        """Writes the report; nothing happens without exhibit and trace, or while one is being written."""
        exhibit, trace = self._session.exhibit, self._session.trace
        if exhibit is None or trace is None or self.running:
            return
        findings = self._session.findings
        task = self._board.start(
            "Writing the evidence report",
            self._workbench.write_report,
            exhibit,
            trace,
            findings,
            self._session.details,
            out,
            lane="report",
            case_path=None,
            database=Path(trace.database_path),
            surveys=self._session.surveys,
        )
        self._task = task
        task.progressed.connect(self.progressed)
        task.finished.connect(lambda written: self._finished(written, findings))
        task.failed.connect(self._failed)
        task.cancelled.connect(self._stopped)
        self.started.emit()

    def cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _finished(self, written: ReportWritten, findings: tuple[object, ...]) -> None:
        self._task = None
        if findings == self._session.findings:
            self._session.mark_reported()
        self.finished.emit(written)

    def _failed(self, error: BaseException) -> None:
        self._task = None
        self.failed.emit(error)

    def _stopped(self) -> None:
        self._task = None
        self.stopped.emit()
