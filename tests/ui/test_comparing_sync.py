"""Both panes show registered frames at any time: read from the numbers in the pictures that are painted."""

from __future__ import annotations

import math
import time
from itertools import pairwise

import numpy as np
import pytest

from tests.helpers.numbered_video import make_video, numbered_picture, read_number
from tests.ui.comparing_fakes import FakeBench, NumberedFake, candidate_of, exhibit_of
from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.case import Exhibit
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.ui.comparing.compare_view import CompareView


@pytest.fixture
def views(qtbot):
    made = []

    def make(bench):
        view = CompareView(bench)
        qtbot.addWidget(view)
        view.resize(900, 600)
        view.show()
        made.append(view)
        return view

    yield make
    for view in made:
        assert view.shutdown(5)


class Watcher:
    """At each change of the screen, the numbers that both panes show."""

    def __init__(self, view, *, mirrored=False):
        self.view, self.mirrored = view, mirrored
        self.pairs: list[tuple[int, int | None]] = []
        view.momentChanged.connect(self.look)

    def look(self, moment):
        suspect = self.view.suspect_pane.view.picture
        source = self.view.source_pane.view.picture
        a = read_number(suspect, mirrored=self.mirrored)
        assert self.view.transport.navigator.reel.times[self.view.shown.index] == moment
        self.pairs.append((a, None if source is None else read_number(source)))


def nearest(times, moment):
    return int(np.abs(np.asarray(times) - moment).argmin())


def settled(qtbot, view):
    """Waits until the pair at the clock's position is on screen."""

    def done():
        shown = view.shown
        return shown is not None and shown.index == view.transport.navigator.frame

    qtbot.waitUntil(done, timeout=5000)


@pytest.mark.parametrize(
    ("rate", "suspect", "source"),
    [
        (1.0, {"count": 60, "rate": 30.0}, {"count": 120, "rate": 30.0}),
        (1.25, {"count": 60, "rate": 30.0}, {"count": 150, "rate": 30.0}),
        (0.8, {"count": 60, "rate": 30.0}, {"count": 120, "rate": 24.0}),
        (
            1.25,
            {"times": np.cumsum([0.0, *([0.02, 0.05, 0.033] * 16)])},
            {"count": 100, "rate": 25.0, "mirrored": True},
        ),
    ],
)
def test_in_step_at_any_offset_rate_and_frame_rate(qtbot, views, rate, suspect, source):
    """The fakes number their own frames; the true partner of each follows from the alignment."""
    a, b = NumberedFake("/suspect.mp4", **suspect), NumberedFake("/source.mp4", **{**source, "mirrored": False})
    candidate = candidate_of(Segment(0.0, 10.0, 1.013, rate), mirrored=source.get("mirrored", False))
    view = views(FakeBench(suspect=a, source=b))
    watcher = Watcher(view)
    view.show_pair(exhibit_of(a), candidate, candidate.source.path)
    qtbot.waitUntil(lambda: len(watcher.pairs) > 0)
    view.transport.action("play").trigger()
    qtbot.wait(500)
    view.pause()
    for moment in (0.3, 1.2, 0.0, 0.77):
        view.seek(moment)
        settled(qtbot, view)
    for _ in range(4):
        view.transport.action("back").trigger()
        settled(qtbot, view)
    for number, partner in watcher.pairs:
        assert partner == nearest(b.times, 1.013 + rate * a.times[number])
    assert len(watcher.pairs) >= 8


