"""Models fitted to points."""

from __future__ import annotations

import numpy as np
import pytest

from vtl_desktop.vision.fitting import MODELS, errors, fit_affine, fit_turned, fit_upright, refit
from vtl_desktop.vision.geometry import apply

TRUE = {
    "upright": np.array([[1.5, 0, 20], [0, 0.7, -5], [0, 0, 1]]),
    "turned": np.array([[0.9, -0.4, 30], [0.4, 0.9, 12], [0, 0, 1]]),
    "affine": np.array([[1.1, 0.2, 3], [-0.1, 0.8, 9], [0, 0, 1]]),
    "perspective": np.array([[1.1, 0.1, 5], [0.05, 0.9, 8], [2e-4, -1e-4, 1]]),
}


def points(count: int = 60) -> np.ndarray:
    return np.random.default_rng(1).uniform(0, 400, (count, 2))


@pytest.mark.parametrize(("name", "fit"), MODELS)
def test_each_model_finds_what_it_stands_for(name: str, fit: object) -> None:
    before = points()
    assert np.allclose(errors(fit(before, apply(TRUE[name], before)), before, apply(TRUE[name], before)), 0, atol=0.01)


def test_a_turned_model_finds_a_reversal_too() -> None:
    mirror = np.array([[-0.8, 0.3, 300], [0.3, 0.8, 10], [0, 0, 1]])
    before = points()
    assert np.allclose(fit_turned(before, apply(mirror, before)), mirror)


def test_too_few_or_coinciding_points_give_no_model() -> None:
    assert all(fit(points(1), points(1)) is None for _, fit in MODELS)
    same = np.ones((9, 2))
    assert fit_upright(same, same) is None
    assert fit_turned(same, same) is None
    assert fit_affine(same, same) is None


def test_refitting_leaves_outliers_out() -> None:
    before = points()
    after = apply(TRUE["affine"], before)
    after[::3] += 40
    found = refit(fit_affine, TRUE["affine"] + np.array([[0, 0, 1.5], [0, 0, -1], [0, 0, 0]]), before, after, 3.0)
    assert np.allclose(found, TRUE["affine"])
