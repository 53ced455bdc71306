"""Models of what happened to all the colours of a picture, from the simplest to the freest, each fitted robustly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.vision.opencv import cv2

FloatPicture = NDArray[np.float32]
"""RGB, float32 [..., 3], 0 to 255."""

ColourModel = Callable[[FloatPicture], FloatPicture]
"""Takes the source's colours, [height, width, 3], to the suspect's."""

Numbers = NDArray[np.floating]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
ROUNDS = 8
COLOURLESS = 6.0
"""Grey levels between the channels up to which a picture is grey: compression leaves some colour."""


def unchanged(picture: FloatPicture) -> FloatPicture:
    return picture


UNCHANGED: ColourModel = unchanged


def fit_grey(before: FloatPicture, after: FloatPicture) -> ColourModel | None:
    """The suspect has no colours: only brightness is compared. None where it has.

    Args:
        before, after: samples of the source's and of the suspect's colours, [n, 3].
    """
    spread = after.max(axis=1) - after.min(axis=1)
    if np.percentile(spread, 95) > COLOURLESS:
        return None
    tone = _robust_line(before @ LUMA, after @ LUMA)

    def grey(picture: FloatPicture) -> FloatPicture:
        # A matrix with three equal rows: the luma, with the tone's gain and offset.
        rows = np.tile(np.append(LUMA * tone[0], tone[1]), (3, 1)).astype(np.float32)
        return np.clip(cv2.transform(picture, rows), 0, 255)

    return grey


def fit_gains(before: FloatPicture, after: FloatPicture) -> ColourModel:
    """A gain and an offset for each channel: exposure, white balance, contrast, bands of black or white."""
    rows = np.zeros((3, 4), np.float32)
    for channel in range(3):
        rows[channel, channel], rows[channel, 3] = _robust_line(before[:, channel], after[:, channel])

    def gains(picture: FloatPicture) -> FloatPicture:
        return np.clip(cv2.transform(picture, rows), 0, 255)

    return gains


def fit_hue(before: FloatPicture, after: FloatPicture) -> ColourModel | None:
    """Hue turned, saturation scaled, brightness by gain and offset: the sliders of every editing program."""
    a, b = _hsv(before[None])[0], _hsv(after[None])[0]
    value = _robust_line(a[:, 2], b[:, 2], clipped_at=1.0)
    coloured = (a[:, 1] > 0.15) & (b[:, 1] > 0.15) & (a[:, 2] > 0.15) & (b[:, 2] > 0.15)
    if coloured.sum() < 50:
        return None
    turns = (b[coloured, 0] - a[coloured, 0] + 180) % 360 - 180
    near = turns[np.abs(turns - np.median(turns)) < 10]
    turn = float(near.mean()) if len(near) else 0.0
    # Clipping keeps a saturated colour from showing how far it was pushed.
    free = coloured & (b[:, 1] < 0.97)
    if free.sum() < 50:
        return None
    scale = float(np.median(b[free, 1] / a[free, 1]))

    def hue(picture: FloatPicture) -> FloatPicture:
        hsv = _hsv(picture)
        hsv[..., 0] = (hsv[..., 0] + turn) % 360
        hsv[..., 1] = np.clip(hsv[..., 1] * scale, 0, 1)
        hsv[..., 2] = np.clip(hsv[..., 2] * value[0] + value[1], 0, 1)
        return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255

    return hue


def fit_matrix(before: FloatPicture, after: FloatPicture) -> ColourModel:
    """Any mixture of the channels, and an offset."""
    clear = _clear(before, after)
    terms = np.column_stack([before[clear], np.full(int(clear.sum()), 255, np.float32)]) / 255
    weights = _robust_mixture(terms, after[clear] / 255, np.eye(4, 3, dtype=np.float32), np.full(4, 1e-4))
    rows = np.ascontiguousarray(weights.T)
    rows[:, 3] *= 255

    def mixture(picture: FloatPicture) -> FloatPicture:
        return np.clip(cv2.transform(picture, rows), 0, 255)

    return mixture


def fit_quadratic(before: FloatPicture, after: FloatPicture) -> ColourModel:
    """Mixtures of the channels, their squares and products: curves, grading, filters."""
    clear = _clear(before, after)
    flat = before[clear] / 255
    r, g, b = flat.T
    terms = np.column_stack([flat, np.ones(len(flat), np.float32), r * r, g * g, b * b, r * g, g * b, b * r])
    pull = np.array([1e-4] * 4 + [2e-3] * 6)
    weights = _robust_mixture(terms, after[clear] / 255, np.eye(10, 3, dtype=np.float32), pull)
    linear = np.ascontiguousarray(weights[:4].T)
    squares, products = np.ascontiguousarray(weights[4:7].T), np.ascontiguousarray(weights[7:].T)

    def quadratic(picture: FloatPicture) -> FloatPicture:
        small = picture * np.float32(1 / 255)
        mixed = cv2.transform(small, linear) + cv2.transform(small * small, squares)
        mixed += cv2.transform(small * small[..., [1, 2, 0]], products)
        return np.clip(mixed * 255, 0, 255)

    return quadratic


MODELS = (lambda before, after: UNCHANGED, fit_grey, fit_gains, fit_hue, fit_matrix, fit_quadratic)
"""The simplest first; a fit that does not apply gives None."""


def _hsv(picture: FloatPicture) -> FloatPicture:
    """Hue 0 to 360, saturation and value 0 to 1."""
    return cv2.cvtColor(np.ascontiguousarray(picture, np.float32) * np.float32(1 / 255), cv2.COLOR_RGB2HSV)


def _clear(before: FloatPicture, after: FloatPicture) -> NDArray[np.bool_]:
    """Samples without clipped channels, which say nothing of where they came from; all where few are left."""
    clear = np.all((after > 5) & (after < 250) & (before > 5) & (before < 250), axis=1)
    return clear if clear.sum() >= 200 else np.ones(len(before), bool)


def _robust_line(x: Numbers, y: Numbers, *, clipped_at: float = 255.0) -> tuple[float, float]:
    """Gain and offset with y = gain * x + offset for most samples, clipped ones left out."""
    free = (y > 0.02 * clipped_at) & (y < 0.98 * clipped_at)
    if free.sum() < 50:
        free = np.ones(len(x), bool)
    terms = np.column_stack([x[free] / clipped_at, np.ones(int(free.sum()), np.float32)])
    start = np.array([[1.0], [0.0]], np.float32)
    gain, offset = _robust_mixture(terms, y[free, None] / clipped_at, start, np.array([1e-4, 1e-4]))[:, 0]
    return float(gain), float(offset) * clipped_at


def _robust_mixture(terms: Numbers, wanted: Numbers, start: Numbers, pull: Numbers) -> NDArray[np.float32]:
    """Weights with terms @ weights = wanted for most rows.

    Args:
        terms: [n, k]; wanted: [n, m].
        start: [k, m], what the weights are pulled towards; pull: [k], how hard: few colours must not bend the rest.
    """
    solution, trust = start, np.ones(len(terms), np.float32)
    for _ in range(ROUNDS):
        weighted = terms * trust[:, None]
        hold = np.diag(pull * trust.sum())
        solution = np.linalg.solve(weighted.T @ terms + hold, weighted.T @ wanted + hold @ start).astype(np.float32)
        distance = np.linalg.norm(wanted - terms @ solution, axis=1)
        scale = 2.0 * float(np.median(distance)) + 0.006
        trust = (1 / (1 + (distance / scale) ** 2) ** 2).astype(np.float32)
    return solution
