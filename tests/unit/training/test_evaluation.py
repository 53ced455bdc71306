from __future__ import annotations

import importlib
import json
import sys
from functools import partial
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vtl_desktop.core.errors import MissingMedia
from vtl_desktop.core.hashing import Codes, distances, pack_bits, unpack_bits
from vtl_desktop.core.media import Box
from vtl_desktop.media.sampling import WHOLE, ClipSamples, sample_clips
from vtl_desktop.networks.vithash import ViTHashConfig
from vtl_desktop.training.evaluation.archives import CodeArchive, FloatArchive, enrolled
from vtl_desktop.training.evaluation.centers import hadamard_codes, random_codes, spread
from vtl_desktop.training.evaluation.dct_hash import DctHash
from vtl_desktop.training.evaluation.intervals import Share, bootstrap
from vtl_desktop.training.evaluation.methods import CodeMaker, Remembered, UntrainedMethod
from vtl_desktop.training.evaluation.open_set import auroc, false_alarm_rate, false_alarms, limit_for
from vtl_desktop.training.evaluation.truth import Suspect, all_among_ten, leads, read_truth

BENCH = Path(__file__).resolve().parents[2] / "bench"


def test_intervals_after_wilson() -> None:
    assert Share(172, 181).interval == pytest.approx((0.9082, 0.9736), abs=1e-4)
    assert Share(0, 133).interval == pytest.approx((0.0, 0.0281), abs=1e-4)
    assert Share(10, 10).interval == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert Share(0, 0).interval == (0.0, 1.0)
    assert Share.of([True, False, np.True_]) == Share(2, 3)


def test_the_bootstrap_agrees_with_the_standard_error_of_a_mean() -> None:
    sample = np.random.default_rng(1).normal(5, 2, 400)
    found = bootstrap(lambda x: float(x.mean()), sample)
    assert found.value == pytest.approx(sample.mean())
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * sample.std() / 20, rel=0.1)
    assert bootstrap(lambda x: float(x.mean()), sample) == found


def test_auroc_counts_pairs_in_order_and_equal_ones_half() -> None:
    known, strangers = np.array([1.0, 2, 5]), np.array([2.0, 6])
    assert auroc(known, strangers) == (2 + 1.5 + 1) / 6
    assert auroc(strangers, known) == 1 - auroc(known, strangers)
    random = np.random.default_rng(0)
    apart_by_one = auroc(random.normal(0, 1, 4000), random.normal(1, 1, 4000))
    assert apart_by_one == pytest.approx(0.7602, abs=0.015)
    assert auroc(np.array([1.0, np.inf]), np.array([2.0, np.inf])) == (2 + 0 + 0.5) / 4


def test_false_alarms_where_95_of_100_pass() -> None:
    known = np.random.default_rng(0).permutation(np.arange(1.0, 101))
    assert limit_for(known) == 95
    assert limit_for(np.arange(1.0, 21)) == 19
    assert limit_for(np.array([7.0])) == 7
    strangers = np.array([40.0, 95, 95.5, 200])
    assert false_alarm_rate(known, strangers) == 0.5
    measured = false_alarms(known, strangers)
    assert measured.low < measured.value == 0.5 < measured.high
    none = false_alarms(known, np.full(133, 96.0))
    assert (none.value, none.low) == (0, 0)
    assert none.high == pytest.approx(0.0281, abs=1e-4)


def test_with_two_sources_one_must_lead_and_both_be_among_ten() -> None:
    sources = frozenset({"a", "b"})
    others = [f"o{number}" for number in range(10)]
    assert leads(["b", *others], sources)
    assert not all_among_ten(["b", *others], sources)
    assert not leads(["o", "a", "b"], sources)
    assert all_among_ten([*others[:8], "a", "b"], sources)
    assert not all_among_ten([*others[:9], "a", "b"], sources)
    assert not leads([], sources)
    assert not all_among_ten([], sources)


