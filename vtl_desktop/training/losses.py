"""What ViTHash is trained on. All losses take relaxed codes or logits of one batch and give a scalar.

Codes are nested, so each loss that compares codes is taken on every prefix of `PREFIXES` bits and averaged.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from vtl_desktop.networks.vithash import straight_through_sign

PREFIXES = (64, 128, 256, 512, 1024)


def relaxed(logits: Tensor, sharpness: float = 1.0) -> Tensor:
    """tanh of logits brought to root mean square 1, so that their scale cannot drift: float [n, bits] in -1 to 1."""
    return torch.tanh(sharpness * logits / logits.pow(2).mean().add(1e-8).sqrt())


def info_nce(
    codes: Tensor,
    identity: Tensor,
    *,
    temperature: float = 0.1,
    ignore: Tensor | None = None,
    strangers: Tensor | None = None,
    ignore_strangers: Tensor | None = None,
) -> Tensor:
    """Contrast of each code with all others of the batch, and with codes of earlier batches.

    Args:
        codes: float [n, bits].
        identity: int64 [n]; rows of one identity are positives of each other; each identity has two rows or more.
        temperature: of the softmax over cosine similarities.
        ignore: bool [n, n], pairs that are neither positive nor negative (near-identical pictures).
        strangers: float [q, bits], further negatives, without gradient.
        ignore_strangers: bool [n, q], which of them are none, as for `ignore`.
    """
    unit = F.normalize(codes, dim=1)
    logits = unit @ unit.T / temperature
    positive = identity[:, None] == identity[None, :]
    itself = torch.eye(len(codes), dtype=torch.bool, device=codes.device)
    left_out = itself if ignore is None else itself | (ignore & ~positive)
    others = logits.masked_fill(left_out, -1e4)
    if strangers is not None:
        far = unit @ F.normalize(strangers, dim=1).T / temperature
        others = torch.cat([others, far if ignore_strangers is None else far.masked_fill(ignore_strangers, -1e4)], 1)
    log_share = logits - torch.logsumexp(others, dim=1, keepdim=True)
    pairs = positive & ~itself
    return -(log_share * pairs).sum(1).div(pairs.sum(1)).mean()


def koleo(codes: Tensor, identity: Tensor, ignore: Tensor | None = None) -> Tensor:
    """Kozachenko-Leonenko entropy: minus the mean log distance to the nearest code of another identity."""
    unit = F.normalize(codes, dim=1)
    similarity = unit @ unit.T
    own = identity[:, None] == identity[None, :]
    left_out = own if ignore is None else own | ignore
    nearest = similarity.masked_fill(left_out, -1.0).amax(1)
    return -torch.log((2 - 2 * nearest).clamp(min=1e-6).sqrt()).mean()


def decorrelation(codes: Tensor) -> Tensor:
    """Mean squared correlation of different bits over the batch, plus the mean squared bias of each bit."""
    bias = codes.mean(0)
    centred = F.normalize(codes - bias, dim=0)
    correlation = centred.T @ centred
    off_diagonal = correlation.pow(2).sum() - correlation.diagonal().pow(2).sum()
    return off_diagonal / (codes.shape[1] * (codes.shape[1] - 1)) + bias.pow(2).mean()


def quantisation(codes: Tensor) -> Tensor:
    """1 - cosine between relaxed codes and their own signs: what is lost when only the bits are kept."""
    return 1 - F.cosine_similarity(codes, torch.sign(codes.detach()), dim=1).mean()


def voted_centers(codes: Tensor, identity: Tensor) -> tuple[Tensor, Tensor]:
    """The hash center of each identity in the batch, with a gradient.

    Args:
        codes: float [n, bits], relaxed.
        identity: int64 [n], any labels.

    Returns:
        Centers of +1 and -1, float [identities, bits], and for each row of `codes` the row of its center, int64 [n].
        Each bit is the majority of the codes' signs; a tie goes to the side that the relaxed codes lean to.
    """
    labels, own = torch.unique(identity, return_inverse=True)
    share = torch.zeros(len(labels), len(codes), dtype=codes.dtype, device=codes.device)
    share[own, torch.arange(len(codes), device=codes.device)] = 1
    share = share / share.sum(1, keepdim=True)
    votes = share @ straight_through_sign(codes)
    lean = share @ codes.detach()
    return straight_through_sign(torch.where(votes.detach() == 0, votes + lean, votes)), own


def hash_triplet(codes: Tensor, identity: Tensor, *, margin: float = 0.5) -> Tensor:
    """ViTHash's loss on voted hash centers, with true means, a reachable margin and a gradient.

    Each code is drawn to the center of its own identity, and centers are pushed apart until `margin` of the bits
    differ: half of them, where codes that share nothing lie; more is unattainable for many centers at once.

    Args:
        codes: float [n, bits], relaxed, -1 to 1.
        identity: int64 [n].
        margin: as a fraction of the bits.
    """
    bits = codes.shape[1]
    centers, own = voted_centers(codes, identity)
    signs = straight_through_sign(codes)
    intra = (0.5 - (signs * centers[own]).sum(1) / (2 * bits)).mean()
    if len(centers) < 2:
        return intra
    apart = 0.5 - centers @ centers.T / (2 * bits)
    short = (margin - apart).clamp(min=0)
    count = len(centers)
    inter = (short.sum() - short.diagonal().sum()) / (count * (count - 1))
    return intra + inter


@torch.no_grad()
def near_identical(thumbnails: Tensor, threshold: float = 0.95) -> Tensor:
    """Which pictures of a batch show nearly the same: bool [n, n], normalised correlation above `threshold`.

    Args:
        thumbnails: float [n, pixels], small grey pictures.
        threshold: of the correlation; the picture itself is always included.
    """
    return correlations(thumbnails, thumbnails) > threshold


def correlations(a: Tensor, b: Tensor) -> Tensor:
    """Normalised correlation of all pairs of thumbnails: float [n, pixels] and [m, pixels] to [n, m]."""
    left = F.normalize(a - a.mean(1, keepdim=True), dim=1)
    right = F.normalize(b - b.mean(1, keepdim=True), dim=1)
    return left @ right.T
