"""What can stand in a place of the reverse sweep: the variants of all mistakes, on the values of the recorded steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.findings import Severity
from backproof.gradcheck.matching import proportional
from backproof.gradcheck.mistakes import MISTAKES, overrides
from backproof.gradcheck.mistakes._mistake import Array, At, Backward, Override, Times, Variant

_KINK = 0.01  # cost of what is no mistake
_SAME = 1e-9  # two formulas that differ by less, relative, are one
_LARGE = 300_000  # elements, beyond which it is cheaper to try all options than to compare them first


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """One variant of one mistake, at all sites of a layer in all steps.

    `values` holds by step what is put in place, by the index of the site's node (a prediction, a z, an a, a parameter,
    a product).
    """

    rule: str
    at: At
    variant: Variant
    values: tuple[Mapping[int, Any], ...]
    text: str

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same mistake in another layer."""
        return self.rule, self.variant.detail

    @property
    def severity(self) -> Severity:
        """That of the variant, else that of the mistake."""
        return self.variant.severity or MISTAKES[self.rule].severity

    @property
    def cost(self) -> float:
        """One mistake; a little less for what may well be meant so, a little more for what is hardly ever seen."""
        if self.variant.kink:
            return _KINK
        return 0.9 if self.severity is Severity.NOTE else 1.04 if self.variant.rare else 1.0


Sites = Iterator[tuple[int, Any]]  # the index under which the replacement goes, and the site


def collect(at: At, steps: Sequence[Callable[[], Sites]]) -> list[Option]:
    """The options that every site of every step has."""
    found: dict[tuple[int, str], list[dict[int, Any]]] = {}
    kept: dict[tuple[int, str], tuple[Override, Variant]] = {}
    count = 0
    for t, sites in enumerate(steps):
        for index, site in sites():
            count += 1
            for number, override in enumerate(overrides(at)):
                for variant in _variants(override, site):
                    key = (number, variant.detail)
                    kept.setdefault(key, (override, variant))
                    found.setdefault(key, [{} for _ in steps])[t][index] = variant.replace
    complete = [key for key, tables in found.items() if sum(map(len, tables)) == count]
    return [_option(at, *kept[key], tuple(found[key])) for key in complete]


def _variants(override: Override, site: Any) -> list[Variant]:
    with np.errstate(all="ignore"):
        return list(override.variants(site))


def _option(at: At, override: Override, variant: Variant, values: tuple[Mapping[int, Any], ...]) -> Option:
    text = variant.says or override.says.format(detail=variant.detail)
    return Option(override.rule, at, variant, values, text)


def distinct(options: list[Option], truth: Sequence[Mapping[int, Array]]) -> list[Option]:
    """Without those that are the truth times a constant, not finite, or the same as one before on these data."""
    right = _joined(truth)
    if right is not None and right.size > _LARGE:
        return options
    kept: list[tuple[Option, Array | None]] = []
    for option in options:
        values = None if option.variant.signed else _joined(option.values)
        if values is None:
            kept.append((option, None))
        elif (
            (option.at is At.LINK or np.any(values))
            and _useful(values, right)
            and not any(_equal(values, v) for _, v in kept)
        ):
            kept.append((option, values))
    return [option for option, _ in kept]


def _useful(values: Array, right: Array | None) -> bool:
    if not np.all(np.isfinite(values)):
        return False
    return right is None or values.size != right.size or not proportional(values, right, _SAME)


def _equal(values: Array, others: Array | None) -> bool:
    if others is None or values.size != others.size or not np.allclose(values[:16], others[:16], rtol=_SAME, atol=0):
        return False
    return bool(np.allclose(values, others, rtol=_SAME, atol=0))


def _joined(tables: Sequence[Mapping[int, Any]]) -> Array | None:
    """All values in one axis, ordered by step and index; None if some are functions."""
    values = [table[index] for table in tables for index in sorted(table)]
    if not values or any(callable(value) and not isinstance(value, Times) for value in values):
        return None
    return np.concatenate([_array(value).ravel() for value in values])


def _array(value: Any) -> Array:
    return np.asarray(value.values() if isinstance(value, Times) else value, dtype=float)


def backwards(option: Option | None, step: int) -> Mapping[int, Backward] | None:
    """The functions of an activation option in one step; None for what belongs there."""
    return None if option is None else option.values[step]
