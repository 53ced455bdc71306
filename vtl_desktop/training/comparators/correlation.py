"""All-pairs correlation of two pictures' features, pooled to the eight maps of DMVN and DMAC."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

TOP = 6
"""Offsets whose maps are kept, those that agree best over the whole picture."""

MAPS = 2 + TOP


def pooled_correlation(first: Tensor, second: Tensor, *, itself: bool = False) -> Tensor:
    """How well each place of one picture is found in another.

    The correlation of every place with every other is indexed by their offset, around the edges; of it are kept the
    greatest, the mean, and the maps of the `TOP` offsets that agree best over all places. The maps of all offsets are
    never held: which agree best comes from one Fourier transform, which is the same sum.

    Args:
        first, second: features, float [n, c, h, w].
        itself: both are the same picture: what a place has in common with itself says nothing, and is left out.

    Returns:
        float32 [n, MAPS, h, w], each -1 to 1.
    """
    height, width = first.shape[-2:]
    first, second = F.normalize(first.float(), dim=1), F.normalize(second.float(), dim=1)
    places, others = first.flatten(2).transpose(1, 2), second.flatten(2)
    every = places @ others
    if itself:
        every = every.masked_fill(torch.eye(height * width, dtype=torch.bool, device=every.device), -1.0)
    greatest = every.amax(2).unflatten(1, (height, width))
    mean = (places @ others.mean(2, keepdim=True)).squeeze(2).unflatten(1, (height, width))
    offsets = _best_offsets(first.detach(), second.detach(), itself=itself)
    maps = torch.stack([_at_offsets(a, b, each) for a, b, each in zip(first, second, offsets, strict=True)])
    return torch.cat([greatest[:, None], mean[:, None], maps], 1)


def _best_offsets(first: Tensor, second: Tensor, *, itself: bool) -> list[list[tuple[int, int]]]:
    """For each of the batch, the offsets (down, right) at which the sum of correlations is greatest, best first."""
    spectrum = (torch.fft.rfft2(first).conj() * torch.fft.rfft2(second)).sum(1)
    sums = torch.fft.irfft2(spectrum, s=first.shape[-2:])
    if itself:
        sums[:, 0, 0] = -torch.inf
    best = sums.flatten(1).topk(TOP, dim=1).indices.tolist()
    return [[divmod(number, first.shape[-1]) for number in row] for row in best]


def _at_offsets(first: Tensor, second: Tensor, offsets: list[tuple[int, int]]) -> Tensor:
    return torch.stack([(first * second.roll((-down, -right), (1, 2))).sum(0) for down, right in offsets])
