"""From a checkpoint to what ships: the safetensors file and its table in the manifest."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vtl_desktop.networks.vithash import ViTHash
from vtl_desktop.networks.weights import MANIFEST, save_weights
from vtl_desktop.training.recipe import ViTHashRecipe

FILE = "vithash.safetensors"
HEADER = "# The weights that ship with the program: one table a network. Written by training; see docs/training.md.\n"


@torch.inference_mode()
def balance_bits(network: ViTHash, clips: Iterable[Tensor]) -> None:
    """Sets each bit's threshold to its median over clips, so that either value is as likely as the other.

    Args:
        network: its `bit_mean` is changed.
        clips: batches of clips, uint8 [b, T, 3, M, M], unchanged frames of the training data.
    """
    was_training = network.training
    network.eval()
    size, device = network.config.input_size, network.bit_mean.device
    logits = []
    for batch in clips:
        batch = batch.to(device)
        images = torch.nn.functional.interpolate(
            batch.flatten(0, 1).float() / 255, (size, size), mode="bilinear", antialias=True
        )
        features = network.frame_features(images.contiguous(memory_format=torch.channels_last))
        logits.append(network.clip_logits(features.unflatten(0, batch.shape[:2])))
    network.bit_mean += torch.cat(logits).median(0).values
    network.train(was_training)


def export(
    network: ViTHash, folder: Path, recipe: ViTHashRecipe, *, steps: int, details: Mapping[str, Any] | None = None
) -> Path:
    """Writes `vithash.safetensors` and its table of the manifest in `folder`; other tables stay.

    Args:
        network: as trained.
        folder: made if it is not there.
        recipe: what it was trained by.
        steps: of training.
        details: further entries of the table: training data, licence, measured accuracy.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = asdict(network.config)
    digest = save_weights(network, folder / FILE, kind="vithash", config=config)
    table: dict[str, Any] = {
        "file": FILE,
        "sha256": digest,
        "network": "vithash",
        **{key: config[key] for key in ("backbone", "bits", "input_size", "clip_frames", "mean", "std")},
        "recipe": recipe.name,
        "seed": recipe.seed,
        "steps": steps,
        **(details or {}),
    }
    write_entry(folder / MANIFEST, "vithash", table)
    return folder / FILE


def write_entry(path: Path, name: str, table: Mapping[str, Any]) -> None:
    """Puts one network's table into a manifest and keeps the others."""
    tables = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    tables[name] = dict(table)
    text = HEADER + "".join(_toml_table(key, value) for key, value in tables.items())
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _toml_table(name: str, table: Mapping[str, Any]) -> str:
    """A table with plain values, arrays of plain values, and arrays of tables."""
    plain = {k: v for k, v in table.items() if not isinstance(v, Mapping) and not _is_table_array(v)}
    lines = [f"\n[{name}]"] + [f"{_toml_key(key)} = {_toml_value(value)}" for key, value in plain.items()]
    text = "\n".join(lines) + "\n"
    for key, value in table.items():
        if _is_table_array(value):
            for row in value:
                text += f"\n[[{name}.{key}]]\n" + "".join(
                    f"{_toml_key(k)} = {_toml_value(v)}\n" for k, v in row.items()
                )
        elif isinstance(value, Mapping):
            text += _toml_table(f"{name}.{key}", value)
    return text


def _is_table_array(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def _toml_value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_toml_key(key)} = {_toml_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, str):
        # JSON strings are TOML strings, but for the escape of characters beyond the basic plane.
        return json.dumps(value, ensure_ascii=False)
    return repr(value)
