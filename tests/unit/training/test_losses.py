from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from vtl_desktop.core.hashing import distances, pack_bits, vote
from vtl_desktop.training.losses import (
    decorrelation,
    hash_triplet,
    info_nce,
    koleo,
    near_identical,
    quantisation,
    relaxed,
    voted_centers,
)


def codes(count: int, bits: int, seed: int) -> torch.Tensor:
    return torch.tanh(torch.randn(count, bits, generator=torch.Generator().manual_seed(seed)))


def plain_triplet(relaxed_codes: torch.Tensor, labels: list[int], margin: float) -> float:
    """The same loss, bit by bit, with the domain's own votes and distances."""
    bits = relaxed_codes.shape[1]
    packed = pack_bits(relaxed_codes.numpy() > 0)
    centers = {k: vote(packed[[i for i, label in enumerate(labels) if label == k]])[None] for k in set(labels)}
    intra = [distances(packed[i : i + 1], centers[k])[0, 0] / bits for i, k in enumerate(labels)]
    inter = [
        max(0.0, margin - distances(centers[a], centers[b])[0, 0] / bits) for a in centers for b in centers if a != b
    ]
    return float(np.mean(intra) + (np.mean(inter) if inter else 0))


@pytest.mark.parametrize("bits", [64, 128, 192])
@pytest.mark.parametrize("labels", [[0, 0, 0, 1, 1, 1], [4, 2, 4, 2, 4, 9, 2, 9, 9], [0, 1, 2, 3], [5, 5, 5]])
@pytest.mark.parametrize("margin", [0.25, 0.5])
def test_hash_triplet_is_what_a_slow_plain_version_gives(bits: int, labels: list[int], margin: float) -> None:
    values = codes(len(labels), bits, seed=bits + len(labels))
    fast = float(hash_triplet(values, torch.tensor(labels), margin=margin))
    assert fast == pytest.approx(plain_triplet(values, labels, margin), abs=1e-5)


def test_hash_triplet_moves_codes_to_their_center_and_centers_apart() -> None:
    values = (0.3 * torch.randn(9, 64, generator=torch.Generator().manual_seed(3)) + 0.5).requires_grad_()
    labels = torch.arange(3).repeat(3)
    optimiser = torch.optim.SGD([values], lr=60.0)
    before = float(hash_triplet(torch.tanh(values), labels).detach())
    for _ in range(150):
        optimiser.zero_grad()
        hash_triplet(torch.tanh(values), labels).backward()
        optimiser.step()
    assert float(hash_triplet(torch.tanh(values), labels).detach()) < 0.6 * before


def test_centers_are_majorities_and_ties_lean_to_the_surer_side() -> None:
    values = torch.tensor([[0.9, -0.1, 0.2], [0.8, -0.3, -0.9], [-0.1, 0.2, 0.4], [0.5, 0.5, -0.6]])
    centers, own = voted_centers(values, torch.tensor([7, 7, 7, 3]))
    assert own.tolist() == [1, 1, 1, 0]
    assert centers.tolist() == [[1, 1, -1], [1, -1, 1]]
    tied, _ = voted_centers(torch.tensor([[0.9, -0.9], [-0.1, 0.2]]), torch.tensor([0, 0]))
    assert tied.tolist() == [[1, -1]]


@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_info_nce_is_what_a_slow_plain_version_gives(temperature: float) -> None:
    values, labels = codes(8, 16, 0), [0, 1, 2, 3, 0, 1, 2, 3]
    ignore = torch.zeros(8, 8, dtype=torch.bool)
    ignore[0, 1] = ignore[1, 0] = True
    unit = torch.nn.functional.normalize(values, dim=1)
    total = 0.0
    for i in range(8):
        terms = {j: math.exp(float(unit[i] @ unit[j]) / temperature) for j in range(8) if j != i and not ignore[i, j]}
        positive = next(j for j in terms if labels[j] == labels[i])
        total -= math.log(terms[positive] / sum(terms.values())) / 8
    fast = float(info_nce(values, torch.tensor(labels), temperature=temperature, ignore=ignore))
    assert fast == pytest.approx(total, abs=1e-4)


def test_near_identical_pictures_are_no_negatives() -> None:
    values = codes(4, 32, 1)
    values[1] = values[0]
    labels = torch.tensor([0, 1, 0, 1])
    ignore = torch.zeros(4, 4, dtype=torch.bool)
    ignore[0, 1] = ignore[1, 0] = True
    assert info_nce(values, labels, ignore=ignore) < info_nce(values, labels)
    pictures = torch.rand(3, 256, generator=torch.Generator().manual_seed(0))
    pictures[1] = pictures[0] * 0.5 + 0.2
    assert near_identical(pictures).tolist() == [[True, True, False], [True, True, False], [False, False, True]]


def test_codes_of_earlier_batches_are_further_negatives() -> None:
    values, labels = codes(4, 32, 2), torch.tensor([0, 1, 0, 1])
    strangers = codes(6, 32, 3)
    strangers[0] = values[0]
    plain = info_nce(values, labels)
    known = torch.zeros(4, 6, dtype=torch.bool)
    far = info_nce(values, labels, strangers=strangers, ignore_strangers=known)
    assert far > plain
    known[0, 0] = True
    assert info_nce(values, labels, strangers=strangers, ignore_strangers=known) < far
    nobody = torch.ones(4, 6, dtype=torch.bool)
    assert float(info_nce(values, labels, strangers=strangers, ignore_strangers=nobody)) == pytest.approx(float(plain))


def test_koleo_grows_when_codes_crowd() -> None:
    labels = torch.arange(6)
    spread = codes(6, 64, 2)
    assert koleo(spread * 0.01 + spread[:1], labels) > koleo(spread, labels)


def test_decorrelation_is_least_for_independent_balanced_bits() -> None:
    hadamard = torch.tensor([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
    assert float(decorrelation(hadamard)) == pytest.approx(0, abs=1e-6)
    assert float(decorrelation(hadamard[:, [0, 0, 0]])) > 0.9
    assert float(decorrelation(torch.ones(4, 3) * 0.9)) > 0.5


def test_quantisation_is_nothing_for_codes_that_are_signs() -> None:
    assert float(quantisation(torch.tensor([[1.0, -1, 1]]))) == pytest.approx(0, abs=1e-6)
    assert float(quantisation(torch.tensor([[1.0, -0.1, 0.1]]))) > 0.1


def test_relaxed_codes_do_not_depend_on_the_scale_of_the_logits() -> None:
    logits = torch.randn(5, 32, generator=torch.Generator().manual_seed(4))
    assert torch.allclose(relaxed(logits), relaxed(100 * logits), atol=1e-5)
