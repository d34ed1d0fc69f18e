"""How a value came about, read off the source: the assignments behind it, from the latest one to where it was made."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

from backproof.graph.node import Span
from backproof.observations import Made
from backproof.scripts.naming import place
from backproof.scripts.reading import ARRAYS, Reader

LONGEST = 4  # statements of a chain: further back is another subject
TEXT = 120  # characters of a statement that are shown
Definition = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame of a program as it stands, with the source of what it is doing."""

    frame: FrameType
    span: Span
    source: str

    def text(self, node: ast.AST) -> str:
        """Source of a part of the program, on one line."""
        return " ".join((ast.get_source_segment(self.source, node) or ast.unparse(node)).split())

    def node(self) -> ast.AST | None:
        """The innermost expression or statement with just this span."""
        span = (self.span.line, self.span.column, self.span.end_line, self.span.end_column)
        found = [n for n in ast.walk(tree_of(self.source)) if _span(n) == span]
        return next((n for n in found if not isinstance(n, ast.Expr | ast.Assign)), found[0] if found else None)

    def statement(self) -> ast.stmt | None:
        """The innermost statement around it."""
        found = [n for n in ast.walk(tree_of(self.source)) if isinstance(n, ast.stmt) and self._in(n)]
        return max(found, key=lambda n: (n.lineno, n.col_offset), default=None)

    def function(self) -> Definition | None:
        """The innermost function around it."""
        found = [n for n in ast.walk(tree_of(self.source)) if isinstance(n, Definition) and self._in(n)]
        inside = self.frame.f_code.co_name != "<module>"
        return max(found, key=lambda n: n.lineno, default=None) if inside else None

    def assigned_to(self, target: ast.AST) -> ast.expr | None:
        """The value that is being assigned to `target`."""
        statement = self.statement()
        return statement.value if isinstance(statement, ast.Assign | ast.AugAssign) else None

    def target(self) -> str | None:
        """What the statement assigns to."""
        statement = self.statement()
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            return ast.unparse(statement.targets[0])
        return ast.unparse(statement.target) if isinstance(statement, ast.AugAssign) else None

    def _in(self, node: ast.stmt) -> bool:
        return node.lineno <= self.span.line and self.span.end_line <= (node.end_lineno or 0)


@functools.lru_cache(maxsize=16)
def tree_of(source: str) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(source)


def _span(node: ast.AST) -> tuple[Any, ...]:
    return tuple(getattr(node, name, None) for name in ("lineno", "col_offset", "end_lineno", "end_col_offset"))


def ancestry(node: ast.expr, moments: Sequence[Moment]) -> tuple[Made, ...]:
    """The statements that gave `node`, an expression of the last of `moments`, its shape; the latest first."""
    found: list[Made] = []
    seen: set[tuple[int, int]] = set()
    depth = len(moments) - 1
    while len(found) < LONGEST:
        name = _main_name(node, moments[depth])
        if name is None:
            break
        made = _assignment(name, moments[depth])
        if made is not None:
            value, statement = made
        elif depth and (argument := _argument(name, moments[depth], moments[depth - 1])) is not None:
            depth -= 1
            node = argument
            if not isinstance(argument, ast.Name):
                found.append(_handed_over(argument, moments[depth]))
            continue
        else:
            break
        if (statement.lineno, statement.col_offset) in seen:
            break
        seen.add((statement.lineno, statement.col_offset))
        found.append(_made(name, statement, moments[depth]))
        node = value
    return tuple(found)


def _made(name: str, statement: ast.stmt, moment: Moment) -> Made:
    text = moment.text(statement)
    value = Reader(moment.frame).get(ast.parse(name, mode="eval").body)
    shape = tuple(value.shape) if type(value) in ARRAYS else None
    where = place(_whole(statement, moment), name, "expression")
    return Made(where, text if len(text) <= TEXT else text[: TEXT - 3] + "...", name, shape)


def _whole(node: ast.expr | ast.stmt, moment: Moment) -> Span:
    end, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return Span(moment.span.file, node.lineno, node.col_offset, end, end_column)


def _handed_over(node: ast.expr, moment: Moment) -> Made:
    """An expression that stands as an argument of a call."""
    shape = getattr(Reader(moment.frame).get(node), "shape", None)
    span = _whole(node, moment)
    return Made(place(span, None, "expression"), moment.text(node), ast.unparse(node), shape)


def _main_name(node: ast.expr, moment: Moment) -> str | None:
    """The name in an expression that its shape most likely comes from; None if there is no array or list in it."""
    reader, names = Reader(moment.frame), list(_names(node))
    shape = getattr(reader.get(node), "shape", ())
    held = [(name, reader.get(name)) for name in names]
    arrays = [(_alike(value.shape, shape), value.size, -k) for k, (_, value) in enumerate(held) if _is_table(value)]
    if arrays:
        return ast.unparse(names[-max(arrays)[2]])
    lists = [name for name, value in held if type(value) in (list, tuple)]
    return ast.unparse(lists[0]) if lists else None


def _is_table(value: Any) -> bool:
    return type(value) in ARRAYS and value.ndim > 0


def _alike(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """2 for the same shape, 1 for a common length, 0 for nothing in common."""
    return 2 if one == other else int(not {*one, 1}.isdisjoint({*other} - {1}))


def _names(node: ast.AST) -> Iterator[ast.expr]:
    """Plain names and attributes of them, outermost first."""
    if isinstance(node, ast.Name):
        yield node
        return
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr not in ("T", "shape", "size"):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from _names(child)


# -- where a name is bound


def _assignment(name: str, moment: Moment) -> tuple[ast.expr, ast.stmt] | None:
    """The assignment to `name` that ran last, as far as the order of the lines tells."""
    tree = tree_of(moment.source)
    function = moment.function()
    for scope in (function, tree) if function is not None else (tree,):
        own = [(v, s) for v, s, f in _assignments(scope, name) if f is None or "." in name]
        before = [pair for pair in own if pair[1].lineno < moment.span.line]
        if own:
            return max(before or own, key=lambda pair: pair[1].lineno)
        if scope is function and "." not in name and name in _parameters(function):
            return None
    return None


def _assignments(scope: ast.AST, name: str) -> Iterator[tuple[ast.expr, ast.stmt, Definition | None]]:
    """Value and statement of each assignment to `name`, and the function inside of `scope` that it stands in."""
    waiting: list[tuple[ast.AST, Definition | None]] = [(scope, None)]
    while waiting:
        node, function = waiting.pop()
        for child in ast.iter_child_nodes(node):
            inner = child if isinstance(child, Definition) else function
            waiting.append((child, inner))
            if isinstance(child, ast.Assign) and any(name in _bound(target) for target in child.targets):
                yield child.value, child, function


def _bound(target: ast.expr) -> list[str]:
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    return [ast.unparse(part) for part in parts]


def _parameters(function: Definition | None) -> list[str]:
    if function is None:
        return []
    return [argument.arg for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]


def _argument(name: str, moment: Moment, caller: Moment) -> ast.expr | None:
    """What the caller handed over for the parameter `name`."""
    call, names = caller.node(), _parameters(moment.function())
    if not isinstance(call, ast.Call) or name not in names:
        return None
    given = next((k.value for k in call.keywords if k.arg == name), None)
    if given is not None:
        return given
    position = names.index(name) - (1 if _is_method(moment) else 0)
    return call.args[position] if 0 <= position < len(call.args) else None


def _is_method(moment: Moment) -> bool:
    classes = (node for node in ast.walk(tree_of(moment.source)) if isinstance(node, ast.ClassDef))
    return any(moment.function() is child for node in classes for child in node.body)
