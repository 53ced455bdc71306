"""Fine-tuning on the sources of a database, end to end, with three short videos and a handful of steps."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from vtl_desktop.cli.main import app
from vtl_desktop.core.errors import DatabaseMismatch, MissingMedia, UnreadableMedia, UsageError, VtlError, WeightsError
from vtl_desktop.networks.vithash import ViTHash, ViTHashConfig
from vtl_desktop.networks.weights import digest_of, load_manifest, read_weights, save_weights
from vtl_desktop.services.enroll import enroll
from vtl_desktop.storage.hash_center_database import HashCenterDatabase
from vtl_desktop.training import datasets
from vtl_desktop.training.finetune import finetune_vithash

RECIPE = """
name = "tiny"
[data]
square = 32
procedural = 6
video_share = 0.9
look_alike_share = 0.4
most_frames = 100
[training]
steps = 3
pairs = 8
learning_rate = 1e-3
[views]
first_strength = 1.0
full_strength_at = 0.0
[losses]
queue = 8
queue_from = 0.0
"""


def write_video(path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (96, 64))
    for shot in range(2):
        picture = rng.integers(0, 256, (4, 6, 3), dtype=np.uint8).repeat(16, 0).repeat(16, 1)
        for index in range(10):
            writer.write(np.roll(picture, index + shot, 1))
    writer.release()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Three sources, enrolled with weights that lie beside the database."""
    folder = tmp_path / "archive"
    folder.mkdir()
    for index in range(3):
        write_video(folder / f"{index}.mp4", index)
    torch.manual_seed(0)
    network = ViTHash(ViTHashConfig(input_size=32, bits=128))
    digest = save_weights(network, folder / "old.safetensors", kind="vithash", config=asdict(network.config))
    enroll(sorted(folder.glob("*.mp4")), folder / "archive.h5", bits=128, device="cpu", weights_sha256=digest)
    return folder


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(RECIPE)
    return path


def weights_of(database: Path) -> str:
    with HashCenterDatabase.open(database) as opened:
        return opened.weights_sha256


def test_sources_are_trained_on_and_enrolled_anew(archive: Path, recipe: Path, tmp_path: Path) -> None:
    old = archive / "archive.h5"
    before = old.read_bytes()
    made = finetune_vithash(old, out=tmp_path / "out", recipe=recipe, device="cpu")
    assert old.read_bytes() == before
    assert made.database == tmp_path / "out" / "archive.h5"
    assert (made.sources, made.skipped) == (3, ())
    with HashCenterDatabase.open(made.database) as new, HashCenterDatabase.open(old) as known:
        assert new.weights_sha256 == digest_of(made.weights) != known.weights_sha256
        assert new.bits == 128
        assert {s.sha256 for s in new.sources()} == {s.sha256 for s in known.sources()}
        assert not np.array_equal(new.clip_table().codes, known.clip_table().codes)
    entry = load_manifest(tmp_path / "out").entry("vithash")
    assert entry.details["started_from_sha256"] == weights_of(old)
    assert entry.details["started_from"] == "old.safetensors"
    assert entry.details["fine_tuned_on"] == "3 sources of archive.h5"
    # The same network, moved a little.
    moved, was = (read_weights(path)[0]["hash_head.weight"] for path in (made.weights, archive / "old.safetensors"))
    assert 0 < (moved - was).abs().max() < 0.02


def test_the_new_database_takes_more_sources_and_can_be_fine_tuned_on(
    archive: Path, recipe: Path, tmp_path: Path
) -> None:
    first = finetune_vithash(archive / "archive.h5", out=tmp_path / "one", recipe=recipe, device="cpu")
    write_video(archive / "later.mp4", 9)
    added = enroll([archive / "later.mp4"], first.database, device="cpu")
    assert len(added.enrolled) == 1
    assert weights_of(first.database) == digest_of(first.weights)
    second = finetune_vithash(first.database, out=tmp_path / "two", recipe=recipe, device="cpu")
    assert second.sources == 4
    assert load_manifest(tmp_path / "two").entry("vithash").details["started_from_sha256"] == digest_of(first.weights)


def test_run_again_it_goes_on_and_replaces_its_own_database(archive: Path, recipe: Path, tmp_path: Path) -> None:
    old, out = archive / "archive.h5", tmp_path / "out"
    first = digest_of(finetune_vithash(old, out=out, recipe=recipe, device="cpu").weights)
    again = finetune_vithash(old, out=out, recipe=recipe, device="cpu")
    assert digest_of(again.weights) == first
    assert again.sources == 3
    recipe.write_text(RECIPE.replace("steps = 3", "steps = 5"))
    longer = finetune_vithash(old, out=out, recipe=recipe, device="cpu")
    assert digest_of(longer.weights) != first
    assert weights_of(longer.database) == digest_of(longer.weights)
    assert load_manifest(out).entry("vithash").details["steps"] == 5