@pytest.mark.parametrize(("rate", "mirrored"), [(1.0, False), (1.25, False), (0.8, True)])
def test_in_step_with_real_files(qtbot, views, tmp_path, rate, mirrored):
    """The suspect's frames carry the numbers of the source's frames they were made from."""
    offset = 17.13

    def made_from(number, width, height):
        picture = numbered_picture(math.ceil(offset + rate * number - 0.5), width, height)
        return picture[:, ::-1] if mirrored else picture

    source = make_video(tmp_path / "source.mp4", count=100, options={"g": "25"})
    suspect = make_video(tmp_path / "suspect.mp4", count=50, options={"g": "20"}, picture=made_from)
    with VideoFile(suspect.path) as video:
        exhibit = Exhibit(str(suspect.path), "00", "", video.facts)
    candidate = candidate_of(
        Segment(0.0, 50 / 30, offset / 30, rate), path=str(source.path), mirrored=mirrored, best=0.5
    )

    class Bench(FakeBench):
        def open_video(self, path):
            return VideoFile(path)

    view = views(Bench())
    watcher = Watcher(view, mirrored=mirrored)
    view.show_pair(exhibit, candidate, source.path)
    qtbot.waitUntil(lambda: len(watcher.pairs) > 0, timeout=10_000)
    assert view.shown.index == 15
    view.transport.action("play").trigger()
    qtbot.wait(400)
    view.pause()
    for moment in (1.4, 0.1, 49 / 30):
        view.seek(moment)
        settled(qtbot, view)
    for _ in range(3):
        view.transport.action("back").trigger()
        settled(qtbot, view)
    assert len(watcher.pairs) >= 8
    assert all(a == b for a, b in watcher.pairs), watcher.pairs


def test_several_segments_and_what_lies_between(qtbot, views):
    a, b = NumberedFake("/suspect.mp4", count=90), NumberedFake("/source.mp4", count=200)
    candidate = candidate_of(Segment(0.5, 1.0, 4.0), Segment(1.5, 2.0, 1.0))
    view = views(FakeBench(suspect=a, source=b))
    watcher = Watcher(view)
    view.show_pair(exhibit_of(a), candidate, candidate.source.path)
    qtbot.waitUntil(lambda: len(watcher.pairs) > 0)
    view.seek(0.6)
    settled(qtbot, view)
    assert watcher.pairs[-1] == (18, 123)
    view.seek(1.2)
    settled(qtbot, view)
    assert watcher.pairs[-1] == (36, None)
    assert "no frame for this moment" in view.source_pane.message
    assert "0:00.500 to 0:01.000, 0:01.500 to 0:02.000" in view.source_pane.message
    view.seek(1.6)
    settled(qtbot, view)
    assert watcher.pairs[-1] == (48, 33)
    assert view.source_pane.message == ""


def test_a_source_that_ends_before_the_alignment_does(qtbot, views):
    a, b = NumberedFake("/suspect.mp4", count=90), NumberedFake("/source.mp4", count=30)
    candidate = candidate_of(Segment(0.0, 3.0, 0.0))
    view = views(FakeBench(suspect=a, source=b))
    watcher = Watcher(view)
    view.show_pair(exhibit_of(a), candidate, candidate.source.path)
    qtbot.waitUntil(lambda: len(watcher.pairs) > 0)
    view.seek(2.0)
    settled(qtbot, view)
    assert watcher.pairs[-1] == (60, None)


def test_one_slow_side_drops_pairs_but_skews_none(qtbot, views):
    a, b = NumberedFake("/suspect.mp4", count=60), NumberedFake("/source.mp4", count=120)
    b.delay = 0.06
    candidate = candidate_of(Segment(0.0, 2.0, 1.0))
    view = views(FakeBench(suspect=a, source=b))
    watcher = Watcher(view)
    view.show_pair(exhibit_of(a), candidate, candidate.source.path)
    qtbot.waitUntil(lambda: len(watcher.pairs) > 0)
    view.transport.action("play").trigger()
    qtbot.wait(900)
    view.pause()
    settled(qtbot, view)
    assert all(partner == number + 30 for number, partner in watcher.pairs)
    numbers = [number for number, _ in watcher.pairs]
    assert 5 <= len(numbers) < 25
    assert numbers == sorted(numbers)


