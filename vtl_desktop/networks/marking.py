"""Runs the Localizator: frames laid over each other in, what was changed in each out, on the CPU or a CUDA device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from vtl_desktop.core.errors import UsageError, WeightsError
from vtl_desktop.networks.inference import fast_bfloat16
from vtl_desktop.networks.localizator import ALTERED, GRAPHICS, STRIDE, Localizator, LocalizatorConfig
from vtl_desktop.networks.localizator_input import prepared
from vtl_desktop.networks.weights import (
    digest_of,
    load_manifest,
    load_strictly,
    read_weights,
    stored_config,
    verify,
)
from vtl_desktop.vision.laying import LaidOver

NAME = "localizator"


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """What was changed in one frame, at working size: grey, uint8 [height, width], 255 = surely changed.

    Attributes:
        graphics: laid over the picture.
        altered: changed in the picture.
    """

    graphics: NDArray[np.uint8]
    altered: NDArray[np.uint8]


class Marker:
    """A loaded Localizator.

    Attributes:
        frames: how many frames in a row are best shown together; fewer will do.
        weights_digest: SHA-256 of the file of weights.
        device_name: "CPU" or "CUDA: " and the device's name.
        notes: what the analyst should know about how masks were computed, one sentence each.
    """

    def __init__(self, network: Localizator, *, weights_digest: str, device: torch.device) -> None:
        self.frames = network.config.frames
        self.weights_digest = weights_digest
        self.notes: list[str] = []
        self._network = _fused(network.eval()).requires_grad_(False).to(memory_format=torch.channels_last)
        self._use(device)

    @classmethod
    def load(cls, *, device: str = "auto", weights: Path | None = None) -> Marker:
        """Loads the weights that ship with the program, or others.

        Args:
            device: "auto", "cpu" or "cuda"; without a usable CUDA device the CPU is used and a note says so.
            weights: a .safetensors file of a Localizator; by default the one in the manifest.

        Raises:
            WeightsError: when the weights are missing, damaged, or not the Localizator's.
            UsageError: for a device that does not exist.
        """
        if device not in ("auto", "cpu", "cuda"):
            raise UsageError(f"No device named {device}.", "Choose auto, cpu or cuda.")
        path = verify(load_manifest().entry(NAME)) if weights is None else weights
        usable = torch.cuda.is_available()
        chosen = torch.device("cuda" if device != "cpu" and usable else "cpu")
        marker = cls(load_localizator(path), weights_digest=digest_of(path), device=chosen)
        if device == "cuda" and not usable:
            marker.notes.append("No CUDA device can be used here; masks were computed on the CPU.")
        return marker

    def mark(self, pairs: Sequence[LaidOver]) -> list[Marks]:
        """Marks frames in a row of one stretch; they exchange what they show.

        Args:
            pairs: of one size, in time order, about `frames` of them.

        Returns:
            One entry a pair; nothing is marked where the source has no pixels.
        """
        if not pairs:
            return []
        height, width = pairs[0].inside.shape
        rows = np.stack([prepared(pair.suspect, pair.source, pair.inside) for pair in pairs])
        padded = np.pad(rows, ((0, 0), (0, -height % STRIDE), (0, -width % STRIDE), (0, 0)))
        while True:
            try:
                shares = self._shares(torch.from_numpy(padded).permute(0, 3, 1, 2)[None])
                break
            except torch.cuda.OutOfMemoryError:
                torch.cuda.empty_cache()
                self._use(torch.device("cpu"))
                self.notes.append("The CUDA device ran out of memory; masks were computed on the CPU.")
        inside = np.stack([pair.inside for pair in pairs])[:, None]
        grey = np.where(inside, shares[:, :, :height, :width], 0)
        return [Marks(frame[GRAPHICS], frame[ALTERED]) for frame in grey]

    @torch.inference_mode()
    def _shares(self, rows: Tensor) -> NDArray[np.uint8]:
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._half):
            logits = self._network(rows.to(self._device))[0]
        return torch.sigmoid(logits.float()).mul_(255).round_().byte().cpu().numpy()

    def _use(self, device: torch.device) -> None:
        self._device = device
        self._network.to(device)
        on_cuda = device.type == "cuda"
        self.device_name = f"CUDA: {torch.cuda.get_device_name(device)}" if on_cuda else "CPU"
        self._half = on_cuda or fast_bfloat16()


def load_localizator(path: Path) -> Localizator:
    """A Localizator with the weights of a .safetensors file, shaped as the file says.

    Raises:
        WeightsError: when the file is missing, damaged, or of another network.
    """
    tensors, metadata = read_weights(path)
    settings = stored_config(metadata, NAME, path)
    try:
        network = Localizator(LocalizatorConfig(**settings))
    except (TypeError, RuntimeError, ValueError) as error:
        raise WeightsError(
            f"{path}: describes no network of this version ({error}).", "Train or export it again."
        ) from error
    load_strictly(network, tensors, path)
    return network.eval()


def _fused(network: Localizator) -> Localizator:
    """Each convolution with the normalisation after it as one; the result is the same, a tenth faster."""
    for module in network.modules():
        if not isinstance(module, nn.Sequential):
            continue
        for number in range(len(module) - 1):
            conv, norm = module[number], module[number + 1]
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                module[number], module[number + 1] = fuse_conv_bn_eval(conv, norm), nn.Identity()
    return network
