"""A matcher of the type of DMVN (Wu et al. 2017), re-implemented small.

As there: one encoder for both pictures down to a sixteenth of their size, one level of correlation (the suspect with
the source and with itself), inception blocks of 1, 3 and 5 pixels between steps of up-sampling, at the end 11 x 11.
Unlike there: a light encoder in place of VGG-16, learned from the start; no second branch that gives a probability; and
it is taught what was *changed*, where the original marks what two pictures have in common.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vtl_desktop.training.comparators.correlation import MAPS, pooled_correlation
from vtl_desktop.training.comparators.layers import conv, shy


class Dmvn(nn.Module):
    """See the module's docstring.

    Attributes:
        stride: what height and width of its input must be multiples of.
    """

    stride = 16

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            conv(3, 24, stride=2), conv(24, 48, stride=2), conv(48, 48), conv(48, 96, stride=2), conv(96, 96),
            conv(96, 160, stride=2), conv(160, 160),
        )  # fmt: skip
        self.scale = nn.BatchNorm2d(2 * MAPS)
        widths = (2 * MAPS, 72, 48, 24, 12)
        self.blocks = nn.ModuleList(_Inception(*pair) for pair in pairwise(widths))
        self.last = shy(nn.Conv2d(widths[-1], 1, 11, 1, 5))

    def forward(self, suspect: Tensor, source: Tensor) -> Tensor:
        """Logits of what was changed in the suspect.

        Args:
            suspect, source: RGB, float [n, 3, height, width], -1 to 1.

        Returns:
            float [n, 1, height, width].
        """
        mine, theirs = self.encoder(torch.cat([suspect, source])).chunk(2)
        maps = [pooled_correlation(mine, theirs), pooled_correlation(mine, mine, itself=True)]
        seen = self.scale(torch.cat(maps, 1))
        for block in self.blocks:
            seen = F.interpolate(block(seen), scale_factor=2, mode="bilinear", align_corners=False)
        return self.last(seen)


class _Inception(nn.Module):
    """Three views of different reach side by side; `after` channels in all, a multiple of three."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.views = nn.ModuleList(conv(before, after // 3, size) for size in (1, 3, 5))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([view(x) for view in self.views], 1)
