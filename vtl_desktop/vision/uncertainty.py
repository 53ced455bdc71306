"""How exactly a place is known: from the points it was fitted to, carried to the corners of what both pictures show.

Least squares with a covariance that bears clusters (Liang and Zeger 1986, "sandwich"): points near each other, and the
same place in several frames, are off together, as they share texture, codec blocks and interpolation. Each cell of a
grid over the suspect therefore counts as one observation, whatever number of points lies in it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.localization import Uncertainty
from vtl_desktop.core.place_words import clipped
from vtl_desktop.vision.fitting import Fitted, errors, fit_perspective, refit
from vtl_desktop.vision.geometry import Matrix, Points, Size, apply, outline, zoom

CELLS = 5
"""Cells of the grid along each side."""

FREER = 1.5
"""Times the tolerance within which a freer model hears points: those that the stiffer one missed are what counts."""

SETTLED = 0.4
"""Share of the tracked points that agree, below which another place is as likely: on 160 registrations of real pictures
that were right at least 0.55 agreed, of six that were led astray by a forged region at most 0.21."""

FLOOR = 0.03
"""Pixels at working size: below this, what interpolation and chroma siting do to a place outweighs the points' say."""

KEYPOINT_FLOOR = 0.3
"""The same for keypoints, all of which a blur or a codec can shift the same way."""

_STEP = 0.25
"""Pixels over which a matrix is taken to be linear."""


def place_uncertainty(fitted: Fitted, suspect: Size, source: Size) -> Uncertainty | None:
    """The standard error of a place.

    What the points leave open in the fitted model; what a freer model, fitted to the same points, says otherwise; and,
    where most tracked points disagree, how far: then the place may be that of something else.

    Args:
        fitted: suspect to source.
        suspect, source: sizes of the pictures in whose pixels all this is.

    Returns:
        In pixels of the suspect; None where too few points agree, or the pictures do not meet.
    """
    matrix = fitted.matrix
    shared = clipped(apply(np.asarray(np.linalg.inv(matrix), np.float64), outline(source)), suspect)
    if len(shared) < 3:
        return None
    asked = np.vstack([shared.mean(axis=0), shared])
    squared = _squared(fitted.model, matrix, fitted, asked, suspect)
    if squared is None:
        return None
    freer = refit(fit_perspective, matrix, fitted.before, fitted.after, FREER * fitted.tolerance)
    beyond = _squared("perspective", freer, fitted, asked, suspect)
    if beyond is not None:
        back = np.asarray(np.linalg.inv(matrix), np.float64)
        apart = np.linalg.norm(apply(back @ freer, asked) - asked, axis=1)
        # What the freer model is uncertain of itself is no evidence against the stiffer one.
        squared += np.maximum(np.nan_to_num(apart**2, posinf=0.0) - beyond, 0.0)
    off = errors(matrix, fitted.before, fitted.after)
    agreeing = off < fitted.tolerance
    if fitted.tracked and agreeing.mean() < SETTLED:
        squared += (float(np.median(off[~agreeing])) / zoom(matrix)) ** 2
    squared += (FLOOR if fitted.tracked else KEYPOINT_FLOOR) ** 2
    return Uncertainty(middle=float(np.sqrt(squared[0])), worst=float(np.sqrt(squared[1:].max())))


def _squared(model: str, matrix: Matrix, fitted: Fitted, asked: Points, suspect: Size) -> NDArray[np.float64] | None:
    """Variance of the place at some points, in the suspect's pixels, by one model: float64 [len(asked)]."""
    chosen = errors(matrix, fitted.before, fitted.after) < fitted.tolerance
    before, after = fitted.before[chosen], fitted.after[chosen]
    if len(before) <= _PARAMETERS.get(model, _PARAMETERS["upright"]):
        return None
    middle, scale = before.mean(axis=0), float(max(before.std(), 1.0))
    covariance = _covariance(_design(model, matrix, before, middle, scale), matrix, before, after, suspect)
    if covariance is None:
        return None
    design = _design(model, matrix, asked, middle, scale).reshape(len(asked), 2, -1)
    moved = np.linalg.inv(_linear(matrix, asked)) @ design
    return np.einsum("nij,jk,nik->n", moved, covariance, moved)


_PARAMETERS = {"upright": 4, "turned": 4, "affine": 6, "perspective": 8}


def _covariance(
    design: NDArray[np.float64], matrix: Matrix, before: Points, after: Points, suspect: Size
) -> NDArray[np.float64] | None:
    """Of the parameters: float64 [p, p]; the larger of what clusters and what single points say."""
    residuals = (after - apply(matrix, before)).reshape(-1)
    parameters = design.shape[1]
    normal = design.T @ design
    if np.linalg.cond(normal) > 1e12:
        return None
    bread = np.linalg.inv(normal)
    variance = float(residuals @ residuals) / (len(residuals) - parameters)
    single = variance * bread
    cells = np.clip((before + 0.5) / suspect * CELLS, 0, CELLS - 1).astype(np.int64)
    _, cluster = np.unique(cells @ [1, CELLS], return_inverse=True)
    scores = np.zeros((int(cluster.max()) + 1, parameters))
    np.add.at(scores, np.repeat(cluster, 2), design * residuals[:, None])
    if len(scores) <= parameters:
        # Too few clusters for a say of their own: each is taken for one point.
        return single * max(len(before) / len(scores), 1.0)
    clustered = bread @ (scores.T @ scores) @ bread * len(scores) / (len(scores) - parameters)
    return clustered if np.trace(clustered) > np.trace(single) else single


def _design(model: str, matrix: Matrix, points: Points, middle: Points, scale: float) -> NDArray[np.float64]:
    """What each parameter of a model moves each point by: float64 [2 n, p], rows x, y, x, y ..."""
    x, y = ((points - middle) / scale).T
    one, none = np.ones(len(x)), np.zeros(len(x))
    if model == "turned":
        rows = [[x, -y, one, none], [y, x, none, one]]
    elif model == "affine":
        rows = [[x, y, one, none, none, none], [none, none, none, x, y, one]]
    elif model == "perspective":
        u, v = ((apply(matrix, points) - apply(matrix, middle[None])) / scale).T
        depth = (points @ matrix[2, :2] + matrix[2, 2]) / (middle @ matrix[2, :2] + matrix[2, 2])
        linear = [[x, y, one, none, none, none, -u * x, -u * y], [none, none, none, x, y, one, -v * x, -v * y]]
        rows = [[value / depth for value in row] for row in linear]
    else:
        rows = [[x, one, none, none], [none, none, y, one]]
    return np.stack([np.stack(row, axis=1) for row in rows], axis=1).reshape(2 * len(x), -1)


def _linear(matrix: Matrix, points: Points) -> NDArray[np.float64]:
    """Source pixels a suspect pixel at some points: float64 [n, 2, 2]."""
    steps = [(apply(matrix, points + step) - apply(matrix, points - step)) / (2 * _STEP) for step in np.eye(2) * _STEP]
    return np.stack(steps, axis=2)
