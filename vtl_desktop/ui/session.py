"""The state of one window: exhibit, database, trace, candidate, findings, surveys, case.

Panels read it and listen to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from vtl_desktop.core.case import Case, CaseDetails, Exhibit, Finding
from vtl_desktop.core.survey import Survey
from vtl_desktop.core.tracing import Candidate, Source, TraceResult

if TYPE_CHECKING:
    from vtl_desktop.storage.hash_center_database import DatabaseInfo


class Session(QObject):
    """What the window is about. Every value changes through one method and is told by one signal.

    A new exhibit or another database makes an earlier trace void; a new exhibit also ends the earlier findings. Unsaved
    findings are the callers' to ask about, see `unreported`.
    """

    exhibitChanged = Signal(object)
    """Exhibit | None."""
    databaseChanged = Signal(object)
    """DatabaseInfo | None."""
    traceChanged = Signal(object)
    """TraceResult | None: another trace, or none."""
    candidateUpdated = Signal(object)
    """Candidate: the same candidate of the same trace with a re-located source."""
    candidateChanged = Signal(object)
    """Candidate | None: the one that is being looked at."""
    findingsChanged = Signal(object)
    """tuple[Finding, ...], oldest first."""
    surveyChanged = Signal(object)
    """Survey: more is known of what was changed against a candidate."""
    detailsChanged = Signal(object)
    """CaseDetails."""
    problemFound = Signal(object)
    """BaseException: to be told to the user, without a dialog."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._exhibit: Exhibit | None = None
        self._database: DatabaseInfo | None = None
        self._trace: TraceResult | None = None
        self._candidate: Candidate | None = None
        self._findings: tuple[Finding, ...] = ()
        self._surveys: dict[str, Survey] = {}
        self._details = CaseDetails("")
        self._viewed: frozenset[int] = frozenset()
        self._unreported = False

    @property
    def exhibit(self) -> Exhibit | None:
        return self._exhibit

    @property
    def database(self) -> DatabaseInfo | None:
        return self._database

    @property
    def database_path(self) -> Path | None:
        return Path(self._database.path) if self._database is not None else None

    @property
    def trace(self) -> TraceResult | None:
        return self._trace

    @property
    def candidate(self) -> Candidate | None:
        return self._candidate

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self._findings

    @property
    def surveys(self) -> tuple[Survey, ...]:
        """What going over frames gave so far, by candidate."""
        return tuple(sorted(self._surveys.values(), key=lambda found: found.candidate_rank))

    @property
    def details(self) -> CaseDetails:
        return self._details

    @property
    def viewed(self) -> frozenset[int]:
        """Ranks of the candidates that were looked at."""
        return self._viewed

    @property
    def unreported(self) -> bool:
        """Findings were written that are in no report and no case file yet."""
        return self._unreported

    def finding_for(self, rank: int) -> Finding | None:
        """The finding that holds for a candidate (0: for the suspect as a whole), or None."""
        return next((found for found in reversed(self._findings) if found.candidate_rank == rank), None)

    def survey_for(self, candidate: Candidate) -> Survey | None:
        """What is known of the changes against a candidate, or None."""
        return self._surveys.get(candidate.source.sha256)

    def set_exhibit(self, exhibit: Exhibit | None) -> None:
        """Another suspect: trace, candidate and findings of the one before are gone."""
        self.set_trace(None)
        self._exhibit = exhibit
        self.exhibitChanged.emit(exhibit)

    def set_database(self, info: DatabaseInfo | None) -> None:
        """Another database, or fresh facts of the same one; a trace in the database before is void."""
        before = self._database
        self._database = info
        if before is not None and self._trace is not None and (info is None or info.path != before.path):
            self.set_trace(None)
        self.databaseChanged.emit(info)

    def set_trace(self, trace: TraceResult | None) -> None:
        """A trace of the current exhibit; candidate and findings start afresh."""
        self._set_findings((), unreported=False)
        self._surveys = {}
        self._viewed = frozenset()
        self.set_candidate(None)
        if trace is None and self._trace is None:
            return
        self._trace = trace
        self.traceChanged.emit(trace)

    def set_candidate(self, candidate: Candidate | None) -> None:
        """The candidate to look at; it counts as viewed from now on."""
        if candidate is self._candidate:
            return
        self._candidate = candidate
        if candidate is not None:
            self._viewed |= {candidate.rank}
        self.candidateChanged.emit(candidate)

    def update_source(self, source: Source) -> None:
        """A source was re-located: whatever names it gets the new path."""
        if self._trace is None:
            return
        changed = tuple(
            replace(candidate, source=source) if candidate.source.id == source.id else candidate
            for candidate in self._trace.candidates
        )
        self._trace = replace(self._trace, candidates=changed)
        for candidate in changed:
            if candidate.source is source:
                if self._candidate is not None and self._candidate.rank == candidate.rank:
                    self._candidate = candidate
                self.candidateUpdated.emit(candidate)

    def add_finding(self, finding: Finding) -> None:
        """What the analyst concludes; earlier findings stay in the record."""
        self._set_findings((*self._findings, finding), unreported=True)

    def set_survey(self, found: Survey) -> None:
        """More is known of what was changed against one of the candidates."""
        self._surveys[found.source_sha256] = found
        self.surveyChanged.emit(found)

    def set_details(self, details: CaseDetails) -> None:
        """Whose case it is."""
        if details != self._details:
            self._details = details
            self.detailsChanged.emit(details)

    def mark_reported(self) -> None:
        """Everything there is now stands in a report."""
        self._unreported = False

    def load_case(self, case: Case) -> None:
        """Shows a case as it was stored. All values are in place before the first signal tells of one.

        The database stays only when it is the one that was traced in; opening the right one is the caller's.
        """
        traced_in = case.trace.database_path if case.trace is not None else ""
        if self._database is not None and traced_in and self._database.path != traced_in:
            self._database = None
        self._exhibit, self._trace, self._findings = case.exhibit, case.trace, case.findings
        self._surveys = {found.source_sha256: found for found in case.surveys}
        self._details, self._candidate = case.details, None
        self._viewed, self._unreported = frozenset(), False
        self.detailsChanged.emit(self._details)
        self.databaseChanged.emit(self._database)
        self.candidateChanged.emit(None)
        self.exhibitChanged.emit(self._exhibit)
        self.traceChanged.emit(self._trace)
        self.findingsChanged.emit(self._findings)

    def report_problem(self, error: BaseException) -> None:
        """Tells the user about an error without interrupting."""
        self.problemFound.emit(error)

    def _set_findings(self, findings: tuple[Finding, ...], *, unreported: bool) -> None:
        self._unreported = unreported
        if findings != self._findings:
            self._findings = findings
            self.findingsChanged.emit(findings)


MayDiscard = Callable[[], bool]
"""Asked before something that ends the current findings; says whether to go on."""
