from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vtl_desktop.core.hashing import distances, margins, pack_bits, unpack_bits, vote


@given(st.integers(0, 2**32 - 1), st.sampled_from([64, 128, 256, 512, 1024]), st.integers(1, 5), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_distances_are_counts_of_differing_bits(seed: int, bits: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 2, (n, bits)), rng.integers(0, 2, (m, bits))
    plain = [[int(sum(x != y for x, y in zip(left, right, strict=True))) for right in b] for left in a]
    assert distances(pack_bits(a), pack_bits(b)).tolist() == plain


def test_packing_keeps_the_bits() -> None:
    bits = np.random.default_rng(0).integers(0, 2, (7, 64)).astype(np.uint8)
    assert (unpack_bits(pack_bits(bits)) == bits).all()


def test_prefix_of_a_code_is_the_code_of_the_prefix() -> None:
    bits = np.random.default_rng(0).integers(0, 2, (3, 1024))
    assert (pack_bits(bits)[:, :8] == pack_bits(bits[:, :64])).all()


def test_codes_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="64 and 128 bits"):
        distances(np.zeros((1, 8), np.uint8), np.zeros((1, 16), np.uint8))


def test_vote_takes_the_majority_of_each_bit_and_ties_give_one() -> None:
    bits = np.zeros((4, 64), np.uint8)
    bits[:3, 0] = 1
    bits[:2, 1] = 1
    bits[:1, 2] = 1
    assert unpack_bits(vote(pack_bits(bits))[None])[0, :4].tolist() == [1, 1, 0, 0]


def test_margins_say_how_sure_a_vote_is() -> None:
    bits = np.zeros((4, 64), np.uint8)
    bits[:, 0], bits[:2, 1], bits[:3, 2] = 1, 1, 1
    assert margins(pack_bits(bits))[:4].tolist() == [255, 0, 128, 255]
    with pytest.raises(ValueError, match="no codes"):
        margins(np.zeros((0, 8), np.uint8))


def test_nothing_to_vote_on_is_refused() -> None:
    with pytest.raises(ValueError, match="no codes"):
        vote(np.zeros((0, 8), np.uint8))
