"""`vtl-desktop`: the window when called alone or with a file, else a sub-command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from vtl_desktop import __version__
from vtl_desktop.cli import database, demo, enroll, examine, levels, train
from vtl_desktop.cli import trace as trace_command
from vtl_desktop.cli.terminal import WRONG_USAGE, say

app = typer.Typer(
    name="vtl-desktop",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Trace a suspect video to its source, lay both side by side, mark what was changed, and report it.\n\n"
    "Without a command the window opens; also: vtl-desktop VIDEO. Everything runs on this machine, nothing is sent "
    "anywhere, and no input file is written to.\n\n"
    "Exit status: 0 done, 1 failed, 2 wrong usage, 3 an input could not be read (the others were still done), "
    "4 database or weights unusable.",
)
app.command()(demo.demo)
app.command()(enroll.enroll)
app.command()(trace_command.trace)
app.command()(levels.levels)
app.command()(examine.examine)
app.command()(examine.report)
app.add_typer(database.app, name="database")
app.add_typer(train.app, name="train")


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """The window, when no command is given."""
    if version:
        typer.echo(f"vtl-desktop {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        from vtl_desktop.cli.window import open_window

        raise typer.Exit(open_window([]))


def main() -> None:
    """The console script."""
    arguments = sys.argv[1:]
    if arguments and not arguments[0].startswith("-") and arguments[0] not in _commands():
        paths = [Path(argument) for argument in arguments]
        missing = [path for path in paths if not path.exists()]
        if not missing:
            from vtl_desktop.cli.window import open_window

            sys.exit(open_window(paths))
        say(f"Error: {missing[0]} is neither a command nor a file.")
        say("       See vtl-desktop --help.")
        sys.exit(WRONG_USAGE)
    app()


def _commands() -> set[str]:
    return set(getattr(typer.main.get_command(app), "commands", {}))
