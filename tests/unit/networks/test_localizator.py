"""The Localizator: any size, any number of frames, frames that exchange what they show; and how it is run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch

from vtl_desktop.core.errors import UsageError, WeightsError
from vtl_desktop.networks.localizator import CHANNELS, STRIDE, Localizator, LocalizatorConfig
from vtl_desktop.networks.localizator_input import prepared
from vtl_desktop.networks.marking import Marker, load_localizator
from vtl_desktop.networks.weights import save_weights
from vtl_desktop.vision.laying import LaidOver

SMALL = LocalizatorConfig(widths=(8, 8, 16, 20), fine=6, depths=(1, 1, 1), heads=5)


@pytest.fixture(scope="module")
def network() -> Localizator:
    torch.manual_seed(0)
    made = Localizator(SMALL)
    with torch.no_grad():
        for _ in range(3):
            made.train()(torch.randn(2, 4, CHANNELS, 32, 48))
    return made.eval()


@pytest.fixture(scope="module")
def weights(network: Localizator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "net.safetensors"
    save_weights(network, path, kind="localizator", config=asdict(network.config))
    return path


@pytest.mark.parametrize(("frames", "height", "width"), [(1, 16, 16), (2, 48, 32), (4, 32, 80), (7, 16, 48)])
def test_any_size_and_number_of_frames(network: Localizator, frames: int, height: int, width: int) -> None:
    with torch.inference_mode():
        assert network(torch.randn(2, frames, CHANNELS, height, width)).shape == (2, frames, 2, height, width)


def test_every_parameter_learns(network: Localizator) -> None:
    learner = Localizator(SMALL)
    learner(torch.randn(1, 3, CHANNELS, 32, 32)).square().mean().backward()
    still = [name for name, p in learner.named_parameters() if p.grad is None or not p.grad.abs().sum()]
    assert still == []


def test_frames_exchange_what_they_show(network: Localizator) -> None:
    torch.manual_seed(1)
    rows = torch.randn(1, 3, CHANNELS, 32, 32)
    other = rows.clone()
    other[:, 2] = torch.randn(CHANNELS, 32, 32)
    with torch.inference_mode():
        assert (network(rows)[:, 0] - network(other)[:, 0]).abs().max() > 1e-4


def test_clips_of_a_batch_do_not(network: Localizator) -> None:
    torch.manual_seed(1)
    rows = torch.randn(2, 3, CHANNELS, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(network(rows)[:1], network(rows[:1]), rtol=1e-4, atol=1e-5)


def test_the_shipped_shape_is_small_enough_for_the_repository() -> None:
    assert sum(p.numel() for p in Localizator().parameters()) * 4 < 32e6


def pair(height: int, width: int, seed: int = 0) -> LaidOver:
    rng = np.random.default_rng(seed)
    suspect = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    inside = np.ones((height, width), bool)
    inside[:, : width // 4] = False
    return LaidOver(suspect, rng.integers(0, 256, (height, width, 3), dtype=np.uint8), inside)


def test_the_input_is_empty_outside_the_source_and_bounded_inside() -> None:
    laid = pair(40, 60)
    rows = prepared(laid.suspect, laid.source, laid.inside)
    assert rows.shape == (40, 60, CHANNELS)
    assert rows.dtype == np.float32
    assert not rows[~laid.inside].any()
    assert np.abs(rows).max() <= 4
    assert (rows[..., 10] == laid.inside).all()


def test_pictures_of_any_size_are_marked_in_their_own_pixels(weights: Path) -> None:
    marker = Marker.load(device="cpu", weights=weights)
    assert (marker.frames, marker.device_name, marker.notes) == (4, "CPU", [])
    for height, width in ((STRIDE, STRIDE), (37, 51), (90, 33)):
        marks = marker.mark([pair(height, width, seed) for seed in range(3)])
        assert [m.graphics.shape for m in marks] == [(height, width)] * 3
        assert marks[0].altered.dtype == np.uint8
        assert not marks[0].altered[:, : width // 4].any()
        assert not marks[0].graphics[:, : width // 4].any()


def test_what_is_run_is_what_was_trained(network: Localizator, weights: Path) -> None:
    laid = pair(STRIDE * 2, STRIDE * 3)
    rows = prepared(laid.suspect, laid.source, laid.inside)
    with torch.inference_mode():
        wanted = torch.sigmoid(network(torch.from_numpy(rows).permute(2, 0, 1)[None, None]))[0, 0, 1].numpy() * 255
    got = Marker.load(device="cpu", weights=weights).mark([laid])[0].altered
    # bfloat16, where it is fast, is the only difference.
    assert np.abs(np.where(laid.inside, wanted, 0) - got).mean() < 4


def test_nothing_to_mark(weights: Path) -> None:
    assert Marker.load(device="cpu", weights=weights).mark([]) == []


def test_other_weights_are_refused(weights: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.safetensors"
    save_weights(torch.nn.Linear(2, 2), foreign, kind="vithash", config={})
    with pytest.raises(WeightsError, match=r"not of localizator"):
        load_localizator(foreign)
    shaped = tmp_path / "shaped.safetensors"
    save_weights(Localizator(SMALL), shaped, kind="localizator", config={"widths": [8, 8, 16, 40]})
    with pytest.raises(WeightsError, match=r"made for another network|has shape"):
        load_localizator(shaped)
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(weights.read_bytes()[:500])
    with pytest.raises(WeightsError, match="no usable weights"):
        load_localizator(cut)


def test_an_unknown_device_is_refused(weights: Path) -> None:
    with pytest.raises(UsageError, match="No device named abacus"):
        Marker.load(device="abacus", weights=weights)
