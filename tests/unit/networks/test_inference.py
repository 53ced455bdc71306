from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch

from vtl_desktop.core.errors import Cancelled, UsageError, WeightsError
from vtl_desktop.core.hashing import pack_bits, unpack_bits
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.networks.inference import Encoder
from vtl_desktop.networks.vithash import ViTHash, ViTHashConfig
from vtl_desktop.networks.weights import digest_of, save_weights

SIZE = 32


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    network = ViTHash(ViTHashConfig(input_size=SIZE))
    torch.nn.init.normal_(network.temporal.expand.weight, std=0.05)
    path = tmp_path_factory.mktemp("weights") / "net.safetensors"
    save_weights(network, path, kind="vithash", config=asdict(network.config))
    return path


@pytest.fixture(scope="module")
def encoder(weights: Path) -> Encoder:
    return Encoder.load(bits=512, device="cpu", weights=weights)


def frames(count: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, SIZE, SIZE, 3), dtype=np.uint8)


def test_says_what_it_is(encoder: Encoder, weights: Path) -> None:
    assert (encoder.bits, encoder.input_size, encoder.clip_frames) == (512, SIZE, 3)
    assert encoder.weights_digest == digest_of(weights)
    assert encoder.device_name == "CPU"
    assert encoder.notes == []


def test_codes_are_the_signs_of_the_logits(encoder: Encoder) -> None:
    pictures = frames(5)
    logits = encoder.logits(pictures)
    assert logits.shape == (5, 1024)
    assert logits.dtype == np.float32
    codes = encoder.encode(pictures)
    assert codes.shape == (5, 64)
    assert np.array_equal(codes, pack_bits(logits[:, :512] > 0))


def test_shorter_codes_are_the_start_of_longer_ones(encoder: Encoder, weights: Path) -> None:
    short = Encoder.load(bits=64, device="cpu", weights=weights)
    assert np.array_equal(short.encode(frames(4)), encoder.encode(frames(4))[:, :8])


def test_a_code_is_that_of_the_clip_centred_on_its_frame(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = frames(6)
    monkeypatch.setattr(encoder, "_half", False)
    for centre, rows in ((2, [1, 2, 3]), (0, [0, 0, 1]), (5, [4, 5, 5])):
        window = torch.from_numpy(pictures[rows]).permute(0, 3, 1, 2).float() / 255
        with torch.inference_mode():
            wanted = encoder._network(window[None])[0].numpy()
        assert np.allclose(encoder.logits(pictures)[centre], wanted, atol=1e-3)


def test_half_precision_changes_few_bits(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = frames(16)
    codes = []
    for half in (False, True):
        monkeypatch.setattr(encoder, "_half", half)
        codes.append(unpack_bits(encoder.encode(pictures)))
    assert (codes[0] != codes[1]).mean() < 0.02


def test_the_number_of_threads_is_left_as_it_was(encoder: Encoder) -> None:
    before = torch.get_num_threads()
    encoder.encode(frames(20))
    assert torch.get_num_threads() == before


def test_a_code_does_not_depend_on_what_it_is_computed_with(encoder: Encoder) -> None:
    pictures = frames(70)
    every = encoder.encode(pictures)
    assert np.array_equal(encoder.encode(pictures[:9])[:8], every[:8])
    assert np.array_equal(encoder.encode(pictures[40:])[1:], every[41:])
    assert np.array_equal(encoder.encode(pictures), every)


def test_no_frames_give_no_codes(encoder: Encoder) -> None:
    assert encoder.encode(frames(3)[:0]).shape == (0, 64)
    assert encoder.encode(frames(1)).shape == (1, 64)


@pytest.mark.parametrize("bad", [np.zeros((2, 16, 16, 3), np.uint8), np.zeros((2, SIZE, SIZE, 3), np.float32)])
def test_other_frames_are_refused(encoder: Encoder, bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="frames must be"):
        encoder.encode(bad)


def test_can_be_cancelled(encoder: Encoder) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        encoder.encode(frames(2), cancel=token)


def test_without_cuda_the_cpu_is_used_and_said(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    encoder = Encoder.load(bits=64, device="cuda", weights=weights)
    assert encoder.device_name == "CPU"
    assert len(encoder.notes) == 1


def test_a_full_cuda_device_falls_back_to_the_cpu(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = Encoder.load(bits=64, device="cpu", weights=weights)
    wanted = encoder.encode(frames(3))
    compute, failures = encoder._logits, [1, 2]

    def sometimes_full(*arguments: object) -> np.ndarray:
        if failures:
            failures.pop()
            raise torch.cuda.OutOfMemoryError
        return compute(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(encoder, "_logits", sometimes_full)
    assert np.array_equal(encoder.encode(frames(3)), wanted)
    assert len(encoder.notes) == 2
    assert "CPU" in encoder.notes[-1]


@pytest.mark.parametrize("arguments", [{"bits": 100}, {"device": "tpu"}])
def test_what_cannot_be_is_refused(weights: Path, arguments: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Encoder.load(weights=weights, **arguments)  # type: ignore[arg-type]


def test_bad_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="missing"):
        Encoder.load(weights=tmp_path / "missing.safetensors")
    other = tmp_path / "other.safetensors"
    save_weights(torch.nn.Linear(2, 2), other, kind="localizator", config={})
    with pytest.raises(WeightsError, match="localizator"):
        Encoder.load(weights=other)
    save_weights(torch.nn.Linear(2, 2), other, kind="vithash", config={"wheels": 4})
    with pytest.raises(WeightsError, match="other"):
        Encoder.load(weights=other)
