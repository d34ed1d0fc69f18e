"""Step sizes that differ between parameters: the fewest wrong signs and factors that account for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from backproof.gradcheck.matching import Group, informative
from backproof.gradcheck.mistakes import overrides
from backproof.gradcheck.mistakes._mistake import At, ScaleSite, Variant
from backproof.gradcheck.steps import RecordedStep

_EQUAL = 1e-6  # step sizes that differ by less, relative, are one (in single precision: 10 times the tolerance)
_EXTREME = 1e6  # a factor beyond is no factor: the gradient that is scaled has no digits
_ODD = 0.2  # on top, for a factor that nobody would write
_AGAIN = 0.1
_HOPELESS = 2.5

Scales = Sequence[tuple[Group, float]]


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """One factor, and the parameters that have it."""

    value: float
    groups: tuple[Group, ...]
    chain: bool = False
    everything: bool = False
    credible: bool = True  # else it is a number that fits, and nothing more


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """One way to account for all step sizes: the one that is right, and the factors on the others."""

    cost: float
    step_size: float
    factors: tuple[Factor, ...]


class Accounts:
    """Finds the cheapest way to account for step sizes."""

    def __init__(self, steps: Sequence[RecordedStep], tolerance: float) -> None:
        """Remember what makes a factor plausible."""
        self.tolerance = tolerance
        self.equal = max(_EQUAL, 10 * tolerance)
        self.samples = samples_of(steps[0])

    def best(self, scales: Sequence[tuple[Group, float | None]]) -> Account:
        """The cheapest account; those with the right sign, and weights as the reference, first."""
        known = [(group, scale) for group, scale in scales if scale]
        if not known:
            return Account(0.0, 0.0, ())
        bases = list(dict.fromkeys(scale for _, scale in sorted(known, key=lambda pair: pair[0].bias)))
        accounts = [make(known, base) for base in bases for make in (self._apart, self._along_the_chain)]
        return min(accounts, key=lambda account: account.cost)

    def _apart(self, scales: Scales, base: float) -> Account:
        """Every parameter with another factor has it for itself, or shares it with all of its kind."""
        clusters: list[tuple[float, bool, list[Group]]] = []
        for group, scale in scales:
            factor = scale / base
            if self._one(factor):
                continue
            for value, bias, members in clusters:
                if bias == group.bias and self._one(factor / value):
                    members.append(group)
                    break
            else:
                clusters.append((factor, group.bias, [group]))
        return self._account(scales, base, [self._factor(value, members) for value, _, members in clusters])

    def _along_the_chain(self, scales: Scales, base: float) -> Account:
        """Factors are in delta, and so in all layers below."""
        factors: list[Factor] = []
        reference = base
        for number in sorted({group.layer for group, _ in scales}, reverse=True):
            here = sorted(((g, s) for g, s in scales if g.layer == number), key=lambda pair: pair[0].bias)
            if not any(self._one(scale / reference) for _, scale in here):
                factors.append(self._factor(here[0][1] / reference, [group for group, _ in here], chain=True))
                reference = here[0][1]
            factors += [self._factor(s / reference, [group]) for group, s in here if not self._one(s / reference)]
        return self._account(scales, base, factors)

    def _factor(self, value: float, groups: Sequence[Group], *, chain: bool = False) -> Factor:
        sure = any(informative(group.updates, self.tolerance) for group in groups)
        credible = 1 / _EXTREME < abs(value) < _EXTREME and (sure or self._is_plain(value))
        return Factor(value, tuple(groups), chain=chain, credible=credible)

    def _account(self, scales: Scales, base: float, factors: list[Factor]) -> Account:
        if base < 0:
            factors = [Factor(-1.0, tuple(group for group, _ in scales), everything=True), *factors]
        cost, seen = 0.0, list[float]()
        for factor in factors:
            again = any(self._one(factor.value / value) for value in seen)
            cost += _AGAIN if again else self._cost(factor)
            cost += _AGAIN * (len(factor.groups) - 1) * (not factor.chain and not factor.everything)
            cost += 0.001 * sum(not group.bias for group in factor.groups) * (not factor.everything)
            if not factor.everything:
                seen.append(factor.value)
        return Account(cost, abs(base), tuple(factors))

    def _cost(self, factor: Factor) -> float:
        if not factor.credible:
            return _HOPELESS
        return 1.0 if self._is_plain(factor.value) else 1.0 + _ODD

    def _is_plain(self, value: float) -> bool:
        """Whether it is a sign, a power of two or ten, or has to do with the number of samples."""
        plain = [2.0**k for k in range(-3, 4)] + [10.0**k for k in range(-3, 4)]
        plain += [n * k for n in self.samples for k in (0.5, 1.0, 2.0)] + [
            k / n for n in self.samples for k in (0.5, 1, 2)
        ]
        return any(self._one(abs(value) / each) for each in plain)

    def _one(self, value: float) -> bool:
        return abs(value - 1) <= self.equal


def samples_of(step: RecordedStep) -> tuple[int, ...]:
    """What may be the number of samples of a step: the lengths of the predictions, and how many there are.

    Two are left out: a factor of two has many reasons.
    """
    lengths = {len(step.predictions), *(n for prediction in step.predictions for n in prediction.shape)}
    lengths |= {int(np.sum([prediction.size for prediction in step.predictions]))}
    return tuple(sorted(n for n in lengths if n > 2))


def name_of(factor: Factor, samples: tuple[int, ...]) -> tuple[str, Variant]:
    """The rule of a factor and its words."""
    fallback = overrides(At.NOWHERE)[0]
    variant = next(iter(fallback.variants(None)))
    if not factor.credible:
        return fallback.rule, replace(variant, says=fallback.says.format(detail=variant.detail))
    biases = bool(factor.groups) and all(group.bias for group in factor.groups)
    site = ScaleSite(factor.value, biases, factor.everything, factor.chain, samples)
    for override in overrides(At.SCALE):
        for variant in override.variants(site):
            return override.rule, variant
    return fallback.rule, replace(variant, says=fallback.says.format(detail=variant.detail))
