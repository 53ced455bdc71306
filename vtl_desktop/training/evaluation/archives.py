"""Sources enrolled by one code, and suspects searched among them: as the product does, and by whole pictures alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.media import Box
from vtl_desktop.core.voting import video_distance
from vtl_desktop.media.sampling import ClipSamples
from vtl_desktop.services.enroll import enrolled_source
from vtl_desktop.services.find import Finder, PartSampler
from vtl_desktop.services.search import ClipSearch, CropSearch
from vtl_desktop.storage.hash_center_database import EnrolledSource
from vtl_desktop.training.evaluation.methods import CodeMaker, Remembered
from vtl_desktop.training.evaluation.truth import ENOUGH_CANDIDATES


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search gave.

    Attributes:
        ranking: file names of sources, nearest first, ten at most.
        distance: of the first, in bits (of floats: 1 - cosine); infinite where nothing was found.
    """

    ranking: tuple[str, ...]
    distance: float


class Archive(Protocol):
    """Sources that can be searched."""

    def whole(self, samples: ClipSamples) -> Answer:
        """By the whole picture, straight and mirrored, whichever comes nearer."""
        ...


SourceSampler = Callable[[str, Box], ClipSamples | None]
"""Samples a part of a source's picture, given its file name; None where that cannot be."""


def enrolled(path: Path, samples: ClipSamples, maker: CodeMaker) -> EnrolledSource:
    """What the product would write of a source; `samples` has the previews that it asks for."""
    return enrolled_source(path, "", samples, maker.encode(samples.pictures), maker)


class CodeArchive:
    """Sources by the codes of their clips and of parts of their pictures, searched exactly."""

    def __init__(
        self,
        maker: CodeMaker,
        sources: Mapping[str, EnrolledSource],
        names: Collection[str],
        sample_source: SourceSampler,
    ) -> None:
        """Takes sources by file name, of which those in `names` are searched; and what the product asks for a closer
        look at one of them.
        """
        self._names = [name for name in sources if name in names]
        self._maker = maker
        chosen = [sources[name] for name in self._names]
        ids = np.arange(len(chosen), dtype=np.int64)
        self._search = ClipSearch(
            np.concatenate([one.clip_codes for one in chosen]),
            np.repeat(ids, [len(one.clip_codes) for one in chosen]),
            np.concatenate([one.clip_times for one in chosen]),
        )
        crops = CropSearch(
            np.concatenate([one.crop_codes for one in chosen]),
            np.repeat(ids, [len(one.crop_codes) for one in chosen]),
            np.concatenate([one.crop_boxes for one in chosen]),
        )
        self._finder = Finder(self._search, crops, maker, lambda number, box: sample_source(self._names[number], box))

    def as_the_product(self, samples: ClipSamples, sample_part: PartSampler) -> Answer:
        """By everything that the product tries; parts of the suspect only where `samples` has previews.

        Raises:
            MediaError: the suspect can no longer be read.
        """
        found = self._finder.find(samples, sample_part)
        return self._answer([(one.ranked.source_id, one.ranked.distance) for one in found])

    def whole(self, samples: ClipSamples) -> Answer:
        """As `Archive.whole`."""
        found = [
            (one.source_id, one.distance)
            for frames in both_ways(samples)
            for one in self._search.rank(self._maker.encode(frames), informative=samples.informative)
        ]
        best: dict[int, float] = {}
        for number, distance in sorted(found, key=lambda item: (item[1], item[0])):
            best.setdefault(number, distance)
        return self._answer(list(best.items()))

    def _answer(self, found: list[tuple[int, float]]) -> Answer:
        ranking = tuple(self._names[number] for number, _ in found[:ENOUGH_CANDIDATES])
        return Answer(ranking, found[0][1] if found else float("inf"))


class FloatArchive:
    """Sources by the numbers before the sign, compared by cosine: what the codes could reach at best."""

    def __init__(
        self, remembered: Remembered, described: Mapping[str, NDArray[np.float32]], names: Collection[str]
    ) -> None:
        """Takes the clips' numbers of sources by file name, float32 [n, m] each; those in `names` are enrolled."""
        self._names = [name for name in described if name in names]
        self._remembered = remembered
        parts = [described[name] for name in self._names]
        self._starts = np.cumsum([0, *(len(part) for part in parts[:-1])])
        self._known = _unit(np.concatenate(parts))

    def whole(self, samples: ClipSamples) -> Answer:
        """As `Archive.whole`."""
        voting = samples.informative if samples.informative.any() else np.ones(len(samples.pictures), bool)
        best = np.full(len(self._names), np.inf)
        for frames in both_ways(samples):
            apart = 1 - _unit(self._remembered.describe(frames)[voting]) @ self._known.T
            nearest = np.minimum.reduceat(apart, self._starts, axis=1)
            best = np.minimum(best, [video_distance(column) for column in nearest.T])
        order = np.argsort(best, kind="stable")[:ENOUGH_CANDIDATES]
        return Answer(tuple(self._names[number] for number in order), float(best[order[0]]))


def both_ways(samples: ClipSamples) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The pictures as they are, and mirrored."""
    return samples.pictures, np.ascontiguousarray(samples.pictures[:, :, ::-1])


def _unit(numbers: NDArray[np.float32]) -> NDArray[np.float32]:
    return numbers / np.maximum(np.linalg.norm(numbers, axis=1, keepdims=True), 1e-9)
