"""Verifying candidates on pictures: is the best pair of moments really the same scene, and who leads then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from vtl_desktop.core.case import Exhibit
from vtl_desktop.core.errors import MediaError
from vtl_desktop.core.jobs import CancelToken, Progress
from vtl_desktop.core.localization import Registration
from vtl_desktop.core.tracing import Candidate
from vtl_desktop.media.kept import KeptFrames
from vtl_desktop.services import ranking
from vtl_desktop.services.closer import CloserLook
from vtl_desktop.services.footage import Footage
from vtl_desktop.services.sharpen import Sharpener
from vtl_desktop.vision.geometry import apply, outline, whole_picture

_SHIFTS = (-0.15, 0.15, -0.4, 0.4)
"""Seconds by which the moment is moved to look for another place."""

_SHOWN = 0.003
"""Share of the source's longer side: a third of a pixel of the small pictures that are compared."""

_NEARLY_WHOLE = 0.03
"""Share of the source's longer side by which corners may lie off the whole picture's, for that to be tried."""

Aligner = Callable[[Candidate], Candidate]
"""Aligns a candidate by codes and motion."""


def verify(
    exhibit: Exhibit,
    candidates: list[Candidate],
    look: CloserLook,
    align: Aligner,
    *,
    kept: KeptFrames | None = None,
    bits: int,
    progress: Progress,
    cancel: CancelToken,
) -> list[Candidate]:
    """Registers the best pair of moments of candidates, looks closer at the best, and orders all of them anew.

    Code distance, agreement of motion, and keypoints that agree on one place each count. The nearest is looked at
    first: where only parts of the pictures show the same it is aligned by these, then on registered pictures, and what
    moves in these is compared. Where that leaves no doubt, no other is registered; else all that could still be better
    are, and the best few are looked at as closely. A candidate whose file is not at hand keeps what codes and motion
    say.

    Args:
        exhibit: the suspect.
        candidates: nearest first, not aligned yet.
        look: for a closer look.
        align: for those that are looked at.
        kept: of the suspect, while it was sampled.
        bits: code length.

    Returns:
        All candidates, best first; those that nothing was looked at of are not aligned, and stand last.
    """
    if not candidates:
        return candidates
    with Footage(Path(exhibit.path), exhibit.facts, kept) as footage:
        return _Verifier(footage, look, align, bits, progress, cancel).verified(candidates)


