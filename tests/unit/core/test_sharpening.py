from __future__ import annotations

import numpy as np
import pytest

from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.sharpening import (
    along,
    best_lines,
    distinctness,
    finer,
    proposed,
    scanned,
    similarity,
)

PIXELS = 400


def walk(times: np.ndarray, seed: int = 0) -> np.ndarray:
    """Deviations of a scene at given moments, seconds: slow waves, a different mixture in every pixel."""
    rng = np.random.default_rng(seed)
    pace, phase = rng.uniform(0.2, 2.0, PIXELS), rng.uniform(0, 6.3, PIXELS)
    return (20 * np.sin(times[:, None] * pace + phase)).astype(np.float32)


def sharpened(
    alike: np.ndarray, times: np.ndarray, source_times: np.ndarray, *, suspect_duration: float, source_duration: float
) -> tuple[Segment, ...]:
    lines = best_lines(alike, times, source_times)
    found = proposed(
        alike, times, source_times, lines, suspect_duration=suspect_duration, source_duration=source_duration
    )
    return tuple(finer(segment, alike, times, source_times) for segment in found)


def test_quiet_frames_are_alike_and_noise_is_not_movement() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.3, (4, PIXELS)).astype(np.float32)
    moving = walk(np.arange(4) / 2)
    assert similarity(noise, noise[::-1].copy(), quiet=1.5).min() > 0.9
    assert similarity(noise, moving, quiet=1.5).max() < 0.3
    same = similarity(moving, moving, quiet=1.5)
    assert np.allclose(np.diag(same), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("start", "rate", "suspect_rate"),
    [(1.3, 1.0, 25), (0.52, 1.0, 12), (0.4, 1.25, 25), (0.7, 0.8, 30), (1.1, 0.93, 25), (1.0, 2.0, 60), (3.0, 0.5, 25)],
)
def test_the_moment_and_the_speed_are_found(start: float, rate: float, suspect_rate: float) -> None:
    source_times = np.arange(0, 12, 1 / 25)
    times = np.arange(0, 5, 1 / suspect_rate)
    alike = similarity(walk(start + rate * times) * 0.7, walk(source_times), quiet=1.5)
    (found,) = sharpened(alike, times, source_times, suspect_duration=5.0, source_duration=12.0)
    for moment in (0.5, 2.5, 4.5):
        # Half a frame of the source: between two frames there is nothing to see.
        assert abs(found.source_time(moment) - (start + rate * moment)) < 0.0201
    assert found.duration > 4.8
    wrong = Segment(0.0, 5.0, start + 0.6, rate)
    assert along((found,), alike, times, source_times) > along((wrong,), alike, times, source_times) + 0.1


def test_a_jump_is_two_segments() -> None:
    source_times = np.arange(0, 12, 1 / 25)
    times = np.arange(0, 6, 1 / 25)
    shown = np.where(times < 3, times + 1, times + 4)
    alike = similarity(walk(shown), walk(source_times), quiet=1.5)
    first, second = sharpened(alike, times, source_times, suspect_duration=6.0, source_duration=12.0)
    assert abs(first.suspect_end - 3) < 0.1
    assert abs(first.source_time(1.5) - 2.5) < 0.02
    assert abs(second.source_time(4.5) - 8.5) < 0.02


def test_half_of_the_picture_forged_changes_nothing() -> None:
    source_times = np.arange(0, 8, 1 / 25)
    times = np.arange(0, 4, 1 / 25)
    forged = walk(times + 2)
    forged[:, : PIXELS // 2] = walk(times + 2, seed=9)[:, : PIXELS // 2]
    (found,) = sharpened(
        similarity(forged, walk(source_times), quiet=1.5),
        times,
        source_times,
        suspect_duration=4.0,
        source_duration=8.0,
    )
    assert abs(found.source_time(2.0) - 4.0) < 0.02


def test_too_few_frames_have_no_segment() -> None:
    alike = np.ones((3, 50), np.float32)
    assert sharpened(alike, np.arange(3.0), np.arange(50.0), suspect_duration=3, source_duration=50) == ()
    assert along((), np.ones((5, 5), np.float32), np.arange(5.0), np.arange(5.0)) == 0


def test_of_a_long_source_stretches_are_enough() -> None:
    source_times = np.concatenate([np.arange(10, 16, 1 / 25), np.arange(40, 46, 1 / 25)])
    times = np.arange(0, 6, 1 / 25)
    shown = np.where(times < 3, times + 11, times + 39)
    alike = similarity(walk(shown), walk(source_times), quiet=1.5)
    first, second = sharpened(alike, times, source_times, suspect_duration=6.0, source_duration=100.0)
    assert abs(first.source_time(1.5) - 12.5) < 0.02
    assert abs(second.source_time(4.5) - 43.5) < 0.02


def test_most_of_a_second_off_is_found_again() -> None:
    source_times = np.arange(0, 12, 1 / 25)
    times = np.arange(0, 5, 1 / 25)
    alike = similarity(walk(2.0 + times), walk(source_times), quiet=1.5)
    for wrong in (1.4, 2.7):
        assert abs(scanned(Segment(0, 5, wrong), alike, times, source_times).source_start - 2.0) < 0.05


def test_what_stands_still_could_be_any_moment() -> None:
    source_times = np.arange(0, 12, 1 / 25)
    times = np.arange(0, 8, 1 / 25)
    # For its second half the suspect shows one moment of the source, which stands still there as well.
    still = walk(np.minimum(source_times, 6.0))
    alike = similarity(walk(np.minimum(times + 2, 6.0)), still, quiet=1.5)
    told = distinctness(Segment(0.0, 8.0, 2.0), alike, times, source_times)
    assert told[times < 3].min() > 0.004
    assert np.abs(told[times > 5]).max() < 0.004


def test_a_suspect_longer_than_its_source() -> None:
    source_times = np.arange(0, 3, 1 / 25)
    times = np.arange(0, 8, 1 / 25)
    alike = similarity(walk(times - 2), walk(source_times), quiet=1.5)
    (found,) = sharpened(alike, times, source_times, suspect_duration=8.0, source_duration=3.0)
    assert (round(found.suspect_start, 1), round(found.suspect_end, 1)) == (2.0, 5.0)
    assert abs(found.source_time(3.0) - 1.0) < 0.02
