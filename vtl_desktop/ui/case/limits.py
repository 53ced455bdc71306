"""What limits a finding and is known without the analyst: the form begins with it."""

from __future__ import annotations

from vtl_desktop.core.case import Exhibit
from vtl_desktop.core.tracing import Candidate, TraceResult

_SMALL = 360
_SHORT = 2.0


def automatic_limits(
    exhibit: Exhibit, trace: TraceResult, candidate: Candidate | None, *, source_at_hand: bool
) -> tuple[str, ...]:
    """Plain sentences, never none.

    Args:
        exhibit: the suspect.
        trace: what tracing gave.
        candidate: what is judged; None for the suspect as a whole.
        source_at_hand: the candidate's file can be opened.
    """
    facts = exhibit.facts
    limits = [f"A source that is not among the {trace.database_sources:,} of this database cannot be found."]
    if min(facts.width, facts.height) < _SMALL:
        limits.append(f"The suspect's picture is small: {facts.width} x {facts.height} pixels.")
    if not facts.is_image and facts.duration < _SHORT:
        limits.append(f"The suspect lasts only {facts.duration:.2f} s.")
    limits += [_sentence(note) for note in facts.notes]
    if facts.variable_frame_rate and not any("variable" in note.lower() for note in facts.notes):
        limits.append("The suspect has a variable frame rate.")
    if candidate is not None:
        limits += _of_candidate(candidate, is_image=facts.is_image, source_at_hand=source_at_hand)
    elif trace.leader is None:
        limits.append("No source was found: this does not show that the suspect is authentic.")
    return tuple(dict.fromkeys(limits))


def _of_candidate(candidate: Candidate, *, is_image: bool, source_at_hand: bool) -> list[str]:
    limits = []
    if not source_at_hand:
        limits.append("The source's file was not at hand: only its codes and thumbnails could be compared.")
    if not is_image and candidate.matched_share < 0.95:
        limits.append(
            f"{candidate.matched_share:.0%} of the suspect is aligned with the source; the rest was not compared."
        )
    if not is_image and candidate.alignment.segments and not candidate.moment_confirmed:
        limits.append("The moments and the speed of the alignment are not confirmed by motion: check them by eye.")
    if candidate.ambiguous:
        limits.append(
            f"In {candidate.ambiguous_share:.0%} of what is aligned nothing moves: the exact moment is open there."
        )
    registration = candidate.registration
    if registration is not None and registration.trusted and registration.coverage < 0.95:
        limits.append(
            f"The source fills {registration.coverage:.0%} of the suspect's picture; the rest was not compared."
        )
    if registration is not None and not registration.trusted:
        limits.append("The place of the suspect's picture in the source's picture is not confirmed by keypoints.")
    limits.append("A mask shows where both pictures disagree; strong compression alone can produce differences.")
    return limits


def _sentence(note: str) -> str:
    note = note.strip()
    return (note[:1].upper() + note[1:] + ("" if note.endswith((".", "!", "?")) else ".")) if note else note
