"""Tracing by two levels, as FPVT does: which source by its scene, which frames of it by motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vtl_desktop.core.motion_matching import MotionMatch
from vtl_desktop.core.tracing import NO_SOURCE, TRACED, Source

AMBIGUOUS = "ambiguous"
"""Something is near, but motion cannot tell which source, or which moment of it."""

CLEAR = 0.15
"""How far a motion peak has to be above its runner-up in the same source for its moment to be believed."""

AGREES = 0.7
"""Agreement of motion from which a source is believed on it alone."""

AHEAD = 0.15
"""How far the first candidate's score has to be above the second's."""

SCENE_NEAR = 0.25
"""Share of the bits: a scene farther away is another one, as codes of unrelated pictures mostly are."""

SCENE_WORTH = 2.0
"""What the scene's distance, as a share of the bits, takes from the motion peak when candidates are put in order: from
1.5 to 5 the same sources came first, below that worse ones (docs/levels.md)."""


@dataclass(frozen=True, slots=True)
class LevelCandidate:
    """A source, and what both levels say of it.

    Attributes:
        source: which.
        scene_rank: 1 for the nearest scene; scene_distance: bits, mean over the better half of the suspect's pictures.
        mirrored: the suspect was taken left-right reversed.
        motion: where its motion agrees best; None where too little moves, or nothing is known of the source's motion.
        start_frame: number of the source's frame that the suspect begins with; None without motion.
    """

    source: Source
    scene_rank: int
    scene_distance: float
    mirrored: bool
    motion: MotionMatch | None = None
    start_frame: int | None = None

    @property
    def exact(self) -> bool:
        """The moment stands out in the source; else another one moves nearly as much alike."""
        return self.motion is not None and self.motion.confidence >= CLEAR and self.motion.peak > 0

    def score(self, bits: int) -> float:
        """Higher is better: the motion peak less the scene's distance."""
        peak = self.motion.peak if self.motion is not None else 0.0
        return peak - SCENE_WORTH * self.scene_distance / bits


@dataclass(frozen=True, slots=True)
class LevelsResult:
    """What tracing by two levels gave.

    Attributes:
        suspect_path, suspect_sha256: the file examined.
        decision: `TRACED`, `AMBIGUOUS` or `NO_SOURCE`; reason: the decision in one plain sentence.
        candidates: best first.
        bits: code length; weights_sha256: of the weights that made the codes of scenes.
        database_path, database_sources: where was searched, among how many sources.
        seconds: wall time.
        notes: plain sentences the analyst must know.
    """

    suspect_path: str
    suspect_sha256: str
    decision: str
    reason: str
    candidates: tuple[LevelCandidate, ...]
    bits: int
    weights_sha256: str
    database_path: str
    database_sources: int
    seconds: float
    notes: tuple[str, ...] = ()


def ordered(candidates: Sequence[LevelCandidate], bits: int) -> list[LevelCandidate]:
    """Best first: by motion and scene together; by scene alone where nothing moves in the suspect."""
    return sorted(candidates, key=lambda one: (-one.score(bits), one.scene_rank))


def decided(candidates: Sequence[LevelCandidate], bits: int) -> tuple[str, str]:
    """The decision on ordered candidates, and the reason in one plain sentence."""
    if not candidates:
        return NO_SOURCE, "The database holds no source."
    first = candidates[0]
    name, near = first.source.name, first.scene_distance <= SCENE_NEAR * bits
    if first.motion is None:
        if near:
            return AMBIGUOUS, f"The scene is like that of {name}, but too little moves to say which moment it is."
        return NO_SOURCE, "No source shows a scene like this, and too little moves to find one by motion."
    agrees = first.motion.peak >= AGREES
    if not near and not agrees:
        return NO_SOURCE, "No source shows a scene like this, and none moves like it."
    ahead = len(candidates) == 1 or first.score(bits) - candidates[1].score(bits) >= AHEAD
    if not first.exact:
        return AMBIGUOUS, f"{name} comes nearest, but moves nearly as much alike at other moments."
    if not agrees:
        return AMBIGUOUS, f"{name} comes nearest, but what moves in it agrees only to {first.motion.peak:.0%}."
    if not ahead:
        return AMBIGUOUS, f"{name} and {candidates[1].source.name} agree nearly as well."
    return TRACED, (
        f"Scene and motion agree with {name} from {first.motion.start:.3f} s on (frame {first.start_frame}); "
        f"motion to {first.motion.peak:.0%}, at other moments to {max(first.motion.runner_up, 0.0):.0%} at most."
    )
