"""Tracing: candidates, their order, and the decision. How they are found is the business of services."""

from __future__ import annotations

from dataclasses import dataclass

from vtl_desktop.core.alignment import Alignment
from vtl_desktop.core.decision import BALANCED, OperatingPoint
from vtl_desktop.core.localization import Registration
from vtl_desktop.core.media import Box
from vtl_desktop.core.sound import SoundWitness

TRACED = "traced"
UNCERTAIN = "uncertain"
"""A candidate is near, and so may another take of its scene be: somebody has to look."""

NO_SOURCE = "no_source"

_ANOTHER_SPEED = 0.02
_HALF = 0.5

SMALL_PART = 0.25
"""Share of the suspect's picture below which a part of it is an inset: the video around it is what was asked for."""

_INSET_BEHIND = 0.15

CLIP_RATE = 4.0
"""Clips a second of video: a clip is centred on each sampled frame."""


def behind(part: Box | None) -> float:
    """What is added to a distance, as a share of the bits, when candidates are put in order: for small insets only.

    A reaction or a logo pasted into a corner may match its own source to the bit; the source of the rest comes first.
    """
    return _INSET_BEHIND if part is not None and part.width * part.height < SMALL_PART else 0.0


@dataclass(frozen=True, slots=True)
class Source:
    """An authentic video enrolled in a database.

    Attributes:
        id: a number given at enrolling, never used again for another source.
        path: where the file lay at enrolling (or was re-located to), absolute.
        sha256: of the file's bytes, 64 hexadecimal digits.
        size: bytes; duration: seconds; frame_rate: frames a second; width, height: pixels, upright; codec: e.g. "h264".
        enrolled_at: ISO 8601 with zone.
    """

    id: int
    path: str
    sha256: str
    size: int
    duration: float
    frame_rate: float
    width: int
    height: int
    codec: str
    enrolled_at: str

    @property
    def name(self) -> str:
        """The file's name without folders, whichever system wrote the path."""
        return self.path.replace("\\", "/").rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class ClipDistance:
    """For one clip of the suspect: the nearest clip of a candidate's source.

    Attributes:
        time: of the suspect's clip, seconds.
        distance: bits.
        source_time: of the source's nearest clip, seconds.
    """

    time: float
    distance: int
    source_time: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ranked source for a suspect.

    Attributes:
        rank: 1 for the best.
        source: which.
        distance: bits; mean over the better half of the suspect's clips of the distance to the source's nearest clip.
        margin: bits to the next candidate's distance (0 for the last; negative where motion and place outweigh it).
        mirrored: the suspect was nearer to the source left-right reversed.
        alignment: which moments of the suspect show which moments of the source.
        clips: one entry a clip of the suspect, in time order.
        best_suspect_time, best_source_time: the pair of moments that agree best, seconds.
        registration: of the best pair, or None where the source's picture was not at hand or nothing was tried.
        matched_share: share of the suspect's duration covered by the alignment, 0 to 1.
        agreement: how alike light and change run over time along the alignment that codes and motion tracks gave, -1 to
            1; 0 where nothing moves.
        movement: share of what moves in one that moves alike in the other, by registered pictures, 0 to 1; None where
            too little moves, or for candidates further down, which were not looked into.
        part: the part of the suspect's picture that was compared, where it is not the whole: what bars leave free, or
            an inset.
        likeness: how alike registered pictures of both deviate from what stands still, along the alignment and over all
            of the suspect, 0 to 1; None as for movement, 1 where nothing moves in either.
        sound: what the sound says of the alignment; of the leader only, None where it was not compared. It takes no
            part in the order or the decision.
        ambiguous: stretches of the suspect, (from, to) in seconds, that are aligned but in which other moments near by
            look the same: nothing moves there. Known where registered pictures were compared and confirm the moments;
            of suspects of more than 40 s, within windows.
    """

    rank: int
    source: Source
    distance: float
    margin: float
    mirrored: bool
    alignment: Alignment
    clips: tuple[ClipDistance, ...]
    best_suspect_time: float
    best_source_time: float
    registration: Registration | None = None
    matched_share: float = 0.0
    agreement: float = 0.0
    movement: float | None = None
    part: Box | None = None
    sound: SoundWitness | None = None
    ambiguous: tuple[tuple[float, float], ...] = ()
    likeness: float | None = None

    @property
    def ambiguous_share(self) -> float:
        """Share of what is aligned, 0 to 1, whose moment cannot be told from others near by."""
        covered = self.alignment.covered
        return min(sum(end - start for start, end in self.ambiguous) / covered, 1.0) if covered > 0 else 0.0

    @property
    def part_in_words(self) -> str:
        """Which part of the suspect's picture was compared; empty for the whole."""
        if self.part is None:
            return ""
        part = self.part
        return f"in a part of the picture ({part.x0:.0%} to {part.x1:.0%} across, {part.y0:.0%} to {part.y1:.0%} down)"

    @property
    def motion_in_words(self) -> str:
        """How far motion speaks for the alignment, a clause without capital and stop."""
        if self.movement is None:
            return f"light and change over time agree to {max(self.agreement, 0.0):.0%}"
        return f"{self.movement:.0%} of what moves in one moves alike in the other"

    @property
    def moment_confirmed(self) -> bool:
        """What moves, moves alike along the alignment; else moments and speed are a supposition to be checked."""
        return self.confirmed(BALANCED)

    def confirmed(self, point: OperatingPoint) -> bool:
        """The same at another operating point."""
        segments = self.alignment.segments
        if not segments:
            return False
        as_it_was = all(abs(segment.rate - 1) <= _ANOTHER_SPEED for segment in segments)
        fitted = not as_it_was or self.matched_share < _HALF
        if self.movement is None:
            return self.agreement >= (point.agrees_fitted if fitted else point.agrees)
        # Of what is aligned: the rest may be another source's.
        alike = 1.0 if self.likeness is None else self.likeness / max(self.matched_share, 1e-3)
        if fitted:
            return self.movement >= point.moves_fitted and alike >= point.alike_fitted
        if alike >= point.alike_fitted:
            # What hides some of the movement, such as a caption, leaves the rest as it was.
            return self.movement >= point.moves / 2
        return self.movement >= point.moves and alike >= point.alike


