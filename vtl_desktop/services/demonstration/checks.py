"""What the demonstration found against the truth about its forged suspect."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vtl_desktop.core.alignment import Alignment
from vtl_desktop.core.localization import CHANGED_THRESHOLD
from vtl_desktop.core.media import GreyPicture
from vtl_desktop.core.tracing import TRACED, TraceResult
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.services.demonstration.forge import Truth
from vtl_desktop.services.demonstration.scenes import FRAME_RATE

FRAME = 1 / FRAME_RATE
LEAST_OVERLAP = 0.4
LEAST_INSIDE = 0.5
LEAST_COVERED = 0.8


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must come out right.

    Attributes:
        name: what was asked; passed: it came out right.
        measured: what came out; wanted: what had to, both in words with the number.
    """

    name: str
    passed: bool
    measured: str
    wanted: str

    @property
    def line(self) -> str:
        """One line for a terminal."""
        return f"{'right' if self.passed else 'WRONG':6} {self.name}: {self.measured} (wanted: {self.wanted})"


def check_trace(result: TraceResult, truth: Truth) -> tuple[Check, ...]:
    """Decision, source, mirroring, and the moment to the frame."""
    decision = Check("decision", result.decision == TRACED, result.decision, TRACED)
    if not result.candidates:
        return decision, Check("first candidate", False, "none", truth.source)
    first = result.candidates[0]
    source = Check(
        "first candidate",
        first.source.name == truth.source,
        f"{first.source.name} at {first.distance:.0f} bits, the next {first.margin:.0f} bits on",
        truth.source,
    )
    mirrored = Check("mirrored", first.mirrored == truth.mirrored, _yes(first.mirrored), _yes(truth.mirrored))
    covered = first.alignment.covered / truth.seconds
    share = Check(
        "aligned share of the suspect", covered >= LEAST_COVERED, f"{covered:.0%}", f"at least {LEAST_COVERED:.0%}"
    )
    error = worst_error(first.alignment, truth) if source.passed else np.inf
    moment = Check(
        "moment in the source",
        error <= FRAME + 1e-6,
        "another source" if np.isinf(error) else f"off by {error / FRAME:.2f} frames at most",
        f"within 1 frame of {truth.start:.2f} s",
    )
    return decision, source, mirrored, share, moment


def worst_error(alignment: Alignment, truth: Truth) -> float:
    """The largest error of the source time over the aligned frames, seconds; infinite where none is aligned."""
    errors = []
    for moment in np.arange(0, truth.seconds, FRAME):
        found = alignment.source_time(float(moment))
        if found is not None:
            errors.append(abs(found - (truth.start + truth.rate * moment)))
    return float(max(errors, default=np.inf))


def check_masks(masks: Path | None, true_masks: Path, alignment: Alignment) -> tuple[Check, ...]:
    """Overlap of the masks with the truth, and the share of what was marked that lies inside the truth."""
    wanted_overlap, wanted_inside = f"at least {LEAST_OVERLAP}", f"at least {LEAST_INSIDE:.0%}"
    if masks is None:
        return (Check("overlap of mask and truth (IoU)", False, "no masks were made", wanted_overlap),)
    overlap, inside, frames = mask_agreement(masks, true_masks, alignment)
    return (
        Check(
            "overlap of mask and truth (IoU)",
            overlap >= LEAST_OVERLAP,
            f"{overlap:.2f}, mean of {frames} aligned frames",
            wanted_overlap,
        ),
        Check("marked area inside the truth", inside >= LEAST_INSIDE, f"{inside:.0%}", wanted_inside),
    )


def mask_agreement(masks: Path, true_masks: Path, alignment: Alignment) -> tuple[float, float, int]:
    """How two mask videos agree over the aligned frames.

    Returns:
        The mean intersection over union, the share of the marked area inside the truth, and the number of frames.

    Raises:
        MediaError: one of them cannot be read.
    """
    overlaps: list[float] = []
    marked_inside = marked = 0
    with VideoFile(masks) as found_video, VideoFile(true_masks) as true_video:
        for found_frame, true_frame in zip(found_video.frames(), true_video.frames(), strict=False):
            if alignment.segment_at(true_frame.time) is None:
                continue
            found, true = _changed(found_frame.picture[..., 0]), _changed(true_frame.picture[..., 0])
            common, either = int((found & true).sum()), int((found | true).sum())
            overlaps.append(common / either if either else 1.0)
            marked_inside, marked = marked_inside + common, marked + int(found.sum())
    overlap = float(np.mean(overlaps)) if overlaps else 0.0
    return overlap, marked_inside / marked if marked else 0.0, len(overlaps)


def _changed(mask: GreyPicture) -> np.ndarray:
    return mask > CHANGED_THRESHOLD


def _yes(value: bool) -> str:
    return "yes" if value else "no"
