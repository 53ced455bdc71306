"""What a training starts from, when not from chance: all of a ViTHash, or a backbone that learned ImageNet.

timm's weights are asked for by name only when the user says so; it is the one place where anything is downloaded.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import timm
import torch
from torch import Tensor, nn

from vtl_desktop.core.errors import WeightsError
from vtl_desktop.networks.vithash import ViTHash
from vtl_desktop.networks.weights import digest_of, load_strictly, read_weights

TIMM = "timm"
_PICKLED = {".pth", ".pt"}
_WRAPPINGS = ("state_dict", "model", "network")
"""Under these names, files hold the tensors beside other things."""


def load_start(network: ViTHash, pretrained: str) -> dict[str, str]:
    """Puts weights into a network that is to be trained.

    Args:
        network: as the recipe shapes it; changed in place.
        pretrained: "timm" for timm's ImageNet weights of the backbone (needs a connection), or a .safetensors, .pth or
            .pt file with either a whole ViTHash or timm's state dict of the backbone, whose classifier is left out.

    Returns:
        Entries for the manifest: `started_from` and `started_from_sha256`, the digest of the file, or of the tensors
        that timm gave.

    Raises:
        WeightsError: when timm's weights cannot be had, or the file cannot be read or does not fit.
    """
    if pretrained == TIMM:
        return _from_timm(network)
    path = Path(pretrained)
    tensors, digest = _read(path), digest_of(path)
    backbone = network.config.backbone
    whole = any(name.startswith("backbone.") for name in tensors)
    try:
        if whole:
            # The layout starts as if it were not there, so weights from before it serve as well.
            layout = {name: own for name, own in network.state_dict().items() if name.startswith("layout.")}
            load_strictly(network, {**layout, **tensors}, path)
        else:
            classifier = _settings(network.backbone).get("classifier", "head")
            kept = {name: tensor for name, tensor in tensors.items() if not name.startswith(f"{classifier}.")}
            load_strictly(network.backbone, kept, path)
    except WeightsError as error:
        raise WeightsError(
            error.message, f"Name a ViTHash shaped as the recipe says, or timm's weights of {backbone}."
        ) from error
    return origin(f"{path.name}, {'all of it' if whole else backbone}", digest)


def origin(name: str, sha256: str) -> dict[str, str]:
    """Entries of the manifest that say what a training started from."""
    return {"started_from": name, "started_from_sha256": sha256}


def _from_timm(network: ViTHash) -> dict[str, str]:
    name = network.config.backbone
    try:
        backbone = timm.create_model(name, pretrained=True, num_classes=0)
    except Exception as error:
        # Besides errors of its own, those of whichever HTTP library the hub uses.
        raise WeightsError(
            f"timm's weights of {name} cannot be had ({str(error).strip() or type(error).__name__}).",
            "They are downloaded: connect to the internet, or name a file that was downloaded elsewhere.",
        ) from error
    tensors = backbone.state_dict()
    load_strictly(network.backbone, tensors, Path(name))
    return origin(f"timm {_settings(backbone).get('hf_hub_id') or name}", _digest(tensors))


def _settings(backbone: nn.Module) -> Mapping[str, Any]:
    """What timm knows of a network's published weights."""
    return cast("Mapping[str, Any]", backbone.pretrained_cfg)


def _digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of names and values, in the order of the names."""
    whole = hashlib.sha256()
    for name in sorted(tensors):
        whole.update(name.encode())
        whole.update(tensors[name].cpu().contiguous().numpy().tobytes())
    return whole.hexdigest()


def _read(path: Path) -> dict[str, Tensor]:
    """The tensors of a file; of a pickled one nothing but tensors and plain values is ever loaded."""
    if path.suffix.lower() not in _PICKLED:
        return read_weights(path)[0]
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, OSError, EOFError, ValueError, KeyError, TypeError, pickle.UnpicklingError) as error:
        raise WeightsError(f"{path}: no usable weights ({error}).", "It must hold tensors and nothing else.") from error
    for name in _WRAPPINGS:
        if isinstance(content, dict) and isinstance(content.get(name), dict):
            content = content[name]
    if not isinstance(content, dict) or not all(isinstance(value, Tensor) for value in content.values()):
        raise WeightsError(f"{path}: holds no state dict.", "Save the network's state_dict().")
    return dict(content)
