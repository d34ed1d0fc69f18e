"""Small changes of a program's text, each of one expression or statement."""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass

BOTH_WAYS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.MatMult: ast.Mult}


@dataclass(frozen=True)
class Mutant:
    """A changed program: what was changed, where, and its text."""

    kind: str
    line: int
    says: str
    source: str


def mutants_of(source: str, lines: Collection[int]) -> Iterator[Mutant]:
    """Every change of an expression or statement that begins in one of `lines`."""
    tree = ast.parse(source)
    nodes = [n for n in ast.walk(tree) if getattr(n, "lineno", 0) in lines]
    names = _names(tree)
    for node in nodes:
        for kind, made in (*_of_expression(node, names), *_of_statement(node)):
            text = _text(tree, node, made)
            if text is not None and text != source:
                yield Mutant(kind, node.lineno, f"{ast.unparse(node)} -> {_shown(made)}"[:160], text)
    yield from _swapped(tree, lines)


def _shown(made: ast.AST | None) -> str:
    return "(dropped)" if made is None else ast.unparse(ast.fix_missing_locations(copy.deepcopy(made)))


def _names(tree: ast.AST) -> dict[str, list[str]]:
    """By first letter class, the variables that the program assigns: operands that may be taken for one another."""
    stored = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return {name: [other for other in dict.fromkeys(stored) if other != name] for name in dict.fromkeys(stored)}


def _of_expression(node: ast.AST, names: dict[str, list[str]]) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.BinOp):
        yield from _of_operation(node)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield "constant changed", ast.Constant(node.value * 2 if node.value else 1)
        yield "constant changed", ast.Constant(node.value + 1)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for other in names.get(node.id, ())[:40]:
            yield "wrong operand", ast.Name(other, ast.Load())
    else:
        yield from _of_access(node)


def _of_operation(node: ast.BinOp) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node.op, ast.Mult):
        yield "factor dropped", node.left
        yield "factor dropped", node.right
    if isinstance(node.op, ast.Sub):
        yield "difference swapped", ast.BinOp(node.right, ast.Sub(), node.left)
    if type(node.op) in BOTH_WAYS:
        yield "other operation", ast.BinOp(node.left, BOTH_WAYS[type(node.op)](), node.right)
    if isinstance(node.op, ast.Pow):
        yield "power dropped", node.left


def _of_access(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield "transpose missing", node.value
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "minus dropped", node.operand
    elif isinstance(node, ast.keyword) and node.arg == "axis" and isinstance(node.value, ast.Constant):
        yield "wrong axis", ast.keyword("axis", ast.Constant(1 - node.value.value if node.value.value in (0, 1) else 0))
    elif isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        yield "function dropped", node.args[0]


def _of_statement(node: ast.AST) -> Iterator[tuple[str, ast.stmt | None]]:
    if isinstance(node, ast.AugAssign):
        if isinstance(node.op, ast.Add | ast.Sub):
            other = ast.Add() if isinstance(node.op, ast.Sub) else ast.Sub()
            yield "other sign", ast.AugAssign(node.target, other, node.value)
        yield "assigned", ast.Assign([node.target], node.value)
    if isinstance(node, ast.AugAssign | ast.Assign | ast.Expr):
        yield "statement dropped", None


def _text(tree: ast.Module, node: ast.AST, made: ast.AST | None) -> str | None:
    """The program with `made` in the place of `node`."""
    changed = _Replacing(node, made).visit(copy.deepcopy(tree, _Same.of(tree, node)))
    try:
        return ast.unparse(ast.fix_missing_locations(changed)) + "\n"
    except (ValueError, TypeError, AttributeError):
        return None


class _Same:
    """A memo with which deep copies keep one node as it is, so that it can be found in the copy."""

    @staticmethod
    def of(tree: ast.AST, node: ast.AST) -> dict[int, ast.AST]:
        return {id(node): node}


class _Replacing(ast.NodeTransformer):
    def __init__(self, node: ast.AST, made: ast.AST | None) -> None:
        self.node, self.made = node, made

    def visit(self, node: ast.AST) -> ast.AST | None:
        if node is self.node:
            return ast.Pass() if self.made is None else copy.deepcopy(self.made)
        return self.generic_visit(node)


def _swapped(tree: ast.Module, lines: Collection[int]) -> Iterator[Mutant]:
    """Two statements that follow one another change places: what the second reads may be stale."""
    for holder in ast.walk(tree):
        body = getattr(holder, "body", None)
        if not isinstance(body, list):
            continue
        for k, (a, b) in enumerate(itertools.pairwise(body)):
            simple = all(isinstance(s, ast.Assign | ast.AugAssign) for s in (a, b))
            if simple and a.lineno in lines and b.lineno in lines:
                body[k], body[k + 1] = b, a
                text = ast.unparse(tree) + "\n"
                body[k], body[k + 1] = a, b
                yield Mutant("statements swapped", a.lineno, f"{ast.unparse(a)} <-> {ast.unparse(b)}"[:160], text)
