"""What every long piece of work takes: a way to say how far it is, and a way to be told to stop."""

from __future__ import annotations

from collections.abc import Callable

from vtl_desktop.core.errors import Cancelled

Progress = Callable[[float, str], None]
"""Called with the fraction done, 0 to 1, and a short sentence on what is being done."""


def no_progress(fraction: float, message: str) -> None:
    """A `Progress` that tells nobody."""


class CancelToken:
    """Set by one thread, asked by another; a plain attribute is enough, as it only ever goes from False to True."""

    __slots__ = ("_cancelled",)

    def __init__(self) -> None:
        self._cancelled = False

    def cancel(self) -> None:
        self._cancelled = True

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def check(self) -> None:
        """Raises:
        Cancelled: when `cancel` was called.
        """
        if self._cancelled:
            raise Cancelled


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """A `Progress` for one step that fills `start` to `end` of the whole."""

    def report(fraction: float, message: str) -> None:
        progress(start + (end - start) * min(max(fraction, 0.0), 1.0), message)

    return report
