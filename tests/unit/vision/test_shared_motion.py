from __future__ import annotations

import numpy as np
import pytest

from vtl_desktop.vision.shared_motion import shared_motion

HEIGHT, WIDTH, COUNT = 88, 160, 8
ROOM = np.random.default_rng(0).uniform(40, 200, (HEIGHT // 8, WIDTH // 8)).repeat(8, 0).repeat(8, 1)
ALL = np.ones((HEIGHT, WIDTH), bool)


def take(seed: int, walkers: int = 5) -> np.ndarray:
    """Grey frames of the same room in which things walk as the seed says: float32 [COUNT, HEIGHT, WIDTH]."""
    rng = np.random.default_rng(seed)
    frames = np.stack([ROOM] * COUNT)
    for _ in range(walkers):
        x, y = rng.integers(0, WIDTH - 60), rng.integers(0, HEIGHT - 24)
        level, pace = rng.uniform(0, 255), rng.uniform(2, 6)
        for number in range(COUNT):
            left = int(x + pace * number)
            frames[number, y : y + 24, left : left + 16] = level
    return frames.astype(np.float32)


def test_a_copy_moves_alike_whatever_was_done_to_its_colours() -> None:
    source = take(1)
    grain = np.random.default_rng(9).normal(0, 3, source.shape)
    flicker = np.linspace(-6, 6, COUNT)[:, None, None]
    copy = (0.6 * source + 30 + grain + flicker).astype(np.float32)
    assert shared_motion(source, source, ALL) == pytest.approx(1)
    assert shared_motion(copy, source, ALL) > 0.9


def test_another_take_of_the_same_room_does_not() -> None:
    alike = [shared_motion(take(seed), take(seed + 50), ALL) for seed in range(1, 9)]
    assert all(share is not None and share < 0.35 for share in alike)


def test_what_was_forged_takes_its_own_cells_out_only() -> None:
    source = take(2, walkers=8)
    forged = source.copy()
    forged[:, 16:48, 16:56] = take(60, walkers=30)[:, 16:48, 16:56]
    share = shared_motion(forged, source, ALL)
    assert share is not None
    assert 0.5 < share < 0.95


def test_the_wrong_moments_do_not_move_alike() -> None:
    source = take(3, walkers=8)
    share = shared_motion(source, np.roll(source, COUNT // 2, axis=0), ALL)
    assert share is not None
    assert share < 0.4


@pytest.mark.parametrize("frames", [take(4, walkers=0), take(4)[:2]], ids=["nothing moves", "two moments"])
def test_where_there_is_nothing_to_tell_by_nothing_is_told(frames: np.ndarray) -> None:
    grain = np.random.default_rng(1).normal(0, 2, frames.shape).astype(np.float32)
    assert shared_motion(frames + grain, frames, ALL) is None


def test_only_what_both_show_counts() -> None:
    source, other = take(5, walkers=8), take(70, walkers=8)
    inside = np.zeros_like(ALL)
    inside[:, :80] = True
    other[:, :, :80] = source[:, :, :80]
    assert shared_motion(other, source, inside) == pytest.approx(1)
    assert shared_motion(other, source, np.zeros_like(ALL)) is None
