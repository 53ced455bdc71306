"""Taking in a suspect: by drop or dialog, with progress, errors, cancel; the card."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication

from tests.ui.fakes import facts, make_exhibit
from vtl_desktop.core.errors import UnreadableMedia
from vtl_desktop.ui import words
from vtl_desktop.ui.exhibit.exhibit_card import ExhibitCard

SUSPECT = Path("/evidence/suspect.mp4")


def drop(window, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPoint(200, 200), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    window.dropEvent(event)


def test_the_empty_window_says_what_to_do(window):
    page = window.case_page
    assert page.drop_area.isVisible()
    assert page.drop_area.accessibleName() == "Drop a suspect video here"
    assert page.drop_area.open_button.isEnabled()
    assert not page.exhibit_card.isVisible()


def test_a_dropped_suspect_is_hashed_and_shown(window, qtbot, bench):
    bench.gates["take_in"] = threading.Event()
    drop(window, SUSPECT)
    card = window.case_page.exhibit_card
    qtbot.waitUntil(lambda: card.progress.isVisible() and card.progress.value() == 500)
    assert card.name.text() == "suspect.mp4"
    assert card.cancel_button.isVisible()
    assert "Taking in suspect.mp4" in window.status.job.text()
    bench.gates["take_in"].set()
    qtbot.waitUntil(lambda: window.session.exhibit is not None)
    assert not card.progress.isVisible()
    assert make_exhibit("suspect.mp4").sha256 in card._digest_label.accessibleName()
    assert "SHA-256" in window.status.evidence.text()
    assert bench.calls[0][1] != threading.main_thread().name


def test_cancel_leaves_what_was_there(window, qtbot, bench):
    window.open_paths([SUSPECT])
    qtbot.waitUntil(lambda: window.session.exhibit is not None)
    bench.gates["take_in"] = threading.Event()
    window.open_paths([Path("/evidence/second.mp4")])
    card = window.case_page.exhibit_card
    qtbot.waitUntil(lambda: card.name.text() == "second.mp4")
    qtbot.mouseClick(card.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: card.name.text() == "suspect.mp4")
    assert window.session.exhibit.name == "suspect.mp4"
    assert window.banner.problems == ()


def test_the_newest_suspect_wins(window, qtbot, bench):
    bench.gates["take_in"] = threading.Event()
    window.open_paths([Path("/evidence/first.mp4")])
    window.open_paths([Path("/evidence/second.mp4")])
    bench.gates["take_in"].set()
    qtbot.waitUntil(lambda: window.session.exhibit is not None)
    assert window.session.exhibit.name == "second.mp4"


def test_an_unreadable_suspect_is_told_in_the_banner(window, qtbot, bench):
    bench.errors["take_in"] = UnreadableMedia("/evidence/suspect.mp4 is empty.", "Ask for the file again.")
    window.open_paths([SUSPECT])
    qtbot.waitUntil(lambda: window.banner.isVisible())
    assert window.banner.message.text() == "/evidence/suspect.mp4 is empty."
    assert window.banner.hint.text() == "Ask for the file again."
    assert window.case_page.drop_area.isVisible()
    window.banner.dismiss()
    assert not window.banner.isVisible()


def test_several_suspects_at_once_are_refused_in_words(window, qtbot, bench):
    drop(window, SUSPECT, Path("/evidence/second.mp4"))
    assert "one suspect" in window.banner.message.text()
    assert bench.count("take_in") == 0


def test_unreported_findings_are_asked_about(window, qtbot, bench, asker):
    from tests.ui.test_session import finding

    window.open_paths([SUSPECT])
    qtbot.waitUntil(lambda: window.session.exhibit is not None)
    window.session.add_finding(finding(0))
    asker.says_yes = False
    window.open_paths([Path("/evidence/second.mp4")])
    assert asker.questions == ["Findings not reported yet"]
    assert bench.count("take_in") == 1
    asker.says_yes = True


@pytest.fixture
def card(qtbot):
    made = ExhibitCard(lambda: None, lambda: None)
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_card_warns_of_what_must_not_be_overlooked(card):
    exhibit = make_exhibit(
        variable_frame_rate=True, rotation=90, bit_depth=10, notes=("the file ends early: 3 frames are missing",)
    )
    card.show_exhibit(exhibit)
    notes = words.fact_notes(exhibit.facts)
    assert notes[0].startswith("the file ends early")
    assert {"variable frame rate", "rotated 90° by metadata", "10-bit colour, shown in 8 bit"} <= set(notes)
    assert card.notes.isVisible()


def test_the_digest_is_copied_without_anything_between(card):
    exhibit = make_exhibit()
    card.show_exhibit(exhibit)
    card._copy()
    assert QGuiApplication.clipboard().text() == exhibit.sha256


def test_a_picture_has_no_duration():
    rows = dict(words.facts_rows(facts("still.png", duration=0.0, rate=0.0, kind="image", frame_count=1, audio="")))
    assert rows["Kind"] == "picture"
    assert "Duration" not in rows
    assert "Sound" not in rows


def test_numbers_in_words():
    assert words.clock(59.6) == "1:00"
    assert words.clock(3727) == "1:02:07"
    assert words.exact_clock(59.9996) == "1:00.000"
    assert words.exact_clock(7.48) == "0:07.480"
    assert words.size(999) == "999 bytes"
    assert words.size(4_321_987) == "4.3 MB"
    assert words.time_left(-1) == ""
    assert words.time_left(100) == "about 2 min left"
    assert words.plural(1, "source") == "1 source"
    assert words.plural(1204, "source") == "1,204 sources"
