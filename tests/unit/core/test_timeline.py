from __future__ import annotations

import numpy as np
import pytest

from vtl_desktop.core.timeline import Transport, frame_at, frame_nearest


def test_frame_on_screen_is_the_last_that_has_begun() -> None:
    times = np.array([0.0, 0.04, 0.5, 0.52])
    assert [frame_at(times, t) for t in (-1, 0, 0.039, 0.04, 0.3, 0.5, 9)] == [0, 0, 0, 1, 1, 2, 3]


def test_the_nearest_frame_may_not_have_begun() -> None:
    times = np.array([0.0, 0.04, 0.5, 0.52])
    assert [frame_nearest(times, t) for t in (-1, 0.019, 0.021, 0.04, 0.26, 0.28, 0.499, 9)] == [0, 0, 1, 1, 1, 2, 2, 3]


def test_rounding_of_a_timestamp_does_not_give_the_frame_before() -> None:
    assert frame_at(np.array([0.0, 1 / 30]), 0.0333) == 1


def test_position_follows_the_wall_clock_and_the_rate() -> None:
    clock = Transport(duration=10).play(100.0)
    assert clock.position(102.5) == 2.5
    assert clock.with_rate(102.0, 0.5).position(104.0) == pytest.approx(3.0)
    assert clock.pause(103.0).position(999.0) == 3.0


def test_position_stops_at_both_ends() -> None:
    clock = Transport(duration=10).play(0.0)
    assert clock.position(50) == 10
    assert clock.at_end(50)
    backwards = clock.seek(0, 2).with_rate(0, -1)
    assert backwards.position(5) == 0
    assert backwards.at_end(5)


def test_play_at_the_end_begins_anew() -> None:
    assert Transport(duration=10, anchor_media=10).play(0.0).position(1.0) == 1.0


def test_loop_wraps_and_catches_a_position_before_it() -> None:
    clock = Transport(duration=10, anchor_media=1.0).with_loop(0.0, (2.0, 4.0)).play(0.0)
    assert clock.position(0.5) == 1.5
    assert clock.position(2.5) == 3.5
    assert clock.position(3.5) == pytest.approx(2.5)
    assert not clock.at_end(100)


def test_seek_stays_inside() -> None:
    assert Transport(duration=10).seek(0, 99).position(0) == 10
    assert Transport(duration=10).seek(0, -1).position(0) == 0


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="pause"):
        Transport(duration=1).with_rate(0, 0)
