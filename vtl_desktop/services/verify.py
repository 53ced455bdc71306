"""Verifying candidates on pictures: is the best pair of moments really the same scene, and who leads then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from vtl_desktop.core.alignment import uncovered
from vtl_desktop.core.case import Exhibit
from vtl_desktop.core.errors import MediaError
from vtl_desktop.core.jobs import CancelToken, Progress
from vtl_desktop.core.localization import Registration
from vtl_desktop.core.timeline import frame_nearest
from vtl_desktop.core.tracing import Candidate, behind
from vtl_desktop.core.voting import video_distance
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.services.closer import CloserLook
from vtl_desktop.services.decide import ENOUGH_INLIERS, NEAR_ENOUGH
from vtl_desktop.services.sharpen import Sharpener
from vtl_desktop.vision.geometry import apply, outline, whole_picture

CERTAIN = 0.12
"""A leader nearer than this share of the bits, and this far ahead of the next, needs no pictures to be believed."""
AHEAD = 0.08

_LOOKED_AT = 5
_WITHIN = 0.1
"""Candidates looked at closer: so many at most, and no farther behind the leader than this in score. Each is decoded
again."""

_SURELY = 0.9
"""Likeness and movement from which no other candidate is looked at closer: of 163 suspects whose source was left out
the one nearest to another take reached .85 and .88."""

_OTHERS = 2

_SETTLED = 0.06
"""At or below this share of the bits, and confirmed by motion, a candidate needs no slower keypoints."""

_INLIERS_COUNTED = 120
_INLIERS_WORTH = 0.16
_AGREEMENT_WORTH = 0.10
_LIKENESS_WORTH = 0.15
_ANOTHER_SPEED = 0.03
_SAME = 0.01
"""An alignment at another speed is free to choose: it has to explain more."""

_MOVEMENT_WORTH = 0.15
_UNKNOWN_MOVEMENT = 0.3

_SHIFTS = (-0.15, 0.15, -0.4, 0.4)
"""Seconds by which the moment is moved to look for another place."""

_SHOWN = 0.003
"""Share of the source's longer side: a third of a pixel of the small pictures that are compared."""

_NEARLY_WHOLE = 0.03
"""Share of the source's longer side by which corners may lie off the whole picture's, for that to be tried."""


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
        checked = _ordered(checked, bits)
        near = _near(checked, bits)

        def looked_at(number: int, fraction: float) -> Candidate:
            cancel.check()
            candidate = checked[number]
            progress(fraction, f"Looking closer at {candidate.source.name}")
            if candidate.registration is None:
                candidate = _registered(suspect, candidate, thorough=False)
            if _place_in_doubt(candidate, bits):
                candidate = _registered(suspect, candidate, thorough=True)
            candidate = _sharpened(suspect, look.at(candidate, cancel=cancel), sharpener)
            candidate = replace(
                candidate, movement=sharpener.movement(candidate), likeness=sharpener.likeness(candidate)
            )
            # Of moments that are a supposition as a whole nothing more is told.
            known = candidate.moment_confirmed
            return replace(candidate, ambiguous=sharpener.ambiguous(candidate)) if known else candidate

        for count, number in enumerate(near):
            checked[number] = looked_at(number, 0.7 + 0.25 * count / len(near))
            if _beyond_doubt(checked[number]) and not behind(checked[number].part):
                near = near[: count + 1]
                break
        if near:
            leader = min((checked[number] for number in near), key=lambda c: _score(c, bits))
            checked += candidates[len(chosen) :]
            for number in _for_the_rest(leader, checked, near, exhibit.facts.duration, bits):
                checked[number] = looked_at(number, 0.95)
    return _ordered(checked[: len(chosen)], bits) + checked[len(chosen) :]


def _beyond_doubt(candidate: Candidate) -> bool:
    """All of the suspect moves as the source does, at its speed: another take never does, so no other is looked at."""
    if candidate.likeness is None or candidate.movement is None:
        return False
    return min(candidate.likeness, candidate.movement) >= _SURELY and candidate.moment_confirmed


def _for_the_rest(
    leader: Candidate, ordered: list[Candidate], seen: list[int], duration: float, bits: int
) -> list[int]:
    """Places of candidates that were not looked at and may be the source of what the leader leaves unexplained."""
    gaps = uncovered(leader.alignment.segments, duration)
    found: list[tuple[float, int]] = []
    for number, candidate in enumerate(ordered):
        if number in seen:
            continue
        # Over all of the suspect it may be far: it explains a part only.
        there = [clip.distance for clip in candidate.clips if any(start <= clip.time < end for start, end in gaps)]
        if there and (distance := video_distance(np.array(there))) <= CERTAIN * bits:
            found.append((distance, number))
    return [number for _, number in sorted(found)[:_OTHERS]]


