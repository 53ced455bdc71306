"""Ways of making codes that are measured side by side: networks, trained or not, and what they are held against."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from vtl_desktop.core.hashing import BIT_LENGTHS, Codes, pack_bits
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.networks.inference import Encoder, load_vithash
from vtl_desktop.networks.vithash import ViTHash, ViTHashConfig
from vtl_desktop.networks.weights import digest_of, load_manifest, verify


class Method(Protocol):
    """Makes codes of every length from numbers that are computed once.

    Attributes:
        name: in tables.
        input_size: side of the square pictures it takes, in pixels.
        lengths: of the codes it makes, in bits.
        compares_floats: whether the numbers themselves can be compared, too, by cosine.
    """

    name: str
    input_size: int
    lengths: tuple[int, ...]
    compares_floats: bool

    def describe(self, frames: NDArray[np.uint8], *, alone: bool = False) -> NDArray[np.float32]:
        """Numbers float32 [n, m] of clips.

        Args:
            frames: of one video, uint8 [n, S, S, 3]; a clip is centred on each.
            alone: they have nothing to do with each other: each is a clip by itself.
        """
        ...

    def codes(self, described: NDArray[np.float32], bits: int) -> Codes:
        """Packed codes, uint8 [n, bits / 8], of such numbers."""
        ...


class NetworkMethod:
    """Codes of a ViTHash, of all lengths that it was made for. Attributes as for `Method`."""

    compares_floats = True

    def __init__(self, name: str, network: ViTHash, device: str, digest: str = "") -> None:
        usable = torch.cuda.is_available() and device != "cpu"
        self.name = name
        self.lengths = tuple(bits for bits in BIT_LENGTHS if bits <= network.config.bits)
        self.input_size = network.config.input_size
        self.config = network.config
        self._thresholds = np.zeros(network.config.bits, np.float32)
        where = torch.device("cuda" if usable else "cpu")
        self._encoder = Encoder(network, bits=self.lengths[-1], weights_digest=digest, device=where)

    @property
    def about(self) -> dict[str, object]:
        """What one must know to make the same numbers again."""
        encoder = self._encoder
        return {
            "weights": encoder.weights_digest,
            "input_size": encoder.input_size,
            "clip_frames": encoder.clip_frames,
            "device": encoder.device_name,
        }

    def describe(self, frames: NDArray[np.uint8], *, alone: bool = False) -> NDArray[np.float32]:
        """Logits, float32 [n, bits of the network]; see `Method`."""
        return self._encoder.logits(frames, alone=alone) - self._thresholds

    def codes(self, described: NDArray[np.float32], bits: int) -> Codes:
        """The signs of the first logits."""
        return pack_bits(described[:, :bits] > 0)


class UntrainedMethod(NetworkMethod):
    """The same network as it is before the first step of training. Attributes as for `Method`."""

    def __init__(self, name: str, config: ViTHashConfig, seed: int, device: str = "auto") -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = ViTHash(config)
        super().__init__(name, network, device)

    def balance(self, described: dict[str, NDArray[np.float32]]) -> None:
        """Sets each bit's threshold to its median over the logits of the sources, and changes these accordingly.

        Without that, most bits would be the same for all pictures. Training does it over its own clips.
        """
        change = np.median(np.concatenate(list(described.values())), axis=0)
        self._thresholds += change
        for logits in described.values():
            logits -= change


def trained(name: str, weights: Path | None, device: str = "auto") -> NetworkMethod:
    """A network from a .safetensors file, or, without one, the weights that ship with the program.

    Raises:
        WeightsError: when the weights are missing, damaged, or not ViTHash's.
    """
    path = verify(load_manifest().entry("vithash")) if weights is None else weights
    return NetworkMethod(name, load_vithash(path), device, digest_of(path))


def _digest(frames: NDArray[np.uint8]) -> bytes:
    # The shape, too: a clip of one frame is something else than the frame alone.
    return hashlib.blake2b(np.ascontiguousarray(frames).data, digest_size=16).digest() + bytes([frames.ndim])


class Remembered:
    """A method that computes what it has seen before only once, until it is told to forget."""

    def __init__(self, method: Method) -> None:
        self.method = method
        self._known: dict[bytes, NDArray[np.float32]] = {}

    def describe(self, frames: NDArray[np.uint8], *, alone: bool = False) -> NDArray[np.float32]:
        """As the method's own."""
        if alone:
            # The same pictures come in other company.
            keys = [_digest(frame) for frame in frames]
            new = {key: place for place, key in enumerate(keys) if key not in self._known}
            if new:
                described = self.method.describe(frames[list(new.values())], alone=True)
                self._known.update(zip(new, described, strict=True))
            return np.stack([self._known[key] for key in keys])
        key = _digest(frames)
        if key not in self._known:
            self._known[key] = self.method.describe(frames)
        return self._known[key]

    def forget(self) -> None:
        """Makes room."""
        self._known.clear()


class CodeMaker:
    """A method at one code length, in the shape that the product's search asks for.

    Attributes:
        bits: code length.
        input_size: side of the square pictures it takes, in pixels.
    """

    def __init__(self, remembered: Remembered, bits: int) -> None:
        self.bits = bits
        self.input_size = remembered.method.input_size
        self._remembered = remembered

    def encode(self, frames: NDArray[np.uint8], *, alone: bool = False, cancel: CancelToken | None = None) -> Codes:
        """Packed codes, uint8 [n, bits / 8], of frames uint8 [n, S, S, 3]; see `Method.describe`.

        Raises:
            Cancelled: when the caller asked for it.
        """
        if cancel is not None:
            cancel.check()
        return self._remembered.method.codes(self._remembered.describe(frames, alone=alone), self.bits)
