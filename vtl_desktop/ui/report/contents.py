"""What an evidence report of the session would hold, and what it lacks."""

from __future__ import annotations

from dataclasses import dataclass

from vtl_desktop.ui import words
from vtl_desktop.ui.session import Session

CASE_STEP, TRACE_STEP, COMPARE_STEP, REPORT_STEP = range(4)


@dataclass(frozen=True, slots=True)
class ReportItem:
    """One line of the list.

    Attributes:
        text: what there is, or what is missing.
        given: it is there; required: no report without it.
        link: what to press to give it, "" for nothing.
        step: where that leads, None for a finding on the suspect; field: of the case, to be filled in right here.
    """

    text: str
    given: bool
    required: bool = False
    link: str = ""
    step: int | None = CASE_STEP
    field: str = ""


def contents_of(session: Session) -> tuple[ReportItem, ...]:
    """In the report's order."""
    items = [_exhibit(session), _trace(session), _name(session), *_changes(session), *_findings(session)]
    if not session.details.examiner:
        items.append(ReportItem("No examiner is named", given=False, link="Name one", field="examiner"))
    return tuple(items)


def _exhibit(session: Session) -> ReportItem:
    exhibit = session.exhibit
    if exhibit is None:
        return ReportItem("No suspect yet", given=False, required=True, link="Open one")
    return ReportItem(
        f"Exhibit {words.breakable(exhibit.name)}, SHA-256 {words.short_digest(exhibit.sha256)}", given=True
    )


def _trace(session: Session) -> ReportItem:
    trace = session.trace
    if trace is None:
        return ReportItem(
            "The suspect was not traced yet", given=False, required=True, link="Trace it", step=TRACE_STEP
        )
    return ReportItem(
        f"{words.decision(trace)}; {words.plural(len(trace.candidates), 'candidate')}, parameters, versions", given=True
    )


def _name(session: Session) -> ReportItem:
    if not session.details.name:
        return ReportItem("The case has no name", given=False, required=True, link="Name it", field="name")
    return ReportItem(f"Case “{session.details.name}”", given=True)


def _changes(session: Session) -> list[ReportItem]:
    """What going over the frames of the leading candidate gave."""
    leader = session.trace.leader if session.trace is not None else None
    if leader is None:
        return []
    found = session.survey_for(leader)
    if found is None:
        text = "The frames were not gone over: the report will show changes by frame pairs only"
        return [ReportItem(text, given=False, link="Compare", step=COMPARE_STEP)]
    if not found.complete:
        # Without numbers: they would change while somebody is about to press the link.
        text = "Not all frames are examined yet: the report will say so, and changed regions may be missing"
        return [ReportItem(text, given=False, link="Compare", step=COMPARE_STEP)]
    regions = words.plural(len(found.regions) + found.regions_left_out, "changed region")
    return [ReportItem(f"{regions}; all frames examined against candidate {leader.rank}", given=True)]


def _findings(session: Session) -> list[ReportItem]:
    trace = session.trace
    ranks = sorted({finding.candidate_rank for finding in session.findings})
    items = []
    for rank in ranks:
        finding = session.finding_for(rank)
        about = "the suspect" if rank == 0 else f"candidate {rank}"
        items.append(ReportItem(f"Finding on {about}: {finding.conclusion if finding else ''}", given=True))
    if not items and trace is not None:
        step = COMPARE_STEP if trace.leader else None
        items.append(
            ReportItem(
                "No finding yet: the report will say that no conclusion was recorded",
                given=False,
                link="Write one",
                step=step,
            )
        )
    return items
