"""What the sound says of an alignment that was found from pictures: a second witness, which decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

AGREES = "agrees"
ELSEWHERE = "elsewhere"
DIFFERS = "differs"
UNCLEAR = "cannot tell"
SILENT = "too little sound"
"""What a stretch, and the sound as a whole, can be said to do."""

PARTLY = "partly agrees"
NO_SUSPECT_SOUND = "suspect has no sound"
NO_SOURCE_SOUND = "source has no sound"
UNREADABLE = "could not be read"
"""What only the sound as a whole can be."""

_SHOWN = 4


@dataclass(frozen=True, slots=True)
class SoundStretch:
    """A stretch of the suspect in which the sound does the same.

    Attributes:
        start, end: of the suspect, seconds; true to about half a second where the state changes.
        state: `AGREES`, `ELSEWHERE`, `DIFFERS`, `UNCLEAR` or `SILENT`.
        offset: source time by sound less source time by picture, seconds, in the stretch's middle; None where no
            place was found for the sound.
    """

    start: float
    end: float
    state: str
    offset: float | None = None

    @property
    def in_words(self) -> str:
        """For instance "0:02.0 to 0:05.5: not the source's"."""
        told = {
            AGREES: "agrees",
            ELSEWHERE: f"from another place in the source ({_by(self.offset)})",
            DIFFERS: "not the source's",
            UNCLEAR: "cannot tell",
            SILENT: "silent, or too little sound",
        }[self.state]
        return f"{_clock(self.start)} to {_clock(self.end)}: {told}"


@dataclass(frozen=True, slots=True)
class SoundWitness:
    """What comparing the sound of suspect and source gave.

    Attributes:
        outcome: one of the constants above.
        offset: source time by sound less source time by picture, seconds, positive where the sound comes from later
            in the source than the picture; over the stretches that agree, or of the longest from elsewhere; None
            where no place was found.
        confidence: how far the place stands out from all others in the source, 0 to 1: 1 less the ratio of the
            second-best correlation to the best; 0 where no place was found.
        stretches: along the alignment, in the suspect's order; empty where nothing was compared.
        pitch_changed: the sound was played at another speed without keeping its pitch, as the alignment's rate has it.
        reason: for `UNREADABLE`, which file and why; for `UNCLEAR`, why, where that is known.
    """

    outcome: str
    offset: float | None = None
    confidence: float = 0.0
    stretches: tuple[SoundStretch, ...] = ()
    pitch_changed: bool = False
    reason: str = ""

    @property
    def in_words(self) -> str:
        """One plain sentence, without the word for which candidate it is."""
        return _SENTENCES[self.outcome](self) + self._pitch()

    @property
    def compared(self) -> bool:
        """Whether there was sound on both sides to be compared."""
        return bool(self.stretches)

    def seconds(self, state: str) -> float:
        """Of the suspect, in one state."""
        return sum(stretch.end - stretch.start for stretch in self.stretches if stretch.state == state)

    def _pitch(self) -> str:
        return " It was sped up or slowed down with its pitch changed." if self.pitch_changed else ""


def _agrees(witness: SoundWitness) -> str:
    away = abs(witness.offset or 0.0) * 1000
    unclear = [stretch.in_words for stretch in witness.stretches if stretch.state == UNCLEAR]
    more = f" ({'; '.join(unclear[:_SHOWN])})" if unclear else ""
    return f"Sound agrees: same place in the source, to within {max(away, 1.0):.0f} ms{more}."


def _elsewhere(witness: SoundWitness) -> str:
    return f"Sound comes from another place in the source ({_by(witness.offset)} against the picture)."


def _partly(witness: SoundWitness) -> str:
    others = [stretch for stretch in witness.stretches if stretch.state in (ELSEWHERE, DIFFERS, UNCLEAR)]
    told = "; ".join(stretch.in_words for stretch in others[:_SHOWN])
    more = f"; and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
    agreed, heard = witness.seconds(AGREES), sum(stretch.end - stretch.start for stretch in witness.stretches)
    head = f"Sound agrees for {agreed:.1f} of {heard:.1f} s" if agreed else "Sound does not agree"
    return f"{head}; {told}{more}."


def _unclear(witness: SoundWitness) -> str:
    return f"Whether the sound is the source's cannot be told{f' ({witness.reason})' if witness.reason else ''}."


_SENTENCES = {
    AGREES: _agrees,
    ELSEWHERE: _elsewhere,
    PARTLY: _partly,
    DIFFERS: lambda _: "Sound is not the source's (re-dubbed, replaced or missing there).",
    UNCLEAR: _unclear,
    SILENT: lambda _: "Silent, or too little sound to tell.",
    NO_SUSPECT_SOUND: lambda _: "The suspect has no sound.",
    NO_SOURCE_SOUND: lambda _: "The source has no sound.",
    UNREADABLE: lambda witness: f"The sound could not be read. {witness.reason}",
}


def _by(offset: float | None) -> str:
    return "offset unknown" if offset is None else f"offset by {offset:+.2f} s"


def _clock(seconds: float) -> str:
    tenths = round(max(seconds, 0.0) * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"
