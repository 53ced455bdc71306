"""A thread that owns something slow (a video, a Localizer) and answers for the newest wanted index; latest wins."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from vtl_desktop.ui.tasks import Mailbox, keep_details

QUIET_SECONDS = 0.08
"""How long nothing new must be wanted before a standing pump works ahead: scrubbing must not wait for that."""


class Closeable(Protocol):
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a pump has for an index: a value, or why there is none."""

    index: int
    value: Any = None
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of a pump.

    Attributes:
        index: the newest wanted; None for nothing.
        direction: 1 or -1 while playing that way, 0 standing: which answers are worth having next.
    """

    index: int | None = None
    direction: int = 0


class LatestPump(QObject):
    """The GUI's side of the thread. `request` never blocks; what is ready is handed over at once.

    Signals, all in the GUI thread:
        opened: what `describe` said of the resource.
        broken: the exception that kept it from opening; nothing is answered after this.
        answered: an index that was wanted and that `peek` has an answer for now.
        readyChanged: the set of indices at hand has changed (ahead of what is wanted, too).
    """

    opened = Signal(object)
    broken = Signal(object)
    answered = Signal(int)
    readyChanged = Signal()

    def __init__(
        self,
        open_resource: Callable[[], Closeable],
        describe: Callable[[Any], Any],
        compute: Callable[[Any, int], Any],
        *,
        name: str,
        ahead: Callable[[Wish], Iterable[int]],
        parent: QObject | None = None,
    ) -> None:
        """Args, all called in the pump's thread except `ahead`, which must be quick and is called in both:
        open_resource: opens what the thread owns; its `close` is called in the end.
        describe: resource -> what `opened` carries. It may set the number of answers kept (`keep`).
        compute: (resource, index) -> value.
        ahead: wish -> indices worth having next, most urgent first.
        """
        super().__init__(parent)
        self._mailbox = Mailbox(self)
        self._worker = _Worker(open_resource, describe, compute, ahead, self._mailbox.post)
        self._worker.on_opened = self.opened.emit
        self._worker.on_broken = self.broken.emit
        self._worker.on_answered = self._answered
        self._thread = threading.Thread(target=self._worker.work, name=f"pump {name}", daemon=True)
        self._thread.start()

    def keep(self, count: int) -> None:
        """How many answers are kept, at least 2."""
        self._worker.keep = max(count, 2)

    def request(self, index: int, direction: int = 0) -> Answer | None:
        """Wants an index from now on, instead of whatever was wanted. Gives the answer if it is at hand, else None."""
        return self._worker.request(Wish(index, direction))

    def peek(self, index: int) -> Answer | None:
        """The answer for an index if it is at hand; wants nothing."""
        return self._worker.ready.get(index)

    @property
    def ready(self) -> tuple[int, ...]:
        """Indices at hand, in no order."""
        return tuple(self._worker.ready)

    def forget(self) -> None:
        """Drops all answers and what is wanted: they would be other ones now."""
        self._worker.forget()

    def close(self) -> None:
        """Ends the thread when it has done what it is doing; does not wait for it. No signal comes after this."""
        self._mailbox.close()
        self._worker.stop()

    def join(self, timeout: float) -> bool:
        """Waits for the thread after `close`; whether it has ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _answered(self, index: int, wanted: bool) -> None:
        if wanted:
            self.answered.emit(index)
        self.readyChanged.emit()


class _Worker:
    """What runs in the thread, and the state that both sides share."""

    def __init__(
        self,
        open_resource: Callable[[], Closeable],
        describe: Callable[[Any], Any],
        compute: Callable[[Any, int], Any],
        ahead: Callable[[Wish], Iterable[int]],
        post: Callable[[Callable[[], None]], None],
    ) -> None:
        self.ready: dict[int, Answer] = {}
        self.keep = 8
        self.on_opened: Callable[[Any], None] = _ignore
        self.on_broken: Callable[[Any], None] = _ignore
        self.on_answered: Callable[[int, bool], None] = _ignore
        self._open = open_resource
        self._describe = describe
        self._compute = compute
        self._ahead = ahead
        self._post = post
        self._change = threading.Condition()
        self._wish = Wish()
        self._generation = 0
        self._ahead_failed = False
        self._stopped = False

    # From the GUI thread.

    def request(self, wish: Wish) -> Answer | None:
        with self._change:
            if wish.index != self._wish.index:
                # An error is not kept for good: a file that comes back shall be readable again.
                for index in [i for i, answer in self.ready.items() if answer.error is not None and i != wish.index]:
                    del self.ready[index]
                self._ahead_failed = False
            if wish != self._wish:
                self._wish = wish
                self._change.notify()
            return None if wish.index is None else self.ready.get(wish.index)

    def forget(self) -> None:
        with self._change:
            self.ready.clear()
            self._wish = Wish()
            self._generation += 1
            self._change.notify()

    def stop(self) -> None:
        with self._change:
            self._stopped = True
            self.ready.clear()
            self._change.notify()

    # In the thread.

    def work(self) -> None:
        try:
            resource = self._open()
        except Exception as error:  # noqa: BLE001 - handed to the GUI thread whole
            keep_details(error)
            self._post(lambda error=error: self.on_broken(error))
            return
        try:
            description = self._describe(resource)
            self._post(lambda: self.on_opened(description))
            while (task := self._next()) is not None:
                self._do(resource, *task)
        finally:
            resource.close()

    def _do(self, resource: Any, index: int, wanted: bool, generation: int) -> None:
        try:
            answer = Answer(index, self._compute(resource, index))
        except Exception as error:  # noqa: BLE001 - handed to the GUI thread with the index it belongs to
            keep_details(error)
            answer = Answer(index, error=error)
        with self._change:
            if self._stopped or generation != self._generation:
                return
            # Begun ahead of need, it may have become what is wanted meanwhile.
            wanted = wanted or index == self._wish.index
            if answer.error is not None and not wanted:
                self._ahead_failed = True
                return
            self.ready[index] = answer
            self._evict()
        self._post(lambda: self.on_answered(index, wanted))

    def _next(self) -> tuple[int, bool, int] | None:
        """What to compute now: (index, whether it is wanted itself, generation); None to end."""
        with self._change:
            quiet = False
            while not self._stopped:
                wish = self._wish
                if wish.index is None:
                    self._change.wait()
                    continue
                if wish.index not in self.ready:
                    return wish.index, True, self._generation
                ahead = self._first_missing(wish)
                if ahead is None:
                    self._change.wait()
                elif wish.direction == 0 and not quiet:
                    quiet = not self._change.wait(QUIET_SECONDS)
                else:
                    return ahead, False, self._generation
            return None

    def _first_missing(self, wish: Wish) -> int | None:
        if self._ahead_failed:
            return None
        # Never more than are kept: what is evicted at once would be computed for ever.
        for index in islice(self._ahead(wish), self.keep - 1):
            if index not in self.ready:
                return index
        return None

    def _evict(self) -> None:
        """Drops what is neither wanted nor worth having next, the farthest first."""
        wish = self._wish
        surplus = len(self.ready) - self.keep
        if wish.index is None or surplus <= 0:
            return
        index = wish.index
        precious = {index, *islice(self._ahead(wish), self.keep - 1)}
        others = sorted((k for k in self.ready if k not in precious), key=lambda k: abs(k - index), reverse=True)
        for k in others[:surplus]:
            del self.ready[k]


def _ignore(*_arguments: object) -> None:
    """Stands in until the pump has connected itself."""
