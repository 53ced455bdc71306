"""Runs ViTHash: frames of one video in, packed codes out, on the CPU or a CUDA device."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vtl_desktop.core.errors import UsageError, WeightsError
from vtl_desktop.core.hashing import BIT_LENGTHS, DEFAULT_BITS, pack_bits
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.networks.vithash import ViTHash, ViTHashConfig
from vtl_desktop.networks.weights import (
    digest_of,
    load_manifest,
    load_strictly,
    read_weights,
    stored_config,
    verify,
)

CPU_BATCH = 8
"""Frames that one core takes at a time: 8 stay in its cache and give a short video to several cores."""
CUDA_BATCH = 512


class Encoder:
    """A loaded ViTHash.

    Every batch is filled up to one fixed size, so that a frame's code does not depend on what it is computed with.

    Attributes:
        bits: length of the codes that `encode` gives.
        input_size: side of the square frames it takes, in pixels.
        clip_frames: how many frames make one clip.
        weights_digest: SHA-256 of the file of weights.
        device_name: "CPU" or "CUDA: " and the device's name.
        notes: what the analyst should know about how the codes were computed, one sentence each.
    """

    def __init__(self, network: ViTHash, *, bits: int, weights_digest: str, device: torch.device) -> None:
        self.bits = bits
        self.input_size = network.config.input_size
        self.clip_frames = network.config.clip_frames
        self.weights_digest = weights_digest
        self.notes: list[str] = []
        self._network = network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        self._use(device)

    @classmethod
    def load(cls, *, bits: int = DEFAULT_BITS, device: str = "auto", weights: Path | None = None) -> Encoder:
        """Loads the weights that ship with the program, or others.

        Args:
            bits: code length, one of `BIT_LENGTHS`.
            device: "auto", "cpu" or "cuda"; without a usable CUDA device the CPU is used and a note says so.
            weights: a .safetensors file of ViTHash; by default the one in the manifest.

        Raises:
            WeightsError: when the weights are missing, damaged, or not ViTHash's.
            UsageError: for a code length or device that does not exist.
        """
        if bits not in BIT_LENGTHS:
            raise UsageError(f"No codes of {bits} bits.", f"Choose one of {', '.join(map(str, BIT_LENGTHS))}.")
        if device not in ("auto", "cpu", "cuda"):
            raise UsageError(f"No device named {device}.", "Choose auto, cpu or cuda.")
        path = verify(load_manifest().entry("vithash")) if weights is None else weights
        digest = digest_of(path)
        network = load_vithash(path)
        if bits > network.config.bits:
            raise WeightsError(f"{path}: gives {network.config.bits} bits, not {bits}.", "Choose shorter codes.")
        usable = torch.cuda.is_available()
        chosen = torch.device("cuda" if device != "cpu" and usable else "cpu")
        encoder = cls(network, bits=bits, weights_digest=digest, device=chosen)
        if device == "cuda" and not usable:
            encoder.notes.append("No CUDA device can be used here; the codes were computed on the CPU.")
        return encoder

    def encode(
        self, frames: NDArray[np.uint8], *, alone: bool = False, cancel: CancelToken | None = None
    ) -> NDArray[np.uint8]:
        """Codes of one video; code i is that of the clip centred on frame i.

        Args:
            frames: uint8 [n, S, S, 3], RGB, area-averaged to squares of `input_size`, sampled uniformly, in time order.
            alone: they are pictures that have nothing to do with each other: each makes a clip by itself.
            cancel: asked between batches.

        Returns:
            Packed codes, uint8 [n, bits / 8].

        Raises:
            Cancelled: when the caller asked for it.
            ValueError: for frames of another shape or type.
        """
        return pack_bits(self.logits(frames, alone=alone, cancel=cancel)[:, : self.bits] > 0)

    def logits(
        self, frames: NDArray[np.uint8], *, alone: bool = False, cancel: CancelToken | None = None
    ) -> NDArray[np.float32]:
        """What the codes are the signs of: float32 [n, 1024]; arguments as for `encode`."""
        wanted = (self.input_size, self.input_size, 3)
        if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[1:] != wanted:
            raise ValueError(
                f"frames must be uint8 [n, {wanted[0]}, {wanted[1]}, 3], not {frames.dtype} {frames.shape}"
            )
        if len(frames) == 0:
            return np.zeros((0, self._network.config.bits), np.float32)
        while True:
            try:
                return self._logits(torch.from_numpy(np.ascontiguousarray(frames)), alone, cancel)
            except torch.cuda.OutOfMemoryError:
                self._make_do()

    @torch.inference_mode()
    def _logits(self, frames: Tensor, alone: bool, cancel: CancelToken | None) -> NDArray[np.float32]:
        batches = frames.split(self._batch)
        if self._workers is None:
            features = [self._features(batch, cancel) for batch in batches]
        else:
            # A core a batch instead of all cores on each operation: these meet a thousand times a batch, and beside a
            # decoder each meeting waits for the slower half (measured: four times slower on two busy cores).
            threads = torch.get_num_threads()
            try:
                features = list(self._workers.map(lambda batch: self._features_alone(batch, cancel), batches))
            finally:
                torch.set_num_threads(threads)
        every = torch.cat(features)
        last, half = len(every) - 1, self.clip_frames // 2
        centre = torch.arange(len(every), device=every.device)[:, None]
        around = torch.arange(-half, self.clip_frames - half, device=every.device)
        window = centre if alone else (centre + around).clamp(0, last)
        out = []
        for rows in window.split(self._batch):
            clips = every[_filled(rows, self._batch)]
            out.append(self._network.clip_logits(clips)[: len(rows)].float().cpu())
        return torch.cat(out).numpy()

    @torch.inference_mode()
    def _features_alone(self, frames: Tensor, cancel: CancelToken | None) -> Tensor:
        torch.set_num_threads(1)
        return self._features(frames, cancel)

    def _features(self, frames: Tensor, cancel: CancelToken | None) -> Tensor:
        if cancel is not None:
            cancel.check()
        images = _filled(frames, self._batch).to(self._device).permute(0, 3, 1, 2).float().div_(255)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._half):
            features = self._network.frame_features(images.contiguous(memory_format=torch.channels_last))
        return features[: len(frames)].float()

    def _use(self, device: torch.device) -> None:
        self._device = device
        self._network.to(device)
        on_cuda = device.type == "cuda"
        self.device_name = f"CUDA: {torch.cuda.get_device_name(device)}" if on_cuda else "CPU"
        self._batch = CUDA_BATCH if on_cuda else CPU_BATCH
        self._half = on_cuda or fast_bfloat16()
        self._workers = None if on_cuda else ThreadPoolExecutor(torch.get_num_threads(), "encode")

    def _make_do(self) -> None:
        """After CUDA ran out of memory: smaller batches, and in the end the CPU."""
        torch.cuda.empty_cache()
        if self._batch > 16:
            self._batch //= 4
            self.notes.append(f"The CUDA device ran out of memory; batches were cut to {self._batch} frames.")
            return
        self._use(torch.device("cpu"))
        self.notes.append("The CUDA device ran out of memory; the codes were computed on the CPU.")


def fast_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware: 1.8 times the frames a second, 0.2 % of the bits differ."""
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(supported and supported())


def load_vithash(path: Path) -> ViTHash:
    """A ViTHash with the weights of a .safetensors file, shaped as the file says.

    Raises:
        WeightsError: when the file is missing, damaged, or of another network.
    """
    tensors, metadata = read_weights(path)
    settings = stored_config(metadata, "vithash", path)
    try:
        network = ViTHash(ViTHashConfig(**settings))
    except (TypeError, RuntimeError, ValueError) as error:
        raise WeightsError(
            f"{path}: describes no network of this version ({error}).", "Train or export it again."
        ) from error
    load_strictly(network, tensors, path)
    return network.eval()


def _filled(rows: Tensor, count: int) -> Tensor:
    """Rows repeated from the last one up to `count`."""
    if len(rows) >= count:
        return rows
    return torch.cat([rows, rows[-1:].expand(count - len(rows), *rows.shape[1:])])
