"""Measures of masks on arrays whose result is known, and the command that measures them, on drawn suspects."""

from __future__ import annotations

import importlib
import json
import math
import sys
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from tests.helpers.forged_pair import FORGED, HEIGHT, RATE, WIDTH, picture, write_forged_pair
from vtl_desktop.media.writers import MaskWriter, write_video
from vtl_desktop.training.evaluation.mask_scores import displaced, falsely_marked, flicker, iou
from vtl_desktop.training.forgery.edits import UNSEEN
from vtl_desktop.vision.laying import LaidOver

BENCH = Path(__file__).resolve().parents[2] / "bench"


def test_overlap_on_known_masks() -> None:
    truth = np.zeros((10, 10), bool)
    truth[:4] = True
    mask = np.zeros((10, 10), np.uint8)
    mask[2:6] = 200
    mask[8] = 127
    assert iou(mask, truth) == pytest.approx(20 / 60)
    assert falsely_marked(mask, truth) == pytest.approx(0.2)
    assert iou(mask * 0, truth) == 0
    assert iou(mask * 0, truth & False) == 1
    assert iou(mask, truth & False) == 0


def test_flicker_counts_only_where_the_truth_stays() -> None:
    truth = np.zeros((3, 4, 5), bool)
    truth[1, 0] = True
    masks = np.zeros((3, 4, 5), np.uint8)
    masks[1] = 51
    masks[1, 0] = 255
    assert flicker(masks, truth) == (pytest.approx(0.2), 0.0)
    masks[2, 3] = 204
    # Of the 15 pixels that stay in each of two steps, 5 change by .6 and flip.
    assert flicker(masks, truth) == (pytest.approx((25 * 0.2 + 5 * 0.6) / 30), pytest.approx(5 / 30))
    assert math.isnan(flicker(masks[:2], np.stack([truth[0], ~truth[0]]))[0])


def test_a_source_is_laid_beside_its_place() -> None:
    source = cv2.resize(picture(1), (90, 60))
    inside = np.ones((60, 90), bool)
    inside[:, :10] = False
    moved = displaced(LaidOver(source, source, inside), 3, -2)
    assert np.array_equal(moved.source[:-2, 3:], source[2:, :-3])
    assert moved.inside[:-2, 13:].all()
    assert not moved.inside[:, :13].any()
    assert not moved.inside[-2:].any()
    half = displaced(LaidOver(source, source, inside), 0.5, 0)
    expected = (source[:, :-1].astype(int) + source[:, 1:]) / 2
    assert np.abs(half.source[:, 1:] - expected).max() <= 1
    assert np.array_equal(displaced(LaidOver(source, source, inside), 0, 0).source, source)


def test_runs_begin_at_windows_and_do_not_overlap(bench: ModuleType) -> None:
    from masks_material import firsts

    assert firsts(100, 2, 8) == [28, 60]
    assert firsts(8, 1, 8) == [0]
    assert firsts(5, 1, 8) == [0]
    assert firsts(16, 5, 8) == [0, 8]


def test_all_tables_by_one_command(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    media, suspects = drawn(tmp_path)
    out = tmp_path / "out"
    given = ["--media", str(media), "--suspects", str(suspects), "--out", str(out), "--methods", "difference,fitted"]
    given += ["--anew", "1", "--cores", "1", "--quick", "--tables", "masks,misplaced,coded,speed"]
    given += ["--json", str(tmp_path / "masks.json"), "--markdown", str(tmp_path / "masks.md")]
    monkeypatch.setattr(sys, "argv", ["bench_masks.py", *given])
    monkeypatch.setattr("masks_material.CODINGS", {"MPEG-2": ("mpeg2video", {})})
    monkeypatch.setattr(bench, "CODINGS", {"MPEG-2": ("mpeg2video", {})})
    assert bench.main() == 0
    content = json.loads((tmp_path / "masks.json").read_text())
    assert set(content["tables"]) == {"masks", "misplaced", "coded", "flicker", "speed"}
    scores = [s for s in content["scores"] if s["method"] == "fitted" and s["material"] == "suspects"]
    assert {s["suspect"]: s["forged"] for s in scores} == {"seed 0, suspect": True, "seed 0, copy": False}
    assert next(s["iou"] for s in scores if s["forged"]) > 0.7
    assert next(s["false"] for s in scores if not s["forged"]) < 0.01
    assert next(s["iou"] for s in scores if not s["forged"]) is None
    shifts = {s["shift"]: s["iou"] for s in content["scores"] if s["material"] == "suspects, moved"}
    assert set(shifts) == {0, 1, 2, 3, 4}
    assert "| fitted difference |" in (tmp_path / "masks.md").read_text()
    lines = (out / "scores.jsonl").read_text()
    (tmp_path / "kept.jsonl").write_text(lines.replace("seed 0", "seed 1"))
    merged = [*given[:6], "--tables", "none", "--add", str(tmp_path / "kept.jsonl"), "--add", str(out / "scores.jsonl")]
    monkeypatch.setattr(sys, "argv", ["bench_masks.py", *merged])
    assert bench.main() == 0
    assert "2 forgeries, 2 copies" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["bench_masks.py", *given, "--methods", "dmac"])
    assert bench.main() == 2
    assert "has to be trained first" in capsys.readouterr().err


