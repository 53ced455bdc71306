"""A workbench whose videos are painted, not read: the window's tests need neither files, weights nor codecs."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.case import Case, CaseDetails, Exhibit, Finding
from vtl_desktop.core.errors import MissingMedia
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.localization import FITTED_DIFFERENCE, Mask, Registration
from vtl_desktop.core.media import Frame, MediaFacts, Picture
from vtl_desktop.core.survey import Survey
from vtl_desktop.core.timeline import frame_at
from vtl_desktop.core.tracing import (
    NO_SOURCE,
    TRACED,
    Candidate,
    ClipDistance,
    Source,
    TraceParameters,
    TraceResult,
)
from vtl_desktop.services.survey import SurveyBook, survey
from vtl_desktop.storage.database_values import DatabaseInfo

BITS = 512
SUSPECT_OFFSET = 3.0
"""The suspect begins with this moment of its source."""


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def scene(number: int, moment: float, width: int = 320, height: int = 180) -> Picture:
    """A picture of scene `number`: a tinted gradient with a bright square that moves along."""
    rows = np.linspace(40, 150, height, dtype=np.float32)[:, None]
    columns = np.linspace(0, 60, width, dtype=np.float32)[None, :]
    tint = np.array([[1.0, 0.8, 0.6], [0.6, 1.0, 0.8], [0.7, 0.7, 1.0], [1.0, 0.6, 0.9]][number % 4], np.float32)
    picture = ((rows + columns)[:, :, None] * tint).astype(np.uint8)
    left = int(moment * width / 12) % (width - 30)
    picture[height // 2 - 20 : height // 2 + 20, left : left + 30] = (240, 230, 200)
    return np.ascontiguousarray(picture)


def facts(name: str, *, duration: float = 6.0, rate: float = 25.0, **changes: object) -> MediaFacts:
    values = MediaFacts(
        path=f"/evidence/{name}",
        size=4_321_987,
        kind="video",
        container="mov,mp4,m4a,3gp,3g2,mj2",
        codec="h264",
        width=320,
        height=180,
        duration=duration,
        frame_rate=rate,
        frame_count=round(duration * rate),
        pixel_format="yuv420p",
        colour="bt709 / bt709 / tv",
        audio="aac, 48000 Hz, 2 channels",
        bit_rate=1_250_000,
    )
    return replace(values, **changes)


def make_exhibit(name: str = "suspect.mp4", **changes: object) -> Exhibit:
    return Exhibit(f"/evidence/{name}", digest(name), "2026-11-20T10:00:00+00:00", facts(name, **changes))


def make_source(number: int) -> Source:
    name = f"archive clip {number:03}.mp4"
    return Source(
        number, f"/archive/{name}", digest(name), 9_000_000, 12.0, 25.0, 320, 180, "h264", "2026-11-19T09:00:00+00:00"
    )


def make_candidate(rank: int, *, mirrored: bool = False) -> Candidate:
    segment = Segment(0.0, 6.0, SUSPECT_OFFSET) if rank == 1 else Segment(1.0, 3.0, 0.5 * rank, 1.25)
    clips = tuple(
        ClipDistance(time=i / 4, distance=int(30 + 18 * rank + 10 * np.sin(i)), source_time=SUSPECT_OFFSET + i / 4)
        for i in range(24)
    )
    return Candidate(
        rank=rank,
        source=make_source(rank),
        distance=28.5 + 22.0 * rank,
        margin=22.0 if rank < 10 else 0.0,
        mirrored=mirrored,
        alignment=Alignment((segment,)),
        clips=clips,
        best_suspect_time=2.0,
        best_source_time=5.0,
        registration=Registration((1, 0, 0, 0, 1, 0, 0, 0, 1), inliers=140, method="keypoints") if rank == 1 else None,
        matched_share=segment.duration / 6.0,
    )


def make_trace(
    exhibit: Exhibit, database: Path, *, decision: str = TRACED, count: int = 10, notes: tuple[str, ...] = ()
) -> TraceResult:
    candidates = tuple(make_candidate(rank, mirrored=rank == 2) for rank in range(1, count + 1))
    reason = (
        "The best candidate is 50.5 bits away, 22 bits nearer than the next, and its place is confirmed."
        if decision != NO_SOURCE
        else "The nearest source is 201.3 bits away: no nearer than sources of other videos are."
    )
    return TraceResult(
        exhibit.path,
        exhibit.sha256,
        decision,
        reason,
        candidates,
        BITS,
        digest("weights"),
        str(database),
        181,
        "CPU",
        2.4,
        TraceParameters(),
        notes,
    )


class FakeVideo:
    """25 frames a second of one scene."""

    def __init__(self, path: Path, number: int, duration: float, shift: float = 0.0) -> None:
        self.facts = replace(facts(path.name, duration=duration), path=str(path))
        self.times = np.arange(self.facts.frame_count) / 25.0
        self.keyframes = np.arange(self.facts.frame_count) % 25 == 0
        self._number = number
        self._shift = shift

    def __enter__(self) -> FakeVideo:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def frame(self, index: int) -> Frame:
        moment = float(self.times[index])
        return Frame(
            index, moment, scene(self._number, moment + self._shift), key=bool(self.keyframes[index]), kind="P"
        )

    def frame_at(self, moment: float) -> Frame:
        return self.frame(frame_at(self.times, moment))

    def frames(self, start: float = 0.0, end: float | None = None):
        for index in range(frame_at(self.times, start), len(self.times)):
            if end is not None and self.times[index] >= end:
                return
            yield self.frame(index)

    def cached_ranges(self) -> tuple[tuple[float, float], ...]:
        return ((0.0, 1.0),)

    def close(self) -> None:
        pass


class FakeLocalizer:
    """Marks a rectangle that moves."""

    def __init__(self, candidate: Candidate, suspect: FakeVideo, source: FakeVideo) -> None:
        self._candidate = candidate
        self._suspect = suspect
        self._source = source
        self._registration = Registration((1, 0, 0, 0, 1, 0, 0, 0, 1), inliers=140, method="keypoints")

    def __enter__(self) -> FakeLocalizer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    methods = (FITTED_DIFFERENCE,)

    def mask(self, moment: float, *, method: str | None = None) -> Mask | None:
        source_time = self._candidate.alignment.source_time(moment)
        if source_time is None:
            return None
        picture = np.zeros((180, 320), np.uint8)
        left = 40 + int(moment * 20) % 200
        picture[50:110, left : left + 60] = 230
        return Mask(picture, FITTED_DIFFERENCE, moment, source_time, self._registration)

    def registered_pair(self, moment: float) -> SimpleNamespace:
        suspect = self._suspect.frame_at(moment)
        source = self._source.frame_at(self._candidate.alignment.source_time(moment) or 0.0)
        inside = np.ones(source.picture.shape[:2], bool)
        return SimpleNamespace(
            suspect=suspect, source=source, warped=source.picture, inside=inside, registration=self._registration
        )

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class FakeEnrollResult:
    enrolled: tuple[Source, ...]
    known: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FakeReportWritten:
    pdf: Path
    json: Path
    pdf_sha256: str


class FakeWorkbench:
    """The methods of `services.workbench.Workbench`, on painted material.

    Attributes:
        calls: (method, thread name), in order.
        errors: method name -> exception to raise instead of an answer.
        gates: method name -> event that the method waits for (listening to cancel).
        decision: what `trace` decides; notes: its notes.
        sources: how many sources databases hold.
        missing_sources: paths of sources that are not there.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.errors: dict[str, BaseException] = {}
        self.gates: dict[str, threading.Event] = {}
        self.decision = TRACED
        self.notes: tuple[str, ...] = ()
        self.sources = 181
        self.missing_sources: set[str] = set()
        self.enroll_failures: tuple[tuple[str, str], ...] = ()
        self.parameters: TraceParameters | None = None
        self.reported: dict[str, object] = {}
        self.case: Case | None = None

    def count(self, name: str) -> int:
        return sum(called == name for called, _ in self.calls)

    def take_in(self, path, *, progress, cancel) -> Exhibit:
        progress(0.5, "Computing the SHA-256")
        self._called("take_in", cancel)
        exhibit = make_exhibit(Path(path).name)
        return replace(exhibit, path=str(path))

    def database_info(self, path) -> DatabaseInfo:
        self._called("database_info")
        return DatabaseInfo(
            str(path),
            self.sources,
            self.sources * 45,
            self.sources * 4,
            BITS,
            digest("weights"),
            self.sources * 12.0,
            3_000_000,
            1,
            "2026-11-19T09:00:00+00:00",
        )

    def enroll(
        self,
        paths: Sequence[Path],
        database: Path,
        *,
        device: str,
        progress,
        cancel,
        on_source: Callable[[Source], None],
    ):
        enrolled = []
        for number in range(1, 5):
            self._called("enroll", cancel)
            progress(number / 4, f"archive clip {number:03}.mp4")
            enrolled.append(make_source(number))
            on_source(enrolled[-1])
        return FakeEnrollResult(tuple(enrolled), ("/archive/copy of 001.mp4",), self.enroll_failures, 3.2)

    def trace(self, exhibit, database, *, parameters, progress, cancel) -> TraceResult:
        self.parameters = parameters
        progress(0.4, "Computing codes of 24 clips")
        self._called("trace", cancel)
        return make_trace(exhibit, database, decision=self.decision, notes=self.notes)

    def candidate_pictures(self, exhibit, candidate, database, *, height=108):
        self._called("candidate_pictures")
        width = height * 16 // 9
        source = None if candidate.rank == 4 else scene(candidate.rank, 5.0, width, height)
        return scene(1, 5.0, width, height), source

    def open_video(self, path) -> FakeVideo:
        self._called("open_video")
        path = Path(path)
        if str(path) in self.missing_sources:
            raise MissingMedia(f"{path} is not there.", "Locate it.")
        if "archive clip" in path.name:
            return FakeVideo(path, int(path.stem[-3:]), 12.0)
        return FakeVideo(path, 1, 6.0, SUSPECT_OFFSET)

    def localizer(self, exhibit, candidate) -> FakeLocalizer:
        self._called("localizer")
        return FakeLocalizer(candidate, self.open_video(exhibit.path), self.open_video(candidate.source.path))

    def survey(self, exhibit, candidate, times, books, *, on_update, urgent, progress, cancel) -> Survey:
        self._called("survey", cancel)
        book = books.setdefault(candidate.source.sha256, SurveyBook(candidate, 320, 180, len(times)))
        suspect, source = FakeVideo(Path(exhibit.path), 1, 6.0), FakeVideo(Path(candidate.source.path), 1, 12.0)
        localizer = FakeLocalizer(candidate, suspect, source)
        return survey(localizer, times, book, on_update=on_update, urgent=urgent, progress=progress, cancel=cancel)

    def write_masks(self, exhibit, candidate, out, *, progress, cancel) -> Path:
        self._called("write_masks", cancel)
        return out

    def source_file(self, candidate) -> Path | None:
        self._called("source_file")
        return None if candidate.source.path in self.missing_sources else Path(candidate.source.path)

    def relocate(self, database, candidate, new_path) -> Source:
        self._called("relocate")
        return replace(candidate.source, path=str(new_path))

    def open_case(self, path) -> Case:
        self._called("open_case")
        assert self.case is not None
        return self.case

    def write_report(
        self,
        exhibit: Exhibit,
        trace: TraceResult,
        findings: Sequence[Finding],
        details: CaseDetails,
        out: Path,
        *,
        case_path: Path | None,
        database: Path,
        progress,
        cancel,
        surveys: Sequence[Survey] = (),
    ):
        progress(0.5, "Frame pair 2 of 3")
        self._called("write_report", cancel)
        self.reported = {"findings": tuple(findings), "details": details, "out": out, "database": database}
        self.reported["surveys"] = tuple(surveys)
        return FakeReportWritten(out, out.with_suffix(".json"), digest("pdf"))

    def _called(self, name: str, cancel: CancelToken | None = None) -> None:
        self.calls.append((name, threading.current_thread().name))
        gate = self.gates.get(name)
        while gate is not None and not gate.is_set():
            if cancel is not None:
                cancel.check()
            time.sleep(0.002)
        if name in self.errors:
            raise self.errors[name]


class FakeAsker:
    """Answers in place of the user: each attribute is what the dialog of that name gives back."""

    def __init__(self) -> None:
        self.answers: dict[str, object] = {}
        self.questions: list[str] = []
        self.says_yes = True

    def suspect(self):
        return self.answers.get("suspect")

    def case(self):
        return self.answers.get("case")

    def database(self):
        return self.answers.get("database")

    def new_database(self, suggestion: str = "archive.h5"):
        return self.answers.get("new_database")

    def source_folder(self):
        return self.answers.get("source_folder")

    def source_files(self):
        return self.answers.get("source_files", [])

    def moved_source(self, name: str):
        return self.answers.get("moved_source")

    def report(self, suggestion: Path):
        return self.answers.get("report")

    def masks(self, suggestion: str):
        self.questions.append(suggestion)
        return self.answers.get("masks")

    def report_folder(self) -> Path:
        return Path("/reports")

    def confirm(self, title: str, text: str, yes: str, no: str = "Cancel") -> bool:
        self.questions.append(title)
        return self.says_yes
