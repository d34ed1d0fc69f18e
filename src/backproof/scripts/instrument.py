"""Rewrites a script's syntax tree so that its arithmetic is reported while every operation stays where it was.

`a * b` becomes `R(7, P(7, a) * P(7, b))`: P notes an operand and returns it, the product is made by the user's own
frame on the user's own objects, and R notes the result. So values, warnings, tracebacks and line numbers are those of
the unchanged script. Every loop body and function body exists twice, `if ON: reported else: plain`, so that after the
sampled steps the script runs at its own speed. The helper names live in `builtins` (see `hooks.py`).
"""

from __future__ import annotations

import ast
import copy
import sys
from collections.abc import Sequence
from typing import Any, TypeVar

from backproof.scripts.expressions import ExpressionRewriter
from backproof.scripts.rewriting import (
    AFTER,
    BEFORE,
    ITERATE,
    LOOP,
    ON,
    OPERAND,
    STORE_BASE,
    STORED,
    TICK,
    call,
    number,
    suspends,
    with_fresh_floats,
)
from backproof.scripts.sites import OPERATORS, Site

N = TypeVar("N", bound=ast.AST)
ITERATOR_HAS_ITS_PLACE = sys.version_info >= (3, 12)  # before, what `iter` raises is shown for the whole `for`


def instrument(source: str | bytes, filename: str, sites: list[Site]) -> ast.Module:
    """The syntax tree of `source` with every recordable expression reported; new sites are appended to `sites`.

    Raises:
        SyntaxError: as `compile` would.
    """
    tree = ast.parse(source, filename)
    text = source.decode("utf-8", "replace") if isinstance(source, bytes) else source
    return ast.fix_missing_locations(_Instrumenter(filename, text, sites).module(tree))


