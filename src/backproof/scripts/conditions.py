"""What ended a training loop: the conditions in the source that can, and whether they look at a loss or count turns."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from backproof.graph.node import Span

Loop = ast.For | ast.While


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that ends a loop: where it stands, its text, and the turns after which a count in it would end it."""

    span: Span
    text: str
    most: float


def ending(files: Mapping[str, str], spans: Collection[Span], left: Collection[tuple[str, int]]) -> Condition | None:
    """The condition on a changing value that can end a loop around one of `spans`; None if there is none, or several.

    Args:
        files: Source texts.
        spans: The update of a parameter, and the calls that led to it.
        left: File and line of the `for` loops that were left before their items were used up.
    """
    found: list[Condition] = []
    for file in {span.file for span in spans if span.file in files}:
        lines = [span.line for span in spans if span.file == file]
        for loop in _loops(ast.parse(files[file]), lines):
            if isinstance(loop, ast.While) or (file, loop.lineno) in left:
                found += [_condition(file, test, loop) for test in _tests(loop) if _looks_at_values(test, loop)]
    return found[0] if len(found) == 1 else None


def _loops(tree: ast.Module, lines: list[int]) -> Iterator[Loop]:
    """The loops whose body holds one of the lines."""
    for node in ast.walk(tree):
        if isinstance(node, Loop) and any(node.body[0].lineno <= line <= _end(node.body[-1]) for line in lines):
            yield node


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _tests(loop: Loop) -> Iterator[ast.expr]:
    """What a `while` asks before each turn, and the `if`s that leave the loop."""
    if isinstance(loop, ast.While) and not isinstance(loop.test, ast.Constant):
        yield loop.test
    yield from (node.test for node in _own(loop.body) if isinstance(node, ast.If) and _leaves(node))


def _own(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a loop's body, those of inner loops and functions left out."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If | ast.With | ast.Try):
            yield from _own([s for s in ast.iter_child_nodes(statement) if isinstance(s, ast.stmt)])


def _leaves(node: ast.If) -> bool:
    return any(isinstance(statement, ast.Break | ast.Return) for statement in node.body)


def _names(node: ast.AST) -> set[str]:
    return {ast.unparse(n) for n in ast.walk(node) if isinstance(n, ast.Name | ast.Attribute)}


def _looks_at_values(test: ast.expr, loop: Loop) -> bool:
    """Does it compare something that the loop changes, other than a counter of its turns?"""
    changed = {name for n in ast.walk(loop) for target in _targets(n) for name in _names(target)}
    return any(_names(each) & (changed - _counters(loop)) for each in _comparisons(test))


def _comparisons(test: ast.expr) -> list[ast.Compare]:
    return [node for node in ast.walk(test) if isinstance(node, ast.Compare)]


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return list(node.targets)
    return [node.target] if isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For | ast.NamedExpr) else []


def _counters(loop: Loop) -> set[str]:
    """What is raised by a whole number in each turn, or runs through the items."""
    found = _names(loop.target) if isinstance(loop, ast.For) else set()
    for node in ast.walk(loop):
        if (
            isinstance(node, ast.AugAssign)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, int)
        ):
            found |= _names(node.target)
    return found


def _condition(file: str, test: ast.expr, loop: Loop) -> Condition:
    """Where a counter is compared with a number as well, that number is the most turns."""
    counters = _counters(loop)
    bounds = [
        float(part.value)
        for each in _comparisons(test)
        if _names(each) & counters
        for part in (each.left, *each.comparators)
        if isinstance(part, ast.Constant) and isinstance(part.value, int | float)
    ]
    end_line, end_column = test.end_lineno or test.lineno, test.end_col_offset or 0
    span = Span(file, test.lineno, test.col_offset, end_line, end_column)
    return Condition(span, ast.unparse(test), min(bounds, default=float("inf")))
