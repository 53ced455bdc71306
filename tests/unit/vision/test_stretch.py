"""Place and time of a stretch together."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from vtl_desktop.vision.stretch import fit_stretch

Maker = Callable[..., np.ndarray]
STEP = 0.04


def panning(scene: Maker, count: int = 24) -> list[np.ndarray]:
    """A camera that moves 4 pixels a frame past a far picture, with a near disc that moves 9."""
    far = scene(1, 720, 360)
    frames = []
    for number in range(count):
        frame = np.ascontiguousarray(far[:, 4 * number : 4 * number + 480])
        cv2.circle(frame, (420 - 9 * number, 250), 45, (240, 60, 60), -1, cv2.LINE_AA)
        frames.append(frame)
    return frames


def nearest(frames: list[np.ndarray]) -> Callable[[float], np.ndarray | None]:
    return lambda time: frames[min(max(round(time / STEP), 0), len(frames) - 1)]


@pytest.mark.parametrize("off", [0, 2, -1])
def test_a_moving_camera_does_not_hide_an_error_of_time(off: int, scene: Maker, compressed: Maker) -> None:
    frames = panning(scene)
    moments = [((number - off) * STEP, compressed(frames[number])) for number in (6, 9, 12, 15)]
    found = fit_stretch(moments, nearest(frames), step=STEP, mirrored=False)
    assert found is not None
    assert found.shift == pytest.approx(off * STEP, abs=1e-6)
    assert np.allclose(found.registration.array, np.eye(3), atol=1e-6)
    assert found.judgeable


def test_a_still_pair_has_no_shift(scene: Maker) -> None:
    found = fit_stretch([(0.0, scene(2))], lambda _: scene(2), step=0.0, mirrored=False)
    assert found is not None
    assert found.shift == 0.0


def test_a_mirrored_suspect_is_found_against_what_was_told(scene: Maker) -> None:
    source = scene(3)
    found = fit_stretch([(0.0, np.ascontiguousarray(source[:, ::-1]))], lambda _: source, step=0.0, mirrored=False)
    assert found is not None
    assert found.registration.mirrored


def test_frames_that_cannot_be_decoded_are_left_out(scene: Maker) -> None:
    frames = panning(scene)
    there = nearest(frames)
    moments = [(number * STEP, frames[number]) for number in (6, 9, 12)]
    found = fit_stretch(moments, lambda time: None if time > 0.45 else there(time), step=STEP, mirrored=False)
    assert found is not None
    assert found.registration.trusted
    assert fit_stretch(moments, lambda _: None, step=STEP, mirrored=False) is None


def test_other_pictures_cannot_be_judged(scene: Maker) -> None:
    found = fit_stretch([(0.0, scene(4))], lambda _: scene(5), step=0.0, mirrored=False)
    assert found is not None
    assert not found.judgeable


@pytest.mark.parametrize("off", [-11, 11])
def test_a_search_that_ends_at_its_border_is_no_error(off: int, scene: Maker) -> None:
    frames = panning(scene, 40)
    moments = [((20 - off) * STEP, frames[20])]
    found = fit_stretch(moments, lambda time: frames[min(max(round(time / STEP), 8), 32)], step=STEP, mirrored=False)
    assert found is not None
