"""What stopped a program within PyTorch: labels beyond the classes, shapes that do not fit, a loss without a graph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Any

import torch

from backproof.findings import Evidence, Expected, Finding, Place, Remedy, Severity
from backproof.observations import Crash, Observation, Operand, Quantity, Run
from backproof.observers.callers import own_frames, variable_of
from backproof.observers.stopped import with_crash

Q = Quantity
PRODUCT = re.compile(r"mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)")
CHANNELS = re.compile(r"to have (\d+) channels, but got (\d+) channels")
NO_GRAPH = "does not require grad and does not have a grad_fn"
PROBABILITIES = "should be between 0 and 1"
LABELLED = ("cross_entropy", "nll_loss")
LOGITS = Remedy("Use BCEWithLogitsLoss, which applies the sigmoid itself, or put a sigmoid behind the last layer")
KEEP = Remedy("Leave out .detach(), .data, .item(), torch.no_grad() and torch.tensor(...) between parameters and loss")


@dataclass(slots=True)
class Stopped:
    """What ended a program: observations and findings; shapes, if it was shapes."""

    crash: Crash | None = None
    seen: list[Observation] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def added_to(self, run: Run) -> Run:
        """The run with it."""
        run = with_crash(run, self.crash)
        known = {each.quantity for each in self.seen}
        unseen = {q: why for q, why in run.unseen.items() if q not in known}
        structure = replace(run.structure, places={**run.structure.places, **self.places})
        return replace(run, observations=(*run.observations, *self.seen), structure=structure, unseen=unseen)


def crash_in(error: BaseException) -> Stopped | None:
    """What is known of an exception, while its frames still live; None if it is none of PyTorch's."""
    frames = list(_frames(error))
    if not frames or not isinstance(error, RuntimeError | IndexError | ValueError):
        return None
    own = next(own_frames(frames[-1]), None)
    place = Place(own.f_code.co_filename, own.f_lineno, kind="expression") if own is not None else Place()
    text, found = str(error), Stopped()
    _labels(frames, text, place, found)
    if NO_GRAPH in text:
        found.findings.append(_without_graph(place))
    if PROBABILITIES in text:
        found.findings += _no_probabilities(frames, place)
    shapes = PRODUCT.search(text)
    if shapes:
        found.crash = _product(frames, own, place, text, [int(length) for length in shapes.groups()])
    return found if found.crash or found.seen or found.findings else None


def _frames(error: BaseException) -> Iterator[FrameType]:
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


def _called(frames: list[FrameType], *names: str) -> dict[str, Any]:
    """The variables of the innermost of PyTorch's functions of these names."""
    for frame in reversed(frames):
        if frame.f_code.co_name in names and f"torch{'/'}nn" in frame.f_code.co_filename.replace("\\", "/"):
            return dict(frame.f_locals)
    return {}


def _labels(frames: list[FrameType], text: str, place: Place, found: Stopped) -> None:
    values = _called(frames, *LABELLED)
    scores, labels = values.get("input"), values.get("target")
    if "out of bounds" not in text or not isinstance(scores, torch.Tensor) or not isinstance(labels, torch.Tensor):
        return
    if labels.is_floating_point() or not labels.numel():
        return
    classes = scores.shape[1] if scores.ndim > 1 else scores.shape[0]
    name = variable_of(labels, frames[-1]) or "targets"
    numbers = ((Q.LABEL_MIN, int(labels.min())), (Q.LABEL_MAX, int(labels.max())), (Q.CLASSES, classes))
    low = int(labels.min())
    found.seen += [Observation(0, quantity, name, float(value)) for quantity, value in numbers]
    if low < 0:  # none counts from the end here: any label below 0 is out of range
        found.seen[0] = Observation(0, Q.LABEL_MIN, name, float(min(low, -classes - 1)))
    found.seen.append(Observation(0, Q.LABELS_COLLIDE, name, 0.0))
    found.places[name] = replace(place, name=name)


def _without_graph(place: Place) -> Finding:
    seen = Evidence("parameters behind the loss", "loss", (0,), (0.0,), Expected(">", 0.0, "all of the network's"))
    message = "the loss depends on no parameter that is trained: `backward` has nowhere to go, and the program stopped"
    return Finding("parameter-never-updated", Severity.ERROR, message, (place,), (seen,), (KEEP,))


def _no_probabilities(frames: list[FrameType], place: Place) -> list[Finding]:
    values = _called(frames, "binary_cross_entropy").get("input")
    if not isinstance(values, torch.Tensor) or not values.numel():
        return []
    low, high = float(values.detach().min()), float(values.detach().max())
    seen = Evidence("what the loss takes for probabilities", "predictions", (0, 0), (low, high),
                    Expected("in", (0.0, 1.0), "from 0 to 1"))  # fmt: skip
    message = (
        f"the loss is a cross-entropy of probabilities, and gets values from {low:.3g} to {high:.3g}: the last layer "
        "has no sigmoid, and the program stopped"
    )
    return [Finding("loss-not-valid-for-targets", Severity.ERROR, message, (place,), (seen,), (LOGITS,))]


def _product(frames: list[FrameType], own: FrameType | None, place: Place, text: str, sizes: list[int]) -> Crash:
    layer = next((f.f_locals.get("self") for f in reversed(frames) if f.f_code.co_name == "forward"), None)
    held = variable_of(layer, own) if layer is not None else None
    name = type(layer).__name__ if held is None and layer is not None else held or "weight"
    operands = (
        Operand("input", (sizes[0], sizes[1]), "float32", 0.0, 0.0),
        Operand(f"{name}.weight.T" if layer is not None else "weight", (sizes[2], sizes[3]), "float32", 0.0, 0.0),
    )
    expression = f"{name}(input)" if layer is not None else "input @ weight"
    return Crash("product", text, expression, place, operands)
