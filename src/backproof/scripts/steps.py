"""A step in numbers: by how much each parameter was changed, from the exact operands of the update."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node, Ref, Span, ancestors
from backproof.scripts.anew import is_turned
from backproof.scripts.chains import STEPWISE, lineage_edges
from backproof.scripts.roles import Roles, Step

Array = NDArray[Any]
SETTING_OPERATIONS = frozenset(
    {"leaf", "external", "mul", "truediv", "add", "sub", "pow", "neg", "float", "sqrt", "exp"}
)


def value_of(argument: Any) -> Array:
    """An argument's value as an array of float64 (matrices become plain arrays)."""
    return np.asarray(argument.node.value if isinstance(argument, Ref) else argument, dtype=np.float64)


def update_of(roles: Roles, step: Step, root: int) -> Array:
    """New minus old of one parameter in one step, of the parameter's shape.

    It is summed from the operands of the updates: a difference of nearly equal numbers has no digits left.
    """
    change, nodes = step.changes[root], roles.nodes
    line = roles.chains[root].versions
    if roles.chains[root].anew:
        return put_in_place(nodes[change.before], nodes[change.after])
    line = line[line.index(change.before) : line.index(change.after) + 1]
    total = np.zeros(nodes[change.before].shape)
    for old, new in lineage_edges(line):
        moved = _term(nodes[new], nodes[old])
        if moved is None:
            moved = value_of(Ref(nodes[new])) - value_of(Ref(nodes[old])).reshape(_shape_for(nodes[old], nodes[new]))
        total = total + (moved.reshape(total.shape) if moved.size == total.size else moved)
    return total


def put_in_place(old: Node, new: Node) -> Array:
    """The step that was put in the place of a parameter, as it should have been added: w = g stands for w -= g."""
    if is_turned(old, new):
        return -value_of(new.args[0])
    if new.op in STEPWISE:  # from another parameter
        return value_of(new.args[1]) if new.op == "add" else -value_of(new.args[1])
    value = value_of(Ref(new))
    return value if is_negated(new) else -value


def is_negated(new: Node) -> bool:
    """Is it minus something, or a negative number times something? `w =- rate * g` is `w = (-rate) * g`."""
    if new.op == "neg":
        return True
    numbers = [value_of(argument) for argument in new.args if np.size(value_of(argument)) == 1 < new.size]
    if new.size == 1 and new.args:  # of numbers, the rate comes first
        return _begins_with_minus(new.args[0])
    return bool(np.prod([np.sign(number) for number in numbers]) < 0)


def _begins_with_minus(argument: Any) -> bool:
    while isinstance(argument, Ref) and argument.node.op in ("mul", "truediv"):
        argument = argument.node.args[0]
    return argument.node.op == "neg" if isinstance(argument, Ref) else bool(value_of(argument) < 0)


def _shape_for(old: Node, new: Node) -> tuple[int, ...]:
    return new.shape if old.size == new.size else old.shape


def _term(new: Node, old: Node) -> Array | None:
    """What was added to `old` to make `new`, if the operation says so."""
    if new.op in STEPWISE and len(new.args) >= 2:
        return _operand(new, old)
    if new.op == "setitem" and isinstance(new.args[2], Ref):
        made = new.args[2].node
        if made.op in STEPWISE and isinstance(made.args[0], Ref) and made.args[0].node.op == "getitem":
            inner = _operand(made, made.args[0].node)
            if inner is not None:
                moved = np.zeros(new.shape)
                moved[new.args[1]] = inner
                return moved
    return None


def _operand(new: Node, old: Node) -> Array | None:
    others = [k for k in (0, 1) if not (isinstance(new.args[k], Ref) and new.args[k].node is old)]
    if len(others) != 1:
        return None
    value = value_of(new.args[others[0]])
    return -value if new.op == "sub" else value


def backward_nodes(roles: Roles, step: Step) -> list[Node]:
    """Nodes that the step's updates were computed from but its predictions were not, oldest first."""
    ends = {change.after for change in step.changes.values()}
    made = set().union(*(made_in(roles, step, root) for root in step.changes))
    behind = ancestors([roles.nodes[i] for i in ends], roles.stop - made)
    forward = ancestors([roles.nodes[p.prediction] for p in step.pairs.values()], roles.stop)
    return [behind[i] for i in sorted(behind) if i not in forward and i not in roles.stop]


