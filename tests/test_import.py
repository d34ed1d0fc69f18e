"""What loads what: backproof goes into the user's own process, and must bring nothing along that was not asked for."""

import json
import os
import subprocess
import sys

import pytest

HEAVY = {"torch", "keras", "tensorflow", "jax", "sklearn", "scipy", "pandas", "matplotlib", "typer", "rich"}
HELP_SECONDS = 0.5  # promised for `backproof --help`
HELP = """\
sys.argv = ["backproof", "--help"]
from backproof.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""
LOADED = "\nimport json\nprint(json.dumps(sorted({name.split('.')[0] for name in sys.modules})), file=sys.stderr)"


def python(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a fresh Python."""
    command = [sys.executable, "-c", "import sys\n" + program]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)


def loaded_by(program: str) -> set[str]:
    """The top-level modules that a fresh Python has loaded after running a program."""
    return set(json.loads(python(program + LOADED).stderr))


def test_the_probe_sees_what_is_loaded() -> None:
    assert {"numpy", "rich"} <= loaded_by("import numpy, rich.table")


def test_importing_backproof_loads_no_framework() -> None:
    assert loaded_by("import backproof") & HEAVY == set()


def test_help_loads_no_numpy() -> None:
    assert loaded_by(HELP) & {"numpy", *HEAVY - {"typer", "rich"}} == set()


def test_help_names_the_commands() -> None:
    printed = python(HELP).stdout
    assert [command for command in ("run", "rules", "explain") if command not in printed] == []


@pytest.mark.timing
def test_help_comes_at_once() -> None:
    def seconds() -> float:
        """Processor time of the child: what it waits for other processes on a busy machine is not its own."""
        start = os.times()
        python(HELP)
        end = os.times()
        return end.children_user - start.children_user + end.children_system - start.children_system

    assert min(seconds() for _ in range(5)) < HELP_SECONDS
