"""What one element of an update is made of: a sum of gradients, old values and functions of these, times numbers.

The arithmetic is that of sums `c1 t1 + c2 t2 + ... + constant`, where a term is the element of the gradient of one
step, a version of the parameter, or a function (square, root, quotient ...) of such sums. Coefficients are recorded
numbers, so that a running mean unfolds into the gradients of all steps with their weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Tags = frozenset[str]
NONE: Tags = frozenset()
SIZE = "size"  # a number that measures how large something is: a norm, a sum of squares
MEASURED = "measured"  # another number that was computed from the errors or from the parameters
FRESH = "fresh"  # an array that is new in every step and that nothing learned went into: noise
CHOSEN = "chosen"  # one of several values was taken, by a comparison, a maximum or a limit


@dataclass(frozen=True, slots=True)
class Gradient:
    """The gradient of step `step` at one element."""

    step: int
    element: int


@dataclass(frozen=True, slots=True)
class Version:
    """The element of an older version of the parameter: node index and element."""

    node: int
    element: int


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of sums.

    Attributes:
        name: "square", "root", "abs", "sign", "quotient", "product", "power", "other"; "mixed" for what the gradient
            went into together with other elements, "foreign" for what was learned from the error by another way,
            "forward" for a value of the forward pass.
        inner: The sums.
        power: For "power".
        node: Index of the recorded operation.
    """

    name: str
    inner: tuple[Form, ...] = ()
    power: float = 1.0
    node: int = -1


