from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import nn

from vtl_desktop.core.errors import WeightsError
from vtl_desktop.networks.vithash import ViTHash, ViTHashConfig
from vtl_desktop.networks.weights import save_weights
from vtl_desktop.training.start import load_start

CONFIG = ViTHashConfig(input_size=32, bits=64)


def network(seed: int, config: ViTHashConfig = CONFIG) -> ViTHash:
    torch.manual_seed(seed)
    return ViTHash(config)


def same(a: nn.Module, b: nn.Module) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def safetensors(path: Path, tensors: dict[str, torch.Tensor]) -> Path:
    save_file(tensors, str(path))
    return path


def pickled(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


def backbone_with_classifier(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return timm.create_model("pvt_v2_b0", pretrained=False, num_classes=10)


@pytest.mark.parametrize(
    "write",
    [
        lambda folder, made: safetensors(folder / "b.safetensors", made.state_dict()),
        lambda folder, made: pickled(folder / "b.pth", made.state_dict()),
        lambda folder, made: pickled(folder / "b.pt", {"state_dict": made.state_dict(), "epoch": 3}),
    ],
)
def test_a_backbone_of_timm_is_taken_without_its_classifier(
    tmp_path: Path, write: Callable[[Path, nn.Module], Path]
) -> None:
    learned = backbone_with_classifier(1)
    path = write(tmp_path, learned)
    begun = network(2)
    head = begun.hash_head.weight.clone()
    entries = load_start(begun, str(path))
    wanted = {name: value for name, value in learned.state_dict().items() if not name.startswith("head.")}
    assert begun.backbone.state_dict().keys() == wanted.keys()
    assert all(torch.equal(value, wanted[name]) for name, value in begun.backbone.state_dict().items())
    assert torch.equal(begun.hash_head.weight, head)
    assert entries == {"started_from": f"{path.name}, pvt_v2_b0", "started_from_sha256": sha256(path)}


def test_a_whole_network_is_taken_whole(tmp_path: Path) -> None:
    learned = network(1)
    learned.bit_mean += 0.5
    path = tmp_path / "v.safetensors"
    save_weights(learned, path, kind="vithash", config={})
    begun = network(2)
    entries = load_start(begun, str(path))
    assert same(begun, learned)
    assert entries["started_from_sha256"] == sha256(path)
    checkpoint = pickled(tmp_path / "checkpoint.pt", {"network": learned.state_dict(), "step": 7})
    again = network(3)
    load_start(again, str(checkpoint))
    assert same(again, learned)


def test_weights_without_a_layout_start_a_network_that_has_one(tmp_path: Path) -> None:
    learned = network(1)
    path = safetensors(tmp_path / "v.safetensors", learned.state_dict())
    begun = network(2, replace(learned.config, layout=2))
    load_start(begun, str(path))
    assert all(torch.equal(value, begun.state_dict()[name]) for name, value in learned.state_dict().items())
    assert begun.layout is not None
    assert not begun.layout.head.weight.any()


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda folder: folder / "away.safetensors", "no usable weights"),
        (lambda folder: folder / "away.pth", "no usable weights"),
        (lambda folder: safetensors(folder / "x.safetensors", {"conv1.weight": torch.ones(2)}), "lacks patch_embed"),
        (lambda folder: pickled(folder / "x.pth", {"fc": torch.ones(2)}), "lacks patch_embed"),
        (lambda folder: pickled(folder / "x.pt", [1, 2]), "holds no state dict"),
        (
            lambda folder: safetensors(folder / "w.safetensors", network(0, ViTHashConfig(bits=128)).state_dict()),
            r"has shape \(128,\), not \(64,\)",
        ),
        (
            lambda folder: safetensors(
                folder / "p.safetensors",
                {k: v for k, v in network(0).state_dict().items() if not k.startswith("temporal.")},
            ),
            "lacks temporal",
        ),
    ],
)
def test_what_fits_neither_is_named(tmp_path: Path, write: Callable[[Path], Path], said: str) -> None:
    path = write(tmp_path)
    begun = network(2)
    before = network(2)
    with pytest.raises(WeightsError, match=said) as refused:
        load_start(begun, str(path))
    assert path.name in refused.value.message
    assert refused.value.hint
    assert same(begun, before)


def test_a_pickle_that_runs_code_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (Path(tmp_path / "ran"),))  # type: ignore[return-value]

    path = tmp_path / "evil.pt"
    path.write_bytes(pickle.dumps({"head": Evil()}, protocol=2))
    pickled(tmp_path / "new.pt", {"head": Evil()})
    for name in ("evil.pt", "new.pt"):
        with pytest.raises(WeightsError, match=name):
            load_start(network(0), str(tmp_path / name))
    assert not (tmp_path / "ran").exists()


def test_weights_of_timm_come_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, bool]] = []
    create = timm.create_model
    begun = network(2)

    def pretend(name: str, *, pretrained: bool, num_classes: int) -> nn.Module:
        asked.append((name, pretrained))
        torch.manual_seed(5)
        return create(name, pretrained=False, num_classes=num_classes)

    monkeypatch.setattr(timm, "create_model", pretend)
    first = load_start(begun, "timm")
    assert asked == [("pvt_v2_b0", True)]
    assert same(begun.backbone, pretend("pvt_v2_b0", pretrained=False, num_classes=0))
    assert first["started_from"] == "timm timm/pvt_v2_b0.in1k"
    assert len(first["started_from_sha256"]) == 64
    assert load_start(begun, "timm") == first


def test_without_a_connection_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(WeightsError, match="pvt_v2_b0 cannot be had") as refused:
        load_start(network(0), "timm")
    assert "connect to the internet" in refused.value.hint
