"""The report for people: what it says, that it fits, and that nothing in it is obeyed by a terminal."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from backproof.findings import Diagnosis, Evidence, Finding, Place, Program, Severity
from backproof.report import text
from backproof.report.numbers import listed, short, spread
from tests.report.diagnoses import broken, healthy, nothing, write_script


def shown(diagnosis: Diagnosis, folder: Path, width: int = 80, color: bool = False) -> str:
    return text.render(diagnosis, width=width, color=color, root=str(folder))


def words(page: str) -> str:
    return " ".join(page.split())


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return write_script(tmp_path)


@pytest.mark.parametrize("make", [broken, healthy, nothing])
@pytest.mark.parametrize("width", [40, 80, 100])
def test_it_fits_the_width(make: object, width: int, script: Path) -> None:
    page = shown(make(script), script.parent, width)  # type: ignore[operator]
    assert max(len(line) for line in page.splitlines()) <= width


def test_without_colour_it_is_plain_ascii(script: Path) -> None:
    assert shown(broken(script), script.parent).isascii()
    assert "\x1b" not in shown(broken(script), script.parent)


def test_colour_adds_nothing_but_colour(script: Path) -> None:
    colored = shown(broken(script), script.parent, color=True)
    assert "\x1b[" in colored
    stripped = "\n".join(line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", colored).splitlines())
    assert stripped + "\n" == shown(broken(script), script.parent)


@pytest.mark.parametrize(
    "said",
    [
        "train.py ran to its end; 500 updates of its training recorded.",
        "Of 4 arrays that it updates, 3 are parameters of a network. Not followed: np.frobnicate (train.py:7).",
        "Found: 2 errors, 1 warning and 1 note. The first one matters most.",
        "1. error: wrong-sign-update The update adds the gradient",
        "12 | layer2_weights += rate * a_2.T @ delta_3 | " + "^" * 40,
        "(healthy: < 0)",
        "after updates 1 100 200 400 500 loss 0.0123 0.2 1.5 NaN 1e-09",
        "- Subtract: layer1_weights -= rate * gradient",
        "used (tried in a re-run: proven)",
        "3. warning: vanishing-gradients (follows from 1)",
        "layer1_weights line 3 wrong 1.31 reverse mode, replay",
        "layer1_weights: explained by activation-derivative-wrong-argument",
        "bias: its gradient is zero in all steps that were seen",
        "- np.mat, which NumPy 2 has removed, was given to the script",
        "- 2 rules could not look, since the run was too short: plateau and overfitting.",
    ],
)
def test_what_a_broken_program_is_told(said: str, script: Path) -> None:
    assert said in words(shown(broken(script), script.parent))


def test_the_underline_stands_below_the_guilty_part(script: Path) -> None:
    lines = shown(broken(script), script.parent).splitlines()
    marked = [(lines[k - 1][line.index("^") : line.rindex("^") + 1]) for k, line in enumerate(lines) if "^" in line]
    assert marked[1:] == ["layer2_weights += rate * a_2.T @ delta_3", "sigmoid_derivative(a_2)", "a_3 - y"]
    assert marked[0].startswith("layer1_weights += rate * x.T @ ((delta_3")


def test_a_consequence_stands_below_its_cause_and_further_in(script: Path) -> None:
    lines = shown(broken(script), script.parent).splitlines()
    order = [line for line in lines if re.match(r" *\d\. ", line)]
    assert [line.lstrip()[0] for line in order] == ["1", "3", "2", "4"]
    assert order[1].startswith("   3.")


def test_what_a_healthy_program_is_told(script: Path) -> None:
    page = words(shown(healthy(script), script.parent))
    assert "No error and no warning: nothing was found that keeps it from learning." in page
    assert "right: the steps of 2 parameters follow the gradient of the half squared error." in page
    assert "14 rules looked" in page


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (Program("t.py", ended="raised", error="KeyError: 'x'", exit_code=1), "Mend the exception above first"),
        (Program("t.py", ended="interrupted", exit_code=130), "Let it run longer"),
        (Program("t.py", ended="stopped_by_limit"), "Raise the limit"),
        (Program("t.py", exit_code=3), "ended with exit code 3"),
        (Program("t.py", frameworks=("numpy", "jax")), "It uses jax: what is trained inside of jax is not"),
        (Program("t.py"), "Make sure that it trains when it is run like this"),
    ],
)
def test_nothing_to_judge_says_why_and_what_to_do(program: Program, said: str, tmp_path: Path) -> None:
    page = words(shown(Diagnosis(program=program), tmp_path))
    assert "No training step was seen, so there is nothing to judge." in page
    assert said in page


def test_text_of_the_users_is_neither_markup_nor_control(tmp_path: Path) -> None:
    evil = "[bold]x[/bold] [link=http://a]b[/link] \x1b[31mred\x1b[0m \x07\u202egnp \r\n :smile:"
    path = tmp_path / "e.py"
    path.write_bytes(b"x = 1  # \x1b[2J [red]\x07\r\n")
    finding = Finding(
        evil, Severity.ERROR, evil, (Place(str(path), 1, name=evil),), (Evidence(evil, evil, (1,), (1,)),)
    )
    page = shown(replace(healthy(path), findings=(finding,), notes=(evil,)), tmp_path, color=False)
    assert "[bold]x[/bold] [link=http://a]b[/link]" in page
    assert ":smile:" in page
    assert not {"\x1b", "\x07", "\u202e", "\r"} & set(page)
    assert "1 | x = 1  # [2J [red]" in page


@pytest.mark.parametrize("where", [("gone.py", 1), (".", 1), ("train.py", 99), (None, None), ("train.py", None)])
def test_a_place_that_cannot_be_shown_is_left_out(where: tuple[str | None, int | None], script: Path) -> None:
    finding = Finding("plateau", Severity.ERROR, "Flat.", (Place(*where, column=3, end_column=1),), ())
    assert "Flat." in shown(Diagnosis((finding,)), script.parent)


def test_causes_in_a_circle_are_all_told(script: Path) -> None:
    pair = [("plateau", "dead-relu"), ("dead-relu", "plateau"), ("converged", "converged")]
    findings = tuple(Finding(name, Severity.WARNING, "Words.", (), (), (), cause) for name, cause in pair)
    page = shown(Diagnosis(findings), script.parent)
    assert [page.count(f"warning: {name}") for name, _ in pair] == [1, 1, 1]


def test_wide_characters_and_tabs_keep_the_underline_in_place(tmp_path: Path) -> None:
    line = "\tw['重み'] += rate * g"
    path = write_script(tmp_path, line)
    place = Place(str(path), 1, 1, line.index("rate"), line.index("rate") + 4)
    page = shown(Diagnosis((Finding("plateau", Severity.ERROR, "Flat.", (place,), ()),)), tmp_path).splitlines()
    at = next(k for k, line in enumerate(page) if "rate * g" in line)
    assert page[at + 1].index("^") == page[at].index("rate") + 2  # each of the two characters is two columns wide
    assert page[at + 1].endswith("| " + " " * 13 + "^^^^")


@pytest.mark.parametrize(
    ("value", "words_of_it"),
    [(0.00012345, "0.000123"), (1234567.0, "1.23e+06"), (-3.0, "-3"), (float("nan"), "NaN"),
     (float("-inf"), "-infinite"), (1e-300, "1e-300"), (99999.5, "1e+05"), (0.1 + 0.2, "0.3")],
)  # fmt: skip
def test_numbers_are_short(value: float, words_of_it: str) -> None:
    assert short(value) == words_of_it


def test_small_helpers() -> None:
    assert [listed(list(names)) for names in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]
    assert (spread(3, 5), spread(9, 3)) == ([0, 1, 2], [0, 4, 8])
