"""The section that is the examiner's own: observations, interpretation, conclusion."""

from __future__ import annotations

from vtl_desktop.core.case import CONCLUSIONS, Case, Finding
from vtl_desktop.report.search import AUTOMATED
from vtl_desktop.report.values import Block, Column, Fact, Facts, Section, Style, Table, Text
from vtl_desktop.report.wording import capital, holding_findings, instant, sentence, subject

NO_CONCLUSION = "No conclusion was recorded."


def opinion_section(case: Case) -> Section:
    """Every finding that holds, observations before interpretation before conclusion."""
    scale = f"The scale of conclusions: {'; '.join(CONCLUSIONS)}. “Inconclusive” is a conclusion of equal standing."
    findings = holding_findings(case.findings)
    if not findings:
        return Section("Findings of the examiner", (Text(NO_CONCLUSION, Style.STATEMENT), Text(scale, Style.NOTE)))
    blocks: list[Block] = [
        Text(f"This section is the examiner's opinion, not the program's. {AUTOMATED}"),
        *(Facts(_rows(finding), capital(subject(case, finding))) for finding in findings),
        Text(scale, Style.NOTE),
    ]
    return Section("Findings of the examiner", tuple(blocks))


def conclusion_lines(case: Case) -> tuple[str, ...]:
    """For the summary: every conclusion that holds, in a sentence that says whose it is."""
    return tuple(
        f"Conclusion of the examiner{f', {f.examiner},' if f.examiner else ''} on {subject(case, f)}: {f.conclusion}."
        for f in holding_findings(case.findings)
    )


def _rows(finding: Finding) -> tuple[Fact, ...]:
    rows = [
        Fact("Observations", finding.observations or "none recorded"),
        Fact("Interpretation", finding.interpretation or "none recorded"),
        Fact("Conclusion", sentence(finding.conclusion), Style.STATEMENT),
        Fact("Alternative explanation", finding.alternative or "none recorded"),
        Fact("Limits", finding.limits or "none recorded"),
        Fact("Examiner, time", ", ".join(part for part in (finding.examiner, instant(finding.written_at)) if part)),
    ]
    if finding.reason_for_change:
        rows.append(
            Fact("Replaces an earlier one", f"{sentence(finding.reason_for_change)} The earlier one is in Appendix D.")
        )
    return tuple(rows)


def history(case: Case) -> Table | None:
    """Findings that were replaced; None where none was."""
    holding = {id(finding) for finding in holding_findings(case.findings)}
    replaced = [finding for finding in case.findings if id(finding) not in holding]
    if not replaced:
        return None
    rows = []
    for finding in replaced:
        later = [f for f in case.findings if f.source_sha256 == finding.source_sha256]
        successor = later[later.index(finding) + 1]
        rows.append(
            (instant(finding.written_at), subject(case, finding), finding.conclusion, successor.reason_for_change)
        )
    columns = (Column("Written", 1.3), Column("On", 2), Column("Conclusion", 1.5), Column("Replaced because", 2.2))
    return Table("Earlier findings that were replaced", columns, tuple(rows))
