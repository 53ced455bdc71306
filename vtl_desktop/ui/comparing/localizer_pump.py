"""Masks and registered pictures, computed off the GUI thread: at the shown frame, and ahead of it while playing."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Protocol

from PySide6.QtCore import QObject

from vtl_desktop.core.alignment import Alignment
from vtl_desktop.core.localization import Mask, Registration
from vtl_desktop.core.media import Frame, Picture
from vtl_desktop.ui.playback.frame_pump import Reel
from vtl_desktop.ui.playback.latest_pump import LatestPump, Wish

KEPT_BYTES = 160 << 20
"""Memory for masks that were computed: eighty of 1080p, so that a loop fills up while it repeats."""

_LEAST_KEPT, _MOST_KEPT = 6, 400


class RegisteredPicture(Protocol):
    """What is used of `services.localize.RegisteredPair`."""

    @property
    def source(self) -> Frame: ...
    @property
    def warped(self) -> Picture: ...
    @property
    def registration(self) -> Registration: ...


class Localizer(Protocol):
    """What is used of `services.localize.Localizer`."""

    @property
    def methods(self) -> tuple[str, ...]: ...
    def mask(self, moment: float, *, method: str | None = None) -> Mask | None: ...
    def registered_pair(self, moment: float) -> RegisteredPicture: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Needs:
    """What is to be computed for a frame.

    Attributes:
        method: that makes the mask; None for the best there is.
    """

    mask: bool = False
    picture: bool = False
    method: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Localized:
    """What was computed for a frame of the suspect; None for what was not needed or cannot be.

    Attributes:
        mask: of the suspect's frame.
        source: the source's frame that it was compared with; warped: its picture, laid onto the suspect's.
        registration: how.
    """

    mask: Mask | None = None
    source: Frame | None = None
    warped: Picture | None = None
    registration: Registration | None = None


class LocalizerPump(LatestPump):
    """The thread that owns one Localizer. Indices are the suspect's frames, values are `Localized`.

    `opened` carries the methods that it can make masks by, the best first.
    """

    def __init__(
        self,
        open_localizer: Callable[[], Localizer],
        reel: Reel,
        alignment: Alignment,
        needs: Needs,
        parent: QObject | None = None,
    ) -> None:
        self._work = _Work(reel, alignment, needs)
        super().__init__(
            open_localizer,
            lambda localizer: localizer.methods,
            self._work.compute,
            name="localizer",
            ahead=self._work.ahead,
            parent=parent,
        )
        self.set_needs(needs)

    @property
    def cost(self) -> float:
        """Seconds that one frame takes, as measured; 0 before the first."""
        return self._work.cost

    def set_needs(self, needs: Needs) -> None:
        """What is computed from now on; what is at hand is dropped where it lacks something."""
        before = self._work.needs
        lacking = (needs.mask and not before.mask) or (needs.picture and not before.picture)
        lacking |= needs.mask and needs.method != before.method
        self._work.needs = needs
        pixels = max(self._work.reel.facts.width * self._work.reel.facts.height, 1)
        self.keep(min(max(KEPT_BYTES // (pixels * (7 if needs.picture else 2)), _LEAST_KEPT), _MOST_KEPT))
        if lacking:
            self.forget()


class _Work:
    """What the pump's thread calls."""

    def __init__(self, reel: Reel, alignment: Alignment, needs: Needs) -> None:
        self.reel = reel
        self.needs = needs
        self._alignment = alignment
        self._costs: deque[float] = deque(maxlen=5)

    @property
    def cost(self) -> float:
        costs = tuple(self._costs)
        return median(costs) if costs else 0.0

    def compute(self, localizer: Localizer, index: int) -> Localized:
        begun = time.perf_counter()
        needs, moment = self.needs, float(self.reel.times[index])
        if self._alignment.source_time(moment) is None:
            return Localized()
        mask = localizer.mask(moment, method=needs.method) if needs.mask else None
        source, warped, registration = None, None, None
        if needs.picture:
            pair = localizer.registered_pair(moment)
            source, warped, registration = pair.source, pair.warped, pair.registration
        self._costs.append(time.perf_counter() - begun)
        return Localized(mask, source, warped, registration)

    def ahead(self, wish: Wish) -> Iterator[int]:
        """Playing: the next ones that way. Standing: the two neighbours, for the step that is likely to follow."""
        if wish.index is None:
            return
        if wish.direction == 0:
            steps = iter((1, -1))
        else:
            steps = iter(range(wish.direction, wish.direction * _MOST_KEPT, wish.direction))
        for step in steps:
            if 0 <= wish.index + step < len(self.reel.times):
                yield wish.index + step
