"""People masks on drawn figures."""

from __future__ import annotations

import numpy as np

from tests.helpers.moving_figures import HEIGHT, WIDTH, filmed, room, somebody
from vtl_desktop.vision.people_mask import people_mask, without_people

TIMES = np.arange(40) / 25


def test_somebody_who_moves_is_masked_and_the_wall_is_not() -> None:
    picture = somebody(0.8, scene=3, seed=7)
    mask = people_mask(picture, filmed(TIMES, TIMES).energy())
    figure = (picture != room(3)).any(axis=2)
    assert mask.shape == (HEIGHT, WIDTH)
    assert mask[figure].mean() > 0.7
    assert mask[~figure].mean() < 0.35
    assert not mask[:40, :60].any()


def test_nobody_is_masked_where_nothing_moves() -> None:
    assert not people_mask(room(3), np.zeros((6, 8), np.float32)).any()


def test_the_same_picture_gives_the_same_mask() -> None:
    picture, energy = somebody(0.8, scene=3, seed=7), filmed(TIMES, TIMES).energy()
    first = people_mask(picture, energy)
    np.random.default_rng().random(10)
    np.testing.assert_array_equal(people_mask(picture, energy), first)


def test_a_picture_that_moves_all_over_is_left_as_it_is() -> None:
    assert not people_mask(np.full((90, 160, 3), (205, 150, 125), np.uint8), np.ones((6, 8), np.float32)).any()


def test_the_filling_hides_who_was_there() -> None:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[30:, 90:260] = True
    figures = somebody(0.8, scene=3, seed=7), somebody(2.1, scene=3, seed=8, tint=(90, 60, 40))
    first, second = (without_people(np.where(mask[..., None], one, room(3)), mask) for one in figures)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first[~mask], room(3)[~mask])
    # No step at the outline, and nothing darker or brighter than what is around.
    inner = first[mask].astype(int)
    assert inner.min() >= int(room(3)[~mask].min()) - 1
    assert abs(first[60, 90].astype(int) - first[60, 88].astype(int)).max() < 90


def test_an_empty_or_a_full_mask_changes_nothing() -> None:
    picture = room(1)
    for mask in (np.zeros((HEIGHT, WIDTH), bool), np.ones((HEIGHT, WIDTH), bool)):
        np.testing.assert_array_equal(without_people(picture, mask), picture)
