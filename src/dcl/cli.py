"""The command line: reads arguments, calls one function, prints its result.

Standard output carries results only; progress bars and remarks go to standard error. A user's
mistake is one line and exit code 2. Commands that need no chapter are in `dcl.runs`.
"""

import errno
import json
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from dcl.errors import InputError, TrainingDivergedError
from dcl.runs import command_options as options
from dcl.runs.model_commands import distill, energy, scan
from dcl.runs.outputs import LOCKS
from dcl.runs.snapshot_commands import fit, inspect, learn
from dcl.runs.system_commands import exact, sample

__all__ = ["app", "main"]

app = typer.Typer(
    help="Distribution-consistent learning: thermodynamics from snapshots at one temperature.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def reproduce(
    figures: Annotated[
        list[str] | None,
        typer.Argument(help="Figures of the paper (2a, 3, ...) or notebooks; all by default."),
    ] = None,
    profile: options.Profile = "quick",
) -> None:
    """Run the figures' notebooks, build the book, print the numbers reached."""
    from dcl.reproduce import reproduce as run_figures

    print(run_figures(figures or [], profile))


@app.command()
def stage(
    experiment: Annotated[str, typer.Argument(help="Name of a file in experiments/.")],
    name: Annotated[str, typer.Argument(help="Stage, or 'metrics' for all of them.")],
    profile: options.Profile = "quick",
) -> None:
    """Make one stage of an experiment, with all that it needs."""
    from dcl.chapters import robustness
    from dcl.runs import run_metrics
    from dcl.runs.stages import open_run

    if experiment == "robustness":
        run = robustness.open_robustness(profile)
    else:
        run = open_run(experiment, profile)
    if name != "metrics":
        print(run.stage(name))
    elif experiment == "robustness":
        print(json.dumps(robustness.write_medians(profile), indent=2))
    else:
        print(json.dumps(run_metrics.metrics(run), indent=2))


for _command in (sample, inspect, learn, fit, distill, energy, scan, exact):
    app.command()(_command)


@app.command()
def doctor() -> None:
    """Report what this machine has, and what will be slow."""
    from dcl.machine import doctor_report

    print(doctor_report())


_INTERRUPTED = 130
_UsageError: type[Any] = typer.BadParameter.__bases__[0]


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``dcl``: exits with 0, 2 after a mistake, 130 when interrupted, or 1."""
    with LOCKS:
        _main(arguments)


def _main(arguments: Sequence[str] | None) -> None:
    code = 2
    try:
        code = app(arguments, standalone_mode=False)
    except TrainingDivergedError as error:
        _complain(str(error))
        code = 1
    except InputError as error:
        _complain(str(error))
    except _UsageError as error:
        _complain(error.format_message())
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        _complain(f"{error.filename}: found too long a name, expected a shorter one")
    except typer.Abort:
        code = _INTERRUPTED
    if code == _INTERRUPTED:  # what Typer makes of Ctrl-C
        _complain("interrupted")
    sys.exit(code)


def _complain(message: str) -> None:
    """One line, whatever the message; it is empty where Typer has shown its help."""
    if message:
        print("dcl:", *message.split(), file=sys.stderr)
