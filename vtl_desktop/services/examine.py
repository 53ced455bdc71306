"""The whole straight line, unattended: from a suspect to a case file, masks and an evidence report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vtl_desktop.core.case import CaseDetails, Exhibit, Finding, FramePair
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress, part_of
from vtl_desktop.core.survey import Survey
from vtl_desktop.core.tracing import Candidate, TraceParameters, TraceResult
from vtl_desktop.media.digest import sha256_of
from vtl_desktop.services.case import CaseFile
from vtl_desktop.services.intake import take_in
from vtl_desktop.services.localize import Localizer
from vtl_desktop.services.pictures import case_pairs, source_file
from vtl_desktop.services.report import ReportWritten, write_report
from vtl_desktop.services.survey import SurveyBook
from vtl_desktop.services.trace import trace


@dataclass(frozen=True, slots=True)
class ExamineResult:
    """What `examine` left behind."""

    exhibit: Exhibit
    trace: TraceResult
    case_path: Path
    report: ReportWritten
    masks: Path | None
    surveys: tuple[Survey, ...] = ()


def examine(
    suspect: Path,
    database: Path,
    out: Path,
    *,
    details: CaseDetails | None = None,
    parameters: TraceParameters | None = None,
    masks: bool = True,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> ExamineResult:
    """Takes in, traces, aligns, localizes and reports one suspect.

    Args:
        suspect: the file.
        database: the hash-center database.
        out: a folder, made if it is not there; receives NAME.vtlcase, NAME.pdf, NAME.json and NAME.mkv (the masks).
        details: of the case; its name is the suspect's when None.
        parameters: of tracing.
        masks: also write the masks of the whole suspect; the changed regions then go into case and report.

    Raises:
        VtlError: of the kind that tells what could not be used.
        Cancelled: the user cancelled.
    """
    suspect, out = Path(suspect), Path(out)
    out.mkdir(parents=True, exist_ok=True)
    exhibit = take_in(suspect, progress=part_of(progress, 0.0, 0.05), cancel=cancel)
    result = trace(exhibit, database, parameters=parameters, progress=part_of(progress, 0.05, 0.5), cancel=cancel)
    masks_path, surveys = None, ()
    leader = result.leader
    if masks and leader is not None and source_file(leader.source) is not None:
        masks_path = out / f"{suspect.stem}.mkv"
        found = masks_and_survey(exhibit, leader, masks_path, progress=part_of(progress, 0.5, 0.85), cancel=cancel)
        surveys = (found,)
    pairs = pairs_for(exhibit, result, progress=part_of(progress, 0.85, 0.9), cancel=cancel)
    case_path, report = record(
        exhibit,
        result,
        pairs,
        (),
        details or CaseDetails(name=suspect.stem),
        case_path=out / f"{suspect.stem}.vtlcase",
        report_path=out / f"{suspect.stem}.pdf",
        surveys=surveys,
        progress=part_of(progress, 0.9, 1.0),
        cancel=cancel,
    )
    return ExamineResult(exhibit, result, case_path, report, masks_path, surveys)


def masks_and_survey(
    exhibit: Exhibit,
    candidate: Candidate,
    out: Path,
    *,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> Survey:
    """Writes the masks of the whole suspect against a candidate, and surveys them on the way.

    Args:
        out: ends in .mkv; overwritten.

    Raises:
        MediaError: one of the files cannot be read.
        StorageFull: the folder cannot be written.
        Cancelled: the user cancelled; no masks are left behind.
    """
    facts = exhibit.facts
    with Localizer(exhibit.path, candidate.source.path, candidate) as localizer:
        book = SurveyBook(candidate, facts.width, facts.height, facts.frame_count)
        book.method = localizer.methods[0]
        localizer.write_masks(
            out, on_mask=lambda mask, moment: book.go_on(moment, mask), progress=progress, cancel=cancel
        )
    return book.survey()


def pairs_for(
    exhibit: Exhibit,
    result: TraceResult,
    *,
    rank: int = 1,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> tuple[FramePair, ...]:
    """Three frame pairs of a candidate, or none where there is no candidate."""
    if len(result.candidates) < rank:
        return ()
    return case_pairs(exhibit, result.candidates[rank - 1], progress=progress, cancel=cancel)


def record(
    exhibit: Exhibit,
    result: TraceResult,
    pairs: Sequence[FramePair],
    findings: Sequence[Finding],
    details: CaseDetails,
    *,
    case_path: Path,
    report_path: Path,
    surveys: Sequence[Survey] = (),
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> tuple[Path, ReportWritten]:
    """Writes a case file and, from that case file alone, the report.

    An existing case file of that name is kept: the new one gets a number.
    """
    case_path = free_name(case_path)
    progress(0.0, "Writing the case file")
    case = CaseFile.create(case_path, details)
    try:
        case.set_exhibit(exhibit)
        case.set_trace(result, sha256_of(Path(result.database_path), cancel=cancel))
        case.set_pairs(pairs)
        for found in surveys:
            case.set_survey(found)
        for finding in findings:
            case.add_finding(finding)
        report = write_report(case.case(), report_path, progress=part_of(progress, 0.2, 1.0), cancel=cancel)
        case.log("report written", {"file": str(report.pdf), "sha256": report.pdf_sha256})
    finally:
        case.close()
    return case_path, report


def free_name(path: Path) -> Path:
    """The path itself, or with the first number that no file has."""
    if not path.exists():
        return path
    number = 2
    while (numbered := path.with_stem(f"{path.stem}-{number}")).exists():
        number += 1
    return numbered
