"""Which spots of one frame go on from those of the frames before: changed regions, while the frames go by.

Memory does not grow with the length: what is kept of a region is a few sums and some of its boxes, of all regions the
weightiest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace

from vtl_desktop.core.regions import BoxAt, ChangedRegion, PixelBox, Spot

GAP = 0.5
"""Seconds for which a region may vanish and still be the same when it comes back."""

REACH = 0.04
"""Share of the picture's shorter side that a region may move from frame to frame beyond its own box."""

TOUCHING = 0.25
"""Of the smaller of two boxes, the share that must lie in the other (grown by the reach) for one region."""

FILLED = 0.5
"""Pieces are one region as long as their boxes fill this share of the box round all; beyond, they have come apart."""

FLICKER_FRAMES = 3
FLICKER_SHARE = 0.005
"""What is seen in fewer frames than these, and never takes this share of the picture, is no region but flicker."""

MOST_BOXES = 48
MOST_REGIONS = 200
"""Regions that are kept, the weightiest."""


@dataclass(slots=True)
class _Track:
    """A region that is being followed."""

    kind: str
    start: float
    end: float
    source_start: float | None
    source_end: float | None
    box: PixelBox
    hull: PixelBox
    frames: int = 0
    sum_share: float = 0.0
    most_share: float = 0.0
    sum_weight: float = 0.0
    peak_weight: float = -1.0
    peak_time: float = 0.0
    peak_box: PixelBox = field(default_factory=lambda: PixelBox(0, 0, 0, 0))
    boxes: list[BoxAt] = field(default_factory=list)
    every: int = 1
    sparse: bool = False

    def add(self, time: float, source_time: float | None, spots: Sequence[Spot]) -> None:
        """Goes on with the spots of a frame, at least one."""
        box = _round(spot.box for spot in spots)
        share, weight = sum(spot.share for spot in spots), sum(spot.weight for spot in spots)
        self.end, self.source_end, self.box, self.hull = time, source_time, box, self.hull.around(box)
        if self.frames % self.every == 0:
            self.boxes.append(BoxAt(round(time, 6), box))
            if len(self.boxes) > MOST_BOXES:
                self.boxes, self.every = self.boxes[::2], 2 * self.every
        self.frames += 1
        self.sum_share += share
        self.sum_weight += weight
        self.most_share = max(self.most_share, share)
        if weight > self.peak_weight:
            self.peak_weight, self.peak_time, self.peak_box = weight, time, box

    def region(self) -> ChangedRegion:
        return ChangedRegion(
            number=0,
            kind=self.kind,
            start=round(self.start, 6),
            end=round(self.end, 6),
            peak_time=round(self.peak_time, 6),
            box=self.peak_box,
            boxes=tuple(self.boxes),
            frames=self.frames,
            mean_share=round(self.sum_share / self.frames, 6),
            most_share=round(self.most_share, 6),
            strength=round(self.sum_weight / self.sum_share, 1) if self.sum_share > 0 else 0.0,
            source_start=_rounded(self.source_start),
            source_end=_rounded(self.source_end),
        )


