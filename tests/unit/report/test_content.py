from __future__ import annotations

from dataclasses import replace

import pytest

from tests.helpers import sample_case
from vtl_desktop.core.alignment import uncovered
from vtl_desktop.core.case import Case
from vtl_desktop.core.media import Box
from vtl_desktop.core.sound import AGREES, DIFFERS, NO_SOURCE_SOUND, PARTLY, SoundStretch, SoundWitness
from vtl_desktop.report.content import build_content
from vtl_desktop.report.json_report import all_text
from vtl_desktop.report.limits import COMPRESSION, NONE_MEASURED, NOT_ENROLLED, automatic_limits
from vtl_desktop.report.opinion import NO_CONCLUSION
from vtl_desktop.report.search import AUTOMATED
from vtl_desktop.report.values import (
    AlignmentPlot,
    Circumstances,
    Facts,
    PairFigure,
    Recheck,
    ReportContent,
    Section,
    Table,
    WeightsFacts,
)

AT = "2026-11-20T11:00:00.000+00:00"
UNCHANGED = Circumstances("VTL-1", AT, Recheck(sample_case.SHA, AT))


def section(content: ReportContent, name: str) -> Section:
    return next(s for s in content.sections if s.title.endswith(f"  {name}"))


def words(value: object) -> str:
    return all_text(value)  # type: ignore[arg-type]


def test_a_full_case_has_every_part_in_order():
    content = build_content(sample_case.case(), UNCHANGED)
    assert [s.title for s in content.sections] == [
        "1  Summary",
        "2  Exhibit",
        "3  Question and method",
        "4  Result of the automated search",
        "5  Alignment in time",
        "6  Frame pairs",
        "7  Changed regions",
        "8  Findings of the examiner",
        "9  Limits",
        "10  Error rates",
        "11  Signatures",
        "Appendix A  Candidates in full",
        "Appendix B  Pictures shown",
        "Appendix C  Parameters and versions",
        "Appendix D  History and audit log",
        "Appendix E  Words",
    ]
    assert content.status == "DRAFT – unsigned"
    assert AUTOMATED == "The ranking was produced by an automated method; the conclusion is the examiner's."
    assert AUTOMATED in words(section(content, "Summary"))


def test_tables_and_figures_are_numbered_through():
    content = build_content(sample_case.case(), UNCHANGED)
    blocks = [block for s in content.sections for block in s.blocks]
    tables = [b.caption for b in blocks if isinstance(b, Table)]
    figures = [b.caption for b in blocks if isinstance(b, AlignmentPlot | PairFigure)]
    assert [c.split(".")[0] for c in tables] == [f"Table {i}" for i in range(1, len(tables) + 1)]
    assert [c.split(".")[0] for c in figures] == [f"Figure {i}" for i in range(1, 5)]


def test_the_summary_keeps_the_search_and_the_conclusion_apart():
    summary = words(section(build_content(sample_case.case(), UNCHANGED), "Summary"))
    assert f"from which source the exhibit {sample_case.CJK_NAME} was made, among the 1,284 sources" in summary
    assert "found evening_news.mp4: it is 41.2 of 512 bits away, and 91.7 % of the exhibit's duration" in summary
    assert (
        "Conclusion of the examiner, Dr. A. Müller, on candidate 1 (evening_news.mp4): partly derived from this source."
        in summary
    )


def test_the_exhibit_and_its_unchanged_digest():
    text = words(section(build_content(sample_case.case(), UNCHANGED), "Exhibit"))
    assert text.count(sample_case.SHA) == 2
    assert "before anything was decoded" in text
    assert "Identical: the file is unchanged." in text
    assert "4,811,223 bytes" in text


def test_a_changed_exhibit_is_told_in_summary_section_and_limits():
    content = build_content(sample_case.case(), replace(UNCHANGED, recheck=Recheck("f" * 64, AT)))
    assert "was changed after it was taken in" in words(section(content, "Summary"))
    assert "NOT IDENTICAL" in words(section(content, "Exhibit"))
    assert "f" * 64 in words(section(content, "Exhibit"))
    assert "was changed after it was taken in" in words(section(content, "Limits"))


def test_an_exhibit_that_cannot_be_read_again_is_told():
    gone = Recheck("", AT, "There is no file /evidence/a.mp4.")
    text = words(section(build_content(sample_case.case(), replace(UNCHANGED, recheck=gone)), "Exhibit"))
    assert "could not be taken again" in text
    assert "There is no file /evidence/a.mp4." in text


def test_the_ranking_table():
    found = section(build_content(sample_case.case(), UNCHANGED), "Result of the automated search")
    table = next(block for block in found.blocks if isinstance(block, Table))
    assert isinstance(table, Table)
    assert table.rows[0] == (
        "1",
        "evening_news.mp4",
        "41.2",
        "116.8",
        "no",
        "all",
        "91.7 %",
        "00:00:03.125",
        "00:00:44.580",
    )
    assert table.rows[2][4] == "yes"
    assert table.rows[-1][3] == "–"
    assert all(len(row) == len(table.columns) for row in table.rows)