class _Verifier:
    """Looks at the candidates of one suspect, and remembers what was seen of which."""

    def __init__(
        self, footage: Footage, look: CloserLook, align: Aligner, bits: int, progress: Progress, cancel: CancelToken
    ) -> None:
        self._footage, self._look, self._align, self._bits = footage, look, align, bits
        self._progress, self._cancel = progress, cancel
        self._sharpener = Sharpener(footage, cancel)
        self._registered: dict[int, Candidate] = {}
        self._seen: dict[int, Candidate] = {}

    def verified(self, candidates: list[Candidate]) -> list[Candidate]:
        """As `verify`."""
        first = self._register(candidates[0], 0.0)
        placed = first.registration is not None and first.registration.trusted
        if not (placed and ranking.beyond_doubt(self._look_at(first, 0.1))):
            if not ranking.certain(candidates, self._bits):
                self._register_others(candidates)
            self._look_at_best()
        leader = min(self._seen.values(), key=self._score)
        unseen = [self._registered.get(c.source.id, c) for c in candidates if c.source.id not in self._seen]
        for candidate in ranking.for_the_rest(leader, unseen, self._footage.facts.duration, self._bits):
            self._look_at(self._register(candidate, 0.95), 0.95)
        known = self._registered | self._seen
        rest = [candidate for candidate in candidates if candidate.source.id not in known]
        return ranking.ordered(list(known.values()), self._bits) + rest

    def _may_lead(self, candidate: Candidate) -> bool:
        """Whether it could still be better than all that were looked at."""
        least = min((self._score(candidate) for candidate in self._seen.values()), default=np.inf)
        return ranking.at_best(candidate, self._bits) < least

    def _register_others(self, candidates: list[Candidate]) -> None:
        """Registers all that could still be better than what was seen."""
        others = [c for c in candidates[1:] if ranking.within_reach(c, self._bits) and self._may_lead(c)]
        for number, candidate in enumerate(others):
            self._register(candidate, 0.1 + 0.5 * number / len(others))

    def _look_at_best(self) -> None:
        """Looks closer at the best few of what was registered, until one is beyond doubt."""
        checked = ranking.ordered(list(self._registered.values()), self._bits)
        near = ranking.near(checked, self._bits)
        for count, number in enumerate(near):
            if not self._may_lead(checked[number]):
                continue
            seen = self._look_at(checked[number], 0.6 + 0.35 * count / len(near))
            if ranking.beyond_doubt(seen):
                break

    def _score(self, candidate: Candidate) -> float:
        return ranking.score(candidate, self._bits)

    def _register(self, candidate: Candidate, fraction: float) -> Candidate:
        number = candidate.source.id
        if number not in self._registered:
            self._cancel.check()
            self._progress(fraction, f"Comparing pictures with {candidate.source.name}")
            self._registered[number] = self._placed(self._align(candidate), thorough=False)
        return self._registered[number]

    def _look_at(self, candidate: Candidate, fraction: float) -> Candidate:
        """A registered candidate with all that pictures say of it."""
        number = candidate.source.id
        if number not in self._seen:
            self._cancel.check()
            self._progress(fraction, f"Looking closer at {candidate.source.name}")
            self._seen[number] = self._looked_at(candidate)
        return self._seen[number]

    def _looked_at(self, candidate: Candidate) -> Candidate:
        sharpener = self._sharpener
        if ranking.place_in_doubt(candidate, self._bits):
            candidate = self._placed(candidate, thorough=True)
        candidate = self._sharpened(self._look.at(candidate, cancel=self._cancel))
        candidate = replace(candidate, movement=sharpener.movement(candidate), likeness=sharpener.likeness(candidate))
        # Of moments that are a supposition as a whole nothing more is told; where too little moves it may confirm them.
        known = candidate.moment_confirmed or (candidate.movement is None and candidate.likeness is not None)
        return replace(candidate, ambiguous=sharpener.ambiguous(candidate)) if known else candidate

    def _placed(self, candidate: Candidate, *, thorough: bool) -> Candidate:
        """The candidate with the registration of its best pair; as it is where the source's file is not at hand."""
        from vtl_desktop.vision.registration import of_whole, register

        footage, source, part = self._footage, candidate.source, candidate.part
        shown = footage.suspect_at(candidate.best_suspect_time, part)
        try:
            picture = footage.source_at(source, candidate.best_source_time)
        except MediaError:
            # It moved, or is on a disk that is not there: its entry in the database still counts.
            return candidate
        found = register(shown, picture, mirrored=candidate.mirrored, polish=False, thorough=thorough)
        if part is not None:
            found = of_whole(found, part, footage.size, picture.full_size)
        return replace(candidate, registration=found)

    def _sharpened(self, candidate: Candidate) -> Candidate:
        """The candidate with a better alignment and place; taken twice, as each was taken from the other."""
        found = self._sharpener.sharpened(candidate)
        if found is not candidate:
            placed = self._placed(found, thorough=False)
            if placed.registration is not None and placed.registration.trusted and self._elsewhere(found, placed):
                found = self._sharpener.sharpened(placed)
        return self._sharpener.placed(found, self._places)

    def _elsewhere(self, first: Candidate, second: Candidate) -> bool:
        """Whether two registrations of one candidate differ by more than small pictures show."""
        if first.registration is None or second.registration is None:
            return True
        corners = outline(self._footage.size)
        away = np.abs(apply(first.registration.array, corners) - apply(second.registration.array, corners)).max()
        return bool(away > _SHOWN * max(first.source.width, first.source.height))

    def _places(self, candidate: Candidate) -> Iterator[Registration]:
        """Other places: the whole picture, where that is near; and those of the same frame in moments around."""
        found, source, size = candidate.registration, candidate.source, self._footage.size
        if found is None:
            return
        whole = whole_picture(size, (source.width, source.height), mirrored=candidate.mirrored)
        off = np.abs(apply(whole, outline(size)) - apply(found.array, outline(size))).max()
        near = off <= _NEARLY_WHOLE * max(source.width, source.height)
        if near and off > 0:
            yield replace(found, matrix=tuple(float(value) for value in whole.ravel()), mirrored=candidate.mirrored)
        if near:
            return
        for shift in _SHIFTS:
            moment = candidate.best_source_time + shift
            if 0 <= moment < source.duration:
                other = self._placed(replace(candidate, best_source_time=moment), thorough=False).registration
                if other is not None and other.trusted:
                    yield other
