"""Comparing sound along an alignment: where it agrees, where it is from elsewhere, and where it is not the source's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.sound import AGREES, DIFFERS, ELSEWHERE, SILENT, UNCLEAR, SoundWitness
from vtl_desktop.core.sound_bands import STEP, BandEnergies
from vtl_desktop.core.sound_look import AROUND, LEAST_HEARD, LONGEST, PERHAPS, Look, Side, grown, share_heard
from vtl_desktop.core.sound_outcome import CELL, Cells, witness_of
from vtl_desktop.core.sound_places import at_times, best_place

_SURE = 0.75
"""Over one second, the least correlation of a place found anywhere; less with the root of more seconds ..."""
_LEAST_SURE = 0.30
_LONGER = 0.1
"""... and more by this share for each tenfold of the source beyond 10 s, as there are more places to be wrong."""
_STANDS_OUT = 0.12
"""Least confidence of a place found anywhere: where a tune repeats, several are as good, and none is told."""
_NEAR_PLACE = 6
"""Rows around a place that was found in which its cells may lie."""
_SEARCHES = 6
_LEAST_PIECE = 1.5
"""Seconds; a shorter piece is not searched for."""

_CORE = 25
_GONE = 0.1
"""Rows before and after a cell's middle, and the share of them in which something is heard, below which sound that the
source has there is missing: over 2 s, what sounds before and after would hide it."""

_SAME_RATE = 0.002
_MOSTLY = 0.5


def tunings_for(alignment: Alignment) -> tuple[float, ...]:
    """The tunings of `BandMeter` in which a source is to be measured: as it is, and as other speeds shift its pitch."""
    rates = {round(segment.rate, 3) for segment in alignment.segments if abs(segment.rate - 1) > _SAME_RATE}
    return 1.0, *(1 / rate for rate in sorted(rates)[:_SEARCHES])


def compare_sound(
    suspect: BandEnergies, source: BandEnergies, alignment: Alignment, tunings: tuple[float, ...]
) -> SoundWitness:
    """Says for each half second of the aligned suspect whether its sound is the source's, from that place.

    Sound is compared at the place that the pictures say, as it is and with its pitch shifted as the speed would; where
    that fails, pieces are searched for in all of the source, at the pictures' speed and at the source's own.

    Args:
        suspect: measured with one tuning, 1.
        source: measured with `tunings`, its times on the source's clock.
        alignment: from pictures.
        tunings: of `tunings_for`.

    Returns:
        `AGREES`, `PARTLY`, `ELSEWHERE`, `DIFFERS`, `UNCLEAR` or `SILENT`.
    """
    own, other = Side.of(suspect), Side.of(source)
    compared = [
        _compare_segment(own, other, segment, tunings) for segment in alignment.segments if segment.duration > 0
    ]
    return witness_of(compared)


def _compare_segment(own: Side, other: Side, segment: Segment, tunings: tuple[float, ...]) -> Cells:
    times = segment.suspect_start + STEP * np.arange(max(int(segment.duration / STEP), 1), dtype=np.float64)
    mine = at_times(own.tuned[0], own.start, times)
    count = max(int(segment.duration / CELL), 1)
    edges = np.linspace(segment.suspect_start, segment.suspect_end, count + 1)
    centres = np.clip(((edges[:-1] + edges[1:]) / 2 - segment.suspect_start) / STEP, 0, len(times) - 1).astype(np.int64)
    cells = Cells(edges, [""] * count, [None] * count, np.zeros(count))
    there = segment.source_start + segment.rate * (times - segment.suspect_start)
    heard, heard_there = (share_heard(*side, centres, AROUND) for side in ((own, times), (other, there)))
    quiet, still = heard < LEAST_HEARD, heard_there < LEAST_HEARD
    look = Look(mine, other, segment, centres, np.minimum(heard, heard_there))
    gone = share_heard(own, times, centres, _CORE) < _GONE
    gone &= share_heard(other, there, centres, _CORE) > 1 - _MOSTLY
    place, tuning = look.at_pictures_place(_tuned(segment, tunings), cells)
    cells.mark(gone & np.array([state == AGREES for state in cells.states]), DIFFERS, None)
    cells.pitch_changed = tuning != 0 and AGREES in cells.states
    _search(look, cells, quiet, _tries(segment, tunings))
    telling = look.telling()
    found = AGREES in cells.states or ELSEWHERE in cells.states
    known = found or abs(segment.rate - 1) <= _SAME_RATE
    for number in (number for number, state in enumerate(cells.states) if state == ""):
        if quiet[number]:
            cells.states[number] = SILENT if still[number] else DIFFERS
        else:
            other_sound = telling[number] and not still[number] and cells.best[number] < PERHAPS
            cells.states[number] = DIFFERS if known and other_sound else UNCLEAR
    cells.confidence = cells.confidence if place is None else place.confidence
    cells.reason = "it repeats in the source" if cells.repeats else _why(still, telling, known)
    return cells


def _why(still: NDArray[np.bool_], telling: NDArray[np.bool_], known: bool) -> str:
    """Why nothing can be said of a segment of which nothing can be said."""
    if still.mean() > _MOSTLY:
        return "the source is silent there"
    if not known:
        return "the picture runs at another speed, and sound was not found at that speed nor at its own"
    return "" if telling.mean() > _MOSTLY else "it is even noise"


def _tuned(segment: Segment, tunings: tuple[float, ...]) -> tuple[int, ...]:
    """Which tunings may hold along a segment: as it is, and shifted as its speed would."""
    shifted = [k for k, tuning in enumerate(tunings) if k and abs(tuning * segment.rate - 1) < 1e-3]
    return 0, *shifted


def _tries(segment: Segment, tunings: tuple[float, ...]) -> list[tuple[float, int]]:
    """(speed, tuning) in which a piece is searched for."""
    tries = [(segment.rate, tuning) for tuning in _tuned(segment, tunings)]
    return tries if abs(segment.rate - 1) <= _SAME_RATE else [*tries, (1.0, 0)]


def _search(look: Look, cells: Cells, quiet: NDArray[np.bool_], tries: list[tuple[float, int]]) -> None:
    """Looks for what does not agree in all of the source, the longest run first."""
    asked = np.array([state != "" for state in cells.states]) | quiet
    for _ in range(_SEARCHES):
        run = _longest(~asked)
        if run is None or cells.edges[run[1]] - cells.edges[run[0]] < _LEAST_PIECE:
            return
        asked[run[0] : run[1]] = True
        found = _found(look, cells, run, tries)
        if found is None:
            continue
        start, rate, tuning, confidence = found
        if confidence < _STANDS_OUT:
            cells.repeats = True
            cells.mark(_between(*run, len(asked)), UNCLEAR, None)
            continue
        table = look.table(start, rate, tuning, _NEAR_PLACE)
        alike = grown(table, look.limits()) & np.array([state == "" for state in cells.states])
        cells.best = np.maximum(cells.best, np.where(alike, table.max(axis=1), 0.0))
        middles = (cells.edges[:-1] + cells.edges[1:]) / 2 - look.segment.suspect_start
        offsets = start + rate * middles - (look.segment.source_start + look.segment.rate * middles)
        cells.mark(alike, ELSEWHERE, offsets)
        cells.confidence = max(cells.confidence, confidence)
        asked |= alike


def _found(
    look: Look, cells: Cells, run: tuple[int, int], tries: list[tuple[float, int]]
) -> tuple[float, float, int, float] | None:
    """Source time of the segment's first row, speed, tuning and confidence of the best place for a run of cells."""
    origin = look.segment.suspect_start
    first, last = (int((cells.edges[edge] - origin) / STEP) for edge in run)
    spare = max(last - first - LONGEST, 0) // 2
    first, last = first + spare, last - spare
    piece = look.mine[first:last]
    places = [
        (best_place(piece, look.other.tuned[tuning], look.other.start, rate), rate, tuning) for rate, tuning in tries
    ]
    known = [(place, rate, tuning) for place, rate, tuning in places if place is not None]
    if not known:
        return None
    place, rate, tuning = max(known, key=lambda each: each[0].correlation)
    seconds = len(piece) * STEP
    longer = 1 + _LONGER * np.log10(max(len(look.other.heard) * STEP / 10, 1.0))
    if place.correlation < max(_SURE / np.sqrt(seconds), _LEAST_SURE) * longer:
        return None
    return place.source_start - STEP * rate * first, rate, tuning, place.confidence


def _between(first: int, last: int, count: int) -> NDArray[np.bool_]:
    places = np.arange(count)
    return (places >= first) & (places < last)


def _longest(wanted: NDArray[np.bool_]) -> tuple[int, int] | None:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], wanted, [False]]).astype(np.int8)))
    runs = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    return max(runs, key=lambda run: run[1] - run[0]) if runs else None