def test_alignment_of_the_leader_and_of_judged_candidates():
    judged = sample_case.finding(candidate_rank=2, source_sha256=sample_case.source(2).sha256)
    content = build_content(sample_case.case(findings=(sample_case.finding(), judged)), UNCHANGED)
    blocks = section(content, "Alignment in time").blocks
    table = blocks[0]
    assert isinstance(table, Table)
    assert table.rows[1] == (
        "2",
        "00:00:06.200",
        "00:00:09.200",
        "00:20:05.200",
        "00:20:08.950",
        "1.250 (exhibit faster)",
    )
    assert isinstance(blocks[1], AlignmentPlot)
    assert "00:20:05.200" in blocks[1].alt
    assert "cropped to 22% of the source's picture, scaled to 71%" in words(blocks[2])
    assert "No stretch of the exhibit could be aligned with candidate 2" in words(blocks[3])


def test_frame_pairs_carry_their_facts():
    case = sample_case.case(pairs=(sample_case.pair(0), sample_case.pair(1, source_there=False)))
    content = build_content(case, UNCHANGED)
    figures = [b for b in section(content, "Frame pairs").blocks if isinstance(b, PairFigure)]
    facts = {fact.label: fact.value for fact in figures[0].facts}
    assert facts["Exhibit"] == "frame 25 at 00:00:01.000"
    assert facts["Source"] == "frame 1,062 at 00:00:42.480"
    assert facts["Mask made by"] == "fitted difference"
    assert facts["Changed share"].endswith("% of the picture")
    assert "not at hand" in words(figures[1])
    assert "Fewer than 3 frame pairs" in words(section(content, "Frame pairs"))
    digests = next(b for b in section(content, "Pictures shown").blocks if isinstance(b, Table))
    assert [row[0] for row in digests.rows] == ["1: exhibit", "1: source, registered", "1: mask", "2: exhibit"]


def test_no_source_is_a_result_of_its_own():
    content = build_content(sample_case.case(trace=sample_case.no_source(), findings=()), UNCHANGED)
    text = words(content)
    assert "No source was found in this database." in text
    assert "It does not show that the exhibit is authentic" in text
    assert "too far to count as its source" in words(section(content, "Summary"))
    assert not any("Alignment" in s.title for s in content.sections)
    assert "for comparison only" in words(section(content, "Frame pairs"))
    assert NO_CONCLUSION in words(section(content, "Summary"))
    assert NO_CONCLUSION in words(section(content, "Findings of the examiner"))


def test_an_uncertain_search_is_reported_as_one():
    content = build_content(sample_case.case(trace=sample_case.uncertain(), findings=()), UNCHANGED)
    text = words(content)
    assert "Uncertain: candidate 1 is the source, or another take of the same scene." in text
    assert "The automated search is uncertain" in words(section(content, "Summary"))
    assert "could not tell whether candidate 1 is the source" in words(section(content, "Limits"))
    assert "A source was found" not in text
    assert "No source was found" not in text
    assert "for comparison only" not in text
    assert any("Alignment" in s.title for s in content.sections)


@pytest.mark.parametrize(
    "case",
    [
        Case(sample_case.details(), AT),
        Case(sample_case.details(), AT, sample_case.exhibit()),
        sample_case.case(trace=sample_case.trace(0, decision="no_source"), pairs=(), findings=()),
    ],
)
def test_incomplete_cases_are_reported_as_what_they_are(case):
    content = build_content(case, replace(UNCHANGED, recheck=None))
    assert NO_CONCLUSION in words(section(content, "Summary"))
    if case.exhibit is None:
        assert "no exhibit" in words(section(content, "Summary"))
    elif case.trace is None:
        assert "nothing is said about its source" in words(section(content, "Summary"))
        assert not any("Error rates" in s.title for s in content.sections)
    else:
        assert "lists no candidates" in words(section(content, "Summary"))


def test_findings_show_what_holds_and_keep_what_was_replaced():
    later = sample_case.finding(conclusion="inconclusive", reason_for_change="a second broadcast turned up")
    content = build_content(sample_case.case(findings=(sample_case.finding(), later)), UNCHANGED)
    opinion = words(section(content, "Findings of the examiner"))
    assert "Inconclusive." in opinion
    assert "Partly derived" not in opinion
    assert "A second broadcast turned up." in opinion
    history = section(content, "History and audit log").blocks[0]
    assert isinstance(history, Table)
    assert history.rows[0][2:] == ("partly derived from this source", "a second broadcast turned up")
    order = [
        fact.label
        for b in section(content, "Findings of the examiner").blocks
        if isinstance(b, Facts)
        for fact in b.rows
    ]
    assert order[:3] == ["Observations", "Interpretation", "Conclusion"]


