"""The demonstration: sources, a database, a forged suspect, the straight line over it, the truth held against it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vtl_desktop.core.case import CaseDetails
from vtl_desktop.core.errors import DatabaseTooOld, StorageFull, UsageError
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress, part_of
from vtl_desktop.core.tracing import TraceParameters
from vtl_desktop.services.database import list_sources
from vtl_desktop.services.demonstration.checks import Check, check_masks, check_trace
from vtl_desktop.services.demonstration.forge import FORGED_FROM, Truth, forge
from vtl_desktop.services.demonstration.sources import RECIPE_FILE, make_folder, render_sources
from vtl_desktop.services.enroll import enroll
from vtl_desktop.services.examine import ExamineResult, examine

SOURCES = "sources"
_ELSEWHERE = "Choose another folder with --out."


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it did, in words, and how long it took in seconds."""

    name: str
    did: str
    seconds: float


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demonstration made and found.

    Attributes:
        suspect: the file that was examined; database: in which it was traced.
        examined: what the straight line left behind.
        truth: what was done to the suspect; None for a real file.
        checks: the truth against what was found; empty for a real file.
        steps: in order.
    """

    suspect: Path
    database: Path
    examined: ExamineResult
    truth: Truth | None
    checks: tuple[Check, ...]
    steps: tuple[Step, ...]

    @property
    def passed(self) -> bool:
        """Nothing was found that is not so."""
        return all(check.passed for check in self.checks)

    @property
    def lines(self) -> tuple[str, ...]:
        """All of it for a terminal."""
        lines = [f"{step.seconds:6.1f} s  {step.name}: {step.did}" for step in self.steps]
        lines += [f"{sum(step.seconds for step in self.steps):6.1f} s  in all", ""]
        for candidate in self.examined.trace.candidates[:3]:
            lines.append(f"{candidate.rank:6}.  {candidate.source.name}, {candidate.distance:.0f} bits")
        lines += ["", self.examined.trace.reason, ""]
        lines += [check.line for check in self.checks]
        if self.truth is None:
            lines.append("What was done to this suspect is not known, so nothing was checked against the truth.")
        report = self.examined.report
        files = [("Suspect", self.suspect), ("Database", self.database), ("Case", self.examined.case_path)]
        files += [("Report", report.pdf), ("As JSON", report.json)]
        if self.examined.masks is not None:
            files.append(("Masks", self.examined.masks))
        return (*lines, "", *(f"{name:11} {path}" for name, path in files))


class _Steps:
    def __init__(self) -> None:
        self.done: list[Step] = []

    @contextmanager
    def timed(self, name: str) -> Iterator[Callable[[str], None]]:
        """Times what is done inside; what it yields is told in words what was done."""
        said: list[str] = []
        started = time.perf_counter()
        yield said.append
        self.done.append(Step(name, " ".join(said), time.perf_counter() - started))


def run_demo(
    out: Path,
    *,
    sources: Path | None = None,
    suspect: Path | None = None,
    database: Path | None = None,
    parameters: TraceParameters | None = None,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
    show: Callable[[DemoResult], None] | None = None,
) -> DemoResult:
    """Runs the straight line on rendered sources and a suspect forged from one of them, or on real files.

    Rendered sources are kept in `out` and used again by the next run; everything else is done anew and checked anew.

    Args:
        out: a folder for everything that is made.
        sources: a folder of real sources instead of rendered ones; then `suspect` must be named too.
        suspect: a real suspect instead of the forged one; no truth is known then, and nothing is checked.
        database: added to; by default `archive.h5` in `out`, made anew, or with real sources `real.h5`, added to.
        show: called with the result at the end.

    Raises:
        UsageError: sources without a suspect, or a folder with files that the demonstration did not make.
        VtlError: of the kind that tells what could not be used.
        Cancelled: the user cancelled.
    """
    out = Path(out)
    if sources is not None and suspect is None:
        raise UsageError("Real sources need a suspect: none can be forged from them.", "Name one with --suspect FILE.")
    make_folder(out)
    archive = Path(database) if database is not None else out / ("archive.h5" if sources is None else "real.h5")
    if sources is None:
        _refuse_foreign(out, forging=suspect is None)
        if database is None:
            _remove_stale(archive, out / SOURCES)
    steps, truth = _Steps(), None
    folder = Path(sources) if sources is not None else _rendered(out, steps, part_of(progress, 0.0, 0.45), cancel)
    if suspect is None:
        suspect = out / "suspect.mp4"
        truth = _forged(folder, suspect, steps, part_of(progress, 0.45, 0.5), cancel)
    parameters = parameters or TraceParameters()
    _enrolled(folder, archive, parameters.device, steps, part_of(progress, 0.5, 0.75), cancel)
    examined = _examined(suspect, archive, out, parameters, steps, part_of(progress, 0.75, 0.97), cancel)
    checks = () if truth is None else _checked(examined, truth, suspect.with_name(truth.masks), steps)
    result = DemoResult(suspect, archive, examined, truth, checks, tuple(steps.done))
    progress(1.0, "The demonstration is done")
    if show is not None:
        show(result)
    return result


def _rendered(out: Path, steps: _Steps, progress: Progress, cancel: CancelToken | None) -> Path:
    folder = out / SOURCES
    with steps.timed("render") as did:
        paths, fresh = render_sources(folder, progress=progress, cancel=cancel)
        did(f"{fresh} sources, {len(paths) - fresh} kept from an earlier run")
    return folder


def _forged(folder: Path, suspect: Path, steps: _Steps, progress: Progress, cancel: CancelToken | None) -> Truth:
    with steps.timed("forge") as did:
        truth = forge(folder / f"{FORGED_FROM}.mp4", suspect, progress=progress, cancel=cancel)
        did(f"{truth.seconds:.1f} s of {truth.source} from {truth.start:.2f} s on, mirrored, a figure spliced in")
    return truth


def _refuse_foreign(out: Path, *, forging: bool) -> None:
    """Nothing of the user's may be written over, or be enrolled as if it were the demonstration's."""
    folder = out / SOURCES
    foreign = []
    if folder.is_dir() and any(folder.iterdir()) and not (folder / RECIPE_FILE).exists():
        foreign.append(folder)
    if forging and (out / "suspect.mp4").exists() and not (out / "truth.json").exists():
        foreign.append(out / "suspect.mp4")
    if foreign:
        raise UsageError(f"{foreign[0]} was not made by the demonstration and is left alone.", _ELSEWHERE)


def _remove_stale(archive: Path, folder: Path) -> None:
    """The demonstration's own database can be made again at any time; an old one may hold sources that are gone."""
    try:
        foreign = archive.exists() and any(
            Path(source.path).parent != folder.absolute() for source in list_sources(archive)
        )
    except DatabaseTooOld:
        # Beside the demonstration's own sources it can only be of an earlier version's demonstration.
        foreign = not (folder / RECIPE_FILE).exists()
    if foreign:
        raise UsageError(f"{archive} holds other sources than the demonstration's and is left alone.", _ELSEWHERE)
    try:
        archive.unlink(missing_ok=True)
    except OSError as error:
        raise StorageFull(f"{archive} of an earlier run cannot be removed: {error.strerror}.", _ELSEWHERE) from error


