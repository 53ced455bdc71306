"""Which clips of the training data look most like each other, as the network sees them: the hard negatives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from vtl_desktop.training.losses import correlations

COUNT = 12


@torch.no_grad()
def look_alikes(
    frames: Tensor, rows: NDArray[np.int64], encode: Callable[[Tensor], Tensor], *, count: int = COUNT, batch: int = 256
) -> NDArray[np.int64]:
    """The nearest other clips of each clip, leaving out those that show nearly the same picture.

    Args:
        frames: uint8 [n, 3, M, M], the frame store.
        rows: one row of it for each clip, int64 [clips].
        encode: frames uint8 [b, 3, M, M] to codes, float [b, bits].
        count: how many for each; fewer when there are fewer clips.

    Returns:
        Numbers of clips, int64 [clips, count], the nearest first. Where too few look different enough, the nearest
        stands again, and a clip that has none stands for itself.
    """
    parts = torch.from_numpy(rows).to(frames.device).split(batch)
    codes = F.normalize(torch.cat([encode(frames[part]).float() for part in parts]), dim=1)
    small = torch.cat([thumbnails(frames[part]) for part in parts])
    nearest = []
    for start in range(0, len(codes), 1024):
        similarity = codes[start : start + 1024] @ codes.T
        same = correlations(small[start : start + 1024], small) > 0.95
        own = torch.arange(start, start + len(same), device=codes.device)
        same[own - start, own] = True
        values, clips = similarity.masked_fill_(same, -2.0).topk(min(count, len(codes)), dim=1)
        # No cosine is below -1: what is, was left out.
        nearest.append(torch.where(values < -1.5, torch.where(values[:, :1] < -1.5, own[:, None], clips[:, :1]), clips))
    return torch.cat(nearest).cpu().numpy()


def thumbnails(pictures: Tensor) -> Tensor:
    """Grey 16 x 16 pictures: uint8 [b, 3, M, M] to float [b, 256]."""
    return F.adaptive_avg_pool2d(pictures.float().mean(1, keepdim=True), 16).flatten(1)
