"""What the transport keys do: exact steps, jumps, loop bounds, shuttle. No widgets."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject

from vtl_desktop.core.timeline import frame_at
from vtl_desktop.ui.playback.clock import RATES, Clock
from vtl_desktop.ui.playback.frame_pump import Reel

MOST_SHUTTLE = 4.0


class Navigator(QObject):
    """Moves a clock by the frames of the suspect. Does nothing before `set_reel`."""

    def __init__(self, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._reel: Reel | None = None

    @property
    def reel(self) -> Reel | None:
        return self._reel

    @property
    def frame(self) -> int:
        """The frame at the clock's position."""
        return 0 if self._reel is None else frame_at(self._reel.times, self._clock.position)

    def set_reel(self, reel: Reel | None) -> None:
        """The suspect whose frames count from now on."""
        self._reel = reel

    def go_to_frame(self, index: int) -> None:
        """Stands on a frame; numbers beyond the ends give the first or last."""
        if self._reel is not None:
            self._clock.pause()
            self._clock.seek(float(self._reel.times[min(max(index, 0), len(self._reel.times) - 1)]))

    def step(self, frames: int) -> None:
        """So many frames on (or back), from the one that is on screen."""
        if self._reel is not None:
            self._clock.pause()
            self.go_to_frame(self.frame + frames)

    def jump(self, seconds: float) -> None:
        """So many seconds on (or back), playing or not."""
        if self._reel is not None:
            self._clock.seek(min(self._clock.position + seconds, float(self._reel.times[-1])))

    def go_to_start(self) -> None:
        self.go_to_frame(0)

    def go_to_end(self) -> None:
        if self._reel is not None:
            self.go_to_frame(len(self._reel.times) - 1)

    def loop_from_here(self) -> None:
        """The loop begins with the frame on screen; without an end yet it ends where the suspect ends."""
        if self._reel is None:
            return
        start = float(self._reel.times[self.frame])
        end = self._clock.loop[1] if self._clock.loop is not None else self._clock.duration
        self._clock.set_loop((start, end if end > start else self._clock.duration))

    def loop_to_here(self) -> None:
        """The loop ends after the frame on screen; without a beginning yet it begins where the suspect begins."""
        if self._reel is None:
            return
        end = self._reel.frame_end(self.frame)
        start = self._clock.loop[0] if self._clock.loop is not None else 0.0
        self._clock.set_loop((start if start < end else 0.0, end))

    def end_loop(self) -> None:
        self._clock.set_loop(None)

    def shuttle(self, direction: int) -> None:
        """Plays forwards (1) or backwards (-1); once more in the same direction doubles the speed."""
        rate = self._clock.rate
        if self._clock.playing and rate * direction > 0:
            self._clock.set_rate(direction * min(abs(rate) * 2, MOST_SHUTTLE))
        else:
            self._clock.set_rate(float(direction))
            self._clock.play()

    def toggle(self) -> None:
        """Plays or stands; after playing backwards to the start, forwards."""
        if not self._clock.playing and self._clock.rate < 0 and self._clock.position <= 0:
            self._clock.set_rate(-self._clock.rate)
        self._clock.toggle()

    def change_speed(self, steps: int) -> None:
        """To the next faster (1) or slower (-1) of `RATES`."""
        rate = self._clock.rate
        place = int(np.abs(np.array(RATES) - abs(rate)).argmin()) + steps
        speed = RATES[min(max(place, 0), len(RATES) - 1)]
        self._clock.set_rate(speed if rate > 0 else -speed)
