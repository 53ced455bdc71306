"""Picture view, pane, scrub bar, transport bar: what is painted, what keys and mouse do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSizeF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLineEdit, QPushButton

from tests.ui.comparing_fakes import NumberedFake, facts_of
from vtl_desktop.core.media import Frame
from vtl_desktop.ui.playback.clock import Clock
from vtl_desktop.ui.playback.frame_pump import Reel
from vtl_desktop.ui.playback.pane import SOURCE, SUSPECT, Pane
from vtl_desktop.ui.playback.picture_view import MaskMode, PictureView
from vtl_desktop.ui.playback.transport_bar import TransportBar
from vtl_desktop.ui.playback.view_state import FIT, Stage, ViewState


@pytest.fixture
def view(qtbot):
    view = PictureView()
    qtbot.addWidget(view)
    view.resize(400, 200)
    view.show()
    return view


def quarters():
    """Red, green / blue, white."""
    picture = np.zeros((40, 80, 3), np.uint8)
    picture[:20, :40, 0] = picture[:20, 40:, 1] = picture[20:, :40, 2] = 255
    picture[20:, 40:] = 255
    return picture


def pixel(widget, x, y):
    colour = QColor(widget.grab().toImage().pixel(x, y))
    return colour.red(), colour.green(), colour.blue()


def test_paints_the_array_centred(view):
    view.show_picture(quarters())
    assert pixel(view, 100, 50) == (255, 0, 0)
    assert pixel(view, 300, 50) == (0, 255, 0)
    assert pixel(view, 100, 150) == (0, 0, 255)
    assert pixel(view, 300, 150) == (255, 255, 255)
    view.resize(400, 300)
    assert pixel(view, 200, 20) == (0x2B, 0x2B, 0x2B)


def test_rows_that_are_no_multiple_of_four_bytes(view):
    picture = np.zeros((39, 77, 3), np.uint8)
    picture[:, 70:] = 200
    view.show_picture(picture)
    image = view.grab().toImage()
    assert QColor(image.pixel(380, 190)).red() == 200
    assert QColor(image.pixel(200, 10)).red() == 0


def test_keeps_the_array_and_takes_views_of_others(view):
    picture = quarters()[:, ::-1]
    view.show_picture(picture)
    del picture
    assert pixel(view, 300, 50) == (255, 0, 0)


def test_magnified_pixels_are_not_interpolated(view):
    picture = np.zeros((10, 20, 3), np.uint8)
    picture[:, 10:] = 255
    view.show_picture(picture)
    values = {pixel(view, x, 100)[0] for x in range(190, 210)}
    assert values == {0, 255}


def test_mask_over_and_alone(view):
    mask = np.zeros((40, 80), np.uint8)
    mask[:, :40] = 255
    view.show_picture(np.full((40, 80, 3), 100, np.uint8), mask)
    view.set_mask_mode(MaskMode.OFF, 0.5)
    assert pixel(view, 100, 100) == (100, 100, 100)
    view.set_mask_mode(MaskMode.OVER, 0.5)
    assert pixel(view, 100, 100)[0] == pytest.approx(177, abs=2)
    assert pixel(view, 300, 100)[0] == pytest.approx(50, abs=2)
    view.set_mask_mode(MaskMode.ALONE, 0.5)
    assert (pixel(view, 100, 100)[0], pixel(view, 300, 100)[0]) == (255, 0)
    view.set_mask(None)
    assert pixel(view, 100, 100) == (100, 100, 100)


def test_zoom_keeps_the_point_under_the_cursor(view, qtbot):
    view.show_picture(quarters())
    changes = []
    view.viewChanged.connect(changes.append)
    at = QPointF(310, 40)
    before = view.picture_point(at)
    view.zoom(4.0, at)
    assert view.picture_point(at).x() == pytest.approx(before.x())
    assert view.picture_point(at).y() == pytest.approx(before.y())
    assert changes == [view.view]
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert view.view == FIT


def test_pan_with_the_mouse_and_not_beyond_the_edge(view, qtbot):
    view.show_picture(quarters())
    view.zoom(2.0)
    before = view.picture_point(QPointF(200, 100))
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 100))
    qtbot.mouseMove(view, QPoint(240, 100))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(240, 100))
    assert view.picture_point(QPointF(240, 100)).x() == pytest.approx(before.x(), abs=0.2)
    for _ in range(5):
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(10, 100))
        qtbot.mouseMove(view, QPoint(390, 100))
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(390, 100))
    assert view.picture_point(QPointF(0.5, 100)).x() == pytest.approx(0, abs=0.2)


def test_one_to_one(view):
    view.show_picture(np.zeros((1000, 2000, 3), np.uint8))
    view.show_one_to_one()
    left, right = view.picture_point(QPointF(0.1, 100)), view.picture_point(QPointF(100.1, 100))
    assert (right.x() - left.x()) == pytest.approx(100 * view.devicePixelRatioF())


def test_a_large_picture_far_zoomed_in_is_painted(view):
    picture = np.zeros((4320, 7680, 3), np.uint8)
    picture[2160:, 3840:] = (10, 200, 30)
    view.show_picture(picture)
    view.set_view(ViewState(10_000.0, 0.5, 0.5))
    assert pixel(view, 300, 150) == (10, 200, 30)
    assert pixel(view, 100, 50) == (0, 0, 0)


def test_stage_sees_whole_pixels():
    stage = Stage(QSizeF(80, 40), QSizeF(400, 200))
    seen = stage.seen(ViewState(4.0, 0.3, 0.3))
    assert (seen.x(), seen.y()) == (14, 7)
    assert (seen.width(), seen.height()) == (21, 11)
    assert stage.seen(FIT).width() == 80


def test_waiting_dims_only_after_a_moment(view, qtbot):
    view.show_picture(quarters())
    view.set_waiting(True)
    assert not view.dimmed
    qtbot.waitUntil(lambda: view.dimmed, timeout=2000)
    view.show_picture(quarters())
    assert not view.dimmed
    view.set_waiting(True)
    view.set_waiting(False)
    qtbot.wait(200)
    assert not view.dimmed


def test_pane_says_what_it_shows(qtbot):
    pane = Pane(SUSPECT)
    qtbot.addWidget(pane)
    facts = replace(NumberedFake().facts, variable_frame_rate=True, rotation=90)
    pane.set_file("clip <b>1</b>.mp4", facts)
    pane.show_frame(Frame(12, 0.4, quarters(), key=True, damaged=True))
    assert pane.heading.frame_words() == "frame 12 / 59   0:00.400   keyframe"
    assert pane.heading.badges() == ("VFR", "turned 90°", "damaged")
    assert "clip <b>1</b>.mp4" in pane.heading.toolTip()
    pane.show_frame(Frame(13, 0.433, quarters(), kind="B"), note="registered")
    assert pane.heading.badges() == ("VFR", "turned 90°", "registered")
    assert pane.message == ""
    pane.resize(300, 300)
    pane.show()
    pane.grab()


def test_pane_offers_an_action(qtbot):
    pane = Pane(SOURCE)
    qtbot.addWidget(pane)
    pane.resize(500, 300)
    pane.show()
    pane.show_message("The file is not there.", "Locate …")
    button = pane.findChild(QPushButton)
    assert button.isVisible()
    with qtbot.waitSignal(pane.actionTriggered):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    pane.show_frame(Frame(0, 0.0, quarters()))
    assert not button.isVisible()
    assert pane.message == ""


@pytest.fixture
def bar(qtbot):
    clock = Clock()
    bar = TransportBar(clock)
    bar.clock = clock
    qtbot.addWidget(bar)
    bar.resize(900, 80)
    bar.show()
    times = np.arange(60) / 30
    bar.set_reel(Reel(facts_of("/suspect.mp4", times, 2.0), times))
    clock.reset(2.0)
    clock.moved.connect(lambda moment: bar.show_frame(bar.navigator.frame, moment))
    bar.activateWindow()
    bar.setFocus()
    qtbot.waitUntil(bar.isActiveWindow)
    return bar


def test_keys(bar, qtbot):
    bar.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    bar.setFocus()

    def press(key, modifier=Qt.KeyboardModifier.NoModifier):
        qtbot.keyClick(bar, key, modifier)
        return bar.navigator.frame

    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    assert press(Qt.Key.Key_Right) == 1
    assert press(Qt.Key.Key_Period) == 2
    assert press(Qt.Key.Key_Right, shift) == 12
    assert press(Qt.Key.Key_Left) == 11
    assert press(Qt.Key.Key_Right, control) == 41
    assert press(Qt.Key.Key_Left, control) == 11
    assert press(Qt.Key.Key_I) == 11
    press(Qt.Key.Key_Right, shift)
    press(Qt.Key.Key_O)
    assert bar.clock.loop == (pytest.approx(11 / 30), pytest.approx(22 / 30))
    press(Qt.Key.Key_X)
    assert bar.clock.loop is None
    assert press(Qt.Key.Key_End) == 59
    assert press(Qt.Key.Key_Home) == 0
    press(Qt.Key.Key_Space)
    assert bar.clock.playing
    press(Qt.Key.Key_L)
    assert bar.clock.rate == 2.0
    press(Qt.Key.Key_K)
    assert not bar.clock.playing
    press(Qt.Key.Key_J)
    assert bar.clock.rate == -1.0
    bar.clock.pause()


def test_every_action_has_words_a_key_and_a_tip(bar):
    keys = [sequence.toString() for action in bar.actions() for sequence in action.shortcuts()]
    assert len(keys) == len(set(keys))
    for action in bar.actions():
        assert action.text()
        assert action.shortcuts()
        assert action.shortcuts()[0].toString() in action.toolTip()


def test_typing_letters_into_a_field_is_no_shortcut(bar, qtbot):
    field = bar.findChildren(QLineEdit)[0]
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "1.5")
    qtbot.keyClick(field, Qt.Key.Key_Left)
    assert bar.clock.position == 0.0
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert bar.clock.position == 1.5


def test_a_wrong_number_stays_and_is_marked(bar, qtbot):
    frame = bar.findChildren(QLineEdit)[1]
    frame.setFocus()
    frame.selectAll()
    qtbot.keyClicks(frame, "600")
    qtbot.keyClick(frame, Qt.Key.Key_Return)
    assert frame.text() == "600"
    assert frame.property("wrong")
    assert bar.clock.position == 0.0
    frame.selectAll()
    qtbot.keyClicks(frame, "30")
    qtbot.keyClick(frame, Qt.Key.Key_Return)
    assert bar.clock.position == 1.0
    assert not frame.property("wrong")


def test_scrubbing_with_the_mouse(bar, qtbot):
    scrub = bar.scrub
    qtbot.mouseClick(scrub, Qt.MouseButton.LeftButton, pos=QPoint(scrub.width() // 2, 10))
    assert bar.clock.position == pytest.approx(1.0, abs=0.02)
    qtbot.mousePress(scrub, Qt.MouseButton.LeftButton, pos=QPoint(scrub.width() // 2, 10))
    qtbot.mouseMove(scrub, QPoint(scrub.width() - 1, 10))
    qtbot.mouseRelease(scrub, Qt.MouseButton.LeftButton, pos=QPoint(scrub.width() - 1, 10))
    assert bar.clock.position == 2.0


def test_play_button_turns_into_pause(bar):
    play = bar.action("play")
    play.trigger()
    assert play.text() == "Pause"
    play.trigger()
    assert play.text() == "Play"


def test_nothing_to_play(bar):
    still = NumberedFake(count=1)
    bar.set_reel(Reel(still.facts, still.times))
    assert not bar.action("play").isEnabled()
    bar.set_reel(None)
    assert not bar.scrub.isEnabled()


def test_scrub_bar_paints_its_bands(bar):
    bar.scrub.set_segments(((0.2, 0.8),))
    bar.scrub.set_decoded(((0.0, 0.5),))
    bar.scrub.set_loop((0.3, 0.6))
    plain = bar.scrub.grab().toImage()
    bar.scrub.set_segments(())
    assert bar.scrub.grab().toImage() != plain
