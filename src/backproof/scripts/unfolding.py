"""Reads an update off its recorded graph, one element at a time: which gradients, old values and numbers made it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.autodiff import vjp
from backproof.graph.gather import RULES as MOVING
from backproof.graph.names import canonical
from backproof.graph.node import Node, Ref
from backproof.scripts import forms
from backproof.scripts.forms import CHOSEN, FRESH, MEASURED, SIZE, Form, Function, Gradient, Version
from backproof.scripts.roles import Roles, Step

Array = NDArray[Any]
Place = tuple[int, int]  # a node and one of its elements
PLACES = 20_000  # of one update; more are the elements of a loop over many samples
SUMMED = 64  # elements of a sum that are read one by one
BINARY = frozenset({"add", "sub", "mul", "truediv", "pow", "maximum", "minimum", "fmax", "fmin"})
UNARY = frozenset({"neg", "positive", "pos", "sqrt", "square", "abs", "sign", "reciprocal"})
COMPARING = frozenset({"gt", "lt", "ge", "le", "eq", "ne", "greater", "less", "logical_and", "logical_or", "isfinite"})
REDUCING = frozenset(
    {"sum", "mean", "dot", "vdot", "inner", "matmul", "norm", "max", "min", "einsum", "prod", "var", "std"}
)
CHOOSING = frozenset({"where", "clip"})
SHAPED = frozenset({"zeros_like", "ones_like", "empty_like"})  # take the shape of their operand, none of its values


class Reader:
    """The updates of one parameter."""

    def __init__(self, roles: Roles, root: int, bases: dict[int, tuple[int, float]], learned: bytearray) -> None:
        """Prepare to read.

        Args:
            roles: Of the recording.
            root: The parameter's chain.
            bases: Nodes that hold its gradient: number of the step, and what multiple of the gradient they are.
            learned: For each node, 1 if an error went into it by way of no parameter.
        """
        self.roles, self.nodes, self.root = roles, roles.nodes, root
        self.bases, self.learned = bases, learned
        self.versions = set(roles.chains[root].versions)
        self.moved = _depends_on(self.nodes, roles.stop)
        self.begun = min(roles.all_steps[0].pairs, default=0) if roles.all_steps else 0
        self.corrected: list[tuple[Node, Form, float]] = []  # what was divided by a number: node, what, the number

    def after(self, step: Step, element: int) -> Form | None:
        """The new value of one element; None if it is made of too many values."""
        change = step.changes[self.root]
        line = self.roles.chains[self.root].versions
        inner = set(line[line.index(change.before) + 1 : line.index(change.after) + 1])
        self.known: dict[Place, Form] = {}
        self.outside = (self.versions - inner) | (self.roles.stop - self.versions)
        order = self._order((change.after, element))
        if order is None:
            return None
        for place in order:
            self.element = place[1]
            self.known[place] = self._form(*place)
        return self.known[change.after, element]

    # -- what must be read first

    def _order(self, end: Place) -> list[Place] | None:
        """Everything that `end` is read from, operands first; None if that is too much."""
        found = {end}
        waiting = [end]
        while waiting:
            for place in self._operands(*waiting.pop()):
                if place not in found:
                    found.add(place)
                    waiting.append(place)
            if len(found) > PLACES:
                return None
        return sorted(found)

    def _is_end(self, node: Node) -> bool:
        index = node.index
        return (
            index in self.bases
            or index in self.outside
            or node.function is None
            or node.op in SHAPED
            or not (self.learned[index] or self.moved[index])
        )

    def _operands(self, index: int, element: int) -> Iterator[Place]:
        node = self.nodes[index]
        if self._is_end(node):
            return
        op = canonical(node.op)
        if op in BINARY | UNARY | COMPARING | CHOOSING:
            for argument in _arguments(node):
                if isinstance(argument, Ref):
                    yield argument.node.index, _place_of(node, argument.node, element)
        else:
            for parent, k, _ in self._sum_of(node, element):
                yield parent.index, k

    def _sum_of(self, node: Node, element: int) -> list[tuple[Node, int, float]]:
        """The elements that one element was moved from, or is the sum of, each with its factor; else nothing."""
        op = canonical(node.op)
        if op not in MOVING and not (op in ("sum", "mean") and self._is_narrow(node)):
            return []
        seed = np.zeros(np.shape(node.value))
        seed.reshape(-1)[element] = 1.0
        found = []
        for parent, value in vjp(node, seed):
            flat = np.ravel(value)
            found += [(parent, int(k), float(flat[k])) for k in np.flatnonzero(flat)]
        return found

    def _is_narrow(self, node: Node) -> bool:
        """A sum over a few elements of the parameter's size, such as that over the columns of its gradient."""
        size = self.nodes[self.root].size
        return all(p.size == size <= SUMMED * node.size for p in node.parents) and 1 < node.size < size

    # -- reading

    def _form(self, index: int, element: int) -> Form:
        node = self.nodes[index]
        if index in self.bases:
            step, multiple = self.bases[index]
            return forms.scaled(forms.term(Gradient(step, element)), multiple)
        if index in self.outside and index in self.versions:
            return forms.term(Version(index, element))
        if self._is_end(node):
            tags = [MEASURED] if self.moved[index] else [FRESH] if self._is_fresh(node) else []
            return forms.number(_element(node.value, element), *tags)
        op = canonical(node.op)
        if op in BINARY:
            return self._binary(node, op, [self._of(node, a, element) for a in _arguments(node)])
        if op in UNARY:
            return _unary(op, self._of(node, _arguments(node)[0], element), index)
        if op in COMPARING:
            return forms.number(_element(node.value, element), CHOSEN)
        if op in CHOOSING:
            return self._chosen(node, op, element)
        return self._moved_or_unknown(node, element)

    def _is_fresh(self, node: Node) -> bool:
        """Was it made after training had begun, all over again for this step, such as by a random generator?"""
        return node.op == "leaf" and node.size > 1 and node.index > self.begun

    def _of(self, node: Node, argument: Any, element: int) -> Form:
        if isinstance(argument, Ref):
            return self.known[argument.node.index, _place_of(node, argument.node, element)]
        return forms.number(_spread_value(argument, node, element))

    def _binary(self, node: Node, op: str, both: list[Form]) -> Form:
        a, b = both[0], both[1]
        if op in ("add", "sub"):
            return forms.added(a, b, 1.0 if op == "add" else -1.0)
        if op in ("mul", "truediv"):
            for form, factor in ((a, b), (b, a)) if op == "mul" else ((a, b),):
                if factor.is_number and not form.is_number and factor.constant:
                    self.corrected.append((node, form, factor.constant if op == "truediv" else 1 / factor.constant))
            return forms.multiplied(a, b, node.index) if op == "mul" else forms.divided(a, b, node.index)
        if op == "pow":
            return forms.raised(a, b.constant, node.index) if b.is_number else forms.other((a, b), node.index)
        return self._extreme(node, op, a, b)

    def _extreme(self, node: Node, op: str, a: Form, b: Form) -> Form:
        """The larger or the smaller of two: the one that it was."""
        return self._taken(node, [a, b], [_spread_value(x, node, self.element) for x in _arguments(node)[:2]])

    def _chosen(self, node: Node, op: str, element: int) -> Form:
        """`where` and `clip`: the value that was taken."""
        arguments = [a for a in _arguments(node) if a is not None]
        arguments = arguments[1:] if op == "where" else arguments
        values = [_spread_value(a, node, element) for a in arguments]
        return self._taken(node, [self._of(node, a, element) for a in arguments], values, limits=op == "clip")

    def _taken(self, node: Node, inner: list[Form], values: list[float], limits: bool = True) -> Form:
        value = _element(node.value, self.element)
        k = next((k for k, each in enumerate(values) if each == value), None)
        if k is None:
            return forms.other(tuple(inner), node.index)
        taken = inner[k]
        moving = next((form for form in inner if not form.is_number), None)
        if limits and taken.is_number and moving is not None and taken.constant:
            taken = forms.scaled(forms.signed(moving, node.index), abs(taken.constant))
        return Form(taken.terms, taken.constant, taken.tags | {CHOSEN})

    def _moved_or_unknown(self, node: Node, element: int) -> Form:
        places = self._sum_of(node, element)
        if places:
            total = forms.number(0.0)
            for parent, k, factor in places:
                total = forms.added(total, self.known[parent.index, k], factor)
            return total
        if canonical(node.op) in MOVING:
            return forms.number(_element(node.value, element))  # a constant part, such as what `eye` or `full` puts in
        if node.size == 1 or (canonical(node.op) in REDUCING and node.size < self.nodes[self.root].size):
            return forms.number(_element(node.value, element), SIZE if measures_size(node) else MEASURED)
        name = "mixed" if self._holds_gradient(node) else "foreign" if self.learned[node.index] else "forward"
        return forms.term(Function(name, node=node.index))

    def _holds_gradient(self, node: Node) -> bool:
        """Did the whole gradient go into it?"""
        waiting, seen = [node], set[int]()
        while waiting:
            each = waiting.pop()
            if each.index in self.bases:
                return True
            if each.index not in seen and each.index not in self.outside:
                seen.add(each.index)
                waiting += each.parents
        return False