def formed_gradient(roles: Roles, step: Step, root: int, within: Span | None = None) -> Node | None:
    """The last node through which all that the step learned passes on its way to one parameter's update.

    A learning rate is left out; `within` a statement only, if one is given: what is multiplied elsewhere is no rate.

    Source: dominators of a flow graph, by counting paths (Lengauer & Tarjan, TOPLAS 1979, for the notion).
    """
    end = roles.nodes[step.changes[root].after]
    stop = roles.stop - made_in(roles, step, root)
    behind = ancestors([end], stop)
    order = sorted(behind)
    own = _heard(roles, step)
    arriving: dict[int, int] = {}
    for index in order:
        count = (
            1 if index in own else sum(arriving.get(p.index, 0) for p in behind[index].parents if p.index not in stop)
        )
        if count:
            arriving[index] = count
    leaving = {end.index: 1}
    for index in reversed(order):
        if index in leaving and index not in own:
            for parent in behind[index].parents:
                if parent.index in arriving and parent.index not in stop:
                    leaving[parent.index] = leaving.get(parent.index, 0) + leaving[index]
    total = arriving.get(end.index, 0)
    old = _older_knowledge(roles, step, behind, order)
    size = roles.nodes[step.changes[root].before].size
    passed = [
        index
        for index in order
        if index not in roles.stop and arriving.get(index, 0) * leaving.get(index, 0) == total > 0 and index not in old
    ]
    full = [index for index in passed if behind[index].size == size]
    return _before_the_rate(behind[full[-1]], set(passed), within) if full else None


def made_in(roles: Roles, step: Step, root: int) -> set[int]:
    """The versions of one parameter that the step makes: `w + rate * g + momentum * before` makes two."""
    line, change = roles.chains[root].versions, step.changes[root]
    return set(line[line.index(change.before) + 1 : line.index(change.after) + 1])


def _heard(roles: Roles, step: Step) -> set[int]:
    """Nodes by which a step learns: what it compares; where it compares nothing, its forward pass."""
    if not roles.by_scalars:
        return set(step.pairs)
    first = max(change.before for change in step.changes.values())
    forward = ancestors([roles.nodes[i] for i in step.pairs], roles.stop)
    return {i for i in forward if i > first and roles.depends[i] and i not in roles.stop}


def _older_knowledge(roles: Roles, step: Step, behind: dict[int, Node], order: list[int]) -> set[int]:
    """Nodes that also depend on pairs of earlier steps: optimiser state has come in."""
    if roles.by_scalars:
        first = max(change.before for change in step.changes.values())
        states = {i for i in order if i < first and roles.depends[i] and i not in roles.stop}
    else:
        states = {i for i in order if i in roles.pairs and i not in step.pairs}
    found: set[int] = set()
    for index in order:
        if index in states or any(p.index in found for p in behind[index].parents if p.index not in roles.stop):
            found.add(index)
    return found


def _before_the_rate(node: Node, passed: set[int], within: Span | None) -> Node:
    """Walk back over products with settings of the script, such as the learning rate, but not with data."""
    while node.op in ("mul", "truediv", "neg") and node.parents:
        inner = [p for p in node.parents if p.index in passed and p.size == node.size]
        rest = [a for a in node.args if not (isinstance(a, Ref) and a.node in inner)]
        if len(inner) != 1 or not all(_is_setting(a) for a in rest) or not _inside(node.span, within):
            break
        node = inner[0]
    return node


def _inside(span: Span | None, within: Span | None) -> bool:
    if within is None:
        return True
    return span is not None and span.file == within.file and within.line <= span.line <= within.end_line


def _is_setting(argument: Any) -> bool:
    """A number that is written in the script or computed from such numbers alone; no element of an array."""
    if not isinstance(argument, Ref):
        return np.size(argument) == 1
    behind = ancestors([argument.node])
    return all(node.size == 1 and node.op in SETTING_OPERATIONS for node in behind.values())
