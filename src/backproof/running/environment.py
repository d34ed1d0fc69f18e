"""Settings that a script makes before it imports NumPy: backproof imports it earlier, so they are made earlier."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator

THREADS = "_NUM_THREADS"  # OMP_, OPENBLAS_, MKL_, ...: they are read when NumPy loads, and change sums in the last bit


def apply_thread_settings(source: bytes) -> None:
    """Set what the script sets itself by `os.environ["OMP_NUM_THREADS"] = "1"` and the like, ahead of it."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return  # python will say so in its own words
    for name, value, only_if_unset in _settings(tree):
        if not (only_if_unset and name in os.environ):
            os.environ[name] = value


def _settings(tree: ast.Module) -> Iterator[tuple[str, str, bool]]:
    """Name, value, and whether an existing value stays, of each setting that stands at the top of the script."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Subscript) and _is_environment(target.value):
                yield from _pair(target.slice, statement.value, False)
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            yield from _default(statement.value)


def _default(called: ast.Call) -> Iterator[tuple[str, str, bool]]:
    function = called.func
    sets = isinstance(function, ast.Attribute) and function.attr == "setdefault" and _is_environment(function.value)
    if sets and len(called.args) == 2:
        yield from _pair(called.args[0], called.args[1], True)


def _is_environment(node: ast.expr) -> bool:
    return ast.unparse(node) in ("os.environ", "environ")


def _pair(key: ast.expr, value: ast.expr, only_if_unset: bool) -> Iterator[tuple[str, str, bool]]:
    constants = [node.value for node in (key, value) if isinstance(node, ast.Constant)]
    texts = [constant for constant in constants if isinstance(constant, str)]
    if len(texts) == 2 and texts[0].endswith(THREADS):
        yield texts[0], texts[1], only_if_unset
