"""How far apart the hash centers of sources lie, beside random and Hadamard codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vtl_desktop.core.hashing import Codes, distances, pack_bits


@dataclass(frozen=True, slots=True)
class Spread:
    """Distances in bits between all pairs of some codes: the least, the 1st percentile, the mean."""

    least: float
    first_percentile: float
    mean: float


def spread(codes: Codes) -> Spread:
    """How far apart codes lie, uint8 [n, bytes], n >= 2."""
    apart = distances(codes, codes)[np.triu_indices(len(codes), 1)]
    return Spread(float(apart.min()), float(np.percentile(apart, 1)), float(apart.mean()))


def random_codes(count: int, bits: int, seed: int) -> Codes:
    """Packed codes with half of the bits set, which ones is drawn: uint8 [count, bits / 8]."""
    random = np.random.default_rng(seed)
    return pack_bits(random.permuted(np.tile(np.arange(bits) < bits // 2, (count, 1)), axis=1))


def hadamard_codes(count: int, bits: int) -> Codes | None:
    """Rows of the Hadamard matrix after Sylvester, then their complements: any two differ in half the bits or in all.

    Args:
        count: how many.
        bits: a power of two, 8 or more.

    Returns:
        Packed, uint8 [count, bits / 8]; None where there are not so many, which is beyond 2 * bits.
    """
    if count > 2 * bits:
        return None
    places = np.arange(bits)
    rows = np.bitwise_count(places[:, None] & places[None]) % 2 == 0
    return pack_bits(np.concatenate([rows, ~rows])[:count])
