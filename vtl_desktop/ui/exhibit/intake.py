"""Taking in a suspect: one at a time, the newest wins, its SHA-256 before anything else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from vtl_desktop.core.case import Case, Exhibit
from vtl_desktop.ui.jobs import JobBoard
from vtl_desktop.ui.session import MayDiscard, Session
from vtl_desktop.ui.tasks import Task

if TYPE_CHECKING:
    from vtl_desktop.services.workbench import Workbench

CASE_ENDING = ".vtlcase"
DATABASE_ENDINGS = (".h5", ".hdf5")


class Intake(QObject):
    """Opens suspects and case files into the session."""

    started = Signal(Path)
    progressed = Signal(float, str)
    ended = Signal()
    caseOpened = Signal(object)
    """Case: a stored case was loaded into the session."""

    def __init__(
        self, session: Session, board: JobBoard, workbench: Workbench, may_discard: MayDiscard, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._board = board
        self._workbench = workbench
        self._may_discard = may_discard
        self._task: Task | None = None

    def take(self, path: Path) -> None:
        """Starts with a suspect, in place of the one there is."""
        if not self._may_discard():
            return
        self.started.emit(path)
        task = self._board.start(
            f"Taking in {path.name}", self._workbench.take_in, path, lane="intake", latest_wins=True
        )
        self._follow(task)
        task.finished.connect(self._taken)

    def open_case(self, path: Path) -> None:
        """Loads a case file, in place of what there is."""
        if not self._may_discard():
            return
        task = self._board.ask(self._workbench.open_case, path, lane="intake", latest_wins=True)
        task.finished.connect(self._case_read)

    def cancel(self) -> None:
        """Stops taking in; what was there before stays."""
        if self._task is not None:
            self._task.cancel()

    def _follow(self, task: Task) -> None:
        self._task = task
        task.progressed.connect(self.progressed)
        for signal in (task.finished, task.failed, task.cancelled):
            signal.connect(lambda *_, task=task: self._ended(task))

    def _ended(self, task: Task) -> None:
        if task is self._task:
            self._task = None
            self.ended.emit()

    def _taken(self, exhibit: Exhibit) -> None:
        self._session.set_exhibit(exhibit)

    def _case_read(self, case: Case) -> None:
        self._session.load_case(case)
        self.caseOpened.emit(case)
