"""When frames that cannot be decoded are worth stopping for: once for a run of them, not once a frame."""

from __future__ import annotations

from vtl_desktop.ui.playback.latest_pump import Answer

ERRORS_TO_STOP = 3
"""In a row, while playing. Fewer are told by their pane, and playback goes on."""


class FailureWatch:
    """Counts failures in a row, for each side."""

    def __init__(self) -> None:
        self._count: dict[str, int] = {}
        self._told: set[str] = set()

    def forget(self, role: str) -> None:
        """The side is fine, or another file."""
        self._count.pop(role, None)
        self._told.discard(role)

    def is_news(self, role: str, answer: Answer, *, playing: bool) -> bool:
        """Notes an answer; whether the user has to be told of its error."""
        if answer.error is None:
            self.forget(role)
            return False
        self._count[role] = self._count.get(role, 0) + 1
        if role in self._told or (playing and self._count[role] < ERRORS_TO_STOP):
            return False
        self._told.add(role)
        return True
