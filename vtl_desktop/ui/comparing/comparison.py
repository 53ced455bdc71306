"""Plays suspect and source as one: clock, pumps, pairs, masks. Knows nothing of widgets."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, Signal

from vtl_desktop.core.alignment import Alignment
from vtl_desktop.core.timeline import frame_at
from vtl_desktop.ui.comparing.failures import FailureWatch
from vtl_desktop.ui.comparing.localizer_pump import Localized, Localizer, Needs
from vtl_desktop.ui.comparing.mask_desk import MaskAnswer, MaskDesk
from vtl_desktop.ui.comparing.pairs import PairFeeder, PairKey, partner
from vtl_desktop.ui.playback.clock import Clock
from vtl_desktop.ui.playback.frame_pump import FramePump, Reel, Video
from vtl_desktop.ui.playback.latest_pump import Answer, LatestPump
from vtl_desktop.ui.playback.pane import SOURCE, SUSPECT

LATE_SECONDS = 0.4
"""A pair shown later than this holds the clock: where decoding cannot keep up, playing gets slower, not jerky."""

_ROUNDING = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class ShownPair:
    """What is on screen.

    Attributes:
        index, time: of the suspect's frame, 0-based and in seconds.
        suspect: its answer; source: the source's, None where it has no frame for this moment (or there is no source).
        source_time: the aligned moment of the source, seconds, or None.
        localized: the registered picture, when pairs are made with it.
        mask: what there is of a mask.
    """

    index: int
    time: float
    suspect: Answer
    source: Answer | None
    source_time: float | None
    localized: Localized | None = None
    mask: MaskAnswer = field(default_factory=MaskAnswer)


class Comparison(QObject):
    """One suspect, at most one source, one clock.

    Signals:
        opened: (role, Reel): a side can be shown.
        pairShown: a `ShownPair`: both sides of one instant.
        maskChanged: a `ShownPair`: the same instant, with another mask.
        waiting: a pair is not at hand and was asked for.
        failed: (role, exception): the side cannot be opened or goes on failing.
        decodedChanged: (role, stretches): what of a side is decoded, as (start, end) in seconds.
        maskFailed: the Localizer cannot be opened.
        methodsKnown: what masks can be made by, the best first.
        slowed: playing slower than real time (or no longer).
    """

    opened = Signal(str, object)
    pairShown = Signal(object)
    maskChanged = Signal(object)
    waiting = Signal()
    failed = Signal(str, object)
    decodedChanged = Signal(str, object)
    maskFailed = Signal(object)
    methodsKnown = Signal(object)
    slowed = Signal(bool)

    def __init__(self, parent: QObject | None = None, *, clock: Clock | None = None) -> None:
        super().__init__(parent)
        self.clock = clock or Clock(self)
        self.shown_pairs = 0
        self._pumps: dict[str, FramePump] = {}
        self._reels: dict[str, Reel] = {}
        self._settled: set[str] = set()
        self._failures = FailureWatch()
        self._closing: list[LatestPump] = []
        self._masks = MaskDesk(self.clock, self)
        self._feeder: PairFeeder | None = None
        self._alignment = Alignment()
        self._start = 0.0
        self._shown: ShownPair | None = None
        self._slow = False
        self.clock.moved.connect(self._moved)
        self.clock.playingChanged.connect(self._playing_changed)
        self._masks.changed.connect(self._mask_changed)
        self._masks.methodsKnown.connect(self.methodsKnown)
        self._masks.broken.connect(self._masks_broken)
        self._masks.retired.connect(self._keep_closing)

    @property
    def shown(self) -> ShownPair | None:
        return self._shown

    def reel(self, role: str) -> Reel | None:
        """What is known of a side once it is opened."""
        return self._reels.get(role)

    def broken(self, role: str) -> bool:
        """A side that could not be opened."""
        return role in self._settled and role in self._pumps and role not in self._reels

    def open_suspect(self, open_video: Callable[[], Video], start: float = 0.0) -> None:
        """Another suspect; stands at `start` once it is opened."""
        self.close_files()
        self._start = start
        self._add_pump(SUSPECT, open_video)

    def open_source(
        self,
        open_video: Callable[[], Video] | None,
        alignment: Alignment,
        open_localizer: Callable[[], Localizer] | None,
        start: float | None = None,
    ) -> None:
        """Another source for the same suspect.

        Args:
            open_video: None where its file is not at hand.
            open_localizer: None where no masks can be had.
            start: goes to this moment of the suspect; None stays.
        """
        self._drop_pump(SOURCE)
        self._alignment = alignment
        self._masks.set_source(open_localizer, alignment)
        if open_video is None:
            self._settled.add(SOURCE)
        else:
            self._add_pump(SOURCE, open_video)
        if start is not None:
            self._start = start
            if SUSPECT in self._reels:
                self.clock.pause()
                self.clock.seek(start)
        self._rewire()

    def close_files(self) -> None:
        """Lets go of both files; the clock stands."""
        self.clock.reset(0.0)
        self._alignment = Alignment()
        self._masks.set_source(None, self._alignment)
        for role in (SUSPECT, SOURCE):
            self._drop_pump(role)
        self._rewire()

    def shutdown(self, timeout: float = 2.0) -> bool:
        """Closes everything and waits for the threads; whether all have ended."""
        self.close_files()
        until = time.monotonic() + timeout
        self._closing = [pump for pump in self._closing if not pump.join(max(until - time.monotonic(), 0.0))]
        return not self._closing

    def set_needs(self, needs: Needs) -> None:
        """Whether masks and registered pictures are wanted."""
        if needs != self._masks.needs:
            self._masks.set_needs(needs)
            self._rewire()

    def source_index(self, index: int) -> int | None:
        """The source's frame for a frame of the suspect; None without one."""
        suspect, source = self._reels.get(SUSPECT), self._reels.get(SOURCE)
        return None if suspect is None or source is None else partner(self._alignment, suspect, source, index)

    def _add_pump(self, role: str, open_video: Callable[[], Video]) -> None:
        pump = FramePump(open_video, name=role.lower(), parent=self)
        pump.opened.connect(lambda reel: self._opened(role, reel))
        pump.broken.connect(lambda error: self._broken(role, error))
        pump.readyChanged.connect(lambda: self.decodedChanged.emit(role, pump.decoded))
        self._pumps[role] = pump

    def _drop_pump(self, role: str) -> None:
        self._settled.discard(role)
        self._failures.forget(role)
        self._reels.pop(role, None)
        if (pump := self._pumps.pop(role, None)) is not None:
            self._retire(pump)

    def _retire(self, pump: LatestPump) -> None:
        pump.close()
        self._keep_closing(pump)

    def _keep_closing(self, pump: LatestPump) -> None:
        ended = [old for old in self._closing if old.join(0)]
        for old in ended:
            old.deleteLater()
        self._closing = [*(old for old in self._closing if old not in ended), pump]

    def _opened(self, role: str, reel: Reel) -> None:
        self._reels[role] = reel
        self._settled.add(role)
        self.opened.emit(role, reel)
        if role == SUSPECT:
            self.clock.reset(reel.facts.duration)
            self.clock.seek(self._start)
        self._rewire()

    def _broken(self, role: str, error: BaseException) -> None:
        self._settled.add(role)
        self.failed.emit(role, error)
        self._rewire()

    def _rewire(self) -> None:
        """Puts the pair together from what there is now, and asks for it anew."""
        if self._feeder is not None:
            self._feeder.detach()
            self._feeder.deleteLater()
            self._feeder = None
        self._shown = None
        if SUSPECT not in self._reels or SOURCE not in self._settled:
            return
        other: LatestPump | None = None
        if SOURCE in self._reels:
            self._masks.start(self._reels[SUSPECT])
            other = self._masks.registered_pictures or self._pumps[SOURCE]
        self._feeder = PairFeeder(self._pumps[SUSPECT], other, self)
        self._feeder.pairReady.connect(self._pair_ready)
        self._feeder.waiting.connect(self.waiting)
        self._moved(self.clock.position)

    def _masks_broken(self, error: BaseException) -> None:
        self.maskFailed.emit(error)
        self._rewire()

    @property
    def _registered(self) -> bool:
        """Pairs are made with the registered picture instead of the source's own."""
        return self._masks.registered_pictures is not None

    @property
    def _direction(self) -> int:
        if not self.clock.playing:
            return 0
        return 1 if self.clock.rate > 0 else -1

    def _moved(self, moment: float) -> None:
        if self._feeder is None:
            return
        times = self._reels[SUSPECT].times
        index = frame_at(times, moment)
        loop = self.clock.loop
        if loop is not None and self.clock.playing and moment < loop[1]:
            # Timestamps are rounded: just before the end, the frame after it is as good as on screen.
            index = min(index, frame_at(times, loop[1] - _ROUNDING))
        other = self.source_index(index)
        if other is not None and self._registered:
            other = index
        self._feeder.want(PairKey(index, other), self._direction)

    def _playing_changed(self, playing: bool) -> None:
        if not playing:
            self._set_slow(False)
            if self._shown is not None:
                self._mask_changed(self._shown.index)

    def _pair_ready(self, key: PairKey, suspect: Answer, other: Answer | None) -> None:
        moment = float(self._reels[SUSPECT].times[key.suspect])
        self._keep_pace(moment)
        source, localized = other, None
        if self._registered and other is not None and other.value is not None:
            localized = other.value
            source = Answer(key.suspect, localized.source)
        mask = self._masks.answer(key.suspect, self._direction)
        aligned = self._alignment.source_time(moment)
        self._shown = ShownPair(key.suspect, moment, suspect, source, aligned, localized, mask)
        self.shown_pairs += 1
        self.pairShown.emit(self._shown)
        self._watch_errors(SUSPECT, suspect)
        if source is not None:
            self._watch_errors(SOURCE, source)

    def _mask_changed(self, index: int) -> None:
        if self._shown is not None and self._shown.index == index:
            self._shown = replace(self._shown, mask=self._masks.answer(index, self._direction))
            self.maskChanged.emit(self._shown)

    def _keep_pace(self, moment: float) -> None:
        if not self.clock.playing:
            return
        late = (self.clock.position - moment) * self._direction
        if late > LATE_SECONDS * max(abs(self.clock.rate), 1.0):
            self.clock.hold(moment)
            self._set_slow(True)
        elif late < LATE_SECONDS / 4:
            self._set_slow(False)

    def _set_slow(self, slow: bool) -> None:
        if slow != self._slow:
            self._slow = slow
            self.slowed.emit(slow)

    def _watch_errors(self, role: str, answer: Answer) -> None:
        if self._failures.is_news(role, answer, playing=self.clock.playing) and answer.error is not None:
            self.clock.pause()
            self.failed.emit(role, answer.error)
