"""Which mistake turns the true gradient into the one that was given, judged from the numbers alone.

Nothing is known here of how the gradient was computed, so only what shows in the numbers is named: a factor, a sign, a
transposition, a missing part. (`explain.py` has the search for programs whose forward pass is known.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from backproof.gradcheck.compare import SURE, WRONG, Comparison
from backproof.gradcheck.result import NamedRelation
from backproof.gradcheck.steps import Explanation

UNEXPLAINED = "unexplained-wrong-gradient"
OF_A_GRADIENT = {"parameter-never-updated": "its gradient is 0 everywhere, although the loss depends on it"}
WHOLE = 64  # denominators and numerators of a factor that is told as a fraction
NEAR = 1e-6  # relative, of a factor to the fraction or size that it is taken for


def named(comparisons: Sequence[Comparison], sizes: Mapping[str, int]) -> tuple[NamedRelation, ...]:
    """The relations that explain every wrong parameter, or `unexplained-wrong-gradient` for those left."""
    wrong = [each for each in comparisons if (each.codes == WRONG).any()]
    if not wrong:
        return ()
    factors = {each.parameter.name: factor(each) for each in comparisons}
    told = [value for value in factors.values() if value is not None]
    judged = [each for each in comparisons if len(each.indices) and np.any(each.numeric)]
    alone = sum(len(each.indices) for each in comparisons) == 1  # every number is a multiple of another
    if alone and not (told and _is_usual(told[0], sizes)):
        return tuple(_one(each, None, sizes) for each in wrong)
    if len(told) == len(judged) > 0 and all(np.isclose(value, told[0], rtol=NEAR, atol=0) for value in told):
        return (_scaled(told[0], tuple(each.parameter.name for each in judged), sizes, everywhere=True),)
    found = [_one(each, factors[each.parameter.name], sizes) for each in wrong]
    return tuple(sorted(found, key=lambda relation: relation.rule == UNEXPLAINED))


def from_explanations(explanations: Sequence[Explanation]) -> tuple[NamedRelation, ...]:
    """The mistakes of the cheapest explanation; those of others that explain it equally are told with it."""
    if not explanations:
        return ()
    best, *others = explanations
    found = tuple(
        NamedRelation(each.rule, OF_A_GRADIENT.get(each.rule, each.says), each.parameters) for each in best.mistakes
    )
    if others and found:
        also = "; or equally: " + " / ".join(" and ".join(m.rule for m in other.mistakes) for other in others)
        found = (replace(found[0], says=found[0].says + also), *found[1:])
    return found


def is_of_all(relations: Sequence[NamedRelation], names: Sequence[str]) -> bool:
    """Whether one factor, or the sign, is wrong everywhere: no layer has a mistake of its own."""
    one = len(relations) == 1 and relations[0].rule != UNEXPLAINED
    return one and set(names) <= set(relations[0].parameters)


def factor(comparison: Comparison) -> float | None:
    """C where given = c x numeric within the bounds; None where there is no such number."""
    numeric, given = comparison.numeric, comparison.given
    usable = np.isfinite(numeric) & np.isfinite(given)
    if not usable.all() or not np.any(numeric) or not np.any(given):
        return None
    weights = 1 / np.square(np.maximum(comparison.bound, 1e-300 + 1e-12 * np.abs(numeric).max()))
    c = float(np.sum(weights * given * numeric) / np.sum(weights * numeric * numeric))
    off = np.abs(given - c * numeric)
    return c if (off <= SURE * max(1.0, abs(c)) * comparison.bound + NEAR * np.abs(given)).all() else None


def in_words(c: float, sizes: Mapping[str, int]) -> str:
    """A factor, and what in the program has that size."""
    for times, prefix in ((1, ""), (2, "2 x ")):
        for name, size in sizes.items():
            for value, words in ((size, f"the number of {name}"), (1 / size, f"1 / the number of {name}")):
                if size > 1 and np.isclose(abs(c), times * value, rtol=NEAR, atol=0):
                    return f"{c:.6g} ({prefix}{words}, {size})"
        if np.isclose(abs(c), (2, 0.5), rtol=NEAR, atol=0).any():
            break
    near = Fraction(c).limit_denominator(WHOLE)
    if near and near.denominator > 1 and np.isclose(c, float(near), rtol=NEAR, atol=0):
        return f"{near}"
    return f"{c:.6g}"


def _is_usual(c: float, sizes: Mapping[str, int]) -> bool:
    """Whether a factor is one that is met in practice: a sign, a 2 that is lost or too many, the size of something."""
    usual = [1.0, 2.0, *(float(size) for size in sizes.values())]
    return any(np.isclose(abs(c), value, rtol=NEAR, atol=0) for each in usual for value in (each, 1 / each))


def _scaled(c: float, names: tuple[str, ...], sizes: Mapping[str, int], *, everywhere: bool) -> NamedRelation:
    whose = "every parameter" if everywhere else " and ".join(names)
    if np.isclose(c, -1, rtol=NEAR, atol=0):
        return NamedRelation("wrong-sign-update", f"the gradient of {whose} has the opposite sign", names)
    return NamedRelation(
        "constant-factor-only",
        f"the gradient of {whose} is {in_words(c, sizes)} times the true one: its direction is right, its size is not",
        names,
    )


def _one(comparison: Comparison, c: float | None, sizes: Mapping[str, int]) -> NamedRelation:
    """What is wrong with one parameter on its own."""
    name, shape = comparison.parameter.name, comparison.parameter.shape
    if not np.isfinite(comparison.given).all():
        bad = int((~np.isfinite(comparison.given)).sum())
        return NamedRelation(UNEXPLAINED, f"{bad} elements of the gradient of {name} are NaN or infinite", (name,))
    if not np.any(comparison.given):
        return NamedRelation(
            UNEXPLAINED, f"the gradient of {name} is 0 everywhere, the true one is not: it never arrives", (name,)
        )
    if c is not None:
        return _scaled(c, (name,), sizes, everywhere=False)
    if _is_transposed(comparison, shape):
        return NamedRelation("transposed-gradient", f"the gradient of {name} is that of its transpose", (name,))
    return NamedRelation(UNEXPLAINED, f"the gradient of {name}: {_likeness(comparison)}", (name,))


def _is_transposed(comparison: Comparison, shape: tuple[int, ...]) -> bool:
    if len(shape) != 2 or len(comparison.indices) != shape[0] * shape[1]:
        return False
    given = comparison.given.reshape(shape)
    turned = comparison.numeric.reshape(shape)
    for candidate in (given.T, given.reshape(shape[::-1]).T):  # of a square one; of one that was reshaped to fit
        if candidate.shape == shape and (np.abs(candidate - turned) <= SURE * comparison.bound.reshape(shape)).all():
            return True
    return False


def _likeness(comparison: Comparison) -> str:
    """Direction and size against the truth, and where it differs."""
    given, numeric = comparison.given, comparison.numeric
    norms = float(np.linalg.norm(given)), float(np.linalg.norm(numeric))
    wrong = int((comparison.codes == WRONG).sum())
    words = f"{wrong} of {len(given)} compared elements are wrong"
    if norms[0] == 0 or norms[1] == 0:
        return words
    cosine = float(given @ numeric) / (norms[0] * norms[1])
    return f"{words}; cosine {cosine:.4f} to the true one, {norms[0] / norms[1]:.4g} times its size"
