"""Where an array that no step changes came from, and what the script calls it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from backproof.findings import Place
from backproof.graph.node import Node, Span, ancestors
from backproof.scripts.naming import place
from backproof.scripts.recording import Recording
from backproof.scripts.sites import Site

DRAWN = frozenset(
    [
        "rand",
        "randn",
        "random",
        "normal",
        "uniform",
        "standard_normal",
        "random_sample",
        "ranf",
        "sample",
        "gauss",
        "normalvariate",
        "randint",
        "integers",
        "truncated_normal",
        "triangular",
        "laplace",
        "triangularvariate",
        "rvs",
        "choice",
        "random_integers",
    ]
)
SET = frozenset(
    [
        "zeros",
        "ones",
        "full",
        "empty",
        "eye",
        "identity",
        "zeros_like",
        "ones_like",
        "full_like",
        "empty_like",
        "array",
        "asarray",
        "mat",
        "matrix",
    ]
)
SIMPLE = re.compile(r"[A-Za-z_][\w.]*(\[[^\[\]]*\])*$")
# Words before an underscore that say what an array is, not whose.
KINDS = frozenset(
    [
        "w",
        "wt",
        "wts",
        "weight",
        "weights",
        "b",
        "bias",
        "biases",
        "theta",
        "thetas",
        "kernel",
        "kernels",
        "syn",
        "synapse",
        "v",
        "u",
    ]
)


class Origins:
    """Tells how arrays of a recording were made, and their names."""

    def __init__(self, recording: Recording, sites: Sequence[Site], sources: Mapping[str, str]) -> None:
        """`sources` holds the text of the script's files."""
        self.recording, self.sites, self.sources = recording, sites, sources
        self._parsed: list[ast.Module] | None = None

    def site(self, node: Node) -> Site | None:
        """Where the node was recorded."""
        index = self.recording.sites[node.index]
        return self.sites[index] if index >= 0 else None

    def kind(self, node: Node) -> str:
        """How an initial value was made: "drawn" at random, "set" to numbers of the script, else "unknown"."""
        leaves = [n for n in ancestors([node]).values() if n.function is None]
        kinds = {self._leaf_kind(leaf) for leaf in leaves}
        return "unknown" if "unknown" in kinds else "drawn" if "drawn" in kinds else "set"

    def _leaf_kind(self, leaf: Node) -> str:
        site = self.site(leaf)
        if site is None or leaf.op != "leaf":
            return "set" if leaf.op == "leaf" and leaf.size == 1 else "unknown"
        called = site.name.split(".")[-1] if site.kind == "call" else ""
        return "drawn" if called in DRAWN else "set" if called in SET or leaf.size == 1 else "unknown"

    def birth(self, node: Node) -> Node:
        """The leaf that a value was made of, a random one before others."""
        leaves = [n for i, n in sorted(ancestors([node]).items()) if n.function is None]
        drawn = [n for n in leaves if self._leaf_kind(n) == "drawn"]
        alike = [n for n in leaves if n.size == node.size]
        return (drawn or alike or leaves or [node])[-1]

    def maker(self, node: Node) -> tuple[int, tuple[Span, ...]] | None:
        """The expression that made it and the calls that led there: the same for what one list or loop made."""
        birth = self.birth(node)
        site = self.recording.sites[birth.index]
        return (site, birth.frames) if site >= 0 else None

    # -- names

    def name(self, node: Node, uses: Sequence[tuple[Node, int]]) -> str:
        """What the script calls the value: where it reads it, or where it made it."""
        used = next((text for use, k in uses if (text := self.operand(use, k))), "")
        if "." in used or "[" in used:
            return used
        made = self._made_as(node)
        return made or used or "an array"

    def _made_as(self, node: Node) -> str:
        for candidate in (node, self.birth(node)):
            site = self.site(candidate)
            if site is not None and site.target:
                target = self._element(site)
                if SIMPLE.match(target):
                    return target
        return ""

    def _element(self, site: Site) -> str:
        """`b` of `a, b = f(), g()` for what was made at `g()`."""
        assert site.target is not None
        text = self.text(site.statement) if site.statement else ""
        try:
            statement = ast.parse(text).body[0]
        except (SyntaxError, IndexError):
            return site.target
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Tuple):
            return site.target
        targets, values = statement.targets[0].elts, statement.value
        own = self.text(site.span)
        if isinstance(values, ast.Tuple) and len(values.elts) == len(targets):
            parts = [(ast.get_source_segment(text, v) or "", t) for v, t in zip(values.elts, targets, strict=True)]
            found = [ast.unparse(t) for segment, t in parts if own in segment]
            if len(found) == 1:
                return found[0]
        return site.target

    def operand(self, use: Node, position: int) -> str:
        """The source text of operand `position` of the operation `use`, if it is a plain name."""
        site = self.site(use)
        if site is None:
            return ""
        try:
            tree = ast.parse(f"({self.text(site.span)})", mode="eval").body
        except SyntaxError:
            return ""
        part = _operand_of(tree, position)
        while isinstance(part, ast.Attribute) and part.attr in ("T", "A"):
            part = part.value
        text = ast.unparse(part) if part is not None else ""
        return text if SIMPLE.match(text) else ""

    def text(self, span: Span) -> str:
        """The source text of a span."""
        lines = self.sources.get(span.file, "").splitlines()[span.line - 1 : span.end_line]
        if not lines:
            return ""
        lines[-1] = lines[-1][: span.end_column]
        lines[0] = lines[0][span.column :]
        return "\n".join(lines)

    def place(self, node: Node, name: str, uses: Sequence[tuple[Node, int]]) -> Place:
        """Where it was made, else where it is read."""
        birth = self.birth(node)
        site = self.site(birth)
        span = (site.statement or site.span) if site is not None else next((u.span for u, _ in uses if u.span), None)
        return place(span, name, "parameter")

    # -- what the source says of other moments of the run

    def renewed(self, name: str) -> bool:
        """Is there more than one assignment to the name, or one inside of a loop?"""
        found = [inside for target, inside in self._assignments() if _same_target(target, name)]
        return len(found) > 1 or any(found)

    def updated_somewhere(self, name: str) -> bool:
        """Is there a statement that updates it, or is it frozen on purpose?"""
        if any(re.search(r"fr(ee|o)ze|trainable", text, re.IGNORECASE) for text in self.sources.values()):
            return True
        updates = (node for tree in self._trees() for node in ast.walk(tree) if isinstance(node, ast.AugAssign))
        return any(_same_target(ast.unparse(node.target), name) for node in updates) or self.renewed(name)

    def rebound(self, site: Site) -> str:
        """`w` for `w = w - ...` or `w -= ...` in a loop whose variable is `w`; "" for anything else."""
        span = site.statement or site.span
        try:
            statement = ast.parse(self.text(span)).body[0]
            tree = ast.parse(self.sources.get(span.file, ""))
        except (SyntaxError, IndexError):
            return ""
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        if not isinstance(target, ast.Name) or not isinstance(statement, ast.Assign | ast.AugAssign):
            return ""
        value = statement.value
        same = isinstance(value, ast.BinOp) and isinstance(value.left, ast.Name) and value.left.id == target.id
        own = isinstance(statement, ast.AugAssign) or same
        return target.id if own and target.id in _loop_variables(tree, span.line) else ""

    def _assignments(self) -> Iterator[tuple[str, bool]]:
        """Each assignment target, and whether it stands in a loop; not what a function is given and hands back."""
        for tree in self._trees():
            loops = [n for n in ast.walk(tree) if isinstance(n, ast.For | ast.While)]
            inside = {id(child) for loop in loops for child in ast.walk(loop)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Assign):
                    for target in node.targets:
                        parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
                        names = {ast.unparse(part) for part in parts} - _handed_back(node.value, parts)
                        yield from ((name, id(node) in inside) for name in names)

    def _trees(self) -> list[ast.Module]:
        if self._parsed is None:
            self._parsed = [ast.parse(text) for text in self.sources.values()]
        return self._parsed


