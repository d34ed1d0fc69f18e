"""The pages of docs/nn and docs/checking.md: examples print what stands below them, formulas are those of the code."""

from __future__ import annotations

import contextlib
import inspect
import io
import re
from pathlib import Path
from typing import Any

import pytest

from backproof.nn import ACTIVATIONS, INITIALIZERS, LOSSES, OPTIMIZERS

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted((DOCS / "nn").glob("*.md"))
EXAMPLE = re.compile(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```)?", re.DOTALL)


@pytest.mark.parametrize("page", [*PAGES, DOCS / "checking.md"], ids=lambda page: page.stem)
def test_the_examples_print_what_stands_below_them(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    examples = EXAMPLE.findall(page.read_text(encoding="utf-8"))
    assert examples
    for code, expected in examples:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(page), "exec"), names)
        assert words(printed.getvalue()) == [near(word) for word in words(expected)]


def words(text: str) -> list[str | float]:
    """The words, with numbers as such."""
    return [number(word) for word in re.split(r"[\s\[\](),]+", text.strip())]


def number(word: str) -> str | float:
    try:
        return float(word)
    except ValueError:
        return word


def near(word: str | float) -> Any:
    """A number to five digits: the last ones may differ between processors."""
    return pytest.approx(word, rel=1e-5, abs=1e-300, nan_ok=True) if isinstance(word, float) else word


def page(name: str) -> str:
    return next(each for each in PAGES if each.stem == name).read_text(encoding="utf-8").replace("\\|", "|")


def formula(item: Any) -> str:
    """What a docstring begins with."""
    return (inspect.getdoc(item) or "").split("\n\n")[0].replace("\n", " ")


@pytest.mark.parametrize(
    ("name", "items"),
    [
        ("activations", {k: (v.function, v.derivative) for k, v in ACTIVATIONS.items()}),
        ("losses", {k: (v.value, v.gradient) for k, v in LOSSES.items()}),
        ("initializers", {k: (v,) for k, v in INITIALIZERS.items()}),
        ("optimizers", {k: (v,) for k, v in OPTIMIZERS.items()}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_entry_has_its_line_with_the_formula_of_the_code(name: str, items: dict[str, tuple[Any, ...]]) -> None:
    lines = [line for line in page(name).splitlines() if line.startswith("|")]
    for key, parts in items.items():
        (line,) = (line for line in lines if line.startswith(f"| `{key}` |"))
        assert all(formula(part) in line for part in parts), key


def test_the_index_links_every_page() -> None:
    linked = set(re.findall(r"\]\((\w+)\.md\)", page("README")))
    assert linked == {each.stem for each in PAGES} - {"README"}
