"""Which frames go into a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.training.datasets import FrameStore

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shares:
    """How a batch is made up.

    Attributes:
        video: fraction of the clips that come from videos; the rest are single pictures.
        same_clip: fraction of the video clips that are another moment of a clip already in the batch (hard negatives).
        next_frame: chance that the second view shows the frame beside the first view's.
        look_alike: fraction of the batch that looks like another part of it, once `Sampler.look_alikes` is set.
        retimed: fraction of the second clips that run slower or faster, with frames dropped or repeated.
        twins: for each of the store's twins, the fraction of the pairs whose second view shows it.
    """

    video: float = 0.5
    same_clip: float = 0.2
    next_frame: float = 0.6
    look_alike: float = 0.0
    retimed: float = 0.0
    twins: tuple[float, ...] = ()


class Pairs(NamedTuple):
    """A batch of pairs.

    Attributes:
        first: rows of the store for the views that stand for the source, int64 [pairs, frames].
        second: rows for the views that stand for the suspect, the same.
        clip: which clip each pair is of, a row of `Sampler.spans`, int64 [pairs].
        version: what the second view shows: 0 the frames as they are, k the k-th twin of the store, int64 [pairs].
    """

    first: Rows
    second: Rows
    clip: Rows
    version: Rows


class Sampler:
    """Draws pairs of short clips: the same moment twice, or two frames beside each other.

    Attributes:
        spans: first row and one past the last of each clip, videos first, int64 [clips, 2].
        look_alikes: for each clip the numbers of those that look most like it, int64 [clips, k]; None: not known yet.
    """

    def __init__(self, store: FrameStore, shares: Shares, rng: np.random.Generator) -> None:
        spans = store.spans()
        long = spans[:, 1] - spans[:, 0] > 1
        self.spans = np.concatenate([spans[long], spans[~long]])
        self.videos = int(long.sum())
        self.look_alikes: Rows | None = None
        self.shares = shares
        self.rng = rng

    def pairs(self, count: int, frames: int) -> Pairs:
        """`count` pairs of clips of so many frames; frames beyond a clip's end are repeated."""
        total = len(self.spans)
        share = self.shares.video if total > self.videos else 1.0
        videos = round(count * share) if self.videos else 0
        chosen = self.rng.integers(self.videos, size=videos) if videos else np.zeros(0, np.int64)
        repeats = int(videos * self.shares.same_clip)
        if repeats:
            chosen[-repeats:] = chosen[:repeats]
        if count > videos:
            chosen = np.concatenate([chosen, self.rng.integers(self.videos, total, size=count - videos)])
        if self.look_alikes is not None:
            chosen = self._with_look_alikes(chosen, self.look_alikes)
        spans = self.spans[chosen]
        first, last = spans[:, 0], spans[:, 1] - 1
        centre = self.rng.integers(first, last + 1)
        beside = centre + self.rng.choice([-1, 1], size=count) * (self.rng.random(count) < self.shares.next_frame)
        around = np.broadcast_to(np.arange(frames) - frames // 2, (count, frames))
        return Pairs(
            np.clip(centre[:, None] + around, first[:, None], last[:, None]),
            np.clip(beside[:, None] + self._retimed(around), first[:, None], last[:, None]),
            chosen,
            self._versions(count),
        )

    def _retimed(self, around: Rows) -> Rows:
        """Offsets of a clip's frames from its middle, some as of a clip played at .5 to 2 times its speed.

        Rounding is what a player does at another speed: it drops frames, or shows them again.
        """
        count, frames = around.shape
        speed = np.exp2(self.rng.uniform(-1, 1, (count, 1)))
        phase = self.rng.uniform(-0.5, 0.5, (count, 1))
        again = np.rint(around * speed + phase).astype(np.int64)
        return np.where(self.rng.random((count, 1)) < self.shares.retimed * (frames > 1), again, around)

    def _versions(self, count: int) -> Rows:
        edges = np.cumsum(self.shares.twins)
        number = np.searchsorted(edges, self.rng.random(count), side="right")
        return np.where(number < len(edges), number + 1, 0)

    def _with_look_alikes(self, chosen: Rows, look_alikes: Rows) -> Rows:
        """Some of the clips replaced by one that looks like another of the batch."""
        order = self.rng.permutation(len(chosen))
        half = int(len(chosen) * self.shares.look_alike / 2)
        kept, replaced = order[:half], order[half : 2 * half]
        column = self.rng.integers(look_alikes.shape[1], size=half)
        chosen[replaced] = look_alikes[chosen[kept], column]
        return chosen
