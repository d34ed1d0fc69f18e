"""Shapes where predictions meet targets and biases meet sums: has broadcasting made a table out of two columns?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from backproof.graph.derivatives import canonical
from backproof.graph.node import Node, Ref
from backproof.observations import Quantity
from backproof.observers.looks import Sheet
from backproof.scripts.called import named_place
from backproof.scripts.roles import Roles
from backproof.scripts.windows import Window

MEASURES = (Quantity.ERROR_ENTRIES, Quantity.SUM_ENTRIES)
SITES = 3  # places that are told of


def observe(windows: Sequence[Window], sheet: Sheet) -> None:
    """Note how many entries each comparison, and each sum with a bias, makes of one entry."""
    for window in windows:
        errors = ((node, ratio, Quantity.ERROR_ENTRIES) for node, ratio in _errors(window.roles))
        sums = ((node, ratio, Quantity.SUM_ENTRIES) for node, ratio in _sums(window))
        seen: set[int] = set()
        for node, ratio, quantity in (*errors, *sums):
            site = window.roles.recording.sites[node.index]
            if site in seen or len(seen) >= SITES:
                continue
            seen.add(site)
            where, spot = named_place(window.roles, node, "expression")
            sheet.places.setdefault(where, spot)
            number = window.first_step + sum(s.last_update < node.index for s in window.roles.steps)
            sheet.add(number, quantity, where, ratio)


def _errors(roles: Roles) -> Iterator[tuple[Node, float]]:
    """Comparisons of as many predictions as targets; the widest of each place first."""
    found = []
    for pair in roles.pairs.values():
        node, prediction = roles.nodes[pair.node], roles.nodes[pair.prediction]
        if roles.by_scalars or node.op not in ("sub", "add") or not _is_computed(roles, prediction):
            continue
        if prediction.size == np.size(pair.target) > 0:
            found.append((node, node.size / prediction.size))
    yield from sorted(found, key=lambda each: -each[1])


def _is_computed(roles: Roles, prediction: Node) -> bool:
    """Is it made of parameters, not one itself? Centres that move towards the data are compared with every row."""
    return prediction.index not in roles.chain_of and bool(roles.depends[prediction.index])


def _sums(window: Window) -> Iterator[tuple[Node, float]]:
    """Sums of a value with a bias of as many entries."""
    roles = window.roles
    found = []
    for node in roles.nodes[: roles.steps[-1].last_update if roles.steps else 0]:
        if canonical(node.op) not in ("add", "sub") or node.index in roles.stop or len(node.args) < 2:
            continue
        operands = [a.node for a in node.args[:2] if isinstance(a, Ref)]
        biases = [n for n in operands if n.index in roles.stop]
        others = [n for n in operands if n.index not in roles.stop and roles.depends[n.index]]
        if len(biases) == len(others) == 1 and biases[0].size == others[0].size > 1:
            found.append((node, node.size / others[0].size))
    yield from sorted(found, key=lambda each: -each[1])
