"""What a script calls the layers of its network, and where it computes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from backproof.findings import Place
from backproof.graph.node import Node, Span
from backproof.scripts.naming import place
from backproof.scripts.roles import Roles
from backproof.scripts.seen import SeenLayer, SeenStep

LONGEST = 32  # characters of an assignment target that may serve as a name


def layer_places(roles: Roles, seen: SeenStep) -> list[Place]:
    """A place with a name of its own for each layer, input side first."""
    targets = targets_of(roles)
    found = [_place(layer, targets, k + 1) for k, layer in enumerate(seen.layers)]
    counts = Counter(each.name for each in found)
    return [
        replace(each, name=f"layer {k + 1}, {each.name}") if counts[each.name] > 1 else each
        for k, each in enumerate(found)
    ]


def targets_of(roles: Roles) -> dict[Span, str]:
    """Assignment targets by the spans of what is assigned: the widest expression of each statement."""
    widest: dict[tuple[Span, str], Span] = {}
    for site in roles.sites:
        if site.target and site.statement is not None and len(site.target) <= LONGEST:
            key = (site.statement, site.target)
            if key not in widest or _width(site.span) > _width(widest[key]):
                widest[key] = site.span
    return {span: target for (_, target), span in widest.items()}


def named_place(roles: Roles, node: Node, kind: str) -> tuple[str, Place]:
    """What the script calls a value, and where it computes it: the assignment, or the call that it is returned to."""
    targets = targets_of(roles)
    for span in _spans(node):
        if span in targets:
            name = f"{targets[span]} (line {span.line})"
            return name, place(span, name, kind)
    name = f"{node.op} (line {node.span.line})" if node.span is not None else node.op
    return name, place(node.span, name, kind)


def _width(span: Span) -> tuple[int, int]:
    return span.end_line - span.line, span.end_column - span.column


def _place(layer: SeenLayer, targets: dict[Span, str], number: int) -> Place:
    nodes = [*layer.a_nodes[:1], *layer.z_nodes[:1]]
    for node in nodes:
        for span in _spans(node):
            if span in targets:
                return place(span, f"{targets[span]} (line {span.line})", "activation")
    for node in nodes:
        known = [each for each in (*node.frames[:1], node.span) if each is not None]
        if known:
            return place(known[0], f"layer {number} (line {known[0].line})", "activation")
    return Place(name=f"layer {number}", kind="layer")


def _spans(node: Node) -> Iterator[Span]:
    """The expression that made a value, and the calls around it."""
    if node.span is not None:
        yield node.span
    yield from node.frames[:3]
