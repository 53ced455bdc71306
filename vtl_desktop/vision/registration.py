"""Registration: where in the source's picture a pixel of the suspect's picture lies.

Keypoints give a first matrix, points tracked between the suspect and the source laid over it make it exact to a few
hundredths of a pixel, and the stiffest model that explains them is taken: a freer one would bend to noise and to what a
forger moved. Edits of place (crop, bars, inset, turn) stay the same through a shot, so several pairs of frames of one
segment are registered together: then a forged region, which moves or changes, cannot win.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.localization import Registration, Uncertainty
from vtl_desktop.core.media import Box, GreyPicture, Picture
from vtl_desktop.vision.correlating import correlate
from vtl_desktop.vision.fitting import MODELS, NOT_FITTED, Fitted, errors, refit
from vtl_desktop.vision.geometry import (
    Matrix,
    Points,
    Size,
    coverage,
    mirror_matrix,
    plausible,
    resize_matrix,
    whole_picture,
    zoom,
)
from vtl_desktop.vision.keypoints import Finder, Keypoints, Looked, find_orb, find_sift, pair_up
from vtl_desktop.vision.opencv import cv2
from vtl_desktop.vision.tracking import refine
from vtl_desktop.vision.uncertainty import place_uncertainty

KEYPOINTS = "keypoints"
CORRELATION = "correlation"
WHOLE_PICTURE = "whole picture"

ENOUGH = 25
"""Inliers from which no slower way is tried: wrong pairs of frames never gave more than 12."""

SURE = 150
"""Inliers from which the reversed source is not tried: a nearly symmetric picture gave up to 46 the wrong way round."""

FEWEST = 14
"""Inliers under which a matrix from keypoints is not believed."""

TOLERANCE = 3.0
"""Pixels, at working size, within which a keypoint pair agrees with a matrix."""

Pair = tuple[Picture | Looked, Picture | Looked]
"""Suspect, source: the same moment; RGB, or as they were looked at before."""


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """A pair as it is looked at."""

    suspect: Looked
    source: Looked

    def reversed(self) -> _Look:
        return _Look(self.suspect, self.source.reversed())

    @property
    def greys(self) -> tuple[GreyPicture, GreyPicture]:
        return self.suspect.grey, self.source.grey


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """A fit between working sizes (the source as it was looked at, reversed or not) and how many pairs agree."""

    fitted: Fitted
    inliers: int


def register(
    suspect: Picture | Looked,
    source: Picture | Looked,
    *,
    mirrored: bool | None = None,
    polish: bool = True,
    thorough: bool = True,
) -> Registration:
    """Finds how a suspect's frame lies in its source's frame.

    Args:
        suspect, source: the same moment, RGB, any sizes; or as they were looked at before.
        mirrored: whether the suspect shows the source left-right reversed; None to find out.
        polish: make it exact to a small part of a pixel; without, it is about one pixel and half the time.
        thorough: where ORB finds too little, try SIFT, which takes about ten times as long; with `polish` also
            correlation, for pictures too soft for either.

    Returns:
        The registration. Where no keypoints are found: by correlation, or the whole picture scaled to the suspect's
        size, with 0 inliers.
    """
    return register_sequence([(suspect, source)], mirrored=mirrored, polish=polish, thorough=thorough)


def register_sequence(
    pairs: Sequence[Pair], *, mirrored: bool | None = None, polish: bool = True, thorough: bool = True
) -> Registration:
    """Finds how the suspect lies in its source over several aligned pairs of one segment.

    Args:
        pairs: at least one; all suspects of one size, all sources of one size.
        mirrored, polish, thorough: as for `register`.

    Returns:
        One registration for all; its inliers are those of a single pair, on average.
    """
    if not pairs:
        raise ValueError("no pairs of frames to register")
    straight = [_Look(_looked(suspect), _looked(source)) for suspect, source in pairs]
    suspect_size, source_size = straight[0].suspect.full_size, straight[0].source.full_size
    small_suspect, small_source = straight[0].suspect.size, straight[0].source.size
    found, reverse = _search_both(straight, mirrored, (find_orb, find_sift) if thorough else (find_orb,))
    correlated = None
    if found is None and thorough and polish:
        correlated, reverse = _correlated(straight, mirrored)
    looks = [look.reversed() for look in straight] if reverse else straight
    assumed = whole_picture(small_suspect, small_source) if correlated is None else correlated
    start = found.fitted.matrix if found else assumed
    fitted = refine([look.greys for look in looks], start) if polish else None
    if fitted is None or not plausible(fitted.matrix, small_suspect, small_source, mirrored=False):
        fitted = found.fitted if found else None
    matrix = fitted.matrix if fitted else start
    full = resize_matrix(small_source, source_size) @ matrix @ resize_matrix(suspect_size, small_suspect)
    if reverse:
        full = mirror_matrix(source_size[0]) @ full
    full = full / full[2, 2]
    return Registration(
        matrix=tuple(float(value) for value in full.ravel()),
        mirrored=reverse,
        inliers=found.inliers if found else 0,
        method=KEYPOINTS if found else WHOLE_PICTURE if correlated is None else CORRELATION,
        coverage=coverage(full, suspect_size, source_size),
        uncertainty=_uncertainty(fitted, small_suspect, small_source, suspect_size) if found and fitted else None,
    )


def of_whole(found: Registration, part: Box, suspect: Size, source: Size) -> Registration:
    """The registration of a suspect's whole picture, from that of a part of it.

    Args:
        found: of `part.cut(suspect)` and `source`.
        part: of the suspect's picture.
        suspect, source: width and height of the whole pictures.
    """
    shift = np.eye(3)
    shift[0, 2], shift[1, 2] = -round(part.x0 * suspect[0]), -round(part.y0 * suspect[1])
    matrix = found.array @ shift
    return replace(
        found,
        matrix=tuple(float(value) for value in (matrix / matrix[2, 2]).ravel()),
        coverage=coverage(matrix, suspect, source),
    )


def warp_source(source: Picture, registration: Registration, size: Size) -> tuple[Picture, NDArray[np.bool_]]:
    """Lays the source onto the suspect's picture.

    Args:
        source: RGB, full size.
        registration: of the pair.
        size: (width, height) of the suspect.

    Returns:
        The source in the suspect's pixels, RGB uint8 [height, width, 3], black outside; and where the source has
        pixels, bool [height, width].
    """
    matrix = registration.array
    source_size = _size(source)
    shrink = _shrinking(matrix, size)
    if shrink < 0.75:
        # Sampling a much larger source at every n-th pixel would alias: it is averaged down first.
        new = (max(round(source_size[0] * shrink), 2), max(round(source_size[1] * shrink), 2))
        source = cv2.resize(source, new, interpolation=cv2.INTER_AREA)
        matrix = resize_matrix(source_size, new) @ matrix
    flags = cv2.INTER_LINEAR if shrink > 1.5 else cv2.INTER_CUBIC
    warped = cv2.warpPerspective(
        source, matrix, size, flags=flags | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    whole = np.full(source.shape[:2], 255, np.uint8)
    inside = cv2.warpPerspective(whole, matrix, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP) > 0
    warped[~inside] = 0
    return warped, inside


def _looked(picture: Picture | Looked) -> Looked:
    return picture if isinstance(picture, Looked) else Looked(picture)


def _size(picture: NDArray[np.uint8]) -> Size:
    return picture.shape[1], picture.shape[0]


def _uncertainty(fitted: Fitted, suspect: Size, source: Size, full: Size) -> Uncertainty | None:
    """Of a fit between pictures of sizes `suspect` and `source`, in pixels of the suspect at size `full`."""
    found = place_uncertainty(fitted, suspect, source)
    if found is None:
        return None
    larger = max(full[0] / suspect[0], full[1] / suspect[1])
    return Uncertainty(found.middle * larger, found.worst * larger)


def _shrinking(matrix: Matrix, size: Size) -> float:
    """Suspect pixels a source pixel, at the middle of the suspect."""
    x, y = (size[0] - 1) / 2, (size[1] - 1) / 2
    taken = matrix @ np.array([[x, x + 1, x], [y, y, y + 1], [1, 1, 1]])
    taken = taken[:2] / taken[2]
    area = abs(np.linalg.det(np.column_stack([taken[:, 1] - taken[:, 0], taken[:, 2] - taken[:, 0]])))
    return float(1 / np.sqrt(max(area, 1e-12)))


def _search_both(
    looks: Sequence[_Look], mirrored: bool | None, finders: Sequence[Finder]
) -> tuple[_Found | None, bool]:
    """By one kind of keypoints after the other; straight and reversed as asked.

    Returns:
        The best found, and whether it is of the reversed source.
    """
    ways = (False, True) if mirrored is None else (mirrored,)
    best: tuple[_Found | None, bool] = (None, bool(mirrored))
    for find in finders:
        suspects = [look.suspect.keypoints(find) for look in looks]
        for way in ways:
            sources = [(look.reversed() if way else look).source.keypoints(find) for look in looks]
            found = _search(suspects, sources, looks[0].suspect.size, looks[0].source.size)
            if found and (best[0] is None or found.inliers > best[0].inliers):
                best = (found, way)
            if best[0] and best[0].inliers >= SURE:
                return best
        if best[0] and best[0].inliers >= ENOUGH:
            break
    return best


def _correlated(looks: Sequence[_Look], mirrored: bool | None) -> tuple[Matrix | None, bool]:
    """The place by correlation, and whether it is of the reversed source."""
    found: dict[bool, tuple[Matrix, float]] = {}
    for way in (False, True) if mirrored is None else (mirrored,):
        tried = correlate([(look.reversed() if way else look).greys for look in looks])
        if tried is not None:
            found[way] = tried
    if not found:
        return None, bool(mirrored)
    best = max(found, key=lambda way: found[way][1])
    return found[best][0], best


def _search(
    suspects: Sequence[Keypoints], sources: Sequence[Keypoints], suspect_size: Size, source_size: Size
) -> _Found | None:
    """The stiffest model that nearly as many keypoint pairs agree with as with the best."""
    both = [pair_up(suspect, source) for suspect, source in zip(suspects, sources, strict=True)]
    before = np.concatenate([pair[0] for pair in both])
    after = np.concatenate([pair[1] for pair in both])
    if len(before) < FEWEST:
        return None
    plain = whole_picture(suspect_size, source_size)
    candidates: list[tuple[str, Matrix, int]] = [(NOT_FITTED, plain, _agree(plain, before, after))]
    for start in _guesses(before, after):
        for name, fit in MODELS:
            matrix = refit(fit, start, before, after, TOLERANCE * zoom(start))
            if plausible(matrix, suspect_size, source_size, mirrored=False):
                candidates.append((name, matrix, _agree(matrix, before, after)))
    most = max(count for _, _, count in candidates)
    name, matrix, count = next(item for item in candidates if item[2] >= 0.9 * most)
    inliers = round(count / len(suspects))
    if inliers < FEWEST:
        return None
    return _Found(Fitted(matrix, name, before, after, TOLERANCE * zoom(matrix), tracked=False), inliers)


def _guesses(before: Points, after: Points) -> list[Matrix]:
    """First matrices by random sampling: with few good pairs a stiff model finds them, with perspective a free one."""
    a, b = before.astype(np.float32), after.astype(np.float32)
    guesses = []
    for estimate in (cv2.estimateAffinePartial2D, cv2.estimateAffine2D):
        matrix, _ = estimate(a, b, method=cv2.RANSAC, ransacReprojThreshold=TOLERANCE, maxIters=3000, confidence=0.999)
        if matrix is not None:
            guesses.append(np.vstack([matrix, [0, 0, 1]]))
    matrix, _ = cv2.findHomography(a, b, cv2.USAC_MAGSAC, TOLERANCE, maxIters=2000, confidence=0.999)
    if matrix is not None:
        guesses.append(np.asarray(matrix, np.float64))
    return guesses


def _agree(matrix: Matrix, before: Points, after: Points) -> int:
    return int((errors(matrix, before, after) < TOLERANCE * zoom(matrix)).sum())
