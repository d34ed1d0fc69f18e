"""The commands. Nothing heavy is imported before a command needs it: `backproof --help` loads no NumPy."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

import backproof
from backproof.errors import BackproofError, UsageError

if TYPE_CHECKING:
    from backproof.running.settings import Settings

app = typer.Typer(
    name="backproof",
    help="Is my backpropagation right, and why does my network not learn?",
    epilog="Start with: backproof run train.py",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# Options of `run` that take a value; needed to see which `-m` is ours.
VALUED = frozenset(
    {"--format", "--output", "-o", "--fail-on", "--select", "--ignore", "--stop-after", "--time-limit", "--baseline"}
)


@dataclass
class Launch:
    """A run that was asked for; it starts when the command line has been read, with few frames on the stack."""

    script: str = ""
    argv: tuple[str, ...] = ()
    module: bool = False
    settings: Settings | None = None


def main() -> None:
    """Run the command that the arguments ask for."""
    launch = Launch()
    arguments = _end_options_at_module(sys.argv[1:])
    try:
        typer.main.get_command(app).main(arguments, prog_name="backproof", obj=launch)
    except SystemExit:
        if launch.settings is None:
            raise
    except BackproofError as error:
        _fail(error)
    _run(launch)


def _run(launch: Launch) -> None:
    from backproof import running
    from backproof.running.delivery import Delivery

    assert launch.settings is not None
    try:
        deliver = Delivery(launch.settings)
        options = running.Options(
            deliver=deliver,
            stop_after=launch.settings.stop_after,
            time_limit=launch.settings.time_limit,
            experiments=launch.settings.experiments is not False,
            forked=deliver.stream.close,
        )
        start = running.prepare(launch.script, launch.argv, module=launch.module, options=options)
    except BackproofError as error:
        _fail(error)
    start()


def _fail(error: BackproofError) -> NoReturn:
    print(f"backproof: {error}", file=sys.stderr)
    raise SystemExit(getattr(error, "exit_code", 2)) from None


def _end_options_at_module(arguments: Sequence[str]) -> list[str]:
    """As in python, `-m MODULE` ends the options: a `--` is put behind it."""
    arguments = list(arguments)
    if arguments[:1] != ["run"]:
        return arguments
    k = 1
    while k < len(arguments) and arguments[k].startswith("-") and arguments[k] != "--":
        if arguments[k].startswith("-m"):
            end = k + 2 if arguments[k] == "-m" else k + 1
            return [*arguments[:end], "--", *arguments[end:]] if arguments[end:] else arguments
        k += 2 if arguments[k] in VALUED else 1
    return arguments


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"backproof {backproof.__version__}")
        raise typer.Exit


@app.callback()
def _all_commands(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    pass


Module = Annotated[
    str | None, typer.Option("-m", metavar="MODULE", help="Run a module, as python -m does; the rest is its own.")
]
Format = Annotated[
    str | None, typer.Option("--format", metavar="text|json", help="json needs --output. [default: text]")
]
Output = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE", help="Write the report there, not to stderr.")
]
FailOn = Annotated[
    str | None,
    typer.Option(
        metavar="error|warning",
        help="Exit with 10 on such findings and 11 if nothing could be analysed, where the script succeeded.",
    ),
]
Select = Annotated[list[str] | None, typer.Option(metavar="RULE", help="Report only these rules.")]
Ignore = Annotated[list[str] | None, typer.Option(metavar="RULE", help="Do not report these rules.")]
StopAfter = Annotated[
    str | None, typer.Option(metavar="UPDATES", help="End the script after so many parameter updates.")
]
TimeLimit = Annotated[str | None, typer.Option(metavar="SECONDS", help="End the script after so many seconds.")]
Baseline = Annotated[
    str | None, typer.Option(metavar="FILE", help="Report only what is not in this earlier JSON report.")
]

Experiments = Annotated[
    bool | None,
    typer.Option(
        "--experiments/--no-experiments",
        show_default=False,
        help="Train the recorded network again with one change, 3 s at most, if it did not learn. [default: yes]",
    ),
]


@app.command(
    context_settings={"allow_interspersed_args": False, "allow_extra_args": True},
    options_metavar="[OPTIONS] SCRIPT [ARGS]...",
    no_args_is_help=True,
)
def run(
    context: typer.Context,
    module: Module = None,
    report_format: Format = None,
    output: Output = None,
    fail_on: FailOn = None,
    select: Select = None,
    ignore: Ignore = None,
    stop_after: StopAfter = None,
    time_limit: TimeLimit = None,
    baseline: Baseline = None,
    experiments: Experiments = None,
) -> None:
    """Run SCRIPT as python would, watching, and report what is wrong with its training.

    The report comes on stderr when the script has ended; all that follows SCRIPT is the script's own. Defaults may
    stand in the table tool.backproof of pyproject.toml; a comment "# backproof: ignore" silences findings on its line.
    """
    from backproof.running.settings import Settings, from_pyproject, number

    arguments = list(context.args)
    if module is None and not arguments:
        raise UsageError("which script? Give it as in: backproof run train.py")
    script = arguments.pop(0) if module is None else module
    folder = os.getcwd() if module is not None else os.path.dirname(os.path.abspath(script))
    given = Settings(
        report_format,
        output,
        fail_on,
        _names(select),
        _names(ignore),
        number("--stop-after", stop_after, int),
        number("--time-limit", time_limit, float),
        baseline,
        experiments,
    )
    settings = given.over(from_pyproject(folder)).checked()
    if settings.select or settings.ignore:
        _pages(settings.select + settings.ignore)
    launch: Launch = context.obj
    launch.script, launch.argv, launch.module, launch.settings = script, tuple(arguments), module is not None, settings


def _names(values: Sequence[str] | None) -> tuple[str, ...]:
    """Rule names, given one by one or with commas."""
    return tuple(name.strip() for value in values or () for name in value.split(",") if name.strip())


def _pages(wanted: Sequence[str] = ()) -> Mapping[str, Any]:
    """All rules and gradient mistakes by name; `UnknownRule` if one that is wanted is not among them."""
    from backproof.gradcheck.mistakes import MISTAKES
    from backproof.rules import RULES, check_names

    check_names(wanted, also=MISTAKES)
    return {**MISTAKES, **RULES}


@app.command(no_args_is_help=True)
def check(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="package.module:name or file.py:name")],
    shapes: Annotated[
        list[str] | None, typer.Option("--input", metavar="SHAPE", help="Shape of a random input, as 8x3; repeatable.")
    ] = None,
    gradient: Annotated[
        str, typer.Option(metavar="NAME", help="The gradient of a loss over arrays, in the same file.")
    ] = "",
    framework: Annotated[
        str, typer.Option(metavar="numpy|torch|jax", help="Whose arrays the inputs are, if it is not the target's.")
    ] = "",
    seed: Annotated[int, typer.Option(metavar="N", help="Of inputs, and of all that is drawn.")] = 0,
    rtol: Annotated[
        str | None, typer.Option(metavar="SHARE", help="Of a parameter's largest element: is right.")
    ] = None,
    time_limit: Annotated[str | None, typer.Option(metavar="SECONDS", help="For the check; 10 if not given.")] = None,
    report_format: Format = None,
) -> None:
    """Check the gradient of TARGET: a function, a torch module or Function, a JAX function.

    TARGET is called with random inputs of the shapes given, or without arguments if it returns what check_gradient
    takes. The exit code is 0 if the gradient is right, 10 if it is wrong, 11 if nothing could be decided.
    """
    from backproof.checking import Asked, command
    from backproof.running.settings import number

    if report_format not in (None, "text", "json"):
        raise UsageError(f"--format must be text or json, not {report_format!r}")
    near, seconds = number("--rtol", rtol, float), number("--time-limit", time_limit, float)
    asked = Asked(target, tuple(shapes or ()), gradient, framework, seed, near, seconds)
    raise SystemExit(command(asked, report_format or "text"))


@app.command()
def rules() -> None:
    """List the rules: name, severity, and what each one finds."""
    from backproof.report import pages

    pages.show_rules(_pages())


@app.command()
def explain(rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule's name, e.g. dead-relu.")]) -> None:
    """Explain one rule: what it means, why training suffers, how it is detected, when it is no fault."""
    from backproof.report import pages

    pages.show_page(_pages([rule])[rule])
