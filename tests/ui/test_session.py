"""The session: one signal a change, what ends what."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui.fakes import FakeWorkbench, make_exhibit, make_trace
from vtl_desktop.core.case import Case, CaseDetails, Finding
from vtl_desktop.ui.session import Session

ARCHIVE = Path("/archive/archive.h5")


@pytest.fixture
def session(qapp):
    return Session()


@pytest.fixture
def told(session):
    """Every signal of the session, in order, with its value."""
    said = []
    for name in ("exhibit", "database", "trace", "candidate", "findings", "details"):
        getattr(session, f"{name}Changed").connect(lambda value, name=name: said.append((name, value)))
    return said


def traced(session):
    exhibit = make_exhibit()
    session.set_database(FakeWorkbench().database_info(ARCHIVE))
    session.set_exhibit(exhibit)
    session.set_trace(make_trace(exhibit, ARCHIVE))
    return session.trace


def finding(rank=1, conclusion="inconclusive"):
    return Finding(rank, "", conclusion, observations="seen", limits="some", examiner="E")


def test_each_change_is_told_once(session, told):
    trace = traced(session)
    session.set_candidate(trace.candidates[2])
    session.set_candidate(trace.candidates[2])
    assert [name for name, _ in told] == ["database", "exhibit", "trace", "candidate"]
    assert session.viewed == {3}


def test_a_new_exhibit_ends_trace_candidate_and_findings(session, told):
    trace = traced(session)
    session.set_candidate(trace.candidates[0])
    session.add_finding(finding())
    assert session.unreported
    told.clear()
    session.set_exhibit(make_exhibit("other.mp4"))
    assert session.trace is None
    assert session.candidate is None
    assert session.findings == ()
    assert not session.unreported
    assert told[-1][0] == "exhibit"
    assert ("trace", None) in told


def test_another_database_ends_the_trace_and_the_same_one_does_not(session):
    trace = traced(session)
    session.set_database(replace(session.database, sources=200))
    assert session.trace is trace
    session.set_database(FakeWorkbench().database_info(Path("/archive/other.h5")))
    assert session.trace is None


def test_the_last_finding_of_a_candidate_holds(session):
    traced(session)
    session.add_finding(finding(1, "inconclusive"))
    session.add_finding(finding(2, "not derived from this source"))
    session.add_finding(finding(1, "derived from this source"))
    assert session.finding_for(1).conclusion == "derived from this source"
    assert session.finding_for(0) is None
    assert len(session.findings) == 3
    session.mark_reported()
    assert not session.unreported


def test_a_relocated_source_is_told_and_kept(session):
    trace = traced(session)
    session.set_candidate(trace.candidates[1])
    updated = []
    session.candidateUpdated.connect(updated.append)
    moved = replace(trace.candidates[1].source, path="/elsewhere/clip.mp4")
    session.update_source(moved)
    assert [candidate.rank for candidate in updated] == [2]
    assert session.candidate.source.path == "/elsewhere/clip.mp4"
    assert session.trace.candidates[1] is session.candidate
    assert session.trace.candidates[0] is trace.candidates[0]


def test_a_case_is_whole_before_the_first_signal(session):
    exhibit = make_exhibit()
    case = Case(
        CaseDetails("Harbour", examiner="E"),
        "2026-11-20T10:00:00+00:00",
        exhibit,
        make_trace(exhibit, ARCHIVE),
        findings=(finding(),),
    )
    seen = []
    session.exhibitChanged.connect(lambda _exhibit: seen.append((session.trace, session.findings)))
    session.set_database(FakeWorkbench().database_info(Path("/archive/other.h5")))
    session.load_case(case)
    assert seen == [(case.trace, case.findings)]
    assert session.database is None, "the open database is not the one the case was traced in"
    assert not session.unreported
    assert session.details.name == "Harbour"
