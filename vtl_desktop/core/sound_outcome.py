"""From half seconds to what the sound as a whole says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.sound import (
    AGREES,
    DIFFERS,
    ELSEWHERE,
    PARTLY,
    SILENT,
    UNCLEAR,
    SoundStretch,
    SoundWitness,
)

CELL = 0.5
"""Seconds of the suspect that are judged as one."""

_LEAST = 1.0
"""Seconds with sound in all below which nothing is said, and of a stretch below which it is not told."""
_SAME_OFFSET = 0.15
_MOST = 0.5
_FEW = 0.25
"""Share of what is heard of which nothing needs to be known for the rest to stand for all."""


@dataclass(slots=True, eq=False)
class Cells:
    """One segment in cells of about half a second.

    Attributes:
        edges: seconds of the suspect, float64 [cells + 1].
        states: of each; "" where nothing is known yet.
        offsets: source time by sound less source time by picture, seconds; None where there is none.
        best: the largest correlation seen, float64 [cells].
        confidence: how far the place that was found stands out, 0 to 1.
        pitch_changed: what agrees does so with its pitch shifted.
        repeats: what does not agree has several places in the source that are as good.
        reason: why nothing could be told, where that is so.
    """

    edges: NDArray[np.float64]
    states: list[str]
    offsets: list[float | None]
    best: NDArray[np.float64]
    confidence: float = 0.0
    pitch_changed: bool = False
    repeats: bool = False
    reason: str = ""

    def mark(self, which: NDArray[np.bool_], state: str, offset: float | NDArray[np.float64] | None) -> None:
        """Gives cells a state, and no offset, one, or one each."""
        each = None if offset is None else np.broadcast_to(np.asarray(offset, np.float64), which.shape)
        for number in np.flatnonzero(which):
            self.states[number] = state
            self.offsets[number] = None if each is None else float(each[number])

    def stretches(self) -> list[SoundStretch]:
        """Cells in the same state joined, single ones between two alike taken along."""
        states, offsets = _settled(self.states, self.offsets)
        told: list[SoundStretch] = []
        first = 0
        for number in range(1, len(states) + 1):
            if number < len(states) and _same(states, offsets, number):
                continue
            known = [offset for offset in offsets[first:number] if offset is not None]
            offset = float(np.median(known)) if known else None
            told.append(SoundStretch(float(self.edges[first]), float(self.edges[number]), states[first], offset))
            first = number
        return told


def witness_of(segments: list[Cells]) -> SoundWitness:
    """What all segments together say."""
    if not segments:
        return SoundWitness(UNCLEAR, reason="no stretch of the suspect is aligned")
    stretches = tuple(stretch for cells in segments for stretch in cells.stretches())
    spent = {
        state: sum(stretch.end - stretch.start for stretch in stretches if stretch.state == state)
        for state in (AGREES, ELSEWHERE, DIFFERS, UNCLEAR)
    }
    if sum(spent.values()) < min(_LEAST, sum(stretch.end - stretch.start for stretch in stretches) * _MOST + 1e-6):
        return SoundWitness(SILENT, stretches=stretches)
    outcome = _outcome(spent, stretches)
    led = _longest(stretches, ELSEWHERE if outcome == ELSEWHERE else AGREES)
    confidence = max((cells.confidence for cells in segments), default=0.0) if led is not None else 0.0
    return SoundWitness(
        outcome,
        None if led is None else led.offset,
        confidence,
        stretches,
        pitch_changed=any(cells.pitch_changed for cells in segments),
        reason=next((cells.reason for cells in segments if cells.reason), "") if outcome == UNCLEAR else "",
    )


def _outcome(spent: dict[str, float], stretches: tuple[SoundStretch, ...]) -> str:
    heard = sum(spent.values())
    least = min(_LEAST, heard)
    told = {state for state in (ELSEWHERE, DIFFERS) if _longest(stretches, state, least) is not None}
    if spent[AGREES] < least - 1e-6:
        if spent[ELSEWHERE] >= _MOST * heard:
            return ELSEWHERE if _one_place(stretches) and spent[DIFFERS] < _LEAST else PARTLY
        if ELSEWHERE in told:
            return PARTLY
        return DIFFERS if spent[DIFFERS] >= _MOST * heard else UNCLEAR
    if told or spent[UNCLEAR] > _FEW * heard:
        return PARTLY
    return AGREES


def _one_place(stretches: tuple[SoundStretch, ...]) -> bool:
    offsets = [stretch.offset for stretch in stretches if stretch.state == ELSEWHERE and stretch.offset is not None]
    return max(offsets) - min(offsets) <= 2 * _SAME_OFFSET


def _longest(stretches: tuple[SoundStretch, ...], state: str, least: float = 0.0) -> SoundStretch | None:
    of_state = [
        stretch for stretch in stretches if stretch.state == state and stretch.end - stretch.start >= least - 1e-6
    ]
    return max(of_state, key=lambda stretch: stretch.end - stretch.start) if of_state else None


def _same(states: list[str], offsets: list[float | None], number: int) -> bool:
    if states[number] != states[number - 1]:
        return False
    one, two = offsets[number - 1], offsets[number]
    return one is None or two is None or abs(one - two) <= _SAME_OFFSET


def _settled(states: list[str], offsets: list[float | None]) -> tuple[list[str], list[float | None]]:
    """A single half second between two of another state goes with these: that is less than can be told apart.

    One of which nothing is known, on the border of what is another sound, goes with that.
    """
    states, offsets = list(states), list(offsets)
    for number in range(1, len(states) - 1):
        before, here, after = states[number - 1 : number + 2]
        if before == after != here and here in (DIFFERS, UNCLEAR) and before in (AGREES, ELSEWHERE):
            states[number], offsets[number] = before, offsets[number - 1]
        elif here == UNCLEAR and DIFFERS in (before, after) and before != after:
            states[number] = DIFFERS
    return states, offsets
