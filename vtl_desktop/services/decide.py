"""The decision: was the suspect traced, does somebody have to look, or is its source not in this database."""

from __future__ import annotations

from collections.abc import Sequence

from vtl_desktop.core.decision import BALANCED, OperatingPoint
from vtl_desktop.core.tracing import NO_SOURCE, TRACED, UNCERTAIN, Candidate

NEAR = 0.12
"""At or below this share of the bits the codes alone say that it is the source: the leader of the nearest of 133
strangers among 437 sources was at 0.147 (`bench_real.py --strangers`)."""

NEAR_ENOUGH = 0.35
"""At or below this share of the bits keypoints that agree on one place confirm it; none of the 133 strangers was."""

_UNMOVED = "another take of the same scene can be as near. Compare before you conclude."

ALIKE = 0.04
"""A second candidate that would be traced too and is farther by no more than this share of the bits may as well be the
source: another take of the same camera often is that near."""

_AGREES = 0.2

_OWN_SPEED, _HALF = 0.02, 0.5

ENOUGH_INLIERS = 25
"""Keypoint pairs that agree: wrong pairs of frames never gave more than 12."""


def decide(
    candidates: Sequence[Candidate], *, bits: int, sources: int, point: OperatingPoint = BALANCED
) -> tuple[str, str]:
    """`TRACED`, `UNCERTAIN` or `NO_SOURCE`, and why, in one or two sentences.

    Args:
        candidates: best first.
        bits: code length.
        sources: how many the database holds.
        point: how much has to speak for a source before it is called found.
    """
    if not candidates:
        return NO_SOURCE, "The database holds no source to compare with."
    first = candidates[0]
    near = f"{first.distance:.0f} of {bits} bits from {first.source.name}"
    near += f", found {first.part_in_words}" if first.part is not None else ""
    if _near_enough(first, bits):
        confirmed = f", confirmed by {_inliers(first)} keypoints that agree on one place"
        also = next((c for c in candidates[1:] if _as_good(c, first, bits)), None)
        doubt = f" {also.source.name} is as near: compare both." if also is not None else ""
        found = f"{near}{'' if first.distance <= NEAR * bits else confirmed}"
        against = _against(first, point)
        # Other takes of a scene, where the source is not enrolled, are near as a rule (docs/accuracy.md).
        if against and first.distance > point.sure * bits and len(first.clips) > 1:
            return UNCERTAIN, f"Uncertain: {found}, but {against}: {_UNMOVED}{doubt}"
        if first.movement is not None and first.confirmed(point):
            found += f", and {first.motion_in_words}"
        return TRACED, f"Traced: {found}.{doubt}"
    if first.distance <= NEAR_ENOUGH * bits and first.registration is None:
        return NO_SOURCE, (
            f"Not decided for a source: the nearest is {near}, and its file is not at hand to confirm it by pictures."
        )
    return NO_SOURCE, (
        f"No source in this database of {sources}: the nearest is {near}, too far to be told from a look-alike."
    )


def _against(candidate: Candidate, point: OperatingPoint) -> str:
    """What speaks against a candidate whose codes are near; empty where nothing does."""
    if not candidate.alignment.segments:
        return "no moments of the two could be aligned"
    if not candidate.confirmed(point) and not _told_by_all_frames(candidate, point):
        return f"only {candidate.motion_in_words}"
    if candidate.movement is None and candidate.registration is not None and not candidate.registration.trusted:
        return "no keypoints agree on one place in both pictures"
    return ""


def _told_by_all_frames(candidate: Candidate, point: OperatingPoint) -> bool:
    """Whether too little moves to be compared place by place, and yet all frames deviate alike at the source's own
    speed, clearly more so than frames beside them: small figures at the end of a corridor.
    """
    if candidate.movement is not None or candidate.likeness is None or candidate.matched_share < _HALF:
        return False
    own_speed = all(abs(segment.rate - 1) <= _OWN_SPEED for segment in candidate.alignment.segments)
    alike = candidate.likeness / candidate.matched_share
    return own_speed and alike >= point.alike_fitted and candidate.ambiguous_share < _HALF


def _inliers(candidate: Candidate) -> int:
    return candidate.registration.inliers if candidate.registration is not None else 0


def _near_enough(candidate: Candidate, bits: int) -> bool:
    confirmed = candidate.distance <= NEAR_ENOUGH * bits and _inliers(candidate) >= ENOUGH_INLIERS
    return candidate.distance <= NEAR * bits or confirmed


def _as_good(candidate: Candidate, first: Candidate, bits: int) -> bool:
    """Whether neither codes nor motion tell it from the leader."""
    nearly = candidate.distance - first.distance <= ALIKE * bits and candidate.agreement >= first.agreement - _AGREES
    return nearly and _near_enough(candidate, bits)
