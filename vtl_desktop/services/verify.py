"""Verifying candidates on pictures: is the best pair of moments really the same scene, and who leads then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from vtl_desktop.core.case import Exhibit
from vtl_desktop.core.errors import MediaError
from vtl_desktop.core.jobs import CancelToken, Progress
from vtl_desktop.core.timeline import frame_nearest
from vtl_desktop.core.tracing import Candidate, behind
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.services.closer import CloserLook
from vtl_desktop.services.sharpen import Sharpener

CERTAIN = 0.12
"""A leader nearer than this share of the bits, and this far ahead of the next, needs no pictures to be believed."""
AHEAD = 0.08

_LOOKED_AT = 5
_WITHIN = 0.1
"""Candidates looked at closer: so many at most, and no farther behind the leader than this in score. Each is decoded
again."""

_SETTLED = 0.06
"""At or below this share of the bits, and confirmed by motion, a candidate needs no slower keypoints."""

_INLIERS_COUNTED = 120
_INLIERS_WORTH = 0.16
_AGREEMENT_WORTH = 0.10
_MOVEMENT_WORTH = 0.15
_UNKNOWN_MOVEMENT = 0.3

_EXACT = 0.95
"""Agreement of motion from which its moments are to the frame, as a rule: no second look is taken."""

_NEVER_DOUBTED = 0.02
"""At or below this share of the bits, confirmed by motion and with no other near, a leader is believed as it is."""


def verify(
    exhibit: Exhibit,
    candidates: list[Candidate],
    look: CloserLook,
    *,
    bits: int,
    progress: Progress,
    cancel: CancelToken,
) -> list[Candidate]:
    """Registers the best pair of moments of each candidate and orders the candidates anew.

    Code distance, agreement of motion, and keypoints that agree on one place each count. The leader is always
    registered, the others only where the codes leave a doubt; a candidate whose file is not at hand keeps what codes
    and motion say. The best few are looked at closer where only parts of the pictures show the same, aligned once more
    on their registered pictures, and what moves in these is compared.

    Args:
        exhibit: the suspect.
        candidates: nearest first.
        look: for a closer look.
        bits: code length.

    Returns:
        All candidates, best first.
    """
    if not candidates:
        return candidates
    doubtful = not _certain(candidates, bits)
    chosen = candidates if doubtful else candidates[:1]
    checked: list[Candidate] = []
    sharpener = Sharpener(Path(exhibit.path), exhibit.facts, cancel)
    with VideoFile(Path(exhibit.path)) as suspect:
        for number, candidate in enumerate(chosen):
            cancel.check()
            progress(0.7 * number / len(chosen), f"Comparing pictures with {candidate.source.name}")
            checked.append(_registered(suspect, candidate, thorough=False))
        checked.sort(key=lambda c: _score(c, bits))
        worst = _score(checked[0], bits) + _WITHIN
        near = [candidate for candidate in checked[:_LOOKED_AT] if _score(candidate, bits) <= worst]
        for number, candidate in enumerate(near):
            cancel.check()
            progress(0.7 + 0.3 * number / len(near), f"Looking closer at {candidate.source.name}")
            if _place_in_doubt(candidate, bits):
                candidate = _registered(suspect, candidate, thorough=True)
            looked = look.at(candidate, cancel=cancel)
            alone = len(near) == 1
            exact = alone and looked.agreement >= _EXACT and bool(looked.alignment.segments)
            candidate = looked if exact else _sharpened(suspect, looked, sharpener)
            sure = alone and candidate.distance <= _NEVER_DOUBTED * bits and candidate.moment_confirmed
            if not sure or candidate is not looked:
                candidate = replace(candidate, movement=sharpener.movement(candidate))
            checked[number] = candidate
    return sorted(checked, key=lambda c: _score(c, bits)) + candidates[len(chosen) :]


def _sharpened(suspect: VideoFile, candidate: Candidate, sharpener: Sharpener) -> Candidate:
    """The candidate with a better alignment, if there is one; twice, as the place was taken from the old one."""
    found = sharpener.sharpened(candidate)
    if found is candidate:
        return candidate
    placed = _registered(suspect, found, thorough=False)
    if placed.registration is None or not placed.registration.trusted:
        return found
    return sharpener.sharpened(placed)


def _place_in_doubt(candidate: Candidate, bits: int) -> bool:
    """Whether slower keypoints are worth their time: no place was found, and codes and motion do not settle it."""
    if candidate.registration is None or candidate.registration.trusted:
        return False
    return candidate.distance > _SETTLED * bits or not candidate.moment_confirmed


def _certain(candidates: list[Candidate], bits: int) -> bool:
    first = candidates[0]
    if first.distance > CERTAIN * bits:
        return False
    return len(candidates) == 1 or candidates[1].distance - first.distance > AHEAD * bits


def _registered(suspect: VideoFile, candidate: Candidate, *, thorough: bool) -> Candidate:
    from vtl_desktop.vision.registration import of_whole, register

    shown = suspect.frame_at(candidate.best_suspect_time).picture
    try:
        with VideoFile(Path(candidate.source.path)) as source:
            # The frame before would do for a scene that stands still; where the camera pans, it is in another place.
            picture = source.frame(frame_nearest(source.times, candidate.best_source_time)).picture
    except MediaError:
        # The source's file moved or is on a disk that is not there: its entry in the database still counts.
        return candidate
    cut = candidate.part.cut(shown) if candidate.part else shown
    found = register(cut, picture, mirrored=candidate.mirrored, polish=False, thorough=thorough)
    return replace(candidate, registration=of_whole(found, candidate.part, shown, picture) if candidate.part else found)


def _score(candidate: Candidate, bits: int) -> float:
    """Lower is better; in shares of the bits."""
    score = candidate.distance / bits + behind(candidate.part) - _AGREEMENT_WORTH * max(candidate.agreement, 0.0)
    score -= _MOVEMENT_WORTH * (_UNKNOWN_MOVEMENT if candidate.movement is None else candidate.movement)
    registration = candidate.registration
    if registration is not None and registration.trusted:
        score -= _INLIERS_WORTH * min(registration.inliers, _INLIERS_COUNTED) / _INLIERS_COUNTED
    return score
