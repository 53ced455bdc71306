from __future__ import annotations

import pytest
import torch

from vtl_desktop.training.csq import csq_objective, hadamard, hash_centers
from vtl_desktop.training.recipe import LossRecipe


def apart(centers: torch.Tensor) -> torch.Tensor:
    """Distances of all pairs of different centers, in bits."""
    distances = (centers.shape[1] - centers @ centers.T) / 2
    return distances[~torch.eye(len(centers), dtype=torch.bool)]


def test_rows_of_a_hadamard_matrix_are_orthogonal() -> None:
    matrix = hadamard(16)
    assert torch.equal(matrix @ matrix.T, 16 * torch.eye(16))


@pytest.mark.parametrize(("count", "wanted"), [(3, {32.0}), (64, {32.0}), (65, {32.0, 64.0}), (128, {32.0, 64.0})])
def test_centers_are_half_of_the_bits_apart_or_all(count: int, wanted: set[float]) -> None:
    centers = hash_centers(count, 64, seed=1)
    assert centers.shape == (count, 64)
    assert set(apart(centers).tolist()) == wanted


def test_prefixes_of_centers_are_apart_too() -> None:
    assert apart(hash_centers(1024, 1024, seed=0)[:, :128]).min() >= 24


def test_more_identities_than_rows_get_balanced_random_centers() -> None:
    centers = hash_centers(2100, 1024, seed=0)
    assert centers.unique().tolist() == [-1, 1]
    assert not centers.sum(1).any()
    distances = apart(centers)
    assert distances.min() > 0.4 * 1024
    assert float(distances.mean()) == pytest.approx(512, abs=1)


def test_centers_are_the_same_for_the_same_seed() -> None:
    for count in (10, 200):
        assert torch.equal(hash_centers(count, 64, seed=3), hash_centers(count, 64, seed=3))
        assert not torch.equal(hash_centers(count, 64, seed=3), hash_centers(count, 64, seed=4))


def test_the_loss_falls_when_codes_move_to_their_centers() -> None:
    centers = hash_centers(5, 128, seed=0)
    clip = torch.tensor([0, 3, 4, 0, 3, 4])
    ignore = torch.zeros(6, 6, dtype=torch.bool)
    start = torch.randn(6, 128, generator=torch.Generator().manual_seed(0))
    losses = []
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        loss, watched = csq_objective(torch.lerp(start, 3 * centers[clip], part), clip, centers, ignore, LossRecipe())
        losses.append(float(loss))
        assert watched["loss"] == pytest.approx(float(loss))
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.01
    assert watched["top1@64"] == 1
    wrong, _ = csq_objective(3 * centers[clip.roll(1)], clip, centers, ignore, LossRecipe())
    assert wrong > losses[0]


def test_a_gradient_step_leads_towards_the_centers() -> None:
    centers = hash_centers(4, 64, seed=0)
    clip = torch.arange(4).repeat(2)
    logits = torch.randn(8, 64, generator=torch.Generator().manual_seed(1)).requires_grad_()
    optimiser = torch.optim.SGD([logits], lr=50.0)
    agreed = [float((logits.sign() == centers[clip]).float().mean())]
    for _ in range(100):
        optimiser.zero_grad()
        csq_objective(logits, clip, centers, torch.zeros(8, 8, dtype=torch.bool), LossRecipe())[0].backward()
        optimiser.step()
    agreed.append(float((logits.sign() == centers[clip]).float().mean()))
    assert agreed[0] < 0.6
    assert agreed[1] == 1


def test_early_bits_count_in_more_prefixes() -> None:
    centers = hash_centers(2, 256, seed=0)
    clip = torch.tensor([0, 1, 0, 1])
    ignore = torch.zeros(4, 4, dtype=torch.bool)
    early, late = 3 * centers[clip], 3 * centers[clip]
    early[:, :10] *= -1
    late[:, -10:] *= -1
    losses = [float(csq_objective(logits, clip, centers, ignore, LossRecipe())[0]) for logits in (early, late)]
    assert losses[0] > losses[1]