def _enrolled(
    folder: Path, archive: Path, device: str, steps: _Steps, progress: Progress, cancel: CancelToken | None
) -> None:
    with steps.timed("enroll") as did:
        result = enroll([folder], archive, device=device, progress=progress, cancel=cancel)
        said = [f"{len(result.enrolled)} sources"]
        if result.known:
            said.append(f"{len(result.known)} were enrolled already")
        said += [f"not {path}: {why}" for path, why in result.failed]
        did(", ".join(said))


def _examined(
    suspect: Path,
    archive: Path,
    out: Path,
    parameters: TraceParameters,
    steps: _Steps,
    progress: Progress,
    cancel: CancelToken | None,
) -> ExamineResult:
    with steps.timed("examine") as did:
        details = CaseDetails(name="Demonstration", notes="Made by vtl-desktop demo.")
        examined = examine(
            suspect, archive, out, details=details, parameters=parameters, progress=progress, cancel=cancel
        )
        did(f"traced in {examined.trace.seconds:.1f} s on {examined.trace.device}, masks, case file, report")
    return examined


def _checked(examined: ExamineResult, truth: Truth, true_masks: Path, steps: _Steps) -> tuple[Check, ...]:
    with steps.timed("check") as did:
        checks = check_trace(examined.trace, truth)
        if examined.trace.candidates:
            checks += check_masks(examined.masks, true_masks, examined.trace.candidates[0].alignment)
        did(f"{sum(check.passed for check in checks)} of {len(checks)} right")
    return checks