def test_playing_slows_down_where_decoding_cannot_keep_up(qtbot, views):
    a = NumberedFake("/suspect.mp4", count=300)
    view = views(FakeBench(suspect=a))
    view.show_pair(exhibit_of(a), None, None)
    qtbot.waitUntil(lambda: view.shown is not None)
    a.delay = 0.5
    slow = []
    view.comparison.slowed.connect(slow.append)
    started = time.monotonic()
    view.transport.action("play").trigger()
    qtbot.waitUntil(lambda: slow[:1] == [True], timeout=10_000)
    assert view.comparison.clock.position < time.monotonic() - started
    a.delay = 0.0
    view.pause()
    assert slow[-1] is False


def test_a_fast_drag_along_the_slider_shows_frames_and_ends_at_the_last(qtbot, views):
    a, b = NumberedFake("/suspect.mp4", count=60), NumberedFake("/source.mp4", count=120)
    a.delay = b.delay = 0.02
    candidate = candidate_of(Segment(0.0, 2.0, 1.0))
    view = views(FakeBench(suspect=a, source=b))
    watcher = Watcher(view)
    view.show_pair(exhibit_of(a), candidate, candidate.source.path)
    qtbot.waitUntil(lambda: len(watcher.pairs) > 0)
    for step in range(50):
        view.seek(step / 30)
        qtbot.wait(4)
    settled(qtbot, view)
    assert watcher.pairs[-1] == (49, 79)
    assert len(watcher.pairs) > 4
    assert all(partner == number + 30 for number, partner in watcher.pairs)


def test_loop_plays_only_its_frames(qtbot, views):
    a, b = NumberedFake("/suspect.mp4", count=60), NumberedFake("/source.mp4", count=120)
    candidate = candidate_of(Segment(0.0, 2.0, 1.0))
    view = views(FakeBench(suspect=a, source=b))
    watcher = Watcher(view)
    view.show_pair(exhibit_of(a), candidate, candidate.source.path)
    qtbot.waitUntil(lambda: len(watcher.pairs) > 0)
    navigator = view.transport.navigator
    navigator.go_to_frame(20)
    navigator.loop_from_here()
    navigator.go_to_frame(26)
    navigator.loop_to_here()
    navigator.go_to_frame(20)
    settled(qtbot, view)
    watcher.pairs.clear()
    view.transport.action("play").trigger()

    def wraps():
        return sum(later < earlier for (earlier, _), (later, _) in pairwise(watcher.pairs))

    qtbot.waitUntil(lambda: wraps() >= 3 and {20, 26} <= {number for number, _ in watcher.pairs}, timeout=15_000)
    assert {number for number, _ in watcher.pairs} <= set(range(20, 27))
    assert all(partner == number + 30 for number, partner in watcher.pairs)


def test_ends_on_the_last_frame_and_backwards_on_the_first(qtbot, views):
    a = NumberedFake("/suspect.mp4", count=30)
    view = views(FakeBench(suspect=a))
    view.show_pair(exhibit_of(a), None, None)
    qtbot.waitUntil(lambda: view.shown is not None)
    view.seek(0.8)
    clock = view.comparison.clock
    clock.play()
    qtbot.waitUntil(lambda: not clock.playing)
    settled(qtbot, view)
    assert view.shown.index == 29
    view.seek(0.2)
    view.transport.navigator.shuttle(-1)
    qtbot.waitUntil(lambda: not clock.playing)
    settled(qtbot, view)
    assert view.shown.index == 0


def test_stepping_back_is_at_once(qtbot, views):
    """The neighbours are decoded before they are asked for."""
    a, b = NumberedFake("/suspect.mp4", count=60), NumberedFake("/source.mp4", count=120)
    candidate = candidate_of(Segment(0.0, 2.0, 1.0))
    view = views(FakeBench(suspect=a, source=b))
    view.show_pair(exhibit_of(a), candidate, candidate.source.path)
    qtbot.waitUntil(lambda: view.shown is not None)
    view.seek(1.0)
    settled(qtbot, view)
    qtbot.wait(250)
    began = time.perf_counter()
    view.transport.action("back").trigger()
    assert view.shown.index == 29
    assert time.perf_counter() - began < 0.1
