"""Which moments show the same, and where that cannot be told."""

from __future__ import annotations

import numpy as np
import pytest

from vtl_desktop.core.alignment import Segment
from vtl_desktop.vision.registered import RegisteredVideos

WIDTH, HEIGHT, RATE = 96, 54, 25


def film(moments: np.ndarray, *, still_after: float = 1e9, noise: int | None = None) -> np.ndarray:
    """A textured wall before which three patches swing, each at its own pace; they stop at a moment."""
    wall = np.random.default_rng(3).uniform(60, 180, (HEIGHT, WIDTH)).astype(np.float32)
    frames = np.repeat(wall[None], len(moments), axis=0)
    for frame, moment in zip(frames, np.minimum(moments, still_after), strict=True):
        for number, pace in enumerate((1.1, 1.7, 0.6)):
            x = int(40 + 30 * np.sin(pace * moment + number))
            frame[6 + 16 * number : 16 + 16 * number, x : x + 12] = 30 + 80 * number
    if noise is not None:
        frames += np.random.default_rng(noise).normal(0, 1, frames.shape).astype(np.float32)
    return frames


def videos(
    shown: np.ndarray, seconds: float, *, still_after: float = 1e9, forged: slice | None = None
) -> RegisteredVideos:
    source_times = np.arange(0, seconds, 1 / RATE)
    own = film(shown, still_after=still_after, noise=1)
    if forged is not None:
        own[:, forged] = film(shown[::-1].copy())[:, forged]
    other = film(source_times, still_after=still_after, noise=2)
    return RegisteredVideos(own, np.arange(len(shown)) / RATE, other, source_times, np.ones((HEIGHT, WIDTH), bool))


def test_a_wrong_beginning_is_mended() -> None:
    both = videos(np.arange(0, 5, 1 / RATE) + 4, 14)
    (found,) = both.aligned((Segment(0, 5, 1.2),), suspect_duration=5, source_duration=14)
    assert abs(found.source_time(2.5) - 6.5) <= 0.5 / RATE
    assert found.rate == 1.0
    assert both.score((found,)) > both.score((Segment(0, 5, 1.2),)) + 0.1


def test_a_jump_cut_in_a_quiet_room_is_two_segments() -> None:
    times = np.arange(0, 6, 1 / RATE)
    both = videos(np.where(times < 2.4, times + 1, times + 6), 14)
    first, second = both.aligned((Segment(0, 6, 1.0),), suspect_duration=6, source_duration=14)
    assert abs(first.suspect_end - 2.4) < 0.1
    assert abs(first.source_time(1.0) - 2.0) <= 0.5 / RATE
    assert abs(second.source_time(5.0) - 11.0) <= 0.5 / RATE


def test_a_forged_third_does_not_lead_astray() -> None:
    both = videos(np.arange(0, 5, 1 / RATE) + 4, 14, forged=slice(0, 18))
    (found,) = both.aligned((Segment(0, 5, 4.7),), suspect_duration=5, source_duration=14)
    assert abs(found.source_time(2.5) - 6.5) <= 0.5 / RATE


@pytest.mark.parametrize(("rate", "start"), [(0.8, 3.0), (1.25, 2.0)])
def test_another_speed(rate: float, start: float) -> None:
    both = videos(start + rate * np.arange(0, 5, 1 / RATE), 14)
    (found,) = both.aligned((Segment(0, 5, start, 1.0),), suspect_duration=5, source_duration=14)
    for moment in (0.5, 2.5, 4.5):
        assert abs(found.source_time(moment) - (start + rate * moment)) <= 1 / RATE


def test_where_nothing_moves_the_moment_is_open() -> None:
    both = videos(np.arange(0, 8, 1 / RATE) + 1, 14, still_after=5.0)
    told = both.ambiguous((Segment(0, 8, 1.0),))
    # From the fourth second of the suspect on everything stands still; the mean is over a second.
    assert sum(end - start for start, end in told) == pytest.approx(4.0, abs=1.0)
    assert all(start > 3.0 for start, _ in told)
    assert videos(np.arange(0, 5, 1 / RATE) + 4, 14).ambiguous((Segment(0, 5, 4.0),)) == ()


def test_what_is_played_backwards() -> None:
    both = videos(9 - np.arange(0, 5, 1 / RATE), 14)
    (found,) = both.aligned((Segment(0, 5, 4.0),), suspect_duration=5, source_duration=14)
    assert found.rate == -1.0
    for moment in (0.5, 2.5, 4.5):
        assert abs(found.source_time(moment) - (9 - moment)) <= 1 / RATE


@pytest.mark.parametrize(
    ("pieces", "what"),
    [(((0.0, 3.0, 5.0), (3.0, 6.0, 5.0)), "a loop"), (((0.0, 3.0, 9.0), (3.0, 6.0, 2.0)), "pieces in another order")],
)
def test_pieces_that_go_back_in_the_source(pieces: tuple[tuple[float, float, float], ...], what: str) -> None:
    times = np.arange(0, 6, 1 / RATE)
    (_, border, first), (_, _, second) = pieces
    both = videos(np.where(times < border, first + times, second + times - border), 14)
    one, two = both.aligned((Segment(0, 6, 4.0),), suspect_duration=6, source_duration=14)
    assert abs(one.suspect_end - border) < 0.1, what
    assert abs(one.source_time(1.5) - (first + 1.5)) <= 0.5 / RATE
    assert abs(two.source_time(4.5) - (second + 1.5)) <= 0.5 / RATE
