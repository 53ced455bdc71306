from __future__ import annotations

import pytest

from tests.helpers import sample_case
from vtl_desktop.core.errors import ReportError
from vtl_desktop.report import fonts


def test_every_font_is_there_and_small_enough_to_ship():
    for family, style in fonts.FILES:
        assert fonts.font_file(family, style).stat().st_size < 6_000_000


def test_a_missing_font_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "resources_directory", lambda: tmp_path)
    with pytest.raises(ReportError, match=r"NotoSans-Regular\.ttf is missing"):
        fonts.font_file(fonts.TEXT)


@pytest.mark.parametrize(
    ("text", "cjk"),
    [
        ("Dr. Müller – Ωμέγα → Привет", False),
        (sample_case.CJK_NAME, True),
        ("한국어", True),
        ("繁體字", True),
        ("שלום", False),
    ],
)
def test_what_can_be_printed_stays_as_it_is(text, cjk):
    assert fonts.printable(text) == text
    assert fonts.needs_cjk(text) is cjk


def test_nothing_acts_unseen():
    assert fonts.printable("evil\u202egpj.mp4") == "evil[U+202E]gpj.mp4"
    assert fonts.printable("bell\x07 zero\u200bwidth") == "bell[U+0007] zero[U+200B]width"
    assert fonts.printable("\U0001f9ff") == "[U+1F9FF]"
    assert fonts.printable("lone \ud800") == "lone [U+D800]"
    assert fonts.printable("two\nlines") == "two\nlines"


def test_decomposed_names_are_printed_composed():
    assert fonts.printable("cafe\u0301 テスト") == "café テスト"
