from __future__ import annotations

import numpy as np
import torch

from vtl_desktop.training.datasets import FrameStore
from vtl_desktop.training.look_alikes import look_alikes, thumbnails
from vtl_desktop.training.memory_queue import MemoryQueue
from vtl_desktop.training.sampling import Sampler, Shares


def pictures(count: int, seed: int) -> torch.Tensor:
    """Coarse random pictures, no two alike: uint8 [count, 3, 32, 32]."""
    made = torch.Generator().manual_seed(seed)
    coarse = torch.randint(0, 256, (count, 3, 8, 8), generator=made, dtype=torch.uint8)
    return coarse.repeat_interleave(4, 2).repeat_interleave(4, 3)


def test_an_empty_queue_has_no_negatives() -> None:
    assert MemoryQueue(8).negatives(torch.rand(2, 256)) == (None, None)


def test_the_queue_keeps_the_newest_and_no_gradient() -> None:
    queue = MemoryQueue(5)
    for first in (0, 3, 6):
        codes = torch.arange(first, first + 3.0)[:, None].requires_grad_()
        queue.push(codes, thumbnails(pictures(3, first)))
    codes, known = queue.negatives(thumbnails(pictures(2, 99)))
    assert codes is not None
    assert known is not None
    assert codes.flatten().tolist() == [6, 7, 8, 3, 4]
    assert not codes.requires_grad
    assert known.shape == (2, 5)
    assert not known.any()


def test_what_shows_nearly_the_same_is_no_negative() -> None:
    seen = pictures(4, 1)
    queue = MemoryQueue(10)
    queue.push(torch.rand(4, 16), thumbnails(seen))
    darker = (seen[2:3].float() * 0.6 + 20).to(torch.uint8)
    _, known = queue.negatives(thumbnails(torch.cat([darker, pictures(1, 50)])))
    assert known is not None
    assert known.tolist() == [[False, False, True, False], [False] * 4]


def mean_colour(batch: torch.Tensor) -> torch.Tensor:
    """A code that looks at the mean of red and green alone."""
    return batch.float().mean((2, 3))[:, :2] - 100


def test_look_alikes_are_the_nearest_others_by_code() -> None:
    frames = pictures(6, 3).float()
    level = torch.tensor([[40.0, 200], [45, 195], [200, 40], [190, 44], [120, 125], [200, 200]])
    frames[:, :2] += (level - frames[:, :2].mean((2, 3)))[:, :, None, None]
    stored = torch.cat([torch.zeros(1, 3, 32, 32), frames])
    found = look_alikes(stored, np.arange(1, 7), mean_colour, count=2, batch=4)
    assert found.shape == (6, 2)
    assert found[:4, 0].tolist() == [1, 0, 3, 2]
    assert all(number not in row for number, row in enumerate(found.tolist()))


def test_near_identical_clips_are_no_look_alikes() -> None:
    frames = pictures(3, 4)
    frames = torch.cat([frames, frames[:1] // 2 + 60])
    found = look_alikes(frames, np.arange(4), mean_colour, count=12)
    assert found.shape == (4, 4)
    assert set(found[0]) == {1, 2}
    assert set(found[3]) == {1, 2}
    assert found[0, 2] == found[0, 3] == found[0, 0], "where too few are left, the nearest stands again"
    alone = look_alikes(frames[[0, 3]], np.arange(2), mean_colour)
    assert alone.tolist() == [[0, 0], [1, 1]], "what has no look-alike stands for itself"


def test_the_sampler_brings_look_alikes_together() -> None:
    clips = 2000
    store = FrameStore(np.zeros((2 * clips, 1, 1, 3), np.uint8), np.arange(clips, dtype=np.int32).repeat(2), 5.0)

    def partners(share: float, known: bool) -> int:
        """How many of the 40 pairs of a batch have their look-alike beside them: clip 2n and clip 2n + 1."""
        sampler = Sampler(store, Shares(same_clip=0.0, look_alike=share), np.random.default_rng(0))
        sampler.look_alikes = (np.arange(clips) ^ 1)[:, None] if known else None
        drawn = sampler.pairs(40, 1)
        assert np.array_equal(store.clip[drawn.first[:, 0]], drawn.clip)
        return int(np.isin(drawn.clip ^ 1, drawn.clip).sum())

    assert partners(0.5, known=True) in (20, 22)
    assert partners(0.5, known=False) <= 4
    assert partners(0.0, known=True) <= 4
