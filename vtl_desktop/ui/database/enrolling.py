"""One run of enrolling as the window sees it: counts, time left, outcome."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, SignalInstance

from vtl_desktop.core.tracing import Source
from vtl_desktop.ui.jobs import JobBoard
from vtl_desktop.ui.tasks import Mailbox, Task

if TYPE_CHECKING:
    from vtl_desktop.services.workbench import Workbench


class Enrolling(QObject):
    """Runs `Workbench.enroll`, one at a time."""

    started = Signal()
    progressed = Signal(float, str, float)
    """Fraction, message, seconds left (negative while unknown)."""
    sourceEnrolled = Signal(object)
    """Source: it is in the database for good."""
    finished = Signal(object)
    """EnrollResult."""
    stopped = Signal()
    """Cancelled; what was enrolled stays."""
    failed = Signal(object)

    def __init__(self, board: JobBoard, workbench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._board = board
        self._workbench = workbench
        self._mailbox = Mailbox(self)
        self._task: Task | None = None
        self._began = 0.0

    @property
    def running(self) -> bool:
        return self._task is not None

    def start(self, paths: Sequence[Path], database: Path, device: str) -> None:
        """Enrolls; nothing happens while a run is under way."""
        if self.running:
            return
        self._began = time.monotonic()
        task = self._board.start(
            f"Enrolling into {database.name}",
            self._workbench.enroll,
            tuple(paths),
            database,
            lane="enroll",
            device=device,
            on_source=self._from_worker,
        )
        self._task = task
        task.progressed.connect(self._progressed)
        task.finished.connect(lambda result: self._end(self.finished, result))
        task.failed.connect(lambda error: self._end(self.failed, error))
        task.cancelled.connect(lambda: self._end(self.stopped))
        self.started.emit()

    def cancel(self) -> None:
        """Stops after the source it is at."""
        if self._task is not None:
            self._task.cancel()

    def _from_worker(self, source: Source) -> None:
        self._mailbox.post(lambda: self.sourceEnrolled.emit(source))

    def _progressed(self, fraction: float, message: str) -> None:
        elapsed = time.monotonic() - self._began
        left = elapsed / fraction * (1 - fraction) if fraction > 0.01 and elapsed > 1.0 else -1.0
        self.progressed.emit(fraction, message, left)

    def _end(self, signal: SignalInstance, *values: object) -> None:
        self._task = None
        signal.emit(*values)
