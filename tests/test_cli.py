"""The commands: options, settings, exit codes, and what is said about wrong ones."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from backproof.running.main_module import CannotRun, read_source
from backproof.running.settings import Settings, from_pyproject

COMMAND = [sys.executable, str(Path(__file__).with_name("watched.py"))]
SCRIPT = "import sys\nprint(sys.argv[1:])\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a script in it that trains nothing."""
    (tmp_path / "train.py").write_text(SCRIPT)
    return tmp_path


def backproof(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "80", **environment}
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=known,
        text=True,
        capture_output=True,
        timeout=30,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["run"], 2, "Usage: backproof run [OPTIONS] SCRIPT [ARGS]..."),
        (["run", "--format", "json"], 2, "which script?"),
        (["run", "nowhere.py"], 2, "nowhere.py': [Errno 2] No such file or directory"),
        (["run", "trian.py"], 2, "train.py'?"),
        (["run", "."], 1, "is a directory: name the script in it that trains, e.g. "),
        (["run", "bytes.py"], 1, "is not Python source text (it holds null bytes)"),
        (["run", "latin.py"], 1, "save it as UTF-8, or declare its encoding"),
        (["run", "--format", "json", "train.py"], 2, "add --output FILE"),
        (["run", "--format", "html", "train.py"], 2, "--format 'html' is not known: it takes text or json"),
        (["run", "--fail-on", "always", "train.py"], 2, "--fail-on 'always' is not known: it takes error or warning"),
        (["run", "--stop-after", "x", "train.py"], 2, "--stop-after 'x' must be a whole number"),
        (["run", "--stop-after", "0", "train.py"], 2, "--stop-after 0 must be a positive number of updates"),
        (["run", "--time-limit", "nan", "train.py"], 2, "--time-limit nan must be a positive number of seconds"),
        (["run", "--output", "no/where.txt", "train.py"], 2, "make it first"),
        (["run", "--output", ".", "train.py"], 2, "--output '.' is a directory"),
        (["run", "--baseline", "nowhere.json", "train.py"], 2, "--baseline "),
        (["run", "--baseline", "train.py", "train.py"], 2, "give a report made with --format json --output FILE"),
        (["run", "--select", "ded-relu", "train.py"], 2, "dead-relu"),
        (["run", "--no-such", "train.py"], 2, "--no-such"),
        (["explain", "ded-relu"], 2, "dead-relu"),
        (["explore"], 2, "explore"),
    ],
)
def test_wrong_usage_is_told_in_one_line(arguments: list[str], code: int, words: str, folder: Path) -> None:
    (folder / "bytes.py").write_bytes(b"\x7fELF\0\0")
    (folder / "latin.py").write_bytes(b"x = '\xe4'\n")
    got = backproof(folder, *arguments)
    assert (got.returncode, "Traceback" in got.stderr) == (code, False)
    assert words in " ".join((got.stderr + got.stdout).split())
    assert "[" not in got.stdout.replace("[OPTIONS]", "").replace("[ARGS]", ""), "the script was run"


def test_an_unreadable_script(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process: an administrator may read every file, so that the system's refusal is imitated."""

    def refuse(*_: object) -> object:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(CannotRun, match=r"train\.py.*Permission denied") as told:
        read_source(str(folder / "train.py"))
    assert told.value.exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "argv"),
    [
        (["train.py", "-x", "--format", "json", "--", "-m"], ["-x", "--format", "json", "--", "-m"]),
        (["--", "train.py", "--help"], ["--help"]),
        (["--ignore", "dead-relu", "--", "train.py"], []),
        (["-m", "train", "--help", "-o"], ["--help", "-o"]),
        (["-mtrain", "x"], ["x"]),
        (["--fail-on", "error", "-m", "train", "--", "-m", "y"], ["--", "-m", "y"]),
        (["--output", "-m", "train.py", "-m", "z"], ["-m", "z"]),
        (["train.py", ""], [""]),
    ],
)
def test_all_behind_the_script_is_its_own(arguments: list[str], argv: list[str], folder: Path) -> None:
    assert backproof(folder, "run", *arguments).stdout == f"{argv}\n"


@pytest.mark.parametrize(
    ("options", "findings", "script_code", "code"),
    [
        ([], 1, 0, 0),
        (["--fail-on", "error"], 1, 0, 10),
        (["--fail-on", "warning"], 1, 0, 10),
        (["--fail-on", "error"], 1, 3, 3),
        (["--fail-on", "error"], 0, 0, 11),
        (["--fail-on", "error"], 0, 4, 4),
        (["--fail-on", "error", "--ignore", "wrong-sign-update"], 1, 0, 11),
        (["--fail-on", "error", "--select", "dead-relu,wrong-sign-update"], 1, 0, 10),
        (["--fail-on", "error", "--select", "dead-relu"], 1, 0, 11),
    ],
)
def test_exit_codes(options: list[str], findings: int, script_code: int, code: int, folder: Path) -> None:
    (folder / "train.py").write_text(f"import sys\nprint('x', end='')\nsys.exit({script_code})")
    got = backproof(folder, "run", *options, "train.py", FAKE_FINDINGS=str(findings))
    assert (got.returncode, got.stdout) == (code, "x")