class _Instrumenter(ExpressionRewriter):
    """Statements: assignments, and the bodies that exist twice."""

    def visit(self, node: ast.AST) -> Any:
        """Keep the statement's place for the sites inside of it."""
        if isinstance(node, ast.stmt):
            self._enter(node, None)
        return super().visit(node)

    def module(self, tree: ast.Module) -> ast.Module:
        """The whole file; statements at the top run once, so only their loops and functions are doubled."""
        tree.body = self._statements(tree.body)
        return tree

    def _statements(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        done: list[ast.stmt] = []
        for statement in body:
            made = self.visit(statement)
            done.extend(made if isinstance(made, list) else [made])
        return done

    def _doubled(self, body: list[ast.stmt], tick: ast.stmt | None = None) -> list[ast.stmt]:
        """`if ON: reported else: plain`; docstring and scope declarations stay in front."""
        front: list[ast.stmt] = []
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            front, body = [body[0]], body[1:]
        scopes = _Scopes()
        body = scopes.strip(body)
        front += scopes.declarations
        if not body:
            return front or [ast.Pass(lineno=1, col_offset=0)]
        plain = ([tick] if tick else []) + copy.deepcopy(body)
        test = ast.copy_location(ast.Name(ON, ast.Load()), body[0])
        return [*front, ast.copy_location(ast.If(test, self._statements(body), plain), body[0])]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Double the body; decorators, defaults and annotations stay as they are."""
        if node.name == "__del__":
            return node  # may run when the interpreter has already taken the hooks down
        outer = self.target, self.statement
        node.body = self._doubled(node.body)
        self.target, self.statement = outer
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """Coroutines are left alone: their frames interleave."""
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Only the body, whose functions are doubled one by one."""
        node.body = self._statements(node.body)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        """Double the expression."""
        if suspends(node):
            return node
        plain = copy.deepcopy(node.body)
        test = ast.copy_location(ast.Name(ON, ast.Load()), node.body)
        node.body = ast.copy_location(ast.IfExp(test, self.visit(node.body), plain), plain)
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        """Report what is iterated over, and double the body."""
        site = self._site("loop", node)
        at = node.iter if ITERATOR_HAS_ITS_PLACE else node
        node.iter = call(LOOP, number(site.index, node.iter), self.visit(node.iter), at=at)
        node.body = self._doubled(node.body)
        node.orelse = self._statements(node.orelse)
        return node

    def visit_While(self, node: ast.While) -> ast.AST:
        """Double the body; the plain one counts its turns, so that later steps can be recorded too."""
        site = self._site("loop", node)
        plain = copy.deepcopy(node.test)
        if not isinstance(node.test, ast.Constant) and not suspends(node.test):
            test = ast.copy_location(ast.Name(ON, ast.Load()), plain)
            node.test = ast.copy_location(ast.IfExp(test, self.visit(node.test), plain), plain)
        first = node.body[0]
        tick = ast.copy_location(ast.Expr(call(TICK, number(site.index, first), at=first)), first)
        node.body = self._doubled(node.body, tick)
        node.orelse = self._statements(node.orelse)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        """`base[key] = value` reports the new content of base; plain names need nothing."""
        self._enter(node, node.targets[0])
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Subscript) and not suspends(node):
            return self._assign_item(node, node.targets[0])
        node.value = self.visit(with_fresh_floats(node.value))
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Tuple | ast.List):
            node.value = self._unpacked(node.value)
        return node

    def _unpacked(self, value: ast.expr) -> ast.expr:
        """`w, b = array`: its elements are reported one by one."""
        return value if isinstance(value, ast.Tuple | ast.List) else call(ITERATE, value, at=value)

    def _assign_item(self, node: ast.Assign, target: ast.Subscript) -> list[ast.stmt]:
        site = self._site("assign-item", node)
        literals = [self._literal(node.value), None, None]
        if literals[0] is None:
            node.value = self._push(site, self.visit(node.value))
        target.value = self._push(site, self.visit(target.value), STORE_BASE)
        target.slice = self._push(site, self.visit(self._key(target.slice)))
        site.operands = tuple(literals)
        return [node, self._report(STORED, site, node)]

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | list[ast.stmt]:
        """`target op= value`: the old value is noted before, the new one after."""
        self._enter(node, node.target)
        if suspends(node) or type(node.op) not in OPERATORS:
            return node
        op, function = OPERATORS[type(node.op)]
        kind = {ast.Name: "name", ast.Attribute: "attribute", ast.Subscript: "item"}[type(node.target)]
        site = self._site(f"augment-{kind}", node, op=op, function=function)
        site.operands = (None, self._literal(node.value))
        before: list[ast.stmt] = []
        value, literal = node.value, site.operands[1] is not None
        if isinstance(node.target, ast.Name):
            loaded = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
            before = [self._report(BEFORE, site, node, loaded)]
            again = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
            after = self._report(AFTER, site, node, again)
        else:
            self._augmented_target(site, node.target)
            after = self._report(AFTER, site, node)
        node.value = call(OPERAND, number(site.index, value), value if literal else self.visit(value), at=value)
        return [*before, node, after]

    def _augmented_target(self, site: Site, target: ast.Attribute | ast.Subscript) -> None:
        target.value = self._push(site, self.visit(target.value), STORE_BASE)
        if isinstance(target, ast.Subscript):
            target.slice = self._push(site, self.visit(self._key(target.slice)))
        else:
            site.name = target.attr

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """The annotation is not touched."""
        self._enter(node, node.target)
        if node.value is not None:
            node.value = self.visit(with_fresh_floats(node.value))
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        """The outermost comparisons stay: their places are those that tracebacks show."""
        node.test = self._condition(node.test)
        if node.msg is not None:
            node.msg = self.visit(node.msg)
        return node

    def _condition(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Compare):
            self.generic_visit(node)
        elif isinstance(node, ast.BoolOp):
            node.values = [self._condition(value) for value in node.values]
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            node.operand = self._condition(node.operand)
        else:
            made: ast.expr = self.visit(node)
            return made
        return node

    def visit_Delete(self, node: ast.Delete) -> ast.AST:
        """Nothing is computed."""
        return node

    def visit_Match(self, node: ast.Match) -> ast.AST:
        """Patterns are not expressions; only the cases' bodies are visited."""
        for case in node.cases:
            case.body = self._statements(case.body)
        return node


class _Scopes(ast.NodeTransformer):
    """Takes `global` and `nonlocal` out of a function's body, so that they can stand before both copies of it."""

    def __init__(self) -> None:
        self.declarations: list[ast.stmt] = []

    def strip(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The body without its declarations."""
        return [kept for kept in (self.visit(statement) for statement in body) if kept is not None]

    def _move(self, node: ast.stmt) -> ast.AST | None:
        self.declarations.append(node)
        return ast.copy_location(ast.Pass(), node)

    visit_Global = visit_Nonlocal = _move

    def _stop(self, node: N) -> N:
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = visit_Lambda = _stop
