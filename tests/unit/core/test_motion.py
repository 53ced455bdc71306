from __future__ import annotations

import numpy as np
import pytest

from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.motion import MotionTrack, move_border, refine


def signal(t: np.ndarray) -> np.ndarray:
    """A picture's light and change over time: smooth, never repeating."""
    light = 100 + 20 * np.sin(0.9 * t) + 9 * np.sin(2.3 * t + 1) + 4 * np.sin(5.1 * t + 2)
    spread = 40 + 6 * np.sin(1.7 * t + 0.5) + 3 * np.sin(4.3 * t)
    change = 5 + 2 * np.sin(3.1 * t + 0.2) + np.sin(7.7 * t)
    return np.stack([light, spread, change], axis=1).astype(np.float32)


def track(seconds: float, frame_rate: float, shown=lambda t: t, gain: float = 1.0, noise: float = 0.0) -> MotionTrack:
    times = np.arange(int(seconds * frame_rate)) / frame_rate
    found = signal(shown(times)) * gain
    return MotionTrack(times, found + np.random.default_rng(0).normal(0, noise, found.shape).astype(np.float32))


@pytest.mark.parametrize("rate", [1.0, 0.8, 1.25])
@pytest.mark.parametrize("frame_rate", [12.0, 25.0, 29.97])
def test_start_is_found_to_a_fraction_of_a_frame(rate: float, frame_rate: float) -> None:
    source = track(20, 25)
    suspect = track(6, frame_rate, lambda t: 4.123 + rate * t, gain=0.8, noise=0.3)
    rough = Segment(0, 6, 4.4, rate * 1.01 if rate != 1 else 1.0)
    fine, agreement = refine(rough, suspect, source)
    errors = [abs(fine.source_time(t) - (4.123 + rate * t)) for t in (0.5, 3.0, 5.5)]
    assert max(errors) < 0.02  # half a frame of 25 a second
    assert agreement > 0.9


def test_where_nothing_moves_nothing_is_changed() -> None:
    still = MotionTrack(np.arange(100) / 25, np.full((100, 3), 50, np.float32))
    segment = Segment(0, 4, 1.0)
    assert refine(segment, still, track(20, 25)) == (segment, 0.0)


def test_border_moves_to_the_frame_of_the_jump() -> None:
    source = track(20, 25)
    suspect = track(8, 25, lambda t: np.where(t < 3.6, 1 + t, 9 + t))
    first, second = move_border(Segment(0, 3.9, 1.0), Segment(3.9, 8, 12.9), suspect, source)
    assert first.suspect_end == pytest.approx(3.6, abs=0.021)
    assert second.suspect_start == first.suspect_end
    assert second.source_time(6) == pytest.approx(15.0)
