from __future__ import annotations

import numpy as np

from vtl_desktop.training.takes import FRAMES, TAKES, takes

PICTURES = np.random.default_rng(0).integers(0, 256, (12, 8, 8, 3), dtype=np.uint8).repeat(6, 1).repeat(6, 2)


def test_takes_have_their_shape_and_are_repeatable() -> None:
    made = takes(3, 32, 5, PICTURES)
    assert made.shape == (3 * TAKES, FRAMES, 32, 32, 3)
    assert made.dtype == np.uint8
    assert np.array_equal(made, takes(3, 32, 5, PICTURES))
    assert np.array_equal(made[:TAKES], takes(1, 32, 5, PICTURES)), "a scene does not depend on how many there are"
    assert not np.array_equal(made, takes(3, 32, 6, PICTURES))
    assert takes(0, 32, 5, PICTURES).shape == (0, FRAMES, 32, 32, 3)


def test_takes_of_a_scene_look_alike_and_are_not_the_same() -> None:
    made = takes(20, 48, 1, PICTURES).astype(np.float32)
    means = made.mean(1).reshape(20, TAKES, -1)
    within = np.abs(means[:, 0] - means[:, 1]).mean(1)
    between = np.abs(means[:, 0] - np.roll(means[:, 0], 1, 0)).mean(1)
    assert np.median(within) < 0.5 * np.median(between)
    assert within.min() > 0.5, "two takes differ"


def test_something_moves_in_every_take() -> None:
    made = takes(20, 48, 2, PICTURES).astype(np.float32)
    moved = np.abs(np.diff(made, axis=1)).mean((2, 3, 4))
    assert (moved.max(1) > 0.1).mean() > 0.95
    # And it moves little from frame to frame, as things do.
    assert np.median(moved) < 12
