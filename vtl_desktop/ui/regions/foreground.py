"""Whether the analyst is using the comparison right now: work in the background waits for that."""

from __future__ import annotations

import time
from collections.abc import Callable

QUIET_SECONDS = 0.4
"""After the last frame that was asked for: scrubbing goes on in most cases before that."""

LONGEST_SECONDS = 10.0
"""What is being computed for the screen is waited for no longer: it may never come."""


class Foreground:
    """Told by the GUI thread, asked by a worker. Plain numbers that one side writes need no lock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._busy_until = 0.0
        self._held_until = 0.0
        self._asked: float | None = None
        self._waited = 0.0

    @property
    def waited(self) -> float:
        """Seconds that a worker has spent waiting so far."""
        return self._waited

    def touch(self, *_: object) -> None:
        """A frame is wanted on screen."""
        self._busy_until = self._clock() + QUIET_SECONDS

    def hold(self, held: bool) -> None:
        """Something on screen is being computed (or is there now)."""
        self._held_until = self._clock() + LONGEST_SECONDS if held else 0.0

    @property
    def busy(self) -> bool:
        now = self._clock()
        return now < self._busy_until or now < self._held_until

    def urgent(self) -> bool:
        """Asked by the worker before each step, and again and again while it waits."""
        now, busy = self._clock(), self.busy
        if self._asked is not None:
            self._waited += now - self._asked
        self._asked = now if busy else None
        return busy
