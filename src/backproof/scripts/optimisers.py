"""Which optimiser made an element's step: the form of its update against the formulas that are known.

Known are sums of old gradients (plain steps, momentum, Nesterov, averages), those divided by the root of a running sum
of their squares (Adagrad, RMSprop, Adadelta, Adam and its relatives) or by a largest absolute gradient (Adamax), signs
(sign descent, Lion, Rprop), limits and norms (clipping, projection), decays by the weights or by their signs.

Source: Goodfellow, Bengio and Courville, Deep Learning (2016), chapter 8; Kingma and Ba, "Adam" (2015); Dozat,
"Incorporating Nesterov momentum into Adam" (2016); Zeiler, "ADADELTA" (2012); Loshchilov and Hutter (2019).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from backproof.scripts.forms import FRESH, MEASURED, SIZE, Form, Function, Gradient

FORMULA = "optimizer-formula-wrong"
DECAY = "weight-decay-gradient-wrong"
LARGEST_DECAY = 0.3  # of a weight in one step; the largest in use are near 0.1 (rate 0.1, decay 1)
ROUNDING = 1e-9  # relative; weights of a sum that are computed in double precision


@dataclass(frozen=True, slots=True)
class Reading:
    """What an element's step was found to be.

    Attributes:
        verdict: "right" for a known formula, "unknown", "wrong" where it is proven to be none, "foreign" where
            something else that was learned from the error comes in beside the gradient.
        says: Why not right, in words.
        rule: Public name of the mistake, if wrong.
        node: Index of the operation that is to blame; -1 if not known.
        weight: Step size on the latest gradient where the step is a sum of gradients times settings, else 0.
        uphill: Does more of the latest gradient move the weight up along it?
        multiple: What multiple of the gradient the script forms first.
    """

    verdict: str
    says: str = ""
    rule: str = ""
    node: int = -1
    weight: float = 0.0
    uphill: bool = False
    multiple: float = 1.0


RIGHT = Reading("right")
RANK = {"right": 0, "unknown": 1, "wrong": 2, "foreign": 3}


def worst(readings: Iterable[Reading]) -> Reading:
    """The one that is furthest from right."""
    return max(readings, key=lambda reading: RANK[reading.verdict], default=RIGHT)


def recognised(form: Form, step: int, element: int, held: float, *, whole: bool = True) -> Reading:
    """What the new value of an element says about the optimiser.

    Args:
        form: The new value.
        step: Number of the step, as in its gradients.
        element: Which element.
        held: Its old value.
        whole: Are the gradients of all earlier steps known? Else a constant is what they left.
    """
    parts = [_of_function(f, c, element, held) for f, c in form.functions]
    weights = {g.step: c for g, c in form.gradients.items() if g.element == element}
    if len(weights) < len(form.gradients):
        parts.append(Reading("unknown", "the gradients of several elements are mixed"))
    if form.versions or form.functions or form.gradients:
        parts.append(_decay(form))
    parts += [_added(form)] if whole else []
    parts.append(_sum_of_gradients(weights, step))
    if MEASURED in form.tags:
        parts.append(Reading("unknown", "a number that was computed on the way scales it"))
    found = worst(parts)
    if found.verdict != "right":
        return found
    known = 0.0 if SIZE in form.tags else -weights.get(step, 0.0)
    return Reading("right", weight=known, uphill=_slope(form, step) > 0)


def _slope(form: Form, step: int) -> float:
    """Which way the latest gradient moves the value: the sum of the signs with which it comes in."""
    total = sum(c for g, c in form.gradients.items() if g.step == step)
    for function, factor in form.functions:
        if function.name in ("quotient", "sign", "product") and function.inner:
            total += factor * max((_slope(inner, step) for inner in function.inner[:2]), key=abs)
    return total


def _added(form: Form) -> Reading:
    """A constant beside gradients and weights."""
    if not form.constant or not form.terms:
        return RIGHT
    if MEASURED in form.tags:
        return Reading("foreign", "something else that comes from the errors is added")
    return Reading("unknown", "a constant is added") if FRESH not in form.tags else RIGHT


def _decay(form: Form) -> Reading:
    """The multiple of itself that a weight loses."""
    lost = 1.0 - sum(form.versions.values())
    if lost < -ROUNDING and not form.tags:
        return Reading("wrong", f"each step adds {-lost:.3g} times the weights to them: they grow", DECAY)
    if lost > LARGEST_DECAY and not form.tags:
        return Reading("unknown", f"a step takes {lost:.3g} of the weight away")
    return RIGHT


def _sum_of_gradients(weights: dict[int, float], step: int) -> Reading:
    """Momentum and its like: older gradients with the same sign and no more weight."""
    if len(weights) < 2 or step not in weights:
        return RIGHT
    ordered = [weights[k] for k in sorted(weights)]
    if any(c * ordered[-1] < 0 for c in ordered):
        return Reading("unknown", "gradients of earlier steps come in with the opposite sign")
    older = [abs(c) for c in ordered[:-1]]
    if len(older) > 2 and all(a >= b * (1 - ROUNDING) for a, b in itertools.pairwise(older)):
        return Reading("unknown", "gradients of earlier steps are not forgotten")
    return RIGHT


# -- functions of gradients and weights


def _of_function(function: Function, factor: float, element: int, held: float) -> Reading:
    """One term of a new value that is no plain gradient or weight."""
    if function.name in ("foreign", "forward"):
        return Reading("foreign", "something that is not its gradient comes in", node=function.node)
    if _only_weights(function):
        return _penalty(function, factor, held)
    if function.name == "quotient":
        return worst([_numerator(function.inner[0], function, element), _denominator(function.inner[1], function)])
    if function.name == "sign" and _is_direction(function.inner[0], element):
        return RIGHT
    if function.name in ("square", "abs", "root") or (function.name == "power" and function.power % 2 == 0):
        return Reading("wrong", _SIGN_LOST, FORMULA, function.node)
    if function.name == "product":
        return _product(function, element)
    if function.name == "mixed":
        return Reading("unknown", "the gradient is multiplied by a matrix or mixed with others", node=function.node)
    return Reading("unknown", "it is no sum, quotient or sign that is known", node=function.node)


_SIGN_LOST = "the step is made of the size of the gradient, not of the gradient: its sign is lost"


def _only_weights(function: Function) -> bool:
    """Is it a function of the old weights and of numbers alone?"""
    found = list(_leaves(function))
    return bool(found) and not any(isinstance(each, Gradient | Function) for each in found)


def _leaves(function: Function) -> Iterable[object]:
    for form in function.inner:
        for each in form.terms:
            if isinstance(each, Function) and each.inner:
                yield from _leaves(each)
            else:
                yield each


def _penalty(function: Function, factor: float, held: float) -> Reading:
    """The derivative of a penalty on the weights: it must never drive them away from zero."""
    if function.name == "sign":
        return (
            RIGHT
            if factor < 0
            else Reading("wrong", "the L1 term drives the weights away from zero", DECAY, function.node)
        )
    even = function.name in ("square", "abs") or (function.name == "power" and function.power % 2 == 0)
    if even and factor * held > 0:
        says = "a term of the step is an even function of the weights: it drives some of them away from zero"
        return Reading("wrong", says, DECAY, function.node)
    return Reading(
        "unknown", "a term of the step depends on the weights otherwise than by L1 or L2", node=function.node
    )


def _is_direction(form: Form, element: int) -> bool:
    """A sum of this element's gradients, perhaps with a decay by the weights."""
    own = all(g.element == element for g in form.gradients)
    signs = all(f.name == "sign" and _only_weights(f) for f, _ in form.functions)
    return bool(form.gradients) and own and signs and (not form.constant or FRESH in form.tags)


