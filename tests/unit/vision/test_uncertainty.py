"""The stated standard error against true errors of drawn points."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from vtl_desktop.vision.fitting import MODELS, NOT_FITTED, Fitted
from vtl_desktop.vision.geometry import Points, apply, outline
from vtl_desktop.vision.registration import register
from vtl_desktop.vision.uncertainty import place_uncertainty

SIZE = (640, 360)
TRUE = {
    "upright": np.array([[0.7, 0, 60], [0, 0.8, 20], [0, 0, 1]]),
    "turned": np.array([[0.78, -0.1, 90], [0.1, 0.78, 20], [0, 0, 1]]),
    "affine": np.array([[0.75, -0.1, 70], [0.05, 0.7, 20], [0, 0, 1]]),
    "perspective": np.array([[0.8, -0.05, 60], [0.03, 0.8, 20], [0.0001, 0.0001, 1]]),
}


def fitted(model: str, seed: int, noise: float = 0.3, clumps: int = 0) -> Fitted:
    """Points with normal noise; in clumps, all of a clump are off together."""
    random = np.random.default_rng(seed)
    before = random.uniform((20, 20), (620, 340), (300, 2))
    off = random.normal(0, noise, before.shape)
    if clumps:
        centres, shared = random.uniform((20, 20), (620, 340), (clumps, 2)), random.normal(0, noise, (clumps, 2))
        member = random.integers(0, clumps, len(before))
        before, off = centres[member] + random.normal(0, 4, before.shape), shared[member] + off / 10
    after = apply(TRUE[model], before) + off
    matrix = dict(MODELS)[model](before, after)
    assert matrix is not None
    return Fitted(matrix, model, before, after, 6 * noise, tracked=True)


def worst_corner(matrix: np.ndarray, true: np.ndarray) -> float:
    corners: Points = outline(SIZE)
    return float(np.linalg.norm(apply(np.linalg.inv(true) @ matrix, corners) - corners, axis=1).max())


@pytest.mark.parametrize("model", list(TRUE))
@pytest.mark.parametrize("clumps", [0, 40])
def test_twice_the_stated_error_holds_the_true_place(model: str, clumps: int) -> None:
    within, ratios = 0, []
    for seed in range(60):
        found = fitted(model, seed, clumps=clumps)
        stated = place_uncertainty(found, SIZE, SIZE)
        assert stated is not None
        assert stated.middle < stated.worst
        ratios.append(worst_corner(found.matrix, TRUE[model]) / stated.worst)
        within += ratios[-1] <= 2
    assert within >= 0.88 * 60
    # Not merely large: typical errors come near what is stated.
    assert np.median(ratios) > 0.3


def test_a_model_that_is_too_stiff_is_told_by_a_freer_one() -> None:
    found = fitted("perspective", 1, noise=0.05)
    stiff = dict(MODELS)["affine"](found.before, found.after)
    assert stiff is not None
    stated = place_uncertainty(Fitted(stiff, "affine", found.before, found.after, 8.0, tracked=True), SIZE, SIZE)
    assert stated is not None
    assert stated.worst > 0.5 * worst_corner(stiff, TRUE["perspective"]) > 1


def test_where_most_tracked_points_disagree_the_place_may_be_that_of_something_else() -> None:
    found = fitted("upright", 3)
    after = found.after.copy()
    after[:220] += (9, 0)
    led = Fitted(TRUE["upright"], "upright", found.before, after, 1.0, tracked=True)
    alone = place_uncertainty(Fitted(TRUE["upright"], "upright", found.before, after, 1.0, tracked=False), SIZE, SIZE)
    stated = place_uncertainty(led, SIZE, SIZE)
    assert stated is not None
    assert alone is not None
    assert stated.worst > 8 > 5 * alone.worst


def test_the_whole_picture_is_as_uncertain_as_an_upright_place() -> None:
    random = np.random.default_rng(0)
    before = random.uniform(20, 340, (100, 2))
    found = Fitted(np.eye(3), NOT_FITTED, before, before + random.normal(0, 0.2, before.shape), 1.0, tracked=True)
    stated = place_uncertainty(found, SIZE, SIZE)
    assert stated is not None
    assert 0.03 < stated.worst < 0.3


def test_too_few_points_say_nothing() -> None:
    points = np.array([[1.0, 1], [50, 9], [20, 70], [90, 60]])
    assert place_uncertainty(Fitted(np.eye(3), "perspective", points, points, 1.0, tracked=True), SIZE, SIZE) is None


def test_a_registration_states_it_in_pixels_of_the_full_suspect(
    scene: Callable[..., np.ndarray], compressed: Callable[..., np.ndarray]
) -> None:
    source = scene(1)
    found = register(compressed(source, 40), source)
    assert found.uncertainty is not None
    assert 0 < found.uncertainty.middle <= found.uncertainty.worst < 0.5
    assert register(scene(5), scene(6)).uncertainty is None
