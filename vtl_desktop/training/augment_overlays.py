"""Pictures laid over clips, and what filming a screen does to them, batched in torch.

As in `augment_pixels`: pictures float [n, 3, S, S] in 0 to 1, all of them changed; the n pictures are clips of `frames`
frames each, and the frames of a clip are changed alike.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from vtl_desktop.training.graphics import KINDS

_HALVINGS = 3


def _uniform(generator: torch.Generator, low: float, high: float, *shape: int) -> Tensor:
    return low + (high - low) * torch.rand(*shape, generator=generator, device=generator.device)


def _axis(images: Tensor) -> Tensor:
    return (torch.arange(images.shape[-1], device=images.device) + 0.5) * 2 / images.shape[-1] - 1


def overlay(images: Tensor, bank: Tensor, frames: int, generator: torch.Generator) -> Tensor:
    """Lays one to three pictures of a bank over each clip: texts as banners, the others anywhere, often near a corner.

    Args:
        images: [n, 3, S, S], clips of `frames` frames.
        bank: [k, 4, s, s] on the same device, RGBA with plain colours, uint8, or float in 0 to 1; picture i of kind
            KINDS[i % 4], as `graphics` makes them. s is a multiple of 8.
        frames: of a clip.
        generator: where chance comes from.

    Returns:
        float [n, 3, S, S], in 0 to 1 if the images were.
    """
    count = len(images) // frames
    # Three in five clips get one, three in ten two, one in ten three.
    more = torch.rand(count, generator=generator, device=generator.device)
    layers = [(more < share).nonzero().flatten() for share in (1.0, 0.4, 0.1)]
    painted = _placed(bank, sum(map(len, layers)), images.shape[-1], generator)[:, None]
    clips = images.unflatten(0, (count, frames)).clone()
    for rows, layer in zip(layers, painted.split([len(rows) for rows in layers]), strict=True):
        clips[rows] = clips[rows].mul_(1 - layer[:, :, 3:]).add_(layer[:, :, :3])
    return clips.flatten(0, 1)


def _placed(bank: Tensor, count: int, size: int, generator: torch.Generator) -> Tensor:
    """`count` pictures of the bank, each at a place of its own on a clear square: [count, 4, size, size].

    The colours that come out are multiplied by alpha.
    """

    def draw(low: float, high: float) -> Tensor:
        return _uniform(generator, low, high, count)

    picked = (draw(0, 1) * len(bank)).long().clamp(max=len(bank) - 1)
    banner = picked % len(KINDS) == KINDS.index("text")
    # Halves of the sides, as everything is in -1 to 1: what is a share of the picture's side elsewhere is one here too.
    box = draw(0.1, 0.35)
    width = torch.where(banner, draw(0.5, 1.0), box)
    height = torch.where(banner, (width * draw(0.12, 0.26)).clamp(0.08, 0.2), box * torch.exp(draw(-0.15, 0.15)))
    height = torch.where(banner, height, height.clamp(0.1, 0.35))
    low = torch.where(draw(0, 1) < 0.7, draw(0.4, 1.0), draw(-1.0, -0.4))
    cornered = (draw(0, 1) < 0.5) & ~banner
    across, down = draw(-1, 1), torch.where(banner, low, draw(-1, 1))
    at_corner = (torch.sign(across) * draw(0.75, 1), torch.sign(down) * draw(0.75, 1))
    centre_x = torch.where(cornered, at_corner[0], across) * (1 - width)
    centre_y = torch.where(cornered, at_corner[1], down) * (1 - height)
    angle = draw(-1, 1) * torch.where(banner, 0.05, 0.2)
    # Three in five cover what is under them wholly.
    opacity = draw(0.5, 1.75).clamp(max=1)
    cosine, sine = torch.cos(angle), torch.sin(angle)
    zero = torch.zeros_like(width)
    turn = torch.stack([cosine, sine, zero, -sine, cosine, zero], 1).view(-1, 2, 3)
    turn[:, :, 2] = -(turn[:, :, :2] @ torch.stack([centre_x, centre_y], 1)[:, :, None])[..., 0]
    affine = turn / torch.stack([width, height], 1)[:, :, None]
    # A banner is squeezed far more in height than in width: each axis is area-averaged as far as it is shrunk itself.
    steps = bank.shape[-1] / size / torch.stack([torch.where(banner, height, width), width])
    halvings = torch.floor(torch.log2(steps.clamp(min=1)) + 0.35).long().clamp(max=_HALVINGS)
    level = halvings[0] * (_HALVINGS + 1) + halvings[1]
    full = 255 if bank.dtype == torch.uint8 else 1
    out = torch.empty(count, 4, size, size, device=bank.device)
    for number in level.unique().tolist():
        rows = (level == number).nonzero().flatten()
        pictures = bank.index_select(0, picked[rows]).float()
        # Plain colours would bleed in from where nothing is to be seen.
        pictures[:, :3] *= pictures[:, 3:]
        pictures[:, 3:] *= full
        pictures = _averaged(pictures, 2 ** (number // (_HALVINGS + 1)), 2 ** (number % (_HALVINGS + 1)))
        grid = F.affine_grid(affine[rows], [len(rows), 4, size, size], align_corners=False)
        out[rows] = F.grid_sample(pictures, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return out.mul_((opacity / full**2).view(-1, 1, 1, 1))


def _averaged(pictures: Tensor, down: int, across: int) -> Tensor:
    """The mean of each `down` x `across` pixels; as a product of matrices in a third of the time of `avg_pool2d`."""
    if down > 1:
        pictures = pictures.unflatten(2, (-1, down)).sum(3)
    width = pictures.shape[-1] // across
    return pictures @ torch.eye(width, device=pictures.device).div(down * across).repeat_interleave(across, 0)


def moire(images: Tensor, frames: int, generator: torch.Generator) -> Tensor:
    """The beat of a filmed screen's pixels with the camera's, sometimes with the bands of its refresh, and a cold cast.

    One or two gratings of 4 to 20 pixels a wave, which differ a little a colour and bend slowly over the picture; they
    shade by 3 to 15 % of the light there is, as a screen shows nothing where it is black.

    Returns:
        float [n, 3, S, S], in 0 to 1.
    """
    count, size = len(images) // frames, images.shape[-1]
    x, y = _axis(images).view(1, -1), _axis(images).view(-1, 1)

    def draw(low: float, high: float, colours: int = 1) -> Tensor:
        return _uniform(generator, low, high, count, colours, 1)

    # Each grating is a sine of a polynomial of the place; the second one is there in half of the clips.
    terms = torch.stack(torch.broadcast_tensors(torch.ones_like(x), x, y, x * x, x * y, y * y, x**3, y**3)).flatten(1)
    beat = draw(0.03, 0.15)
    second = (draw(0, 1) < 0.5) * draw(0.3, 1)
    light = torch.ones(count, 3, size * size, device=images.device)
    for strength in (beat / (1 + second), beat * second / (1 + second)):
        # Radians from the middle to the edge: half of the waves over the whole picture.
        frequency = math.pi * size / torch.exp(draw(math.log(4), math.log(20)))
        direction = draw(0, math.pi)
        bends = [draw(-2.5, 2.5), draw(-2.5, 2.5), draw(-2.5, 2.5), draw(-1, 1), draw(-1, 1)]
        shape = torch.cat([torch.cos(direction) * frequency, torch.sin(direction) * frequency, *bends], 2)
        start = draw(0, 2 * math.pi) + draw(-0.8, 0.8, 3)
        phase = torch.cat([start, shape * draw(0.97, 1.03, 3)], 2)
        light.addcmul_((phase @ terms).sin_(), strength)
    light = light.unflatten(2, (size, size))
    rolling = (draw(0, 1) < 0.35) * draw(0.02, 0.06)
    light += (rolling * torch.sin(math.pi * draw(1, 3) * y.flatten() + draw(0, 2 * math.pi)))[..., None]
    light *= torch.cat([1 - draw(0, 0.06), torch.ones_like(beat), 1 + draw(0, 0.06)], 1)[..., None]
    clips = images.clamp(0, 1).unflatten(0, (count, frames))
    # As good as a gamma of 0.8 to 1.25, in a tenth of the time.
    gamma = draw(-0.25, 0.25)[:, None, :, None]
    return ((clips + gamma * clips * (1 - clips)) * light[:, None]).clamp_(0, 1).flatten(0, 1)
