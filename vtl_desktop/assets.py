"""Where the files that ship with the program lie: trained weights, fonts, icons, recipes."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _shipped(name: str) -> Path:
    """A folder of an installed wheel, or of the checkout the package is imported from."""
    packaged = _PACKAGE / "_shipped" / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / name


def models_directory() -> Path:
    """The folder with the weights and their `manifest.toml`."""
    return _shipped("models")


def resources_directory() -> Path:
    """The folder with fonts, icons and other files that are no code."""
    return _shipped("resources")
