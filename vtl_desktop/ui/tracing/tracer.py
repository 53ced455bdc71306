"""Tracing starts by itself as soon as there is an exhibit and a database; the newest combination wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from vtl_desktop.core.tracing import TraceParameters, TraceResult
from vtl_desktop.ui.jobs import JobBoard
from vtl_desktop.ui.session import MayDiscard, Session
from vtl_desktop.ui.settings.settings import SettingsStore
from vtl_desktop.ui.tasks import Task

if TYPE_CHECKING:
    from vtl_desktop.services.workbench import Workbench


class Tracer(QObject):
    """Runs `Workbench.trace` for the session."""

    started = Signal()
    progressed = Signal(float, str)
    stopped = Signal()
    """Cancelled by the user; no result."""
    failed = Signal(object)

    def __init__(
        self,
        session: Session,
        board: JobBoard,
        workbench: Workbench,
        store: SettingsStore,
        may_discard: MayDiscard,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._board = board
        self._workbench = workbench
        self._store = store
        self._may_discard = may_discard
        self._task: Task | None = None
        session.exhibitChanged.connect(self._start_if_due)
        session.databaseChanged.connect(self._start_if_due)

    @property
    def running(self) -> bool:
        return self._task is not None

    def trace_again(self) -> None:
        """Traces once more, for instance on another device or after sources were added."""
        if self._session.exhibit is None or not self._database_usable() or not self._may_discard():
            return
        self._session.set_trace(None)
        self._start()

    def cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _start_if_due(self, _changed: object) -> None:
        if self._session.exhibit is None or not self._database_usable():
            self.cancel()
        elif self._session.trace is None:
            self._start()

    def _database_usable(self) -> bool:
        return self._session.database is not None and self._session.database.sources > 0

    def _start(self) -> None:
        exhibit, database = self._session.exhibit, self._session.database_path
        if exhibit is None or database is None:
            return
        choices = self._store.load()
        task = self._board.start(
            f"Tracing {exhibit.name}",
            self._workbench.trace,
            exhibit,
            database,
            lane="trace",
            latest_wins=True,
            parameters=TraceParameters(device=choices.device, point=choices.point),
        )
        self._task = task
        task.progressed.connect(self.progressed)
        task.finished.connect(lambda result: self._finished(task, result))
        task.failed.connect(lambda error: self._ended_without(task, error))
        task.cancelled.connect(lambda: self._ended_without(task, None))
        self.started.emit()

    def _finished(self, task: Task, result: TraceResult) -> None:
        # A task that was overtaken may still deliver what it had finished before.
        if task is self._task:
            self._task = None
            self._session.set_trace(result)

    def _ended_without(self, task: Task, error: BaseException | None) -> None:
        if task is not self._task:
            return
        self._task = None
        if error is None:
            self.stopped.emit()
        else:
            self.failed.emit(error)
