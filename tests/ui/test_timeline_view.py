"""The timeline: scale, ticks, clicks, words, painting."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from tests.ui.comparing_fakes import candidate_of
from vtl_desktop.core.alignment import Segment
from vtl_desktop.ui.theme import colours_of
from vtl_desktop.ui.timeline.scale import TimeScale, round_top, tick_words
from vtl_desktop.ui.timeline.timeline_view import TimelineView


@pytest.fixture
def view(qtbot):
    view = TimelineView()
    qtbot.addWidget(view)
    view.resize(900, 240)
    view.show()
    return view


def test_scale_there_and_back():
    scale = TimeScale(100, 900, 40.0)
    assert scale.x(10.0) == 300
    assert scale.moment(scale.x(12.5)) == pytest.approx(12.5)
    assert (scale.moment(0), scale.moment(2000)) == (0.0, 40.0)
    assert TimeScale(100, 900, 0.0).x(3.0) == 100
    assert TimeScale(900, 100, 4.0).moment(5) == 0.0


@pytest.mark.parametrize("duration", [0.3, 2.0, 61.0, 600.0, 7200.0, 90_000.0])
def test_ticks_are_round_and_not_crowded(duration):
    scale = TimeScale(0, 800, duration)
    ticks = scale.ticks(72)
    assert ticks[0] == 0
    assert ticks[-1] <= duration + 1e-6
    gaps = [scale.x(b) - scale.x(a) for a, b in pairwise(ticks)]
    assert all(gap >= 71.9 for gap in gaps)


def test_words():
    assert tick_words(67) == "1:07"
    assert tick_words(0.5, tenths=True) == "0:00.5"
    assert tick_words(3661) == "1:01:01"
    assert [round_top(value) for value in (0, 5, 101, 130, 260)] == [4, 5, 150, 150, 300]


def test_a_click_and_a_drag_go_there(view, qtbot):
    view.show_candidate(candidate_of(Segment(0.5, 1.5, 3.0)), 2.0)
    got = []
    view.seekRequested.connect(got.append)
    scale = view.scale()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(round(scale.x(1.0)), 40))
    assert got[-1] == pytest.approx(1.0, abs=0.01)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(round(scale.x(1.0)), 40))
    qtbot.mouseMove(view, QPoint(round(scale.x(1.5)), 60))
    assert got[-1] == pytest.approx(1.5, abs=0.01)


def test_nothing_to_click_without_a_candidate(view, qtbot):
    got = []
    view.seekRequested.connect(got.append)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(400, 40))
    view.show_candidate(candidate_of(Segment(0.0, 0.0, 3.0)), 0.0)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(400, 40))
    view.grab()
    assert got == []


def test_tells_distance_and_alignment_at_a_moment(view):
    view.show_candidate(candidate_of(Segment(0.5, 1.5, 3.0, 1.25)), 2.0)
    words = view.words_at(1.1)
    assert "clip at 0:01.125: 73 bits" in words
    assert "1.25 times" in words
    assert "not aligned" in view.words_at(0.1)
    assert view.clip_near(0.0).time == 0.125


def test_nearer_is_painted_higher(view):
    """The fake's distances grow with time: the curve falls from left to right."""
    view.show_candidate(candidate_of(Segment(0.5, 1.5, 3.0)), 2.0)
    view.set_position(2.0)
    image = view.grab().toImage()
    blue = QColor(colours_of(view).suspect)

    def far(colour):
        return abs(colour.red() - blue.red()) + abs(colour.green() - blue.green()) + abs(colour.blue() - blue.blue())

    def height_at(moment):
        x = round(view.scale().x(moment))
        return next(y for y in range(image.height()) if far(image.pixelColor(x, y)) < 90)

    assert height_at(0.25) < height_at(1.7)


def test_segments_and_loop_are_painted_where_they_are(view):
    view.show_candidate(candidate_of(Segment(0.5, 1.5, 3.0)), 2.0)
    bare = view.grab().toImage()
    view.show_candidate(candidate_of(), 2.0)
    empty = view.grab().toImage()
    y = view.height() - 93  # of the aligned lane; the changed area is below it
    x = round(view.scale().x(1.4))
    assert bare.pixelColor(x, y) != empty.pixelColor(x, y)
    view.set_loop((0.2, 0.4))
    assert view.grab().toImage() != empty
    view.set_loop(None)
    assert view.grab().toImage() == empty


def test_spoken_description(view):
    view.show_candidate(candidate_of(Segment(0.5, 1.5, 3.0)), 2.0)
    assert "Distances 43 to 96 bits" in view.accessibleDescription()
    view.show_candidate(None, 0.0)
    assert view.accessibleDescription() == "No candidate is chosen."


def test_a_long_suspect_is_painted(view):
    candidate = candidate_of(Segment(0.0, 7200.0, 0.0))
    view.show_candidate(candidate, 7200.0)
    view.grab()
