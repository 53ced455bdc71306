"""Suspect and source side by side in sound: how alike they are at a place, and whether that says anything.

The limits were set on correlations between 31 real clips with sound (talkers of one corpus and of one room among them),
before the figures in docs/alignment.md were taken: around one place and over 2 s, 99 % of 930 pairs of different clips
stay below .28 and all below .36; their best place anywhere reaches .52 over 1 s, .45 over 2 s, .40 over 3 s, .32 over
5 s. Of 306 stretches of copies 99 % reach .79 after Opus at 12 kbit/s, .54 under noise at 10 dB, .44 at 5 dB (one clip
of nothing but even noise left out).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.sound import AGREES
from vtl_desktop.core.sound_bands import STEP, BandEnergies, features, loudness
from vtl_desktop.core.sound_outcome import Cells
from vtl_desktop.core.sound_places import Features, Place, at_times, best_place, correlations, summit

AGREES_WITHIN = 0.12
"""Seconds by which sound and picture may be apart and still agree: three frames of 1/25 s; alignments by picture err by
one frame, and encoders that do not own up to their delay add 20 to 50 ms."""

AROUND = 100
"""Rows before and after a cell's middle that are compared: 2 s in all."""
_ALIKE = 0.40
PERHAPS = 0.28
"""Enough beside a cell that is alike at the same place; below it, sound is another."""
_HALF_AS_ALIKE = 0.5
"""What is less alike than this share of what is usual there, is not: on a border, half of it is another sound."""
_MOST_SCARCE = 2.0
"""Where little is heard, one beginning word is easily like another: the limit rises with the root of the share that is
heard in both, up to so many times."""

_LOOKED_AROUND = 0.3
_AS_GOOD = 0.05
"""Seconds around the pictures' place that are looked at, and by how much it may be less alike within `AGREES_WITHIN`
than beyond: what is alike only on the way to a better place agrees with that place."""
LONGEST = 3000
"""Rows of a piece that is searched for: more does not make its place surer."""

_LOUD_ENOUGH = 30.0
_AUDIBLE = -60.0
"""dB: heard is what is at most so far below what is loud in its track, and this far below full scale."""
LEAST_HEARD = 0.2
"""Share of the rows around a cell in which something has to be heard."""

_ECHO = 6
_TELLING = 0.05
"""Likeness of a sound to itself 60 ms later from which it is more than even noise: of noise .02 at most, of 94 in 100
stretches of 2 s of the real clips more than this. Noise may cover the source's sound: that it differs says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One sound track, made ready: features for each tuning, and where something is heard."""

    start: float
    tuned: tuple[Features, ...]
    heard: NDArray[np.float32]

    @classmethod
    def of(cls, energies: BandEnergies) -> Side:
        level = loudness(energies.power[0])
        limit = max(float(np.percentile(level, 95)) - _LOUD_ENOUGH, _AUDIBLE) if len(level) else 0.0
        tuned = tuple(features(power) for power in energies.power)
        return cls(energies.start, tuned, (level > limit).astype(np.float32)[:, None])


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One segment's sound, to be compared with places of the source."""

    mine: Features
    other: Side
    segment: Segment
    centres: NDArray[np.int64]
    heard: NDArray[np.float64]

    def table(self, start: float, rate: float, tuning: int, reach: int) -> NDArray[np.float64]:
        """Correlations of all cells, float64 [cells, 2 * reach + 1], where row 0 is taken to lie at source `start`."""
        steps = np.arange(-reach, len(self.mine) + reach, dtype=np.float64)
        theirs = at_times(self.other.tuned[tuning], self.other.start, start + STEP * rate * steps)
        return correlations(self.mine, theirs, reach, self.centres, AROUND)

    def telling(self) -> NDArray[np.bool_]:
        """Around which cells the suspect's sound is more than even noise, bool [cells]."""
        later = np.einsum("ij,ij->i", self.mine[:-_ECHO], self.mine[_ECHO:])
        low, high = np.maximum(self.centres - AROUND, 0), np.minimum(self.centres + AROUND, len(self.mine))
        alike = np.concatenate([[0.0], np.cumsum(later)])
        energy = np.concatenate([[0.0], np.cumsum(np.square(self.mine).sum(axis=1))])
        last = np.clip(high - _ECHO, low, len(later))
        return (alike[last] - alike[np.minimum(low, len(later))]) > _TELLING * (energy[high] - energy[low])

    def limits(self) -> NDArray[np.float64]:
        """How alike a cell has to be: more where less than 2 s of sound are around it, float64 [cells]."""
        low, high = np.maximum(self.centres - AROUND, 0), np.minimum(self.centres + AROUND + 1, len(self.mine))
        rows = (high - low) * np.clip(self.heard, 1e-3, 1.0)
        return _ALIKE * np.clip(np.sqrt(2 * AROUND / rows), 1.0, _MOST_SCARCE)

    def at_pictures_place(self, tunings: tuple[int, ...], cells: Cells) -> tuple[Place | None, int]:
        """Marks the cells that agree; how sure their place is, and the tuning in which most agree."""
        segment = self.segment
        reach = max(int(_LOOKED_AROUND / STEP / segment.rate), 1)
        within = np.abs(np.arange(-reach, reach + 1)) * STEP * segment.rate <= AGREES_WITHIN
        tables = [self.table(segment.source_start, segment.rate, tuning, reach) for tuning in tunings]
        best = int(np.argmax([table[:, within].max(axis=1).mean() for table in tables]))
        table = tables[best]
        here = table[:, within].max(axis=1) >= table.max(axis=1) - _AS_GOOD
        table = np.where(within & here[:, None], table, 0.0)
        cells.best = np.maximum(cells.best, table.max(axis=1))
        alike = grown(table, self.limits())
        if not alike.any():
            return None, tunings[best]
        shape = table[alike].mean(axis=0)
        peak = int(shape.argmax())
        offset = (peak - reach + summit(shape, peak)) * STEP * segment.rate
        cells.mark(alike, AGREES, offset)
        piece = self.mine[:LONGEST]
        tuned = self.other.tuned[tunings[best]]
        place = best_place(piece, tuned, self.other.start, segment.rate)
        if place is not None and abs(place.source_start - segment.source_start - offset) > 2 * AGREES_WITHIN:
            place = replace(place, second=place.correlation)
        return place, tunings[best]


def grown(table: NDArray[np.float64], limits: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Cells as alike as `limits` ask, and those beside them perhaps alike at about the same shift, bool [cells]."""
    best = table.max(axis=1)
    alike = best >= limits
    if not alike.any():
        return alike
    least = _HALF_AS_ALIKE * float(np.median(best[alike]))
    alike &= best >= least
    shape = table[alike].mean(axis=0)
    peak = int(shape.argmax())
    perhaps = table[:, max(peak - 3, 0) : peak + 4].max(axis=1) >= max(PERHAPS, least)
    for order in (range(1, len(alike)), range(len(alike) - 2, -1, -1)):
        step = 1 if order.step > 0 else -1
        for number in order:
            alike[number] |= alike[number - step] and perhaps[number]
    return alike


def share_heard(side: Side, times: NDArray[np.float64], centres: NDArray[np.int64], half: int) -> NDArray[np.float64]:
    heard = np.concatenate([[0.0], np.cumsum(at_times(side.heard, side.start, times)[:, 0])])
    low, high = np.maximum(centres - half, 0), np.minimum(centres + half + 1, len(times))
    return (heard[high] - heard[low]) / np.maximum(high - low, 1)
