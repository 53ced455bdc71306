"""The survey of a candidate: how much of each aligned frame was changed, and the changed regions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.regions import ChangedRegion

MOST_ENTRIES = 12_000
"""Entries of an area track; of more frames, some share one."""

DECIMALS = 5

_ROUNDING = 5e-4
"""Seconds by which times of frames may be off once they were written down."""


@dataclass(frozen=True)
class AreaTrack:
    """How much of the picture was changed, over the suspect's time. Columns of equal length, in the order of time.

    Attributes:
        times: suspect time of each examined frame, seconds. Where `frames_per_entry` is more than 1, an entry stands
            for so many frames in a row and holds the one of them with the most changed.
        shares: of the picture's area that is marked, 0 to 1; None where nothing can be said: the frame is not aligned,
            could not be laid over its source's, or could not be decoded.
        graphics, altered: of that, what is added graphics and what is altered content; empty where the method does not
            tell.
        frames_per_entry: 1, or more for a long suspect.
    """

    times: tuple[float, ...] = ()
    shares: tuple[float | None, ...] = ()
    graphics: tuple[float | None, ...] = ()
    altered: tuple[float | None, ...] = ()
    frames_per_entry: int = 1

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """float64 [entries, 4]: time, share, graphics, altered; NaN for None and where the method does not tell."""
        found = np.full((len(self.times), 4), np.nan)
        for column, values in enumerate((self.times, self.shares, self.graphics, self.altered)):
            if values:
                found[:, column] = [math.nan if value is None else value for value in values]
        return found

    def columns(self, count: int, duration: float, step: float, until: float) -> NDArray[np.int64]:
        """For a picture of the track `count` columns wide: which entry each column shows.

        Args:
            duration: seconds that the columns stand for; step: seconds that a frame lasts.
            until: seconds up to which every frame was examined.

        Returns:
            int64 [count]: the entry with the most changed of those in the column, the one that still lasts where none
            begins in it, -1 where nothing was examined.
        """
        found = np.full(count, -1, np.int64)
        if not self.times or duration <= 0:
            return found
        times = self.values[:, 0]
        shares = np.where(np.isnan(self.values[:, 1]), -1.0, self.values[:, 1])
        edges = np.linspace(0, duration, count + 1)
        first, last = np.searchsorted(times, edges[:-1] - 1e-9), np.searchsorted(times, edges[1:] - 1e-9)
        for column, (start, end) in enumerate(zip(first, last, strict=True)):
            if end > start:
                found[column] = start + int(shares[start:end].argmax())
            elif start > 0:
                lasts = times[start - 1] + 1.5 * step * self.frames_per_entry
                found[column] = start - 1 if edges[column] < max(lasts, until) else -1
        return found

    def entry_at(self, moment: float, step: float, until: float) -> int:
        """The entry that holds at a moment, -1 where nothing was examined; arguments as for `columns`."""
        if not self.times:
            return -1
        entry = int(np.searchsorted(self.values[:, 0], moment + 1e-6, side="right")) - 1
        if entry < 0:
            return -1
        lasts = self.times[entry] + 1.5 * step * self.frames_per_entry
        return entry if moment < max(lasts, until) else -1

    @cached_property
    def known(self) -> NDArray[np.float64]:
        """float64 [entries, 4]: time, share, graphics, altered of the entries that say something."""
        return self.values[~np.isnan(self.values[:, 1])]


@dataclass(frozen=True)
class Survey:
    """What going over the frames of a candidate gave.

    Attributes:
        candidate_rank: which candidate; source_sha256: of its source.
        method: that made the masks: `localization.FITTED_DIFFERENCE` or `LOCALIZATOR`.
        width, height: of the suspect's picture, pixels: what boxes are counted in.
        frames: of the suspect; examined: how many of them were looked at; compared: of how many a mask could be made.
        complete: all frames were looked at. examined_until: until here frame by frame, seconds; further on, only some
            frames.
        mean_share, most_share: of the picture that is marked, over the compared frames; most_time: when most, seconds.
        area: frame by frame.
        regions: in the order of time; regions_left_out: lighter ones that are not listed.
    """

    candidate_rank: int
    source_sha256: str
    method: str
    width: int
    height: int
    frames: int
    examined: int
    compared: int
    complete: bool
    examined_until: float
    mean_share: float
    most_share: float
    most_time: float
    area: AreaTrack
    regions: tuple[ChangedRegion, ...] = ()
    regions_left_out: int = 0

    @property
    def tells_kinds(self) -> bool:
        """Added graphics and altered content are told apart."""
        return bool(self.area.graphics)

    def next_region(
        self, by: int, start: float, end: float, chosen: ChangedRegion | None = None
    ) -> ChangedRegion | None:
        """The region whose peak comes next (`by` is 1) or was last before (-1); None where there is none.

        Args:
            start, end: of the frame that is on screen, seconds.
            chosen: the region that was gone to last; of several with their peaks in one frame, the next one follows.
        """
        ordered = sorted(self.regions, key=lambda region: (region.peak_time, region.number))
        start, end = start - _ROUNDING, end - _ROUNDING
        if chosen in ordered and start <= chosen.peak_time < end:
            place = ordered.index(chosen) + by
            return ordered[place] if 0 <= place < len(ordered) else None
        if by > 0:
            return next((region for region in ordered if region.peak_time >= end), None)
        return next((region for region in reversed(ordered) if region.peak_time < start), None)


class AreaCollector:
    """Takes frames in any order, each once, and keeps an area track of at most `MOST_ENTRIES` entries."""

    def __init__(self, frames: int) -> None:
        """Args:
        frames: of the suspect.
        """
        self.frames = frames
        self.per_entry = max(math.ceil(frames / MOST_ENTRIES), 1)
        count = math.ceil(frames / self.per_entry) if frames else 0
        self._times = np.full(count, np.nan)
        # share (-1: nothing can be said), graphics, altered
        self._values = np.full((count, 3), np.nan)
        self._tells = False
        self.examined = self.compared = 0
        self._sum = 0.0
        self._most = (-1.0, 0.0)

    def add(self, index: int, time: float, share: float | None, kinds: tuple[float, float] | None = None) -> None:
        """A frame.

        Args:
            index: of the suspect's frame, 0-based; time: its own, seconds.
            share: that is marked; None where nothing can be said.
            kinds: shares of added graphics and of altered content, where they are told apart.
        """
        entry = index // self.per_entry
        self.examined += 1
        value = -1.0
        if share is not None:
            value = share
            self.compared += 1
            self._sum += share
            if share > self._most[0]:
                self._most = (share, time)
        if np.isnan(self._times[entry]) or value > self._values[entry, 0]:
            self._times[entry] = time
            self._values[entry] = (value, *(kinds or (np.nan, np.nan)))
        self._tells |= kinds is not None

    @property
    def mean(self) -> float:
        """Share over the compared frames."""
        return self._sum / self.compared if self.compared else 0.0

    @property
    def most(self) -> tuple[float, float]:
        """The largest share and its time."""
        return (max(self._most[0], 0.0), self._most[1])

    def track(self) -> AreaTrack:
        """What there is so far."""
        there = np.flatnonzero(~np.isnan(self._times))
        told = self._values[there]
        columns = [_column(told[:, column]) for column in range(3)]
        if not self._tells:
            columns[1] = columns[2] = ()
        times = tuple(round(float(time), 6) for time in self._times[there])
        return AreaTrack(times, columns[0], columns[1], columns[2], self.per_entry)


def runs_of(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where flags are set in a row: (first, end) pairs."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _column(values: NDArray[np.float64]) -> tuple[float | None, ...]:
    known = values >= 0  # neither -1 nor NaN
    rounded = np.round(values, DECIMALS)
    return tuple(float(value) if there else None for value, there in zip(rounded, known, strict=True))
