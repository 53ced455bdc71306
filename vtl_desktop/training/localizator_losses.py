"""What the Localizator is pulled towards."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

EDGE_WEIGHT = 3.0
"""What a pixel near a border counts more than one well inside or outside."""

_EDGE = 7


def mask_loss(logits: Tensor, truth: Tensor, inside: Tensor, steady: float) -> tuple[Tensor, dict[str, float]]:
    """Cross-entropy and Dice on each class and on both together, borders counted more, and steadiness over time.

    Args:
        logits: float [n, frames, 2, height, width].
        truth: the same shape, 0 to 1.
        inside: bool [n, frames, 1, height, width]; what lies outside counts nothing.
        steady: weight of how much more or less a mask changes from frame to frame than the truth does.

    Returns:
        The loss, and IoU of both classes together over the batch, for the log.
    """
    logits = logits.float()
    # What was changed at all: the analyst sees this first, and it is what is measured.
    every = torch.cat([logits, logits.amax(2, keepdim=True)], 2)
    aims = torch.cat([truth, truth.amax(2, keepdim=True)], 2)
    counted = inside.float()
    edges = _edges(aims) * EDGE_WEIGHT + 1
    entropy = F.binary_cross_entropy_with_logits(every, aims, reduction="none")
    weights = edges * counted
    loss = (entropy * weights).sum() / weights.sum().clamp(min=1)
    said = torch.sigmoid(every) * counted
    both = (said * aims).sum((1, 3, 4))
    dice = 1 - (2 * both + 200) / (said.sum((1, 3, 4)) + (aims * counted).sum((1, 3, 4)) + 200)
    loss = loss + dice.mean()
    if steady and logits.shape[1] > 1:
        moved = (said[:, 1:] - said[:, :-1]) - (aims[:, 1:] - aims[:, :-1])
        loss = loss + steady * moved.abs().mean()
    with torch.no_grad():
        marked, true = (said[:, :, 2] > 0.5), (aims[:, :, 2] * counted[:, :, 0] > 0.5)
        iou = float((marked & true).sum() / (marked | true).sum().clamp(min=1))
    return loss, {"iou": iou}


def _edges(truth: Tensor) -> Tensor:
    """1 within a few pixels of a border of the truth."""
    flat = truth.flatten(0, 1)
    grown = F.max_pool2d(flat, _EDGE, 1, _EDGE // 2)
    shrunk = -F.max_pool2d(-flat, _EDGE, 1, _EDGE // 2)
    return (grown - shrunk).unflatten(0, truth.shape[:2])
