"""The program's own names and expressions, for what is said about it."""

from __future__ import annotations

import ast
import linecache

from backproof.graph.node import Span


def text_of(span: Span | None) -> str | None:
    """The source of an expression on one line; None if the file cannot be read."""
    if span is None:
        return None
    lines = [linecache.getline(span.file, number) for number in range(span.line, span.end_line + 1)]
    if not lines or not all(lines):
        return None
    lines[-1] = lines[-1][: span.end_column]
    lines[0] = lines[0][span.column :]
    return " ".join(" ".join(lines).split()) or None


def name_of(span: Span | None) -> str | None:
    """The name that the value of an expression is given: `a = <span>` or `self.a = <span>`."""
    if span is None:
        return None
    for statement in ast.walk(_tree(span.file)):
        if isinstance(statement, ast.Assign) and _covers(statement.value, span) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, (ast.Name, ast.Attribute, ast.Subscript)):
                return ast.unparse(target)
    return None


def called_with(span: Span | None, argument: str) -> str | None:
    """A call with one argument, `f(x)`, as it would be with `argument`; None if the expression is no such call."""
    text = text_of(span)
    try:
        expression = ast.parse(text or "", mode="eval").body
    except SyntaxError:
        return None
    if not isinstance(expression, ast.Call) or len(expression.args) != 1:
        return None
    rest = [ast.unparse(keyword) for keyword in expression.keywords]
    return f"{ast.unparse(expression.func)}({', '.join([argument, *rest])})"


def _tree(file: str) -> ast.AST:
    try:
        return ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


def _covers(value: ast.expr, span: Span) -> bool:
    """Whether an expression is the one at `span`; columns may differ where text is not ASCII."""
    same_lines = value.lineno == span.line and value.end_lineno == span.end_line
    return same_lines and value.col_offset == span.column and value.end_col_offset == span.end_column