def test_limits_that_follow_from_the_data():
    exhibit = sample_case.exhibit(variable_frame_rate=True, notes=("variable frame rate", "47 frames are damaged"))
    limits = "\n".join(automatic_limits(sample_case.case(exhibit=exhibit), UNCHANGED))
    for part in ("640 × 360 pixels", "variable frame rate: times", "47 frames are damaged.", NOT_ENROLLED, COMPRESSION):
        assert part in limits
    assert limits.count("ariable frame rate") == 1
    assert "made by: fitted difference" in limits
    assert "The sound was not examined." in limits
    assert "3 frame pairs" in limits


def with_sound(sound: SoundWitness) -> Case:
    traced = sample_case.trace()
    leader = replace(traced.candidates[0], sound=sound)
    return sample_case.case(trace=replace(traced, candidates=(leader, *traced.candidates[1:])))


def test_sound_is_told_with_the_search_its_stretches_and_its_limits():
    stretches = (SoundStretch(0.4, 6.0, AGREES, 0.0021), SoundStretch(6.0, 9.2, DIFFERS))
    content = build_content(with_sound(SoundWitness(PARTLY, 0.0021, 0.7, stretches)), UNCHANGED)
    told = words(section(content, "Result of the automated search"))
    assert (
        "Sound, compared with candidate 1: Sound agrees for 5.6 of 8.8 s; 0:06.0 to 0:09.2: not the source's." in told
    )
    assert "It took no part in ranking or decision." in told
    assert "24 bands" in words(section(content, "Question and method"))
    tables = [b for b in section(content, "Alignment in time").blocks if isinstance(b, Table)]
    (table,) = [t for t in tables if "Sound beside candidate 1" in t.caption]
    assert table.rows == (
        ("00:00:00.400", "00:00:06.000", "agrees", "+0.002"),
        ("00:00:06.000", "00:00:09.200", "not the source's", "–"),
    )
    limits = words(section(content, "Limits"))
    assert "The sound was not examined." not in limits
    assert "not what is said" in limits


def test_sound_that_could_not_be_compared_is_said_to_be_unexamined():
    content = build_content(with_sound(SoundWitness(NO_SOURCE_SOUND)), UNCHANGED)
    assert "The source has no sound." in words(section(content, "Result of the automated search"))
    assert "24 bands" not in words(section(content, "Question and method"))
    assert "The sound was not examined." in words(section(content, "Limits"))


def test_parts_that_no_segment_covers():
    segments = sample_case.candidate(1).alignment.segments
    assert uncovered(segments, 9.6) == []
    assert uncovered(segments, 12.0) == [(9.2, 12.0)]
    assert uncovered((), 3.0) == [(0.0, 3.0)]
    assert uncovered(segments[1:], 9.2) == [(0.0, 6.2)]
    case = sample_case.case(exhibit=sample_case.exhibit(duration=12.0))
    assert "exhibit 00:00:09.200 to 00:00:12.000" in "\n".join(automatic_limits(case, UNCHANGED))


def test_error_rates_are_what_was_measured_or_plainly_none():
    assert NONE_MEASURED in words(section(build_content(sample_case.case(), UNCHANGED), "Error rates"))
    measured = replace(UNCHANGED, weights=WeightsFacts(measured=(("Top-1 on 480 suspects", "94.2 % (452 of 480)"),)))
    text = words(section(build_content(sample_case.case(), measured), "Error rates"))
    assert "94.2 % (452 of 480)" in text
    assert NONE_MEASURED not in text


def test_the_audit_log_is_extracted_with_its_head_and_what_it_cannot_show():
    log = sample_case.log(tuple(f"action {i}" for i in range(80)))
    text = words(section(build_content(sample_case.case(log=log), UNCHANGED), "History and audit log"))
    assert log[-1].digest in text
    assert "It cannot show that somebody rebuilt or cut the whole file" in text
    assert "50 entries between them left out here" in text
    assert "action 4" in text
    assert "action 40:" not in text
    back = (*log[:2], replace(log[2], time="2020-01-01T00:00:00+00:00"))
    text = words(section(build_content(sample_case.case(log=back), UNCHANGED), "History and audit log"))
    assert "The clock was set back before entry 3" in text


def test_words_to_avoid_are_not_in_the_report():
    text = words(build_content(sample_case.case(), UNCHANGED)).lower()
    for word in ("query", "fingerprint", "embedding", "heatmap", "% fake", "probability of"):
        assert word not in text


def test_a_source_that_fills_a_part_of_the_picture_is_told():
    trace = sample_case.trace()
    leader = trace.candidates[0]
    assert leader.registration is not None
    part = replace(leader, part=Box(0.4, 0.1, 1.0, 0.7), registration=replace(leader.registration, coverage=0.36))
    case = replace(sample_case.case(), trace=replace(trace, candidates=(part, *trace.candidates[1:])))
    content = build_content(case, UNCHANGED)
    assert "fills 36.0 % of the exhibit's picture" in words(section(content, "Limits"))
    assert "in a part of the picture (40% to 100% across, 10% to 70% down)" in words(section(content, "Summary"))
    table = next(
        block for block in section(content, "Result of the automated search").blocks if isinstance(block, Table)
    )
    assert isinstance(table, Table)
    assert table.rows[0][5] == "a part"
