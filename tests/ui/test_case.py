"""Whose case, automatic limits, findings and their history."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from tests.ui.fakes import FakeWorkbench, facts, make_candidate, make_exhibit, make_trace
from vtl_desktop.core.case import CONCLUSIONS, CaseDetails
from vtl_desktop.core.localization import Registration
from vtl_desktop.core.tracing import NO_SOURCE
from vtl_desktop.ui.case.details_form import DetailsForm
from vtl_desktop.ui.case.finding_form import FindingForm
from vtl_desktop.ui.case.limits import automatic_limits
from vtl_desktop.ui.session import Session

ARCHIVE = Path("/archive/archive.h5")


@pytest.fixture
def session(qapp):
    made = Session()
    made.set_database(FakeWorkbench().database_info(ARCHIVE))
    made.set_exhibit(make_exhibit())
    made.set_trace(make_trace(made.exhibit, ARCHIVE))
    return made


@pytest.fixture
def form(qtbot, session):
    made = FindingForm(session)
    qtbot.addWidget(made)
    made.show_subject(session.trace.candidates[0], source_at_hand=True)
    made.show()
    return made


def fill(form, conclusion=0, observations="Same scene, same cuts.", examiner="A. Examiner"):
    form.texts["observations"].setPlainText(observations)
    form.conclusions.button(conclusion).setChecked(True)
    form.examiner.setText(examiner)
    form.examiner.textEdited.emit(examiner)


def test_limits_are_there_before_anything_is_typed(form):
    limits = form.texts["limits"].toPlainText()
    assert "not among the 181 of this database" in limits
    assert "compression alone" in limits
    assert not form.save_button.isEnabled()
    assert form.missing.text() == "Still missing: observations, a conclusion, the examiner."


def test_limits_cannot_be_emptied(form):
    fill(form)
    assert form.save_button.isEnabled()
    form.texts["limits"].setPlainText("  ")
    assert not form.save_button.isEnabled()
    assert form.missing.text() == "Still missing: limits."
    assert not form.save()


def test_a_finding_is_recorded_and_names_examiner_and_time(form, session):
    fill(form)
    assert form.save()
    found = session.findings[0]
    assert found.conclusion == CONCLUSIONS[0]
    assert found.candidate_rank == 1
    assert found.source_sha256 == session.trace.candidates[0].source.sha256
    assert found.written_at[10] == "T"
    assert found.written_at[-6] in "+-"
    assert session.details.examiner == "A. Examiner"
    assert form.state.text().startswith("Saved ")
    assert not form.save_button.isEnabled(), "nothing has changed since"


def test_a_change_of_judgement_needs_a_reason_and_keeps_the_first(form, session):
    fill(form)
    form.save()
    form.conclusions.button(3).setChecked(True)
    assert form.reason.isVisible()
    assert form.missing.text() == "Still missing: a reason for the change."
    form.reason.setText("Second look at frame 40.")
    form.reason.textEdited.emit(form.reason.text())
    assert form.save()
    assert [found.conclusion for found in session.findings] == [CONCLUSIONS[0], "inconclusive"]
    assert session.findings[1].reason_for_change == "Second look at frame 40."


def test_what_is_typed_is_kept_for_each_candidate(form, session):
    first, second = session.trace.candidates[:2]
    form.texts["observations"].setPlainText("half a sentence")
    form.show_subject(second, source_at_hand=False)
    assert form.texts["observations"].toPlainText() == ""
    assert "only its codes and thumbnails" in form.texts["limits"].toPlainText()
    form.show_subject(first, source_at_hand=True)
    assert form.texts["observations"].toPlainText() == "half a sentence"
    session.set_trace(make_trace(session.exhibit, ARCHIVE))
    form.show_subject(session.trace.candidates[0], source_at_hand=True)
    assert form.texts["observations"].toPlainText() == "", "another trace, another subject"


def test_limits_follow_the_source_until_somebody_writes(form, session):
    form.show_subject(session.trace.candidates[0], source_at_hand=False)
    assert "only its codes and thumbnails" in form.texts["limits"].toPlainText()
    form.show_subject(session.trace.candidates[0], source_at_hand=True)
    assert "only its codes and thumbnails" not in form.texts["limits"].toPlainText()


def test_the_suspect_as_a_whole_is_not_derived_from_one_source(form, session):
    form.show_subject(None, source_at_hand=True)
    assert form.rank == 0
    assert not form.conclusions.button(0).isVisibleTo(form)
    assert form.conclusions.button(2).text() == "not derived from a source in this database"
    fill(form, conclusion=2)
    form.save()
    assert session.finding_for(0).conclusion == CONCLUSIONS[2]
    assert session.finding_for(0).source_sha256 == ""


def test_without_a_trace_there_is_nothing_to_judge(qtbot):
    form = FindingForm(Session())
    qtbot.addWidget(form)
    assert not form.isEnabled()
    assert not form.save_button.isEnabled()


def test_automatic_limits_name_what_is_known():
    exhibit = replace(
        make_exhibit(), facts=facts("s.mp4", duration=1.2, variable_frame_rate=True, notes=("3 frames are damaged",))
    )
    trace = make_trace(exhibit, ARCHIVE, decision=NO_SOURCE)
    candidate = replace(
        make_candidate(2), registration=Registration((1, 0, 0, 0, 1, 0, 0, 0, 1), inliers=5), matched_share=0.4
    )
    limits = " ".join(automatic_limits(exhibit, trace, candidate, source_at_hand=False))
    for part in (
        "320 x 180",
        "1.20 s",
        "3 frames are damaged.",
        "variable frame rate",
        "40%",
        "not confirmed",
        "not at hand",
    ):
        assert part in limits
    inset = replace(candidate, registration=Registration((1, 0, 0, 0, 1, 0, 0, 0, 1), inliers=90, coverage=0.3))
    assert "fills 30% of the suspect's picture" in " ".join(
        automatic_limits(exhibit, trace, inset, source_at_hand=True)
    )
    whole = " ".join(automatic_limits(exhibit, trace, None, source_at_hand=True))
    assert "does not show that the suspect is authentic" in whole


def test_two_forms_show_one_case(qtbot, session):
    one, other = DetailsForm(session), DetailsForm(session)
    for form in (one, other):
        qtbot.addWidget(form)
    qtbot.keyClicks(one.lines["name"], "Harbour fire ")
    assert session.details.name == "Harbour fire"
    assert other.lines["name"].text() == "Harbour fire"
    assert one.lines["name"].text() == "Harbour fire ", "the space being typed is not taken away"
    other.notes.setPlainText("two\nlines")
    assert one.notes.toPlainText() == "two\nlines"
    session.set_details(CaseDetails("Other"))
    assert (one.lines["name"].text(), other.notes.toPlainText()) == ("Other", "")


def test_tab_leaves_a_text_field(form):
    assert all(text.tabChangesFocus() for text in form.texts.values())
    assert form.texts["limits"].focusPolicy() & Qt.FocusPolicy.TabFocus
