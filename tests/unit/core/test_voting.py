from __future__ import annotations

import numpy as np
import pytest

from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.voting import clip_to_source, find_segments, video_distance

BITS = 512


def matrix(suspect_times: np.ndarray, source_times: np.ndarray, truth, *, noise: int = 20, seed: int = 0) -> np.ndarray:
    """Distances as codes give them: near where `truth(t)` says the source's moment is, far elsewhere."""
    rng = np.random.default_rng(seed)
    far = rng.normal(200, 12, (len(suspect_times), len(source_times)))
    for row, moment in enumerate(suspect_times):
        at = truth(moment)
        if at is not None:
            apart = np.abs(source_times - at)
            far[row] = np.minimum(far[row], 60 + 140 * np.minimum(apart / 1.0, 1.0) + rng.normal(0, noise / 4))
    return np.clip(far, 0, BITS).astype(np.uint16)


def times(seconds: float) -> np.ndarray:
    return (np.arange(int(seconds * 4)) + 0.5) / 4


def segments_of(truth, *, suspect: float = 8, source: float = 20, seed: int = 0):
    a, b = times(suspect), times(source)
    return find_segments(
        matrix(a, b, truth, seed=seed), a, b, suspect_duration=suspect, source_duration=source, bits=BITS
    )


@pytest.mark.parametrize("rate", [1.0, 0.5, 0.8, 1.25, 2.0])
def test_one_cut_is_one_segment_at_the_right_offset_and_rate(rate: float) -> None:
    (segment,) = segments_of(lambda t: 3.3 + rate * t)
    assert segment.rate == pytest.approx(rate, abs=0.05)
    assert segment.suspect_start == 0.0
    assert segment.suspect_end == pytest.approx(8.0, abs=0.3)
    for t in (1.0, 4.0, 7.0):
        assert segment.source_time(t) == pytest.approx(3.3 + rate * t, abs=0.3)


def test_a_jump_cut_gives_two_segments() -> None:
    first, second = segments_of(lambda t: 2 + t if t < 4 else 8 + t)
    assert first.suspect_end == pytest.approx(4, abs=0.3)
    assert second.suspect_start == first.suspect_end
    assert first.source_time(2) == pytest.approx(4, abs=0.2)
    assert second.source_time(6) == pytest.approx(14, abs=0.2)


def test_what_comes_from_elsewhere_is_in_no_segment() -> None:
    (segment,) = segments_of(lambda t: 5 + t if t < 4 else None)
    assert segment.suspect_end == pytest.approx(4, abs=0.5)


def test_segments_stay_inside_the_source() -> None:
    (segment,) = segments_of(lambda t: 15 + t if t < 5 else None, source=20)
    assert segment.source_start >= 0
    assert segment.source_end <= 20 + 1e-6


def test_a_picture_gets_a_segment_of_one_moment() -> None:
    source = times(10)
    distance = matrix(np.zeros(1), source, lambda t: 6.1)
    (segment,) = find_segments(distance, np.zeros(1), source, suspect_duration=0, source_duration=10, bits=BITS)
    assert segment.source_start == pytest.approx(6.1, abs=0.2)


def test_no_clips_no_segments() -> None:
    nothing = np.zeros((0, 5), np.uint16)
    assert find_segments(nothing, np.zeros(0), times(1), suspect_duration=1, source_duration=1, bits=BITS) == ()


def test_video_distance_is_the_mean_of_the_better_half() -> None:
    assert video_distance(np.array([10, 300, 20, 400])) == 15
    assert video_distance(np.array([7])) == 7
    assert video_distance(np.array([1, 2, 300])) == 1.5


@pytest.mark.parametrize(
    ("segment", "wanted"),
    [
        (Segment(0, 4, 9, -1.0), Segment(0, 4, 9, -1.0)),
        (Segment(0, 4, 3, -1.0), Segment(0, 3, 3, -1.0)),
        (Segment(0, 4, 12, -1.0), Segment(2, 4, 10, -1.0)),
        (Segment(0, 4, -1, 1.0), Segment(1, 4, 0, 1.0)),
    ],
)
def test_what_lies_outside_of_the_source_is_cut_off(segment: Segment, wanted: Segment) -> None:
    assert clip_to_source(segment, 10.0) == wanted


def test_a_suspect_played_backwards_is_one_segment() -> None:
    source_times = np.arange(0, 20, 0.25) + 0.125
    times = np.arange(0, 6, 0.25) + 0.125
    away = np.abs((14 - times)[:, None] - source_times[None, :])
    distance = np.minimum(20 + 100 * away, 240).astype(np.uint16)
    (found,) = find_segments(distance, times, source_times, suspect_duration=6.0, source_duration=20.0, bits=512)
    assert found.rate == -1.0
    assert abs(found.source_time(3.0) - 11.0) < 0.2
