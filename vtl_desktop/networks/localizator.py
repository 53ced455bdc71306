"""Localizator: what was changed in a suspect, from its frames and the source's laid over them.

A CNN-transformer hybrid with an up-sampling head, as in the paper (section 4.1.2): convolutions see edges and noise, a
transformer at a sixteenth of the picture's size sees what belongs together. Unlike the released one, frames exchange
what they see at every level, so that a mask is steady and noise averages out; nothing is fixed to a size or number of
frames; and what was laid over a picture is told apart from what was altered in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CHANNELS = 11
"""Of the input: suspect 3, source 3, their difference 3, how unusual it is 1, where the source has pixels 1."""

GRAPHICS, ALTERED = 0, 1
"""Of the output: added graphics, altered content."""

STRIDE = 16


@dataclass(frozen=True, slots=True)
class LocalizatorConfig:
    """Shape of the network.

    Attributes:
        widths: channels at 1/2, 1/4, 1/8 and 1/16 of the picture's size.
        depths: residual blocks at 1/4 and 1/8, transformer blocks at 1/16.
        fine: channels at the picture's own size, where borders are drawn.
        heads: of each attention.
        frames: that it was trained to see together.
    """

    widths: tuple[int, int, int, int] = (24, 40, 80, 160)
    fine: int = 16
    depths: tuple[int, int, int] = (2, 2, 3)
    heads: int = 5
    frames: int = 4


def _conv(before: int, after: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, size, stride, (size - 1) // 2, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _conv(width, width)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(self.first(x)))


class _Exchange(nn.Module):
    """Each frame learns what the mean of all frames shows at the same place."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(2 * width, width, 1)

    def forward(self, x: Tensor, frames: int) -> Tensor:
        clips = x.unflatten(0, (-1, frames))
        mean = clips.mean(1, keepdim=True).expand_as(clips).flatten(0, 1)
        return x + self.mix(torch.cat([x, mean], 1))


class _Attention(nn.Module):
    """Attention over the tokens of one sequence: [n, tokens, width]."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(self.norm(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v)
        return x + self.out(seen.transpose(1, 2).flatten(2))


class _Transformer(nn.Module):
    """Attention over the places of a frame, then over the frames of a place, then an MLP.

    Where a token lies is told by a depth-wise convolution, which holds for pictures of any size.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.place = nn.Conv2d(width, width, 3, 1, 1, groups=width)
        self.within = _Attention(width, heads)
        self.across = _Attention(width, heads)
        self.mlp = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.GELU(), nn.Linear(3 * width, width)
        )

    def forward(self, x: Tensor, frames: int) -> Tensor:
        height, width = x.shape[-2:]
        x = x + self.place(x)
        tokens = self.within(x.flatten(2).transpose(1, 2))
        if frames > 1:
            clips = tokens.unflatten(0, (-1, frames)).transpose(1, 2)
            seen = self.across(clips.flatten(0, 1)).unflatten(0, clips.shape[:2])
            tokens = seen.transpose(1, 2).flatten(0, 1)
        tokens = tokens + self.mlp(tokens)
        return tokens.transpose(1, 2).unflatten(2, (height, width))


class Localizator(nn.Module):
    """See the module's docstring."""

    def __init__(self, config: LocalizatorConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or LocalizatorConfig()
        half, quarter, eighth, deep = config.widths
        self.stem = _conv(CHANNELS, half, 5, 2)
        self.down4 = nn.Sequential(_conv(half, quarter, 3, 2), *(_Residual(quarter) for _ in range(config.depths[0])))
        self.exchange4 = _Exchange(quarter)
        self.down8 = nn.Sequential(_conv(quarter, eighth, 3, 2), *(_Residual(eighth) for _ in range(config.depths[1])))
        self.exchange8 = _Exchange(eighth)
        self.down16 = _conv(eighth, deep, 3, 2)
        self.transformer = nn.ModuleList(_Transformer(deep, config.heads) for _ in range(config.depths[2]))
        self.up8 = nn.Conv2d(deep, eighth, 1)
        self.join8 = _Residual(eighth)
        self.up4 = nn.Conv2d(eighth, quarter, 1)
        self.join4 = _Residual(quarter)
        self.up2 = nn.Conv2d(quarter, half, 1)
        self.join2 = _Residual(half)
        # Each place at half size gives the four pixels it stands for; the input itself then tells the border's pixels.
        self.head = nn.Conv2d(half, 8, 3, 1, 1)
        self.up1 = nn.Conv2d(half, config.fine, 1)
        self.look = nn.Sequential(nn.Conv2d(CHANNELS, config.fine, 3, 1, 1, bias=False), nn.BatchNorm2d(config.fine))
        self.join1 = _conv(config.fine, config.fine)
        self.border = nn.Conv2d(config.fine, 2, 3, 1, 1)
        nn.init.normal_(self.border.weight, std=1e-3)
        # Most of a picture is unchanged: without this the first steps are spent on learning so.
        nn.init.constant_(self.head.bias, -3.0)  # pyright: ignore[reportArgumentType]

    def forward(self, x: Tensor) -> Tensor:
        """Logits of what was changed.

        Args:
            x: float [n, frames, CHANNELS, height, width], height and width multiples of `STRIDE`; see
                `localizator_input.prepared`.

        Returns:
            float [n, frames, 2, height, width]: `GRAPHICS`, `ALTERED`.
        """
        frames = x.shape[1]
        halves = self.stem(x.flatten(0, 1))
        quarters = self.exchange4(self.down4(halves), frames)
        eighths = self.exchange8(self.down8(quarters), frames)
        deep = self.down16(eighths)
        for block in self.transformer:
            deep = block(deep, frames)
        y = self.join8(eighths + _up(self.up8(deep)))
        y = self.join4(quarters + _up(self.up4(y)))
        y = self.join2(halves + _up(self.up2(y)))
        fine = self.join1(F.relu(self.look(x.flatten(0, 1)) + _up(self.up1(y))))
        return (F.pixel_shuffle(self.head(y), 2) + self.border(fine)).unflatten(0, (-1, frames))


def _up(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
