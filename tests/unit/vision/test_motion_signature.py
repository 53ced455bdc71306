"""Motion signatures: what is measured of pictures whose motion is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.helpers.moving_figures import filmed, room, signature, somebody
from vtl_desktop.core.motion_signature import COLUMNS, ROWS, MotionSignature, compand, expand
from vtl_desktop.vision.motion_signature import SignatureMaker

TIMES = np.arange(12) / 25


def shifted(picture: np.ndarray, right: float, down: float, zoom: float = 1.0) -> np.ndarray:
    """The picture moved by so many pixels, and enlarged about its middle."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 0, zoom)
    matrix[:, 2] += right, down
    return cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def test_the_whole_picture_moving_is_the_cameras_motion() -> None:
    wide = cv2.GaussianBlur(room(1), (0, 0), 2)
    found = signature([shifted(wide, 3 * i, -1.5 * i) for i in range(12)], TIMES)
    right, down = (expand(found.camera[1:, axis]).mean() for axis in (0, 1))
    assert right == pytest.approx(3 / 320 * 25, rel=0.25)
    assert down == pytest.approx(-1.5 / 320 * 25, rel=0.25)
    assert np.median(found.energy()) < 0.03 * right / 0.2


def test_zoom_is_the_cameras_motion() -> None:
    wide = cv2.GaussianBlur(room(2), (0, 0), 2)
    found = signature([shifted(wide, 0, 0, 1 + 0.01 * i) for i in range(12)], TIMES)
    assert expand(found.camera[2:, 2]).mean() == pytest.approx(0.25, rel=0.35)
    assert found.energy().max() < 0.03


def test_what_moves_by_itself_stays_in_its_cells_whatever_the_camera_does() -> None:
    wide = cv2.GaussianBlur(room(1), (0, 0), 2)
    frames = []
    for i in range(12):
        frame = shifted(wide, 2 * i, 0)
        frame[60:120, 40 + 4 * i : 100 + 4 * i] = 255 - wide[60:120, 40:100]
        frames.append(frame)
    energy = signature(frames, TIMES).energy()
    row, column = np.unravel_index(energy.argmax(), energy.shape)
    assert row in (2, 3)
    assert column in (1, 2, 3)
    assert energy.max() > 2 * np.median(energy)


def test_velocity_is_per_second_and_per_width() -> None:
    at_25 = filmed(np.arange(25) / 25, np.arange(25) / 25)
    at_50 = filmed(np.arange(50) / 50, np.arange(50) / 50)
    assert at_50.energy().max() == pytest.approx(at_25.energy().max(), rel=0.3)


def test_mirrored_is_the_signature_of_the_mirrored_film() -> None:
    frames = [somebody(i / 25, scene=3, seed=7) for i in range(15)]
    turned = signature([np.ascontiguousarray(frame[:, ::-1]) for frame in frames], np.arange(15) / 25)
    mirrored = signature(frames, np.arange(15) / 25).mirrored()
    difference = np.abs(expand(turned.cells) - expand(mirrored.cells)).mean()
    assert difference < 0.15 * np.abs(expand(turned.cells)).mean()


def test_a_cut_is_marked_and_has_no_motion() -> None:
    frames = [somebody(i / 25, scene=3, seed=7) for i in range(6)]
    frames += [255 - somebody(i / 25, scene=8, seed=5) for i in range(6)]
    found = signature(frames, TIMES)
    assert np.flatnonzero(found.cuts).tolist() == [6]
    assert not found.cells[6].any()


def test_still_pictures_do_not_move() -> None:
    noise = np.random.default_rng(0)
    plain = room(4).astype(float)
    frames = [np.clip(plain + noise.normal(0, 2, plain.shape), 0, 255).astype(np.uint8) for _ in range(12)]
    assert signature(frames, TIMES).energy().max() < 0.01
    assert signature([room(4)] * 12, TIMES).energy().max() == 0


@pytest.mark.parametrize("size", [(320, 180), (101, 77), (90, 320), (640, 33), (17, 13)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    frames = [cv2.resize(somebody(i / 25, scene=3, seed=7), size) for i in range(5)]
    found = signature(frames, np.arange(5) / 25)
    assert found.cells.shape == (5, ROWS, COLUMNS, 2)
    assert found.energy().max() > 0


def test_one_frame_and_none() -> None:
    assert len(signature([room(1)], [0.0])) == 1
    assert signature([room(1)], [0.0]).energy().max() == 0
    none = SignatureMaker(320, 180).finish()
    assert len(none) == 0
    assert none.energy().max() == 0


def test_more_frames_than_are_fitted_at_once_are_all_there() -> None:
    frames = [somebody(i / 25, scene=3, seed=7) for i in range(20)]
    maker = SignatureMaker(320, 180)
    greys = [cv2.resize(cv2.cvtColor(f, cv2.COLOR_RGB2GRAY), maker.size).astype(np.float32) for f in frames]
    for i in range(300):
        maker.take(i / 25, greys[i % 20])
    found = maker.finish()
    assert len(found) == 300
    # The 256th to 260th are the same pictures as the first of them twelve rounds before.
    np.testing.assert_array_equal(found.cells[241:260], found.cells[1:20])


def test_rows_and_back() -> None:
    found = filmed(np.arange(9) / 25, np.arange(9) / 25)
    again = MotionSignature.from_rows(found.times, found.rows())
    np.testing.assert_array_equal(again.cells, found.cells)
    np.testing.assert_array_equal(again.camera, found.camera)
    with pytest.raises(ValueError, match="cannot have rows"):
        MotionSignature.from_rows(found.times[1:], found.rows())


def test_companding_keeps_sign_and_order_and_errs_by_an_eighth_at_most() -> None:
    velocity = np.array([-4.0, -0.3, -0.02, 0.0, 0.001, 0.01, 0.1, 1.0, 4.0, 9.0])
    kept = expand(compand(velocity))
    assert (np.diff(kept) >= 0).all()
    np.testing.assert_allclose(kept[:-1], velocity[:-1], rtol=0.13, atol=0.001)
    assert kept[-1] == pytest.approx(4.0)
