"""The case file as the program uses it: what may be put in, in which order, and what the log says of it."""

from __future__ import annotations

import getpass
import platform
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from vtl_desktop.core.case import CONCLUSIONS, Case, CaseDetails, Exhibit, Finding, FramePair
from vtl_desktop.core.errors import CaseError
from vtl_desktop.core.survey import Survey
from vtl_desktop.core.tracing import TraceResult
from vtl_desktop.storage.case_pictures import pair_from_json, pair_to_json
from vtl_desktop.storage.case_schema import SUFFIX
from vtl_desktop.storage.case_store import CaseStore, utc_now
from vtl_desktop.storage.case_versions import collect_versions
from vtl_desktop.storage.json_values import canonical, from_json, to_json

T = TypeVar("T")


class CaseFile:
    """One case on disk. A context manager, used by the thread that opened it; other programs find it locked meanwhile.

    Nothing is ever overwritten: what is set again is added, the last holds, and the log tells of both.
    """

    def __init__(self, store: CaseStore) -> None:
        self._store = store

    @classmethod
    def create(cls, path: str | Path, details: CaseDetails, *, clock: Callable[[], str] = utc_now) -> CaseFile:
        """A new case file; `.vtlcase` is put at the end of a name without an ending.

        Raises:
            CaseError: the case has no name, the file is there already, or its name ends otherwise.
            StorageFull: the folder cannot be written, or the disk is full.
        """
        path = Path(path)
        path = path if path.suffix else path.with_suffix(SUFFIX)
        if path.suffix.lower() != SUFFIX:
            raise CaseError(f"{path} does not end in {SUFFIX}.", f"Give the case file a name that ends in {SUFFIX}.")
        _check_details(details)
        case = cls(CaseStore.create(path, clock=clock))
        try:
            case._store.append("details", to_json(details), "case created", _who())
            case._note_versions()
        except BaseException:
            case.close()
            path.unlink(missing_ok=True)  # nobody has been told of it yet
            raise
        return case

    @classmethod
    def open(cls, path: str | Path, read_only: bool = False, *, clock: Callable[[], str] = utc_now) -> CaseFile:
        """Opens a case file, after verifying its log, its records and its pictures.

        Raises:
            CaseError: not there, foreign, from a newer version, damaged, altered, or open elsewhere.
            StorageFull: may not be written, and was not opened read-only.
        """
        case = cls(CaseStore.open(Path(path), read_only=read_only, clock=clock))
        try:
            if not read_only:
                case._store.log("case opened", _who())
                case._note_versions()
        except BaseException:
            case.close()
            raise
        return case

    @property
    def path(self) -> Path:
        return self._store.path

    def close(self) -> None:
        """Lets go of the file. May be called twice."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def case(self) -> Case:
        """All of it as one value.

        Raises:
            CaseError: a record is not of the form that this version writes.
        """
        store = self._store
        entries = store.entries()
        try:
            return Case(
                details=from_json(CaseDetails, store.latest("details")),
                created_at=entries[0].time,
                exhibit=self._read(Exhibit, "exhibit"),
                trace=self._read(TraceResult, "trace", "result"),
                pairs=tuple(pair_from_json(pair, store.picture) for pair in store.latest("pairs") or []),
                findings=self._findings(),
                database_sha256=(store.latest("trace") or {}).get("database_sha256", ""),
                versions=self._read(dict[str, str], "versions") or {},
                log=entries,
                surveys=self._surveys(),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise CaseError(
                f"{self.path} holds something that this version of the program cannot read: {error}.",
                "Open it with the version that wrote it; the log names it.",
            ) from error

    def set_details(self, details: CaseDetails) -> None:
        """Whose case it is, corrected. The same again changes nothing.

        Raises:
            CaseError: without a name.
        """
        _check_details(details)
        if self._store.latest("details") != to_json(details):
            self._store.append("details", to_json(details), "case details changed", {})

    def set_exhibit(self, exhibit: Exhibit) -> None:
        """The file under examination. A case has one; the same file again, moved, is noted.

        Raises:
            CaseError: the case already holds another file.
        """
        held = self._read(Exhibit, "exhibit")
        if held == exhibit:
            return
        if held is not None and held.sha256 != exhibit.sha256:
            raise CaseError(
                f"{self.path} already holds the exhibit {held.name} (SHA-256 {held.sha256[:16]}...).",
                "Make a new case for another exhibit.",
            )
        action = "exhibit taken in" if held is None else "exhibit noted again"
        self._store.append(
            "exhibit", to_json(exhibit), action, {"file": exhibit.path, "exhibit sha256": exhibit.sha256}
        )

    def set_trace(self, result: TraceResult, database_sha256: str) -> None:
        """What tracing gave; an earlier result stays in the file.

        Args:
            result: of the exhibit of this case.
            database_sha256: of the database file it was traced in.

        Raises:
            CaseError: there is no exhibit yet, or the result is of another file.
        """
        exhibit = self._read(Exhibit, "exhibit")
        if exhibit is None or exhibit.sha256 != result.suspect_sha256:
            raise CaseError(
                f"The trace of {result.suspect_path} does not belong to the exhibit of {self.path}.",
                "Take the file in as exhibit first, then trace it.",
            )
        body = {"result": to_json(result), "database_sha256": database_sha256}
        if self._store.latest("trace") == body:
            return
        best = result.candidates[0] if result.candidates else None
        details = {
            "decision": result.decision,
            "database": result.database_path,
            "database sha256": database_sha256,
            "weights sha256": result.weights_sha256,
            "candidates": len(result.candidates),
            "leading candidate": "" if best is None else best.source.name,
            "parameters": to_json(result.parameters),
        }
        self._store.append("trace", body, "exhibit traced", details)

    def set_pairs(self, pairs: Sequence[FramePair]) -> None:
        """The frame pairs for the report; an earlier choice stays in the file."""
        bodies, pictures = [], {}
        for pair in pairs:
            body, found = pair_to_json(pair)
            bodies.append(body)
            pictures.update(found)
        if bodies != (self._store.latest("pairs") or []):
            details = {"pairs": len(bodies), "picture sha256": sorted(pictures)}
            self._store.append("pairs", bodies, "frame pairs chosen", details, pictures)

    def set_survey(self, found: Survey) -> None:
        """What going over the frames of a candidate gave; it holds until the exhibit is traced anew.

        Raises:
            CaseError: the exhibit was not traced, or the candidate is none of its candidates.
        """
        trace = self._read(TraceResult, "trace", "result")
        sources = {candidate.source.sha256: candidate.source.name for candidate in trace.candidates} if trace else {}
        if found.source_sha256 not in sources:
            raise CaseError(
                f"A survey of a source (SHA-256 {found.source_sha256[:16]}...) that is no candidate in {self.path}.",
                "Trace the exhibit first, then survey one of its candidates.",
            )
        if found in self._surveys():
            return
        details = {
            "source": sources[found.source_sha256],
            "source sha256": found.source_sha256,
            "masks by": found.method,
            "frames examined": f"{found.examined} of {found.frames}",
            "changed regions": len(found.regions),
        }
        self._store.append("survey", to_json(found), "frames surveyed", details)

    def add_finding(self, finding: Finding) -> None:
        """What the analyst concludes. One that is there already, word for word, is not added again.

        Raises:
            CaseError: no such conclusion, no exhibit, or it replaces another without a reason.
        """
        if finding.conclusion not in CONCLUSIONS:
            raise CaseError(f"{finding.conclusion!r} is no conclusion.", f"Choose one of: {', '.join(CONCLUSIONS)}.")
        if self._store.latest("exhibit") is None:
            raise CaseError(f"{self.path} has no exhibit to judge yet.", "Take a file in first.")
        held = self._findings()
        if finding in held:
            return
        earlier = [f for f in held if f.source_sha256 == finding.source_sha256]
        if earlier and not finding.reason_for_change.strip():
            raise CaseError(
                f"{self.path} already holds the finding {earlier[-1].conclusion!r} on this.",
                "Say why it is replaced: the earlier one stays in the case file.",
            )
        details = {
            "conclusion": finding.conclusion,
            "replaces": earlier[-1].conclusion if earlier else "",
            "reason": finding.reason_for_change,
            "source sha256": finding.source_sha256,
            "examiner": finding.examiner,
        }
        self._store.append("finding", to_json(finding), "finding changed" if earlier else "finding recorded", details)

    def log(self, action: str, details: Mapping[str, object] | None = None) -> None:
        """Adds a line to the audit log."""
        self._store.log(action, details or {})

    def _findings(self) -> tuple[Finding, ...]:
        return tuple(from_json(Finding, body) for body in self._store.every("finding"))

    def _surveys(self) -> tuple[Survey, ...]:
        # Those of an earlier trace went along another alignment.
        bodies = self._store.every("survey", since="trace")
        found = {body["source_sha256"]: from_json(Survey, body) for body in bodies}
        return tuple(sorted(found.values(), key=lambda survey: survey.candidate_rank))

    def _read(self, kind: type[T], record: str, part: str = "") -> T | None:
        body: Any = self._store.latest(record)
        return None if body is None else from_json(kind, body[part] if part else body)

    def _note_versions(self) -> None:
        versions = collect_versions()
        if canonical(self._store.latest("versions")) != canonical(versions):
            self._store.append("versions", versions, "versions noted", {})


def _check_details(details: CaseDetails) -> None:
    if not details.name.strip():
        raise CaseError("The case has no name.", "Give it one; everything else may stay empty.")


def _who() -> dict[str, str]:
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user in the system's list, as in some containers
        user = "unknown"
    return {"user": user, "host": platform.node()}
