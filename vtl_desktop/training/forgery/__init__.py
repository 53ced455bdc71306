"""Makes fakes whose changed pixels are known.

A forger is a function `(frames, other, masks, rng) -> frames`: frames uint8 [n, H, W, 3] of the clip that is forged,
other uint8 [n, H, W, 3] of a clip to borrow from, masks bool [n, H, W] where to forge. What it gives back differs from
`frames` inside the masks only; edges are softened inwards.
"""

from vtl_desktop.training.forgery.forgers import FORGERS, KINDS, Forger
from vtl_desktop.training.forgery.masks import moving_masks

FORGERY_KINDS = tuple(KINDS)

__all__ = ["FORGERS", "FORGERY_KINDS", "KINDS", "Forger", "moving_masks"]
