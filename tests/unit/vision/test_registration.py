"""Where the suspect lies in the source, for the edits that videos go through."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from vtl_desktop.core.localization import Registration
from vtl_desktop.core.media import Box
from vtl_desktop.vision.geometry import apply, mirror_matrix, resize_matrix
from vtl_desktop.vision.registration import of_whole, register, register_sequence, warp_source

Maker = Callable[..., np.ndarray]


def worst_error(found: Registration, true: np.ndarray, suspect: np.ndarray, source: np.ndarray) -> float:
    """Largest distance, in suspect pixels, over the part of the suspect that shows the source."""
    height, width = suspect.shape[:2]
    points = np.stack(np.meshgrid(np.linspace(0, width - 1, 30), np.linspace(0, height - 1, 30)), -1).reshape(-1, 2)
    taken = apply(true, points)
    points = points[((taken >= 0) & (taken <= np.array(source.shape[1::-1]) - 1)).all(axis=1)]
    return float(np.linalg.norm(apply(np.linalg.inv(true) @ found.array, points) - points, axis=1).max())


def edited(name: str, source: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A suspect and its true matrix, suspect to source."""
    height, width = source.shape[:2]
    shift = np.eye(3)
    if name == "same":
        return source.copy(), shift
    if name == "mirrored":
        return np.ascontiguousarray(source[:, ::-1]), mirror_matrix(width)
    if name == "half size":
        return cv2.resize(source, (width // 2, height // 2), interpolation=cv2.INTER_AREA), resize_matrix(
            (width // 2, height // 2), (width, height)
        )
    if name == "crop to half":
        shift[:2, 2] = 150, 60
        return np.ascontiguousarray(source[60 : 60 + height // 2, 150 : 150 + width // 2]), shift
    if name == "bars":
        small = cv2.resize(source, (width, height - 100), interpolation=cv2.INTER_AREA)
        shift[1, 2] = -50
        framed = cv2.copyMakeBorder(small, 50, 50, 0, 0, cv2.BORDER_CONSTANT)
        return framed, resize_matrix((width, height - 100), (width, height)) @ shift
    if name == "inset":
        small = cv2.resize(source, (264, 198), interpolation=cv2.INTER_AREA)
        suspect = other.copy()
        suspect[100:298, 150:414] = small
        shift[:2, 2] = -150, -100
        return suspect, resize_matrix((264, 198), (width, height)) @ shift
    if name == "turned":
        turn = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), 12, 1.0), [0, 0, 1]])
        return cv2.warpPerspective(source, turn, (width, height)), np.linalg.inv(turn)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = corners + np.array([[40, 20], [-20, 45], [-50, -20], [15, -40]], np.float32)
    tilt = cv2.getPerspectiveTransform(corners, seen)
    return cv2.warpPerspective(source, tilt, (width, height)), np.linalg.inv(tilt)


@pytest.mark.parametrize(
    "name", ["same", "mirrored", "half size", "crop to half", "bars", "inset", "turned", "filmed off a screen"]
)
def test_an_edit_of_place_is_found_to_a_pixel(name: str, scene: Maker, compressed: Maker) -> None:
    source = scene(1)
    suspect, true = edited(name, source, scene(2))
    found = register(compressed(suspect), source)
    assert found.trusted
    assert found.mirrored == (name == "mirrored")
    assert worst_error(found, true, suspect, source) < 1.0


def test_an_untouched_copy_lies_exactly_on_its_source(scene: Maker, compressed: Maker) -> None:
    source = scene(3)
    assert np.allclose(register(compressed(source, 40), source).array, np.eye(3))


def test_what_is_told_about_mirroring_is_kept(scene: Maker) -> None:
    source = scene(4)
    found = register(np.ascontiguousarray(source[:, ::-1]), source, mirrored=True)
    assert found.mirrored
    assert found.trusted


def test_unlike_pictures_are_not_trusted(scene: Maker) -> None:
    found = register(scene(5), scene(6))
    assert not found.trusted


def test_flat_pictures_fall_back_to_the_whole_picture() -> None:
    suspect, source = np.full((90, 160, 3), 70, np.uint8), np.full((180, 320, 3), 90, np.uint8)
    found = register(suspect, source, mirrored=False)
    assert (found.method, found.inliers) == ("whole picture", 0)
    assert np.allclose(found.array, resize_matrix((160, 90), (320, 180)))


def test_dark_pictures_are_registered(scene: Maker) -> None:
    source = scene(7)
    dark = (source * 0.12).astype(np.uint8)
    assert register(dark, source).trusted


def test_a_region_that_moves_on_its_own_does_not_win_over_several_pairs(scene: Maker, compressed: Maker) -> None:
    pairs = []
    for seed in (8, 9, 10):
        source = scene(seed)
        suspect = source.copy()
        suspect[80:300, 100:400] = np.roll(source, 6 * (seed - 7), axis=1)[80:300, 100:400]
        pairs.append((compressed(suspect), source))
    assert np.allclose(register_sequence(pairs).array, np.eye(3), atol=1e-6)


def test_no_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="no pairs"):
        register_sequence([])


def test_the_source_is_laid_where_the_suspect_shows_it(scene: Maker) -> None:
    source = scene(11)
    suspect, true = edited("bars", source, source)
    registration = Registration(tuple(float(value) for value in true.ravel()))
    warped, inside = warp_source(source, registration, (480, 360))
    assert not inside[:49].any()
    assert not inside[-49:].any()
    assert inside[52:-52].all()
    assert not warped[~inside].any()
    apart = np.abs(warped.astype(int) - suspect)[52:-52]
    assert apart.mean() < 2.5


def test_a_much_larger_source_is_averaged_not_picked(scene: Maker) -> None:
    fine = np.zeros((720, 960, 3), np.uint8)
    fine[::2] = 255
    registration = Registration(tuple(float(v) for v in resize_matrix((240, 180), (960, 720)).ravel()))
    warped, _ = warp_source(fine, registration, (240, 180))
    assert np.abs(warped.astype(int) - 127).max() < 12


def test_the_registration_of_a_part_becomes_that_of_the_whole(scene: Maker) -> None:
    source = scene(20)
    suspect, true = edited("inset", source, scene(21))
    part = Box(150 / 480, 100 / 360, 414 / 480, 298 / 360)
    sizes = (suspect.shape[1], suspect.shape[0]), (source.shape[1], source.shape[0])
    found = of_whole(register(part.cut(suspect), source), part, *sizes)
    assert found.trusted
    assert worst_error(found, true, suspect, source) < 1.0
    assert found.coverage == pytest.approx(264 * 198 / (480 * 360), abs=0.02)
