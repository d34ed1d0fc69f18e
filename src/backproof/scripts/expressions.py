"""Rewrites expressions: each operation stays where it was, its operands and its result are reported."""

from __future__ import annotations

import ast

from backproof.scripts.rewriting import (
    CALLEE,
    ITERATE,
    SHOWN,
    UNTOUCHED,
    VIEWS,
    Rewriter,
    call,
    is_literal,
    suspends,
)
from backproof.scripts.sites import COMPARISONS, OPERATORS, UNARY, Literal, Site


class ExpressionRewriter(Rewriter):
    """Arithmetic, comparisons, subscripts, views, calls."""

    def _operand(self, site: Site, node: ast.expr) -> tuple[ast.expr, Literal | None]:
        literal = self._literal(node)
        return (node, literal) if literal else (self._push(site, self.visit(node)), None)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """`R(P(a) op P(b))`."""
        known = OPERATORS.get(type(node.op))
        if known is None or suspends(node) or (is_literal(node.left) and is_literal(node.right)):
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
        if known is None or is_literal(node.operand) or suspends(node):
            return node if is_literal(node.operand) else self.generic_visit(node)
        site = self._site("unary", node, op=known[0], function=known[1], operands=(None,))
        node.operand = self._push(site, self.visit(node.operand))
        return self._result(site, node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """`R(P(a) > P(b))`; chains are left as they are."""
        known = COMPARISONS.get(type(node.ops[0]))
        if known is None or len(node.ops) != 1 or suspends(node):
            return self.generic_visit(node)
        site = self._site("compare", node, op=known[0], function=known[1])
        node.left, left = self._operand(site, node.left)
        node.comparators[0], right = self._operand(site, node.comparators[0])
        site.operands = (left, right)
        return self._result(site, node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """`R(P(a)[P(key)])` where it is read."""
        if not isinstance(node.ctx, ast.Load) or suspends(node):
            return self.generic_visit(node) if isinstance(node.ctx, ast.Load) else node
        site = self._site("get", node)
        node.value = self._push(site, self.visit(node.value))
        literal = self._literal(node.slice)
        if literal is None:
            node.slice = self._push(site, self.visit(self._key(node.slice)))
        site.operands = (None, literal)
        return self._result(site, node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Attributes that give another view of an array."""
        if node.attr not in VIEWS or not isinstance(node.ctx, ast.Load) or suspends(node):
            return self.generic_visit(node)
        site = self._site("attribute", node, name=node.attr, operands=(None,))
        node.value = self._push(site, self.visit(node.value))
        return self._result(site, node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """`R(F(f)(P(a), k=P(b)))`: the call itself is made by the user's frame."""
        if isinstance(node.func, ast.Name) and node.func.id.startswith("__bp_"):
            node.args = [self.visit(argument) for argument in node.args]
            return node
        if suspends(node) or (isinstance(node.func, ast.Name) and node.func.id in UNTOUCHED):
            return node if suspends(node) else self.generic_visit(node)
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
        node.value = call(SHOWN, self.visit(node.value), at=node.value)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        """Report the rows of an array that is iterated over."""
        if not node.is_async:
            node.iter = call(ITERATE, self.visit(node.iter), at=node.iter)
            node.ifs = [self.visit(test) for test in node.ifs]
        return node
