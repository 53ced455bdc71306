"""Tracing by itself, its states, the decision, the candidate list."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt

from tests.ui.fakes import make_candidate, make_exhibit, make_trace
from vtl_desktop.core.errors import WeightsError
from vtl_desktop.core.sound import AGREES, SoundWitness
from vtl_desktop.core.tracing import NO_SOURCE, UNCERTAIN
from vtl_desktop.ui import words
from vtl_desktop.ui.report.contents import CASE_STEP, COMPARE_STEP, TRACE_STEP
from vtl_desktop.ui.tracing.candidate_model import CandidateModel, Role

SUSPECT, ARCHIVE = Path("/evidence/suspect.mp4"), Path("/archive/archive.h5")


def trace(window, qtbot):
    window.open_paths([ARCHIVE, SUSPECT])
    qtbot.waitUntil(lambda: window.session.trace is not None)


def test_both_there_and_it_traces_by_itself(window, qtbot, bench):
    window.open_paths([SUSPECT])
    qtbot.waitUntil(lambda: window.session.exhibit is not None)
    assert window.case_page.trace_card.title.text() == "Next: a database"
    assert bench.count("trace") == 0
    window.open_paths([ARCHIVE])
    qtbot.waitUntil(lambda: window.session.trace is not None)
    assert window.pages.currentIndex() == TRACE_STEP
    assert window.trace_page.banner.title.text() == "Traced to archive clip 001.mp4"
    assert window.trace_page.list.model().rowCount() == 10
    assert bench.parameters.device == "auto"


def test_progress_is_shown_beside_the_facts_and_can_be_cancelled(window, qtbot, bench):
    bench.gates["trace"] = threading.Event()
    window.open_paths([ARCHIVE, SUSPECT])
    card = window.case_page.trace_card
    qtbot.waitUntil(lambda: card.progress.isVisible() and card.progress.value() == 400)
    assert window.pages.currentIndex() == CASE_STEP
    assert window.case_page.exhibit_card.isVisible()
    assert card.text.text() == "Computing codes of 24 clips"
    qtbot.mouseClick(card.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: card.start_button.isVisible())
    assert "stopped" in card.text.text()
    bench.gates["trace"].set()
    qtbot.mouseClick(card.start_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.trace is not None)


def test_a_new_suspect_overtakes_a_running_trace(window, qtbot, bench):
    gate = bench.gates["trace"] = threading.Event()
    window.open_paths([ARCHIVE, SUSPECT])
    qtbot.waitUntil(lambda: bench.count("trace") == 1)
    window.open_paths([Path("/evidence/second.mp4")])
    qtbot.waitUntil(lambda: window.session.exhibit.name == "second.mp4")
    gate.set()
    qtbot.waitUntil(lambda: window.session.trace is not None)
    assert window.session.trace.suspect_path == "/evidence/second.mp4"


def test_a_failed_trace_can_be_tried_again(window, qtbot, bench):
    bench.errors["trace"] = WeightsError("The weights vithash.safetensors are missing.", "Install the program again.")
    window.open_paths([ARCHIVE, SUSPECT])
    qtbot.waitUntil(lambda: window.banner.isVisible())
    assert window.banner.message.text().startswith("The weights")
    card = window.case_page.trace_card
    assert card.start_button.isVisible()
    bench.errors.clear()
    card.start_button.click()
    qtbot.waitUntil(lambda: window.session.trace is not None)


def test_no_source_says_what_to_try(window, qtbot, bench):
    bench.decision = NO_SOURCE
    bench.notes = ("Fell back to the CPU.",)
    trace(window, qtbot)
    banner = window.trace_page.banner
    assert banner.title.text() == "No source found in this database"
    assert "another database" in banner.advice.text()
    assert banner.database_button.isVisible()
    assert banner.conclude_button.isVisible()
    assert banner.notes.isVisible()
    assert window.trace_page.list.isVisible()


def test_an_uncertain_result_sends_the_analyst_to_look(window, qtbot, bench):
    bench.decision = UNCERTAIN
    trace(window, qtbot)
    banner = window.trace_page.banner
    assert banner.title.text() == f"Uncertain: look at {window.session.trace.candidates[0].source.name}"
    assert banner.title.text() == window.case_page.trace_card.title.text() == banner.accessibleName()
    assert banner.property("role") == "warning"
    assert "side by side" in banner.advice.text()
    assert banner.compare_button.text() == "Compare the best candidate"
    assert banner.compare_button.property("role") == "primary"
    assert not banner.conclude_button.isVisible()


def test_what_the_sound_says_stands_under_the_reason(window, qtbot, bench):
    trace(window, qtbot)
    shown = window.session.trace
    assert "\n" not in words.reason(shown)
    heard = replace(shown.candidates[0], sound=SoundWitness(AGREES, 0.008))
    window.session.set_trace(replace(shown, candidates=(heard, *shown.candidates[1:])))
    told = f"{shown.reason}\nSound agrees: same place in the source, to within 8 ms."
    assert window.case_page.trace_card.text.text() == told
    assert window.trace_page.banner.reason.text() == told


def test_the_page_does_not_change_under_a_writing_analyst(window, qtbot, bench):
    bench.gates["trace"] = threading.Event()
    window.open_paths([ARCHIVE, SUSPECT])
    qtbot.waitUntil(lambda: bench.count("trace") == 1)
    line = window.case_page.details.lines["name"]
    window.activateWindow()
    line.setFocus()
    qtbot.waitUntil(line.hasFocus)
    qtbot.keyClicks(line, "Harbour")
    bench.gates["trace"].set()
    qtbot.waitUntil(lambda: window.session.trace is not None)
    assert window.pages.currentIndex() == CASE_STEP
    assert window.case_page.trace_card.show_button.isVisible()
    assert window.session.details.name == "Harbour"


def test_pictures_arrive_best_first_and_a_lost_source_is_named(window, qtbot, bench):
    trace(window, qtbot)
    model = window.candidates.model
    rows = [model.index(number).data(Role.ROW) for number in range(10)]
    qtbot.waitUntil(lambda: all(row.source_tried for row in rows))
    assert rows[0].suspect is not None
    assert rows[0].source is not None
    assert rows[3].source is None
    window.trace_page.grab()


def test_a_click_compares(window, qtbot):
    trace(window, qtbot)
    view = window.trace_page.list
    where = view.visualRect(view.model().index(1)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(where))
    assert window.session.candidate.rank == 2
    assert window.pages.currentIndex() == COMPARE_STEP


def test_enter_compares_the_current_row(window, qtbot):
    trace(window, qtbot)
    view = window.trace_page.list
    view.setCurrentIndex(view.model().index(2))
    with qtbot.waitSignal(view.candidateChosen) as chosen:
        view.activated.emit(view.currentIndex())
    assert chosen.args[0].rank == 3


def test_trace_again_asks_about_findings(window, qtbot, bench, asker):
    from tests.ui.test_session import finding

    trace(window, qtbot)
    window.session.add_finding(finding())
    asker.says_yes = False
    window.tracer.trace_again()
    assert bench.count("trace") == 1
    asker.says_yes = True
    window.tracer.trace_again()
    qtbot.waitUntil(lambda: bench.count("trace") == 2 and window.session.trace is not None)
    assert window.session.findings == ()


@pytest.mark.parametrize("count", [0, 1, 10])
def test_the_model_reads_aloud(qapp, count):
    exhibit = make_exhibit()
    model = CandidateModel()
    model.show_trace(make_trace(exhibit, ARCHIVE, count=count), 6.0)
    assert model.rowCount() == count
    if count:
        aloud = model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
        assert aloud == words.candidate_aloud(make_candidate(1), 512)
        assert "suspect 0:00.0–0:06.0 shows source 0:03.0–0:09.0" in aloud
    model.show_trace(None, 0.0)
    assert model.rowCount() == 0


def test_parts_in_words():
    from vtl_desktop.core.alignment import Alignment, Segment

    assert words.matched_part(Segment(0, 16, 12, 1.25)) == (
        "suspect 0:00–0:16 shows source 0:12–0:32, at 1.25 times its speed"
    )
    assert words.matched_part(Segment(0, 3.96, 59.96)) == "suspect 0:00.0–0:04.0 shows source 1:00.0–1:03.9"
    assert words.matched_parts(Alignment()) == "no common stretch found"
    many = Alignment(tuple(Segment(i, i + 1, 10 + i) for i in range(5)))
    assert words.matched_parts(many).endswith("and 3 more parts")


def test_how_often_such_decisions_are_right_stands_beside_the_result(window, qtbot, store):
    store.save(replace(store.load(), point="every-lead"))
    trace(window, qtbot)
    banner = window.trace_page.banner
    assert not banner.rates.isVisible()
    window.session.set_trace(replace(window.session.trace, rates="Of 10 strangers none was called found."))
    assert banner.rates.isVisible()
    assert banner.rates.text() == "Of 10 strangers none was called found."


def test_the_chosen_operating_point_is_traced_with(window, qtbot, store, bench):
    store.save(replace(store.load(), point="every-lead"))
    trace(window, qtbot)
    assert bench.parameters.point == "every-lead"
