from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from vtl_desktop.core.errors import MissingMedia, UsageError, WeightsError
from vtl_desktop.networks.inference import Encoder
from vtl_desktop.networks.vithash import ViTHash, ViTHashConfig
from vtl_desktop.networks.weights import load_manifest, read_weights, save_weights, verify
from vtl_desktop.training.export import balance_bits, write_entry
from vtl_desktop.training.recipe import read_recipe
from vtl_desktop.training.train_vithash import default_recipe, pick_device, train_vithash
from vtl_desktop.training.trainer import learning_rate, size_at

RECIPE = """
name = "tiny"
seed = 3
[network]
input_size = 32
bits = 128
[data]
square = 32
procedural = 12
[training]
seconds = {seconds}
pairs = 8
sizes = [[0.0, 32]]
temporal_from = {temporal}
[losses]
straight_through_from = 0.0
triplet_from = 0.0
"""


def recipe_file(folder: Path, seconds: float, temporal: float = 0.5) -> Path:
    path = folder / "recipe.toml"
    path.write_text(RECIPE.format(seconds=seconds, temporal=temporal))
    return path


def test_trains_resumes_and_writes_weights_that_load(tmp_path: Path, media: Path) -> None:
    said: list[str] = []
    out = tmp_path / "out"
    weights = train_vithash(
        recipe_file(tmp_path, 0.5), media=media, out=out, device="cpu", progress=lambda _, m: said.append(m)
    )
    assert any("step 1 " in line and "nn" in line and "loss" in line for line in said)
    entry = load_manifest(out).entry("vithash")
    assert verify(entry) == weights
    assert entry.details["recipe"] == "tiny"
    steps = entry.details["steps"]
    encoder = Encoder.load(bits=64, device="cpu", weights=weights)
    assert encoder.encode(np.zeros((2, 32, 32, 3), np.uint8)).shape == (2, 8)
    train_vithash(recipe_file(tmp_path, 1.0), media=media, out=out, device="cpu")
    assert load_manifest(out).entry("vithash").details["steps"] > steps


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path: Path, media: Path) -> None:
    out = tmp_path / "out"
    path = recipe_file(tmp_path, 0.1)
    train_vithash(path, media=media, out=out, device="cpu")
    path.write_text(path.read_text().replace("tiny", "other"))
    with pytest.raises(WeightsError, match="checkpoint"):
        train_vithash(path, media=media, out=out, device="cpu")
    (out / "checkpoint.pt").write_bytes(b"damaged")
    with pytest.raises(WeightsError, match="checkpoint"):
        train_vithash(path, media=media, out=out, device="cpu")


@pytest.mark.parametrize(
    "change", [("pairs = 8", "pears = 8"), ("[losses]", "[looses]"), ("seed = 3", "seed = "), ("name", "nom")]
)
def test_wrong_recipes_are_named(tmp_path: Path, change: tuple[str, str]) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(RECIPE.format(seconds=1, temporal=1).replace(*change))
    with pytest.raises(UsageError, match=r"bad\.toml"):
        read_recipe(path)
    with pytest.raises(MissingMedia):
        read_recipe(tmp_path / "missing.toml")


def test_the_same_number_of_steps_gives_the_same_weights(tmp_path: Path, media: Path) -> None:
    path = recipe_file(tmp_path, 1e9)
    text = path.read_text().replace("pairs = 8", "pairs = 8\nsteps = 4").replace("[losses]", "[losses]\nqueue = 16")
    path.write_text(text.replace("procedural = 12", "procedural = 12\nlook_alike_share = 0.5"))
    made = []
    for name in ("a", "b"):
        train_vithash(path, media=media, out=tmp_path / name, device="cpu")
        made.append(load_manifest(tmp_path / name).entry("vithash"))
    assert made[0].sha256 == made[1].sha256
    assert made[0].details["steps"] == 4
    path.write_text(text.replace("seed = 3", "seed = 4"))
    train_vithash(path, media=media, out=tmp_path / "c", device="cpu")
    assert load_manifest(tmp_path / "c").entry("vithash").sha256 != made[0].sha256


