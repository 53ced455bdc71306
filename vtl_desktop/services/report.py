"""Writes the evidence report of a case: a PDF, and the same content as JSON beside it."""

from __future__ import annotations

import errno
import hashlib
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from vtl_desktop.core.case import Case
from vtl_desktop.core.errors import MediaError, ReportError, StorageFull
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress, part_of
from vtl_desktop.media.digest import sha256_of
from vtl_desktop.report.content import build_content
from vtl_desktop.report.exhibit import changed
from vtl_desktop.report.json_report import render_json
from vtl_desktop.report.values import Circumstances, Recheck, WeightsFacts
from vtl_desktop.services.manifest import entry_of
from vtl_desktop.storage.case_store import utc_now

_NOT_FACTS = {"decisions", "file", "sha256", "measured", "error_rates", "mean", "std"}
_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


@dataclass(frozen=True, slots=True)
class ReportWritten:
    """Where the report lies, and the SHA-256 of the PDF."""

    pdf: Path
    json: Path
    pdf_sha256: str


def write_report(
    case: Case,
    out: str | Path,
    *,
    acknowledge_changed: bool = False,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
    clock: Callable[[], str] = utc_now,
) -> ReportWritten:
    """Writes the report of a case. An earlier report of that name is replaced only when the new one is whole.

    Args:
        case: from the case file.
        out: the PDF; `.pdf` is put at the end of a name without an ending. The JSON lies beside it.
        acknowledge_changed: write it although the exhibit was changed since it was taken in; the report then says so.
        progress, cancel, clock: of the job; the clock gives ISO 8601 with zone.

    Raises:
        ReportError: the exhibit was changed, or `out` is no place for a report.
        StorageFull: the disk is full, or the folder cannot be written.
        Cancelled: when told to stop; nothing is written then.
    """
    pdf_path = _checked(case, Path(out))
    json_path = pdf_path.with_suffix(".json")
    recheck = _recheck(case, clock, part_of(progress, 0.0, 0.3), cancel)
    if changed(case.exhibit, recheck) and not acknowledge_changed and case.exhibit and recheck:
        raise ReportError(
            f"{case.exhibit.path} was changed after it was taken in: its SHA-256 was {case.exhibit.sha256[:16]}..., "
            f"now it is {recheck.sha256[:16]}....",
            "Find out what changed it. To report nevertheless, acknowledge the change; the report will say so.",
        )
    issued_at = clock()
    circumstances = Circumstances(_report_id(case, issued_at), issued_at, recheck, _weights(case))
    progress(0.3, "Laying out the report")
    try:
        content = build_content(case, circumstances)
        data = render_json(content, case, circumstances)
    except ValueError as error:
        raise ReportError(
            f"The case {case.details.name} cannot be reported: {error}.", "Trace the exhibit again."
        ) from error
    from vtl_desktop.report.pdf import render_pdf  # fpdf2 takes half a second to import

    pdf = render_pdf(content, data, json_path.name, progress=part_of(progress, 0.3, 0.95), cancel=cancel)
    if cancel is not None:
        cancel.check()
    progress(0.95, f"Writing {pdf_path.name}")
    _write_both({json_path: data, pdf_path: pdf})
    progress(1.0, "The report is written")
    return ReportWritten(pdf_path, json_path, hashlib.sha256(pdf).hexdigest())


def _checked(case: Case, out: Path) -> Path:
    """The path to write to; never a file of evidence."""
    out = out.absolute()
    out = out if out.suffix else out.with_suffix(".pdf")
    if out.suffix.lower() != ".pdf":
        raise ReportError(f"{out} does not end in .pdf.", "Give the report a name that ends in .pdf.")
    if out.is_dir():
        raise ReportError(f"{out} is a folder.", "Give the report the name of a file.")
    if not out.parent.is_dir():
        raise ReportError(f"There is no folder {out.parent}.", "Make it first, or choose another one.")
    evidence = [case.exhibit.path] if case.exhibit else []
    evidence += [candidate.source.path for candidate in case.trace.candidates] if case.trace else []
    for path in (out, out.with_suffix(".json")):
        if any(path == Path(other) for other in evidence):
            raise ReportError(f"{path} is a file of evidence.", "Choose another name: evidence is never overwritten.")
    return out


def _recheck(case: Case, clock: Callable[[], str], progress: Progress, cancel: CancelToken | None) -> Recheck | None:
    if case.exhibit is None:
        return None
    try:
        return Recheck(sha256_of(Path(case.exhibit.path), progress=progress, cancel=cancel), clock())
    except MediaError as error:
        return Recheck("", clock(), error.message)


def _report_id(case: Case, issued_at: str) -> str:
    head = case.log[-1].digest if case.log else ""
    digest = hashlib.sha256(f"{head} {case.details.name} {issued_at}".encode()).hexdigest()
    digits = "".join(c for c in issued_at if c.isdigit())
    return f"VTL-{digits[:8]}-{digits[8:14]}-{digest[:6].upper()}"


def _weights(case: Case) -> WeightsFacts:
    """What the manifest says of the weights that made the codes; nothing where it does not know them."""
    if case.trace is None:
        return WeightsFacts()
    try:
        entry = entry_of(case.trace.weights_sha256)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return WeightsFacts((("Manifest", "could not be read: nothing is known of the weights but their SHA-256"),))
    if entry is not None:
        name, table = entry
        facts = [("Name", name), ("File", str(table.get("file", "not named")))]
        facts += [(_label(key), _told(value)) for key, value in table.items() if key not in _NOT_FACTS]
        return WeightsFacts(tuple(facts), _measured(table.get("error_rates") or table.get("measured")))
    return WeightsFacts((("Manifest", "does not list these weights: nothing is known of them but their SHA-256"),))


def _measured(measured: Any) -> tuple[tuple[str, str], ...]:
    if not measured:
        return ()
    if isinstance(measured, Mapping):
        return tuple((_label(key), _told(value)) for key, value in measured.items())
    if isinstance(measured, list):
        return tuple(
            (str(entry.get("name") or entry.get("what") or f"Measurement {number}"), _told(entry))
            if isinstance(entry, Mapping)
            else (f"Measurement {number}", _told(entry))
            for number, entry in enumerate(measured, start=1)
        )
    return (("Measured", _told(measured)),)


def _label(key: str) -> str:
    words = key.replace("_", " ")
    return words[:1].upper() + words[1:]


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(
            f"{key.replace('_', ' ')}: {_told(item)}" for key, item in value.items() if key not in ("name", "what")
        )
    if isinstance(value, list):
        return ", ".join(_told(item) for item in value)
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _write_both(files: Mapping[Path, bytes]) -> None:
    """All files whole under other names first, then renamed: what was there before stays until then."""
    waiting = {path: path.with_name(f".{path.name}.{uuid4().hex[:8]}.part") for path in files}
    path = next(iter(files))
    try:
        for path, data in files.items():
            with waiting[path].open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        for path, temporary in waiting.items():
            temporary.replace(path)
    except OSError as error:
        what = "the disk is full" if error.errno in _FULL else str(error.strerror or error)
        raise StorageFull(
            f"{path} could not be written: {what}.",
            "Free some space or choose another folder; an earlier report is untouched.",
        ) from error
    finally:
        for temporary in waiting.values():
            temporary.unlink(missing_ok=True)