def test_suspects_count_whose_sources_are_all_enrolled(tmp_path: Path) -> None:
    with pytest.raises(MissingMedia, match="truth"):
        read_truth(tmp_path, ["a.mp4"])
    truth_of(
        tmp_path, {"one.mp4": ["a.mp4"], "two.mp4": ["a.mp4", "c.mp4"], "none.mp4": [], "both.mp4": ["x/b.mp4"] * 2}
    )
    found = read_truth(tmp_path, ["a.mp4", "b.mp4"])
    assert [(suspect.path.name, suspect.sources) for suspect in found] == [
        ("one.mp4", {"a.mp4"}),
        ("both.mp4", {"b.mp4"}),
    ]
    assert (found[0].path, found[0].attack, found[0].family) == (tmp_path / "one.mp4", "cut", "codec")
    with pytest.raises(MissingMedia, match="no suspect"):
        read_truth(tmp_path, ["d.mp4"])


def test_the_dct_hash_stays_where_the_picture_does() -> None:
    random = np.random.default_rng(2)
    pictures = random.integers(0, 200, (6, 8, 8, 3), dtype=np.uint8)
    frames = np.stack([cv2.resize(picture, (64, 64), interpolation=cv2.INTER_CUBIC) for picture in pictures])
    method = DctHash("pHash", 64)
    noisy = np.clip(frames + random.normal(12, 4, frames.shape), 0, 255).astype(np.uint8)
    for bits in method.lengths:
        codes = method.codes(method.describe(frames), bits)
        assert codes.shape == (6, bits // 8)
        assert (unpack_bits(codes).sum(axis=1) == bits // 2).all()
        near, others = np.diag(distances(codes, method.codes(method.describe(noisy), bits))), distances(codes, codes)
        assert near.max() < others[~np.eye(6, dtype=bool)].min()
    small = DctHash("pHash", 32)
    halved = np.stack([cv2.resize(frame, (32, 32), interpolation=cv2.INTER_AREA) for frame in frames])
    near = np.diag(distances(method.codes(method.describe(frames), 64), small.codes(small.describe(halved), 64)))
    assert near.max() <= 4


@pytest.mark.parametrize("bits", [64, 128])
def test_hadamard_codes_differ_in_half_the_bits_or_in_all(bits: int) -> None:
    codes = hadamard_codes(2 * bits, bits)
    assert codes is not None
    apart = distances(codes, codes)[np.triu_indices(2 * bits, 1)]
    assert set(apart.tolist()) == {bits // 2, bits}
    assert (apart == bits).sum() == bits
    assert hadamard_codes(2 * bits + 1, bits) is None


def test_random_codes_are_balanced_and_nearly_half_the_bits_apart() -> None:
    codes = random_codes(50, 256, seed=3)
    assert (unpack_bits(codes).sum(axis=1) == 128).all()
    assert np.array_equal(codes, random_codes(50, 256, seed=3))
    apart = spread(codes)
    assert apart.mean == pytest.approx(128, abs=1.5)
    assert 80 < apart.least <= apart.first_percentile < apart.mean


def test_spread_of_three_codes() -> None:
    codes = pack_bits(np.repeat([[0, 0], [0, 1], [1, 1]], 32, axis=1))
    found = spread(codes)
    assert (found.least, found.mean) == (32, pytest.approx(128 / 3))


class Corners:
    """A method whose numbers are the pictures' own, so that what is near is known."""

    name, input_size, lengths, compares_floats = "corners", 8, (64, 128), True

    def __init__(self) -> None:
        self.calls = self.frames = 0

    def describe(self, frames: NDArray[np.uint8], *, alone: bool = False) -> NDArray[np.float32]:
        self.calls += 1
        self.frames += len(frames)
        return frames.reshape(len(frames), -1)[:, :128].astype(np.float32) - 128

    def codes(self, described: NDArray[np.float32], bits: int) -> Codes:
        return pack_bits(described[:, :bits] > 0)


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    """Four sources of one picture each, and suspects: each mirrored, but the first."""
    folder = tmp_path / "media" / "bench"
    folder.mkdir(parents=True)
    (tmp_path / "suspects").mkdir()
    random = np.random.default_rng(1)
    for index in range(4):
        picture = random.integers(0, 256, (6, 8, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
        write(folder / f"s{index}.avi", picture)
        write(tmp_path / "suspects" / f"s{index}__cut.avi", picture[:, :: -1 if index else 1])
    truth_of(tmp_path / "suspects", {f"s{index}__cut.avi": [f"s{index}.avi"] for index in range(4)})
    return folder


def test_mirrored_suspects_are_found_by_codes_and_by_floats(videos: Path) -> None:
    method = Corners()
    remembered = Remembered(method)
    maker = CodeMaker(remembered, 128)
    paths = {path.name: path for path in sorted(videos.iterdir())}
    described = {name: method.describe(sampled(path).pictures) for name, path in paths.items()}
    sources = {name: enrolled(path, sampled(path), maker) for name, path in paths.items()}
    suspects = read_truth(videos.parents[1] / "suspects", sources)
    archive, half = (
        CodeArchive(maker, sources, names, lambda name, box: sampled(paths[name], box))
        for names in (set(sources), {"s0.avi", "s1.avi"})
    )
    floats = FloatArchive(remembered, described, sources)
    for suspect in suspects:
        samples = sampled(suspect.path)
        answers = [
            archive.as_the_product(samples, partial(sampled, suspect.path)),
            archive.whole(samples),
            floats.whole(samples),
        ]
        for answer in answers:
            assert leads(answer.ranking, suspect.sources)
            assert set(answer.ranking) == set(sources)
        assert answers[1].distance <= 6
        assert answers[2].distance <= 0.02
        assert set(half.whole(samples).ranking) == {"s0.avi", "s1.avi"}


def test_the_same_pictures_are_described_once() -> None:
    method = Corners()
    remembered = Remembered(method)
    frames = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    for bits in method.lengths:
        assert CodeMaker(remembered, bits).encode(frames).shape == (3, bits // 8)
        CodeMaker(remembered, bits).encode(frames[:, :, ::-1])
    assert method.calls == 2
    remembered.forget()
    remembered.describe(frames)
    assert method.calls == 3
    one_by_one = remembered.describe(frames[[2, 0, 2]], alone=True)
    assert np.array_equal(one_by_one, method.describe(frames)[[2, 0, 2]])
    before = method.frames
    remembered.describe(frames, alone=True)
    assert method.frames == before + 1


def test_the_untrained_network_is_the_same_for_a_seed_and_its_bits_are_balanced() -> None:
    config = ViTHashConfig(input_size=32, bits=128)
    frames = np.random.default_rng(0).integers(0, 256, (9, 32, 32, 3), dtype=np.uint8)
    method = UntrainedMethod("untrained", config, 5, "cpu")
    assert method.lengths == (64, 128)
    raw = method.describe(frames)
    assert np.array_equal(raw, UntrainedMethod("untrained", config, 5, "cpu").describe(frames))
    assert not np.allclose(raw, UntrainedMethod("untrained", config, 6, "cpu").describe(frames))
    sources = {"a": raw[:4].copy(), "b": raw[4:].copy()}
    method.balance(sources)
    assert np.allclose(np.median(np.concatenate(list(sources.values())), axis=0), 0, atol=1e-6)
    assert np.allclose(method.describe(frames)[:4], sources["a"], atol=1e-6)


def test_suspects_of_the_other_half_are_told_apart(bench: ModuleType) -> None:
    attacks = {"a": "cut", "b": "blur", "c": "pip", "d": "grey"}
    suspects = [Suspect(Path(f"{n}.mp4"), attack, "codec", frozenset({n})) for n, attack in attacks.items()]
    suspects.append(Suspect(Path("ad.mp4"), "two_sources", "composite", frozenset({"a", "d"})))
    measure = importlib.import_module("accuracy_measure")
    assert measure.sorted_out(suspects, {"a"}, {"a": "room", "b": "room", "d": ""}) == {
        "known": [0, 4],
        "other half": [1, 3],
        "other half, look-alikes": [1],
        "other half, the rest": [3],
    }
    assert measure.sorted_out(suspects, {"a"}, {}) == {"known": [0, 4], "other half": [1, 3]}


def test_peers_are_scored_by_the_same_rule(bench: ModuleType, tmp_path: Path) -> None:
    peers = importlib.import_module("accuracy_peers")
    suspects = [
        Suspect(tmp_path / "one.mp4", "cut", "codec", frozenset({"a.mp4"})),
        Suspect(tmp_path / "two.mp4", "two_sources", "composite", frozenset({"a.mp4", "b.mp4"})),
    ]
    script = tmp_path / "peer_bench.py"
    # Both sources of the second are among ten, and the second of them leads.
    script.write_text(
        "import csv, json, sys\n"
        "at = lambda name: sys.argv[sys.argv.index(name) + 1]\n"
        "rows = list(csv.DictReader(open(at('--pairs'))))\n"
        "tops = {row['kind']: [float(row['source'] == 'b.mp4'), 1.0] for row in rows}\n"
        "result = dict(by_kind=tops, bytes_per_source=8.0, hash_ms=1.5, failed=0)\n"
        "json.dump(dict(results=dict(peer=result)), open(at('--out'), 'w'))\n"
        "print('-- other: not runnable here: no')\n"
    )
    source = tmp_path / "a.mp4"
    source.touch()
    table = peers.peers_table(script, sys.executable, [source], suspects, tmp_path / "out", "")
    assert table.rows == [("peer", Share(1, 2), Share(2, 2), 8, 2, 0)]
    assert "other: not runnable here" in table.note
    missing = peers.peers_table(tmp_path / "no.py", sys.executable, [source], suspects, tmp_path / "out", "")
    assert missing.rows == []
    assert "no.py is not there" in missing.note


def test_a_crop_is_searched_beside_the_whole(bench: ModuleType, videos: Path) -> None:
    run, measure = importlib.import_module("accuracy_run"), importlib.import_module("accuracy_measure")
    gallery = run.Gallery([Corners()], sorted(videos.iterdir()))
    suspects = read_truth(videos.parents[1] / "suspects", gallery.names)
    table = measure.crop(gallery, suspects, seed=0)
    assert [row[:4] for row in table.rows] == [("corners", bits, 4, Share(4, 4)) for bits in (64, 128)]
    for *_, whole, cropped, cost in table.rows:
        assert cost.value == pytest.approx(100 * (whole.value - cropped.value))
    assert gallery.centers(("corners", 128)).shape == (4, 16)


@pytest.mark.slow
def test_all_tables_by_one_command(bench: ModuleType, videos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, suspects = videos.parents[1] / "out", videos.parents[1] / "suspects"
    strangers = videos.parent / "strangers"
    strangers.mkdir()
    write(strangers / "other.avi", np.random.default_rng(9).integers(0, 256, (48, 64, 3), dtype=np.uint8))
    asked = f"accuracy.py --media {videos.parent} --out {out} --suspects {suspects} --device cpu"
    monkeypatch.setattr(sys, "argv", [*asked.split(), "--tables", "attacks,methods,strangers,centers"])
    assert bench.main() == 0
    tables = json.loads((out / "accuracy.json").read_text())["tables"]
    assert list(tables) == ["attacks", "methods", "strangers", "centers"]
    assert tables["attacks"]["rows"][-1]["Top-1"] == pytest.approx(
        {"hits": 4, "n": 4, "value": 1.0, "low": 0.510, "high": 1.0}, abs=1e-3
    )
    assert {row["bits"] for row in tables["methods"]["rows"] if row["codes"] == "ViTHash"} == {
        *(64, 128, 256, 512, 1024, "float")
    }
    assert {row["strangers"] for row in tables["strangers"]["rows"]} == {"other half", "other videos"}
    assert "| **ALL** | 4 | 1.000 (0.510 to 1.000) |" in (out / "accuracy.md").read_text()
    assert len((out / "answers.jsonl").read_text().splitlines()) == 4


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The command, whose files find each other by lying beside each other."""
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("accuracy")


def write(path: Path, picture: NDArray[np.uint8]) -> None:
    height, width = picture.shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (width, height))
    for _ in range(10):
        writer.write(np.ascontiguousarray(picture))
    writer.release()


def truth_of(folder: Path, sources: dict[str, list[str]]) -> None:
    rows = [
        {"file": file, "attack": "cut", "family": "codec", "segments": [[0, 1, name, 0, 1] for name in names]}
        for file, names in sources.items()
    ]
    (folder / "truth.jsonl").write_text("\n".join(json.dumps(row) for row in rows))


def sampled(path: Path, part: Box = WHOLE) -> ClipSamples:
    return sample_clips(path, size=Corners.input_size, part=part, previews=4)