def test_the_manifest_says_what_a_training_started_from(tmp_path: Path, media: Path) -> None:
    path, out = recipe_file(tmp_path, 1e9), tmp_path / "out"
    path.write_text(path.read_text().replace("pairs = 8", "pairs = 8\nsteps = 1\nlearning_rate = 1e-9"))
    start = tmp_path / "start.safetensors"
    torch.manual_seed(9)
    network = ViTHash(read_recipe(path).network)
    digest = save_weights(network, start, kind="vithash", config={})
    weights = train_vithash(path, media=media, out=out, device="cpu", pretrained=str(start))
    learned = read_weights(weights)[0]["hash_head.weight"]
    assert torch.allclose(learned, network.hash_head.weight, atol=1e-5)
    assert load_manifest(out).entry("vithash").details["started_from_sha256"] == digest
    start.unlink()
    path.write_text(path.read_text().replace("steps = 1", "steps = 2"))
    train_vithash(path, media=media, out=out, device="cpu", pretrained=str(start))
    entry = load_manifest(out).entry("vithash")
    assert entry.details["steps"] == 2
    assert entry.details["started_from_sha256"] == digest, "it goes on with what it started from"
    train_vithash(recipe_file(tmp_path, 0.1), media=media, out=tmp_path / "fresh", device="cpu")
    assert "started_from" not in load_manifest(tmp_path / "fresh").entry("vithash").details


def test_csq_trains_too(tmp_path: Path, media: Path) -> None:
    path = recipe_file(tmp_path, 1e9)
    path.write_text(
        path.read_text()
        .replace("[losses]", '[losses]\nobjective = "csq"')
        .replace("pairs = 8", "pairs = 8\nsteps = 20\nwarm_up = 0.0\nlearning_rate = 1e-3")
        .replace("temporal_from = 0.5", "temporal_from = 1.0")
    )
    said: list[str] = []
    train_vithash(path, media=media, out=tmp_path / "out", device="cpu", progress=lambda _, m: said.append(m))
    central = [float(line.split("central ")[1].split()[0]) for line in said if "central " in line]
    assert len(central) == 2
    assert central[-1] < central[0]


def test_the_learning_rate_warms_up_and_falls() -> None:
    training = read_recipe(default_recipe()).training
    rates = [learning_rate(training, x / 1000) for x in range(int(1000 * training.temporal_from))]
    top = int(np.argmax(rates))
    assert 0 < top < 100
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert learning_rate(training, 1.0) == pytest.approx(0, abs=1e-9)
    assert size_at(replace(training, sizes=((0.0, 64), (0.5, 96))), 0.5) == 96


def test_balanced_bits_are_set_for_half_of_the_clips() -> None:
    torch.manual_seed(0)
    network = ViTHash(ViTHashConfig(input_size=32, bits=64))
    clips = torch.randint(0, 256, (40, 1, 3, 32, 32), dtype=torch.uint8)
    balance_bits(network, [clips])
    network.eval()
    with torch.inference_mode():
        share = (network(clips.float() / 255) > 0).float().mean(0)
    assert (share - 0.5).abs().max() < 0.1


def test_the_manifest_keeps_other_networks(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    table = {
        "file": "a",
        "sha256": "0",
        "mean": (0.5, 1),
        "note": 'a "b" \\ é',
        "measured": [{"bits": 64, "top1": 0.5}],
    }
    write_entry(path, "one", table)
    write_entry(path, "two", {"file": "b", "sha256": "1", "nested": {"yes": True, "False alarms": "0 of 133"}})
    write_entry(path, "one", table)
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    assert read == {
        "one": {**table, "mean": [0.5, 1]},
        "two": {"file": "b", "sha256": "1", "nested": {"yes": True, "False alarms": "0 of 133"}},
    }


def test_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert pick_device("auto").type == "cpu"
    for device in ("cuda", "tpu"):
        with pytest.raises(UsageError, match=device):
            pick_device(device)
