"""Exact search for the sources whose clips are nearest to a suspect's clips."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.hashing import Codes, distances
from vtl_desktop.core.media import Box
from vtl_desktop.core.voting import video_distance

_NEIGHBOURS = 256
_SHORTLIST = 40


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """A source and how near the suspect comes to it.

    Attributes:
        source_id: of the source.
        distance: bits, see `video_distance`.
        matrix: uint16 [n, m], all of the suspect's clips by the source's clips.
        times: of the source's clips, seconds, [m].
    """

    source_id: int
    distance: float
    matrix: NDArray[np.uint16] = field(repr=False)
    times: NDArray[np.float64] = field(repr=False)


class ClipSearch:
    """All clip codes of a database in memory, searched exactly.

    At the limit of memory bandwidth with faiss (10 million codes of 512 bits in 25 ms), so no approximate index is
    worth what it loses. Memory: the codes themselves.
    """

    def __init__(self, codes: Codes, source_ids: NDArray[np.int64], times: NDArray[np.floating]) -> None:
        """Takes codes uint8 [n, bytes] with their source's id [n] and time in seconds [n], grouped by source."""
        # Contiguous runs of one source make its clips a slice.
        if len(source_ids) and (np.diff(source_ids) < 0).any():
            order = np.argsort(source_ids, kind="stable")
            codes, source_ids, times = codes[order], source_ids[order], times[order]
        self._codes = np.ascontiguousarray(codes)
        self._source_ids = source_ids
        self._times = times
        self._index: Any = None

    def __len__(self) -> int:
        return len(self._codes)

    def _faiss(self) -> Any:
        if self._index is None:
            import faiss

            self._index = faiss.IndexBinaryFlat(self._codes.shape[1] * 8)
            self._index.add(self._codes)
        return self._index

    def nearest(self, codes: Codes, count: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Distances in bits and rows of the nearest codes, both [n, count], nearest first."""
        count = min(count, len(self._codes))
        return self._faiss().search(np.ascontiguousarray(codes), count)

    def clips_of(self, source_id: int) -> tuple[Codes, NDArray[np.float64]]:
        """Codes [m, bytes] and times [m] of one source's clips."""
        first, last = np.searchsorted(self._source_ids, [source_id, source_id + 1])
        return self._codes[first:last], np.asarray(self._times[first:last], np.float64)

    def rank(self, codes: Codes, *, informative: NDArray[np.bool_] | None = None) -> list[Ranked]:
        """The sources nearest to a suspect, nearest first.

        The nearest clips of each of the suspect's clips make a shortlist; each source on it is then measured exactly.

        Args:
            codes: of the suspect's clips, uint8 [n, bytes].
            informative: which clips may vote, [n]; all where none is informative.
        """
        if not len(self._codes) or not len(codes):
            return []
        voting = _voting(codes, informative)
        found, rows = self.nearest(codes[voting], _NEIGHBOURS)
        ranked = [self.measured(source_id, codes, voting) for source_id in self._shortlist(found, rows)]
        return sorted(ranked, key=lambda r: (r.distance, r.source_id))

    def measured(self, source_id: int, codes: Codes, informative: NDArray[np.bool_]) -> Ranked:
        """A suspect's clips, codes and informative as for `rank`, against all clips of one source."""
        source_codes, times = self.clips_of(source_id)
        return compared(source_id, codes, source_codes, times, informative)

    def _shortlist(self, found: NDArray[np.int32], rows: NDArray[np.int64]) -> list[int]:
        ids = self._source_ids[rows]
        candidates, places = np.unique(ids, return_inverse=True)
        # A source that is not among a clip's neighbours is at least as far as the last of them.
        best = np.repeat(found[:, -1:], len(candidates), axis=1).astype(np.int64)
        np.minimum.at(best, (np.arange(len(found))[:, None], places.reshape(ids.shape)), found)
        scores = [video_distance(best[:, i]) for i in range(len(candidates))]
        return [int(candidates[i]) for i in np.argsort(scores, kind="stable")[:_SHORTLIST]]


def compared(
    source_id: int, codes: Codes, source_codes: Codes, times: NDArray[np.float64], informative: NDArray[np.bool_]
) -> Ranked:
    """A suspect's clips against those of one source.

    Args:
        source_id: of the source.
        codes: of the suspect's clips, packed, uint8 [n, bytes]; source_codes: of the source's, uint8 [m, bytes].
        times: of the source's clips, seconds, [m].
        informative: which of the suspect's clips may vote, [n]; all where none is informative.
    """
    matrix = distances(codes, source_codes)
    nearest = matrix[_voting(codes, informative)].min(axis=1)
    return Ranked(source_id, video_distance(nearest), matrix, times)


def _voting(codes: Codes, informative: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """Which clips vote, [n]: those that show anything; all where none does."""
    return np.ones(len(codes), bool) if informative is None or not informative.any() else informative


@dataclass(frozen=True, slots=True)
class RankedCrop:
    """A part of a source's picture, and how near the suspect's whole picture comes to it.

    Attributes:
        source_id: of the source.
        distance: bits, see `video_distance`.
        box: the part.
    """

    source_id: int
    distance: float
    box: Box


class CropSearch:
    """The codes of parts of all sources' pictures in memory, searched exactly."""

    def __init__(self, codes: Codes, source_ids: NDArray[np.int64], boxes: NDArray[np.float32]) -> None:
        """Takes codes uint8 [n, bytes] with their source's id [n] and box [n, 4]."""
        # The nine boxes of one source stand for nine sources in the search.
        self._boxes, kinds = np.unique(boxes, axis=0, return_inverse=True)
        key = source_ids * max(len(self._boxes), 1) + kinds.reshape(-1)
        order = np.argsort(key, kind="stable")
        self._search = ClipSearch(codes[order], key[order], np.zeros(len(codes)))

    def rank(self, codes: Codes, *, informative: NDArray[np.bool_] | None = None) -> list[RankedCrop]:
        """The nearest parts, one a source, nearest first; arguments as for `ClipSearch.rank`."""
        best: dict[int, RankedCrop] = {}
        for one in self._search.rank(codes, informative=informative):
            source_id, kind = divmod(one.source_id, len(self._boxes))
            box = Box(*(float(edge) for edge in self._boxes[kind]))
            best.setdefault(source_id, RankedCrop(source_id, one.distance, box))
        return list(best.values())
