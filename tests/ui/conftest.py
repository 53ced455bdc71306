"""The window without a display, with settings in a folder of the test's own."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest

from tests.ui.fakes import FakeAsker, FakeWorkbench
from vtl_desktop.ui.settings.settings import SettingsStore


@pytest.fixture
def store(tmp_path):
    return SettingsStore(tmp_path / "settings.ini")


@pytest.fixture
def bench():
    return FakeWorkbench()


@pytest.fixture
def asker():
    return FakeAsker()


@pytest.fixture
def window(qtbot, bench, store, asker):
    """A main window on a fake workbench, shown, shut down afterwards."""
    from vtl_desktop.ui.main_window import MainWindow

    made = MainWindow(bench, store, asker)
    made.resize(1440, 900)
    made.show()
    qtbot.waitExposed(made)
    yield made
    for gate in bench.gates.values():
        gate.set()
    asker.says_yes = True
    made.close()
    made.deleteLater()
