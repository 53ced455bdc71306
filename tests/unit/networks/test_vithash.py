from __future__ import annotations

import pytest
import torch

from vtl_desktop.networks.vithash import ViTHash, ViTHashConfig, straight_through_sign
from vtl_desktop.training.losses import PREFIXES, hash_triplet, relaxed

CONFIG = ViTHashConfig(input_size=32)


@pytest.fixture(scope="module")
def network() -> ViTHash:
    torch.manual_seed(0)
    return ViTHash(CONFIG)


def clips(count: int, frames: int, size: int = 32) -> torch.Tensor:
    return torch.rand(count, frames, 3, size, size, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("frames", [1, 3, 4])
def test_clips_of_any_length_give_all_bits(network: ViTHash, frames: int) -> None:
    network.eval()
    with torch.inference_mode():
        assert network(clips(2, frames)).shape == (2, 1024)


def test_starts_as_the_mean_of_the_frames(network: ViTHash) -> None:
    network.eval()
    with torch.inference_mode():
        features = network.frame_features(clips(3, 1).flatten(0, 1))
        together = network.clip_logits(features[None])
        assert torch.allclose(together, network.clip_logits(features.mean(0)[None, None]), atol=1e-5)


def test_the_layout_starts_as_if_it_were_not_there_and_then_tells_places_apart() -> None:
    torch.manual_seed(0)
    plain = ViTHash(ViTHashConfig(input_size=64)).eval()
    other = ViTHash(ViTHashConfig(input_size=64, layout=8)).eval()
    other.load_state_dict(plain.state_dict(), strict=False)
    images = clips(2, 1, 64)
    assert other.layout is not None
    with torch.inference_mode():
        assert torch.equal(plain(images), other(images))
        halves = torch.zeros(2, 160, 4, 4)
        halves[0, :, :, :2] = halves[1, :, :, 2:] = 1
        left, right = other.layout(halves)
    # Each cell has numbers of its own, so the same things in the other half are another feature.
    assert (left - right).abs().max() > 0.1
    assert torch.allclose(left.unflatten(0, (8, 4, 4)), right.unflatten(0, (8, 4, 4)).flip(2), atol=1e-5)


@pytest.mark.parametrize("size", [32, 64, 96])
def test_the_layout_takes_any_input_size(size: int) -> None:
    network = ViTHash(ViTHashConfig(input_size=size, layout=3)).eval()
    with torch.inference_mode():
        assert network(clips(2, 3, size)).shape == (2, 1024)


def test_normalises_its_input() -> None:
    torch.manual_seed(0)
    plain = ViTHash(ViTHashConfig(input_size=32, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))).eval()
    normal = ViTHash(CONFIG).eval()
    normal.load_state_dict({**plain.state_dict(), "mean": normal.mean, "std": normal.std})
    images = clips(2, 1).flatten(0, 1)
    by_hand = (images - torch.tensor(CONFIG.mean).view(1, 3, 1, 1)) / torch.tensor(CONFIG.std).view(1, 3, 1, 1)
    with torch.inference_mode():
        assert torch.allclose(normal.frame_features(images), plain.frame_features(by_hand), atol=1e-4)
        assert not torch.allclose(normal.frame_features(images), plain.frame_features(images), atol=1e-2)


def test_tracks_and_subtracts_the_mean_of_each_bit() -> None:
    torch.manual_seed(0)
    network = ViTHash(CONFIG).train()
    features = torch.randn(64, 1, network.pooled_width)
    assert network.clip_logits(features).mean(0).abs().max() < 1e-4
    network.eval()
    before = network.bit_mean.clone()
    network.clip_logits(features + 1)
    assert torch.equal(network.bit_mean, before)


def test_the_sign_is_hard_forward_and_soft_backward() -> None:
    values = torch.tensor([-2.0, -0.1, 0.0, 0.1, 2.0], requires_grad=True)
    signs = straight_through_sign(torch.tanh(values))
    assert signs.tolist() == [-1, -1, -1, 1, 1]
    signs.sum().backward()
    assert values.grad is not None
    assert torch.allclose(values.grad, 1 - torch.tanh(values.detach()) ** 2)


def test_the_triplet_loss_on_voted_centers_trains_the_hash_head(network: ViTHash) -> None:
    network.train()
    network.zero_grad()
    codes = relaxed(network(clips(6, 1)))
    hash_triplet(codes, torch.tensor([0, 0, 0, 1, 1, 1])).backward()
    assert network.hash_head.weight.grad is not None
    assert network.hash_head.weight.grad.abs().max() > 1e-7


def test_a_gradient_reaches_every_parameter() -> None:
    torch.manual_seed(0)
    network = ViTHash(ViTHashConfig(input_size=32, layout=4)).train()
    # Two projections start at zero, so nothing reaches what lies before them at the very first step.
    assert network.layout is not None
    torch.nn.init.normal_(network.temporal.expand.weight, std=0.02)
    torch.nn.init.normal_(network.layout.head.weight, std=0.02)
    codes = relaxed(network(clips(6, 3)))
    sum(hash_triplet(codes[:, :k], torch.arange(2).repeat(3)) for k in PREFIXES).backward()
    silent = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert not silent
