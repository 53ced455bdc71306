"""Marks are kept as they were, and no more of them than fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.helpers import sample_case
from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.networks.marking import Marks
from vtl_desktop.services.mark_store import MarkStore, MarkStores


def marks(seed: int, height: int = 40, width: int = 60) -> Marks:
    rng = np.random.default_rng(seed)
    return Marks(*rng.integers(0, 256, (2, height, width), dtype=np.uint8))


def test_marks_come_back_as_they_were() -> None:
    store = MarkStore()
    store.put(3, marks(3))
    store.put(4, marks(4, 20, 30))
    for index, size in ((3, (40, 60)), (4, (20, 30))):
        found = store.get(index)
        assert found is not None
        assert np.array_equal(found.graphics, marks(index, *size).graphics)
        assert np.array_equal(found.altered, marks(index, *size).altered)
    assert store.get(5) is None


def test_the_marks_asked_for_the_longest_ago_go_first() -> None:
    store = MarkStore(most=3 * 2 * 40 * 60 + 500)
    for index in range(3):
        store.put(index, marks(index))
    assert store.get(0) is not None
    store.put(3, marks(3))
    assert store.get(1) is None
    assert all(store.get(index) is not None for index in (0, 2, 3))


def test_marks_put_again_replace_the_older_ones() -> None:
    store = MarkStore()
    store.put(0, marks(1))
    store.put(0, marks(2))
    found = store.get(0)
    assert found is not None
    assert np.array_equal(found.altered, marks(2).altered)


def test_something_larger_than_the_store_is_kept_until_the_next() -> None:
    store = MarkStore(most=10)
    store.put(0, marks(0))
    assert store.get(0) is not None
    store.put(1, marks(1))
    assert store.get(0) is None


def test_a_pair_has_one_store_until_its_alignment_changes() -> None:
    stores, exhibit, found = MarkStores(most=2), sample_case.exhibit(), sample_case.candidate(1)
    first = stores.of(exhibit, found)
    assert stores.of(exhibit, replace(found, rank=2)) is first
    moved = replace(found, alignment=Alignment((Segment(0.0, 1.0, 0.5),)))
    assert stores.of(exhibit, moved) is not first
    assert stores.of(exhibit, replace(found, mirrored=not found.mirrored)) is not first
    # The first was asked for the longest ago, and two are kept.
    assert stores.of(exhibit, found) is not first
