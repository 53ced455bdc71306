"""Codes: k bits of a clip, packed eight to a byte; distances, votes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BIT_LENGTHS = (64, 128, 256, 512, 1024)
DEFAULT_BITS = 512

Codes = NDArray[np.uint8]
"""Packed codes, uint8 [n, bits / 8]; bit i of a code is bit 7 - i % 8 of byte i // 8 (numpy.packbits order)."""


def pack_bits(bits: NDArray[np.bool_] | NDArray[np.uint8]) -> Codes:
    """Packs bits [n, k], true or 1 where set, to uint8 [n, k / 8]."""
    return np.packbits(np.asarray(bits, dtype=bool), axis=1)


def unpack_bits(codes: Codes) -> NDArray[np.uint8]:
    """The bits of packed codes [n, k / 8] as 0 and 1, uint8 [n, k]."""
    return np.unpackbits(codes, axis=1)


def distances(a: Codes, b: Codes) -> NDArray[np.uint16]:
    """Hamming distances of all pairs.

    Args:
        a: packed codes, uint8 [n, bytes].
        b: packed codes, uint8 [m, bytes], the same number of bytes, a multiple of 8.

    Returns:
        uint16 [n, m], in bits.
    """
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"codes of {a.shape[1] * 8} and {b.shape[1] * 8} bits cannot be compared")
    left = np.ascontiguousarray(a).view(np.uint64)
    right = np.ascontiguousarray(b).view(np.uint64)
    total = np.zeros((len(left), len(right)), np.uint16)
    for word in range(left.shape[1]):
        total += np.bitwise_count(left[:, word, None] ^ right[None, :, word])
    return total


def margins(codes: Codes) -> NDArray[np.uint8]:
    """How far the vote on each bit is from a tie: 0 for a tie, 255 where all agree.

    Args:
        codes: packed, uint8 [n, bytes], n >= 1.

    Returns:
        uint8 [bits].
    """
    if len(codes) == 0:
        raise ValueError("no codes to vote on")
    share = unpack_bits(codes).mean(axis=0, dtype=np.float64)
    return np.round(255 * np.abs(2 * share - 1)).astype(np.uint8)


def vote(codes: Codes) -> Codes:
    """The hash center of some codes: each bit as most of them have it; a tie gives 1.

    Args:
        codes: packed, uint8 [n, bytes], n >= 1.

    Returns:
        One packed code, uint8 [bytes].
    """
    if len(codes) == 0:
        raise ValueError("no codes to vote on")
    ones = unpack_bits(codes).sum(axis=0, dtype=np.int64)
    return np.packbits(ones * 2 >= len(codes))