def _numerator(form: Form, quotient: Function, element: int) -> Reading:
    if _is_direction(form, element):
        return _growing(form, quotient)
    inner = form.single()
    if inner and isinstance(inner[0], Function):
        function = inner[0]
        if function.name in ("square", "abs") or (function.name == "power" and function.power % 2 == 0):
            return Reading("wrong", _SIGN_LOST, FORMULA, function.node)
        if function.name == "product" and _is_adadelta(function, element):
            return RIGHT
    if form.functions and not form.gradients and all(f.name == "square" for f, _ in form.functions):
        return Reading("wrong", _SIGN_LOST, FORMULA, form.functions[-1][0].node)
    if any(f.name == "foreign" for f, _ in form.functions):
        return Reading("foreign", "something that is not its gradient comes in", node=quotient.node)
    return Reading("unknown", "what is divided is no sum of gradients", node=quotient.node)


def _growing(form: Form, quotient: Function) -> Reading:
    """A decay within the gradient must have the gradient's sign."""
    decay, latest = sum(form.versions.values()), max(form.gradients.items(), key=lambda item: item[0].step)[1]
    if decay * latest < 0 and not form.tags:
        return Reading("wrong", "the decay has the wrong sign: the weights grow", DECAY, quotient.node)
    return RIGHT


