"""A trace result as one JSON object, the form that scoring and other programs read."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from vtl_desktop.core.localization import Registration
from vtl_desktop.core.sound import SoundWitness
from vtl_desktop.core.tracing import Candidate, TraceResult


def answer_of(result: TraceResult) -> dict[str, Any]:
    """The result as plain values; times in seconds, distances in bits.

    `point` is the operating point of the decision, `rates` how often such decisions were right and wrong, in words.
    `decision` is "traced", "uncertain" or "no_source"; `candidates` are best first, each with `source` (file name),
    `path`, `sha256`, `distance`, `margin`, `mirrored`, `part` (left, top, right, bottom as shares of the picture; null
    for the whole), `matched_share`, `best` moments, `inliers`, `place` (null where the source's picture was not at
    hand), `segments`, `ambiguous` stretches of them (from and to; nothing moves there), and `sound` (null: not
    compared). `place` holds `matrix` (3 x 3 row by row, suspect's pixels to the source's), `method`, `coverage`, and
    `uncertainty`: standard errors in the suspect's pixels at the `middle` and the `worst` corner, or null.
    """
    return {
        "suspect": result.suspect_path,
        "suspect_sha256": result.suspect_sha256,
        "decision": result.decision,
        "reason": result.reason,
        "point": result.parameters.point,
        "rates": result.rates,
        "candidates": [_candidate(candidate) for candidate in result.candidates],
        "bits": result.bits,
        "weights_sha256": result.weights_sha256,
        "database": result.database_path,
        "database_sources": result.database_sources,
        "device": result.device,
        "seconds": round(result.seconds, 3),
        "notes": list(result.notes),
    }


def _place(registration: Registration) -> dict[str, Any]:
    known = registration.uncertainty
    return {
        "matrix": [float(f"{value:.9g}") for value in registration.matrix],
        "method": registration.method,
        "coverage": round(registration.coverage, 4),
        "uncertainty": {"middle": round(known.middle, 3), "worst": round(known.worst, 3)} if known else None,
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    registration = candidate.registration
    return {
        "rank": candidate.rank,
        "source": candidate.source.name,
        "path": candidate.source.path,
        "sha256": candidate.source.sha256,
        "distance": round(candidate.distance, 2),
        "margin": round(candidate.margin, 2),
        "mirrored": candidate.mirrored,
        "part": [round(edge, 4) for edge in astuple(candidate.part)] if candidate.part else None,
        "matched_share": round(candidate.matched_share, 4),
        "agreement": round(candidate.agreement, 4),
        "movement": None if candidate.movement is None else round(candidate.movement, 4),
        "likeness": None if candidate.likeness is None else round(candidate.likeness, 4),
        "confirmed": candidate.moment_confirmed,
        "inliers": registration.inliers if registration else None,
        "place": _place(registration) if registration else None,
        "best": {
            "suspect": round(candidate.best_suspect_time, 4),
            "source": round(candidate.best_source_time, 4),
        },
        "segments": [
            {
                "suspect_start": round(segment.suspect_start, 4),
                "suspect_end": round(segment.suspect_end, 4),
                "source_start": round(segment.source_start, 4),
                "rate": round(segment.rate, 6),
            }
            for segment in candidate.alignment.segments
        ],
        "ambiguous": [[round(start, 4), round(end, 4)] for start, end in candidate.ambiguous],
        "sound": None if candidate.sound is None else _sound(candidate.sound),
    }


def _sound(sound: SoundWitness) -> dict[str, Any]:
    return {
        "outcome": sound.outcome,
        "sentence": sound.in_words,
        "offset": _rounded(sound.offset),
        "confidence": round(sound.confidence, 4),
        "pitch_changed": sound.pitch_changed,
        "stretches": [
            {
                "start": round(stretch.start, 4),
                "end": round(stretch.end, 4),
                "state": stretch.state,
                "offset": _rounded(stretch.offset),
            }
            for stretch in sound.stretches
        ],
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)
