"""Work off the GUI thread: a job goes to a lane (one worker thread each), its task reports back in the GUI thread."""

from __future__ import annotations

import functools
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from vtl_desktop.core.errors import Cancelled
from vtl_desktop.core.jobs import CancelToken

PROGRESS_PERIOD_MS = 66
"""Between two progress signals of a task: faster cannot be read."""

JOIN_SECONDS = 5.0


class Mailbox(QObject):
    """Runs what any thread posts, in order, in the thread that made the mailbox (the GUI thread).

    The receiver must never be moved to another thread: slots of an object that was moved to a worker run in that worker
    even over a queued connection.
    """

    _wake = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._letters: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._closed = False
        self._wake.connect(self._deliver_one, Qt.ConnectionType.QueuedConnection)

    def post(self, letter: Callable[[], None]) -> None:
        """Hands a call over to the mailbox's thread. After `close` nothing is delivered any more."""
        with self._lock:
            if not self._closed:
                self._letters.append(letter)
                self._wake.emit()

    def close(self) -> None:
        """Forgets what was not delivered yet and takes nothing more, so that workers may outlive the window."""
        with self._lock:
            self._closed = True
            self._letters.clear()

    def _deliver_one(self) -> None:
        # One letter a wake-up: an exception in one leaves the others where they are.
        if self._letters:
            self._letters.popleft()()


class Task(QObject):
    """A submitted job. All signals come in the GUI thread; exactly one of finished, failed, cancelled ends it.

    Attributes:
        lane: where it runs.
        token: what the job is asked to stop by.
        done: it has ended.
        details: the traceback of the exception that ended it, as text; "" otherwise.
    """

    progressed = Signal(float, str)
    finished = Signal(object)
    failed = Signal(object)
    cancelled = Signal()

    def __init__(self, lane: str) -> None:
        super().__init__()
        self.lane = lane
        self.done = False
        self.details = ""
        self.token = CancelToken()

    def cancel(self) -> None:
        """Asks the job to stop; `cancelled` comes when it has, and its result is never delivered after this."""
        self.token.cancel()


class _Job:
    """What the worker holds of a task: no QObject, so that the last reference to the task drops in the GUI thread."""

    def __init__(self, call: Callable[..., Any], task: Task, mailbox: Mailbox, on_end: Callable[[Task], None]) -> None:
        self._call = call
        self._token = task.token
        self._task: Task | None = task
        self._mailbox = mailbox
        self._on_end = on_end
        self._latest: tuple[float, str] | None = None
        self._shown: tuple[float, str] | None = None

    def run(self) -> None:
        """In the worker."""
        try:
            self._token.check()
            result = self._call(progress=self._report, cancel=self._token)
        except Cancelled:
            self._mailbox.post(self._end_cancelled)
        except BaseException as error:  # noqa: BLE001 - a lane survives whatever a job raises; the task carries it to the screen
            details = keep_details(error)
            self._mailbox.post(lambda error=error: self._end_failed(error, details))
        else:
            self._mailbox.post(lambda: self._end_finished(result))
        finally:
            # The arguments may hold files and pictures: a task kept for its signals must not keep those.
            self._call = _nothing

    def _report(self, fraction: float, message: str) -> None:
        """In the worker: the job's `Progress`. Only noted here; `show_progress` asks for it."""
        self._latest = (fraction, message)

    # From here on in the GUI thread.

    def show_progress(self) -> None:
        """Emits the newest progress, if there is any that was not shown yet."""
        latest = self._latest
        if latest is self._shown or latest is None:
            return
        self._shown = latest
        if self._task is not None and not self._token.cancelled:
            self._task.progressed.emit(*latest)

    def drop(self) -> None:
        """Forgets the task, whatever the job still does."""
        self._task = None

    def _end_finished(self, result: object) -> None:
        # Cancelled while the result was on its way: whoever cancelled has moved on.
        if self._token.cancelled:
            self._end_cancelled()
            return
        self.show_progress()
        task = self._take_task()
        task.done = True
        self._on_end(task)
        task.finished.emit(result)

    def _end_failed(self, error: BaseException, details: str) -> None:
        if self._token.cancelled:
            self._end_cancelled()
            return
        task = self._take_task()
        task.details = details
        task.done = True
        self._on_end(task)
        task.failed.emit(error)

    def _end_cancelled(self) -> None:
        task = self._take_task()
        task.done = True
        self._on_end(task)
        task.cancelled.emit()

    def _take_task(self) -> Task:
        task, self._task = self._task, None
        if task is None:
            raise RuntimeError("a task can end only once")
        return task


