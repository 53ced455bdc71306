"""From a case to the content of its report. Pure: no files, no clock."""

from __future__ import annotations

from dataclasses import replace
from string import ascii_uppercase

from vtl_desktop.core.case import Case, CaseDetails
from vtl_desktop.core.tracing import TraceResult
from vtl_desktop.report.appendices import candidates_appendix, log_appendix, versions_appendix, words_appendix
from vtl_desktop.report.exhibit import changed, exhibit_section
from vtl_desktop.report.limits import error_section, limits_section
from vtl_desktop.report.opinion import NO_CONCLUSION, conclusion_lines, opinion_section
from vtl_desktop.report.pairs import pairs_section, pictures_appendix
from vtl_desktop.report.regions import regions_section
from vtl_desktop.report.search import AUTOMATED, alignment_section, method_section, ranking_section
from vtl_desktop.report.values import (
    AlignmentPlot,
    AreaPlot,
    Block,
    Circumstances,
    Fact,
    Facts,
    PairFigure,
    ReportContent,
    Section,
    Signatures,
    Style,
    Table,
    Text,
)
from vtl_desktop.report.wording import bits, instant, plural, share


def build_content(case: Case, circumstances: Circumstances) -> ReportContent:
    """Everything that the report says.

    Args:
        case: as read from a case file; may lack a trace, pairs, findings.
        circumstances: number and time of the report, the exhibit's SHA-256 taken again, what is known of the weights.
    """
    body = [
        _summary(case, circumstances),
        exhibit_section(case, circumstances),
        method_section(case),
        ranking_section(case),
        alignment_section(case),
        pairs_section(case),
        regions_section(case),
        opinion_section(case),
        limits_section(case, circumstances),
        error_section(circumstances) if case.trace is not None else None,
        _signatures(case.details),
    ]
    appendices = [
        candidates_appendix(case),
        pictures_appendix(case),
        versions_appendix(case, circumstances),
        log_appendix(case),
        words_appendix(),
    ]
    return ReportContent(
        report_id=circumstances.report_id,
        issued_at=circumstances.issued_at,
        title="Evidence report",
        subtitle=case.details.name,
        status=circumstances.status,
        heading=_heading(case, circumstances),
        sections=_numbered(body, appendices),
        author=case.details.examiner or case.details.laboratory,
    )


def _heading(case: Case, circumstances: Circumstances) -> Facts:
    details = case.details
    rows = [
        Fact("Report", circumstances.report_id),
        Fact("Issued", instant(circumstances.issued_at)),
        Fact("Case", details.name),
        Fact("Case number", details.number),
        Fact("Examiner", details.examiner),
        Fact("Laboratory", details.laboratory),
        Fact("Requested by", details.requester),
        Fact("Exhibit", case.exhibit.name if case.exhibit else "none"),
        Fact("Notes", details.notes),
    ]
    return Facts(tuple(row for row in rows if row.value))


def _summary(case: Case, circumstances: Circumstances) -> Section:
    blocks: list[Block] = []
    if changed(case.exhibit, circumstances.recheck):
        blocks.append(Text("The exhibit's file was changed after it was taken in: see section 2.", Style.WARNING))
    if case.exhibit is None:
        blocks.append(Text("The case holds no exhibit yet. Nothing was examined."))
    elif case.trace is None:
        blocks.append(
            Text(
                f"The exhibit {case.exhibit.name} was taken in and described. It was not searched for in a "
                "database, so nothing is said about its source."
            )
        )
    else:
        blocks.append(
            Text(f"{_asked(case.exhibit.name, case.trace)} {_found(case.trace, case.exhibit.facts.is_image)}")
        )
        blocks.append(Text(AUTOMATED, Style.NOTE))
    blocks += [Text(line, Style.STATEMENT) for line in conclusion_lines(case) or (NO_CONCLUSION,)]
    return Section("Summary", tuple(blocks))


def _asked(name: str, trace: TraceResult) -> str:
    return (
        f"It was asked from which source the exhibit {name} was made, among the "
        f"{plural(trace.database_sources, 'source')} enrolled in the database."
    )


def _found(trace: TraceResult, is_image: bool) -> str:
    if not trace.candidates:
        return "The automated search found no source and lists no candidates."
    best = trace.candidates[0]
    distance = f"{bits(best.distance)} of {trace.bits} bits away"
    if trace.leader is None:
        return (
            "The automated search found no source for it in this database; the nearest candidate, "
            f"{best.source.name}, is {distance}, too far to count as its source."
        )
    mirrored = ", which it shows left-right reversed" if best.mirrored else ""
    mirrored += f", found {best.part_in_words}" if best.part else ""
    aligned = "" if is_image else f", and {share(best.matched_share)} of the exhibit's duration is aligned with it"
    if not trace.traced:
        return (
            f"The automated search is uncertain: {best.source.name}{mirrored} is {distance}{aligned}, but another take "
            "of the same scene could be as near."
        )
    return f"The automated search found {best.source.name}{mirrored}: it is {distance}{aligned}."


def _signatures(details: CaseDetails) -> Section:
    return Section(
        "Signatures",
        (
            Text("This report is a draft until it is signed. A changed report gets a new number.", Style.NOTE),
            Signatures((("Examiner", details.examiner), ("Reviewer", ""))),
        ),
    )


def _numbered(body: list[Section | None], appendices: list[Section]) -> tuple[Section, ...]:
    """Numbers for sections, letters for appendices, running numbers for tables and figures."""
    sections = [
        replace(section, title=f"{number}  {section.title}")
        for number, section in enumerate((s for s in body if s is not None), start=1)
    ]
    sections += [
        replace(section, title=f"Appendix {letter}  {section.title}")
        for letter, section in zip(ascii_uppercase, appendices, strict=False)
    ]
    tables = figures = 0
    numbered = []
    for section in sections:
        blocks: list[Block] = []
        for block in section.blocks:
            if isinstance(block, Table):
                tables += 1
                block = replace(block, caption=f"Table {tables}. {block.caption}")
            elif isinstance(block, AlignmentPlot | AreaPlot | PairFigure):
                figures += 1
                block = replace(block, caption=f"Figure {figures}. {block.caption}")
            blocks.append(block)
        numbered.append(replace(section, blocks=tuple(blocks)))
    return tuple(numbered)
