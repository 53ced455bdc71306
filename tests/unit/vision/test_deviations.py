"""Shots, and what deviates from what stands still in them."""

from __future__ import annotations

import numpy as np

from vtl_desktop.vision.deviations import deviations, other_scene, shots, stills

PIXELS = 600


def room(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(20, 230, PIXELS).astype(np.float32)


def film(*rooms: int, frames: int = 20) -> np.ndarray:
    """Frames of still rooms, one after the other, in each of which something crosses the picture."""
    greys = np.repeat(np.stack([room(number) for number in rooms]), frames, axis=0)
    for number, grey in enumerate(greys):
        grey[(number % frames) * 20 : (number % frames) * 20 + 40] = 255
    return greys


def test_a_cut_begins_a_shot_and_a_flash_of_movement_does_not() -> None:
    greys = film(1, 2)
    times = np.arange(40) / 25
    assert shots(greys, times).tolist() == [0] * 20 + [1] * 20
    shaken = film(1)
    shaken[1::2] = np.roll(shaken[1::2], 3, axis=1)
    assert shots(shaken, times[:20]).max() == 0


def test_a_gap_begins_a_shot() -> None:
    assert shots(film(1), np.concatenate([np.arange(10), np.arange(10) + 100]) / 25).tolist() == [0] * 10 + [1] * 10


def test_what_stands_still_is_of_each_shot() -> None:
    greys = film(1, 2)
    shot = shots(greys, np.arange(40) / 25)
    still = stills(greys, shot)
    assert np.abs(still - np.stack([room(1), room(2)])).max() < 1
    away = deviations(greys + 12, still[shot])
    assert np.median(np.abs(away)) < 1e-3
    assert away.max() == 25


def test_other_rooms_are_told_from_forged_ones() -> None:
    forged = room(1)
    forged[: PIXELS // 3] = room(9)[: PIXELS // 3]
    plain = np.full(PIXELS, 90, np.float32)
    told = other_scene(np.stack([forged * 0.6 + 20, room(2), plain]), np.stack([room(1)]))
    assert told[:, 0].tolist() == [False, True, False]
