"""What the manifest says of weights, and of decisions made with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from vtl_desktop.assets import models_directory
from vtl_desktop.core.decision import POINTS
from vtl_desktop.networks.weights import digest_of
from vtl_desktop.services import manifest

TEXT = """
[vithash]
sha256 = "ABCD"
[vithash.decisions]
balanced = "Of 10 strangers none."
"""


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(manifest, "models_directory", lambda: tmp_path)
    (tmp_path / "manifest.toml").write_text(TEXT)
    return tmp_path


def test_rates_are_of_the_weights_and_the_operating_point(models: Path) -> None:
    assert manifest.rates_of("abcd", "balanced") == "Of 10 strangers none."
    assert manifest.rates_of("abcd", "careful") == ""
    assert manifest.rates_of("ffff", "balanced") == ""


def test_without_a_readable_manifest_nothing_is_known(models: Path) -> None:
    (models / "manifest.toml").write_text("[")
    assert manifest.rates_of("abcd", "balanced") == ""
    (models / "manifest.toml").unlink()
    assert manifest.rates_of("abcd", "balanced") == ""


def test_the_weights_that_ship_tell_of_every_operating_point() -> None:
    shipped = digest_of(models_directory() / "vithash.safetensors")
    for point in POINTS:
        assert "of " in manifest.rates_of(shipped, point)
