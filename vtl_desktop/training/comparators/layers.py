"""What the compared networks are built from."""

from __future__ import annotations

from torch import nn

RARE = -2.0
"""The bias of what says "changed", at the start: most of a picture is not."""


def conv(before: int, after: int, size: int = 3, *, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """A convolution that keeps the size (or divides it by `stride`), normalised and rectified."""
    margin = dilation * (size - 1) // 2
    return nn.Sequential(
        nn.Conv2d(before, after, size, stride, margin, dilation, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )


def shy(last: nn.Conv2d) -> nn.Conv2d:
    """The same layer, which says "unchanged" before it has learned anything."""
    if last.bias is not None:
        nn.init.constant_(last.bias, RARE)
    return last
