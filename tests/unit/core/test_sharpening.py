from __future__ import annotations

import numpy as np
import pytest

from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.sharpening import (
    PIECES,
    along,
    best_lines,
    distinctness,
    finer,
    pieces,
    proposed,
    rejoined,
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


@pytest.mark.parametrize("length", [3.0, 60.0, 7200.0])
def test_windows_of_a_segment_are_few_and_one_is_in_the_middle(length: float) -> None:
    segment = Segment(10.0, 10.0 + length, 100.0, 0.5)
    found = pieces([segment])
    assert len(found) <= PIECES
    assert any(abs((piece.suspect_start + piece.suspect_end) / 2 - (10 + length / 2)) < 1e-6 for piece in found)
    for piece in found:
        assert segment.suspect_start <= piece.suspect_start < piece.suspect_end <= segment.suspect_end + 1e-9
        assert piece.source_start == pytest.approx(segment.source_time(piece.suspect_start))
        assert piece.rate == 0.5


def moved(segment: Segment, by: float) -> Segment:
    return Segment(segment.suspect_start, segment.suspect_end, segment.source_start + by, segment.rate)


def test_windows_on_one_line_are_one_segment_again() -> None:
    segment = Segment(0.0, 600.0, 30.0)
    (found,) = rejoined([segment], [moved(piece, 0.3) for piece in pieces([segment])])
    assert (found.suspect_start, found.suspect_end, found.rate) == (0.0, 600.0, 1.0)
    assert found.source_start == pytest.approx(30.3)


def test_a_speed_that_is_a_little_off_is_mended_by_the_windows() -> None:
    segment = Segment(0.0, 600.0, 30.0)
    drifting = [moved(piece, 0.001 * (piece.suspect_start + piece.suspect_end) / 2) for piece in pieces([segment])]
    (found,) = rejoined([segment], drifting)
    assert found.rate == pytest.approx(1.001, abs=1e-5)
    assert found.source_time(300.0) == pytest.approx(330.3, abs=1e-3)


def test_where_windows_jump_a_segment_is_cut() -> None:
    segment = Segment(0.0, 600.0, 30.0)
    jumping = [moved(piece, 0.0 if piece.suspect_end < 300 else 0.5) for piece in pieces([segment])]
    first, second = rejoined([segment], jumping)
    assert first.source_time(100.0) == pytest.approx(130.0)
    assert second.source_time(500.0) == pytest.approx(530.5)
    assert first.suspect_end == second.suspect_start
    assert 200 < first.suspect_end < 300