def _unary(op: str, a: Form, index: int) -> Form:
    made = {
        "neg": lambda: forms.scaled(a, -1.0),
        "sqrt": lambda: forms.rooted(a, index),
        "square": lambda: forms.squared(a, index),
        "abs": lambda: forms.sized(a, index),
        "sign": lambda: forms.signed(a, index),
        "reciprocal": lambda: forms.divided(forms.number(1.0), a, index),
    }
    return made[op]() if op in made else a


def measures_size(node: Node, depth: int = 4) -> bool:
    """Is it a norm, a sum of squares or of absolute values, or made of such numbers alone?"""
    op, inner = canonical(node.op), node.parents
    if op in ("norm", "square", "abs"):
        return True
    if not depth or not inner:
        return False
    if op in ("dot", "vdot", "inner", "matmul", "einsum") and len(inner) == 2:
        return np.array_equal(np.ravel(inner[0].value), np.ravel(inner[1].value))
    if op == "pow" and len(node.args) > 1 and not isinstance(node.args[1], Ref):
        return float(np.ravel(node.args[1])[0]) % 2 == 0 or measures_size(inner[0], depth - 1)
    if op in ("mul", "dot", "vdot", "inner", "matmul", "einsum") and len(inner) == 1 and len(node.args) > 1:
        return isinstance(node.args[-1], Ref) or measures_size(inner[0], depth - 1)
    passing = op in MOVING or op in ("sum", "mean", "max", "add", "sqrt", "mul", "truediv", "maximum")
    return passing and all(measures_size(p, depth - 1) for p in inner)


