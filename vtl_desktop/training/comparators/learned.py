"""A trained matcher as a comparator, and the networks that can be one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from vtl_desktop.core.errors import UsageError
from vtl_desktop.core.media import GreyPicture
from vtl_desktop.networks.inference import fast_bfloat16
from vtl_desktop.networks.weights import load_strictly, read_weights, stored_config
from vtl_desktop.training.comparators.dmac import Dmac
from vtl_desktop.training.comparators.dmvn import Dmvn
from vtl_desktop.vision.laying import LaidOver

Matcher = Dmac | Dmvn

MATCHERS: dict[str, Callable[[], Matcher]] = {"dmac": Dmac, "dmvn": Dmvn}


def new_matcher(name: str) -> Matcher:
    """An untrained one.

    Raises:
        UsageError: there is none of this name.
    """
    if name not in MATCHERS:
        raise UsageError(f"There is no comparator {name}.", f"Known are: {', '.join(MATCHERS)}.")
    return MATCHERS[name]()


class Learned:
    """A trained matcher; it sees each frame alone."""

    def __init__(self, network: Matcher) -> None:
        """Args:
        network: trained; it is set to evaluation.
        """
        self._network = network.eval().requires_grad_(False)

    @classmethod
    def load(cls, name: str, weights: Path) -> Learned:
        """One with the weights that `comparators.train` wrote.

        Raises:
            UsageError: there is none of this name.
            WeightsError: the weights are missing, damaged, or another network's.
        """
        network = new_matcher(name)
        tensors, metadata = read_weights(weights)
        stored_config(metadata, name, weights)
        load_strictly(network, tensors, weights)
        return cls(network)

    @torch.inference_mode()
    def mark(self, pairs: Sequence[LaidOver]) -> list[GreyPicture]:
        """See `comparator.Comparator.mark`."""
        out = []
        for pair in pairs:
            height, width = pair.inside.shape
            margins = (0, -width % self._network.stride, 0, -height % self._network.stride)
            suspect, source = (
                F.pad(torch.from_numpy(_shown(picture, pair.inside))[None], margins)
                for picture in (pair.suspect, pair.source)
            )
            with torch.autocast("cpu", torch.bfloat16, enabled=fast_bfloat16()):
                logits = self._network(suspect, source)
            said = torch.sigmoid(logits.float())[0, 0, :height, :width].mul(255).round().byte().numpy()
            out.append(np.where(pair.inside, said, np.uint8(0)))
        return out


def _shown(picture: NDArray[np.uint8], inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """As in `localizator_input.prepared`: -1 to 1, 0 where the source has no pixels; float32 [3, height, width]."""
    return ((picture.astype(np.float32) / 127.5 - 1) * inside[..., None]).transpose(2, 0, 1)
