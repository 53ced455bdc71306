"""The fonts of the report, and what to print for a character that none of them has."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

from vtl_desktop.assets import resources_directory
from vtl_desktop.core.errors import ReportError

TEXT = "Noto Sans"
CODE = "DejaVu Sans Mono"
WIDE = "DejaVu Sans"
CJK = "VTL Sans CJK"

FILES = {
    (TEXT, ""): "NotoSans-Regular.ttf",
    (TEXT, "B"): "NotoSans-Bold.ttf",
    (CODE, ""): "DejaVuSansMono.ttf",
    (WIDE, ""): "DejaVuSans.ttf",
    (CJK, ""): "VTLSansCJK-Regular.otf",
}


def font_file(family: str, style: str = "") -> Path:
    """Where a font lies.

    Raises:
        ReportError: it is not there.
    """
    path = resources_directory() / "fonts" / FILES[family, style]
    if not path.is_file():
        raise ReportError(f"The font {path} is missing.", "Install the program again: it ships its fonts.")
    return path


@cache
def characters(family: str) -> frozenset[int]:
    """The code points that a font has a picture for."""
    from fontTools.ttLib import TTFont

    with TTFont(font_file(family), lazy=True) as font:
        return frozenset(font.getBestCmap() or ())


def printable(text: str) -> str:
    """Text that the fonts can print, with nothing hidden.

    What no font has, and what would act unseen (control characters, marks that turn the direction of writing), is
    printed as its code point, for instance [U+202E]: a file name may not look like another one.
    """
    return "".join(c if _shown(c) else f"[U+{ord(c):04X}]" for c in unicodedata.normalize("NFC", text))


def needs_cjk(text: str) -> bool:
    """Whether only the CJK font has some of the characters."""
    plain = characters(TEXT) | characters(WIDE)
    return any(ord(c) not in plain and ord(c) in characters(CJK) for c in set(text))


@cache
def _shown(character: str) -> bool:
    if character == "\n":
        return True
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return False
    code = ord(character)
    return code in characters(TEXT) or code in characters(WIDE) or code in characters(CJK)