def test_forgeries_are_made_anew_from_other_clips(bench: ModuleType, tmp_path: Path) -> None:
    from masks_material import made_anew

    media, _ = drawn(tmp_path)
    (sample,) = made_anew(media / "bench", tmp_path / "as-training", 0, 1, unseen=True)
    assert sample.kind in UNSEEN
    assert sample.forged
    assert [len(run) for run in sample.runs] == [4, 4, 4]
    assert any(truth.any() for truths in sample.truths for truth in truths)
    assert sample.runs[0][0].inside.shape == sample.truths[0][0].shape


def test_a_sheet_of_pairs(bench: ModuleType, tmp_path: Path) -> None:
    from pairs_masks import Tile, page, write_sheets

    suspect, source = write_forged_pair(tmp_path)
    row = {"file": suspect.name, "pair_source": source.name, "manipulation": "a region replaced", "licence": "CC0"}
    (path,) = write_sheets(tmp_path, [row | {"file": source.name}], None, tmp_path / "sheet")
    shown = cv2.imread(str(path))
    assert shown is not None
    assert shown.shape[1] > 3 * 150
    assert write_sheets(tmp_path, [row | {"file": "gone.mp4"}], None, tmp_path / "none") == []
    white = Tile("a name", "CC0", [np.zeros((240, 800, 3), np.uint8)] * 3)
    assert page([white] * 3).shape[0] == 3 * (120 + 2 * 16 + 6)
    small = Tile("a name", "CC0", [np.zeros((240, 120, 3), np.uint8)] * 3)
    assert page([small] * 3).shape[0] == 120 + 2 * 16 + 6


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The command, whose files find each other by lying beside each other."""
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("bench_masks")


def drawn(folder: Path) -> tuple[Path, Path]:
    """Media with one clip, and a folder with a forgery and a clean copy of it and their truth."""
    media, suspects = folder / "media", folder / "suspects"
    for place in (media / "bench", suspects / "masks"):
        place.mkdir(parents=True)
    suspect, source = write_forged_pair(folder)
    source.rename(media / "bench" / "source.mp4")
    suspect.rename(suspects / "suspect.mp4")
    still = picture(1)
    frames = []
    for number in range(20, 44):
        frame = still.copy()
        cv2.circle(frame, (20 + 5 * number, 200), 14, (250, 240, 60), -1, cv2.LINE_AA)
        frames.append(np.ascontiguousarray(frame[:, ::-1]))
    write_video(suspects / "copy.mp4", frames, RATE, options={"crf": "24"})
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[FORGED] = 255
    with MaskWriter(suspects / "masks" / "suspect.mkv", WIDTH, HEIGHT, RATE) as writer:
        for _ in frames:
            writer.write(np.ascontiguousarray(mask[:, ::-1]))
    # Called so that it is known to be mirrored.
    rows = [
        {"file": "suspect.mp4", "attack": "hflip", "family": "forgery", "mask": "masks/suspect.mkv"},
        {"file": "copy.mp4", "attack": "hflip", "family": "geometric", "mask": None},
    ]
    text = "\n".join(json.dumps(row | {"segments": [[0, 1.2, "source.mp4", 1.0, 1.0]]}) for row in rows)
    (suspects / "truth.jsonl").write_text(text)
    return media, suspects
