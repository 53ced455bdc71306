"""The report's section on changed regions, its plot, and what the JSON holds of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.helpers import pdf_text, sample_case
from vtl_desktop.core.regions import ADDED_GRAPHICS, CHANGED, rows_of
from vtl_desktop.core.survey import AreaTrack, Survey
from vtl_desktop.report.content import build_content
from vtl_desktop.report.json_report import FORMAT, all_text, render_json
from vtl_desktop.report.pdf import render_pdf
from vtl_desktop.report.pdf_area_plot import colour_of, nice_top
from vtl_desktop.report.regions import MOST_ROWS, NOT_MADE, regions_section
from vtl_desktop.report.values import AreaPlot, Circumstances, Section, Table
from vtl_desktop.storage.json_values import from_json

CIRCUMSTANCES = Circumstances("VTL-1", "2026-11-20T11:00:00+00:00")


def section(**changes) -> Section:
    made = regions_section(sample_case.case(pairs=(), **changes))
    assert made is not None
    return made


def words(value) -> str:
    return all_text(value)


def pdf_of(case) -> bytes:
    content = build_content(case, CIRCUMSTANCES)
    return render_pdf(content, render_json(content, case, CIRCUMSTANCES), "report.json")


def test_table_plot_and_what_the_numbers_mean() -> None:
    made = section()
    (table,) = (block for block in made.blocks if isinstance(block, Table))
    (plot,) = (block for block in made.blocks if isinstance(block, AreaPlot))
    assert table.rows[0] == (
        "1",
        "altered content",
        "00:00:01.000",
        "00:00:03.000",
        "lower left",
        "4.2 % (3.1 %)",
        "208",
    )
    assert table.rows[1][1] == "added graphics"
    assert table.rows[1][4] == "lower part, across the picture"
    assert "added graphics from 00:00:04.000 to 00:00:09.000" in plot.alt
    told = words(made)
    assert "does not say that the exhibit was forged" in told
    assert "differs from this source" in told
    assert "it is no probability" in told
    assert "masks were made by: Localizator" in told
    assert "can mistake one for the other" in told


def test_where_the_kinds_are_not_told_apart_it_says_so() -> None:
    told = words(section(surveys=(sample_case.survey(two_kinds=False),)))
    assert "does not tell added graphics from altered content" in told
    assert "fitted difference" in told
    assert "hatched" not in told


def test_without_a_survey_and_without_a_source() -> None:
    assert NOT_MADE in words(section(surveys=()))
    assert regions_section(sample_case.case(surveys=(), trace=sample_case.no_source(), findings=())) is None
    assert regions_section(sample_case.case(trace=None)) is None
    judged = words(section(trace=sample_case.no_source()))
    assert "No source was found. What follows sets the exhibit beside a candidate" in judged


def test_one_that_was_stopped_found_nothing_or_could_not_compare() -> None:
    stopped = sample_case.survey(complete=False, examined=100)
    assert "100 of 240 frames were looked at" in words(section(surveys=(stopped,)))
    assert "No changed region was found" in words(section(surveys=(sample_case.survey(regions=()),)))
    none = sample_case.survey(compared=0, regions=())
    made = section(surveys=(none,))
    assert "nothing can be said of changes" in words(made)
    assert not any(isinstance(block, AreaPlot) for block in made.blocks)


def test_a_single_picture_has_no_times_and_no_plot() -> None:
    exhibit = sample_case.exhibit(kind="image", duration=0.0, frame_count=1, frame_rate=0.0)
    one = sample_case.survey(
        frames=1,
        examined=1,
        compared=1,
        area=AreaTrack((0.0,), (0.04,), (0.0,), (0.04,)),
        regions=(sample_case.region(1),),
    )
    made = section(exhibit=exhibit, surveys=(one,))
    (table,) = (block for block in made.blocks if isinstance(block, Table))
    assert [column.title for column in table.columns] == ["No.", "Kind", "Place", "Area", "Strength"]
    assert not any(isinstance(block, AreaPlot) for block in made.blocks)
    assert "The picture was compared" in words(made)
    pdf_of(sample_case.case(pairs=(), exhibit=exhibit, surveys=(one,)))


def test_of_very_many_the_heaviest_are_printed() -> None:
    many = tuple(sample_case.region(n, start=0.04 * n, end=0.04 * n + 0.2) for n in range(1, 101))
    made = section(surveys=(sample_case.survey(regions=many, regions_left_out=7),))
    (table,) = (block for block in made.blocks if isinstance(block, Table))
    assert len(table.rows) == MOST_ROWS
    assert "60 lighter regions not printed here" in table.note
    assert "7 further small regions" in table.note


def test_it_is_printed_with_a_figure_that_is_described() -> None:
    data = pdf_of(sample_case.case(pairs=()))
    text = pdf_text.text(data)
    assert "7 Changed regions" in " ".join(text.split())
    assert "Changed regions against candidate 1" in text
    assert "Changed area (share of the picture)" in text


def test_the_json_holds_regions_and_area_once() -> None:
    case = sample_case.case(pairs=())
    document = json.loads(render_json(build_content(case, CIRCUMSTANCES), case, CIRCUMSTANCES))
    assert FORMAT == document["format"] == "vtl-desktop-report/2"
    assert from_json(Survey, document["case"]["surveys"][0]) == case.surveys[0]
    blocks = [block for s in document["content"]["sections"] for block in s["blocks"]]
    (plot,) = (block for block in blocks if block["block"] == "AreaPlot")
    assert "survey" not in plot


def test_axis_and_rows_of_the_plot() -> None:
    assert [nice_top(value) for value in (0.0, 0.011, 0.31, 0.97)] == [0.01, 0.015, 0.4, 1.0]
    a, b, c = (sample_case.region(n, start=s, end=e) for n, s, e in ((1, 0.0, 2.0), (2, 1.0, 3.0), (3, 2.5, 4.0)))
    assert [[r.number for r in row] for row in rows_of((a, b, c), 0.1)] == [[1, 3], [2]]
    assert colour_of(ADDED_GRAPHICS) != colour_of(CHANGED)


@pytest.mark.parametrize("frames", [3, 5000])
def test_any_length_is_drawn(frames: int) -> None:
    times = tuple(n / 25 for n in range(frames))
    track = AreaTrack(times, tuple(None if n % 7 == 0 else (n % 50) / 100 for n in range(frames)))
    found = sample_case.survey(two_kinds=False, area=track, frames=frames, examined_until=times[-1])
    exhibit = sample_case.exhibit(duration=frames / 25)
    assert pdf_of(replace(sample_case.case(pairs=(), exhibit=exhibit), surveys=(found,))).startswith(b"%PDF")