def _handed_back(value: ast.expr, parts: Sequence[ast.expr]) -> set[str]:
    """The names in `w1, w2 = update(w1, w2, ...)`: only in the function can they get new values."""
    if not isinstance(value, ast.Call) or len(parts) < 2:
        return set()
    return {ast.unparse(argument) for argument in value.args} & {ast.unparse(part) for part in parts}


def _same_target(target: str, name: str) -> bool:
    alike = "." in name and "." in target and target.split(".")[-1] == name.split(".")[-1]
    return target == name or alike


def _loop_variables(tree: ast.Module, line: int) -> set[str]:
    """The names that the `for` loops around a line bind."""
    loops = [n for n in ast.walk(tree) if isinstance(n, ast.For) and n.lineno < line <= (n.end_lineno or 0)]
    return {n.id for loop in loops for n in ast.walk(loop.target) if isinstance(n, ast.Name)}


def _operand_of(tree: ast.expr, position: int) -> ast.expr | None:
    if isinstance(tree, ast.BinOp):
        return (tree.left, tree.right)[position] if position < 2 else None
    if isinstance(tree, ast.Attribute | ast.Subscript):
        return tree.value if position == 0 else None
    if isinstance(tree, ast.UnaryOp):
        return tree.operand
    if isinstance(tree, ast.Call):
        parts: list[ast.expr] = list(tree.args)
        if isinstance(tree.func, ast.Attribute) and not (
            isinstance(tree.func.value, ast.Name) and tree.func.value.id in ("np", "numpy", "math", "torch")
        ):
            parts = [tree.func.value, *parts]
        return parts[position] if position < len(parts) else None
    return None


def stem(name: str) -> str:
    """What names of one scheme share: `self.b1` and `self.b2`, `W_hidden` and `W_output`."""
    last = re.sub(r"\[\s*['\"](\w+)['\"]\s*\]$", r".\1", name).split(".")[-1]
    plain = re.sub(r"\[.*$|[\d]+|#.*$", "", last).strip("_ ").lower()
    first = plain.split("_")[0]
    return first if first in KINDS else plain
