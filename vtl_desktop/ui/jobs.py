"""Jobs as the window sees them: a title each, failures told to the user, the visible ones listed in the status bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from vtl_desktop.core.jobs import CancelToken, Progress
from vtl_desktop.ui.session import Session
from vtl_desktop.ui.tasks import Task, TaskRunner


@dataclass(eq=False, slots=True)
class Job:
    """A job that is under way.

    Attributes:
        title: what is being done, for instance "Tracing suspect.mp4".
        task: to cancel it.
        fraction: 0 to 1; message: the step it is at.
    """

    title: str
    task: Task
    fraction: float = 0.0
    message: str = ""


class JobBoard(QObject):
    """Submits jobs to the runner and keeps the list of the visible ones."""

    changed = Signal()

    def __init__(self, runner: TaskRunner, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._session = session
        self._jobs: list[Job] = []

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Visible jobs under way, oldest first."""
        return tuple(self._jobs)

    def start(
        self,
        title: str,
        job: Callable[..., Any],
        *args: Any,
        lane: str,
        latest_wins: bool = False,
        tell_failure: bool = True,
        **kwargs: Any,
    ) -> Task:
        """Starts a job that takes `progress` and `cancel`.

        Args:
            title: shown in the status bar; "" for a job too small to be shown.
            job: see `TaskRunner.submit`, as lane and latest_wins.
            tell_failure: an error goes to the banner by itself.
        """
        task = self._runner.submit(job, *args, lane=lane, latest_wins=latest_wins, **kwargs)
        if tell_failure:
            task.failed.connect(self._session.report_problem)
        if title:
            self._watch(Job(title, task))
        return task

    def ask(
        self, call: Callable[..., Any], *args: Any, lane: str, latest_wins: bool = False, tell_failure: bool = True
    ) -> Task:
        """Starts a short call that takes neither `progress` nor `cancel`."""

        def job(*, progress: Progress, cancel: CancelToken) -> Any:
            return call(*args)

        return self.start("", job, lane=lane, latest_wins=latest_wins, tell_failure=tell_failure)

    def cancel(self, task: Task) -> None:
        """Cancels a job that nobody waits for any more: it is off the list at once, whenever it ends."""
        task.cancel()
        kept = [job for job in self._jobs if job.task is not task]
        if len(kept) != len(self._jobs):
            self._jobs = kept
            self.changed.emit()

    def cancel_latest(self) -> None:
        """Cancels the job that the status bar shows: the one started last."""
        if self._jobs:
            self._jobs[-1].task.cancel()

    def _watch(self, job: Job) -> None:
        def progressed(fraction: float, message: str) -> None:
            job.fraction, job.message = fraction, message
            self.changed.emit()

        def ended(*_: object) -> None:
            if job in self._jobs:
                self._jobs.remove(job)
                self.changed.emit()

        job.task.progressed.connect(progressed)
        for signal in (job.task.finished, job.task.failed, job.task.cancelled):
            signal.connect(ended)
        self._jobs.append(job)
        self.changed.emit()
