"""Which weights an encoder gets: by digest, from the manifest or from the folder of a database."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from vtl_desktop.core.errors import DatabaseMismatch, WeightsError
from vtl_desktop.networks import weights as networks_weights
from vtl_desktop.networks.vithash import ViTHash, ViTHashConfig
from vtl_desktop.networks.weights import save_weights
from vtl_desktop.services import engine
from vtl_desktop.services.engine import encoder_for, find_weights
from vtl_desktop.training.export import write_entry


def made(path: Path, seed: int) -> str:
    torch.manual_seed(seed)
    network = ViTHash(ViTHashConfig(input_size=32, bits=64))
    return save_weights(network, path, kind="vithash", config=asdict(network.config))


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A folder of weights in place of the program's: digests by name."""
    models = tmp_path / "models"
    models.mkdir()
    digests = {name: made(models / f"{name}.safetensors", seed) for seed, name in enumerate(("vithash", "older"))}
    for name, digest in digests.items():
        entry = {"file": f"{name}.safetensors", "sha256": digest, "network": "vithash"}
        write_entry(models / "manifest.toml", name, entry)
    monkeypatch.setattr(networks_weights, "models_directory", lambda: models)
    monkeypatch.setattr(engine, "_encoders", {})
    return digests


def test_the_default_ships_with_the_program_and_is_loaded_once(shipped: dict[str, str]) -> None:
    encoder = encoder_for(64, "cpu")
    assert encoder.weights_digest == shipped["vithash"]
    assert encoder_for(64, "cpu", weights_sha256=shipped["vithash"].upper()) is encoder


def test_other_weights_of_the_manifest_are_found_by_digest(shipped: dict[str, str], tmp_path: Path) -> None:
    found = encoder_for(64, "cpu", weights_sha256=shipped["older"], beside=tmp_path / "archive.h5")
    assert found.weights_digest == shipped["older"]


def test_weights_beside_a_database_are_found_whatever_their_name(shipped: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "a_damaged.safetensors").write_bytes(b"x")
    (folder / "b_folder.safetensors").mkdir()
    digest = made(folder / "mine.safetensors", 7)
    made(folder / "others.safetensors", 8)
    assert find_weights(digest, beside=folder / "archive.h5") == folder / "mine.safetensors"
    encoder = encoder_for(64, "cpu", weights_sha256=digest, beside=folder / "archive.h5")
    assert encoder.weights_digest == digest
    shutil.rmtree(folder)
    assert encoder_for(64, "cpu", weights_sha256=digest, beside=folder / "archive.h5") is encoder


def test_weights_that_are_nowhere_are_named(shipped: dict[str, str], tmp_path: Path) -> None:
    for database in (tmp_path / "archive.h5", tmp_path / "not there" / "archive.h5"):
        with pytest.raises(DatabaseMismatch, match=r"archive\.h5.*ffffffffffff") as refused:
            encoder_for(64, "cpu", weights_sha256="f" * 64, beside=database)
        assert "safetensors" in refused.value.hint


def test_damaged_weights_of_the_manifest_are_not_used(shipped: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "models" / "vithash.safetensors").write_bytes(b"damaged")
    with pytest.raises(WeightsError, match="not the weights that the manifest names"):
        encoder_for(64, "cpu")
