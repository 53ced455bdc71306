"""The decision: was the suspect traced, or is its source not in this database."""

from __future__ import annotations

from collections.abc import Sequence

from vtl_desktop.core.tracing import NO_SOURCE, TRACED, Candidate

NEAR = 0.20
"""Below this share of the bits the codes alone say that it is the source."""

NEAR_ENOUGH = 0.32
"""Below this share of the bits keypoints that agree on one place confirm it."""

ENOUGH_INLIERS = 25
"""Keypoint pairs that agree: wrong pairs of frames never gave more than 12."""


def decide(candidates: Sequence[Candidate], *, bits: int, sources: int) -> tuple[str, str]:
    """`TRACED` or `NO_SOURCE`, and why, in one sentence.

    Args:
        candidates: best first.
        bits: code length.
        sources: how many the database holds.
    """
    if not candidates:
        return NO_SOURCE, "The database holds no source to compare with."
    first = candidates[0]
    inliers = first.registration.inliers if first.registration is not None else 0
    near = f"{first.distance:.0f} of {bits} bits from {first.source.name}"
    if first.distance <= NEAR * bits:
        return TRACED, f"Traced: {near}."
    if first.distance <= NEAR_ENOUGH * bits and inliers >= ENOUGH_INLIERS:
        return TRACED, f"Traced: {near}, confirmed by {inliers} keypoints that agree on one place."
    return NO_SOURCE, (
        f"No source in this database of {sources}: the nearest is {near}, too far to be told from a look-alike."
    )