def _is_adadelta(function: Function, element: int) -> bool:
    """The gradient times the root of a sum of squares."""
    a, b = function.inner
    return any(_is_direction(x, element) and _is_root(y) for x, y in ((a, b), (b, a)))


def _is_root(form: Form) -> bool:
    return (
        bool(form.functions)
        and all(f.name == "root" for f, _ in form.functions)
        and len(form.terms) == len(form.functions)
    )


def _product(function: Function, element: int) -> Reading:
    if _is_adadelta(function, element):
        says = "the gradient is multiplied by the root of its mean square: it is to be divided by it"
        return Reading("wrong", says, FORMULA, function.node)
    return Reading("unknown", "the gradient is multiplied by something that depends on it", node=function.node)


def _denominator(form: Form, quotient: Function) -> Reading:
    """What gradients may be divided by: the root of a sum of squares, or absolute values."""
    if not form.functions or form.versions or form.gradients:
        if form.gradients and not form.versions and not form.functions:
            return Reading(
                "wrong", "it is divided by a mean of the gradients, whose sign is lost", FORMULA, quotient.node
            )
        return Reading("unknown", "what it is divided by is not known", node=quotient.node)
    return worst(_scale(f, c) for f, c in form.functions)


def _scale(function: Function, factor: float) -> Reading:
    if function.name == "abs" and factor > 0:
        return RIGHT
    if function.name in ("root", "power") and factor > 0 and function.power in (1.0, 0.25, 0.125):
        return _under_the_root(function.inner[0], function)
    if function.name == "square":
        if not _is_second_moment(function):
            return Reading("unknown", "what it is divided by is not known", node=function.node)
        says = "it is divided by the mean square of the gradient: the square root is missing"
        return Reading("wrong", says, FORMULA, function.node)
    return Reading("unknown", "what it is divided by is not known", node=function.node)


def _is_second_moment(function: Function) -> bool:
    return any(isinstance(each, Gradient) for each in _leaves(function))


def _under_the_root(form: Form, root: Function) -> Reading:
    """Squares of gradients; a mean of gradients may be taken off (centred)."""
    if form.gradients or any(f.name == "abs" for f, _ in form.functions):
        says = "the running mean under the square root is that of the gradient, not of its square"
        node = max((f.node for f, _ in form.functions), default=root.node)
        return Reading("wrong", says, FORMULA, node)
    if not form.functions:
        return Reading("unknown", "what is under the root is not known", node=root.node)
    return worst(_square(f, c) for f, c in form.functions)


def _square(function: Function, factor: float) -> Reading:
    if function.name == "power" and function.power % 2:
        says = (
            f"the running mean under the square root is that of the gradient to the power of {function.power:g}, not 2"
        )
        return Reading("wrong", says, FORMULA, function.node)
    if function.name != "square":
        return Reading("unknown", "what is under the root is not known", node=function.node)
    if _only_weights(function):
        return Reading(
            "wrong",
            "the mean square under the root is that of the weights, not of the gradient",
            FORMULA,
            function.node,
        )
    inner = function.inner[0]
    weights = [c for _, c in sorted(inner.gradients.items(), key=lambda item: item[0].step)]
    if factor > 0 and len(weights) > 1 and all(c * weights[-1] > 0 for c in weights):
        says = "the mean square under the root is that of the running mean, not of the gradient"
        return Reading("wrong", says, FORMULA, function.node)
    return RIGHT if weights else Reading("unknown", "what is under the root is not known", node=function.node)
