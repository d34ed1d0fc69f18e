"""The pages of docs/rules/ are made from the rules themselves."""

import importlib.util
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "tools" / "pages.py"
DOCSTRING = """\
A unit | is zero. Always.

What it means:
    It is.

        x = 0

    Note: so is `dead-relu`, unlike `wrong-sign` and `else`.

Source:
    A book.
"""
MARKDOWN = """\
# dead-relu

Severity: error

A unit | is zero. Always.

## What it means

It is.

    x = 0

Note: so is `dead-relu`, unlike [`wrong-sign`](wrong-sign.md) and `else`.

## Source

A book.
"""
RULE = SimpleNamespace(name="dead-relu", severity="error", page=DOCSTRING)
MISTAKE = SimpleNamespace(name="wrong-sign", page="Goes uphill.\n\n    What it means: It\n    goes.\n    ")


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """tools/pages.py as a module, with two registries of one entry each."""
    spec = importlib.util.spec_from_file_location("pages", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    registries = {
        "backproof.rules": SimpleNamespace(__name__="rules", RULES={"dead-relu": RULE}),
        "backproof.gradcheck.mistakes": SimpleNamespace(__name__="mistakes", MISTAKES={"wrong-sign": MISTAKE}),
    }
    monkeypatch.setattr(module, "importlib", SimpleNamespace(import_module=registries.__getitem__))
    return module


def test_every_entry_has_its_page_and_its_row(tool: ModuleType) -> None:
    files = tool.pages()
    assert sorted(files) == ["README.md", "dead-relu.md", "wrong-sign.md"]
    assert files["dead-relu.md"].endswith("\n\n" + MARKDOWN)
    assert files["wrong-sign.md"].endswith("Goes uphill.\n\n## What it means\n\nIt\ngoes.\n")
    assert "| [dead-relu](dead-relu.md) | error | A unit \\| is zero. |" in files["README.md"]
    assert "| [wrong-sign](wrong-sign.md) | error | Goes uphill. |" in files["README.md"]


def test_writing_mends_every_difference(tool: ModuleType, tmp_path: Path) -> None:
    tool.write(tool.pages(), tmp_path)
    assert tool.differences(tool.pages(), tmp_path) == []
    (tmp_path / "gone.md").write_text("its rule is gone")
    (tmp_path / "dead-relu.md").write_text("old")
    (tmp_path / "wrong-sign.md").unlink()
    assert tool.differences(tool.pages(), tmp_path) == ["dead-relu.md", "gone.md", "wrong-sign.md"]
    tool.write(tool.pages(), tmp_path)
    assert tool.differences(tool.pages(), tmp_path) == []


@pytest.mark.parametrize(
    ("registry", "words"),
    [
        (None, "not a dict"),
        ({"other": RULE}, "calls itself 'dead-relu'"),
        ({"dead-relu": SimpleNamespace(name="dead-relu", page=" ")}, "dead-relu has no page"),
        ({"wrong-sign": MISTAKE}, "name of a rule and of a mistake"),
    ],
)
def test_a_bad_registry_is_named(tool: ModuleType, registry: object, words: str) -> None:
    tool.importlib.import_module("backproof.rules").RULES = registry
    with pytest.raises(tool.BadRegistry, match=words):
        tool.pages()
