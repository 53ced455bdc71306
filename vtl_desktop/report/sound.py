"""What the report says of sound: how it was compared, what came of it, and how far that reaches."""

from __future__ import annotations

from vtl_desktop.core.media import MediaFacts
from vtl_desktop.core.sound import AGREES, DIFFERS, ELSEWHERE, SILENT, UNCLEAR
from vtl_desktop.core.sound_look import AGREES_WITHIN
from vtl_desktop.core.sound_outcome import CELL
from vtl_desktop.core.tracing import Candidate, TraceResult
from vtl_desktop.report.values import Column, Table
from vtl_desktop.report.wording import clock

NOT_EXAMINED = "The sound was not examined."

_STATES = {
    AGREES: "agrees",
    ELSEWHERE: "from another place in the source",
    DIFFERS: "not the source's",
    UNCLEAR: "cannot be told",
    SILENT: "silent, or too little sound",
}

_STRETCHES = (
    Column("Exhibit from", 1.2),
    Column("Exhibit to", 1.2),
    Column("Sound", 2.6),
    Column("Sound less picture (s)", 1.6, right=True),
)


def sound_line(trace: TraceResult) -> str:
    """What the sound says of the leader, for the result of the search; "" where it was not compared."""
    leader = trace.leader
    if leader is None or leader.sound is None:
        return ""
    return f"Sound, compared with candidate 1: {leader.sound.in_words} It took no part in ranking or decision."


def sound_method(trace: TraceResult) -> list[str]:
    """How sound was compared, where it was."""
    leader = trace.leader
    if leader is None or leader.sound is None or not leader.sound.compared:
        return []
    return [
        (
            "Sound. Where the exhibit and the source of candidate 1 both have sound, its loudness in 24 bands, 100 "
            "times a second, was correlated along the alignment, over 2 s around each half second of the exhibit. "
            f"Sound agrees where it is alike within {AGREES_WITHIN:g} s of the place that the pictures gave; what does "
            "not was looked for in all of the source, or, in sources of more than ten minutes, within five minutes of "
            "the aligned stretches."
        )
    ]


def sound_stretches(candidate: Candidate) -> list[Table]:
    """Which stretches of the exhibit agree by their sound and which do not; nothing where sound was not compared."""
    sound = candidate.sound
    if sound is None or not sound.compared:
        return []
    rows = tuple(
        (
            clock(stretch.start),
            clock(stretch.end),
            _STATES[stretch.state],
            "–" if stretch.offset is None else f"{stretch.offset:+.3f}",
        )
        for stretch in sound.stretches
    )
    return [
        Table(
            f"Sound beside candidate {candidate.rank}, {candidate.source.name}",
            _STRETCHES,
            rows,
            "Times in h:m:s from the first frame of the exhibit; borders are true to about "
            f"{CELL:g} s. Sound less picture: how much later in the source the sound lies than what the pictures show.",
        )
    ]


def of_the_sound(facts: MediaFacts, leader: Candidate | None) -> list[str]:
    """How far the comparison of sound reaches."""
    if not facts.audio:
        return []
    if leader is None or leader.sound is None or not leader.sound.compared:
        return [NOT_EXAMINED]
    return [
        (
            "Of the sound only its place in the source was examined, not what is said. Changes shorter than a second "
            "or two may not show."
        ),
        "Where the sound is not the source's, that does not say why: broadcasters re-dub, platforms take out music.",
    ]
