"""The tree is the architecture: imports point down, frameworks stay in their leaves, files and functions stay small."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import backproof

PACKAGE = Path(backproof.__file__).parent
LEVELS = [  # from the bottom up; what stands on one line does not import its neighbours
    {"errors"},
    {"findings"},
    {"observations"},
    {"graph", "kernels", "rules", "report"},
    {"nn", "gradcheck"},
    {"scripts", "doctor"},
    {"observers"},
    {"watching", "running", "reference", "checking", "strategies"},
    {"trials"},
    {"__init__"},
    {"cli", "pytest_plugin"},
    {"__main__"},
]
LEVEL = {name: level for level, names in enumerate(LEVELS) for name in names}
FRAMEWORKS = {"torch", "keras", "tensorflow", "jax", "sklearn"}  # imported only in the leaf of their name
LIBRARIES = {"scipy", "pandas", "matplotlib"}  # imported where they are used, not while a module loads
LEAF_FOLDERS = {"gradcheck/programs", "observers", "nn/interchange"}
OTHER_LEAVES = {"nn/estimators.py": {"sklearn"}}
VERSION = "backproof.__version__"  # the one name that stands above all and is open to all: a constant
LONGEST_FILE, LONGEST_FUNCTION = 300, 40  # lines; a function's docstring is not counted


def imports(tree: ast.AST, module: str, loading: bool = True) -> Iterator[tuple[str, bool]]:
    """Each imported name, dotted, and whether it is imported while the module loads; `a.b` for `from a import b`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, loading) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = module.split(".")[: -node.level] if node.level else []
            base = [*parents, *filter(None, [node.module])]
            yield from ((".".join([*base, alias.name]), loading) for alias in node.names)
        later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or (
            isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        )
        yield from imports(node, module, loading and not later)


def part_of(name: str) -> str:
    """What stands directly under the package on the way to a dotted name: `rules` for backproof.rules.dead_relu."""
    return next((part for part in name.split(".")[1:2] if part in LEVEL), "__init__")


def forbidden(path: Path, name: str, loading: bool) -> bool:
    """Whether the file at `path`, seen from the package, must not import `name`."""
    part, root = path.with_suffix("").parts[0], name.split(".")[0]
    if name == VERSION:
        return False
    if root == "backproof":
        return part_of(name) != part and LEVEL[part_of(name)] >= LEVEL[part]
    leaf = {path.stem} if path.parent.as_posix() in LEAF_FOLDERS else OTHER_LEAVES.get(path.as_posix(), set())
    leaf |= {path.parent.name} if path.parent.parent.as_posix() in LEAF_FOLDERS else set()
    core_only = LEVEL[part] <= LEVEL["observations"] and root not in sys.stdlib_module_names | {"numpy"}
    return core_only or root in FRAMEWORKS - leaf or (loading and root in LIBRARIES - leaf)


def faults(path: Path, source: str) -> list[str]:
    """What is wrong with the source of the file at `path`, seen from the package; each in words."""
    part, tree = path.with_suffix("").parts[0], ast.parse(source)
    if part not in LEVEL:
        return [f"{part} has no level: it is not in the table of the tree"]
    module = ".".join(["backproof", *path.with_suffix("").parts])
    found = [f"imports {name}" for name, loading in imports(tree, module) if forbidden(path, name, loading)]
    if (lines := len(source.splitlines())) > LONGEST_FILE:
        found.append(f"has {lines} lines, over {LONGEST_FILE}")
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    lengths = [(function.name, length(function)) for function in functions]
    return found + [f"{name} has {n} lines, over {LONGEST_FUNCTION}" for name, n in lengths if n > LONGEST_FUNCTION]


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function from `def` to its end, without those of its docstring."""
    first = function.body[0]
    docstring = first.end_lineno - first.lineno + 1 if ast.get_docstring(function) is not None else 0
    return function.end_lineno - function.lineno + 1 - docstring


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_file_keeps_to_the_architecture(path: Path) -> None:
    assert faults(path.relative_to(PACKAGE), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source", "words"),
    [
        ("rules/plateau.py", "import backproof.doctor", "imports backproof.doctor"),
        ("rules/plateau.py", "from backproof import report", "imports backproof.report"),
        ("graph/node.py", "from ..report import text", "imports backproof.report.text"),
        ("doctor.py", "import backproof", "imports backproof"),
        ("__init__.py", "def f():\n    from . import cli", "imports backproof.cli"),
        ("gradcheck/check.py", "def f():\n    from backproof.nn import network", "imports backproof.nn.network"),
        ("findings.py", "import rich", "imports rich"),
        ("doctor.py", "def f():\n    import torch", "imports torch"),
        ("observers/keras.py", "import torch.nn", "imports torch.nn"),
        ("observers/torch/graph.py", "import keras", "imports keras"),
        ("report/html.py", "try:\n    import matplotlib.pyplot\nfinally:\n    pass", "imports matplotlib.pyplot"),
        ("utils.py", "", "utils has no level: it is not in the table of the tree"),
        ("doctor.py", "x = 1\n" * 301, "has 301 lines, over 300"),
        ("doctor.py", "def f():\n" + "    x = 1\n" * 40, "f has 41 lines, over 40"),
    ],
)
def test_a_fault_is_found(path: str, source: str, words: str) -> None:
    assert faults(Path(path), source) == [words]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("rules/plateau.py", "from backproof.findings import Evidence\nfrom backproof.rules._rule import rule"),
        ("report/json.py", "from backproof import __version__"),
        ("cli.py", "import backproof\nfrom backproof import running"),
        ("observers/torch.py", "import torch"),
        ("observers/torch/graph.py", "import torch"),
        ("report/html.py", "def f():\n    import matplotlib"),
        ("scripts/roles.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas"),
        ("doctor.py", 'def f():\n    """' + "Words.\n" * 50 + '    """\n' + "    x = 1\n" * 39),
    ],
)
def test_what_is_allowed_is_no_fault(path: str, source: str) -> None:
    assert faults(Path(path), source) == []