def _depends_on(nodes: list[Node], chosen: set[int] | frozenset[int]) -> bytearray:
    """For each node, 1 if it was computed from one of `chosen`, or is one."""
    found = bytearray(len(nodes))
    for node in nodes:
        through = node.op not in SHAPED and any(found[p.index] for p in node.parents)
        found[node.index] = node.index in chosen or through
    return found


def _arguments(node: Node) -> list[Any]:
    """All operands in order; those given by name follow."""
    names = {"out", "where", "dtype", "casting", "order"}
    return [*node.args, *(value for key, value in node.kwargs.items() if key not in names)]


def _place_of(node: Node, operand: Node, element: int) -> int:
    """Which element of an operand goes into an element of the result: the same, if it was not broadcast."""
    shape, own = np.shape(node.value), np.shape(operand.value)
    if shape == own or np.size(operand.value) == 1:
        return element if shape == own else 0
    places = np.broadcast_to(np.arange(np.size(operand.value)).reshape(own), shape)
    return int(places.reshape(-1)[element])


def _element(value: Any, element: int) -> float:
    flat = np.asarray(value, dtype=np.float64).reshape(-1)
    return float(flat[element if flat.size > 1 else 0])


def _spread_value(argument: Any, node: Node, element: int) -> float:
    if isinstance(argument, Ref):
        return _element(argument.node.value, _place_of(node, argument.node, element))
    made = np.broadcast_to(
        np.asarray(argument, dtype=np.float64), np.broadcast_shapes(np.shape(node.value), np.shape(argument))
    )
    return _element(made, element)
