"""What the window can ask for, in one object, so that its tests can hand in another with the same methods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.case import Case, CaseDetails, Exhibit, Finding
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress, part_of
from vtl_desktop.core.media import Picture
from vtl_desktop.core.survey import Survey
from vtl_desktop.core.tracing import Candidate, Source, TraceParameters, TraceResult
from vtl_desktop.services.mark_store import MarkStores

if TYPE_CHECKING:
    from vtl_desktop.media.video_file import VideoFile
    from vtl_desktop.services.enroll import EnrollResult
    from vtl_desktop.services.localize import Localizer
    from vtl_desktop.services.report import ReportWritten
    from vtl_desktop.services.survey import SurveyBook
    from vtl_desktop.storage.hash_center_database import DatabaseInfo


class Workbench:
    """The services behind the window. Each is imported on its first use: the window opens before torch is loaded."""

    def __init__(self) -> None:
        self._marks = MarkStores()

    def take_in(self, path: Path, *, progress: Progress = no_progress, cancel: CancelToken | None = None) -> Exhibit:
        from vtl_desktop.services.intake import take_in

        return take_in(path, progress=progress, cancel=cancel)

    def enroll(
        self,
        paths: Sequence[Path],
        database: Path,
        *,
        device: str = "auto",
        progress: Progress = no_progress,
        cancel: CancelToken | None = None,
        on_source: Callable[[Source], None] | None = None,
    ) -> EnrollResult:
        from vtl_desktop.services.enroll import enroll

        return enroll(paths, database, device=device, progress=progress, cancel=cancel, on_source=on_source)

    def database_info(self, path: Path) -> DatabaseInfo:
        from vtl_desktop.services.database import database_info

        return database_info(path)

    def trace(
        self,
        exhibit: Exhibit,
        database: Path,
        *,
        parameters: TraceParameters | None = None,
        progress: Progress = no_progress,
        cancel: CancelToken | None = None,
    ) -> TraceResult:
        from vtl_desktop.services.trace import trace

        return trace(exhibit, database, parameters=parameters, progress=progress, cancel=cancel)

    def candidate_pictures(
        self, exhibit: Exhibit, candidate: Candidate, database: Path, *, height: int = 108
    ) -> tuple[Picture, Picture | None]:
        from vtl_desktop.services.pictures import candidate_pictures

        return candidate_pictures(exhibit, candidate, database, height=height)

    def open_video(self, path: Path) -> VideoFile:
        from vtl_desktop.media.video_file import VideoFile

        return VideoFile(path)

    def localizer(self, exhibit: Exhibit, candidate: Candidate) -> Localizer:
        """Opens both files; masks that another Localizer of the same pair made are not made again."""
        from vtl_desktop.services.localize import Localizer

        return Localizer(exhibit.path, candidate.source.path, candidate, kept=self._marks.of(exhibit, candidate))

    def survey(
        self,
        exhibit: Exhibit,
        candidate: Candidate,
        times: NDArray[np.float64],
        books: dict[str, SurveyBook],
        *,
        on_update: Callable[[Survey], None] | None = None,
        urgent: Callable[[], bool] | None = None,
        progress: Progress = no_progress,
        cancel: CancelToken | None = None,
    ) -> Survey:
        """Examines all frames against a candidate.

        Args:
            times: of the suspect's frames, float64 [n], seconds.
            books: by the source's SHA-256, what earlier surveys found; the survey goes on where its book ends.
            on_update, urgent: see `services.survey.survey`; both are called in this thread.
        """
        from vtl_desktop.services.survey import SurveyBook, survey

        key, facts = candidate.source.sha256, exhibit.facts
        if key not in books:
            books[key] = SurveyBook(candidate, facts.width, facts.height, len(times))
        book = books[key]
        with self.localizer(exhibit, candidate) as localizer:
            return survey(localizer, times, book, on_update=on_update, urgent=urgent, progress=progress, cancel=cancel)

    def write_masks(
        self,
        exhibit: Exhibit,
        candidate: Candidate,
        out: Path,
        *,
        progress: Progress = no_progress,
        cancel: CancelToken | None = None,
    ) -> Path:
        with self.localizer(exhibit, candidate) as localizer:
            return localizer.write_masks(out, progress=progress, cancel=cancel)

    def source_file(self, candidate: Candidate) -> Path | None:
        from vtl_desktop.services.pictures import source_file

        return source_file(candidate.source)

    def relocate(
        self,
        database: Path,
        candidate: Candidate,
        new_path: Path,
        *,
        progress: Progress = no_progress,
        cancel: CancelToken | None = None,
    ) -> Source:
        from vtl_desktop.services.database import relocate

        return relocate(database, candidate.source, new_path, progress=progress, cancel=cancel)

    def open_case(self, path: Path) -> Case:
        """Everything that a case file holds, read-only."""
        from vtl_desktop.services.case import CaseFile

        opened = CaseFile.open(path, read_only=True)
        try:
            return opened.case()
        finally:
            opened.close()

    def write_report(
        self,
        exhibit: Exhibit,
        trace: TraceResult,
        findings: Sequence[Finding],
        details: CaseDetails,
        out: Path,
        *,
        case_path: Path | None = None,
        database: Path | None = None,
        surveys: Sequence[Survey] = (),
        progress: Progress = no_progress,
        cancel: CancelToken | None = None,
    ) -> ReportWritten:
        """Writes the case file beside the report (or at `case_path`) and the report from it."""
        from vtl_desktop.services.examine import pairs_for, record

        judged = findings[-1].candidate_rank if findings else 1
        pairs = pairs_for(exhibit, trace, rank=max(judged, 1), progress=part_of(progress, 0.0, 0.4), cancel=cancel)
        _, report = record(
            exhibit,
            trace,
            pairs,
            findings,
            details,
            case_path=case_path or out.with_suffix(".vtlcase"),
            report_path=out,
            surveys=surveys,
            progress=part_of(progress, 0.4, 1.0),
            cancel=cancel,
        )
        return report
