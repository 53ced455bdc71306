"""Numbers and findings in the report's words."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.case import Case, Finding
from vtl_desktop.core.tracing import Candidate


def clock(seconds: float) -> str:
    """For instance 00:01:07.480: hours, minutes, seconds, to the millisecond."""
    sign = "-" if seconds < 0 else ""
    thousandths = round(abs(seconds) * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}:{rest / 1000:06.3f}"


def byte_count(count: int) -> str:
    """For instance "4,811,223 bytes (4.8 MB)"."""
    value, unit = float(count), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{count:,} bytes" if unit == "bytes" else f"{count:,} bytes ({value:.1f} {unit})"


def share(part: float) -> str:
    """For instance "91.7 %"."""
    return f"{part * 100:.1f} %"


def bits(distance: float) -> str:
    """For instance "41.3"."""
    return f"{distance:.1f}"


def instant(iso: str) -> str:
    """An ISO 8601 time with a space for the T and without fractions of a second; zone kept."""
    text = iso.replace("T", " ", 1)
    if "." in text:
        whole, _, rest = text.partition(".")
        text = whole + rest.lstrip("0123456789")
    return text.replace("+00:00", " UTC").replace("Z", " UTC")


def short_digest(sha256: str) -> str:
    """The first sixteen digits."""
    return f"{sha256[:16]}…" if len(sha256) > 16 else sha256


def plural(count: int, noun: str, several: str = "") -> str:
    """For instance "1 source", "1,284 sources"; `several` where an s does not do."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {several or noun + 's'}"


def sentence(text: str) -> str:
    """With a capital at the start and a full stop at the end."""
    text = text.strip()
    if not text:
        return ""
    text = capital(text)
    return text if text[-1] in ".!?。" else f"{text}."


def pixel_digest(picture: NDArray[np.uint8]) -> str:
    """SHA-256 of a picture's samples, row by row, red-green-blue or grey: independent of any file format."""
    return hashlib.sha256(np.ascontiguousarray(picture).tobytes()).hexdigest()


def holding_findings(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The last finding on each subject; on the exhibit as a whole first, then by rank."""
    last = {finding.source_sha256: finding for finding in findings}
    return tuple(sorted(last.values(), key=lambda finding: (bool(finding.source_sha256), finding.candidate_rank)))


def candidate_of(case: Case, finding: Finding) -> Candidate | None:
    """The candidate that a finding is about; None where it is about the exhibit as a whole, or no longer listed."""
    candidates = case.trace.candidates if case.trace else ()
    return next((c for c in candidates if finding.source_sha256 and c.source.sha256 == finding.source_sha256), None)


def subject(case: Case, finding: Finding) -> str:
    """What a finding is about, for instance "candidate 1 (evening_news.mp4)"."""
    if not finding.source_sha256:
        return "the exhibit as a whole"
    candidate = candidate_of(case, finding)
    if candidate is None:
        return f"a source that is not among the candidates (SHA-256 {short_digest(finding.source_sha256)})"
    return f"candidate {candidate.rank} ({candidate.source.name})"


def capital(text: str) -> str:
    """With a capital at the start."""
    return text[:1].upper() + text[1:]
