"""Which mask belongs over the frame on screen, and which to compute next. Owns the Localizer's thread."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from vtl_desktop.core.alignment import Alignment
from vtl_desktop.core.localization import Mask
from vtl_desktop.core.timeline import frame_at
from vtl_desktop.ui.comparing.localizer_pump import Localized, Localizer, LocalizerPump, Needs
from vtl_desktop.ui.playback.clock import Clock
from vtl_desktop.ui.playback.frame_pump import Reel
from vtl_desktop.ui.playback.latest_pump import LatestPump

HELD_SECONDS = 0.35
"""While playing, a mask stays over the frames that follow its own for so long (or until the next can be there)."""


@dataclass(frozen=True, slots=True, eq=False)
class MaskAnswer:
    """The mask for the frame on screen.

    Attributes:
        mask: None where there is none (yet).
        index: the suspect's frame it is of: while playing it may be one just gone by.
        pending: it is being computed.
        error: why it cannot be computed.
    """

    mask: Mask | None = None
    index: int | None = None
    pending: bool = False
    error: BaseException | None = None


class MaskDesk(QObject):
    """Masks and registered pictures for one suspect and one source.

    Signals:
        changed: (index): more is known about a frame that was wanted.
        methodsKnown: what masks can be made by, the best first.
        broken: the Localizer cannot be opened. Nothing is needed of it any more; `set_needs` makes it try again.
        retired: a pump that was closed and may still be busy.
    """

    changed = Signal(int)
    methodsKnown = Signal(object)
    broken = Signal(object)
    retired = Signal(object)

    def __init__(self, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._pump: LocalizerPump | None = None
        self._open: Callable[[], Localizer] | None = None
        self._reel: Reel | None = None
        self._alignment = Alignment()
        self._needs = Needs()

    @property
    def needs(self) -> Needs:
        return self._needs

    @property
    def registered_pictures(self) -> LatestPump | None:
        """The pump that pairs take the registered picture from, when those are wanted and can be had."""
        return self._pump if self._needs.picture else None

    def set_source(self, open_localizer: Callable[[], Localizer] | None, alignment: Alignment) -> None:
        """Another source, or none; what was computed is dropped."""
        self._drop()
        self._open, self._alignment = open_localizer, alignment

    def set_needs(self, needs: Needs) -> None:
        self._needs = needs
        if self._pump is not None:
            self._pump.set_needs(needs)

    def start(self, reel: Reel) -> None:
        """The suspect is known now: opens the Localizer if anything is needed of it."""
        self._reel = reel
        if self._pump is not None or self._open is None or not (self._needs.mask or self._needs.picture):
            return
        self._pump = LocalizerPump(self._open, reel, self._alignment, self._needs, parent=self)
        self._pump.answered.connect(self.changed)
        self._pump.opened.connect(self.methodsKnown)
        self._pump.broken.connect(self._on_broken)

    def answer(self, index: int, direction: int) -> MaskAnswer:
        """The mask to show over a frame of the suspect, as far as it is at hand; asks for what is missing.

        Args:
            direction: 1 or -1 while playing that way, 0 standing.
        """
        pump, reel = self._pump, self._reel
        if pump is None or reel is None or not self._needs.mask:
            return MaskAnswer()
        moment = float(reel.times[index])
        if self._alignment.source_time(moment) is None:
            return MaskAnswer()
        if not self._needs.picture:
            pump.request(self._target(index, direction), direction)
        shown = index
        found = pump.peek(index)
        if found is None and direction != 0:
            held = self._held(pump, reel, moment, direction)
            if held is not None:
                shown, found = held, pump.peek(held)
        if found is None:
            return MaskAnswer(pending=True)
        localized: Localized = found.value or Localized()
        return MaskAnswer(localized.mask, shown if localized.mask is not None else None, error=found.error)

    def _target(self, index: int, direction: int) -> int:
        """The frame to work on: the one on screen, or while playing the one on screen when its mask will be done."""
        if direction == 0 or self._pump is None or self._reel is None:
            return index
        speed = self._clock.rate
        moment = self._clock.position + math.copysign(1.5 * self._pump.cost * abs(speed), speed)
        loop = self._clock.loop
        if loop is not None and not loop[0] <= moment < loop[1]:
            moment = loop[0] if direction > 0 else loop[1]
        return frame_at(self._reel.times, moment)

    def _held(self, pump: LocalizerPump, reel: Reel, moment: float, direction: int) -> int | None:
        """The newest mask of the frames just gone by."""
        longest = max(HELD_SECONDS, 2 * pump.cost) * max(abs(self._clock.rate), 1.0)
        gone = [k for k in pump.ready if 0 <= (moment - float(reel.times[k])) * direction <= longest]
        return max(gone, key=lambda k: k * direction, default=None)

    def _on_broken(self, error: BaseException) -> None:
        self._drop()
        self._needs = Needs()
        self.broken.emit(error)

    def _drop(self) -> None:
        if self._pump is not None:
            self._pump.close()
            self.retired.emit(self._pump)
            self._pump = None
