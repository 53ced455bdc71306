"""Operating points: what has to speak for a source before it is called found. The user chooses one in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from vtl_desktop.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """How much is asked for.

    Attributes:
        name: as stored and as an option of the command line.
        label: as shown; means: one plain sentence.
        sure: share of the bits at or below which codes alone are believed, whatever moves.
        moves: share of what moves that has to move alike, where the alignment had no choice; fitted: where it had: at
            another speed, or for less than half of the suspect.
        alike: likeness of what is aligned that has to be there as well, where it is known; fitted as before.
        agrees: agreement of light and change, where too little moves to say more; fitted as before.
    """

    name: str
    label: str
    means: str
    sure: float
    moves: float
    moves_fitted: float
    alike: float
    alike_fitted: float
    agrees: float
    agrees_fitted: float


_NEVER = 1.1

CAREFUL = OperatingPoint(
    "careful",
    "Only when it cannot be another take",
    "Fewest false alarms; what was forged in much of what moves is left to be looked at.",
    sure=0.0,
    moves=0.9,
    moves_fitted=0.95,
    alike=0.9,
    alike_fitted=0.95,
    agrees=0.95,
    agrees_fitted=_NEVER,
)
BALANCED = OperatingPoint(
    "balanced",
    "When codes and motion agree (recommended)",
    "What looks the same but moves otherwise is left to be looked at.",
    sure=0.02,
    moves=0.45,
    moves_fitted=0.8,
    alike=0.35,
    alike_fitted=0.93,
    agrees=0.7,
    agrees_fitted=0.95,
)
EVERY_LEAD = OperatingPoint(
    "every-lead",
    "As soon as a source is near (every lead)",
    "No source is missed for want of motion; other takes of its scene are called found as well.",
    sure=1.0,
    moves=0.0,
    moves_fitted=0.0,
    alike=0.0,
    alike_fitted=0.0,
    agrees=-1.0,
    agrees_fitted=-1.0,
)

POINTS = {point.name: point for point in (CAREFUL, BALANCED, EVERY_LEAD)}


def point_named(name: str) -> OperatingPoint:
    """An operating point by its name.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in POINTS:
        raise UsageError(f"There is no operating point {name!r}.", f"Choose one of: {', '.join(POINTS)}.")
    return POINTS[name]
