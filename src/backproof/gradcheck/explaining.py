"""Which mistake makes this gradient, or this step, of a network that is known layer by layer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from backproof.errors import UsageError
from backproof.gradcheck.check import RTOL, SECONDS, check_program
from backproof.gradcheck.described import Array, Description
from backproof.gradcheck.explain import explain
from backproof.gradcheck.programs import description_of, program_of
from backproof.gradcheck.programs._program import Parameter
from backproof.gradcheck.programs._structure import as_part
from backproof.gradcheck.relations import UNEXPLAINED, from_explanations, is_of_all
from backproof.gradcheck.result import GradientCheck, NamedRelation
from backproof.graph.autodiff import gradients

ROUNDING = 1e-9  # relative, of a step to what reproduces it: a difference of weights has lost some digits
SHIFT = 0.5  # of the inputs' spread: how far fresh inputs lie from the given ones


def explain_gradient(
    network: Any, x: Any, y: Any, gradient: Any, *, loss: Any = None, time_limit: float = SECONDS, seed: int = 0
) -> GradientCheck:
    """Check a gradient that somebody computed for this network, and name the mistake that reproduces it.

    Args:
        network: One of `backproof.nn` made of dense layers, or a `torch.nn.Sequential` of linear layers and
            activations.
        x: Inputs, (samples, features).
        y: Targets, (samples, outputs).
        gradient: By parameter name; or a callable (network, x, y) that returns that, so that what explains the numbers
            is confirmed on fresh data and another batch size.
        loss: Of a torch module: a function of (predictions, targets).
        time_limit: Seconds, for the check.
        seed: Of what is drawn.

    Returns:
        The check, with the mistakes that reproduce the gradient to rounding.

    Raises:
        UsageError: The network cannot be described, or a part of the gradient is missing or has another shape.
    """
    start = time.perf_counter()
    known = description_of(network, x, y, loss)
    given = gradient(network, x, y) if callable(gradient) else gradient
    options = {"gradient": given} | ({"loss": lambda out: loss(out, y), "inputs": False} if loss is not None else {})
    inputs = (x,) if loss is not None else (x, y)
    program = program_of(network, inputs, options, seed)
    with program.surroundings():
        check = check_program(
            program, rtol=RTOL, deadline=start + time_limit, seed=seed, start=start, progress=lambda share: None
        )
    if check.verdict != "wrong" or is_of_all(check.named, [row.name for row in check.parameters]):
        return check
    steps = [known.step({name: -part for name, part in _parts(known, given).items()})]
    if callable(gradient):
        for fresh in _fresh(known, seed):
            parts = _parts(known, gradient(network, fresh.x, fresh.y))
            steps.append(fresh.step({name: -part for name, part in parts.items()}))
    found = from_explanations(explain(steps, loss_name=known.loss, time_limit=time_limit))
    if len(steps) > 2 and any(each.rule == UNEXPLAINED for each in found):  # a factor may be that of the batch size
        again = from_explanations(explain(steps[:-1], loss_name=known.loss, time_limit=time_limit))
        if again and all(each.rule != UNEXPLAINED for each in again):
            words = f"{again[0].says} (as seen with batches of {len(known.x)}; with others the factor is another)"
            found = (replace(again[0], says=words), *again[1:])
    return replace(check, named=found or check.named, seconds=time.perf_counter() - start)


def _parts(known: Description, gradient: Mapping[str, Any]) -> dict[str, Array]:
    shapes = {name: Parameter(name, value.shape) for name, value in known.values.items()}
    return {
        name: as_part(gradient.get(name), each, "the gradient").reshape(each.shape) for name, each in shapes.items()
    }


def _fresh(known: Description, seed: int) -> list[Description]:
    """Other data: as many rows, and about half as many."""
    generator = np.random.default_rng([seed, 5])
    found = []
    for count in (len(known.x), max(1, len(known.x) // 2)):
        rows = generator.choice(len(known.x), count, replace=False)
        moved = known.x[rows] + SHIFT * known.x.std() * generator.standard_normal((count, known.x.shape[1]))
        found.append(known.on(moved, known.y[rows]))
    return found


@dataclass(frozen=True, slots=True)
class StepExplanation:
    """What one training step did.

    Attributes:
        verdict: "right" if the step is a positive rate times minus the gradient, with the terms below.
        rate: The learning rate that it amounts to; None if there is no such number.
        weight_decay: λ of an update -rate (gradient + λ w); 0 if there is none.
        momentum: Share of the step before that was added; 0 if there is none.
        named: The mistakes that reproduce a wrong step.
    """

    verdict: str
    rate: float | None
    weight_decay: float
    momentum: float
    named: tuple[NamedRelation, ...]

    @property
    def mistakes(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(dict.fromkeys(each.rule for each in self.named))

    def __bool__(self) -> bool:
        """Whether the step is right."""
        return self.verdict == "right"

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "mistakes": list(self.mistakes)}

    def __str__(self) -> str:
        """In a line or a few."""
        terms = [f"rate {self.rate:.6g}"] if self.rate is not None else []
        terms += [f"weight decay {self.weight_decay:.6g}"] if self.weight_decay else []
        terms += [f"momentum {self.momentum:.6g}"] if self.momentum else []
        head = f"step {self.verdict}" + (f": {', '.join(terms)}" if terms else "")
        return "\n".join([head, *(f"{each.rule}: {each.says}" for each in self.named)])


def explain_step(
    network: Any,
    x: Any,
    y: Any,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    previous: Mapping[str, Any] | None = None,
    loss: Any = None,
    time_limit: float = SECONDS,
) -> StepExplanation:
    """What one training step did to the weights: its rate, momentum and weight decay, or the mistake in it.

    Args:
        network: As for `explain_gradient`; its own weights do not matter.
        x: The inputs of the step.
        y: Its targets.
        before: The parameters before the step, by name.
        after: Those after it.
        previous: Those before the step before; needed to see momentum.
        loss: As for `explain_gradient`.
        time_limit: Seconds, for the search.

    Raises:
        UsageError: The network cannot be described, or a parameter is missing or has another shape.
    """
    known = description_of(network, x, y, loss)
    old, new = _parts(known, before), _parts(known, after)
    known = replace(known, values=old)
    updates = {name: new[name] - old[name] for name in old}
    if not any(np.any(update) for update in updates.values()):
        raise UsageError("before and after are the same: no step was taken")
    gradient = _true_gradient(known)
    terms = {"rate": gradient, "weight_decay": old}
    if previous is not None:
        earlier = _parts(known, previous)
        terms["momentum"] = {name: earlier[name] - old[name] for name in old}
    fitted = _fit(updates, terms, old)
    if fitted is not None and fitted["rate"] > 0:
        decay, momentum = fitted.get("weight_decay", 0.0) / fitted["rate"], fitted.get("momentum", 0.0)
        turned = _turned(decay, momentum)
        return StepExplanation("wrong" if turned else "right", fitted["rate"], decay, momentum, turned)
    if fitted is not None and set(fitted) == {"rate"}:
        words = "the step goes along the gradient, uphill: its sign is wrong"
        return StepExplanation("wrong", fitted["rate"], 0.0, 0.0, (NamedRelation("wrong-sign-update", words),))
    found = from_explanations(explain([known.step(updates)], loss_name=known.loss, time_limit=time_limit))
    unexplained = NamedRelation(
        UNEXPLAINED, "the step is along no gradient of this loss, and no known mistake makes it"
    )
    return StepExplanation("wrong", None, 0.0, 0.0, found or (unexplained,))


def _turned(decay: float, momentum: float) -> tuple[NamedRelation, ...]:
    """The terms beside the gradient that have the wrong sign."""
    found = []
    if decay < 0:
        found.append(NamedRelation("weight-decay-gradient-wrong", f"the weights grow: the decay is {decay:.6g}"))
    if momentum < 0:
        words = f"{-momentum:.6g} times the step before is taken back, not added"
        found.append(NamedRelation("optimizer-formula-wrong", words))
    return tuple(found)


def _true_gradient(known: Description) -> dict[str, Array]:
    step = known.step({name: np.zeros_like(value) for name, value in known.values.items()})
    found = gradients(step.seeds, [each.before for each in step.parameters])
    return {each.name: part for each, part in zip(step.parameters, found, strict=True)}


def _fit(
    updates: Mapping[str, Array], terms: Mapping[str, Mapping[str, Array]], weights: Mapping[str, Array]
) -> dict[str, float] | None:
    """Factors c of update = - sum of c x term, with as few terms as reproduce it; None if all together do not."""
    names = list(updates)
    target = np.concatenate([-updates[name].ravel() for name in names])
    lost = 4 * np.finfo(np.float64).eps * max(float(np.abs(weights[name]).max(initial=0.0)) for name in names)
    columns = {key: np.concatenate([term[name].ravel() for name in names]) for key, term in terms.items()}
    for chosen in (["rate"], ["rate", "momentum"], ["rate", "weight_decay"], list(terms)):
        if not set(chosen) <= set(columns):
            continue
        matrix = np.stack([columns[key] for key in chosen], axis=1)
        factors, *_ = np.linalg.lstsq(matrix, target, rcond=None)
        if np.abs(matrix @ factors - target).max() <= ROUNDING * np.abs(target).max() + lost:
            return dict(zip(chosen, map(float, factors), strict=True))
    return None
