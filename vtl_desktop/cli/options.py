"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Database = Annotated[
    Path, typer.Option("--database", "-d", metavar="DB", help="The hash-center database, one HDF5 file.")
]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda. auto takes the GPU where there is one.")]
Sound = Annotated[
    bool, typer.Option("--sound/--no-sound", help="Compare the suspect's sound with that of the source that was found.")
]
Point = Annotated[
    str,
    typer.Option(metavar="careful|balanced|every-lead", help="How much must speak for a source to be called found."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON on stdout.")]
