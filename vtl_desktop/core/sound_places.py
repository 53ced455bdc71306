"""Where in a source a piece of sound comes from: by correlation, at one place or at all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.sound_bands import STEP

_APART = 0.25
"""Seconds: two places nearer than this are one."""
_OVERLAP = 0.6
"""Share of the piece that has to lie within the source."""
_LEAST_ENERGY = 0.2

Features = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Place:
    """The best place in the source for a piece of the suspect's sound.

    Attributes:
        source_start: source time of the piece's first row, seconds.
        correlation: there, -1 to 1.
        second: the largest correlation farther than a quarter of a second from there; 0 where there is none.
    """

    source_start: float
    correlation: float
    second: float

    @property
    def confidence(self) -> float:
        """1 less the ratio of the second-best to the best, 0 to 1."""
        return 0.0 if self.correlation <= 0 else float(np.clip(1 - self.second / self.correlation, 0, 1))


def at_times(rows: Features, start: float, times: NDArray[np.float64]) -> Features:
    """Features at any times, between rows by straight lines; zeros where the sound does not reach.

    Args:
        rows: float32 [n, bands], the first at `start` seconds and one each `STEP`.
        times: seconds, float64 [m].

    Returns:
        float32 [m, bands].
    """
    if len(rows) < 2:
        return np.zeros((len(times), rows.shape[1]), np.float32)
    places = (times - start) / STEP
    low = np.clip(np.floor(places).astype(np.int64), 0, len(rows) - 2)
    part = (places - low).astype(np.float32)[:, None]
    between = np.asarray(rows[low] * (1 - part) + rows[low + 1] * part, np.float32)
    between[(places < 0) | (places > len(rows) - 1)] = 0.0
    return between


def correlations(
    suspect: Features, source: Features, reach: int, centres: NDArray[np.int64], half: int
) -> NDArray[np.float64]:
    """How alike both sounds are around some rows, at small shifts.

    Args:
        suspect: float32 [n, bands].
        source: at the same times, and `reach` rows before and after: float32 [n + 2 * reach, bands].
        reach: largest shift, rows.
        centres: rows of the suspect, int64 [m].
        half: rows that count before and after each centre; fewer at both ends.

    Returns:
        float64 [m, 2 * reach + 1]; in column k the source is taken `k - reach` rows later. 0 where one side is still.
    """
    low, high = np.maximum(centres - half, 0), np.minimum(centres + half + 1, len(suspect))
    own = _sums(np.square(suspect).sum(axis=1))
    others = _sums(np.square(source).sum(axis=1))
    table = np.zeros((len(centres), 2 * reach + 1))
    for shift in range(2 * reach + 1):
        product = _sums(np.einsum("ij,ij->i", suspect, source[shift : shift + len(suspect)]))
        energy = (own[high] - own[low]) * (others[high + shift] - others[low + shift])
        table[:, shift] = (product[high] - product[low]) / np.sqrt(np.maximum(energy, 1e-9))
    return table


def best_place(piece: Features, source: Features, start: float, rate: float) -> Place | None:
    """Searches all of the source for a piece of the suspect's sound.

    Args:
        piece: of the suspect, float32 [n, bands].
        source: float32 [m, bands], its first row at `start` seconds.
        start: see `source`.
        rate: source seconds a suspect second that is tried.

    Returns:
        None where the source is too short for it, or one side is still.
    """
    count = int((len(source) - 1) / rate) + 1
    if len(piece) < 2 or count < _OVERLAP * len(piece):
        return None
    warped = source if rate == 1 else at_times(source, start, start + STEP * rate * np.arange(count, dtype=np.float64))
    size = 1 << (len(piece) + len(warped)).bit_length()
    spectrum = np.zeros(size // 2 + 1, np.complex128)
    for band in range(piece.shape[1]):
        spectrum += np.conj(np.fft.rfft(piece[:, band], size)) * np.fft.rfft(warped[:, band], size)
    product = np.fft.irfft(spectrum, size)
    shifts = np.arange(-len(piece) + 1, len(warped))
    table = _normalised(product[shifts], shifts, piece, warped)
    peak = int(table.argmax())
    if table[peak] <= 0:
        return None
    apart = np.abs(shifts - shifts[peak]) * STEP * rate > _APART
    second = float(table[apart].max()) if apart.any() else 0.0
    exact = shifts[peak] + summit(table, peak)
    return Place(start + STEP * rate * float(exact), float(table[peak]), max(second, 0.0))


def summit(values: NDArray[np.float64], peak: int) -> float:
    """How far from a largest value, in places, the top of the parabola through it and its neighbours lies."""
    if not 0 < peak < len(values) - 1:
        return 0.0
    left, middle, right = (float(value) for value in values[peak - 1 : peak + 2])
    bend = left - 2 * middle + right
    return 0.0 if bend >= 0 else float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5))


def _normalised(
    product: NDArray[np.float64], shifts: NDArray[np.int64], piece: Features, source: Features
) -> NDArray[np.float64]:
    own, others = _sums(np.square(piece).sum(axis=1)), _sums(np.square(source).sum(axis=1))
    first, last = np.maximum(-shifts, 0), np.minimum(len(piece), len(source) - shifts)
    mine = own[last] - own[first]
    theirs = others[last + shifts] - others[first + shifts]
    fits = (last - first >= _OVERLAP * len(piece)) & (mine > 0.5 * own[-1]) & (theirs > _LEAST_ENERGY * mine)
    return np.where(fits, product / np.sqrt(np.maximum(mine * theirs, 1e-9)), -1.0)


def _sums(values: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
