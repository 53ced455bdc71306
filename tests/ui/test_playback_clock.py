"""The clock, what the transport keys do to it, and the moments that are typed."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ui.comparing_fakes import facts_of
from vtl_desktop.ui.playback.clock import Clock
from vtl_desktop.ui.playback.frame_pump import Reel
from vtl_desktop.ui.playback.moments import parse_frame, parse_moment
from vtl_desktop.ui.playback.navigator import Navigator


class Wall:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def wall():
    return Wall()


@pytest.fixture
def clock(qapp, wall):
    clock = Clock(wall=wall)
    clock.reset(2.0)
    return clock


@pytest.fixture
def vfr():
    """Ten frames at uneven times."""
    times = np.array([0.0, 0.04, 0.08, 0.2, 0.24, 0.5, 0.51, 0.9, 1.4, 1.9])
    return Reel(facts_of("/suspect.mp4", times, 2.0), times)


@pytest.fixture
def go(clock, vfr):
    navigator = Navigator(clock)
    navigator.set_reel(vfr)
    return navigator


def listen(signal):
    got = []
    signal.connect(got.append)
    return got


def test_position_follows_the_wall_not_the_ticks(clock, wall):
    moved = listen(clock.moved)
    clock.play()
    wall.now += 0.7
    clock.tick()
    wall.now += 0.05
    clock.tick()
    assert moved == pytest.approx([0.7, 0.75])


def test_stops_at_the_end_and_starts_over(clock, wall):
    playing = listen(clock.playingChanged)
    clock.play()
    wall.now += 5.0
    clock.tick()
    assert playing == [True, False]
    assert clock.position == 2.0
    clock.play()
    assert clock.position == 0.0


def test_loop_wraps(clock, wall):
    clock.set_loop((0.5, 1.0))
    clock.seek(0.5)
    clock.play()
    wall.now += 1.2
    assert clock.position == pytest.approx(0.7)
    assert clock.playing


def test_rate_changes_keep_the_position(clock, wall):
    clock.play()
    wall.now += 0.5
    clock.set_rate(2.0)
    wall.now += 0.25
    assert clock.position == pytest.approx(1.0)
    clock.set_rate(-1.0)
    wall.now += 0.5
    assert clock.position == pytest.approx(0.5)
    wall.now += 1.0
    clock.tick()
    assert (clock.position, clock.playing) == (0.0, False)


def test_hold_goes_on_from_a_moment_without_a_signal(clock, wall):
    clock.play()
    wall.now += 1.0
    moved = listen(clock.moved)
    clock.hold(0.4)
    assert moved == []
    wall.now += 0.1
    assert clock.position == pytest.approx(0.5)


def test_reset_ends_playing_and_loop(clock):
    clock.set_loop((0.2, 0.4))
    clock.set_rate(-2.0)
    clock.play()
    playing, loops, moved = listen(clock.playingChanged), listen(clock.loopChanged), listen(clock.moved)
    clock.reset(7.0)
    assert (playing, loops, moved) == ([False], [None], [0.0])
    assert (clock.duration, clock.rate) == (7.0, 2.0)


def test_a_picture_does_not_play(qapp, wall):
    clock = Clock(wall=wall)
    clock.reset(0.0)
    clock.play()
    assert not clock.playing


def test_steps_are_frames_also_where_their_times_are_uneven(clock, go, vfr):
    for expected in (1, 2, 3, 4, 5):
        go.step(1)
        assert clock.position == vfr.times[expected]
    go.step(-2)
    assert go.frame == 3
    go.step(-10)
    assert go.frame == 0
    go.go_to_end()
    assert clock.position == 1.9
    go.step(1)
    assert go.frame == 9


def test_a_step_while_playing_stops_at_the_next_frame(clock, go, wall):
    clock.play()
    wall.now += 0.3
    go.step(1)
    assert not clock.playing
    assert go.frame == 5


def test_jumps_stay_inside(clock, go):
    go.jump(1.0)
    assert clock.position == 1.0
    go.jump(5.0)
    assert clock.position == 1.9
    go.jump(-9.0)
    assert clock.position == 0.0


def test_a_loop_holds_whole_frames(clock, go):
    go.go_to_frame(3)
    go.loop_from_here()
    assert clock.loop == (0.2, 2.0)
    go.go_to_frame(6)
    go.loop_to_here()
    assert clock.loop == (0.2, 0.9)
    go.go_to_frame(1)
    go.loop_to_here()
    assert clock.loop == (0.0, 0.08)
    go.go_to_frame(8)
    go.loop_from_here()
    assert clock.loop == (1.4, 2.0)
    go.end_loop()
    assert clock.loop is None


def test_shuttle(clock, go):
    go.shuttle(1)
    assert (clock.playing, clock.rate) == (True, 1.0)
    go.shuttle(1)
    go.shuttle(1)
    go.shuttle(1)
    assert clock.rate == 4.0
    go.shuttle(-1)
    assert clock.rate == -1.0
    clock.pause()
    clock.seek(0.0)
    go.toggle()
    assert (clock.playing, clock.rate) == (True, 1.0)


def test_speeds(clock, go):
    go.change_speed(1)
    assert clock.rate == 1.25
    for _ in range(9):
        go.change_speed(-1)
    assert clock.rate == 0.25


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("62.5", 62.5),
        ("1:02.5", 62.5),
        ("1:02,5", 62.5),
        ("1:00:00.25", 3600.25),
        ("850 ms", 0.85),
        (" 3 s", 3.0),
        ("2 min", 120.0),
        ("", None),
        ("-1", None),
        ("1:2:3:4", None),
        ("abc", None),
    ],
)
def test_parse_moment(text, seconds):
    assert parse_moment(text) == (pytest.approx(seconds) if seconds is not None else None)


@pytest.mark.parametrize(
    ("text", "index"), [("0", 0), (" #12 ", 12), ("59", 59), ("60", None), ("1.5", None), ("", None)]
)
def test_parse_frame(text, index):
    assert parse_frame(text, 60) == index
