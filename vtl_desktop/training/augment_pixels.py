"""Changes to pixels where they are, batched in torch: pictures float [n, 3, S, S] in 0 to 1, all of them changed.

Where `frames` is asked for, the n pictures are clips of that many frames, and the frames of a clip are changed alike.
"""

from __future__ import annotations

import math
from collections.abc import Collection

import torch
import torch.nn.functional as F
from torch import Tensor

_LUMA = (0.299, 0.587, 0.114)
_FILLS = ("splice", "swap", "removal", "clone")


def _uniform(generator: torch.Generator, low: float, high: float, *shape: int) -> Tensor:
    return low + (high - low) * torch.rand(*shape, generator=generator, device=generator.device)


def _axes(images: Tensor) -> tuple[Tensor, Tensor]:
    axis = (torch.arange(images.shape[-1], device=images.device) + 0.5) * 2 / images.shape[-1] - 1
    return axis.view(1, 1, 1, -1), axis.view(1, 1, -1, 1)


def grey(images: Tensor) -> Tensor:
    """Luma [n, 1, S, S]."""
    return (images * torch.tensor(_LUMA, device=images.device).view(1, 3, 1, 1)).sum(1, keepdim=True)


def colour(
    images: Tensor, frames: int, strength: float, generator: torch.Generator, *, with_grey: bool = True
) -> Tensor:
    """Brightness, contrast, saturation, hue, gamma; sometimes all grey, unless that is left out."""
    count = len(images) // frames

    def draw(low: float, high: float) -> Tensor:
        return _uniform(generator, low, high, count).repeat_interleave(frames).view(-1, 1, 1, 1)

    out = images.clamp(1e-4, 1).pow(torch.exp(draw(-0.5, 0.5) * strength))
    mean = out.mean((1, 2, 3), keepdim=True)
    out = (out - mean) * torch.exp(draw(-0.4, 0.4) * strength) + mean + draw(-0.15, 0.15) * strength
    out = out * torch.exp(draw(-0.3, 0.3) * strength)
    luma = grey(out)
    all_grey = (draw(0, 1) < 0.3 * strength) & with_grey
    saturation = torch.where(all_grey, 0.0, 1 + draw(-0.7, 0.8) * strength)
    # Hue is a turn of the chroma plane about the grey axis (Rodrigues' formula on (1, 1, 1) / sqrt 3).
    angle = draw(-0.5, 0.5) * strength
    chroma = out - out.mean(1, keepdim=True)
    across = (chroma.roll(1, 1) - chroma.roll(-1, 1)) / math.sqrt(3)
    turned = out.mean(1, keepdim=True) + chroma * torch.cos(angle) + across * torch.sin(angle)
    return (luma + (turned - luma) * saturation).clamp(0, 1)


def blur(images: Tensor, generator: torch.Generator) -> Tensor:
    """One or two passes of a box filter of 3 pixels: at the network's size, a strong blur of the video."""
    for _ in range(1 + int(torch.rand(1, generator=generator, device=generator.device) < 0.4)):
        images = F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), 3, 1)
    return images


def soften(images: Tensor, generator: torch.Generator) -> Tensor:
    """Scaled down to half or more of its size and up again."""
    size = images.shape[-1]
    small = int(size * float(_uniform(generator, 0.4, 0.9, 1)))
    return F.interpolate(
        F.interpolate(images, (small, small), mode="area"), (size, size), mode="bilinear", align_corners=False
    )


def noise(images: Tensor, sigma: float, generator: torch.Generator) -> Tensor:
    """Gaussian noise of up to `sigma`."""
    amount = _uniform(generator, 0.2, 1.0, len(images)).view(-1, 1, 1, 1) * sigma
    return images + amount * torch.randn(images.shape, generator=generator, device=generator.device)


def _cosines(device: torch.device) -> Tensor:
    k = torch.arange(8, device=device, dtype=torch.float32)
    basis = torch.cos(math.pi * (2 * k[None] + 1) * k[:, None] / 16) / 2
    basis[0] /= math.sqrt(2)
    return basis


