"""Changed regions in the window: the survey in the background, lane, list, outline, choices of the mask."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from tests.helpers import sample_case
from tests.ui.comparing_fakes import candidate_of
from tests.ui.fakes import FakeLocalizer, make_candidate, make_exhibit, make_trace
from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.case import Case, CaseDetails
from vtl_desktop.core.errors import MissingMedia
from vtl_desktop.core.localization import FITTED_DIFFERENCE, LOCALIZATOR, Mask
from vtl_desktop.core.regions import ADDED_GRAPHICS, ALTERED_CONTENT, CHANGED
from vtl_desktop.core.survey import AreaTrack
from vtl_desktop.ui.playback.picture_view import MaskMode
from vtl_desktop.ui.regions.foreground import LONGEST_SECONDS, QUIET_SECONDS, Foreground
from vtl_desktop.ui.regions.region_panel import NOT_COMPARED, NOTHING_FOUND, RegionPanel
from vtl_desktop.ui.regions.surveyor import Stage
from vtl_desktop.ui.report.contents import contents_of
from vtl_desktop.ui.theme import DARK, LIGHT, apply_theme, colours_of
from vtl_desktop.ui.timeline.area_lane import round_share
from vtl_desktop.ui.timeline.timeline_view import TimelineView

ARCHIVE = Path("/archive/archive.h5")


def compare(window, qtbot, suspect="suspect.mp4"):
    """A suspect traced, the first candidate shown."""
    window.keeper.open(ARCHIVE)
    window.intake.take(Path("/evidence") / suspect)
    qtbot.waitUntil(lambda: window.session.trace is not None)
    window.choose_candidate(window.session.trace.candidates[0])
    qtbot.waitUntil(lambda: window.compare_page.comparison.shown is not None)


def choose(window, qtbot, rank):
    """Another candidate, until both its sides are open."""
    window.choose_candidate(window.session.trace.candidates[rank - 1])
    surveyor = window.compare_page.surveyor
    qtbot.waitUntil(lambda: surveyor.subject is not None and surveyor.subject.candidate.rank == rank)


def surveyed(window, qtbot, stage=Stage.DONE):
    surveyor = window.compare_page.surveyor
    qtbot.waitUntil(lambda: surveyor.stage is stage, timeout=10_000)
    return window.session.survey_for(window.session.candidate)


# In the background


def test_it_starts_by_itself_and_finds_what_moves(window, qtbot, bench):
    compare(window, qtbot)
    found = surveyed(window, qtbot)
    assert bench.count("survey") == 1
    assert dict(bench.calls)["survey"] == "lane survey"
    assert (found.complete, found.frames, found.method) == (True, 150, FITTED_DIFFERENCE)
    assert {region.kind for region in found.regions} == {CHANGED}
    panel = window.compare_page.comparison.regions
    assert panel.model.rowCount() == len(found.regions)
    assert "all 150 frames examined" in panel.words.text()
    assert not panel.progress.isVisible()
    assert window.board.jobs == ()


def test_coming_back_to_a_candidate_does_not_examine_it_again(window, qtbot, bench):
    compare(window, qtbot)
    first = surveyed(window, qtbot)
    choose(window, qtbot, 3)
    surveyed(window, qtbot)
    choose(window, qtbot, 1)
    assert surveyed(window, qtbot) is first
    assert bench.count("survey") == 2
    assert window.compare_page.comparison.regions.model.rowCount() == len(first.regions)
    assert [found.candidate_rank for found in window.session.surveys] == [1, 3]


def test_stopping_answers_at_once_and_it_can_be_gone_on_with(window, qtbot, bench):
    bench.gates["survey"] = threading.Event()
    compare(window, qtbot)
    surveyor, panel = window.compare_page.surveyor, window.compare_page.comparison.regions
    qtbot.waitUntil(lambda: surveyor.stage is Stage.RUNNING and bench.count("survey") == 1)
    assert panel.stop_button.isVisible()
    begun = time.monotonic()
    qtbot.mouseClick(panel.stop_button, Qt.MouseButton.LeftButton)
    assert surveyor.stage is Stage.STOPPED
    assert window.board.jobs == ()
    assert time.monotonic() - begun < 0.2
    assert panel.start_button.isVisible()
    # Another candidate and back: what the user stopped stays stopped.
    bench.gates["survey"].set()
    choose(window, qtbot, 2)
    surveyed(window, qtbot)
    choose(window, qtbot, 1)
    qtbot.waitUntil(lambda: surveyor.stage is Stage.STOPPED)
    qtbot.mouseClick(panel.start_button, Qt.MouseButton.LeftButton)
    assert surveyed(window, qtbot).complete


def test_the_status_bar_stops_it_too(window, qtbot, bench):
    bench.gates["survey"] = threading.Event()
    compare(window, qtbot)
    qtbot.waitUntil(lambda: bench.count("survey") == 1)
    assert "Looking for changes" in window.status.job.text()
    window.status.cancel_button.click()
    qtbot.waitUntil(lambda: window.compare_page.surveyor.stage is Stage.STOPPED)


def test_it_waits_while_the_comparison_is_used(window, qtbot):
    foreground = window.compare_page.surveyor.foreground
    foreground.hold(True)
    compare(window, qtbot)
    foreground.hold(True)
    qtbot.wait(300)
    assert window.compare_page.surveyor.stage is Stage.RUNNING
    assert window.session.survey_for(window.session.candidate) is None
    foreground.hold(False)
    surveyed(window, qtbot)
    assert foreground.waited > 0.1
    window.compare_page.comparison.seek(1.0)
    assert foreground.busy


def test_foreground():
    now = [100.0]
    foreground = Foreground(lambda: now[0])
    assert not foreground.urgent()
    foreground.touch()
    assert foreground.urgent()
    now[0] += QUIET_SECONDS / 2
    assert foreground.urgent()
    now[0] += QUIET_SECONDS
    assert not foreground.urgent()
    assert foreground.waited == pytest.approx(1.5 * QUIET_SECONDS)
    foreground.hold(True)
    assert foreground.busy
    now[0] += LONGEST_SECONDS + 1
    assert not foreground.busy, "what never comes is not waited for"


def test_why_it_cannot_be_examined_is_told(window, qtbot, bench):
    bench.errors["survey"] = MissingMedia("The source is gone.", "Connect the drive.")
    compare(window, qtbot)
    surveyed(window, qtbot, Stage.FAILED)
    panel = window.compare_page.comparison.regions
    assert "The source is gone. Connect the drive." in panel.words.text()
    assert panel.start_button.isVisible()


def test_a_new_trace_forgets_and_a_case_remembers(window, qtbot, bench, tmp_path):
    compare(window, qtbot)
    found = surveyed(window, qtbot)
    trace = window.session.trace
    window.session.set_trace(make_trace(window.session.exhibit, ARCHIVE))
    assert window.session.surveys == ()
    database = tmp_path / "archive.h5"
    database.touch()
    bench.case = Case(
        CaseDetails("Harbour"),
        "2026-11-20T10:00:00+00:00",
        window.session.exhibit,
        replace(trace, database_path=str(database)),
        surveys=(found,),
    )
    before = bench.count("survey")
    window.open_paths([tmp_path / "harbour.vtlcase"])
    qtbot.waitUntil(lambda: window.compare_page.surveyor.stage is Stage.DONE)
    assert window.session.survey_for(window.session.candidate) is found
    assert bench.count("survey") == before


def test_a_source_that_is_not_at_hand(window, qtbot, bench):
    bench.missing_sources.add(make_candidate(1).source.path)
    compare(window, qtbot)
    panel = window.compare_page.comparison.regions
    assert window.compare_page.surveyor.stage is Stage.NONE
    assert not panel.export_button.isEnabled()
    assert bench.count("survey") == 0


def test_masks_are_exported_where_the_user_says(window, qtbot, bench, asker, tmp_path):
    compare(window, qtbot)
    surveyed(window, qtbot)
    panel = window.compare_page.comparison.regions
    panel.export_button.click()
    assert bench.count("write_masks") == 0, "no file was named"
    assert asker.questions == ["suspect - masks against candidate 1.mkv"]
    asker.answers["masks"] = tmp_path / "masks.mkv"
    panel.export_button.click()
    qtbot.waitUntil(lambda: "masks.mkv" in panel.words.text())
    assert dict(bench.calls)["write_masks"] == "lane masks"


def test_the_report_gets_what_was_found(window, qtbot, bench, tmp_path):
    compare(window, qtbot)
    found = surveyed(window, qtbot)
    assert any("all frames examined" in item.text for item in contents_of(window.session))
    window.session.set_details(CaseDetails("Harbour"))
    window.writer.start(tmp_path / "report.pdf")
    qtbot.waitUntil(lambda: bool(bench.reported))
    assert bench.reported["surveys"] == (found,)


# The list


@pytest.fixture
def panel(qtbot):
    made = RegionPanel()
    qtbot.addWidget(made)
    made.resize(760, 200)
    made.show()
    return made


def cells(panel, row):
    return [panel.model.index(row, column).data() for column in range(panel.model.columnCount())]


def test_rows_say_kind_time_place_area_and_strength(panel):
    panel.show_survey(sample_case.survey())
    panel.show_stage(Stage.DONE)
    assert cells(panel, 0) == ["1", "altered content", "0:01.000", "0:03.000", "lower left", "4.2%", "208"]
    assert cells(panel, 1)[1] == "added graphics"
    assert panel.model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == (
        "Region 1: altered content from 0:01.000 to 0:03.000, lower left, 4.2% of the picture at most, "
        "strength 208 of 255"
    )
    assert panel.table.accessibleName()
    assert panel.words.text() == "2 changed regions; 3.2% of the picture on average; all 240 frames examined"


def test_enter_and_double_click_choose(panel, qtbot):
    found = sample_case.survey()
    panel.show_survey(found)
    got = []
    panel.regionChosen.connect(got.append)
    panel.table.setFocus()
    panel.table.setCurrentIndex(panel.model.index(0, 0))
    qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    assert got == [found.regions[1]]
    place = panel.table.visualRect(panel.model.index(0, 1)).center()
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert got[-1] == found.regions[0]


def test_the_selection_stays_while_more_is_found(panel):
    first, second = sample_case.region(1), sample_case.region(2, start=4.0, end=5.0)
    panel.show_survey(sample_case.survey(regions=(first, second), complete=False))
    panel.select(second)
    longer, earlier = replace(second, number=3, end=6.0), sample_case.region(2, start=3.5, end=3.9)
    panel.show_survey(sample_case.survey(regions=(first, earlier, longer), complete=False))
    assert panel.selected == longer
    marked = []
    panel.regionMarked.connect(marked.append)
    panel.show_survey(sample_case.survey(regions=(first,)))
    assert panel.selected is None
    assert marked[-1] is None


def test_how_far_it_is_in_words(panel):
    panel.show_survey(sample_case.survey(complete=False, examined=100))
    panel.show_stage(Stage.RUNNING, 0.4167, 75.0)
    assert panel.words.text() == "Examined 42%, about 1 min left; 2 regions so far"
    panel.show_stage(Stage.STOPPED)
    assert panel.words.text() == "Stopped: 100 of 240 frames examined, 2 changed regions so far"
    assert panel.start_button.text() == "Go on"
    panel.show_survey(sample_case.survey(regions=()))
    panel.show_stage(Stage.DONE)
    assert panel._empty.text() == NOTHING_FOUND
    panel.show_survey(sample_case.survey(regions=(), compared=0))
    assert panel._empty.text() == NOT_COMPARED


def test_a_single_picture_has_no_times(panel):
    one = sample_case.survey(frames=1, examined=1, compared=1, regions=(sample_case.region(1, start=0.0, end=0.0),))
    panel.show_survey(one)
    panel.show_stage(Stage.DONE)
    assert panel.table.isColumnHidden(2)
    assert panel.table.isColumnHidden(3)
    assert panel.words.text() == "1 changed region; 3.2% of the picture"


def test_next_and_previous_region_by_key(window, qtbot):
    compare(window, qtbot)
    surveyed(window, qtbot)
    view = window.compare_page.comparison
    regions = tuple(
        sample_case.region(n, start=s, end=s + 0.5, box=replace(sample_case.region(1).box, left=20, top=20))
        for n, s in ((1, 1.0), (2, 3.0))
    )
    view.show_survey(sample_case.survey(regions=regions, width=320, height=180))
    window.activateWindow()
    view.seek(0.0)
    qtbot.waitUntil(lambda: view.shown.index == 0)
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    qtbot.keyClick(view, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: view.shown.time == pytest.approx(1.24, abs=0.021))
    assert view.regions.selected == regions[0]
    assert view.suspect_pane.view.outline is not None
    qtbot.keyClick(view, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: view.shown.time == pytest.approx(3.24, abs=0.021))
    qtbot.keyClick(view, Qt.Key.Key_N)
    assert "no changed region after" in view.regions.words.text()
    qtbot.keyClick(view, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: view.shown.time == pytest.approx(1.24, abs=0.021))
    view.grab()
    view.seek(5.0)
    qtbot.waitUntil(lambda: view.shown.time == pytest.approx(5.0, abs=0.021))
    assert view.suspect_pane.view.outline is None, "it does not last until there"
    texts = {action.text(): action.shortcut().toString() for action in window.compare_menu.actions()}
    assert texts["Next changed region"] == "N"
    assert texts["Previous changed region"] == "Shift+N"


# The lane


@pytest.fixture
def timeline(qtbot):
    made = TimelineView()
    qtbot.addWidget(made)
    made.resize(1000, 260)
    made.show()
    return made


CANDIDATE = replace(candidate_of(), alignment=Alignment((Segment(0.4, 9.2, 41.88),)))


def near(image, x, top, bottom, colour, reach=70):
    """Whether a column holds a colour between two rows."""
    wanted = QColor(colour)
    return any(
        abs(c.red() - wanted.red()) + abs(c.green() - wanted.green()) + abs(c.blue() - wanted.blue()) < reach
        for c in (image.pixelColor(round(x), y) for y in range(top, bottom))
    )


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_both_kinds_are_painted_where_they_are(timeline, qapp, theme):
    apply_theme(qapp, theme)
    colours = colours_of(timeline)
    timeline.show_candidate(CANDIDATE, 9.6)
    timeline.show_survey(sample_case.survey())
    image, scale = timeline.grab().toImage(), timeline.scale()
    top, bottom = timeline.height() - 74, timeline.height() - 32
    assert near(image, scale.x(2.0), top, bottom, colours.altered)
    assert not near(image, scale.x(2.0), top, bottom, colours.graphics)
    lines = [near(image, scale.x(6.5) + k, top, bottom, colours.graphics) for k in range(12)]
    assert any(lines)
    assert not near(image, scale.x(6.5), top, bottom, colours.altered, 40)
    apply_theme(qapp, LIGHT)


def test_what_is_not_examined_yet_is_hatched(timeline):
    timeline.show_candidate(CANDIDATE, 9.6)
    empty = timeline.grab().toImage()
    whole = sample_case.survey()
    track = whole.area
    part = AreaTrack(track.times[:120], track.shares[:120], track.graphics[:120], track.altered[:120])
    timeline.show_survey(replace(whole, area=part, examined=120, complete=False, examined_until=track.times[119]))
    half, scale = timeline.grab().toImage(), timeline.scale()
    rows = range(timeline.height() - 70, timeline.height() - 34)

    def column(image, moment):
        return [image.pixelColor(round(scale.x(moment)), y).name() for y in rows]

    assert column(half, 8.0) == column(empty, 8.0)
    assert len(set(column(empty, 8.0))) > 1, "hatched"
    assert column(half, 3.5) != column(empty, 3.5)
    assert len(set(column(half, 3.5))) == 1, "nothing marked there"
    assert "not examined yet" in timeline.words_at(8.0)


def test_words_at_a_moment(timeline):
    timeline.show_candidate(CANDIDATE, 9.6)
    timeline.show_survey(sample_case.survey())
    told = timeline.words_at(5.0)
    assert "changed area: 5.0% of the picture (altered content 0.0%, added graphics 5.0%)" in told
    assert "region 2: added graphics, lower part, across the picture" in told
    assert "nothing can be said here" in timeline.words_at(0.1)
    assert "2 changed regions" in timeline.accessibleDescription()


def test_a_click_in_the_lane_goes_there(timeline, qtbot):
    timeline.show_candidate(CANDIDATE, 9.6)
    timeline.show_survey(sample_case.survey())
    got = []
    timeline.seekRequested.connect(got.append)
    place = QPoint(round(timeline.scale().x(4.0)), timeline.height() - 40)
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=place)
    assert got == [pytest.approx(4.0, abs=0.02)]


def test_the_marked_region_stands_out_and_another_candidate_clears_the_lane(timeline):
    timeline.show_candidate(CANDIDATE, 9.6)
    timeline.show_survey(sample_case.survey())
    plain = timeline.grab().toImage()
    timeline.mark_region(1)
    assert timeline.grab().toImage() != plain
    timeline.mark_region(0)
    assert timeline.grab().toImage() == plain
    timeline.show_candidate(replace(CANDIDATE, rank=2), 9.6)
    assert "not examined" not in timeline.words_at(8.0)


def test_coarse_looks_and_very_many_regions_are_painted(timeline):
    many = tuple(sample_case.region(n, start=0.04 * n, end=0.04 * n + 1.0) for n in range(1, 200))
    sparse = AreaTrack((1.0, 5.0, 8.0), (0.2, None, 0.4))
    timeline.show_candidate(CANDIDATE, 9.6)
    timeline.show_survey(sample_case.survey(two_kinds=False, area=sparse, regions=many, examined_until=0.0))
    assert not timeline.grab().isNull()
    assert [round_share(value) for value in (0.0, 0.03, 0.5, 0.97)] == [0.02, 0.05, 0.5, 1.0]


# The mask


class TwoKinds(FakeLocalizer):
    """Tells the kinds apart, and notes by which method it was asked."""

    methods = (LOCALIZATOR, FITTED_DIFFERENCE)

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.asked: list[str | None] = []

    def mask(self, moment, *, method=None) -> Mask | None:
        self.asked.append(method)
        made = super().mask(moment)
        if made is None or method == FITTED_DIFFERENCE:
            return made
        graphics, altered = np.zeros_like(made.picture), np.zeros_like(made.picture)
        graphics[150:170], altered[20:60, 20:60] = 250, 200
        whole = np.maximum(graphics, altered)
        return replace(made, picture=whole, graphics=graphics, altered=altered, method=LOCALIZATOR)


def test_kinds_and_methods_are_chosen_in_the_mask_bar(window, qtbot, bench, monkeypatch):
    made: list[TwoKinds] = []

    def localizer(exhibit, candidate):
        made.append(TwoKinds(candidate, bench.open_video(exhibit.path), bench.open_video(candidate.source.path)))
        return made[-1]

    monkeypatch.setattr(bench, "localizer", localizer)
    compare(window, qtbot)
    view = window.compare_page.comparison
    choices, picture = view.mask_bar.choices, view.suspect_pane.view
    assert not choices.kinds.isEnabled()
    view.mask_bar.set_mode(MaskMode.OVER)
    qtbot.waitUntil(lambda: picture.mask is not None)
    assert choices.kinds.isEnabled()
    assert choices.known == (LOCALIZATOR, FITTED_DIFFERENCE)
    assert picture.mask[160, 10] == 250
    assert picture.mask[30, 30] == 200
    choices.kinds.setCurrentIndex(choices.kinds.findData(ALTERED_CONTENT))
    assert (picture.mask[160, 10], picture.mask[30, 30]) == (0, 200)
    assert "altered content of" in view.mask_bar._words.text()
    choices.next_kind.trigger()
    choices.next_kind.trigger()
    assert choices.kind == ADDED_GRAPHICS
    assert (picture.mask[160, 10], picture.mask[30, 30]) == (250, 0)
    choices.methods.setCurrentIndex(choices.methods.findData(FITTED_DIFFERENCE))
    qtbot.waitUntil(lambda: not choices.kinds.isEnabled())
    assert made[0].asked[-1] == FITTED_DIFFERENCE
    assert "does not tell" in choices.kinds.toolTip()
    assert set(np.unique(picture.mask)) == {0, 230}, "all of it, as it cannot be divided"


def test_one_method_is_no_choice(window, qtbot):
    compare(window, qtbot)
    view = window.compare_page.comparison
    view.mask_bar.set_mode(MaskMode.OVER)
    qtbot.waitUntil(lambda: view.suspect_pane.view.mask is not None)
    assert not view.mask_bar.choices.methods.isVisible()
    assert view.mask_bar._words.text().startswith("Mask: fitted difference, ")
    assert not view.mask_bar.choices.kinds.isEnabled()


def test_a_picture_has_no_timeline_but_regions(window, qtbot, bench, monkeypatch):
    still = make_exhibit("still.png", kind="image", duration=0.0)
    monkeypatch.setattr(bench, "take_in", lambda path, *, progress, cancel: still)
    compare(window, qtbot, "still.png")
    view = window.compare_page.comparison
    assert not view.timeline.isVisible()
    assert view.regions.isVisible()
