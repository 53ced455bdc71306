"""The report as JSON: what is printed, block by block, and the values of the case behind it."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass

import numpy as np

import vtl_desktop
from vtl_desktop.core.case import Case
from vtl_desktop.report.values import AreaPlot, Circumstances, ReportContent
from vtl_desktop.report.wording import pixel_digest
from vtl_desktop.storage.json_values import JsonValue, to_json

FORMAT = "vtl-desktop-report/2"
"""2: with `case.surveys`, the area track and the changed regions (docs/regions.md)."""


def render_json(content: ReportContent, case: Case, circumstances: Circumstances) -> bytes:
    """UTF-8 JSON with four parts: `format`, `content` (as printed), `case` (the values), `circumstances`.

    Pictures are named by size and by the SHA-256 of their samples; they lie in the case file.

    Raises:
        ValueError: a number in the case is not finite.
    """
    document = {
        "format": FORMAT,
        "program": f"VTL Desktop {vtl_desktop.__version__}",
        "content": _plain(content),
        "case": _plain(case),
        "circumstances": _plain(circumstances),
    }
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False).encode()


def all_text(content: ReportContent) -> str:
    """Every piece of text in the report, to see which characters it needs."""
    found: list[str] = []

    def gather(value: object) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, list | tuple):
            for item in value:
                gather(item)
        elif is_dataclass(value) and not isinstance(value, type):
            for entry in fields(value):
                gather(getattr(value, entry.name))

    gather(content)
    return "\n".join(found)


def _plain(value: object) -> JsonValue:
    if isinstance(value, np.ndarray):
        return {"width": value.shape[1], "height": value.shape[0], "samples_sha256": pixel_digest(value)}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        # The plot's survey stands among the case's values already.
        named = {
            entry.name: _plain(getattr(value, entry.name))
            for entry in fields(value)
            if not (isinstance(value, AreaPlot) and entry.name == "survey")
        }
        return {"block": type(value).__name__, **named} if type(value).__module__.endswith("report.values") else named
    return to_json(value)
