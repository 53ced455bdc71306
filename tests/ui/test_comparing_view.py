"""The compare view: what it opens, says and offers; masks; failures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from tests.helpers.numbered_video import read_number
from tests.ui.comparing_fakes import FakeBench, NumberedFake, candidate_of, exhibit_of
from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.errors import MissingMedia
from vtl_desktop.ui.comparing.compare_view import LOCATE, CompareView
from vtl_desktop.ui.playback.picture_view import MaskMode
from vtl_desktop.ui.playback.view_state import ViewState


@pytest.fixture
def suspect():
    return NumberedFake("/suspect.mp4", count=60)


@pytest.fixture
def source():
    return NumberedFake("/source.mp4", count=120)


@pytest.fixture
def fake(suspect, source):
    return FakeBench(suspect=suspect, source=source)


@pytest.fixture
def candidate():
    return candidate_of(Segment(0.5, 1.5, 1.5), best=1.0)


@pytest.fixture
def view(qtbot, fake):
    view = CompareView(fake)
    qtbot.addWidget(view)
    view.resize(900, 600)
    view.show()
    view.errors = []
    view.errorOccurred.connect(view.errors.append)
    yield view
    assert view.shutdown(5)


def show(qtbot, view, suspect, candidate, path="/source.mp4"):
    view.show_pair(exhibit_of(suspect), candidate, path)
    qtbot.waitUntil(lambda: view.shown is not None)


def go(qtbot, view, moment):
    view.seek(moment)
    qtbot.waitUntil(lambda: view.shown is not None and view.shown.index == view.transport.navigator.frame)


def masked(view):
    """The frame whose mask is shown, or None."""
    mask = view.suspect_pane.view.mask
    return None if mask is None else int(mask[0, 0])


def test_empty_says_what_to_do(view):
    assert "Drop a suspect video" in view.suspect_pane.message
    assert "Choose a candidate" in view.source_pane.message
    assert not view.transport.action("play").isEnabled()
    view.seek(3.0)
    view.grab()


def test_begins_where_they_agree_best(qtbot, view, suspect, candidate):
    show(qtbot, view, suspect, candidate)
    assert view.shown.time == 1.0
    assert read_number(view.suspect_pane.view.picture) == 30
    assert read_number(view.source_pane.view.picture) == 60
    assert view.errors == []


def test_another_candidate_keeps_the_suspect_open(qtbot, view, fake, suspect, candidate):
    show(qtbot, view, suspect, candidate)
    fake.videos["/other.mp4"] = other = NumberedFake("/other.mp4", count=200)
    second = candidate_of(Segment(0.0, 2.0, 3.0), path="/other.mp4", rank=2, best=0.5)
    show(qtbot, view, suspect, second, "/other.mp4")
    qtbot.waitUntil(lambda: view.source_pane.view.picture is not None)
    assert fake.opened == ["/suspect.mp4", "/source.mp4", "/other.mp4"]
    assert read_number(view.source_pane.view.picture) == 105
    assert view.shown.time == 0.5
    assert not other.closed
    qtbot.waitUntil(lambda: fake.videos["/source.mp4"].closed)


def test_a_source_that_is_not_at_hand_can_be_located(qtbot, view, fake, suspect, candidate):
    show(qtbot, view, suspect, candidate, None)
    go(qtbot, view, 0.7)
    assert candidate.source.path in view.source_pane.message
    button = view.source_pane.findChild(QPushButton)
    assert button.text() == LOCATE
    with qtbot.waitSignal(view.locateRequested) as blocker:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert blocker.args == [candidate]
    fake.videos["/moved.mp4"] = fake.videos["/source.mp4"]
    moved = replace(candidate, source=replace(candidate.source, path="/moved.mp4"))
    view.show_pair(exhibit_of(suspect), moved, "/moved.mp4")
    qtbot.waitUntil(lambda: view.source_pane.view.picture is not None)
    assert view.shown.index == 21
    assert fake.opened.count("/suspect.mp4") == 1


def test_a_source_that_cannot_be_opened(qtbot, view, fake, suspect, candidate):
    del fake.videos["/source.mp4"]
    show(qtbot, view, suspect, candidate)
    assert "/source.mp4 is not there.\nLocate it." in view.source_pane.message
    assert isinstance(view.errors[0], MissingMedia)
    assert len(view.errors) == 1
    view.transport.action("play").trigger()
    qtbot.waitUntil(lambda: view.shown.index > 32)
    assert not view.mask_bar.registered


def test_a_suspect_that_cannot_be_opened_and_then_can(qtbot, view, fake, suspect, candidate):
    exhibit = exhibit_of(suspect)
    video = fake.videos.pop("/suspect.mp4")
    view.show_pair(exhibit, candidate, "/source.mp4")
    qtbot.waitUntil(lambda: len(view.errors) == 1)
    assert "/suspect.mp4 is not there." in view.suspect_pane.message
    fake.videos["/suspect.mp4"] = video
    show(qtbot, view, suspect, candidate)
    assert view.suspect_pane.message == ""


def test_a_file_that_goes_away_while_playing(qtbot, view, fake):
    suspect, source = NumberedFake("/suspect.mp4", count=300), NumberedFake("/source.mp4", count=400)
    fake.videos.update({"/suspect.mp4": suspect, "/source.mp4": source})
    show(qtbot, view, suspect, candidate_of(Segment(0.0, 10.0, 1.0), best=1.0))
    view.transport.action("play").trigger()
    qtbot.waitUntil(lambda: view.shown.index > 32)
    source.gone = True
    qtbot.waitUntil(lambda: len(view.errors) == 1)
    assert not view.comparison.clock.playing
    assert "is gone" in view.source_pane.message
    for moment in (0.6, 0.9, 1.3):
        go(qtbot, view, moment)
    assert len(view.errors) == 1
    source.gone = False
    go(qtbot, view, 0.8)
    assert read_number(view.source_pane.view.picture) == 54


def test_a_single_bad_frame_does_not_stop_playing(qtbot, view, suspect, source, candidate):
    suspect.broken = {35}
    show(qtbot, view, suspect, candidate)
    view.transport.action("play").trigger()
    qtbot.waitUntil(lambda: view.shown.index > 40)
    assert view.comparison.clock.playing
    assert view.errors == []
    view.pause()
    go(qtbot, view, 35 / 30)
    assert "frame 35 cannot be decoded" in view.suspect_pane.message
    assert len(view.errors) == 1


def test_clear_lets_go_of_the_files(qtbot, view, suspect, source, candidate):
    show(qtbot, view, suspect, candidate)
    view.transport.action("play").trigger()
    view.clear()
    qtbot.waitUntil(lambda: suspect.closed and source.closed)
    assert view.shown is None
    assert not view.comparison.clock.playing


def test_a_picture_as_suspect(qtbot, view, fake):
    still = NumberedFake("/suspect.mp4", count=1)
    fake.videos["/suspect.mp4"] = still
    show(qtbot, view, still, candidate_of(Segment(0.0, 0.0, 2.0)))
    assert read_number(view.source_pane.view.picture) == 60
    assert not view.transport.action("play").isEnabled()
    view.grab()


def test_mask_of_the_frame_on_screen(qtbot, view, suspect, candidate):
    show(qtbot, view, suspect, candidate)
    view.mask_bar.set_mode(MaskMode.OVER)
    qtbot.waitUntil(lambda: masked(view) == 30)
    for moment in (0.6, 1.4):
        go(qtbot, view, moment)
        assert masked(view) in (None, view.shown.index)
        qtbot.waitUntil(lambda: masked(view) == view.shown.index)
    go(qtbot, view, 0.0)
    assert masked(view) is None
    assert "no frame for this moment" in view.mask_bar._words.text()
    go(qtbot, view, 1.0)
    qtbot.waitUntil(lambda: masked(view) == 30)
    assert view.mask_bar._words.text().startswith("Mask: fitted difference, 0.0% of the picture changed")
    view.mask_bar.set_mode(MaskMode.OFF)
    qtbot.waitUntil(lambda: masked(view) is None)
    assert view.mask_bar._words.text() == ""


def test_no_localizer_is_opened_before_it_is_wanted(qtbot, view, fake, suspect, candidate):
    show(qtbot, view, suspect, candidate)
    go(qtbot, view, 0.8)
    assert fake.localizers == []


def test_masks_while_playing_are_computed_ahead_and_never_of_a_frame_to_come(qtbot, view, fake, suspect, candidate):
    fake.mask_delay = 0.05
    show(qtbot, view, suspect, candidate)
    go(qtbot, view, 0.5)
    view.mask_bar.set_mode(MaskMode.OVER)
    qtbot.waitUntil(lambda: masked(view) == 15)
    seen = []
    view.momentChanged.connect(lambda _moment: seen.append((view.shown.index, view.shown.mask.index, masked(view))))
    view.transport.action("play").trigger()
    qtbot.wait(700)
    view.pause()
    assert len(seen) > 8
    for index, mask_index, painted in seen:
        assert mask_index == painted
        assert painted is None or 0 <= index - painted <= 12
    assert sum(painted is not None for _, _, painted in seen) > len(seen) / 2
    assert any(index == painted for index, _, painted in seen[2:])
    qtbot.waitUntil(lambda: masked(view) == view.shown.index)


def test_registered_source_is_in_step_too(qtbot, view, fake, suspect, candidate):
    fake.mask_delay = 0.01
    show(qtbot, view, suspect, candidate)
    view.mask_bar.set_mode(MaskMode.ALONE)
    view.mask_bar.set_registered(True)
    qtbot.waitUntil(lambda: "registered" in view.source_pane.heading.badges())
    pairs = []

    def look(_moment):
        number = read_number(view.suspect_pane.view.picture)
        pairs.append((number, read_number(view.source_pane.view.picture, mirrored=True), masked(view)))

    view.momentChanged.connect(look)
    go(qtbot, view, 0.6)
    view.transport.action("play").trigger()
    qtbot.wait(400)
    view.pause()
    view.momentChanged.disconnect(look)
    assert len(pairs) > 5
    for number, partner, mask in pairs:
        assert (partner, mask) == (number + 30, number)
    view.mask_bar.set_registered(False)
    qtbot.waitUntil(lambda: view.source_pane.heading.badges() == ())
    assert read_number(view.source_pane.view.picture) == view.shown.index + 30


def test_a_localizer_that_cannot_be_opened(qtbot, view, fake, suspect, candidate):
    fake.localizer_error = MissingMedia("The source's file is not there.", "Re-locate it.")
    show(qtbot, view, suspect, candidate)
    view.mask_bar.set_mode(MaskMode.OVER)
    qtbot.waitUntil(lambda: len(view.errors) == 1)
    assert view.mask_bar.mode is MaskMode.OFF
    assert "Re-locate it." in view.mask_bar._words.text()
    go(qtbot, view, 0.7)
    assert view.source_pane.view.picture is not None
    assert len(view.errors) == 1
    fake.localizer_error = None
    view.mask_bar.set_mode(MaskMode.OVER)
    qtbot.waitUntil(lambda: masked(view) == 21)


def test_zoom_is_linked_and_turned_round_for_a_mirrored_suspect(qtbot, view, suspect, candidate):
    show(qtbot, view, suspect, candidate)
    view.suspect_pane.view.zoom(3.0)
    view.suspect_pane.view._go(ViewState(3.0, 0.3, 0.4))
    assert view.source_pane.view.view == ViewState(3.0, 0.3, 0.4)
    view.source_pane.view.show_all()
    assert view.suspect_pane.view.view.scale == 1.0
    mirrored = replace(candidate, mirrored=True)
    view.show_pair(exhibit_of(suspect), mirrored, "/source.mp4")
    qtbot.waitUntil(lambda: view.shown is not None and view.source_pane.view.picture is not None)
    view.suspect_pane.view._go(ViewState(3.0, 0.3, 0.4))
    assert view.source_pane.view.view == ViewState(3.0, pytest.approx(0.7), 0.4)


def test_keys_for_mask_and_opacity(qtbot, view, suspect, candidate):
    show(qtbot, view, suspect, candidate)
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.isActiveWindow)
    qtbot.keyClick(view, Qt.Key.Key_D)
    assert view.mask_bar.mode is MaskMode.OVER
    before = view.mask_bar.opacity
    qtbot.keyClick(view, Qt.Key.Key_BracketRight)
    assert view.mask_bar.opacity == pytest.approx(before + 0.1)
    qtbot.keyClick(view, Qt.Key.Key_D)
    assert view.mask_bar.mode is MaskMode.OFF
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.transport.navigator.frame == 31


def test_actions_are_all_there_once(view):
    actions = [action for action in view.actions() if not action.isSeparator()]
    keys = [key.toString() for action in actions for key in action.shortcuts()]
    assert len(keys) == len(set(keys))
    assert {"Space", "D", "R", "Z", "0", "["} <= set(keys)


def test_the_timeline_follows_and_leads(qtbot, view, suspect, candidate):
    show(qtbot, view, suspect, candidate)
    assert view.timeline._position == 1.0
    view.timeline.seekRequested.emit(0.7)
    qtbot.waitUntil(lambda: view.shown.index == 21)
    view.transport.navigator.loop_from_here()
    assert view.timeline._loop == pytest.approx((0.7, 2.0))


def test_nothing_is_opened_on_the_gui_thread(qtbot, view, suspect, source, candidate):
    show(qtbot, view, suspect, candidate)
    qtbot.waitUntil(lambda: view.source_pane.view.picture is not None)
    assert suspect.threads == {"pump suspect"}
    assert source.threads == {"pump source"}


def test_the_mask_is_painted_over_the_suspect_only(qtbot, view, suspect, candidate):
    show(qtbot, view, suspect, candidate)
    view.mask_bar.set_mode(MaskMode.ALONE)
    qtbot.waitUntil(lambda: masked(view) == 30)
    image = view.suspect_pane.view.grab().toImage()
    centre = image.pixelColor(image.width() // 2, image.height() // 2)
    assert (centre.red(), centre.green(), centre.blue()) == (30, 30, 30)
    assert view.source_pane.view.mask is None
    assert isinstance(view.suspect_pane.view.mask, np.ndarray)
