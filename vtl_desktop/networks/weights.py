"""Trained weights: which there are, that they are the right ones, and how they get into a network.

`models/manifest.toml` has one table a network. Weights are read from safetensors, which holds no code, only after their
SHA-256 was compared with the manifest, and every tensor must fit. Nothing is ever downloaded.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from vtl_desktop.assets import models_directory
from vtl_desktop.core.errors import WeightsError

MANIFEST = "manifest.toml"
_REINSTALL = "Install the program again, or restore the models folder."


@dataclass(frozen=True, slots=True)
class WeightsEntry:
    """What the manifest says about one network's weights.

    Attributes:
        name: the table's name, as a rule that of the network.
        path: the file.
        sha256: its digest, 64 hexadecimal digits in small letters.
        network: the kind of network, such as "vithash".
        details: everything else in the table: bits, input_size, clip_frames, mean, std, training_data, recipe, seed,
            steps, licence, measured, ...
    """

    name: str
    path: Path
    sha256: str
    network: str
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def measured(self) -> tuple[Mapping[str, Any], ...]:
        """The accuracy tables, one mapping each."""
        return tuple(self.details.get("measured", ()))


@dataclass(frozen=True, slots=True)
class Manifest:
    """All weights of a folder, by name."""

    path: Path
    entries: Mapping[str, WeightsEntry]

    def entry(self, name: str) -> WeightsEntry:
        """The entry of that name.

        Raises:
            WeightsError: when the manifest has none.
        """
        try:
            return self.entries[name]
        except KeyError:
            raise WeightsError(f"{self.path}: no weights for {name} are listed.", _REINSTALL) from None


def load_manifest(directory: Path | None = None) -> Manifest:
    """Reads the manifest of a folder of weights.

    Args:
        directory: the folder; by default the one that ships with the program.

    Raises:
        WeightsError: when the manifest is missing, no TOML, or lacks a file name or digest.
    """
    folder = models_directory() if directory is None else directory
    path = folder / MANIFEST
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WeightsError(f"{path}: the list of weights cannot be read.", _REINSTALL) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WeightsError(f"{path}: damaged ({error}).", _REINSTALL) from error
    entries: dict[str, WeightsEntry] = {}
    for name, table in tables.items():
        if not isinstance(table, dict):
            continue
        details = dict(table)
        file, digest = details.pop("file", None), details.pop("sha256", None)
        if not isinstance(file, str) or not isinstance(digest, str) or Path(file).name != file:
            raise WeightsError(f"{path}: the table {name} names no file or no digest.", _REINSTALL)
        network = str(details.pop("network", name))
        entries[name] = WeightsEntry(name, folder / file, digest.lower(), network, details)
    return Manifest(path, entries)


def digest_of(path: Path) -> str:
    """SHA-256 of a file of weights.

    Raises:
        WeightsError: when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"{path}: the weights cannot be read.", _REINSTALL) from error


def verify(entry: WeightsEntry) -> Path:
    """The file of an entry, once its digest was compared with the manifest's.

    Raises:
        WeightsError: when it is missing, or is another file than the manifest names.
    """
    found = digest_of(entry.path)
    if found != entry.sha256:
        raise WeightsError(
            f"{entry.path}: not the weights that the manifest names: "
            f"SHA-256 {found[:12]}..., not {entry.sha256[:12]}...",
            _REINSTALL,
        )
    return entry.path


def read_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors by name, and the text stored beside them, of a safetensors file.

    Raises:
        WeightsError: when the file is missing or damaged.
    """
    try:
        with safe_open(str(path), framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except (OSError, SafetensorError, ValueError) as error:
        raise WeightsError(f"{path}: no usable weights ({error}).", "They must be a .safetensors file.") from error


def load_strictly(network: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Puts tensors into a network; each must be there, of the right shape, and finite.

    Raises:
        WeightsError: naming what is missing, too many, of another shape, or not finite.
    """
    wanted = network.state_dict()
    missing, extra = sorted(set(wanted) - set(tensors)), sorted(set(tensors) - set(wanted))
    if missing or extra:
        what = f"lacks {missing[0]}" if missing else f"has {extra[0]}, which the network has not"
        raise WeightsError(f"{path}: made for another network ({what}).", "Use weights trained for this version.")
    for name, tensor in tensors.items():
        if tensor.shape != wanted[name].shape:
            raise WeightsError(
                f"{path}: {name} has shape {tuple(tensor.shape)}, not {tuple(wanted[name].shape)}.",
                "Use weights trained for this version.",
            )
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            raise WeightsError(f"{path}: {name} holds values that are no numbers.", "The training failed; train again.")
    network.load_state_dict({name: tensor.to(wanted[name].dtype) for name, tensor in tensors.items()}, strict=True)


def save_weights(network: nn.Module, path: Path, *, kind: str, config: Mapping[str, Any]) -> str:
    """Writes a network's tensors, complete or not at all.

    Args:
        network: its state is written as it is.
        path: the .safetensors file.
        kind: such as "vithash"; stored in the file.
        config: what shapes the network, as plain values; stored in the file as JSON.

    Returns:
        The file's SHA-256.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    partial = path.with_suffix(".partial")
    told = {"network": kind, "config": json.dumps(dict(config), sort_keys=True)}
    partial.write_bytes(_ordered(save(tensors, metadata=told)))
    partial.replace(path)
    return digest_of(path)


def _ordered(content: bytes) -> bytes:
    """A safetensors file with its metadata in the order of their names, so that the same weights have one digest.

    safetensors itself writes them in an order that changes from one time to the next.
    """
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    # Tensors begin at a multiple of eight bytes; spaces may stand before them.
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + content[end:]


def stored_config(metadata: Mapping[str, str], kind: str, path: Path) -> dict[str, Any]:
    """What shapes the network, as stored beside its weights.

    Raises:
        WeightsError: when the file says nothing about it, or is of another kind of network.
    """
    if metadata.get("network") != kind:
        raise WeightsError(f"{path}: weights of {metadata.get('network', 'an unknown network')}, not of {kind}.", "")
    try:
        config = json.loads(metadata["config"])
    except (KeyError, json.JSONDecodeError) as error:
        raise WeightsError(f"{path}: does not say what network it is for.", "Export it again.") from error
    return {key: tuple(value) if isinstance(value, list) else value for key, value in config.items()}