def blockiness(images: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Coarse quantisation of the cosine transform of 8 x 8 blocks, as a low-quality JPEG or video has it."""
    size = images.shape[-1] // 8 * 8
    blocks = images[..., :size, :size].unflatten(3, (-1, 8)).unflatten(2, (-1, 8))
    basis = _cosines(images.device)
    transformed = torch.einsum("ua,nchawb,vb->nchuwv", basis, blocks, basis)
    k = torch.arange(8, device=images.device, dtype=torch.float32)
    step = (1 + k[:, None] + k[None, :]).view(1, 1, 1, 8, 1, 8) * 0.03
    step = step * _uniform(generator, 0.2, 0.4 + strength, len(images)).view(-1, 1, 1, 1, 1, 1)
    rounded = torch.round(transformed / step) * step
    back = torch.einsum("ua,nchuwv,vb->nchawb", basis, rounded, basis)
    out = images.clone()
    out[..., :size, :size] = back.flatten(4, 5).flatten(2, 3)
    return out


def caption(images: Tensor, frames: int, generator: torch.Generator) -> Tensor:
    """One to three boxes, bars or discs of a flat colour, some filled with writing-like stripes."""
    x, y = _axes(images)
    count = len(images) // frames

    def draw(low: float, high: float) -> Tensor:
        return _uniform(generator, low, high, count).repeat_interleave(frames).view(-1, 1, 1, 1)

    out = images
    for _ in range(1 + int(3 * torch.rand(1, generator=generator, device=generator.device))):
        banner = draw(0, 1) < 0.5
        width = torch.where(banner, draw(0.6, 1.0), draw(0.06, 0.35))
        height = torch.where(banner, draw(0.05, 0.2), draw(0.06, 0.35))
        centre_x = draw(-1, 1) * torch.where(banner, 1 - width, torch.ones_like(width))
        centre_y = torch.where(banner, torch.where(draw(0, 1) < 0.7, draw(0.5, 0.9), draw(-0.9, -0.5)), draw(-1, 1))
        across, down = (x - centre_x).abs() / width, (y - centre_y).abs() / height
        disc = (draw(0, 1) < 0.4) & ~banner
        inside = torch.where(disc, (across * across + down * down) < 1, (across < 1) & (down < 1))
        paint = torch.cat([draw(0, 1), draw(0, 1), draw(0, 1)], 1)
        ink = torch.cat([draw(0, 1)] * 3, 1)
        stripes = (torch.sin(x * draw(25, 70)) * torch.sin(x * draw(8, 20)) > 0) & (down < 0.5) & (draw(0, 1) < 0.6)
        opaque = torch.where(draw(0, 1) < 0.75, 1.0, 0.6)
        out = torch.lerp(out, torch.where(stripes, ink, paint), inside * opaque)
    return out


def local_edit(
    images: Tensor, other: Tensor, frames: int, generator: torch.Generator, *, without: Collection[str] = ()
) -> Tensor:
    """A wobbly blob of 3 to 30 % of the picture shows something else: another picture (splice), that in the region's
    colours (swap), its own smoothed surroundings (removal), or another part of itself (clone).

    Those of the four that `without` names are not made; where it names all, nothing is. Its other words mean nothing.
    """
    left = [number for number, name in enumerate(_FILLS) if name not in without]
    if not left:
        return images
    x, y = _axes(images)
    count = len(images) // frames

    def draw(low: float, high: float) -> Tensor:
        return _uniform(generator, low, high, count).repeat_interleave(frames).view(-1, 1, 1, 1)

    dx, dy = x - draw(-0.6, 0.6), y - draw(-0.6, 0.6)
    angle = torch.atan2(dy, dx)
    reach = 1 + 0.15 * torch.sin(3 * angle + draw(0, 6.3)) + 0.1 * torch.sin(5 * angle + draw(0, 6.3))
    radius = (dx / draw(0.15, 0.6)) ** 2 + (dy / draw(0.15, 0.6)) ** 2
    alpha = ((reach - radius.sqrt()) * 8 + 0.5).clamp(0, 1)
    weight = alpha.sum((2, 3), keepdim=True) + 1e-3
    mean_in = (images * alpha).sum((2, 3), keepdim=True) / weight
    mean_other = (other * alpha).sum((2, 3), keepdim=True) / weight
    size = images.shape[-1]
    smooth = F.interpolate(F.interpolate(images, (6, 6), mode="area"), (size, size), mode="bilinear")
    shift = size // 4 + int(torch.rand(1, generator=generator, device=generator.device) * size / 4)
    kind = torch.tensor(left, device=images.device)[draw(0, len(left)).long()]
    fill = torch.where(kind < 1, other, torch.where(kind < 2, other - mean_other + mean_in, smooth))
    fill = torch.where(kind >= 3, images.roll(shift, 3), fill)
    return torch.lerp(images, fill, alpha)


def inset(images: Tensor, other: Tensor, frames: int, generator: torch.Generator) -> Tensor:
    """Another picture, whole, in a box of a quarter to nearly half of the side, as a rule in a corner."""
    x, y = _axes(images)
    count = len(images) // frames

    def draw(low: float, high: float) -> Tensor:
        return _uniform(generator, low, high, count).repeat_interleave(frames).view(-1, 1, 1, 1)

    half = draw(0.22, 0.45)
    corner = draw(0, 1) < 0.7
    centre_x = torch.where(corner, torch.sign(draw(-1, 1)), draw(-1, 1)) * (1 - half)
    centre_y = torch.where(corner, torch.sign(draw(-1, 1)), draw(-1, 1)) * (1 - half)
    across, down = (x - centre_x) / half, (y - centre_y) / half
    inside = ((across.abs() < 1) & (down.abs() < 1)).float()
    size = images.shape[-1]
    grid = torch.stack([across.expand(-1, 1, size, -1), down.expand(-1, 1, -1, size)], -1)[:, 0]
    # Every third pixel or so is taken: what is pasted is a distraction, and may be rough.
    pasted = F.grid_sample(other, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return torch.lerp(images, pasted, inside)
