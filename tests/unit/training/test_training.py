from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from vtl_desktop.core.errors import MissingMedia, UsageError, WeightsError
from vtl_desktop.networks.inference import Encoder
from vtl_desktop.networks.vithash import ViTHash, ViTHashConfig
from vtl_desktop.networks.weights import load_manifest, verify
from vtl_desktop.training import evaluation
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


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media" / "train_images"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for index in range(10):
        picture = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
        cv2.imwrite(str(folder / f"{index}.png"), picture)
    return folder.parent


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


@pytest.mark.parametrize("name", ["vithash_cpu.toml", "vithash_gpu.toml"])
def test_the_recipes_that_ship_are_right(name: str) -> None:
    recipe = read_recipe(default_recipe().with_name(name))
    assert recipe.name == Path(name).stem
    assert recipe.training.sizes[0][0] == 0
    assert recipe.network.bits == 1024


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
    write_entry(path, "two", {"file": "b", "sha256": "1", "nested": {"yes": True}})
    write_entry(path, "one", table)
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    assert read == {
        "one": {**table, "mean": [0.5, 1]},
        "two": {"file": "b", "sha256": "1", "nested": {"yes": True}},
    }


def test_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert pick_device("auto").type == "cpu"
    for device in ("cuda", "tpu"):
        with pytest.raises(UsageError, match=device):
            pick_device(device)


def yardstick(folder: Path) -> tuple[Path, Path]:
    sources, suspects = folder / "sources", folder / "suspects"
    sources.mkdir()
    suspects.mkdir()
    rng = np.random.default_rng(1)
    truth = []
    for index in range(12):
        picture = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
        for path, shown in (
            (sources / f"s{index}.mp4", picture),
            (suspects / f"s{index}__hflip.mp4", picture[:, ::-1]),
        ):
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (64, 48))
            for _ in range(10):
                writer.write(np.ascontiguousarray(shown))
            writer.release()
        truth.append({"file": f"s{index}__hflip.mp4", "attack": "hflip", "segments": [[0, 1, f"s{index}.mp4", 0, 1]]})
    (suspects / "truth.jsonl").write_text("\n".join(json.dumps(row) for row in truth))
    return sources, suspects


def test_mirrored_copies_are_found_at_every_code_length(tmp_path: Path, media: Path) -> None:
    sources, suspects = yardstick(tmp_path)
    rows = evaluation.measure(
        evaluation.load_yardstick(sources, suspects, size=16),
        lambda squares: np.tile(squares.reshape(len(squares), -1)[:, :512].astype(np.float32) - 128, (1, 2)),
    )
    overall = {row.bits: row for row in rows if row.attack == "ALL"}
    assert set(overall) == {0, 64, 128, 256, 512, 1024}
    assert overall[512].count == 12
    assert overall[512].top1 == 1
    assert {row.attack for row in rows} == {"ALL", "hflip"}
    assert "512: 1.000/1.000" in evaluation.summary(rows)
    assert "hflip" in evaluation.by_attack(rows, 512)
    with pytest.raises(MissingMedia, match="truth"):
        evaluation.load_yardstick(sources, sources, size=16)


def test_the_score_is_the_mean_of_the_better_half() -> None:
    nearest = np.array([[1, 9, 3, 8], [5, 5, 5, 5], [0, 0, 9, 9]], np.float32)
    assert evaluation.best_half(nearest).tolist() == [2, 5, 0]
    assert evaluation.best_half(nearest[:, :1]).tolist() == [1, 5, 0]
