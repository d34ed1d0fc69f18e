"""What rewriting a syntax tree needs: the names of the hooks, positions, sites, and small pieces of new code."""

from __future__ import annotations

import ast
from typing import Any

from backproof.graph.node import Span
from backproof.scripts.sites import Literal, Site

ON = "__bp_on__"
PUSH, RESULT, CALLEE = "__bp_push__", "__bp_result__", "__bp_callee__"
STORE_BASE, STORED = "__bp_store_base__", "__bp_stored__"
BEFORE, OPERAND, AFTER = "__bp_before__", "__bp_operand__", "__bp_after__"
FRESH, SHOWN, ITERATE, LOOP, TICK, SLICE = (
    "__bp_fresh__",
    "__bp_shown__",
    "__bp_iterate__",
    "__bp_loop__",
    "__bp_tick__",
    "__bp_slice__",
)
# Built-in functions that look at the frame they are called from, or that never make or change a number.
UNTOUCHED = frozenset(
    [
        "super",
        "locals",
        "globals",
        "vars",
        "dir",
        "eval",
        "exec",
        "breakpoint",
        "len",
        "range",
        "isinstance",
        "issubclass",
        "type",
        "id",
        "hasattr",
        "getattr",
        "setattr",
        "callable",
        "open",
        "staticmethod",
        "classmethod",
        "property",
        "repr",
        "hash",
        "input",
        "exit",
        "quit",
        "format",
        "__import__",
    ]
)
VIEWS = frozenset({"T", "real", "flat", "A", "I", "H", "A1", "mT", "values"})
SUSPENDING = (ast.Yield, ast.YieldFrom, ast.Await)


def suspends(node: ast.AST) -> bool:
    """Does it hold a `yield` or an `await`, in the middle of which other frames run?"""
    return any(isinstance(child, SUSPENDING) for child in ast.walk(node))


def is_literal(node: ast.AST) -> bool:
    """A constant, with or without a sign."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        node = node.operand
    return isinstance(node, ast.Constant)


def call(name: str, *arguments: ast.expr, at: ast.AST) -> ast.Call:
    """`name(*arguments)`, at the place of `at`."""
    made = ast.Call(ast.copy_location(ast.Name(name, ast.Load()), at), list(arguments), [])
    return ast.copy_location(made, at)


def number(value: int, at: ast.AST) -> ast.Constant:
    """The constant `value`, at the place of `at`."""
    return ast.copy_location(ast.Constant(value), at)


def none(at: ast.AST) -> ast.expr:
    """The constant None, at the place of `at`."""
    return ast.copy_location(ast.Constant(None), at)


def is_text(node: ast.expr) -> bool:
    """A string or bytes literal."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def with_fresh_floats(node: ast.expr) -> ast.expr:
    """`w = 0.5`: each run of the statement gives an object of its own, so that the value can be told from other .5s."""
    if isinstance(node, ast.Tuple | ast.List):
        node.elts = [with_fresh_floats(element) for element in node.elts]
        return node
    if is_literal(node) and isinstance(ast.literal_eval(node), float):
        return call(FRESH, node, at=node)
    return node


class Rewriter(ast.NodeTransformer):
    """Positions and sites of one file; the statement being visited is kept for naming what it assigns."""

    def __init__(self, filename: str, source: str, sites: list[Site]) -> None:
        self.filename = filename
        self.lines = source.splitlines(keepends=True) or [""]
        self.sites = sites
        self.target: str | None = None
        self.statement: Span | None = None

    def span(self, node: ast.AST) -> Span:
        """The node's span, columns in characters (the syntax tree has UTF-8 bytes)."""
        line, end = getattr(node, "lineno", 1), getattr(node, "end_lineno", 1) or 1
        column, end_column = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", 0) or 0
        return Span(self.filename, line, self._characters(line, column), end, self._characters(end, end_column))

    def _characters(self, line: int, byte: int) -> int:
        if not 0 < line <= len(self.lines) or self.lines[line - 1].isascii():
            return byte
        return len(self.lines[line - 1].encode("utf-8", "replace")[:byte].decode("utf-8", "replace"))

    def _site(self, kind: str, node: ast.AST, **fields: Any) -> Site:
        site = Site(len(self.sites), kind, self.span(node), target=self.target, statement=self.statement, **fields)
        self.sites.append(site)
        return site

    def _push(self, site: Site, node: ast.expr, name: str = PUSH) -> ast.expr:
        site.pushes += 1
        return call(name, number(site.index, node), node, at=node)

    def _result(self, site: Site, node: ast.expr) -> ast.expr:
        return call(RESULT, number(site.index, node), node, at=node)

    def _enter(self, node: ast.stmt, target: ast.AST | None) -> None:
        self.statement = self.span(node)
        self.target = ast.unparse(target) if target is not None else None

    def _literal(self, node: ast.expr) -> Literal | None:
        return Literal(ast.literal_eval(node)) if is_literal(node) and not is_text(node) else None

    def _key(self, node: ast.expr) -> ast.expr:
        """A key in which `a:b` is written `slice(a, b)`, so that it can be handed around."""
        if isinstance(node, ast.Slice):
            parts = [part or none(node) for part in (node.lower, node.upper, node.step)]
            return call(SLICE, *parts, at=node)
        if isinstance(node, ast.Tuple):
            node.elts = [self._key(element) for element in node.elts]
        return node

    def _report(self, name: str, site: Site, at: ast.AST, *more: ast.expr) -> ast.stmt:
        return ast.copy_location(ast.Expr(call(name, number(site.index, at), *more, at=at)), at)
