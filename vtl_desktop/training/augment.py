"""What happens to a video on its way through the internet, batched in torch on the training device.

`Augmenter.view` turns squares of the frame store into what the network sees. Each clip draws its own changes; the
frames of one clip share them. Geometry (crop, rotation, perspective, bars, picture-in-picture, split screen) is one
homography a clip and one sampling, from the level of a pyramid that fits, so that nothing aliases.
"""

from __future__ import annotations

import math
from collections.abc import Collection

import torch
import torch.nn.functional as F
from torch import Tensor

from vtl_desktop.training.augment_overlays import moire, overlay
from vtl_desktop.training.augment_pixels import blockiness, blur, caption, colour, inset, local_edit, noise, soften

CHANGES = (
    *("crop", "rotation", "perspective", "bars", "picture_in_picture", "split"),
    *("local_edit", "inset", "caption", "graphics", "moire"),
    *("colour", "grey", "blur", "rescale", "noise", "compression"),
)
"""What can be left out. `grey` is a part of `colour`: without that, nothing turns grey either; and `moire` comes with
`perspective` only."""

FORGERIES = ("splice", "swap", "removal", "clone", "warp")
"""What can be left out as well: kinds of forgery. The first four are what `local_edit` makes; nothing here warps."""


class Augmenter:
    """Makes views of clips.

    Attributes:
        size: side of the squares that come out, in pixels.
        generator: where chance comes from, on the device of the data.
        without: changes that are never made, of `CHANGES` and `FORGERIES`.
        bank: uint8 [k, 4, s, s] RGBA on the device of the data, of `graphics.graphics`; None leaves `graphics` out.
    """

    def __init__(
        self, size: int, generator: torch.Generator, without: Collection[str] = (), bank: Tensor | None = None
    ) -> None:
        self.size = size
        self.generator = generator
        self.without = frozenset(without)
        self.bank = bank

    def view(self, clips: Tensor, strength: float) -> Tensor:
        """One changed view of each clip.

        Args:
            clips: uint8 [b, T, 3, M, M], squares of the frame store; b >= 2, as clips also borrow from each other.
            strength: 0 leaves the clip nearly as it is, 1 applies everything at full force and frequency.

        Returns:
            float32 [b, T, 3, size, size], RGB in 0 to 1.
        """
        batch, frames = clips.shape[:2]
        images = clips.flatten(0, 1).float().div_(255)
        levels = pyramid(images)
        plain = fitting(levels, self.size)
        other = plain.unflatten(0, (batch, frames)).roll(1 + int(self._uniform(1) * (batch - 1)), 0).flatten(0, 1)
        homography, inner, background, tilted = self._geometry(batch, strength)
        grid, inside = sampling_grid(homography, inner, self.size)
        placed = sample(levels, grid.repeat_interleave(frames, 0), homography.repeat_interleave(frames, 0))
        backs = self._backgrounds(plain, other, background.repeat_interleave(frames, 0))
        out = torch.lerp(backs, placed, inside.repeat_interleave(frames, 0))
        return self._pixels(out, other, tilted, frames, strength).clamp_(0, 1).unflatten(0, (batch, frames))

    def _uniform(self, *shape: int) -> Tensor:
        return torch.rand(*shape, generator=self.generator, device=self.generator.device)

    def _between(self, low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * self._uniform(*shape)

    def _chosen(self, batch: int, chance: float | Tensor, change: str) -> Tensor:
        return (self._uniform(batch) < chance) & (change not in self.without)

    def _geometry(self, batch: int, strength: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Homographies output to source [b, 3, 3], rectangles the source is placed in [b, 4], backgrounds [b], and
        which clips are seen aslant, bool [b].
        """
        device = self.generator.device
        total = torch.eye(3, device=device).repeat(batch, 1, 1)
        inner = torch.tensor([0.0, 0.0, 1.0, 1.0], device=device).repeat(batch, 1)
        background = torch.zeros(batch, dtype=torch.long, device=device)
        self._place(inner, background, strength)
        total[:, 0, 0], total[:, 0, 2] = 1 / inner[:, 2], -inner[:, 0] / inner[:, 2]
        total[:, 1, 1], total[:, 1, 2] = 1 / inner[:, 3], -inner[:, 1] / inner[:, 3]
        turned = self._chosen(batch, 0.25 * strength, "rotation")
        angle = self._between(-0.28, 0.28, batch) * turned
        tilt, tilted = self._between(-0.22, 0.22, batch, 2), self._chosen(batch, 0.2 * strength, "perspective")
        turn = torch.eye(3, device=device).repeat(batch, 1, 1)
        turn[:, 0, 0] = turn[:, 1, 1] = torch.cos(angle)
        turn[:, 0, 1], turn[:, 1, 0] = -torch.sin(angle), torch.sin(angle)
        turn[:, 2, :2] = tilt * tilted[:, None]
        # A filmed screen stands a little smaller in the picture, so that its edges show.
        away = 1 + self._between(0, 0.25, batch) * tilted
        turn[:, :2] *= away[:, None, None]
        total = self._crop(batch, strength) @ turn @ total
        return total, inner, background, tilted

    def _crop(self, batch: int, strength: float) -> Tensor:
        cropped = self._chosen(batch, 0.15 + 0.45 * strength, "crop")
        area = self._between(1 - 0.75 * strength, 1.0, batch)
        ratio = torch.exp(self._between(-0.3, 0.3, batch) * strength)
        width = torch.where(cropped, (area * ratio).sqrt().clamp(max=1), torch.ones_like(area))
        height = torch.where(cropped, (area / ratio).sqrt().clamp(max=1), torch.ones_like(area))
        crop = torch.eye(3, device=area.device).repeat(batch, 1, 1)
        crop[:, 0, 0], crop[:, 1, 1] = width, height
        crop[:, 0, 2] = self._between(-1, 1, batch) * (1 - width)
        crop[:, 1, 2] = self._between(-1, 1, batch) * (1 - height)
        return crop

    def _place(self, inner: Tensor, background: Tensor, strength: float) -> None:
        """Bars, picture-in-picture and split screens, written into `inner` (x, y, half width, half height)."""
        batch = len(inner)
        kind = self._uniform(batch) / max(strength, 1e-6)
        bars = (kind < 0.18) & ("bars" not in self.without)
        pip = (kind >= 0.18) & (kind < 0.3) & ("picture_in_picture" not in self.without)
        split = (kind >= 0.3) & (kind < 0.36) & ("split" not in self.without)
        keep = self._between(0.3, 0.92, batch)
        lying = self._uniform(batch) < 0.65
        one = torch.ones_like(keep)
        inner[:, 2] = torch.where(bars & ~lying, keep, inner[:, 2])
        inner[:, 3] = torch.where(bars & lying, keep, inner[:, 3])
        small = self._between(0.5, 0.9, batch)
        stretch = torch.exp(self._between(-0.12, 0.12, batch))
        inner[:, 2] = torch.where(pip, small * stretch, inner[:, 2])
        inner[:, 3] = torch.where(pip, small / stretch, inner[:, 3])
        inner[:, 2] = torch.where(split & lying, 0.5 * one, inner[:, 2])
        inner[:, 3] = torch.where(split & ~lying, 0.5 * one, inner[:, 3])
        inner[:, 0] = self._between(-1, 1, batch) * (1 - inner[:, 2])
        inner[:, 1] = self._between(-1, 1, batch) * (1 - inner[:, 3])
        centred = bars & (self._uniform(batch) < 0.85)
        inner[:, :2] = torch.where(centred[:, None], torch.zeros_like(inner[:, :2]), inner[:, :2])
        side = torch.where(self._uniform(batch) < 0.5, -0.5, 0.5)
        inner[:, 0] = torch.where(split & lying, side, inner[:, 0])
        inner[:, 1] = torch.where(split & ~lying, side, inner[:, 1])
        behind_bars = torch.where(self._uniform(batch) < 0.5, 0, 1)
        background.copy_(torch.where(bars, behind_bars, torch.where(pip | split, 2, 0)))

    def _backgrounds(self, plain: Tensor, other: Tensor, kind: Tensor) -> Tensor:
        """Nearly black (0), the picture itself blurred and enlarged (1), or another picture (2)."""
        out = torch.full_like(plain, 0.02) + 0.1 * self._uniform(1)
        own = (kind == 1).nonzero().flatten()
        if len(own):
            cut = self.size // 4
            small = F.interpolate(plain[own][..., cut:-cut], (10, 10), mode="area")
            out[own] = F.interpolate(small, (self.size, self.size), mode="bicubic", align_corners=False)
        borrowed = (kind == 2).nonzero().flatten()
        out[borrowed] = other[borrowed]
        return out

    def _pixels(self, images: Tensor, other: Tensor, tilted: Tensor, frames: int, strength: float) -> Tensor:
        """What changes pixels where they are; one draw a clip. `tilted` [b]: clips that are filmed from a screen."""
        batch, bank, dice = len(tilted), self.bank, self.generator
        with_grey = "grey" not in self.without
        tint, laid = 0.25 + 0.75 * strength, 0.25 if bank is not None else 0.0
        for name, chance, change in (
            ("local_edit", 0.45 * strength, lambda x, i: local_edit(x, other[i], frames, dice, without=self.without)),
            ("inset", 0.12 * strength, lambda x, i: inset(x, other[i], frames, dice)),
            ("caption", 0.3 * strength, lambda x, i: caption(x, frames, dice)),
            ("graphics", laid * strength, lambda x, i: x if bank is None else overlay(x, bank, frames, dice)),
            ("moire", tilted * 2 / 3, lambda x, i: moire(x, frames, dice)),
            ("colour", 0.3 + 0.4 * strength, lambda x, i: colour(x, frames, tint, dice, with_grey=with_grey)),
            ("blur", 0.25 * strength, lambda x, i: blur(x, dice)),
            ("rescale", 0.1 + 0.2 * strength, lambda x, i: soften(x, dice)),
            ("noise", 0.05 + 0.2 * strength, lambda x, i: noise(x, 0.05 * strength + 0.01, dice)),
            ("compression", 0.05 + 0.25 * strength, lambda x, i: blockiness(x, strength, dice)),
        ):
            index = self._chosen(batch, chance, name).repeat_interleave(frames).nonzero().flatten()
            if len(index):
                images[index] = change(images[index], index)
        return images


def pyramid(images: Tensor) -> list[Tensor]:
    """The pictures at full, half and quarter size, area-averaged."""
    half = F.avg_pool2d(images, 2)
    return [images, half, F.avg_pool2d(half, 2)]


def fitting(levels: list[Tensor], size: int) -> Tensor:
    """The whole pictures at `size`, from the smallest level that is not smaller."""
    level = next((x for x in reversed(levels) if x.shape[-1] >= size), levels[0])
    if level.shape[-1] == size:
        return level
    return F.interpolate(level, (size, size), mode="bilinear", align_corners=False)


def sampling_grid(homography: Tensor, inner: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Where each output pixel comes from, and whether that lies in the source and in the rectangle.

    Args:
        homography: [b, 3, 3], output to source, both in -1 to 1.
        inner: [b, 4], the placed rectangle: x, y, half width, half height.
        size: of the output.

    Returns:
        grid [b, size, size, 2] and inside, float [b, 1, size, size].
    """
    axis = (torch.arange(size, device=homography.device) + 0.5) * 2 / size - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    points = torch.stack([x, y, torch.ones_like(x)], -1).view(1, -1, 3)
    mapped = points @ homography.transpose(1, 2)
    grid = (mapped[..., :2] / mapped[..., 2:].clamp(min=0.2)).view(-1, size, size, 2)
    shown = (grid.abs() <= 1).all(-1)
    in_rectangle = ((points[..., :2] - inner[:, None, :2]).abs() <= inner[:, None, 2:]).all(-1).view(-1, size, size)
    return grid, (shown & in_rectangle)[:, None].float()


def sample(levels: list[Tensor], grid: Tensor, homography: Tensor) -> Tensor:
    """Samples each picture from the pyramid level whose pixels are nearest in size to the output's."""
    size = grid.shape[1]
    step = homography[:, :2, :2].flatten(1).abs().amax(1) * levels[0].shape[-1] / size
    level = torch.floor(torch.log2(step.clamp(min=1)) + 0.35).long().clamp(0, len(levels) - 1)
    out = torch.empty(len(grid), 3, size, size, device=grid.device)
    for number, pictures in enumerate(levels):
        rows = (level == number).nonzero().flatten()
        if len(rows):
            out[rows] = F.grid_sample(
                pictures[rows], grid[rows], mode="bilinear", padding_mode="border", align_corners=False
            )
    return out


def schedule(done: float, *, first: float = 0.15, full_at: float = 0.4) -> float:
    """The strength of views when a fraction `done` of the training is over: from `first` to 1 on a cosine ramp."""
    ramp = min(max(done / full_at, 0.0), 1.0) if full_at > 0 else 1.0
    return first + (1 - first) * 0.5 * (1 - math.cos(math.pi * ramp))