def test_nothing_analysed_by_a_fault_of_ours_is_exit_code_11(folder: Path) -> None:
    got = backproof(folder, "run", "--fail-on", "error", "train.py", FAKE_FAULT="diagnose")
    assert got.returncode == 11


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("w = 1  # backproof: ignore", 0),
        ("w = 1  # backproof: ignore[wrong-sign-update]", 0),
        ("w = 1  # noqa: E501  #backproof:ignore[dead-relu, wrong-sign-update] (on purpose)", 0),
        ("w = 1  # backproof: ignore[dead-relu]", 1),
        ("w = '# backproof: ignore'", 1),
        ("w = 1  # backproof: ignored", 1),
        ("w = 1\n# backproof: ignore", 1),
    ],
)
def test_a_comment_silences_its_line(line: str, told: int, folder: Path) -> None:
    (folder / "train.py").write_text(line)
    backproof(folder, "run", "--format", "json", "-o", "report.json", "train.py", FAKE_FINDINGS="1")
    assert len(json.loads((folder / "report.json").read_text())["findings"]) == told


def test_a_baseline_hides_what_is_known(folder: Path) -> None:
    make = ["run", "--format", "json", "--output"]
    backproof(folder, *make, "old.json", "train.py", FAKE_FINDINGS="1")
    (folder / "train.py").write_text(f"{SCRIPT}\nprint('edited elsewhere')")
    got = backproof(folder, *make, "new.json", "--baseline", "old.json", "train.py", FAKE_FINDINGS="2")
    assert len(json.loads((folder / "new.json").read_text())["findings"]) == 1
    assert "1 error; the report is in" in got.stderr


def test_the_report_goes_to_stderr_or_to_a_file(folder: Path) -> None:
    shown = backproof(folder, "run", "train.py", FAKE_FINDINGS="1").stderr
    assert "1. error: wrong-sign-update" in shown
    assert "\x1b" not in shown
    backproof(folder, "run", "--output", "report.txt", "train.py", FAKE_FINDINGS="1")
    assert (folder / "report.txt").read_text() == shown


def test_a_script_that_removes_the_folder_of_the_report(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "train.py").write_text("import os; os.rmdir('out')")
    got = backproof(folder, "run", "--output", "out/report.txt", "train.py", FAKE_FINDINGS="1")
    assert "could not be written" in got.stderr
    assert "1. error: wrong-sign-update" in got.stderr


def test_defaults_stand_in_pyproject(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "train.py").write_text(SCRIPT)
    (folder / "pyproject.toml").write_text(
        "[tool.backproof]\nfail-on = 'error'\nselect = ['dead-relu']\noutput = 'out.txt'\ntime-limit = 9\n"
    )
    assert from_pyproject(str(folder / "deep")) == Settings(
        fail_on="error", select=("dead-relu",), output=str(folder / "out.txt"), time_limit=9
    )
    got = backproof(folder, "run", "deep/train.py", FAKE_FINDINGS="1")
    assert (got.returncode, (folder / "out.txt").exists()) == (11, True)
    assert (
        backproof(folder, "run", "--select", "wrong-sign-update", "deep/train.py", FAKE_FINDINGS="1").returncode == 10
    )


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[tool.backproof]\nfail_on = 'error'", "has no setting 'fail_on'; did you mean fail-on?"),
        ("[tool.backproof]\nselect = 'x'", "select in [tool.backproof] must be a list of rule names, not 'x'"),
        ("[tool.backproof]\nstop-after = true", "stop-after in [tool.backproof] must be a whole number, not True"),
        ("[tool]\nbackproof = 1", "[tool.backproof] must be a table, not 1"),
        ("[tool.backproof]\nfail-on = 'x'", "--fail-on 'x' is not known"),
        ("x = [", "cannot be read"),
    ],
)
def test_wrong_settings_are_told(toml: str, words: str, folder: Path) -> None:
    (folder / "pyproject.toml").write_text(toml)
    got = backproof(folder, "run", "train.py")
    assert (got.returncode, words in got.stderr, got.stdout) == (2, True, "")


def test_a_pyproject_of_others_does_not_matter(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("tool = 1")
    assert backproof(folder, "run", "train.py").returncode == 0


def test_rules_and_explain(folder: Path) -> None:
    listed = backproof(folder, "rules")
    assert (listed.returncode, listed.stderr) == (0, "")
    names = [
        line.split()[0] for line in listed.stdout.splitlines() if line.endswith(("  error", "  warning", "  note"))
    ]
    assert {"dead-relu", "wrong-sign-update"} <= set(names)
    page = backproof(folder, "explain", "dead-relu")
    assert (page.returncode, page.stderr, page.stdout.split()[0]) == (0, "", "dead-relu")
    assert "How it is detected" in page.stdout


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["run", "--help"], ["rules", "-h"]])
def test_help_and_version(arguments: list[str], folder: Path) -> None:
    command = [sys.executable, "-m", "backproof", *arguments]
    got = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=30,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "80"},
    )  # fmt: skip
    assert (got.returncode, got.stderr) == (0, "")
    assert "backproof" in got.stdout
    assert all(len(line) <= 80 for line in got.stdout.splitlines())
