"""Goes over all frames of the candidate that is compared, in the background, one candidate at a time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from vtl_desktop.core.case import Exhibit
from vtl_desktop.core.errors import VtlError
from vtl_desktop.core.survey import Survey
from vtl_desktop.core.tracing import Candidate
from vtl_desktop.ui.jobs import JobBoard
from vtl_desktop.ui.regions.foreground import Foreground
from vtl_desktop.ui.session import Session
from vtl_desktop.ui.tasks import Mailbox, Task

if TYPE_CHECKING:
    from vtl_desktop.services.survey import SurveyBook
    from vtl_desktop.services.workbench import Workbench

LANE = "survey"

TELL_LEFT_SECONDS = 1.0
"""Of work, before the time that is left is told."""


class Stage(StrEnum):
    """How far the survey of the candidate that is compared is."""

    NONE = "there is nothing to examine"
    RUNNING = "running"
    STOPPED = "stopped by the user"
    FAILED = "cannot go on"
    DONE = "done"


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What is to be examined.

    Attributes:
        candidate: with its source's path where the file is now.
        times: of the suspect's frames, float64 [n], seconds.
    """

    exhibit: Exhibit
    candidate: Candidate
    times: NDArray[np.float64]


class Surveyor(QObject):
    """Starts by itself when a candidate is opened, and goes on where it was when the analyst comes back to it.

    Signals:
        changed: the stage, the progress, or what it is about; ask the properties.
    """

    changed = Signal()

    def __init__(self, session: Session, board: JobBoard, workbench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.foreground = Foreground()
        self._session = session
        self._board = board
        self._workbench = workbench
        self._mailbox = Mailbox(self)
        self._books: dict[str, SurveyBook] = {}
        self._stopped: set[str] = set()
        self._subject: Subject | None = None
        self._task: Task | None = None
        self._stage = Stage.NONE
        self._began = (0.0, 0.0, 0.0)
        self.fraction = 0.0
        self.message = ""
        self.left = -1.0
        """Seconds left; negative while unknown."""
        session.traceChanged.connect(lambda _trace: self._forget())

    @property
    def stage(self) -> Stage:
        return self._stage

    @property
    def subject(self) -> Subject | None:
        return self._subject

    def follow(self, subject: Subject | None) -> None:
        """Another candidate is compared, or none: what was running stops, and is gone on with on coming back."""
        self._cancel()
        self._subject = subject
        if subject is None or not subject.candidate.alignment.segments:
            self._set(Stage.NONE)
            return
        known = self._session.survey_for(subject.candidate)
        if known is not None and known.complete:
            self._set(Stage.DONE)
        elif _key(subject) in self._stopped:
            self._set(Stage.STOPPED)
        else:
            self.start()

    def start(self) -> None:
        """Examines what is not examined yet; nothing happens while it is running."""
        subject = self._subject
        if subject is None or self._stage is Stage.RUNNING:
            return
        self._stopped.discard(_key(subject))
        trace = self._session.trace

        def tell(found: Survey) -> None:
            # In the worker. A trace that was made anew meanwhile must not get the findings of the one before.
            self._mailbox.post(lambda: self._session.set_survey(found) if self._session.trace is trace else None)

        self._began = (time.monotonic(), self.foreground.waited, -1.0)
        task = self._board.start(
            f"Looking for changes against {subject.candidate.source.name}",
            self._workbench.survey,
            subject.exhibit,
            subject.candidate,
            subject.times,
            self._books,
            lane=LANE,
            latest_wins=True,
            tell_failure=False,
            on_update=tell,
            urgent=self.foreground.urgent,
        )
        self._task = task
        task.progressed.connect(lambda fraction, message: self._progressed(task, fraction, message))
        task.finished.connect(lambda _found: self._ended(task, Stage.DONE))
        task.failed.connect(lambda error: self._failed(task, error))
        # From the status bar, or because another candidate came: `stop` and `follow` have said so themselves.
        task.cancelled.connect(lambda: self._ended(task, Stage.STOPPED))
        self._set(Stage.RUNNING)

    def stop(self) -> None:
        """Stops until `start`; what is known stays."""
        if self._stage is Stage.RUNNING and self._subject is not None:
            self._cancel()
            self._stopped.add(_key(self._subject))
            self._set(Stage.STOPPED)

    def close(self) -> None:
        """Ends what runs, for good: nothing is told any more."""
        self._cancel()
        self._mailbox.close()

    def _cancel(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            self._board.cancel(task)

    def _progressed(self, task: Task, fraction: float, message: str) -> None:
        if task is not self._task:
            return
        began, waited, first = self._began
        if first < 0:
            self._began = (began, waited, fraction)
            first = fraction
        worked = time.monotonic() - began - (self.foreground.waited - waited)
        done = fraction - first
        self.left = worked / done * (1 - fraction) if done > 0 and worked > TELL_LEFT_SECONDS else -1.0
        self.fraction, self.message = fraction, message
        self.changed.emit()

    def _ended(self, task: Task, stage: Stage) -> None:
        if task is not self._task:
            return
        self._task = None
        if stage is Stage.STOPPED and self._subject is not None:
            self._stopped.add(_key(self._subject))
        self._set(stage)

    def _failed(self, task: Task, error: BaseException) -> None:
        if task is not self._task:
            return
        self._task = None
        self._set(Stage.FAILED, f"{error.message} {error.hint}".strip() if isinstance(error, VtlError) else str(error))
        # What the comparison tells of the same file already is not told twice.
        if not isinstance(error, VtlError):
            self._session.report_problem(error)

    def _forget(self) -> None:
        self._cancel()
        self._subject = None
        self._books = {}  # the old ones may still be written to
        self._stopped.clear()
        self._set(Stage.NONE)

    def _set(self, stage: Stage, message: str = "") -> None:
        self._stage, self.message, self.left = stage, message, -1.0
        self.changed.emit()


def _key(subject: Subject) -> str:
    return subject.candidate.source.sha256
