"""Makes the backbone learn faster on a CPU where its maps are small; what it computes stays the same.

The log of a training shows what a step takes: docs/training.md, "What the runs taught".
"""

from __future__ import annotations

from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_SMALL = 2
"""Up to this side of the map, 3 x 3 depthwise gradients are nine shifted products: oneDNN takes far longer."""


class _DepthwiseOnSmallMaps(torch.autograd.Function):
    @staticmethod
    def forward(ctx, pictures: Tensor, weight: Tensor, bias: Tensor) -> Tensor:  # noqa: ANN001 - torch's own context type
        ctx.save_for_backward(pictures, weight)
        return F.conv2d(pictures, weight, bias, padding=1, groups=pictures.shape[1])

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # noqa: ANN001 - torch's own context type
        pictures, weight = ctx.saved_tensors
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        to_pictures = F.conv2d(gradient, weight.flip(2, 3), padding=1, groups=pictures.shape[1])
        # Channels last: the products run along memory.
        rows = F.pad(pictures, (1, 1, 1, 1)).permute(0, 2, 3, 1)
        above = gradient.permute(0, 2, 3, 1)
        height, width = above.shape[1:3]
        taps = [
            (rows[:, y : y + height, x : x + width] * above).sum((0, 1, 2), dtype=torch.float32)
            for y in range(3)
            for x in range(3)
        ]
        to_weight = torch.stack(taps, 1).view_as(weight).to(weight.dtype)
        return to_pictures, to_weight, above.sum((0, 1, 2), dtype=torch.float32).to(weight.dtype)


class _Depthwise(nn.Conv2d):
    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's own name
        if max(input.shape[-2:]) > _SMALL or self.bias is None or not torch.is_grad_enabled():
            return super().forward(input)
        kind = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else self.weight.dtype
        return _DepthwiseOnSmallMaps.apply(input.to(kind), self.weight.to(kind), self.bias.to(kind))


def speed_up(network: nn.Module) -> None:
    """Changes, in place, how 3 x 3 depthwise convolutions and attention run; parameters keep names and values."""
    for module in network.modules():
        if type(module) is nn.Conv2d and module.groups == module.in_channels > 1 and module.kernel_size == (3, 3):
            module.__class__ = _Depthwise
        # With a handful of keys, torch's fused attention spends its time on blocks that stay empty.
        if hasattr(module, "fused_attn"):
            cast("Any", module).fused_attn = False
