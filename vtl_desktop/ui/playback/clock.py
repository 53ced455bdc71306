"""The one clock of playback: `core.timeline.Transport` with a timer and signals. It decides nothing about frames."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from vtl_desktop.core.timeline import Transport

TICK_MS = 8
"""Half a frame at 60 frames a second. Position is computed from the wall clock, so a late tick loses nothing."""

RATES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


class Clock(QObject):
    """Where playback is. Times are seconds of the suspect.

    Signals:
        moved: the position, at each tick while playing and after each seek.
        playingChanged, rateChanged, loopChanged: the new value; the loop is (start, end) or None.
    """

    moved = Signal(float)
    playingChanged = Signal(bool)
    rateChanged = Signal(float)
    loopChanged = Signal(object)

    def __init__(self, parent: QObject | None = None, *, wall: Callable[[], float] = time.perf_counter) -> None:
        super().__init__(parent)
        self._wall = wall
        self._transport = Transport(duration=0.0)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)

    @property
    def duration(self) -> float:
        return self._transport.duration

    @property
    def position(self) -> float:
        return self._transport.position(self._wall())

    @property
    def playing(self) -> bool:
        return self._transport.playing

    @property
    def rate(self) -> float:
        return self._transport.rate

    @property
    def loop(self) -> tuple[float, float] | None:
        return self._transport.loop

    def reset(self, duration: float) -> None:
        """Stands still at 0 of something that lasts `duration` seconds; the rate is kept, the loop is not."""
        was = self._transport
        self._timer.stop()
        self._transport = Transport(duration=max(duration, 0.0), rate=abs(was.rate))
        if was.playing:
            self.playingChanged.emit(False)
        if was.loop is not None:
            self.loopChanged.emit(None)
        if was.rate < 0:
            self.rateChanged.emit(self.rate)
        self.moved.emit(0.0)

    def play(self) -> None:
        if self.playing or self.duration <= 0:
            return
        self._transport = self._transport.play(self._wall())
        self._timer.start()
        self.playingChanged.emit(True)

    def pause(self) -> None:
        if not self.playing:
            return
        self._transport = self._transport.pause(self._wall())
        self._timer.stop()
        self.playingChanged.emit(False)
        self.moved.emit(self.position)

    def toggle(self) -> None:
        if self.playing:
            self.pause()
        else:
            self.play()

    def seek(self, moment: float) -> None:
        """Goes to a moment (kept inside the duration), playing or not."""
        self._transport = self._transport.seek(self._wall(), moment)
        self.moved.emit(self.position)

    def hold(self, moment: float) -> None:
        """Goes on from a moment without telling anybody: the picture of that moment has just come, too late."""
        self._transport = self._transport.seek(self._wall(), moment)

    def set_rate(self, rate: float) -> None:
        """Media seconds a second; negative plays backwards."""
        if rate != self.rate:
            self._transport = self._transport.with_rate(self._wall(), rate)
            self.rateChanged.emit(rate)

    def set_loop(self, loop: tuple[float, float] | None) -> None:
        """Plays a stretch over and over; None, or a stretch of no length, ends that."""
        if loop is not None and loop[1] - loop[0] <= 0:
            loop = None
        if loop != self.loop:
            self._transport = self._transport.with_loop(self._wall(), loop)
            self.loopChanged.emit(loop)

    def tick(self) -> None:
        """What the timer does; tests with a wall clock of their own call it."""
        if self._transport.at_end(self._wall()):
            self.pause()
        else:
            self.moved.emit(self.position)
