"""The error that the program shows, beside the loss that its gradient follows."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from backproof.findings import Place
from backproof.graph.node import ancestors
from backproof.observations import Quantity
from backproof.observers.cancelling import kept_of_the_errors
from backproof.observers.looks import Look, Sheet
from backproof.observers.outcome import loss_at, predictions_at
from backproof.scripts.called import targets_of
from backproof.scripts.losses import Loss, candidates
from backproof.scripts.naming import place
from backproof.scripts.network import Network
from backproof.scripts.roles import Roles
from backproof.scripts.seen import SeenStep
from backproof.scripts.weights import NotPlainError, inputs_of

MEASURES = (Quantity.PRINTED_LOSS, Quantity.FOLLOWED_LOSS, Quantity.PRINTED_CANCELS)
SITES = 2  # places of printed errors that are told of
SECONDS = 0.3  # for looking for them
Row = tuple[bytes, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Printed:
    """One value of a printed error: in which step of which look, of which samples, and whether it was shown itself."""

    look: Look
    seen: SeenStep
    loss: Loss
    value: float
    row: Row
    shown: bool
    directly: bool
    last: int


def observe(network: Network, looks: list[Look], sheet: Sheet) -> None:
    """Note each printed error at each moment, averaged over the steps in which it would be shown."""
    found = _found(network, looks)
    shown = {site: values for site, values in found.items() if any(v.shown for v in values)}
    direct = {site for site, values in shown.items() if any(v.directly for v in values)}
    chosen = sorted(direct or shown, key=lambda site: max(v.last for v in shown[site]))[-SITES:]
    for site in chosen:
        where, spot = _place(shown[site][-1])
        values = _would_be_shown(shown[site], network)
        for look in looks:
            here = [v.value for v in values if v.look is look]
            pair = predictions_at(network, look)
            if here and pair is not None:
                sheet.add(look.number, Quantity.PRINTED_LOSS, where, float(np.mean(here)), finite=False)
                sheet.add(look.number, Quantity.FOLLOWED_LOSS, where, loss_at(network, look, *pair), finite=False)
        if all(_signs(shown[other]) for other in shown):  # beside a sensible error, a signed one tells its bias
            for number, kept in _signs(shown[site]).items():
                sheet.add(number, Quantity.PRINTED_CANCELS, where, kept)
        sheet.places[where] = spot
        sheet.printed = sheet.printed or spot


def _signs(values: list[Printed]) -> dict[int, float]:
    """How much a sum of signed errors shows of them, in the last step of each look; nothing if it is no such sum."""
    kept = {value.look.number: kept_of_the_errors(value.look.roles, value.loss.nodes[0]) for value in values}
    return {number: share for number, share in kept.items() if share is not None}


def _found(network: Network, looks: list[Look]) -> dict[int, list[Printed]]:
    """The script's own scalars of every step, by the place where they are computed."""
    found: dict[int, list[Printed]] = defaultdict(list)
    started = time.thread_time()
    for look in looks:
        own = {pair.prediction for step in look.roles.steps for pair in step.pairs.values()}
        for count, seen in enumerate(look.steps):
            if count and time.thread_time() - started > SECONDS:
                break
            mine = {pair.prediction for pair in seen.step.pairs.values()}
            for loss in candidates(look.roles, seen.step):
                if loss.kind != "implicit" and not _mixed(look.roles, loss, own - mine) and loss.value is not None:
                    site = look.roles.recording.sites[loss.nodes[0].index]
                    directly = any(node.shown for node in loss.nodes)
                    last = loss.nodes[-1].index - seen.step.last_update
                    found[site].append(
                        Printed(look, seen, loss, loss.value, _row(network, seen), loss.shown, directly, last)
                    )
    return found


def _mixed(roles: Roles, loss: Loss, others: set[int]) -> bool:
    """Whether predictions of other steps are in it: a running sum says nothing about one moment."""
    behind = ancestors(loss.nodes, roles.stop)
    return not others.isdisjoint(behind)


def _row(network: Network, seen: SeenStep) -> Row:
    try:
        inputs = inputs_of(seen, network.support)[0].tobytes()
    except (NotPlainError, ValueError, IndexError):
        inputs = b""
    return (inputs, b"" if seen.targets is None else seen.targets.tobytes())


def _would_be_shown(values: list[Printed], network: Network) -> list[Printed]:
    """Only those of the samples for which it is shown, where these are always the same; else all."""
    rows = {v.row for v in values if v.shown}
    everything = {v.row for v in values}
    if len(rows) != 1 or len(everything) == 1 or all(v.shown for v in values):
        return values
    if sum(v.shown for v in values) < 2 and not _periodic(values):
        return values
    return [v for v in values if v.row in rows]


def _periodic(values: list[Printed]) -> bool:
    """Whether the samples come in the same order again and again in the first window."""
    first = [v for v in values if v.look.window is values[0].look.window]
    rows = {v.seen.number: v.row for v in first}
    period = len(set(rows.values()))
    later = [number for number in rows if number - period in rows]
    return bool(later) and all(rows[number] == rows[number - period] for number in later)


def _place(value: Printed) -> tuple[str, Place]:
    """The name of a printed error and where it is computed: the assignment, or the call that it is returned to."""
    roles, node = value.look.roles, value.loss.nodes[0]
    targets = targets_of(roles)
    for span in (node.span, *node.frames[:2]):
        if span is not None and span in targets:
            name = f"{targets[span]} (line {span.line})"
            return name, place(span, name, "loss")
    name = f"the value at line {node.span.line}" if node.span else "a value"
    return name, place(node.span, name, "loss")
