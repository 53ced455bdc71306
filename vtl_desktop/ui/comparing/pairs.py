"""Brings together the two pictures of one instant. A pair is handed on only when both sides are in: never skewed."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from vtl_desktop.core.alignment import Alignment
from vtl_desktop.core.timeline import frame_nearest
from vtl_desktop.ui.playback.frame_pump import Reel
from vtl_desktop.ui.playback.latest_pump import Answer, LatestPump


@dataclass(frozen=True, slots=True)
class PairKey:
    """Which pair.

    Attributes:
        suspect: index of the suspect's frame.
        other: index asked of the other pump; None where there is nothing to ask for at this instant.
    """

    suspect: int
    other: int | None


class PairFeeder(QObject):
    """Asks two pumps for the newest wanted pair.

    One pair is asked for at a time: what is wanted meanwhile waits, and only the newest of it. So pairs are dropped
    when decoding is slow, but each one that is asked for is shown, and a fast drag along the slider does not starve.

    Signals:
        pairReady: (PairKey, suspect Answer, other Answer | None), answers with an error included.
        waiting: a pair had to be asked for and was not at hand.
    """

    pairReady = Signal(object, object, object)
    waiting = Signal()

    def __init__(self, suspect: LatestPump, other: LatestPump | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._suspect = suspect
        self._other = other
        self._asked: PairKey | None = None
        self._wanted: PairKey | None = None
        self._shown: PairKey | None = None
        self._direction = 0
        suspect.answered.connect(self._try)
        if other is not None:
            other.answered.connect(self._try)

    def want(self, key: PairKey, direction: int = 0) -> None:
        """Wants a pair from now on.

        Args:
            direction: 1 or -1 while playing that way, 0 standing; what the pumps may prepare.
        """
        turned, self._direction = direction != self._direction, direction
        if self._asked is not None:
            self._wanted = key
        elif key != self._shown or turned:
            self._ask(key)

    def detach(self) -> None:
        """Listens to the pumps no longer; they may go on serving others."""
        self._suspect.answered.disconnect(self._try)
        if self._other is not None:
            self._other.answered.disconnect(self._try)

    def _ask(self, key: PairKey) -> None:
        self._asked, self._wanted = key, None
        self._suspect.request(key.suspect, self._direction)
        if self._other is not None and key.other is not None:
            self._other.request(key.other, self._direction)
        self._try()
        if self._asked is not None:
            self.waiting.emit()

    def _try(self, _index: int = -1) -> None:
        key = self._asked
        if key is None:
            return
        suspect = self._suspect.peek(key.suspect)
        other: Answer | None = None
        if self._other is not None and key.other is not None:
            other = self._other.peek(key.other)
            if other is None:
                return
        if suspect is None:
            return
        repeated, self._asked, self._shown = key == self._shown, None, key
        if not repeated:
            self.pairReady.emit(key, suspect, other)
        # Whoever was told may have asked for the next pair already.
        if self._asked is None and self._wanted is not None and self._wanted != self._shown:
            self._ask(self._wanted)


def partner(alignment: Alignment, suspect: Reel, source: Reel, index: int) -> int | None:
    """The source's frame nearest to the aligned moment of a frame of the suspect; None where the source has none.

    The nearest, not the one on screen at that moment: an alignment is exact to a fraction of a frame only, and the
    Localizer goes by the nearest as well.
    """
    moment = alignment.source_time(float(suspect.times[index]))
    times = source.times
    step = source.frame_end(0) - float(times[0])
    if moment is None or moment < -step or moment > source.frame_end(len(times) - 1) + step:
        return None
    return frame_nearest(times, moment)
