from __future__ import annotations

import copy

import torch

from vtl_desktop.networks.vithash import ViTHash, ViTHashConfig
from vtl_desktop.training.small_maps import speed_up


def outputs_and_gradients(network: ViTHash, clips: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    network.zero_grad()
    logits = network(clips)
    logits.sin().sum().backward()
    return logits.detach(), {name: p.grad for name, p in network.named_parameters() if p.grad is not None}


def test_what_is_computed_stays_the_same() -> None:
    torch.manual_seed(0)
    plain = ViTHash(ViTHashConfig(input_size=64, bits=64)).eval()
    fast = copy.deepcopy(plain)
    speed_up(fast)
    changed = sum(type(a) is not type(b) for a, b in zip(plain.modules(), fast.modules(), strict=True))
    assert changed >= 4, "the depthwise convolutions"
    assert {name: tuple(value.shape) for name, value in fast.state_dict().items()} == {
        name: tuple(value.shape) for name, value in plain.state_dict().items()
    }
    clips = torch.rand(3, 1, 3, 64, 64)
    wanted, gradients = outputs_and_gradients(plain, clips)
    found, fast_gradients = outputs_and_gradients(fast, clips)
    assert torch.allclose(found, wanted, atol=1e-4)
    assert fast_gradients.keys() == gradients.keys()
    for name, gradient in gradients.items():
        error = (fast_gradients[name] - gradient).norm() / gradient.norm().clamp(min=1e-3)
        assert error < 1e-3, name
