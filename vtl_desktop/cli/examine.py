"""`vtl-desktop examine` and `vtl-desktop report`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from vtl_desktop.cli import options
from vtl_desktop.cli.answers import answer_of
from vtl_desktop.cli.terminal import answer, plain_errors, progress_bar
from vtl_desktop.core.decision import BALANCED, point_named
from vtl_desktop.core.survey import Survey


def examine(
    suspect: Annotated[Path, typer.Argument(metavar="SUSPECT", help="The video or picture to examine.")],
    database: options.Database,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the case file, the report and the masks.")],
    name: Annotated[str | None, typer.Option(help="Name of the case; the suspect's name if not given.")] = None,
    number: Annotated[str, typer.Option(help="Case or exhibit number.")] = "",
    examiner: Annotated[str, typer.Option(help="Who examines.")] = "",
    masks: Annotated[bool, typer.Option(help="Also write the masks of the whole suspect.")] = True,
    sound: options.Sound = True,
    point: options.Point = BALANCED.name,
    device: options.Device = "auto",
    as_json: options.AsJson = False,
) -> None:
    """Do the whole straight line for one suspect, unattended: trace, align, localize, case file, report.

    Writes NAME.vtlcase, NAME.pdf, NAME.json and NAME.mkv into the folder. The report holds no conclusion: that is the
    examiner's.

    Example: vtl-desktop examine suspect.mp4 --database archive.h5 --out case1/
    """
    from vtl_desktop.core.case import CaseDetails
    from vtl_desktop.core.tracing import TraceParameters
    from vtl_desktop.services.examine import examine as run

    with plain_errors():
        details = CaseDetails(name=name or suspect.stem, number=number, examiner=examiner)
        with progress_bar() as progress:
            result = run(
                suspect,
                database,
                out,
                details=details,
                parameters=TraceParameters(device=device, sound=sound, point=point_named(point).name),
                masks=masks,
                progress=progress,
            )
        if as_json:
            told = answer_of(result.trace)
            told |= {"case": str(result.case_path), "report": str(result.report.pdf)}
            told |= {"report_sha256": result.report.pdf_sha256, "masks": str(result.masks) if result.masks else None}
            told |= {"changed_regions": len(result.surveys[0].regions) if result.surveys else None}
            answer(json.dumps(told, ensure_ascii=False))
        else:
            answer(result.trace.reason)
            if (leader := result.trace.leader) is not None and leader.sound is not None:
                answer(leader.sound.in_words)
            answer(f"Case    {result.case_path}")
            answer(f"Report  {result.report.pdf}  SHA-256 {result.report.pdf_sha256}")
            if result.masks:
                answer(f"Masks   {result.masks}")
            for found in result.surveys:
                answer(f"Changed {changed_in_words(found)}")


def changed_in_words(found: Survey) -> str:
    """For instance "2 regions; at most 5.0% of the picture, at 4.00 s"."""
    count = len(found.regions) + found.regions_left_out
    regions = f"{count} region{'' if count == 1 else 's'}"
    if not found.regions:
        return f"no region marked against {found.compared} compared frames"
    return f"{regions}; at most {found.most_share:.1%} of the picture, at {found.most_time:.2f} s"


def report(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="The case file (.vtlcase).")],
    out: Annotated[Path, typer.Option(metavar="REPORT.pdf", help="Where to write the report.")],
    acknowledge_changed: Annotated[
        bool, typer.Option(help="Write it although the exhibit changed since it was hashed; the report says so.")
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Write the evidence report of a case file as PDF, and the same content as JSON beside it.

    Example: vtl-desktop report case1/suspect.vtlcase --out report.pdf
    """
    from vtl_desktop.services.case import CaseFile
    from vtl_desktop.services.report import write_report

    with plain_errors():
        opened = CaseFile.open(case, read_only=True)
        try:
            with progress_bar() as progress:
                written = write_report(opened.case(), out, acknowledge_changed=acknowledge_changed, progress=progress)
        finally:
            opened.close()
        if as_json:
            told = {"report": str(written.pdf), "json": str(written.json), "sha256": written.pdf_sha256}
            answer(json.dumps(told, ensure_ascii=False))
        else:
            answer(f"Report  {written.pdf}  SHA-256 {written.pdf_sha256}")
