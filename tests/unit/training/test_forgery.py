from __future__ import annotations

import numpy as np
import pytest

from vtl_desktop.training.forgery import FORGERS, moving_masks


def textured(count: int, seed: int, height: int = 96, width: int = 128) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, height // 8, width // 8, 3), dtype=np.uint8)
    return coarse.repeat(8, axis=1).repeat(8, axis=2) // 2 + rng.integers(0, 128, (count, height, width, 3), np.uint8)


@pytest.mark.parametrize("name", FORGERS)
@pytest.mark.parametrize("seed", range(3))
def test_exactly_the_masked_pixels_change(name: str, seed: int) -> None:
    frames, other = textured(4, seed), textured(4, seed + 100)
    masks = moving_masks(4, 96, 128, np.random.default_rng(seed))
    forged = FORGERS[name](frames, other, masks, np.random.default_rng(seed))
    assert forged.shape == frames.shape
    assert forged.dtype == np.uint8
    changed = (forged != frames).any(-1)
    assert not (changed & ~masks).any()
    assert changed[masks].mean() > 0.8


@pytest.mark.parametrize("name", FORGERS)
def test_is_the_same_for_the_same_seed(name: str) -> None:
    frames, other = textured(3, 1), textured(3, 2)
    masks = moving_masks(3, 96, 128, np.random.default_rng(3))
    first, second = (FORGERS[name](frames, other, masks, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("name", FORGERS)
def test_flat_pictures_and_masks_to_the_edge_are_survived(name: str) -> None:
    frames = np.full((2, 48, 64, 3), 90, np.uint8)
    masks = np.zeros((2, 48, 64), bool)
    masks[:, :, :40] = True
    forged = FORGERS[name](frames, np.zeros_like(frames), masks, np.random.default_rng(0))
    assert np.array_equal(forged[~masks], frames[~masks])


def test_the_background_of_other_frames_is_used_for_removal() -> None:
    frames = np.repeat(textured(1, 9), 5, axis=0)
    clean = frames.copy()
    masks = np.zeros(frames.shape[:3], bool)
    for index in range(5):
        masks[index, 30:60, 20 * index : 20 * index + 20] = True
        frames[index][masks[index]] = 0
    forged = FORGERS["remove_by_background"](frames, frames, masks, np.random.default_rng(0))
    inner = masks[:, 36:54]
    assert np.abs(forged[:, 36:54][inner].astype(int) - clean[:, 36:54][inner]).mean() < 25


def test_masks_move_and_are_never_empty() -> None:
    for seed in range(10):
        masks = moving_masks(20, 60, 80, np.random.default_rng(seed), low=0.01, high=0.5)
        assert masks.shape == (20, 60, 80)
        assert masks.any((1, 2)).all()
    assert any(
        not np.array_equal(m[0], m[-1]) for m in (moving_masks(20, 60, 80, np.random.default_rng(s)) for s in range(5))
    )
