from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.helpers import sample_case
from vtl_desktop.core.case import CaseDetails
from vtl_desktop.core.errors import CaseError
from vtl_desktop.services.case import CaseFile


@pytest.fixture
def path(tmp_path):
    return tmp_path / "案件 harbour.vtlcase"


@pytest.fixture
def case_file(path):
    with CaseFile.create(path, sample_case.details(), clock=sample_case.steps()) as case:
        yield case


def test_a_new_case_holds_its_details_and_versions(case_file):
    case = case_file.case()
    assert case.details == sample_case.details()
    assert case.created_at == "2026-11-20T10:00:00.000+00:00"
    assert (case.exhibit, case.trace, case.pairs, case.findings) == (None, None, (), ())
    assert case.versions["VTL Desktop"]
    assert [entry.action for entry in case.log] == ["case created", "versions noted"]
    assert '"user"' in case.log[0].details


def test_everything_comes_back_after_reopening(path):
    pairs = tuple(sample_case.pair(n, width=64, height=36) for n in range(2))
    with CaseFile.create(path, sample_case.details()) as case:
        case.set_exhibit(sample_case.exhibit())
        case.set_trace(sample_case.trace(), sample_case.DATABASE)
        case.set_pairs(pairs)
        case.add_finding(sample_case.finding())
        case.log("report written", {"sha256": "ab"})
    with CaseFile.open(path, read_only=True) as case:
        read = case.case()
    assert read.exhibit == sample_case.exhibit()
    assert read.trace == sample_case.trace()
    assert read.findings == (sample_case.finding(),)
    assert read.database_sha256 == sample_case.DATABASE
    assert [pair.caption for pair in read.pairs] == [pair.caption for pair in pairs]
    assert all(np.array_equal(a.suspect, b.suspect) for a, b in zip(read.pairs, pairs, strict=True))
    assert [entry.action for entry in read.log][2:] == [
        "exhibit taken in",
        "exhibit traced",
        "frame pairs chosen",
        "finding recorded",
        "report written",
    ]


def test_surveys_come_back_the_last_of_a_candidate_holds(path):
    first, second = sample_case.survey(two_kinds=False), sample_case.survey()
    with CaseFile.create(path, sample_case.details()) as case:
        case.set_exhibit(sample_case.exhibit())
        with pytest.raises(CaseError, match="no candidate"):
            case.set_survey(first)
        case.set_trace(sample_case.trace(), sample_case.DATABASE)
        for found in (first, second, second):
            case.set_survey(found)
        read = case.case()
    assert read.surveys == (second,)
    assert read.survey_of(sample_case.source(1).sha256) == second
    assert read.survey_of("ff") is None
    assert [entry.action for entry in read.log].count("frames surveyed") == 2
    assert '"changed regions":2' in read.log[-1].details
    with CaseFile.open(path) as case:
        case.set_trace(sample_case.trace(), sample_case.DATABASE)
        assert case.case().surveys == (second,), "the same trace again"
        case.set_trace(sample_case.trace(3), sample_case.DATABASE)
        assert case.case().surveys == (), "another trace, another alignment"


def test_opening_for_writing_is_logged_and_reading_is_not(path):
    CaseFile.create(path, sample_case.details()).close()
    with CaseFile.open(path) as case:
        entries = len(case.case().log)
        assert case.case().log[-1].action == "case opened"
    with CaseFile.open(path, read_only=True) as case:
        assert len(case.case().log) == entries


def test_the_same_again_adds_nothing(case_file):
    pairs = [sample_case.pair(0, width=64, height=36)]
    for _ in range(2):
        case_file.set_details(sample_case.details())
        case_file.set_exhibit(sample_case.exhibit())
        case_file.set_trace(sample_case.trace(), sample_case.DATABASE)
        case_file.set_pairs(pairs)
        case_file.add_finding(sample_case.finding())
    assert len(case_file.case().log) == 6
    assert len(case_file.case().findings) == 1


def test_changed_details_are_logged(case_file):
    case_file.set_details(sample_case.details(number="2026-115"))
    assert case_file.case().details.number == "2026-115"
    assert case_file.case().log[-1].action == "case details changed"


def test_a_finding_is_replaced_only_with_a_reason_and_stays(case_file):
    case_file.set_exhibit(sample_case.exhibit())
    first = sample_case.finding()
    case_file.add_finding(first)
    changed = sample_case.finding(conclusion="inconclusive", written_at="2026-11-21T09:00:00+00:00")
    with pytest.raises(CaseError, match="already holds the finding"):
        case_file.add_finding(changed)
    changed = replace(changed, reason_for_change="A second broadcast turned up.")
    case_file.add_finding(changed)
    assert case_file.case().findings == (first, changed)
    assert "A second broadcast" in case_file.case().log[-1].details
    other = sample_case.finding(candidate_rank=2, source_sha256=sample_case.source(2).sha256)
    case_file.add_finding(other)
    assert len(case_file.case().findings) == 3


def test_what_does_not_belong_is_refused(case_file, tmp_path):
    with pytest.raises(CaseError, match="no exhibit to judge"):
        case_file.add_finding(sample_case.finding())
    with pytest.raises(CaseError, match="does not belong"):
        case_file.set_trace(sample_case.trace(), sample_case.DATABASE)
    case_file.set_exhibit(sample_case.exhibit())
    with pytest.raises(CaseError, match="already holds the exhibit"):
        case_file.set_exhibit(replace(sample_case.exhibit(), sha256="0" * 64))
    with pytest.raises(CaseError, match="does not belong"):
        case_file.set_trace(replace(sample_case.trace(), suspect_sha256="0" * 64), sample_case.DATABASE)
    with pytest.raises(CaseError, match="is no conclusion"):
        case_file.add_finding(sample_case.finding(conclusion="87 % fake"))


def test_a_moved_exhibit_is_noted(case_file):
    case_file.set_exhibit(sample_case.exhibit())
    moved = replace(sample_case.exhibit(), path="/mnt/copy/clip.mp4")
    case_file.set_exhibit(moved)
    assert case_file.case().exhibit == moved
    assert case_file.case().log[-1].action == "exhibit noted again"


def test_names_of_case_files(tmp_path):
    with CaseFile.create(tmp_path / "plain", sample_case.details()) as case:
        assert case.path.name == "plain.vtlcase"
    with pytest.raises(CaseError, match="does not end in"):
        CaseFile.create(tmp_path / "case.pdf", sample_case.details())
    with pytest.raises(CaseError, match="has no name"):
        CaseFile.create(tmp_path / "b.vtlcase", CaseDetails(name="  "))
    assert not (tmp_path / "b.vtlcase").exists()


def test_a_record_of_another_version_is_named(case_file):
    case_file._store.append("details", {"name": "x", "colour": "red"}, "case details changed", {})
    with pytest.raises(CaseError, match="cannot read: CaseDetails: unknown colour"):
        case_file.case()
