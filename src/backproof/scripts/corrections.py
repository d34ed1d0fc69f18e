"""Bias correction: a running mean that began at zero is divided by `1 - b^t`, t being the number of the step.

Source: Kingma and Ba, "Adam: a method for stochastic optimization" (2015), section 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from backproof.graph.node import Node
from backproof.scripts.forms import Form, Function, Gradient
from backproof.scripts.optimisers import FORMULA, Reading

SAME = 1e-9  # relative, of numbers that are computed in double precision
MOST_AHEAD = 5  # steps by which a count may be wrong


@dataclass(frozen=True, slots=True)
class Mean:
    """A running mean of gradients or of their squares that began at zero: `(1 - rate) sum_k rate^(t - k) g_k`."""

    rate: float
    steps: int


def mean_of(form: Form, multiples: dict[int, float]) -> Mean | None:
    """The running mean that a form is, where at least two steps went into it.

    Args:
        form: Of one element.
        multiples: By step, what multiple of the gradient the script has.
    """
    weights = _weights(form, multiples)
    if weights is None or len(weights) < 2 or form.constant or form.versions:
        return None
    steps = sorted(weights)
    if steps != list(range(steps[0], steps[-1] + 1)):
        return None
    rates = [weights[k] / weights[k + 1] for k in steps[:-1]]
    rate = rates[0]
    if not 0 < rate < 1 or any(abs(r / rate - 1) > 1e-6 for r in rates):
        return None
    return Mean(rate, len(steps)) if abs(weights[steps[-1]] / (1 - rate) - 1) <= 1e-6 else None


def _weights(form: Form, multiples: dict[int, float]) -> dict[int, float] | None:
    """Weights by step of the gradients, or of their squares."""
    found: dict[int, float] = {}
    for each, c in form.terms.items():
        if isinstance(each, Gradient):
            found[each.step] = c / multiples.get(each.step, 1.0)
        elif isinstance(each, Function) and each.name == "square" and (inner := each.inner[0].single()):
            if not isinstance(inner[0], Gradient):
                return None
            found[inner[0].step] = c * inner[1] ** 2 / multiples.get(inner[0].step, 1.0) ** 2
        else:
            return None
    return found if not (form.is_linear and len(found) < len(form.terms)) else None


def judged(events: list[tuple[Node, Form, float]], multiples: dict[int, float]) -> dict[int, tuple[int, int, Reading]]:
    """What running means were divided by, where that is of the form of a correction.

    Returns:
        By node index: how many steps went into the mean, by how many the count of the factor is off, what to say.
    """
    means = [(node, mean, by) for node, form, by in events if (mean := mean_of(form, multiples)) is not None]
    rates = {mean.rate for _, mean, _ in means}
    found = {}
    for node, mean, by in means:
        for off, says in _read(mean, by, rates):
            found[node.index] = (mean.steps, off, Reading("wrong" if says else "right", says, FORMULA, node.index))
            break
    return found


def _read(mean: Mean, by: float, rates: set[float]) -> Iterator[tuple[int, str]]:
    """Each way in which a factor is a correction, the right one first: by how many steps it is off, what is wrong."""
    b, t = mean.rate, mean.steps
    if _same(by, 1 - b**t):
        yield 0, ""
    if _same(by, 1 + b**t):
        yield 0, f"the bias correction is 1 + {b:.6g}^t instead of 1 - {b:.6g}^t"
    if _same(1 / by, 1 - b**t):
        yield 0, "the running mean is multiplied by its bias correction: it is to be divided by it"
    for rate in rates - {b}:
        if not _same(rate, b) and _same(by, 1 - rate**t):
            yield 0, f"the bias correction of the mean with the rate {b:.6g} is made with the other rate, {rate:.6g}"
    if _same(by, 1 - b * t) or _same(by, (1 - b) ** t):
        yield 0, f"the bias correction is not 1 - {b:.6g}^t: the rate is not raised to the number of the step"
    yield from _miscounted(b, t, by)


def _miscounted(b: float, t: int, by: float) -> Iterator[tuple[int, str]]:
    for off in (*range(-MOST_AHEAD, 0), *range(1, MOST_AHEAD + 1)):
        if t + off > 0 and _same(by, 1 - b ** (t + off)):
            yield off, f"the bias correction counts step {t} as step {t + off}"


def _same(a: float, b: float) -> bool:
    return abs(a - b) <= SAME * abs(b)
