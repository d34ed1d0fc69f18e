"""Dropout and batch normalisation that are at work, in training mode, while the network predicts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

from backproof.findings import Place
from backproof.observations import Quantity
from backproof.observers.callers import own_frames
from backproof.observers.torch.names import Modules

MOST = 400  # calls that are kept
SAME_INPUT = 3  # predictions for one input, from which they are many on purpose (an average over masks)


@dataclass(frozen=True, slots=True)
class Noted:
    """One call in training mode since the last backward pass."""

    module: Any  # that made it, or None
    place: Place
    share: float  # of the units that it drops; 1 for batch normalisation
    by_batch: bool
    data: tuple[Any, ...]  # tells one input from another


class Modes:
    """What was called in training mode since the last backward pass; what comes behind the last one predicts."""

    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self.calls: list[Noted] = []

    def learning(self) -> None:
        """A backward pass: what was called before it belongs to the training."""
        self.calls.clear()

    def note(self, name: str, args: Any, kwargs: Any, frame: FrameType) -> None:
        """One call."""
        if len(self.calls) >= MOST:
            return
        by_batch = name == "batch_norm"
        share = args[1] if len(args) > 1 and not by_batch else kwargs.get("p", 0.5)
        if not by_batch and not share:
            return
        module = frame.f_locals.get("self")
        place = self.modules.place(module) if module is not None and not is_users(frame) else _line(frame)
        x = args[0] if args else kwargs.get("input")
        data = (tuple(x.shape), float(x.detach().double().sum())) if not by_batch else ()
        self.calls.append(Noted(module, place, 1.0 if by_batch else float(share), by_batch, data))

    def facts(self, roots: list[Any]) -> Iterator[tuple[Quantity, Place, float]]:
        """What the models in `roots` still do when they predict, once for each place."""
        own = {id(module) for root in roots for module in root.modules()}
        calls = [call for call in self.calls if id(call.module) in own]
        dropping = [call for call in calls if not call.by_batch]
        if not _on_purpose(dropping):
            for place in dict.fromkeys(call.place for call in dropping):
                share = next(call.share for call in dropping if call.place == place)
                yield Quantity.PREDICTING_DROPPED, place, share
        for place in dict.fromkeys(call.place for call in calls if call.by_batch):
            yield Quantity.PREDICTING_BY_BATCH, place, 1.0


def is_users(frame: FrameType) -> bool:
    """Whether the call stands in the user's own source."""
    return next(own_frames(frame), None) is frame


def _line(frame: FrameType) -> Place:
    return Place(frame.f_code.co_filename, frame.f_lineno, kind="layer")


def _on_purpose(calls: list[Noted]) -> bool:
    """The same input again and again: an average over masks."""
    first = [call for call in calls if call.place == calls[0].place] if calls else []
    return len(first) >= SAME_INPUT and max([c.data for c in first].count(c.data) for c in first) >= SAME_INPUT
