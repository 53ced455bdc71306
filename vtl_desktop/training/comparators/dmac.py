"""A matcher of the type of DMAC (Liu et al. 2019), re-implemented small.

As there: one encoder for both pictures, its last two stages dilated instead of strided, so that three levels have the
same size; at each level the suspect is correlated with the source and with itself; the 48 maps go through an atrous
pyramid. Unlike there: a light encoder in place of VGG-16, learned from the start; and it is taught what was *changed*,
where the original marks what two pictures have in common: of a pair laid over each other, its negative.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vtl_desktop.training.comparators.correlation import MAPS, pooled_correlation
from vtl_desktop.training.comparators.layers import conv, shy

RATES = (6, 12, 18, 24)


class Dmac(nn.Module):
    """See the module's docstring.

    Attributes:
        stride: what height and width of its input must be multiples of.
    """

    stride = 8

    def __init__(self) -> None:
        super().__init__()
        self.third = nn.Sequential(
            conv(3, 24, stride=2),
            conv(24, 24),
            conv(24, 48, stride=2),
            conv(48, 48),
            conv(48, 64, stride=2),
            conv(64, 64),
        )
        self.fourth = nn.Sequential(conv(64, 96, dilation=2), conv(96, 96, dilation=2))
        self.fifth = nn.Sequential(conv(96, 128, dilation=2), conv(128, 128, dilation=2))
        self.scale = nn.BatchNorm2d(6 * MAPS)
        self.pyramid = nn.ModuleList(
            nn.Sequential(conv(6 * MAPS, 64, dilation=rate), conv(64, 64, 1), shy(nn.Conv2d(64, 1, 1)))
            for rate in RATES
        )

    def forward(self, suspect: Tensor, source: Tensor) -> Tensor:
        """Logits of what was changed in the suspect.

        Args:
            suspect, source: RGB, float [n, 3, height, width], -1 to 1.

        Returns:
            float [n, 1, height, width].
        """
        count, maps = len(suspect), []
        features = torch.cat([suspect, source])
        for stage in (self.third, self.fourth, self.fifth):
            features = stage(features)
            mine, theirs = features[:count], features[count:]
            maps += [pooled_correlation(mine, theirs), pooled_correlation(mine, mine, itself=True)]
        seen = self.scale(torch.cat(maps, 1))
        logits = torch.stack([branch(seen) for branch in self.pyramid]).sum(0)
        return F.interpolate(logits, scale_factor=self.stride, mode="bilinear", align_corners=False)