@dataclass(frozen=True, slots=True)
class TraceParameters:
    """Everything that a trace depends on besides the files; stored with each result.

    Attributes:
        point: the operating point of the decision, one of `core.decision.POINTS`.
    """

    top: int = 10
    mirror: bool = True
    parts: bool = True
    verify: bool = True
    device: str = "auto"
    sound: bool = True
    point: str = BALANCED.name


@dataclass(frozen=True, slots=True)
class TraceResult:
    """What tracing a suspect in a database gave.

    Attributes:
        suspect_path, suspect_sha256: the file examined.
        decision: `TRACED`, `UNCERTAIN` or `NO_SOURCE`.
        reason: the decision in one plain sentence.
        candidates: best first.
        bits: code length; weights_sha256: of the weights that made the codes.
        database_path, database_sources: where was searched, among how many sources.
        device: e.g. "CPU", "CUDA: NVIDIA H200".
        seconds: wall time.
        parameters: what was asked for.
        notes: plain sentences the analyst must know (fell back to the CPU, damaged frames, ...).
        rates: how often decisions like this one were right and wrong, in words; empty where nothing was measured.
    """

    suspect_path: str
    suspect_sha256: str
    decision: str
    reason: str
    candidates: tuple[Candidate, ...]
    bits: int
    weights_sha256: str
    database_path: str
    database_sources: int
    device: str
    seconds: float
    parameters: TraceParameters
    notes: tuple[str, ...] = ()
    rates: str = ""

    @property
    def traced(self) -> bool:
        return self.decision == TRACED

    @property
    def leader(self) -> Candidate | None:
        """The candidate that the decision is about: the source that was found, or the one to look at; else None."""
        return self.candidates[0] if self.candidates and self.decision != NO_SOURCE else None
