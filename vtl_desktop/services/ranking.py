"""In which order candidates stand, given what is known of each, and which of them are worth a closer look."""

from __future__ import annotations

import numpy as np

from vtl_desktop.core.alignment import uncovered
from vtl_desktop.core.tracing import Candidate, behind
from vtl_desktop.core.voting import video_distance
from vtl_desktop.services.decide import ENOUGH_INLIERS, NEAR_ENOUGH

CERTAIN = 0.12
"""A leader nearer than this share of the bits, and this far ahead of the next, needs no pictures to be believed."""
AHEAD = 0.08

_LOOKED_AT = 5
_WITHIN = 0.1
"""Candidates looked at closer: so many at most, and no farther behind the leader than this in score. Each is decoded
again."""

_SURELY = 0.9
"""Likeness and movement from which no other candidate is looked at: of 163 suspects whose source was left out the one
nearest to another take reached .85 and .88."""

_OTHERS = 2

_SETTLED = 0.06
"""At or below this share of the bits, and confirmed by motion, a candidate needs no slower keypoints."""

_SLOWER_UP_TO = 0.3
"""Share of the bits beyond which slower keypoints are not tried: of 620 true sources the farthest was at .283, and the
farthest of the three that only slower keypoints placed at .018."""

_INLIERS_COUNTED = 120
_INLIERS_WORTH = 0.16
_AGREEMENT_WORTH = 0.10
_LIKENESS_WORTH = 0.15
_ANOTHER_SPEED = 0.03
_SAME = 0.01
"""An alignment at another speed is free to choose: it has to explain more."""

_MOVEMENT_WORTH = 0.15
_UNKNOWN_MOVEMENT = 0.3

_NEARER = 0.05
"""Share of the bits by which a closer look may bring a candidate nearer than its codes are."""


def score(candidate: Candidate, bits: int) -> float:
    """Lower is better; in shares of the bits."""
    found = candidate.distance / bits + behind(candidate.part)
    if candidate.likeness is None:
        found -= _AGREEMENT_WORTH * max(candidate.agreement, 0.0)
    else:
        found -= _LIKENESS_WORTH * candidate.likeness
        found += _ANOTHER_SPEED * any(abs(segment.rate - 1.0) > _SAME for segment in candidate.alignment.segments)
    found -= _MOVEMENT_WORTH * (_UNKNOWN_MOVEMENT if candidate.movement is None else candidate.movement)
    registration = candidate.registration
    if registration is not None and registration.trusted:
        found -= _INLIERS_WORTH * min(registration.inliers, _INLIERS_COUNTED) / _INLIERS_COUNTED
    return found


def at_best(candidate: Candidate, bits: int) -> float:
    """The score that a candidate would have if pictures, once looked at, said all they can for it."""
    worth = _LIKENESS_WORTH + _MOVEMENT_WORTH + _INLIERS_WORTH
    return candidate.distance / bits + behind(candidate.part) - _NEARER - worth


def ordered(candidates: list[Candidate], bits: int) -> list[Candidate]:
    """Best first; a small inset behind all others where keypoints confirm one for the picture around it."""
    around = any(_confirmed(candidate, bits) and not behind(candidate.part) for candidate in candidates)
    return sorted(candidates, key=lambda c: (around and behind(c.part) > 0, score(c, bits)))


def near(ordered: list[Candidate], bits: int) -> list[int]:
    """Places of the candidates to be looked at closer: the few best, and the best small inset."""
    insets = [number for number, candidate in enumerate(ordered) if behind(candidate.part)]
    others = [number for number in range(len(ordered)) if number not in insets]
    close = [n for n in others if score(ordered[n], bits) <= score(ordered[others[0]], bits) + _WITHIN]
    return sorted(close[:_LOOKED_AT] + insets[:1])


def within_reach(candidate: Candidate, bits: int) -> bool:
    """Whether pictures could confirm it; farther ones are not decided for whatever they show."""
    return candidate.distance <= NEAR_ENOUGH * bits


def certain(candidates: list[Candidate], bits: int) -> bool:
    """Whether the nearest needs no pictures of others to be believed.

    Args:
        candidates: nearest first.
    """
    first = candidates[0]
    if first.distance > CERTAIN * bits or behind(first.part):
        return False
    return len(candidates) == 1 or candidates[1].distance - first.distance > AHEAD * bits


def beyond_doubt(candidate: Candidate) -> bool:
    """All of the suspect moves as the source does, at its speed: another take never does, so no other is looked at."""
    if candidate.likeness is None or candidate.movement is None or behind(candidate.part):
        return False
    return min(candidate.likeness, candidate.movement) >= _SURELY and candidate.moment_confirmed


def place_in_doubt(candidate: Candidate, bits: int) -> bool:
    """Whether slower keypoints are worth their time: no place was found, and codes and motion do not settle it."""
    if candidate.registration is None or candidate.registration.trusted or candidate.distance > _SLOWER_UP_TO * bits:
        return False
    return candidate.distance > _SETTLED * bits or not candidate.moment_confirmed


def for_the_rest(leader: Candidate, others: list[Candidate], duration: float, bits: int) -> list[Candidate]:
    """Those that were not looked at and may be the source of what the leader leaves unexplained, the nearest first."""
    gaps = uncovered(leader.alignment.segments, duration)
    found: list[tuple[float, int]] = []
    for number, candidate in enumerate(others):
        # Over all of the suspect it may be far: it explains a part only.
        there = [clip.distance for clip in candidate.clips if any(start <= clip.time < end for start, end in gaps)]
        if there and (distance := video_distance(np.array(there))) <= CERTAIN * bits:
            found.append((distance, number))
    return [others[number] for _, number in sorted(found)[:_OTHERS]]


def _confirmed(candidate: Candidate, bits: int) -> bool:
    registration = candidate.registration
    placed = registration is not None and registration.inliers >= ENOUGH_INLIERS
    moves = candidate.movement is None or candidate.moment_confirmed
    return placed and moves and candidate.distance <= NEAR_ENOUGH * bits
