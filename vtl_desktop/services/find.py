"""Finding the sources of a suspect by codes and votes alone: as it is, mirrored, without bars, by parts of it, and as a
part of its source.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.hashing import Codes
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress
from vtl_desktop.core.media import Box
from vtl_desktop.core.motion import MotionTrack
from vtl_desktop.core.tracing import behind
from vtl_desktop.core.voting import video_distance
from vtl_desktop.media.sampling import ClipSamples, is_informative
from vtl_desktop.services.crops import NINTHS, CodeMaker, squares
from vtl_desktop.services.search import ClipSearch, CropSearch, Ranked, compared
from vtl_desktop.vision.inner_rectangles import lasting_rectangles, without_bars

SURELY_UPRIGHT = 0.06
"""At or below this share of the bits the mirrored pass is left out: with earlier weights, which had learned from
mirrored views, none of 20 mirrored suspects came nearer than 0.085 to its source unmirrored."""

_PROBED = 0.2
"""Above this share of the bits the mirrored pass is made at once: of 24 mirrored suspects none came nearer
than 0.18 unmirrored. Up to it, a few pictures say whether it is worth making."""

_PROBES = 6
_PROBE_OFF = 0.03
"""Share of the bits by which these may be farther than the whole pass: of 362 passes none was off by more than .033."""

_NEAR, _AHEAD = 0.12, 0.04
"""A leader within the first share of the bits, and this far ahead of the next source, ends the search: no part of the
picture is tried."""

_GAIN = 0.02
"""A part must bring a source nearer than the whole picture does by this share of the bits to be looked at in full: of
so many looks one comes a little nearer by chance."""

PREVIEWS = 16
"""Larger squares of the suspect in which parts are looked for."""

_WORTH_SAMPLING = 0.28
"""Share of the bits up to which a part, of the suspect or of a source, is sampled in full: that brings it nearer by .08
at most, and the parts of 20 cropped suspects lay within .255."""

_PARTS_SAMPLED = 2
_CROPS_SAMPLED = 3
_PREVIEWS_TRIED = 6
_FIRST_TRIED = 2
_STILL_TRIED = 6
_FIRST_OFF = 0.04
"""Of each part so many previews are tried first; then all, of so many parts at most that lie within what is asked, or
farther by no more than this share of the bits."""

_HALVES = (Box(0.0, 0.0, 0.5, 1.0), Box(0.5, 0.0, 1.0, 1.0), Box(0.0, 0.0, 1.0, 0.5), Box(0.0, 0.5, 1.0, 1.0))

GRID = (*NINTHS, *_HALVES)
"""Parts that are tried whatever the picture shows: insets wherever they lie, and split screens."""

PartSampler = Callable[[Box], ClipSamples]
"""Samples a part of the suspect's picture."""