Term = Gradient | Version | Function


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A sum of terms times numbers, and a constant; `tags` say what the numbers are, beside settings of the script."""

    terms: Mapping[Term, float] = field(default_factory=dict)
    constant: float = 0.0
    tags: Tags = NONE

    @property
    def is_number(self) -> bool:
        """Does it have no terms?"""
        return not self.terms

    @property
    def gradients(self) -> dict[Gradient, float]:
        """The gradients in it, with their weights."""
        return {t: c for t, c in self.terms.items() if isinstance(t, Gradient)}

    @property
    def versions(self) -> dict[Version, float]:
        """The old values of the parameter in it."""
        return {t: c for t, c in self.terms.items() if isinstance(t, Version)}

    @property
    def functions(self) -> list[tuple[Function, float]]:
        """The functions in it."""
        return [(t, c) for t, c in self.terms.items() if isinstance(t, Function)]

    @property
    def is_linear(self) -> bool:
        """Are there gradients and old values alone?"""
        return not self.functions

    def single(self) -> tuple[Term, float] | None:
        """The only term and its factor, if it is nothing else."""
        return next(iter(self.terms.items())) if len(self.terms) == 1 and not self.constant else None


def number(value: float, *tags: str) -> Form:
    """A plain number."""
    return Form({}, float(value), frozenset(tags))


def term(of: Term, tags: Tags = NONE) -> Form:
    """One term."""
    return Form({of: 1.0}, 0.0, tags)


def added(a: Form, b: Form, sign: float = 1.0) -> Form:
    """`a + sign b`."""
    terms = dict(a.terms)
    for key, coefficient in b.terms.items():
        terms[key] = terms.get(key, 0.0) + sign * coefficient
    kept = {key: c for key, c in terms.items() if c != 0}
    return Form(kept, a.constant + sign * b.constant, a.tags | b.tags)


def scaled(a: Form, factor: float, tags: Tags = NONE) -> Form:
    """`factor a`."""
    if factor == 0:
        return Form({}, 0.0, a.tags | tags)
    return Form({key: c * factor for key, c in a.terms.items()}, a.constant * factor, a.tags | tags)


def multiplied(a: Form, b: Form, node: int) -> Form:
    """`a b`."""
    if b.is_number:
        return scaled(a, b.constant, b.tags)
    if a.is_number:
        return scaled(b, a.constant, a.tags)
    factor = _proportion(a, b)
    if factor is not None:
        return scaled(squared(a, node), factor)
    for x, y in ((a, b), (b, a)):
        quotient = _only(x, "quotient")
        if quotient is not None:
            top, bottom = quotient[0].inner
            return scaled(divided(multiplied(top, y, node), bottom, node), quotient[1], a.tags | b.tags)
    (a, c), (b, d) = _unit(a), _unit(b)
    return scaled(term(Function("product", (a, b), node=node), a.tags | b.tags), c * d)


def divided(a: Form, b: Form, node: int) -> Form:
    """`a / b`."""
    if b.is_number:
        return scaled(a, 1 / b.constant, b.tags) if b.constant else term(Function("other", (a, b), node=node), a.tags)
    quotient = _only(a, "quotient")
    if quotient is not None:
        top, bottom = quotient[0].inner
        inner = (top, multiplied(bottom, b, node))
        return scaled(term(Function("quotient", inner, node=node), a.tags | b.tags), quotient[1])
    (a, c), (b, d) = _unit(a), _unit(b)
    return scaled(term(Function("quotient", (a, b), node=node), a.tags | b.tags), c / d)


def squared(a: Form, node: int) -> Form:
    """`a^2`; the square of a root is what is under it."""
    if a.is_number:
        return number(a.constant**2, *a.tags)
    one = a.single()
    if one is None:
        return term(Function("square", (a,), node=node), a.tags)
    inner, factor = one
    if isinstance(inner, Function) and inner.name == "root":
        return scaled(inner.inner[0], factor**2, a.tags)
    return Form({Function("square", (term(inner),), node=node): factor**2}, 0.0, a.tags)


def rooted(a: Form, node: int) -> Form:
    """The square root."""
    if a.is_number:
        return number(a.constant**0.5 if a.constant >= 0 else float("nan"), *a.tags)
    return term(Function("root", (a,), node=node), a.tags)


def raised(a: Form, power: float, node: int) -> Form:
    """`a^power` for a power that is a number."""
    if a.is_number:
        with_sign = a.constant > 0 or power == int(power)
        return number(a.constant**power if with_sign and (a.constant or power > 0) else float("nan"), *a.tags)
    if power == 2:
        return squared(a, node)
    if power == 1:
        return a
    if power == 0.5:
        return rooted(a, node)
    if power < 0:
        return divided(number(1.0), raised(a, -power, node), node)
    return term(Function("power", (a,), power, node), a.tags)


def sized(a: Form, node: int) -> Form:
    """`|a|`."""
    if a.is_number:
        return number(abs(a.constant), *a.tags)
    one = a.single()
    inner, factor = (term(one[0]), abs(one[1])) if one else (a, 1.0)
    return Form({Function("abs", (inner,), node=node): factor}, 0.0, a.tags)


def signed(a: Form, node: int) -> Form:
    """`sign(a)`."""
    if a.is_number:
        return number((a.constant > 0) - (a.constant < 0), *a.tags)
    one = a.single()
    inner, factor = (term(one[0]), 1.0 if one[1] > 0 else -1.0) if one else (a, 1.0)
    return Form({Function("sign", (inner,), node=node): factor}, 0.0, a.tags)


def other(inner: tuple[Form, ...], node: int) -> Form:
    """A function that has no name here."""
    tags = frozenset[str]().union(*(f.tags for f in inner))
    return term(Function("other", inner, node=node), tags)


def _only(a: Form, name: str) -> tuple[Function, float] | None:
    one = a.single()
    return (one[0], one[1]) if one and isinstance(one[0], Function) and one[0].name == name else None


def _unit(a: Form) -> tuple[Form, float]:
    """A sum of one term as that term and its factor."""
    one = a.single()
    return (Form({one[0]: 1.0}, 0.0, a.tags), one[1]) if one else (a, 1.0)


def _proportion(a: Form, b: Form) -> float | None:
    """`b / a` where the two are the same sum times a number."""
    if a.constant or b.constant or a.terms.keys() != b.terms.keys():
        return None
    ratios = [b.terms[key] / c for key, c in a.terms.items()]
    return ratios[0] if max(ratios) - min(ratios) <= 1e-9 * abs(ratios[0]) else None
