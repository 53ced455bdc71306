"""A case: the exhibit, what tracing gave, what the analyst looked at and concludes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.media import MediaFacts
from vtl_desktop.core.survey import Survey
from vtl_desktop.core.tracing import TraceResult

CONCLUSIONS = (
    "derived from this source",
    "partly derived from this source",
    "not derived from this source",
    "inconclusive",
    "not examined",
)


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A file under examination.

    Attributes:
        path: absolute; sha256: of its bytes, taken before anything was decoded; hashed_at: ISO 8601 with zone.
        facts: what the decoder says of it.
    """

    path: str
    sha256: str
    hashed_at: str
    facts: MediaFacts

    @property
    def name(self) -> str:
        return self.path.replace("\\", "/").rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True, eq=False)
class FramePair:
    """A moment put beside its source's moment for the report.

    Attributes:
        suspect_time, source_time: seconds; suspect_index, source_index: frame numbers, 0-based.
        suspect: RGB; source: RGB, the source warped onto the suspect's picture; None where its file was not at hand.
        mask: grey, the suspect's size, or None; mask_method: who made it; changed_share: 0 to 1.
        registration: in plain words.
        caption: one line.
    """

    suspect_time: float
    source_time: float
    suspect_index: int
    source_index: int
    suspect: NDArray[np.uint8] = field(repr=False)
    source: NDArray[np.uint8] | None = field(repr=False, default=None)
    mask: NDArray[np.uint8] | None = field(repr=False, default=None)
    mask_method: str = ""
    changed_share: float = 0.0
    registration: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the analyst concludes about one candidate.

    Attributes:
        candidate_rank: which candidate, 1 for the best; 0 for the suspect as a whole.
        source_sha256: the candidate's source; "" for the suspect as a whole.
        conclusion: one of `CONCLUSIONS`.
        observations, interpretation, limits, alternative: free text.
        examiner: name; written_at: ISO 8601 with zone.
        reason_for_change: why an earlier finding was replaced; "" for the first.
    """

    candidate_rank: int
    source_sha256: str
    conclusion: str
    observations: str = ""
    interpretation: str = ""
    limits: str = ""
    alternative: str = ""
    examiner: str = ""
    written_at: str = ""
    reason_for_change: str = ""


@dataclass(frozen=True, slots=True)
class CaseDetails:
    """Whose case it is; only the name is required."""

    name: str
    number: str = ""
    examiner: str = ""
    laboratory: str = ""
    requester: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the audit log; `digest` covers the line and the digest of the one before."""

    number: int
    time: str
    action: str
    details: str
    previous: str
    digest: str


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """All of it together, as read from a case file.

    Attributes:
        details: name, number, examiner ...
        created_at: ISO 8601 with zone.
        exhibit: the suspect; None while the case is empty.
        trace: what tracing gave; None before.
        pairs: frame pairs chosen for the report.
        findings: all, oldest first; the last for a candidate is the one that holds.
        database_sha256: of the database file when it was traced.
        versions: name to version of everything that took part.
        log: the audit log.
        surveys: what going over all frames gave, one a candidate at most, in the order of candidates.
    """

    details: CaseDetails
    created_at: str
    exhibit: Exhibit | None = None
    trace: TraceResult | None = None
    pairs: tuple[FramePair, ...] = ()
    findings: tuple[Finding, ...] = ()
    database_sha256: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    log: tuple[LogEntry, ...] = ()
    surveys: tuple[Survey, ...] = ()

    def survey_of(self, source_sha256: str) -> Survey | None:
        """The survey of a candidate, named by its source."""
        return next((found for found in self.surveys if found.source_sha256 == source_sha256), None)
