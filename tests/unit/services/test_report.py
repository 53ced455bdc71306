from __future__ import annotations

import errno
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers import pdf_text, sample_case
from vtl_desktop.core.errors import Cancelled, ReportError, StorageFull
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.services import manifest, report
from vtl_desktop.services.case import CaseFile
from vtl_desktop.services.report import write_report


@pytest.fixture
def case(tmp_path):
    """A case whose exhibit is a file that is there."""
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    path = evidence / "exhibit.mp4"
    path.write_bytes(b"the bytes of the exhibit")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    exhibit = replace(sample_case.exhibit(), path=str(path), sha256=digest)
    pairs = (replace(sample_case.pair(0, width=64, height=36), caption="A pair"),)
    trace = replace(sample_case.trace(1), suspect_sha256=digest, suspect_path=str(path))
    return sample_case.case(exhibit=exhibit, trace=trace, pairs=pairs)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out.pdf"


def test_pdf_and_json_are_written_and_agree(case, out):
    seen: list[float] = []
    written = write_report(case, out, progress=lambda fraction, _: seen.append(fraction))
    assert written.pdf == out
    assert written.json == out.with_suffix(".json")
    assert written.pdf_sha256 == hashlib.sha256(out.read_bytes()).hexdigest()
    document = json.loads(written.json.read_text("utf-8"))
    assert document["circumstances"]["report_id"] in pdf_text.text(out.read_bytes())
    assert "Identical: the file is unchanged." in pdf_text.text(out.read_bytes())
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert sorted(p.name for p in out.parent.iterdir()) == ["evidence", "out.json", "out.pdf"]


def test_the_evidence_is_not_touched(case, out):
    path = Path(case.exhibit.path)
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    write_report(case, out)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [p.name for p in path.parent.iterdir()] == ["exhibit.mp4"]


def test_a_changed_exhibit_blocks_the_report_unless_acknowledged(case, out):
    Path(case.exhibit.path).write_bytes(b"other bytes")
    with pytest.raises(ReportError, match="was changed after it was taken in"):
        write_report(case, out)
    assert not out.exists()
    written = write_report(case, out, acknowledge_changed=True)
    assert "NOT IDENTICAL" in pdf_text.text(written.pdf.read_bytes())


def test_a_missing_exhibit_is_told_in_the_report(case, out):
    Path(case.exhibit.path).unlink()
    written = write_report(case, out)
    assert "could not be taken again when this report was made" in pdf_text.text(written.pdf.read_bytes())


def test_a_full_disk_leaves_the_old_report(case, out, monkeypatch):
    write_report(case, out)
    before = (out.read_bytes(), out.with_suffix(".json").read_bytes())

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(report.os, "fsync", full)
    with pytest.raises(StorageFull, match="the disk is full"):
        write_report(case, out)
    assert (out.read_bytes(), out.with_suffix(".json").read_bytes()) == before
    assert sorted(p.name for p in out.parent.iterdir()) == ["evidence", "out.json", "out.pdf"]


def test_cancelling_writes_nothing(case, out):
    cancel = CancelToken()

    def stop(fraction: float, _: str) -> None:
        if fraction > 0.5:
            cancel.cancel()

    with pytest.raises(Cancelled):
        write_report(case, out, progress=stop, cancel=cancel)
    assert [p.name for p in out.parent.iterdir()] == ["evidence"]


def test_places_that_are_no_place_for_a_report(case, tmp_path):
    with pytest.raises(ReportError, match=r"does not end in \.pdf"):
        write_report(case, tmp_path / "report.docx")
    with pytest.raises(ReportError, match="There is no folder"):
        write_report(case, tmp_path / "nowhere" / "report.pdf")
    (tmp_path / "folder.pdf").mkdir()
    with pytest.raises(ReportError, match="is a folder"):
        write_report(case, tmp_path / "folder.pdf")
    evidence = replace(case, exhibit=replace(case.exhibit, path=str(tmp_path / "scan.json")))
    with pytest.raises(ReportError, match="file of evidence"):
        write_report(evidence, tmp_path / "scan.pdf")
    assert write_report(case, tmp_path / "plain").pdf.name == "plain.pdf"


def test_a_number_that_cannot_be_written_is_named(case, out):
    broken = replace(case, trace=replace(case.trace, seconds=float("inf")))
    with pytest.raises(ReportError, match="cannot be reported"):
        write_report(broken, out)


def test_what_the_manifest_measured_is_printed(case, out, tmp_path, monkeypatch):
    monkeypatch.setattr(manifest, "models_directory", lambda: tmp_path)
    text = pdf_text.text(write_report(case, out).pdf.read_bytes())
    assert "could not be read: nothing is known of the weights" in text
    (tmp_path / "manifest.toml").write_text(
        f'[vithash]\nfile = "vithash.safetensors"\nsha256 = "{sample_case.WEIGHTS}"\nbits = 512\n'
        'training_data = "public clips"\nmean = [0.5]\n'
        '[[vithash.measured]]\nname = "Top-1, 480 suspects"\nvalue = "94.2 %"\nright = 452\n'
    )
    text = pdf_text.text(write_report(case, out).pdf.read_bytes())
    assert "Training data public clips" in text
    assert "Top-1, 480 suspects value: 94.2 %; right: 452" in text
    assert "No error rates were measured" not in text
    (tmp_path / "manifest.toml").write_text(f'[vithash]\nsha256 = "{"0" * 64}"\n')
    text = pdf_text.text(write_report(case, out).pdf.read_bytes())
    assert "does not list these weights" in text
    assert "No error rates were measured" in text


def test_from_a_case_file_to_a_report(case, out, tmp_path):
    with CaseFile.create(tmp_path / "a.vtlcase", case.details) as opened:
        opened.set_exhibit(case.exhibit)
        opened.set_trace(case.trace, sample_case.DATABASE)
        opened.set_pairs(case.pairs)
        opened.add_finding(sample_case.finding())
        read = opened.case()
        written = write_report(read, out)
    text = pdf_text.joined(written.pdf.read_bytes())
    assert read.log[-1].digest in text
    assert sample_case.DATABASE in text


def test_two_reports_have_two_numbers(case, out):
    first = write_report(case, out)
    number = json.loads(first.json.read_text("utf-8"))["circumstances"]["report_id"]
    second = write_report(case, out, clock=lambda: "2031-01-01T00:00:00.000+00:00")
    assert json.loads(second.json.read_text("utf-8"))["circumstances"]["report_id"] != number