SourceSampler = Callable[[int, Box], ClipSamples | None]
"""Samples a part of a source's picture, given its id; None where its file is not at hand, or too long."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A source, and how the suspect came nearest to it.

    Attributes:
        ranked: the source and its distance.
        mirrored: the suspect was taken left-right reversed.
        samples: of the part of the suspect that was compared (`samples.part`).
        motion: of the part of the source that was compared; None for the whole, whose motion the database holds.
    """

    ranked: Ranked
    mirrored: bool
    samples: ClipSamples = field(repr=False)
    motion: MotionTrack | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Finder:
    """Looks for the sources of suspects in one database.

    Attributes:
        search: the clips of its sources.
        crops: parts of their pictures.
        encoder: of the same weights and bits.
        sample_source: for a closer look at a part of a source.
        mirror: also try suspects left-right reversed, unless the leader is so near that it cannot be.
        parts: where the leader is not near, also try parts of the suspect's picture (what bars leave free, rectangles
            with lasting edges, a fixed grid), and the suspect as a part of its source.
    """

    search: ClipSearch
    crops: CropSearch
    encoder: CodeMaker
    sample_source: SourceSampler
    mirror: bool = True
    parts: bool = True

    def find(
        self,
        samples: ClipSamples,
        sample_part: PartSampler,
        *,
        progress: Progress = no_progress,
        cancel: CancelToken | None = None,
    ) -> list[Found]:
        """The sources nearest to a suspect, each once, nearest first.

        Args:
            samples: of its whole picture, with previews where parts are to be tried.
            sample_part: for a part of its picture that is worth a closer look.

        Raises:
            MediaError: the suspect can no longer be read.
            Cancelled: when told to stop.
        """
        if not len(self.search):
            return []
        bits = self.encoder.bits
        codes = {False: self._codes(samples, False, cancel)}
        found = self._ranked(samples, False, codes[False])
        if self.mirror and self._may_be_mirrored(samples, found, cancel):
            progress(0.2, "Searching mirrored")
            codes[True] = self._codes(samples, True, cancel)
            found += self._ranked(samples, True, codes[True])
        if self.parts and not self._settled(found):
            progress(0.3, "Searching parts of sources")
            found += self._as_a_crop(samples, codes, self._leading(found) - _GAIN * bits, cancel)
            progress(0.6, "Searching parts of the suspect")
            found += self._by_parts(samples, sample_part, found, cancel)
        return _each_once(found, bits)

    def _may_be_mirrored(self, samples: ClipSamples, found: list[Found], cancel: CancelToken | None) -> bool:
        """Whether the mirrored pass could come nearer than the straight one."""
        leading = self._leading(found) / self.encoder.bits
        if leading <= SURELY_UPRIGHT or leading > _PROBED:
            return leading > _PROBED
        some = np.unique(np.linspace(0, len(samples.pictures) - 1, _PROBES).round().astype(int))
        codes = self.encoder.encode(_turned(samples.pictures[some], True), alone=True, cancel=cancel)
        nearest = self.search.nearest(codes, 1)[0][:, 0]
        return video_distance(nearest) / self.encoder.bits <= leading + _PROBE_OFF

    def _codes(self, samples: ClipSamples, mirrored: bool, cancel: CancelToken | None) -> Codes:
        return self.encoder.encode(_turned(samples.pictures, mirrored), cancel=cancel)

    def _ranked(self, samples: ClipSamples, mirrored: bool, codes: Codes) -> list[Found]:
        return [Found(one, mirrored, samples) for one in self.search.rank(codes, informative=samples.informative)]

    def _settled(self, found: list[Found]) -> bool:
        bits = self.encoder.bits
        first, *others = [one.ranked.distance / bits for one in _each_once(found, bits)[:2]] or [1.0]
        ahead = not others or others[0] >= first + _AHEAD
        return first <= SURELY_UPRIGHT or (first <= _NEAR and ahead)

    def _as_a_crop(
        self, samples: ClipSamples, every: dict[bool, Codes], limit: float, cancel: CancelToken | None
    ) -> list[Found]:
        """The suspect as a part of its source: crops that lie near are sampled from the source for a closer look."""
        near = [
            (one, mirrored)
            for mirrored, codes in every.items()
            for one in self.crops.rank(codes, informative=samples.informative)
            if one.distance < min(limit, _WORTH_SAMPLING * self.encoder.bits)
        ]
        near.sort(key=lambda item: item[0].distance)
        closer = []
        for crop, mirrored in near[:_CROPS_SAMPLED]:
            codes = every[mirrored]
            source = self.sample_source(crop.source_id, crop.box)
            if source is None:
                # The file is away: what was enrolled of it says how near it is, and its whole clips when.
                ranked = self.search.measured(crop.source_id, codes, samples.informative)
                closer.append(Found(replace(ranked, distance=crop.distance), mirrored, samples))
                continue
            other = self.encoder.encode(source.pictures, cancel=cancel)
            ranked = compared(crop.source_id, codes, other, source.times, samples.informative)
            # The crop that was enrolled was of one moment, and this one is of all: the nearer counts.
            nearer = replace(ranked, distance=min(crop.distance, ranked.distance))
            closer.append(Found(nearer, mirrored, samples, source.motion))
        return closer

    def _by_parts(
        self, samples: ClipSamples, sample_part: PartSampler, found: list[Found], cancel: CancelToken | None
    ) -> list[Found]:
        """Parts of the suspect as the whole of a source."""
        limit = min(self._leading(found) - _GAIN * self.encoder.bits, _WORTH_SAMPLING * self.encoder.bits)
        boxes = self._worth_it(samples.previews, limit, cancel)
        closer: list[Found] = []
        for box, mirrored in boxes:
            part = sample_part(box)
            closer += self._ranked(part, mirrored, self._codes(part, mirrored, cancel))
        return closer

    def _leading(self, found: list[Found]) -> float:
        return min((one.ranked.distance for one in found), default=float(self.encoder.bits))

    def _worth_it(
        self, previews: NDArray[np.uint8], limit: float, cancel: CancelToken | None
    ) -> list[tuple[Box, bool]]:
        """The parts, mirrored or not, that come nearer to some source than `limit` bits, the nearest first."""
        if not len(previews):
            return []
        tried = previews[np.linspace(0, len(previews) - 1, min(_PREVIEWS_TRIED, len(previews))).round().astype(int)]
        bars = without_bars(previews)
        seen = ([bars] if bars else []) + lasting_rectangles(previews, count=6)
        # What was seen in the picture is also tried mirrored; the grid is a guess already.
        looks = [(box, way) for box in seen for way in ((False, True) if self.mirror else (False,))]
        looks += [(box, False) for box in GRID if all(box.overlap(other) < 0.8 for other in seen)]
        first = np.linspace(0, len(tried) - 1, min(_FIRST_TRIED + 2, len(tried))).round().astype(int)[1:-1]
        distance = self._previewed(tried[first if len(first) else slice(None)], looks, cancel)
        best = np.argsort(distance, kind="stable")[:_STILL_TRIED]
        looks = [looks[place] for place in best if distance[place] < limit + _FIRST_OFF * self.encoder.bits]
        distance = self._previewed(tried, looks, cancel) if looks else np.zeros(0)
        chosen: list[tuple[Box, bool]] = []
        for place in np.argsort(distance, kind="stable"):
            box, way = looks[place]
            if distance[place] < limit and all(box.overlap(other) < 0.6 for other, _ in chosen):
                chosen.append((box, way))
        return chosen[:_PARTS_SAMPLED]

    def _previewed(
        self, previews: NDArray[np.uint8], looks: list[tuple[Box, bool]], cancel: CancelToken | None
    ) -> NDArray[np.float64]:
        """How near each part, mirrored or not, comes to some source, bits; infinite for one that shows nothing."""
        pictures = np.concatenate([_turned(squares(previews, box, self.encoder.input_size), way) for box, way in looks])
        codes = self.encoder.encode(pictures, alone=True, cancel=cancel)
        nearest = self.search.nearest(codes, 1)[0][:, 0].astype(np.float64)
        nearest[[not is_informative(picture) for picture in pictures]] = np.inf
        return np.array([video_distance(row) for row in nearest.reshape(len(looks), len(previews))])


def _turned(pictures: NDArray[np.uint8], mirrored: bool) -> NDArray[np.uint8]:
    return np.ascontiguousarray(pictures[:, :, ::-1]) if mirrored else pictures


def _each_once(found: list[Found], bits: int) -> list[Found]:
    """Every source by the look that came nearest, nearest first; small insets behind what explains the picture."""
    best: dict[int, Found] = {}
    for one in sorted(found, key=lambda f: (f.ranked.distance / bits + behind(f.samples.part), f.ranked.source_id)):
        best.setdefault(one.ranked.source_id, one)
    return list(best.values())