def test_sources_that_are_away_or_changed_are_named(archive: Path, recipe: Path, tmp_path: Path) -> None:
    (archive / "0.mp4").unlink()
    write_video(archive / "1.mp4", 77)
    arguments = ["--database", str(archive / "archive.h5"), "--out", str(tmp_path / "out"), "--recipe", str(recipe)]
    done = CliRunner().invoke(app, ["train", "vithash", *arguments, "--device", "cpu"])
    assert done.exit_code == 3
    assert "0.mp4" in done.stderr
    assert "1.mp4: The file is another one than was enrolled." in done.stderr
    assert "archive.h5, 1 sources" in done.stdout
    with HashCenterDatabase.open(tmp_path / "out" / "archive.h5") as new:
        assert [source.name for source in new.sources()] == ["2.mp4"]


def no_source(archive: Path, _: Path) -> None:
    for path in archive.glob("*.mp4"):
        path.unlink()


def an_empty_database(archive: Path, _: Path) -> None:
    (archive / "archive.h5").unlink()
    digest = digest_of(archive / "old.safetensors")
    HashCenterDatabase.create(archive / "archive.h5", bits=128, weights_sha256=digest).close()


def other_weights(archive: Path, _: Path) -> None:
    (archive / "old.safetensors").write_bytes(b"others")


def a_foreign_database_in_the_way(archive: Path, out: Path) -> None:
    out.mkdir()
    (out / "archive.h5").write_bytes((archive / "archive.h5").read_bytes())


def a_large_archive(archive: Path, out: Path) -> None:
    recipe = out.with_name("tiny.toml")
    recipe.write_text(recipe.read_text().replace("most_frames = 100", "most_frames = 20"))


def a_recipe_of_another_training(archive: Path, out: Path) -> None:
    out.mkdir()
    torch.save({"recipe": "other"}, out / "checkpoint.pt")


@pytest.mark.parametrize(
    ("spoil", "error", "said"),
    [
        (no_source, MissingMedia, "none of its 3 source files is there"),
        (an_empty_database, MissingMedia, "none of its 0 source files"),
        (other_weights, DatabaseMismatch, r"archive\.h5 was made with the weights"),
        (a_foreign_database_in_the_way, UsageError, "is there already, and was not made by this training"),
        (a_large_archive, UsageError, "30 frames to train on, and the recipe allows for 20"),
        (a_recipe_of_another_training, WeightsError, "of the recipe other"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_is_written(
    archive: Path, recipe: Path, tmp_path: Path, spoil: object, error: type[VtlError], said: str
) -> None:
    spoil(archive, tmp_path / "out")  # type: ignore[operator]
    before = (archive / "archive.h5").read_bytes()
    with pytest.raises(error, match=said) as refused:
        finetune_vithash(archive / "archive.h5", out=tmp_path / "out", recipe=recipe, device="cpu")
    assert refused.value.hint
    assert (archive / "archive.h5").read_bytes() == before
    assert not (tmp_path / "out" / "vithash.safetensors").exists()


def test_sources_that_cannot_be_decoded_are_an_error(
    archive: Path, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(path: Path, **_: object) -> None:
        raise UnreadableMedia(f"{path}: no frame could be decoded.")

    monkeypatch.setattr(datasets, "read_squares", unreadable)
    with pytest.raises(MissingMedia, match="can be decoded"):
        finetune_vithash(archive / "archive.h5", out=tmp_path / "out", recipe=recipe, device="cpu")


def test_the_databases_own_folder_is_refused(archive: Path, recipe: Path) -> None:
    with pytest.raises(UsageError, match="own folder"):
        finetune_vithash(archive / "archive.h5", out=archive, recipe=recipe, device="cpu")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([], 2, "either --media or --database"),
        (["--media", "m", "--database", "d.h5"], 2, "either --media or --database"),
        (["--database", "d.h5", "--pretrained", "timm"], 2, "--pretrained does not go with --database"),
        (["--database", "d.h5"], 4, "d.h5"),
    ],
)
def test_the_command_takes_one_of_the_two(tmp_path: Path, arguments: list[str], status: int, said: str) -> None:
    done = CliRunner().invoke(app, ["train", "vithash", "--out", str(tmp_path / "out"), *arguments])
    assert done.exit_code == status
    assert said in done.stderr
    assert not (tmp_path / "out").exists()
