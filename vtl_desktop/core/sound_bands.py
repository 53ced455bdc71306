"""Sound as loudness in bands over time: what survives another codec, another gain, other tone controls, and noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 8000
"""Samples a second; speech and the tunes of music lie below its half, and codecs of 16 kbit/s still keep that."""

HOP = 80
STEP = HOP / SAMPLE_RATE
"""Seconds from one row to the next."""

_FRAME = 256
_BANDS = 24
_LOWEST, _HIGHEST = 120.0, 3800.0
_WINDOW = np.hanning(_FRAME).astype(np.float32)

_ROWS_AT_ONCE = 1000
_ROWS_AT_A_TIME = 30000
_JITTER = 0.04
"""Seconds that a block may come early or late: containers round their times, and codecs hand out uneven blocks."""
_MOST_GAP = 3600.0
"""Seconds. A longer gap is a damaged time: the sound goes on where it was."""
_MOST_BACK = 1.0
"""Seconds. Time that runs back further began anew: joined recordings go on where the one before ended."""

_FLOOR = 1e-3
"""Power, as a share of what is loud in its band, below which nothing is told apart: 30 dB."""
_TINY = 1e-9
_SLOW = 81
"""Rows over which the mean is taken away: what is slower than .8 s is gain, tone and background."""
_STILL = 0.05
_CLIP = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class BandEnergies:
    """How loud a sound track is, band by band.

    Attributes:
        start: of the first row's middle, seconds from the first video frame; row i is `STEP * i` later.
        power: mean square of the samples (full scale 1) of each band, one array a tuning asked for, float32
            [rows, bands]; NaN columns where a band lies beyond what the sound holds.
    """

    start: float
    power: tuple[NDArray[np.float32], ...]

    @property
    def rows(self) -> int:
        return len(self.power[0])

    @property
    def end(self) -> float:
        return self.start + STEP * self.rows


class BandMeter:
    """Takes a sound track in blocks and keeps 24 numbers a hundredth of a second: 35 MB an hour."""

    def __init__(self, tunings: Sequence[float] = (1.0,)) -> None:
        """Begins a track.

        Args:
            tunings: the bands' frequencies are multiplied by each: 1 / 1.25 finds the bands of a sound that was
                played a quarter faster, and so higher, in the sound it was made from.
        """
        self._banks = [_bank(tuning) for tuning in tunings]
        self._begun: float | None = None
        self._taken = 0
        self._waiting: list[NDArray[np.float32]] = []
        self._count = 0
        self._rows: list[list[NDArray[np.float32]]] = [[] for _ in self._banks]

    def add(self, start: float, samples: NDArray[np.float32]) -> None:
        """Takes the next block.

        Args:
            start: of its first sample, seconds from the first video frame.
            samples: at `SAMPLE_RATE`, full scale 1, float32 [n].
        """
        if self._begun is None:
            self._begun = start
        late = start - self._begun - self._taken / SAMPLE_RATE
        if _JITTER < late <= _MOST_GAP:
            self._skip(round(late * SAMPLE_RATE))
        elif -_MOST_BACK <= late < -_JITTER:
            samples = samples[round(-late * SAMPLE_RATE) :]
        self._take(samples)

    def energies(self) -> BandEnergies:
        """All of it; without rows where less than one row's worth came."""
        self._measure(0)
        power = tuple(np.concatenate(rows) if rows else np.zeros((0, _BANDS), np.float32) for rows in self._rows)
        return BandEnergies((self._begun or 0.0) + _FRAME / 2 / SAMPLE_RATE, power)

    def _skip(self, count: int) -> None:
        while count > 0:
            part = min(count, HOP * _ROWS_AT_ONCE)
            self._take(np.zeros(part, np.float32))
            count -= part

    def _take(self, samples: NDArray[np.float32]) -> None:
        self._taken += len(samples)
        self._waiting.append(samples)
        self._count += len(samples)
        self._measure(HOP * _ROWS_AT_ONCE)

    def _measure(self, least: int) -> None:
        if self._count < max(least, _FRAME):
            return
        rest = np.concatenate(self._waiting)
        while len(rest) >= max(least, _FRAME):
            rows = min((len(rest) - _FRAME) // HOP + 1, _ROWS_AT_ONCE)
            frames = np.lib.stride_tricks.sliding_window_view(rest, _FRAME)[: rows * HOP : HOP]
            spectrum = np.fft.rfft(frames * _WINDOW, axis=1)
            power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
            for bank, kept in zip(self._banks, self._rows, strict=True):
                kept.append(power @ bank)
            rest = rest[rows * HOP :]
        self._waiting, self._count = [rest], len(rest)


def loudness(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """How loud each row is over all bands, dB below full scale, float32 [rows]."""
    return np.asarray(10 * np.log10(np.nansum(power, axis=1) + 1e-12), np.float32)


def features(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much louder or softer than just before and after each band is: what the ear follows, gain and tone left out.

    Args:
        power: of `BandEnergies`, float32 [rows, bands].

    Returns:
        float32 [rows, bands], each band with mean about 0 and deviation about 1 where it varies, limited to 3; 0 where
        nothing is heard or the band is not there.
    """
    if not len(power):
        return np.zeros_like(power)
    there = np.isfinite(power[0])
    loud = np.percentile(np.where(there, power, np.float32(0)), 95, axis=0)
    floor = np.maximum(_FLOOR * loud, _TINY)
    change = np.empty_like(power)
    for first in range(0, len(power), _ROWS_AT_A_TIME):
        low, last = max(first - _SLOW, 0), first + _ROWS_AT_A_TIME
        around = power[low : last + _SLOW]
        change[first:last] = _changes(around, floor, there)[first - low :][:_ROWS_AT_A_TIME]
    spread = change.std(axis=0)
    change /= np.where(spread > _STILL, spread, np.inf)
    return np.clip(change, -_CLIP, _CLIP, out=change)


def _changes(power: NDArray[np.float32], floor: NDArray[np.float64], there: NDArray[np.bool_]) -> NDArray[np.float64]:
    level = np.log(np.where(there, power, 0.0) + floor)
    change = _smooth(level - _mean(level, _SLOW))
    if not there.any():
        return change
    # What all bands share is loudness: two speakers who begin to speak at the same moment share it as well.
    return np.where(there, change - change[:, there].mean(axis=1, keepdims=True), 0.0)


def _smooth(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    padded = np.pad(rows, ((1, 1), (0, 0)), mode="edge")
    return 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]


def _mean(rows: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Of the rows around each, fewer at both ends."""
    sums = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0, dtype=np.float64)])
    places = np.arange(len(rows))
    low, high = np.maximum(places - width // 2, 0), np.minimum(places + width // 2 + 1, len(rows))
    return (sums[high] - sums[low]) / (high - low)[:, None]


def _bank(tuning: float) -> NDArray[np.float32]:
    """Triangles, evenly spaced as the ear hears pitch (mel scale), float32 [_FRAME // 2 + 1, _BANDS]."""
    lowest, highest = (2595 * np.log10(1 + edge / 700) for edge in (_LOWEST, _HIGHEST))
    mel = np.linspace(lowest, highest, _BANDS + 2)
    edges = 700 * (10 ** (mel / 2595) - 1) * tuning
    bins = np.arange(_FRAME // 2 + 1) * SAMPLE_RATE / _FRAME
    # A triangle narrower than the distance of two bins would fall between them.
    low = np.minimum(edges[:-2], edges[1:-1] - SAMPLE_RATE / _FRAME)
    high = np.maximum(edges[2:], edges[1:-1] + SAMPLE_RATE / _FRAME)
    middle = edges[1:-1]
    rising = (bins[:, None] - low) / (middle - low)
    falling = (high - bins[:, None]) / (high - middle)
    bank = np.clip(np.minimum(rising, falling), 0, None)
    bank[:, high > SAMPLE_RATE / 2] = np.nan
    return (bank * 2 / (np.square(_WINDOW).sum() * _FRAME)).astype(np.float32)
