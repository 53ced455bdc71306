"""A closer look at a candidate whose place is known: only what suspect and source both show is compared, and aligned.

A suspect cropped from its source brightens and moves as that part of the source does, not as all of it. So once
keypoints say which part of which picture is shared, both parts are sampled as if they were all there is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.core.media import Box, MediaFacts
from vtl_desktop.core.tracing import Candidate
from vtl_desktop.media.sampling import WHOLE
from vtl_desktop.services.candidates import aligned, candidate_of
from vtl_desktop.services.crops import CodeMaker
from vtl_desktop.services.find import PartSampler, SourceSampler
from vtl_desktop.services.search import compared
from vtl_desktop.vision.geometry import shared_boxes

_THE_SAME = 0.9
"""Two boxes that overlap by as much are compared as one."""

_LEAST_SIDE = 0.15
_LOSS = 0.05
"""Agreement of motion may fall by this much, if the codes come nearer."""


@dataclass(frozen=True, slots=True, eq=False)
class CloserLook:
    """Looks closer at candidates for one suspect.

    Attributes:
        facts: of the suspect.
        sample_suspect: samples a part of the suspect.
        sample_source: samples a part of a source; None where its file is not at hand, or too long.
        encoder: of the database.
    """

    facts: MediaFacts
    sample_suspect: PartSampler
    sample_source: SourceSampler
    encoder: CodeMaker

    def at(self, candidate: Candidate, *, cancel: CancelToken | None = None) -> Candidate:
        """The candidate, aligned by what both pictures show where that is another part than was compared before.

        Raises:
            MediaError: the suspect can no longer be read.
            Cancelled: when told to stop.
        """
        boxes = self._boxes(candidate)
        source = self.sample_source(candidate.source.id, boxes[1]) if boxes else None
        if boxes is None or source is None:
            return candidate
        suspect = self.sample_suspect(boxes[0])
        pictures = suspect.pictures[:, :, ::-1] if candidate.mirrored else suspect.pictures
        codes = self.encoder.encode(np.ascontiguousarray(pictures), cancel=cancel)
        other = self.encoder.encode(source.pictures, cancel=cancel)
        ranked = compared(candidate.source.id, codes, other, source.times, suspect.informative)
        found = candidate_of(candidate.source, ranked, suspect, mirrored=candidate.mirrored)
        found = aligned(found, ranked, suspect, source.motion, bits=self.encoder.bits)
        if found.distance > candidate.distance or found.agreement < candidate.agreement - _LOSS:
            return candidate
        return replace(found, registration=candidate.registration)

    def _boxes(self, candidate: Candidate) -> tuple[Box, Box] | None:
        """The parts of suspect and source that both show; None where nothing new would be compared."""
        registration = candidate.registration
        if registration is None or not registration.trusted:
            return None
        source_size = (candidate.source.width, candidate.source.height)
        boxes = shared_boxes(registration.array, (self.facts.width, self.facts.height), source_size)
        if boxes is None or min(side for box in boxes for side in (box.width, box.height)) < _LEAST_SIDE:
            return None
        suspect, source = (WHOLE if box.overlap(WHOLE) > _THE_SAME else box for box in boxes)
        compared = candidate.part or WHOLE
        if suspect.overlap(compared) > _THE_SAME:
            suspect = compared
        return None if suspect == compared and source == WHOLE else (suspect, source)
