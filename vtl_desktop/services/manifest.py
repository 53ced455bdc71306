"""What the manifest of the weights says; read without torch, which a report must not need."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from vtl_desktop.assets import models_directory


def entry_of(weights_sha256: str) -> tuple[str, Mapping[str, Any]] | None:
    """The name and the table of the weights with a digest; None where the manifest does not list them.

    Raises:
        OSError, tomllib.TOMLDecodeError, UnicodeDecodeError: the manifest cannot be read.
    """
    tables = tomllib.loads((models_directory() / "manifest.toml").read_text(encoding="utf-8"))
    for name, table in tables.items():
        if isinstance(table, dict) and str(table.get("sha256", "")).lower() == weights_sha256.lower():
            return name, table
    return None


def rates_of(weights_sha256: str, point: str) -> str:
    """How often decisions at an operating point were right and wrong, in words; empty where nothing was measured."""
    try:
        entry = entry_of(weights_sha256)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return ""
    told = entry[1].get("decisions", {}) if entry is not None else {}
    return str(told.get(point, "")) if isinstance(told, dict) else ""
