"""Opening the program: what it does not load, what it refuses, what happens to errors nobody caught."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from vtl_desktop.core.errors import UsageError
from vtl_desktop.ui.app import install_error_hooks, refuse_broken_binding, refuse_without_display
from vtl_desktop.ui.theme import DARK_COLOURS, LIGHT_COLOURS, Colours

ROOT = Path(__file__).resolve().parents[2]


def test_the_window_opens_without_torch_codecs_or_databases(tmp_path):
    code = (
        "import sys\n"
        "from vtl_desktop.ui.app import run\n"
        "assert run([], show=False) == 0\n"
        "heavy = ('torch', 'timm', 'h5py', 'faiss', 'cv2', 'av', 'fpdf')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_qt_keeps_none(qapp):
    """PySide6 6.12.0 on Python below 3.12 loses a reference to None in each call that returns nothing."""
    widget = QWidget()
    before = sys.getrefcount(None)
    for _ in range(500):
        widget.update()
    assert sys.getrefcount(None) > before - 250


def test_the_broken_binding_is_refused():
    with pytest.raises(UsageError, match=r"6\.12\.0 on Python 3\.11 aborts"):
        refuse_broken_binding((3, 11), "6.12.0")
    refuse_broken_binding((3, 12), "6.12.0")
    refuse_broken_binding((3, 11), "6.11.3")


def test_no_display_is_said_and_not_aborted_on():
    with pytest.raises(UsageError, match="no display"):
        refuse_without_display({"HOME": "/root"}, "linux")
    refuse_without_display({"DISPLAY": ":0"}, "linux")
    refuse_without_display({"QT_QPA_PLATFORM": "offscreen"}, "linux")
    refuse_without_display({}, "win32")


def test_errors_nobody_caught_reach_the_banner(window, qtbot):
    restore = install_error_hooks(window)
    try:
        try:
            raise ValueError("lost")
        except ValueError as error:
            sys.excepthook(type(error), error, error.__traceback__)
        qtbot.waitUntil(lambda: len(window.banner.problems) == 1)
        assert window.banner._dialog is not None
        window.banner._dialog.close()
        thread = threading.Thread(target=lambda: {}["missing"])
        thread.start()
        thread.join()
        qtbot.waitUntil(lambda: len(window.banner.problems) == 2)
        assert "KeyError" in window.banner.message.text()
        window.banner._dialog.close()
    finally:
        restore()
    assert sys.excepthook is not None


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT_COLOURS, DARK_COLOURS], ids=["light", "dark"])
def test_text_can_be_read(colours: Colours):
    for ground in (colours.window, colours.surface, colours.raised):
        for text in (colours.text, colours.muted):
            assert contrast(text, ground) >= 4.5, (text, ground)
    for text in (colours.suspect, colours.source, colours.good, colours.warning, colours.problem, colours.accent):
        assert contrast(text, colours.surface) >= 4.5, text
    for text, ground in (
        (colours.on_accent, colours.accent),
        (colours.good, colours.good_back),
        (colours.warning, colours.warning_back),
        (colours.problem, colours.problem_back),
        (colours.text, colours.problem_back),
        (colours.muted, colours.problem_back),
        (colours.muted, colours.warning_back),
    ):
        assert contrast(text, ground) >= 4.5, (text, ground)