class TaskRunner(QObject):
    """Runs jobs in lanes: one thread a lane, jobs of a lane one after another, lanes side by side.

    Signals:
        activeChanged: a task was submitted or has ended; ask `active`.
    """

    activeChanged = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mailbox = Mailbox(self)
        self._lanes: dict[str, _Lane] = {}
        self._active: dict[Task, _Job] = {}
        self._closed = False
        # Progress is polled: a job that reports thousands of times a second costs the event loop nothing.
        self._ticks = QTimer(self)
        self._ticks.setInterval(PROGRESS_PERIOD_MS)
        self._ticks.timeout.connect(self._show_progress)

    @property
    def active(self) -> tuple[Task, ...]:
        """Tasks queued or running, oldest first."""
        return tuple(self._active)

    def submit(
        self, job: Callable[..., Any], *args: Any, lane: str = "default", latest_wins: bool = False, **kwargs: Any
    ) -> Task:
        """Queues `job(*args, progress=..., cancel=..., **kwargs)`.

        Connect to the task's signals right after: none comes before the event loop runs again.

        Args:
            job: a plain function that takes `progress` (`core.jobs.Progress`) and `cancel` (`CancelToken`).
            lane: jobs of one lane share one thread and run in order.
            latest_wins: cancel what is queued or running in the lane first.

        Raises:
            RuntimeError: after `shutdown`.
        """
        if self._closed:
            raise RuntimeError("the task runner was shut down")
        if latest_wins:
            self.cancel_lane(lane)
        task = Task(lane)
        job_in_lane = _Job(functools.partial(job, *args, **kwargs), task, self._mailbox, self._forget)
        self._active[task] = job_in_lane
        if lane not in self._lanes:
            self._lanes[lane] = _Lane(lane)
        self._lanes[lane].put(job_in_lane)
        self._ticks.start()
        self.activeChanged.emit()
        return task

    def cancel_lane(self, lane: str) -> None:
        """Cancels every task of a lane, queued or running."""
        for task in self._active:
            if task.lane == lane:
                task.cancel()

    def shutdown(self, timeout: float = JOIN_SECONDS) -> bool:
        """Cancels everything and waits for the threads; no signal of any task comes after this.

        Returns:
            Whether all threads ended in `timeout` seconds. They are daemons: a job that does not listen cannot keep the
            program alive.
        """
        self._closed = True
        for task in self._active:
            task.cancel()
        for lane in self._lanes.values():
            lane.stop()
        until = time.monotonic() + timeout
        for lane in self._lanes.values():
            lane.join(until)
        ended = not any(lane.alive for lane in self._lanes.values())
        self._ticks.stop()
        self._mailbox.close()
        for job in self._active.values():
            job.drop()
        self._active.clear()
        return ended

    def _show_progress(self) -> None:
        for job in tuple(self._active.values()):
            job.show_progress()

    def _forget(self, task: Task) -> None:
        self._active.pop(task, None)
        if not self._active:
            self._ticks.stop()
        self.activeChanged.emit()


class _Lane:
    """One thread and its queue."""

    def __init__(self, name: str) -> None:
        self._queue: deque[_Job] = deque()
        self._change = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._work, name=f"lane {name}", daemon=True)
        self._thread.start()

    def put(self, job: _Job) -> None:
        with self._change:
            self._queue.append(job)
            self._change.notify()

    def stop(self) -> None:
        with self._change:
            self._stopped = True
            self._change.notify()

    def join(self, until: float) -> None:
        self._thread.join(max(until - time.monotonic(), 0.0))

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _work(self) -> None:
        while True:
            with self._change:
                while not self._queue and not self._stopped:
                    self._change.wait()
                if self._stopped:
                    return
                job = self._queue.popleft()
            job.run()
            del job  # not kept while waiting for the next


def keep_details(error: BaseException) -> str:
    """The traceback as text, kept with the exception for `details_of`.

    Frees the traceback's stack frames, which may hold files and pictures.
    """
    text = "".join(traceback.format_exception(error))
    error.vtl_details = text  # type: ignore[attr-defined]
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return text


def details_of(error: BaseException) -> str:
    """What "Copy details" copies: the traceback as text, as far as it is known."""
    kept = getattr(error, "vtl_details", "")
    return kept or "".join(traceback.format_exception(error))


def _nothing(**_tools: object) -> None:
    """Stands in where nothing is to be done."""
