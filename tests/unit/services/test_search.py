from __future__ import annotations

import numpy as np
import pytest

from vtl_desktop.core.hashing import distances
from vtl_desktop.services.search import ClipSearch, CropSearch


def codes(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 64), dtype=np.uint8)


def blurred(values: np.ndarray, bits: int, seed: int) -> np.ndarray:
    """The same codes with some bits turned."""
    spread = np.unpackbits(values, axis=1)
    rng = np.random.default_rng(seed)
    for row in spread:
        row[rng.choice(spread.shape[1], bits, replace=False)] ^= 1
    return np.packbits(spread, axis=1)


@pytest.fixture
def table() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return codes(600, 0), np.repeat(np.arange(1, 61), 10), np.tile(np.arange(10) / 4, 60)


def test_nearest_is_exact(table) -> None:
    search = ClipSearch(*table)
    asked = codes(5, 1)
    found, rows = search.nearest(asked, 7)
    plain = np.sort(distances(asked, table[0]), axis=1)[:, :7]
    assert (found == plain).all()
    assert (distances(asked, table[0])[np.arange(5)[:, None], rows] == found).all()


def test_the_source_of_edited_clips_leads(table) -> None:
    search = ClipSearch(*table)
    suspect = blurred(table[0][221:229], 60, 2)
    ranked = search.rank(suspect)
    assert ranked[0].source_id == 23
    assert ranked[0].distance == 60
    assert ranked[0].matrix.shape == (8, 10)
    assert ranked[1].distance > 150


def test_clips_without_information_do_not_vote(table) -> None:
    search = ClipSearch(*table)
    suspect = np.concatenate([blurred(table[0][100:103], 40, 3), table[0][300:306]])
    informative = np.array([True] * 3 + [False] * 6)
    assert search.rank(suspect, informative=informative)[0].source_id == 11
    assert search.rank(suspect)[0].source_id == 31


def test_rows_may_come_in_any_order(table) -> None:
    order = np.random.default_rng(0).permutation(600)
    search = ClipSearch(*(part[order] for part in table))
    found, times = search.clips_of(5)
    assert len(found) == 10
    assert sorted(times) == list(np.arange(10) / 4)


def test_an_empty_database_has_no_candidates() -> None:
    nothing = ClipSearch(np.zeros((0, 64), np.uint8), np.zeros(0, np.int64), np.zeros(0))
    assert nothing.rank(codes(3, 0)) == []


def test_crops_name_the_source_and_the_part() -> None:
    boxes = np.array([[0, 0, 0.5, 0.5], [0.5, 0, 1, 0.5], [0.5, 0.5, 1, 1]], np.float32)
    table, sources = codes(60, 7), np.repeat(np.arange(1, 21), 3)
    search = CropSearch(table, sources, np.tile(boxes, (20, 1)))
    ranked = search.rank(blurred(table[[16, 16, 16]], 30, 8))
    assert (ranked[0].source_id, ranked[0].distance) == (6, 30)
    assert (ranked[0].box.x0, ranked[0].box.y0, ranked[0].box.x1, ranked[0].box.y1) == (0.5, 0, 1, 0.5)
    assert len({one.source_id for one in ranked}) == len(ranked)


def test_without_crops_none_is_ranked() -> None:
    search = CropSearch(codes(0, 0), np.zeros(0, np.int64), np.zeros((0, 4), np.float32))
    assert search.rank(codes(3, 1)) == []
