from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from vtl_desktop.core.errors import WeightsError
from vtl_desktop.networks.weights import (
    load_manifest,
    load_strictly,
    read_weights,
    save_weights,
    stored_config,
    verify,
)


def write(folder: Path, digest: str | None = None) -> str:
    found = save_weights(nn.Linear(3, 2), folder / "net.safetensors", kind="linear", config={"size": 3, "mean": [1, 2]})
    entry = f'[net]\nfile = "net.safetensors"\nsha256 = "{digest or found}"\nbits = 64\n'
    (folder / "manifest.toml").write_text(entry + '[[net.measured]]\nattack = "ALL"\ntop1 = 0.5\n')
    return found


def test_the_same_weights_have_the_same_digest(tmp_path: Path) -> None:
    network = nn.Linear(3, 2)
    digests = {
        save_weights(network, tmp_path / "net.safetensors", kind="linear", config={"size": 3, "word": "é"})
        for _ in range(16)
    }
    assert len(digests) == 1
    tensors, told = read_weights(tmp_path / "net.safetensors")
    assert told == {"config": '{"size": 3, "word": "\\u00e9"}', "network": "linear"}
    assert torch.equal(tensors["weight"], network.weight)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    digest = write(tmp_path)
    entry = load_manifest(tmp_path).entry("net")
    assert entry.sha256 == digest
    assert entry.network == "net"
    assert entry.details["bits"] == 64
    assert entry.measured == ({"attack": "ALL", "top1": 0.5},)
    tensors, metadata = read_weights(verify(entry))
    assert stored_config(metadata, "linear", entry.path) == {"size": 3, "mean": (1, 2)}
    network = nn.Linear(3, 2)
    load_strictly(network, tensors, entry.path)
    assert torch.equal(network.weight, tensors["weight"])


def test_other_weights_than_the_manifest_names_are_refused(tmp_path: Path) -> None:
    write(tmp_path, digest="0" * 64)
    with pytest.raises(WeightsError, match=r"net\.safetensors"):
        verify(load_manifest(tmp_path).entry("net"))


def test_one_changed_byte_is_noticed(tmp_path: Path) -> None:
    write(tmp_path)
    path = tmp_path / "net.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsError):
        verify(load_manifest(tmp_path).entry("net"))


@pytest.mark.parametrize(
    "text", ["[net", '[net]\nfile = "a"\n', '[net]\nfile = "../a"\nsha256 = "0"\n', "[net]\nsha256 = 1\n"]
)
def test_damaged_manifests_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.toml").write_text(text)
    with pytest.raises(WeightsError, match=r"manifest\.toml"):
        load_manifest(tmp_path)


def test_missing_things_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"manifest\.toml"):
        load_manifest(tmp_path)
    write(tmp_path)
    manifest = load_manifest(tmp_path)
    with pytest.raises(WeightsError, match="other"):
        manifest.entry("other")
    (tmp_path / "net.safetensors").unlink()
    with pytest.raises(WeightsError, match="cannot be read"):
        verify(manifest.entry("net"))


@pytest.mark.parametrize("content", [b"", b"x" * 50, b"\xff" * 8 + b"{}"])
def test_damaged_files_are_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="bad"):
        read_weights(path)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda t: t.pop("bias"), "bias"),
        (lambda t: t.update(more=torch.zeros(1)), "more"),
        (lambda t: t.update(bias=torch.zeros(5)), "shape"),
        (lambda t: t.update(bias=torch.full((2,), torch.nan)), "no numbers"),
    ],
)
def test_every_tensor_must_fit(change: object, word: str) -> None:
    tensors = {"weight": torch.zeros(2, 3), "bias": torch.zeros(2)}
    change(tensors)  # type: ignore[operator]
    with pytest.raises(WeightsError, match=word):
        load_strictly(nn.Linear(3, 2), tensors, Path("net"))


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    write(tmp_path)
    _, metadata = read_weights(tmp_path / "net.safetensors")
    with pytest.raises(WeightsError, match="linear"):
        stored_config(metadata, "vithash", Path("net"))


def test_the_weights_that_ship_are_those_of_the_manifest() -> None:
    manifest = load_manifest()
    entry = manifest.entry("vithash")
    assert verify(entry).stat().st_size < 32 * 2**20
