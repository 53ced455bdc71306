"""Verifying candidates on pictures: is the best pair of moments really the same scene, and who leads then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from vtl_desktop.core.case import Exhibit
from vtl_desktop.core.errors import MediaError
from vtl_desktop.core.jobs import CancelToken, Progress
from vtl_desktop.core.media import Picture
from vtl_desktop.core.tracing import Candidate, behind
from vtl_desktop.media.video_file import VideoFile

CERTAIN = 0.12
"""A leader nearer than this share of the bits, and this far ahead of the next, needs no pictures to be believed."""
AHEAD = 0.08

_INLIERS_COUNTED = 120
_INLIERS_WORTH = 0.16
_AGREEMENT_WORTH = 0.10


def verify(
    exhibit: Exhibit, candidates: list[Candidate], *, bits: int, progress: Progress, cancel: CancelToken
) -> list[Candidate]:
    """Registers the best pair of moments of each candidate and orders the candidates anew.

    Code distance, agreement of motion, and keypoints that agree on one place each count. The leader is always
    registered, the others only where the codes leave a doubt; a candidate whose file is not at hand keeps what codes
    and motion say.

    Args:
        exhibit: the suspect.
        candidates: nearest first.
        bits: code length.

    Returns:
        All candidates, best first.
    """
    if not candidates:
        return candidates
    doubtful = not _certain(candidates, bits)
    chosen = candidates if doubtful else candidates[:1]
    checked: list[Candidate] = []
    with VideoFile(Path(exhibit.path)) as suspect:
        for number, candidate in enumerate(chosen):
            cancel.check()
            progress(number / len(chosen), f"Comparing pictures with {candidate.source.name}")
            picture = suspect.frame_at(candidate.best_suspect_time).picture
            checked.append(_registered(picture, candidate))
    if not doubtful:
        return checked + candidates[1:]
    return sorted(checked, key=lambda c: _score(c, bits))


def _certain(candidates: list[Candidate], bits: int) -> bool:
    first = candidates[0]
    if first.distance > CERTAIN * bits:
        return False
    return len(candidates) == 1 or candidates[1].distance - first.distance > AHEAD * bits


def _registered(suspect: Picture, candidate: Candidate) -> Candidate:
    from vtl_desktop.vision.registration import of_whole, register

    try:
        with VideoFile(Path(candidate.source.path)) as source:
            picture = source.frame_at(candidate.best_source_time).picture
    except MediaError:
        # The source's file moved or is on a disk that is not there: its entry in the database still counts.
        return candidate
    cut = candidate.part.cut(suspect) if candidate.part else suspect
    found = register(cut, picture, mirrored=candidate.mirrored, polish=False, thorough=False)
    return replace(
        candidate, registration=of_whole(found, candidate.part, suspect, picture) if candidate.part else found
    )


def _score(candidate: Candidate, bits: int) -> float:
    """Lower is better; in shares of the bits."""
    score = candidate.distance / bits + behind(candidate.part) - _AGREEMENT_WORTH * max(candidate.agreement, 0.0)
    registration = candidate.registration
    if registration is not None and registration.trusted:
        score -= _INLIERS_WORTH * min(registration.inliers, _INLIERS_COUNTED) / _INLIERS_COUNTED
    return score