def _ordered(candidates: list[Candidate], bits: int) -> list[Candidate]:
    """Best first; a small inset behind all others where keypoints confirm one for the picture around it."""
    around = any(_confirmed(candidate, bits) and not behind(candidate.part) for candidate in candidates)
    return sorted(candidates, key=lambda c: (around and behind(c.part) > 0, _score(c, bits)))


def _confirmed(candidate: Candidate, bits: int) -> bool:
    registration = candidate.registration
    placed = registration is not None and registration.inliers >= ENOUGH_INLIERS
    moves = candidate.movement is None or candidate.moment_confirmed
    return placed and moves and candidate.distance <= NEAR_ENOUGH * bits


def _near(ordered: list[Candidate], bits: int) -> list[int]:
    """Places of the candidates to be looked at closer: the few best, and the best small inset."""
    insets = [number for number, candidate in enumerate(ordered) if behind(candidate.part)]
    others = [number for number in range(len(ordered)) if number not in insets]
    near = [n for n in others if _score(ordered[n], bits) <= _score(ordered[others[0]], bits) + _WITHIN]
    return sorted(near[:_LOOKED_AT] + insets[:1])


def _sharpened(suspect: VideoFile, candidate: Candidate, sharpener: Sharpener) -> Candidate:
    """The candidate with a better alignment and place, if there are any; twice, as each was taken from the other."""
    found = sharpener.sharpened(candidate)
    if found is not candidate:
        placed = _registered(suspect, found, thorough=False)
        if placed.registration is not None and placed.registration.trusted and _elsewhere(suspect, found, placed):
            found = sharpener.sharpened(placed)
    return sharpener.placed(found, lambda candidate: _places(suspect, candidate))


def _elsewhere(suspect: VideoFile, first: Candidate, second: Candidate) -> bool:
    """Whether two registrations of one candidate differ by more than small pictures show."""
    if first.registration is None or second.registration is None:
        return True
    corners = outline((suspect.facts.width, suspect.facts.height))
    away = np.abs(apply(first.registration.array, corners) - apply(second.registration.array, corners)).max()
    return bool(away > _SHOWN * max(first.source.width, first.source.height))


def _places(suspect: VideoFile, candidate: Candidate) -> Iterator[Registration]:
    """Other places: the whole picture, where that is near; and those of the same frame in moments before and after."""
    found, source = candidate.registration, candidate.source
    if found is None:
        return
    sizes = (suspect.facts.width, suspect.facts.height), (source.width, source.height)
    whole = whole_picture(*sizes, mirrored=candidate.mirrored)
    off = np.abs(apply(whole, outline(sizes[0])) - apply(found.array, outline(sizes[0]))).max()
    if 0 < off <= _NEARLY_WHOLE * max(sizes[1]):
        yield replace(found, matrix=tuple(float(value) for value in whole.ravel()), mirrored=candidate.mirrored)
    if off <= _NEARLY_WHOLE * max(sizes[1]):
        return
    for shift in _SHIFTS:
        moment = candidate.best_source_time + shift
        if 0 <= moment < source.duration:
            other = _registered(suspect, replace(candidate, best_source_time=moment), thorough=False).registration
            if other is not None and other.trusted:
                yield other


def _place_in_doubt(candidate: Candidate, bits: int) -> bool:
    """Whether slower keypoints are worth their time: no place was found, and codes and motion do not settle it."""
    if candidate.registration is None or candidate.registration.trusted:
        return False
    return candidate.distance > _SETTLED * bits or not candidate.moment_confirmed


def _certain(candidates: list[Candidate], bits: int) -> bool:
    first = candidates[0]
    if first.distance > CERTAIN * bits or behind(first.part):
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
    score = candidate.distance / bits + behind(candidate.part)
    if candidate.likeness is None:
        score -= _AGREEMENT_WORTH * max(candidate.agreement, 0.0)
    else:
        score -= _LIKENESS_WORTH * candidate.likeness
        score += _ANOTHER_SPEED * any(abs(segment.rate - 1.0) > _SAME for segment in candidate.alignment.segments)
    score -= _MOVEMENT_WORTH * (_UNKNOWN_MOVEMENT if candidate.movement is None else candidate.movement)
    registration = candidate.registration
    if registration is not None and registration.trusted:
        score -= _INLIERS_WORTH * min(registration.inliers, _INLIERS_COUNTED) / _INLIERS_COUNTED
    return score