class RegionLinker:
    """Follows regions from frame to frame, in the order of time.

    A region goes on in the spot that shares most of its place; further spots join it as long as all of them fill the
    box round them, so that one that falls into pieces stays one until the pieces have come apart. Where two run into
    each other, the one that goes on there holds, and the other comes back when they part again within `GAP`. What lived
    no longer than that inside another region of its kind was a piece of it.
    """

    def __init__(self, width: int, height: int) -> None:
        """Args:
        width, height: of the suspect's picture, pixels.
        """
        self._reach = max(round(REACH * min(width, height)), 1)
        self._open: list[_Track] = []
        self._closed: list[_Track] = []
        self._left_out = 0

    def add(
        self, time: float, source_time: float | None, spots: Sequence[Spot], *, gap: float = GAP, sparse: bool = False
    ) -> None:
        """The next frame.

        Args:
            time: of the suspect, seconds, not before the last one.
            source_time: of the source, or None.
            spots: what is marked in it; none where nothing is.
            gap: seconds for which a region may have vanished.
            sparse: frames near this one were left out, so that being seen once is no sign of flicker.
        """
        self._close(before=time - gap)
        free = list(range(len(spots)))
        given: dict[int, list[int]] = {}
        for _, track, spot in sorted(self._meetings(spots), key=lambda found: -found[0]):
            if spot not in free:
                continue
            mine = given.setdefault(track, [])
            if not mine or _fills([spots[k].box for k in (*mine, spot)]):
                mine.append(spot)
                free.remove(spot)
        for track, mine in given.items():
            if mine:
                self._open[track].add(time, source_time, [spots[k] for k in mine])
                self._open[track].sparse |= sparse
        for spot in (spots[k] for k in free):
            track = _Track(spot.kind, time, time, source_time, source_time, spot.box, spot.box, sparse=sparse)
            track.add(time, source_time, [spot])
            self._open.append(track)

    def copy(self) -> RegionLinker:
        """Another one that goes on from here by itself."""
        other = copy(self)
        other._open = [replace(track, boxes=list(track.boxes)) for track in self._open]
        other._closed = list(self._closed)  # what has ended is not changed any more
        return other

    def regions(self, *, single: bool = False) -> tuple[tuple[ChangedRegion, ...], int]:
        """All regions so far, those that are still going on included.

        Args:
            single: the suspect has too few frames to tell flicker: nothing is left out for that.

        Returns:
            The weightiest, `MOST_REGIONS` at most, in the order of time; and how many lighter ones are not among them.
        """
        tracks = [*self._closed, *(track for track in self._open if not self._piece(track))]
        tracks = [track for track in tracks if single or not _flicker(track)]
        tracks.sort(key=lambda track: -track.sum_weight)
        found = [track.region() for track in tracks[:MOST_REGIONS]]
        found.sort(key=lambda region: (region.start, region.box.left, region.box.top))
        numbered = tuple(replace(region, number=number) for number, region in enumerate(found, start=1))
        return numbered, self._left_out + max(len(tracks) - MOST_REGIONS, 0)

    def _meetings(self, spots: Sequence[Spot]) -> Iterable[tuple[float, int, int]]:
        """Every open region and spot of its kind that touch: (how much, number of the region, number of the spot)."""
        for number, track in enumerate(self._open):
            for k, spot in enumerate(spots):
                if spot.kind != track.kind:
                    continue
                near = track.box.grown(self._reach).shared(spot.box)
                least = min(track.box.area, spot.box.area)
                if near >= TOUCHING * least:
                    # Of several, the one that lies most alike; overlap alone where they lie apart.
                    both = track.box.shared(spot.box)
                    alike = both / (track.box.area + spot.box.area - both)
                    yield alike + 1e-3 * near / max(least, 1), number, k

    def _close(self, before: float) -> None:
        """Ends the regions that were not seen since a moment."""
        ended = [track for track in self._open if track.end < before - 1e-6]
        if not ended:
            return
        kept = [track for track in ended if not self._piece(track)]
        self._open = [track for track in self._open if track.end >= before - 1e-6]
        self._closed += kept
        if len(self._closed) > 2 * MOST_REGIONS:
            self._closed.sort(key=lambda track: (_flicker(track), -track.sum_weight))
            self._left_out += sum(not _flicker(track) for track in self._closed[MOST_REGIONS:])
            del self._closed[MOST_REGIONS:]

    def _piece(self, track: _Track) -> bool:
        """Whether a short-lived region was but a piece of another."""
        if track.end - track.start > GAP:
            return False
        grown = track.hull.area
        return any(
            other is not track
            and other.kind == track.kind
            and other.frames > 2 * track.frames
            and other.start <= track.start
            and other.end >= track.end - 1e-6
            and other.hull.grown(self._reach).shared(track.hull) >= 0.9 * grown
            for other in (*self._open, *self._closed[-MOST_REGIONS:])
        )


def _rounded(time: float | None) -> float | None:
    return None if time is None else round(time, 6)


def _round(boxes: Iterable[PixelBox]) -> PixelBox:
    first, *others = boxes
    for box in others:
        first = first.around(box)
    return first


def _fills(boxes: list[PixelBox]) -> bool:
    return sum(box.area for box in boxes) >= FILLED * _round(boxes).area


def _flicker(track: _Track) -> bool:
    return track.frames < FLICKER_FRAMES and track.most_share < FLICKER_SHARE and not track.sparse
