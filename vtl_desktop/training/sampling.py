"""Which frames go into a batch."""

from __future__ import annotations

from dataclasses import dataclass

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
    """

    video: float = 0.5
    same_clip: float = 0.2
    next_frame: float = 0.6


class Sampler:
    """Draws pairs of short clips: the same moment twice, or two frames beside each other."""

    def __init__(self, store: FrameStore, shares: Shares, rng: np.random.Generator) -> None:
        spans = store.spans()
        long = spans[:, 1] - spans[:, 0] > 1
        self.videos, self.pictures = spans[long], spans[~long]
        self.shares = shares
        self.rng = rng

    def pairs(self, count: int, frames: int) -> tuple[Rows, Rows]:
        """Rows of the store for both views, int64 [count, frames] each; frames beyond a clip's end are repeated."""
        share = self.shares.video if len(self.pictures) else 1.0
        videos = round(count * share) if len(self.videos) else 0
        chosen = self.rng.integers(len(self.videos), size=videos) if videos else np.zeros(0, np.int64)
        repeats = int(videos * self.shares.same_clip)
        if repeats:
            chosen[-repeats:] = chosen[:repeats]
        spans = np.concatenate(
            [self.videos[chosen], self.pictures[self.rng.integers(len(self.pictures), size=count - videos)]]
            if len(self.pictures)
            else [self.videos[chosen]]
        )
        first, last = spans[:, 0], spans[:, 1] - 1
        centre = self.rng.integers(first, last + 1)
        beside = centre + self.rng.choice([-1, 1], size=count) * (self.rng.random(count) < self.shares.next_frame)
        return self._clips(centre, first, last, frames), self._clips(beside, first, last, frames)

    @staticmethod
    def _clips(centre: Rows, first: Rows, last: Rows, frames: int) -> Rows:
        offsets = np.arange(frames) - frames // 2
        return np.clip(centre[:, None] + offsets, first[:, None], last[:, None])
