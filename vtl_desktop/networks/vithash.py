"""ViTHash: the few frames of a clip to one code of up to 1,024 bits.

A PVTv2 backbone sees every frame by itself; a small temporal transformer looks over the clip's frame features; a
linear head gives one number a bit, and its sign is the bit. Codes are nested: the first 64, 128, 256 or 512 bits are
themselves a trained code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import timm
import torch
from torch import Tensor, nn

BACKBONE_STAGES_POOLED = 2
LAYOUT_CELLS = 4
"""A side; the third stage of a PVTv2 has as many at 64 pixels."""


@dataclass(frozen=True, slots=True)
class ViTHashConfig:
    """What shapes the network; stored beside its weights.

    Attributes:
        backbone: a PVTv2 of timm, never downloaded.
        input_size: side of the square input, in pixels.
        clip_frames: frames of one clip; odd, so that a clip has a centre.
        bits: outputs of the hash head.
        layout: numbers kept for each of the 4 x 4 cells of a frame, beside what is pooled over all of it; 0: none.
        temporal_width: inner width of the temporal transformer.
        temporal_layers: its depth.
        temporal_heads: its attention heads.
        mean: per channel, of pictures in 0 to 1, subtracted inside the network.
        std: per channel, divided by inside the network.
    """

    backbone: str = "pvt_v2_b0"
    input_size: int = 96
    clip_frames: int = 3
    bits: int = 1024
    layout: int = 0
    temporal_width: int = 256
    temporal_layers: int = 1
    temporal_heads: int = 4
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)


class _StraightThroughSign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values: Tensor) -> Tensor:  # noqa: ANN001 - torch's own context type
        return torch.where(values > 0, 1.0, -1.0).to(values.dtype)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:  # noqa: ANN001 - torch's own context type
        return gradient


def straight_through_sign(values: Tensor) -> Tensor:
    """+1 where a value is above 0, else -1; the gradient passes as if nothing had happened.

    Args:
        values: any shape, as a rule tanh of logits, whose slope then shapes the gradient.
    """
    return _StraightThroughSign.apply(values)


def mean_and_gem(feature_map: Tensor) -> Tensor:
    """Mean and generalised mean (power 3) over a map [n, c, h, w], side by side: [n, 2c]."""
    flat = feature_map.flatten(2)
    positive = flat.float().clamp(min=1e-3)
    return torch.cat([flat.float().mean(2), (positive * positive * positive).mean(2).pow(1 / 3)], dim=1)


class TemporalTransformer(nn.Module):
    """Looks over the frame features of a clip and gives one feature for all of it.

    It starts as the plain mean of the frames: what it adds goes through a projection that begins at zero.
    """

    def __init__(self, features: int, config: ViTHashConfig) -> None:
        super().__init__()
        width = config.temporal_width
        self.norm = nn.LayerNorm(features)
        self.reduce = nn.Linear(features, width)
        self.offset = nn.Embedding(64, width)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width,
                config.temporal_heads,
                2 * width,
                dropout=0.0,
                activation="gelu",
                batch_first=True,
                norm_first=True,
            )
            for _ in range(config.temporal_layers)
        )
        self.expand = nn.Linear(width, features)
        nn.init.normal_(self.offset.weight, std=0.02)
        nn.init.zeros_(self.expand.weight)
        nn.init.zeros_(self.expand.bias)

    def forward(self, features: Tensor) -> Tensor:
        """Frame features [b, T, D] to clip features [b, D]; T from 1 to 64."""
        frames = features.shape[1]
        # Positions count from the centre: a clip of one frame stands where the centre of a longer one does.
        position = torch.arange(frames, device=features.device) - frames // 2 + 32
        hidden = self.reduce(self.norm(features)) + self.offset(position)
        for layer in self.layers:
            hidden = layer(hidden)
        return features.mean(1) + self.expand(hidden.mean(1))


class Layout(nn.Module):
    """What is where in a frame, which pooling forgets: a few numbers for each cell of the third stage's map.

    Takes of one scene have the same things in other places. It starts at zero, as if it were not there.
    """

    def __init__(self, channels: int, config: ViTHashConfig) -> None:
        super().__init__()
        self.width = config.layout * LAYOUT_CELLS**2
        self.reduce = nn.Conv2d(channels, config.layout, 1)
        self.norm = nn.LayerNorm(self.width)
        self.head = nn.Linear(self.width, config.bits, bias=False)
        nn.init.zeros_(self.head.weight)

    def forward(self, feature_map: Tensor) -> Tensor:
        """A map [n, c, h, w] to features [n, width]."""
        cells = nn.functional.adaptive_avg_pool2d(self.reduce(feature_map), LAYOUT_CELLS)
        return self.norm(cells.flatten(1).float())


class ViTHash(nn.Module):
    """Frames to logits; bit i of a clip's code is set where logit i is above 0."""

    mean: Tensor
    std: Tensor
    bit_mean: Tensor
    bit_mean_count: Tensor

    def __init__(self, config: ViTHashConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or ViTHashConfig()
        self.backbone = timm.create_model(config.backbone, pretrained=False, num_classes=0)
        widths = [info["num_chs"] for info in cast("list", self.backbone.feature_info)[-BACKBONE_STAGES_POOLED:]]
        self.pooled_width = 2 * sum(widths)
        self.norm = nn.LayerNorm(self.pooled_width)
        self.temporal = TemporalTransformer(self.pooled_width, config)
        self.hash_head = nn.Linear(self.pooled_width, config.bits, bias=False)
        self.layout = Layout(widths[0], config) if config.layout else None
        self.register_buffer("mean", torch.tensor(config.mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(config.std).view(1, 3, 1, 1))
        self.register_buffer("bit_mean", torch.zeros(config.bits))
        self.register_buffer("bit_mean_count", torch.zeros(()))

    @property
    def _stages(self) -> nn.Sequential:
        return cast("nn.Sequential", self.backbone.stages)

    @property
    def _patch_embed(self) -> nn.Module:
        return cast("nn.Module", self.backbone.patch_embed)

    def frame_parameters(self) -> list[nn.Parameter]:
        """What `frame_features` is made with."""
        layout = [self.layout.reduce, self.layout.norm] if self.layout is not None else []
        return [p for module in (self.backbone, self.norm, *layout) for p in module.parameters()]

    def frame_features(self, images: Tensor) -> Tensor:
        """Features of single frames.

        Args:
            images: float [n, 3, S, S], RGB in 0 to 1; normalised in here.

        Returns:
            float32 [n, D].
        """
        hidden = self._patch_embed((images - self.mean) / self.std)
        pooled: list[Tensor] = []
        cells: list[Tensor] = []
        first_pooled = len(self._stages) - BACKBONE_STAGES_POOLED
        for index, stage in enumerate(self._stages):
            hidden = stage(hidden)
            if index >= first_pooled:
                pooled.append(mean_and_gem(hidden))
            if index == first_pooled and self.layout is not None:
                cells.append(self.layout(hidden))
        return torch.cat([self.norm(torch.cat(pooled, dim=1)), *cells], dim=1)

    def clip_logits(self, features: Tensor) -> Tensor:
        """Logits of clips from their frames' features [b, T, D]: float32 [b, bits], each bit's mean subtracted.

        In training mode the batch also updates the tracked means.
        """
        logits = self.hash_head(self.temporal(features[..., : self.pooled_width])).float()
        if self.layout is not None:
            logits = logits + self.layout.head(features[..., self.pooled_width :].mean(1)).float()
        if self.training:
            self._track(logits.detach())
        return logits - self.bit_mean

    def forward(self, clips: Tensor) -> Tensor:
        """Clips [b, T, 3, S, S], RGB in 0 to 1, to logits, float32 [b, bits]."""
        batch, frames = clips.shape[:2]
        return self.clip_logits(self.frame_features(clips.flatten(0, 1)).unflatten(0, (batch, frames)))

    @torch.no_grad()
    def _track(self, logits: Tensor) -> None:
        self.bit_mean_count += 1
        weight = torch.clamp(1 / self.bit_mean_count, min=0.02)
        self.bit_mean += weight * (logits.mean(0) - self.bit_mean)
