"""Rewrites a script's syntax tree so that its arithmetic is reported while every operation stays where it was.

`a * b` becomes `R(7, P(7, a) * P(7, b))`: P notes an operand and returns it, the product is made by the user's own
frame on the user's own objects, and R notes the result. So values, warnings, tracebacks and line numbers are those of
the unchanged script. Every loop body and function body exists twice, `if ON: reported else: plain`, so that after the
sampled steps the script runs at its own speed. The helper names live in `builtins` (see `hooks.py`).
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from typing import Any, TypeVar

from backproof.graph.node import Span
from backproof.scripts.sites import COMPARISONS, OPERATORS, UNARY, Literal, Site

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
    "super locals globals vars dir eval exec breakpoint len range isinstance issubclass type id hasattr getattr setattr "
    "callable open staticmethod classmethod property repr hash input exit quit format __import__".split()
)
VIEWS = frozenset({"T", "real", "flat", "A", "I", "H", "A1", "mT", "values"})
SUSPENDING = (ast.Yield, ast.YieldFrom, ast.Await)
N = TypeVar("N", bound=ast.AST)


def instrument(source: str | bytes, filename: str, sites: list[Site]) -> ast.Module:
    """The syntax tree of `source` with every recordable expression reported; new sites are appended to `sites`.

    Raises:
        SyntaxError: as `compile` would.
    """
    tree = ast.parse(source, filename)
    text = source.decode("utf-8", "replace") if isinstance(source, bytes) else source
    return ast.fix_missing_locations(_Instrumenter(filename, text, sites).module(tree))


def _suspends(node: ast.AST) -> bool:
    return any(isinstance(child, SUSPENDING) for child in ast.walk(node))


def _is_literal(node: ast.AST) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        node = node.operand
    return isinstance(node, ast.Constant)


def _call(name: str, *arguments: ast.expr, at: ast.AST) -> ast.Call:
    call = ast.Call(ast.copy_location(ast.Name(name, ast.Load()), at), list(arguments), [])
    return ast.copy_location(call, at)


def _number(value: int, at: ast.AST) -> ast.Constant:
    return ast.copy_location(ast.Constant(value), at)


class _Instrumenter(ast.NodeTransformer):
    """One file's rewriting; the statement being visited is kept for naming what it assigns."""

    def __init__(self, filename: str, source: str, sites: list[Site]) -> None:
        self.filename = filename
        self.lines = source.splitlines(keepends=True) or [""]
        self.sites = sites
        self.target: str | None = None
        self.statement: Span | None = None

    # -- positions

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
        return _call(name, _number(site.index, node), node, at=node)

    def _result(self, site: Site, node: ast.expr) -> ast.expr:
        return _call(RESULT, _number(site.index, node), node, at=node)

    def visit(self, node: ast.AST) -> Any:
        """Keep the statement's place for the sites inside of it."""
        if isinstance(node, ast.stmt):
            self._enter(node, None)
        return super().visit(node)

    # -- bodies that exist twice

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
        if _suspends(node):
            return node
        plain = copy.deepcopy(node.body)
        test = ast.copy_location(ast.Name(ON, ast.Load()), node.body)
        node.body = ast.copy_location(ast.IfExp(test, self.visit(node.body), plain), plain)
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        """Report what is iterated over, and double the body."""
        site = self._site("loop", node)
        node.iter = _call(LOOP, _number(site.index, node.iter), self.visit(node.iter), at=node.iter)
        node.body = self._doubled(node.body)
        node.orelse = self._statements(node.orelse)
        return node

    def visit_While(self, node: ast.While) -> ast.AST:
        """Double the body; the plain one counts its turns, so that later steps can be recorded too."""
        site = self._site("loop", node)
        plain = copy.deepcopy(node.test)
        if not isinstance(node.test, ast.Constant) and not _suspends(node.test):
            test = ast.copy_location(ast.Name(ON, ast.Load()), plain)
            node.test = ast.copy_location(ast.IfExp(test, self.visit(node.test), plain), plain)
        first = node.body[0]
        tick = ast.copy_location(ast.Expr(_call(TICK, _number(site.index, first), at=first)), first)
        node.body = self._doubled(node.body, tick)
        node.orelse = self._statements(node.orelse)
        return node

    # -- statements

    def _enter(self, node: ast.stmt, target: ast.AST | None) -> None:
        self.statement = self.span(node)
        self.target = ast.unparse(target) if target is not None else None

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        """`base[key] = value` reports the new content of base; plain names need nothing."""
        self._enter(node, node.targets[0])
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Subscript) and not _suspends(node):
            return self._assign_item(node, node.targets[0])
        node.value = self.visit(_with_fresh_floats(node.value))
        return node

    def _assign_item(self, node: ast.Assign, target: ast.Subscript) -> list[ast.stmt]:
        site = self._site("assign-item", node)
        literals = [self._literal(node.value), None, None]
        if literals[0] is None:
            node.value = self._push(site, self.visit(node.value))
        target.value = self._push(site, self.visit(target.value), STORE_BASE)
        target.slice = self._push(site, self.visit(self._key(target.slice)))
        site.operands = tuple(literals)
        return [node, self._report(STORED, site, node)]

    def _report(self, name: str, site: Site, at: ast.AST, *more: ast.expr) -> ast.stmt:
        return ast.copy_location(ast.Expr(_call(name, _number(site.index, at), *more, at=at)), at)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | list[ast.stmt]:
        """`target op= value`: the old value is noted before, the new one after."""
        self._enter(node, node.target)
        if _suspends(node) or type(node.op) not in OPERATORS:
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
        node.value = _call(OPERAND, _number(site.index, value), value if literal else self.visit(value), at=value)
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
            node.value = self.visit(_with_fresh_floats(node.value))
        return node

    def visit_Delete(self, node: ast.Delete) -> ast.AST:
        """Nothing is computed."""
        return node

    # -- expressions

    def _literal(self, node: ast.expr) -> Literal | None:
        return Literal(ast.literal_eval(node)) if _is_literal(node) and not _is_text(node) else None

    def _operand(self, site: Site, node: ast.expr) -> tuple[ast.expr, Literal | None]:
        literal = self._literal(node)
        return (node, literal) if literal else (self._push(site, self.visit(node)), None)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """`R(P(a) op P(b))`."""
        known = OPERATORS.get(type(node.op))
        if known is None or _suspends(node) or (_is_literal(node.left) and _is_literal(node.right)):
            return self.generic_visit(node) if known is None else node
        site = self._site("binary", node, op=known[0], function=known[1])
        site.details["left"] = ast.unparse(node.left)
        node.left, left = self._operand(site, node.left)
        node.right, right = self._operand(site, node.right)
        site.operands = (left, right)
        return self._result(site, node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """`R(-P(a))`; literals and `not` stay."""
        known = UNARY.get(type(node.op))
        if known is None or _is_literal(node.operand) or _suspends(node):
            return node if _is_literal(node.operand) else self.generic_visit(node)
        site = self._site("unary", node, op=known[0], function=known[1], operands=(None,))
        node.operand = self._push(site, self.visit(node.operand))
        return self._result(site, node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """`R(P(a) > P(b))`; chains are left as they are."""
        known = COMPARISONS.get(type(node.ops[0]))
        if known is None or len(node.ops) != 1 or _suspends(node):
            return self.generic_visit(node)
        site = self._site("compare", node, op=known[0], function=known[1])
        node.left, left = self._operand(site, node.left)
        node.comparators[0], right = self._operand(site, node.comparators[0])
        site.operands = (left, right)
        return self._result(site, node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """`R(P(a)[P(key)])` where it is read."""
        if not isinstance(node.ctx, ast.Load) or _suspends(node):
            return self.generic_visit(node) if isinstance(node.ctx, ast.Load) else node
        site = self._site("get", node)
        node.value = self._push(site, self.visit(node.value))
        literal = self._literal(node.slice)
        if literal is None:
            node.slice = self._push(site, self.visit(self._key(node.slice)))
        site.operands = (None, literal)
        return self._result(site, node)

    def _key(self, node: ast.expr) -> ast.expr:
        """A key in which `a:b` is written `slice(a, b)`, so that it can be handed around."""
        if isinstance(node, ast.Slice):
            parts = [part or _none(node) for part in (node.lower, node.upper, node.step)]
            return _call(SLICE, *parts, at=node)
        if isinstance(node, ast.Tuple):
            node.elts = [self._key(element) for element in node.elts]
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Attributes that give another view of an array."""
        if node.attr not in VIEWS or not isinstance(node.ctx, ast.Load) or _suspends(node):
            return self.generic_visit(node)
        site = self._site("attribute", node, name=node.attr, operands=(None,))
        node.value = self._push(site, self.visit(node.value))
        return self._result(site, node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """`R(F(f)(P(a), k=P(b)))`: the call itself is made by the user's frame."""
        if isinstance(node.func, ast.Name) and node.func.id.startswith("__bp_"):
            node.args = [self.visit(argument) for argument in node.args]
            return node
        if _suspends(node) or (isinstance(node.func, ast.Name) and node.func.id in UNTOUCHED):
            return node if _suspends(node) else self.generic_visit(node)
        site = self._site("call", node, name=ast.unparse(node.func))
        site.keywords = tuple(keyword.arg for keyword in node.keywords)
        site.stars = frozenset(k for k, argument in enumerate(node.args) if isinstance(argument, ast.Starred))
        node.func = self._push(site, self.visit(node.func), CALLEE)
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                argument.value = self._push(site, self.visit(argument.value))
        node.args = [a if isinstance(a, ast.Starred) else self._push(site, self.visit(a)) for a in node.args]
        for keyword in node.keywords:
            keyword.value = self._push(site, self.visit(keyword.value))
        return self._result(site, node)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        """What an f-string formats has been shown."""
        node.value = _call(SHOWN, self.visit(node.value), at=node.value)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        """Report the rows of an array that is iterated over."""
        if not node.is_async:
            node.iter = _call(ITERATE, self.visit(node.iter), at=node.iter)
            node.ifs = [self.visit(test) for test in node.ifs]
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


def _none(at: ast.AST) -> ast.expr:
    return ast.copy_location(ast.Constant(None), at)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def _with_fresh_floats(node: ast.expr) -> ast.expr:
    """`w = 0.5`: each run of the statement gives an object of its own, so that the value can be told from other .5s."""
    if isinstance(node, ast.Tuple | ast.List):
        node.elts = [_with_fresh_floats(element) for element in node.elts]
        return node
    if _is_literal(node) and isinstance(ast.literal_eval(node), float):
        return _call(FRESH, node, at=node)
    return node
