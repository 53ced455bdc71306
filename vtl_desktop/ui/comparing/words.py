"""What the compare view says about pairs and masks."""

from __future__ import annotations

from vtl_desktop.core.alignment import Alignment
from vtl_desktop.core.errors import VtlError
from vtl_desktop.core.localization import CHANGED_THRESHOLD, Mask
from vtl_desktop.core.regions import KINDS, mask_of_kind
from vtl_desktop.ui.comparing.comparison import ShownPair
from vtl_desktop.ui.words import exact_clock

NOTHING = "Drop a suspect video on the window, trace it, and choose a candidate: it appears here beside its source."
NO_CANDIDATE = "Choose a candidate to see its source here."
OPENING = "Opening …"


def missing_source(path: str) -> str:
    """For a source whose file is not where it was."""
    return (
        f"The source's file is not there:\n{path}\n\n"
        "It may have been moved, renamed, or lie on a drive that is not connected."
    )


def no_source_frame(alignment: Alignment) -> str:
    """For a moment that the source has no frame for."""
    stretches = ", ".join(
        f"{exact_clock(segment.suspect_start)} to {exact_clock(segment.suspect_end)}"
        for segment in alignment.segments[:3]
    )
    if not stretches:
        return "No stretch of the suspect could be aligned with this source."
    more = " and further on" if len(alignment.segments) > 3 else ""
    return f"The source has no frame for this moment.\nThe suspect is aligned with it from {stretches}{more}."


def problem(error: BaseException) -> str:
    """An error as a sentence for a pane."""
    if isinstance(error, VtlError):
        return f"{error.message}\n{error.hint}".strip()
    return f"This cannot be shown: {error or type(error).__name__}"


def about_mask(pair: ShownPair, *, playing: bool, kind: str = "", named: bool = False) -> str:
    """Which mask is over the frame, who made it, what it says; or why there is none.

    Args:
        kind: the one that is shown, where the mask tells kinds apart; "" for all of it.
        named: the method stands beside it already.
    """
    answer = pair.mask
    if pair.source_time is None:
        return "No mask: the source has no frame for this moment."
    if answer.error is not None:
        return f"No mask: {problem(answer.error)}".replace("\n", " ")
    if answer.mask is None:
        return "Computing the mask …" if answer.pending else "No mask for this moment."
    mask = answer.mask
    if answer.index is not None and answer.index != pair.index:
        return f"Mask: {mask.method}, of frame {answer.index}"
    if playing:
        # Numbers that change thirty times a second cannot be read.
        return f"Mask: {mask.method}"
    words = [_shares(mask, kind) if named else f"Mask: {mask.method}, {_shares(mask, kind)}"]
    if not mask.registration.trusted:
        words.append("place in the source not confirmed by keypoints")
    elif mask.registration.known_to:
        words.append(mask.registration.known_to)
    if abs(mask.source_time - pair.source_time) > 0.02:
        words.append(f"compared with the source at {exact_clock(mask.source_time)}")
    return "; ".join(words)


def _shares(mask: Mask, kind: str) -> str:
    whole = f"{mask.changed_share:.1%} of the picture changed"
    if kind not in KINDS or mask.graphics is None or mask.altered is None:
        return whole
    return f"{float((mask_of_kind(mask, kind) > CHANGED_THRESHOLD).mean()):.1%} {kind} of {whole}"
