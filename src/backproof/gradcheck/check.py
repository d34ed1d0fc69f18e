"""Is this gradient right? The entry points of the checker."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from backproof.errors import UsageError
from backproof.gradcheck.compare import WRONG, Comparison
from backproof.gradcheck.differences import EPSILON, Estimates
from backproof.gradcheck.directions import AT_ONCE, along_directions, sampled, wrong_elements
from backproof.gradcheck.explain import explain
from backproof.gradcheck.measuring import Measuring
from backproof.gradcheck.programs import program_of
from backproof.gradcheck.programs._program import Program
from backproof.gradcheck.relations import from_explanations, is_of_all, named
from backproof.gradcheck.result import CheckedParameter, GradientCheck, NamedRelation, Verdict

RTOL = 2e-7  # a constant that was rounded to single precision, as in PyTorch's hardsigmoid, is no mistake
NO_SLOPE = "the true gradient is 0 here to within rounding, as at a minimum: check it at another point"
TOO_INEXACT = "the loss is too inexact here, or its slope changes too fast, to decide"
SECONDS = 10.0  # what a check may take if nothing else is asked for
BESIDE = 0.3  # of the scale: how far the points lie at which an explanation is confirmed
RANDOM = 1e3  # roundoffs of the loss: what differs by more from call to call is not rounding


def check_gradient(
    target: Any,
    *inputs: Any,
    rtol: float = RTOL,
    time_limit: float = SECONDS,
    seed: int = 0,
    fast: bool = False,
    progress: Callable[[float], None] | None = None,
    **options: Any,
) -> GradientCheck:
    """Compare a gradient with the numerical one, element by element, each within its own error bound.

    ```python
    check_gradient(loss, params, gradient)   # callables (or the gradient's numbers) over arrays, numbers, dicts, lists
    check_gradient(module, inputs)           # a torch module, an autograd Function or a function of tensors; a JAX
                                             # function; a Keras layer; a network of backproof.nn with inputs, targets
    ```

    Args:
        target: A loss as a callable of one argument, or an object of a framework.
        inputs: `params, gradient` for a loss; what the object is called with otherwise.
        rtol: Differences up to this share of a parameter's largest element count as right, whatever the bound is. The
            default is that of a constant rounded to single precision; with 0 the bounds alone decide.
        time_limit: Seconds. Where all elements take longer, whole parameters are compared along random directions, and
            the wrong ones searched for wrong elements.
        seed: Of everything that is drawn; the same seed repeats the check.
        fast: Compare the whole gradient along a few random directions first, and look closer only where they are off;
            the result says with what probability an error is missed.
        progress: Is called with the share that is done.
        options: Of the kind of target: see its leaf in `gradcheck/programs`.

    Returns:
        The verdict, true if right.

    Raises:
        UsageError: The target cannot be checked as it was given; the message says what to do.
    """
    start = time.perf_counter()
    if not 0 <= rtol < 1:
        raise UsageError(f"rtol must be at least 0 and below 1, not {rtol!r}")
    if not time_limit > 0:
        raise UsageError(f"time_limit must be a number of seconds above 0, not {time_limit!r}")
    program = program_of(target, inputs, options, seed)
    with program.surroundings():
        watch = progress or (lambda share: None)
        end = start + time_limit
        found = check_program(program, rtol=rtol, deadline=end, seed=seed, start=start, progress=watch, fast=fast)
        if program.other is None:
            return found
        second = replace(program, analytic=program.other.analytic, gradient=program.other.gradient, notes=[])
        again = time.perf_counter()
        end = again + time_limit
        other = check_program(second, rtol=rtol, deadline=end, seed=seed, start=again, progress=watch, fast=fast)
        return both_modes(found, other, program.other.names)


def both_modes(one: GradientCheck, other: GradientCheck, names: tuple[str, str]) -> GradientCheck:
    """One result of two that disagree: each parameter in both modes, if one of them is wrong."""
    if "wrong" not in (one.verdict, other.verdict):
        return one
    both = tuple(zip((one, other), names, strict=True))
    rows = tuple(replace(row, name=f"{row.name} ({mode})") for check, mode in both for row in check.parameters)
    relations = [replace(each, says=f"{mode}: {each.says}") for check, mode in both for each in check.named]
    words = f"{names[0]} and {names[1]} disagree: {names[0]} is {one.verdict}, {names[1]} is {other.verdict}"
    verdict, because = _overall(rows)
    return replace(
        one,
        verdict=verdict,
        because=because,
        parameters=rows,
        named=tuple(relations),
        missed=max(one.missed, other.missed),
        notes=(*one.notes, words),
        evaluations=one.evaluations + other.evaluations,
        seconds=one.seconds + other.seconds,
    )


def check_program(
    program: Program,
    *,
    rtol: float,
    deadline: float,
    seed: int,
    start: float,
    progress: Callable[[float], None],
    fast: bool = False,
) -> GradientCheck:
    """Check what a leaf has made of the target."""
    if not len(program.point):
        raise UsageError("there are no parameters to check: nothing in what was given is a floating-point number")
    with np.errstate(all="ignore"):
        first, second = program.loss(program.point), program.loss(program.point)
    if not np.isfinite(first):
        raise UsageError(f"the loss is {first} at the given point: a gradient can be checked only where it is finite")
    if abs(first - second) > RANDOM * max(EPSILON, program.rounding) * max(abs(first), abs(second)):
        return _random_loss(program, first, second, seed, time.perf_counter() - start)
    measuring = Measuring(program, rtol, seed, deadline, progress, fast)
    comparisons, method, missed, notes = _measured(measuring)
    rows = tuple(_row(each) for each in comparisons)
    verdict, because = _overall(rows)
    relations = _explained(measuring, [each for each, _ in comparisons]) if verdict == "wrong" else ()
    return GradientCheck(
        verdict,
        because,
        rows,
        relations,
        method,
        missed,
        (*program.notes, *notes),
        measuring.evaluations,
        time.perf_counter() - start,
        seed,
    )


def _explained(measuring: Measuring, comparisons: Sequence[Comparison]) -> tuple[NamedRelation, ...]:
    """The mistakes that reproduce a wrong gradient, by its numbers alone or by what the forward pass is made of."""
    program = measuring.program
    found, names = named(comparisons, program.sizes), [each.name for each in program.parameters]
    if program.penalty is not None and not is_of_all(found, names):
        parts = zip(comparisons, program.slices(), strict=True)
        apart = named([each.apart_from(program.penalty[part]) for each, part in parts], program.sizes)
        if is_of_all(apart, names):
            return (replace(apart[0], says=f"apart from the penalty, {apart[0].says}"),)
    if program.recorded is None or is_of_all(found, names):
        return found
    points = [program.point]
    if program.gradient is not None:
        generator = np.random.default_rng([measuring.seed, 6])
        away = BESIDE * measuring.scales * generator.standard_normal((2, len(program.point)))
        points += list(program.point + away)
    with np.errstate(all="ignore"):
        given = [program.analytic, *(program.gradient(point) for point in points[1:] if program.gradient is not None)]
        steps = [program.recorded(point, gradient) for point, gradient in zip(points, given, strict=True)]
    known = [each for each in steps if each is not None]
    if len(known) < len(steps):
        return found
    return from_explanations(explain([step for step, _ in known], loss_name=known[0][1])) or found


Judged = tuple[Comparison, Verdict | None]


def _measured(measuring: Measuring) -> tuple[list[Judged], str, float, list[str]]:
    """The comparisons of all parameters, how they were made, and the probability that something was missed."""
    parts = measuring.program.slices()
    if measuring.fast:
        everything = slice(0, len(measuring.program.point))
        sums = along_directions(measuring, everything, measuring.seed, count=AT_ONCE)
        if not sums.right:
            return _by_directions(measuring)
        nothing = np.zeros(0, dtype=np.intp)
        rows: list[Judged] = [(measuring.compare(Estimates.of_size(0), part, nothing), "right") for part in parts]
        return rows, "the whole gradient along random directions", sums.missed, [_missed(sums.missed)]
    found, method = measuring.by_layers(), "every element, through each unit's pre-activation"
    if found is None and measuring.seconds_for_all() <= measuring.deadline - time.perf_counter():
        found, method = measuring.by_complex_step(), "every element, by a complex step"
        if found is None:
            found, done = measuring.one_by_one()
            method = "every element, by extrapolated central differences"
            found = found if done == len(measuring.program.point) else None
    if found is None:
        return _by_directions(measuring)
    comparisons: list[Judged] = []
    for part in measuring.program.slices():
        some = Estimates(found.value[part], found.bound[part])
        comparisons.append((measuring.compare(some, part, np.arange(part.stop - part.start)), None))
    return comparisons, method, 0.0, []


def _by_directions(measuring: Measuring) -> tuple[list[Judged], str, float, list[str]]:
    found: list[Judged] = []
    missed = 0.0
    parts = measuring.program.slices()
    for number, part in enumerate(parts):
        measuring.watch(number / len(parts))
        sums = along_directions(measuring, part, measuring.seed)
        if sums.wrong:
            again = along_directions(measuring, part, measuring.seed + 1)
            sums.wrong = again.wrong
        guilty = wrong_elements(measuring, part, measuring.seed) if sums.wrong else np.zeros(0, dtype=np.intp)
        comparison = sampled(measuring, part, guilty)
        verdict: Verdict = "right"
        if (comparison.codes == WRONG).any():
            verdict = "wrong"
        elif sums.wrong:
            verdict, comparison.because = (
                "undecided",
                "the sum along a direction is off, but no element was found wrong",
            )
        elif sums.blind:
            verdict, comparison.because = "undecided", "the loss is too inexact to see an error along a direction"
        missed = max(missed, min(1.0, 2 * sums.missed))  # what only one of both looks sees is missed as well
        found.append((comparison, verdict))
    method = "whole parameters along random directions, and some elements one by one"
    return found, method, missed, [_missed(missed)]


def _missed(probability: float) -> str:
    return f"an error of 1e-5 of a parameter's gradient is missed with a probability of at most {probability:.1g}"


def _row(judged: Judged) -> CheckedParameter:
    comparison, verdict = judged
    row = comparison.row(verdict)
    if row.because is None and row.verdict == "undecided":
        none = row.numeric is not None and float(np.abs(comparison.numeric).max()) <= float(comparison.bound.max())
        comparison.because = NO_SLOPE if none else TOO_INEXACT
        row = comparison.row(verdict)
    elif row.at_kinks and row.verdict == "right":
        comparison.because = (
            f"{row.at_kinks} elements are at kinks: their values lie between the slopes of the two sides"
        )
        row = comparison.row(verdict)
    return row


def _overall(rows: Sequence[CheckedParameter]) -> tuple[Verdict, str | None]:
    verdicts = {row.verdict for row in rows}
    if "wrong" in verdicts:
        return "wrong", None
    if "undecided" in verdicts:
        reasons = dict.fromkeys(row.because for row in rows if row.verdict == "undecided" and row.because)
        return "undecided", "; ".join(reasons)
    return "right", None


def _random_loss(program: Program, first: float, second: float, seed: int, seconds: float) -> GradientCheck:
    because = (
        f"the loss is random: at the same point it is {first:.9g} and then {second:.9g}. Switch dropout and noise off "
        "(eval()), or draw from a generator that is seeded inside of the function"
    )
    rows = tuple(CheckedParameter(each.name, each.shape, "undecided", because) for each in program.parameters)
    return GradientCheck("undecided", because, rows, (), "nothing was compared", 0.0, (), 2, seconds, seed)
