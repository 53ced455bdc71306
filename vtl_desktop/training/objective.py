"""What ViTHash is pulled towards at each step: all losses of a batch, and what is watched beside them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from vtl_desktop.networks.vithash import straight_through_sign
from vtl_desktop.training.losses import (
    PREFIXES,
    decorrelation,
    hash_triplet,
    info_nce,
    koleo,
    quantisation,
)
from vtl_desktop.training.recipe import LossRecipe


def objective(
    codes: Tensor,
    identity: Tensor,
    ignore: Tensor,
    recipe: LossRecipe,
    done: float,
    strangers: Tensor | None = None,
    ignore_strangers: Tensor | None = None,
) -> tuple[Tensor, dict[str, float]]:
    """The loss of one batch, and its parts.

    Args:
        codes: float [n, bits], relaxed.
        identity: int64 [n]; two rows or more of each.
        ignore: bool [n, n], near-identical pictures: neither positive nor negative.
        recipe: weights.
        done: fraction of the training that is over.
        strangers: float [q, bits], relaxed codes of earlier batches, further negatives.
        ignore_strangers: bool [n, q], near-identical pictures among them.
    """
    prefixes = [k for k in PREFIXES if k <= codes.shape[1]]
    signs = straight_through_sign(codes) if done >= recipe.straight_through_from else None
    zero = codes.new_zeros(())
    contrast, entropy, triplet = zero, zero, zero
    for bits in prefixes:
        head = codes[:, :bits]
        far = None if strangers is None else strangers[:, :bits]
        more = {"strangers": far, "ignore_strangers": ignore_strangers}
        term = info_nce(head, identity, temperature=recipe.temperature, ignore=ignore, **more)
        if signs is not None:
            more["strangers"] = None if far is None else straight_through_sign(far)
            hard = info_nce(signs[:, :bits], identity, temperature=recipe.temperature, ignore=ignore, **more)
            term = 0.5 * (term + hard)
        contrast = contrast + term / len(prefixes)
        entropy = entropy + koleo(head, identity, ignore) / len(prefixes)
        if done >= recipe.triplet_from:
            triplet = triplet + hash_triplet(head, identity) / len(prefixes)
    balance, rounding = decorrelation(codes), quantisation(codes)
    loss = (
        contrast
        + recipe.koleo * entropy
        + recipe.triplet * triplet
        + recipe.decorrelation * balance
        + recipe.quantisation * rounding
    )
    watched = {
        "loss": loss,
        "nce": contrast,
        "koleo": entropy,
        "triplet": triplet,
        "decor": balance,
        "quant": rounding,
    }
    return loss, {name: float(value.detach()) for name, value in watched.items()} | watch(
        codes.detach(), identity, ignore
    )


@torch.no_grad()
def watch(codes: Tensor, identity: Tensor, ignore: Tensor) -> dict[str, float]:
    """Distance of the nearest stranger, similarity of positives, how often the best is one (also at 64 bits)."""
    out: dict[str, float] = {}
    own = identity[:, None] == identity[None, :]
    itself = torch.eye(len(codes), dtype=torch.bool, device=codes.device)
    for bits in (64, codes.shape[1]):
        unit = F.normalize(codes[:, :bits], dim=1)
        similarity = unit @ unit.T
        strangers = similarity.masked_fill(own | ignore, -1.0).amax(1)
        positives = similarity.masked_fill(~own | itself, -1.0).amax(1)
        out[f"top1@{bits}"] = float((positives > strangers).float().mean())
    out["nn"] = float((2 - 2 * strangers).clamp(min=0).sqrt().mean())
    out["pos"] = float(positives.mean())
    return out
