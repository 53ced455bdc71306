"""CSQ, central similarity quantisation (Yuan et al., CVPR 2020): every identity has its hash center beforehand.

The identities are the clips of the training data, so this is a closed set: the centers say nothing about a source that
was not trained on, and are not kept. What tracing uses, as with any weights, are centers voted from codes.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from vtl_desktop.training.losses import PREFIXES
from vtl_desktop.training.objective import watch
from vtl_desktop.training.recipe import LossRecipe


def hadamard(size: int) -> Tensor:
    """Sylvester's matrix of +1 and -1, float [size, size]; `size` a power of two. Any two rows differ in half."""
    matrix = torch.ones(1, 1)
    while len(matrix) < size:
        matrix = torch.cat([torch.cat([matrix, matrix], 1), torch.cat([matrix, -matrix], 1)])
    return matrix


def hash_centers(count: int, bits: int, seed: int) -> Tensor:
    """The centers of so many identities, the same for the same seed.

    Rows of a Hadamard matrix H, then of -H: half of the bits apart, or all of them. When there are more identities than
    the 2 x bits rows, or no such matrix, random codes with as many +1 as -1.

    Args:
        count: how many.
        bits: code length.
        seed: of the order of rows and columns, or of the random codes.

    Returns:
        +1 and -1, float [count, bits].
    """
    generator = torch.Generator().manual_seed(seed)
    if count > 2 * bits or bits & (bits - 1):
        places = torch.rand(count, bits, generator=generator).argsort(1)
        return torch.where(places < bits // 2, 1.0, -1.0)
    # In Sylvester's order the rows r and r + 64 agree in the first 64 columns: shuffled, prefixes are apart as well.
    rows, columns = (torch.randperm(bits, generator=generator) for _ in range(2))
    matrix = hadamard(bits)[rows][:, columns]
    return torch.cat([matrix, -matrix])[:count]


def csq_objective(
    logits: Tensor, clip: Tensor, centers: Tensor, ignore: Tensor, recipe: LossRecipe
) -> tuple[Tensor, dict[str, float]]:
    """The loss of one batch, and its parts: central similarity, and how far tanh of the logits is from signs.

    Args:
        logits: float [n, bits].
        clip: int64 [n], which clip of the training data a row shows; two rows or more of each.
        centers: of all clips, +1 and -1, float [clips, bits].
        ignore: bool [n, n], near-identical pictures; for what is watched only.
        recipe: the weight of quantisation.
    """
    codes = torch.tanh(logits)
    # Cross-entropy between (tanh + 1) / 2 = sigmoid(2 x) and the center's bits, where it cannot overflow.
    by_bit = F.binary_cross_entropy_with_logits(2 * logits, (centers[clip] + 1) / 2, reduction="none").mean(0)
    prefixes = [k for k in PREFIXES if k <= logits.shape[1]]
    central = torch.stack([by_bit[:bits].mean() for bits in prefixes]).mean()
    rounding = (codes.abs() - 1).pow(2).mean()
    loss = central + recipe.quantisation * rounding
    watched = {"loss": loss, "central": central, "quant": rounding}
    return loss, {name: float(value.detach()) for name, value in watched.items()} | watch(codes.detach(), clip, ignore)
