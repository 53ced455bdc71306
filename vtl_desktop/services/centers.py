"""Hash centers: the codes that stand for a source and for each of its segments, voted from its clips' codes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.hashing import Codes, distances, margins, vote
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.media import Box, Picture
from vtl_desktop.media.pictures import shrink_to_square
from vtl_desktop.media.sampling import ClipSamples
from vtl_desktop.services.crops import CodeMaker, previews_of

_DRIFT = 0.25
"""A clip farther than this share of the bits from the segment's first clip begins a new segment."""

_WITHOUT_BORDER = Box(0.04, 0.04, 0.96, 0.96)


@dataclass(frozen=True, slots=True, eq=False)
class Centers:
    """The hash centers of one source: one a segment, in order, and one of the whole at the end.

    Attributes:
        codes: packed, uint8 [c, bits / 8].
        margins: how far the vote on each bit was from a tie, 0 to 255, uint8 [c, bits].
        spans: start and end of each in seconds, float64 [c, 2].
    """

    codes: Codes
    margins: NDArray[np.uint8]
    spans: NDArray[np.float64]

    @property
    def segments(self) -> list[tuple[float, float]]:
        """Start and end of each segment, seconds."""
        return [(float(start), float(end)) for start, end in self.spans[:-1]]


def voted_centers(
    samples: ClipSamples, codes: Codes, encoder: CodeMaker, *, cancel: CancelToken | None = None
) -> Centers:
    """Votes on the centers: every clip has a vote, and so has each of three slightly changed views of a few moments.

    Args:
        samples: of the source, with previews.
        codes: of its clips, packed, uint8 [n, bits / 8].
        encoder: what made them.
    """
    spans = segment_spans(codes)
    # The samples may have holes where frames were lost: borders lie between the samples' own times.
    borders = np.concatenate([[0.0], (samples.times[1:] + samples.times[:-1]) / 2, [samples.facts.duration]])
    edges = [(float(borders[first]), float(borders[last])) for first, last in spans]
    changed = [
        [view for place in places for view in _slightly_changed(samples.previews[place], encoder.input_size)]
        for places in previews_of(samples.preview_times, edges)
    ]
    votes = [codes[first:last] for first, last in spans]
    if any(changed):
        pictures = np.stack([view for views in changed for view in views])
        more = encoder.encode(pictures, alone=True, cancel=cancel)
        ends = np.cumsum([len(views) for views in changed])
        votes = [np.concatenate(both) for both in zip(votes, np.split(more, ends[:-1]), strict=True)]
    votes.append(np.concatenate(votes))
    return Centers(
        codes=np.stack([vote(some) for some in votes]),
        margins=np.stack([margins(some) for some in votes]),
        spans=np.array([*edges, (0.0, samples.facts.duration)], np.float64),
    )


def segment_spans(codes: Codes) -> list[tuple[int, int]]:
    """Where the code drifts away from a segment's first clip, or jumps: half-open ranges of clips, in order."""
    limit = _DRIFT * codes.shape[1] * 8
    spans, first = [], 0
    for clip in range(1, len(codes)):
        if distances(codes[first : first + 1], codes[clip : clip + 1])[0, 0] > limit:
            spans.append((first, clip))
            first = clip
    return [*spans, (first, len(codes))]


def _slightly_changed(preview: Picture, size: int) -> list[Picture]:
    """What copies of it look like that nobody altered: a little cropped, brighter, softer."""
    brighter = np.asarray(255 * (preview / 255.0) ** 0.8, np.uint8)
    softer = np.asarray(cv2.GaussianBlur(preview, (0, 0), 2.0), np.uint8)
    cropped = np.ascontiguousarray(_WITHOUT_BORDER.cut(preview))
    return [shrink_to_square(picture, size) for picture in (cropped, brighter, softer)]
