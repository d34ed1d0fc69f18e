"""The rules on rates and dynamics on made-up numbers: each on either side of its thresholds, and told from its kin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from backproof.doctor import diagnose
from backproof.observations import Quantity, Structure
from tests.rules.synthetic import HANGS, LEARNS, STUCK, Series, deltas, layers, run_of, slopes, trials, unexplained

Q = Quantity
DEEP = layers(*["relu"] * 5, "linear")
NET = layers("tanh", "linear")
ONE = layers("linear")
SHORT = {(Q.STEP_CURVATURE, "loss"): [1e-4, 1e-4], (Q.RATE_RAISED, "trial"): [100.0]}
USUAL = {(Q.STEP_CURVATURE, "loss"): [0.3, 0.5]}
SWING = {(Q.LOSS_SWING, "loss"): [1.8]}
CALM = {(Q.LOSS_SWING, "loss"): [1.01]}
EQUAL = {(Q.EQUAL_UNITS, "a_1"): [1.0, 1, 1]}
LARGE = {(Q.INIT_SCALE, "a_1"): [20.0], (Q.INIT_SCALE, "a_2"): [1.0]}
SMALL = {(Q.INIT_SCALE, "a_1"): [0.01], (Q.INIT_SCALE, "a_2"): [1.0]}
FLAT = {(Q.SATURATED_UNITS, "a_1"): [1.0, 1, 1]}
GROWS = deltas(5.0, 1.2, 0.3, 0.09, 0.02, 0.01)
DECAY = {(Q.DECAY, "w_1"): [0.5]}


def longer(as_is: float, changed: float) -> Series:
    return trials(Q.TRIAL_LONGER, [as_is], [changed])


def at(where: str, quantity: Quantity, as_is: float, changed: Sequence[float]) -> Series:
    """An experiment in a place of its own."""
    return {(Q.TRIAL_AS_IS, where): [as_is], (quantity, where): changed}


def held_out(*shares: float) -> Series:
    return {(Q.HELD_OUT, "held-out data"): shares}


CASES: Mapping[str, Sequence[tuple[str, str | None, Series, Structure | None]]] = {
    "too-few-iterations": [
        ("goes on learning", "warning", {**HANGS, **longer(0.5, 0.02)}, None),
        ("goes on learning, less was left", "warning", {**unexplained(1, 0.4, 0.3), **longer(0.3, 0.02)}, None),
        ("stands still when carried on", None, {**HANGS, **longer(0.5, 0.49)}, None),
        ("has learnt enough", None, {**unexplained(1, 0.2, 0.08), **longer(0.08, 0.01)}, None),
        ("the rate is to blame", None,
         {**HANGS, **longer(0.5, 0.2), **at("trial 2", Q.TRIAL_RAISED_RATE, 0.5, [0.01])}, None),
        ("a raised rate does no better", "warning",
         {**HANGS, **longer(0.5, 0.2), **at("trial 2", Q.TRIAL_RAISED_RATE, 0.5, [0.6])}, None),
    ],
    "learning-rate-too-low": [
        ("short steps, a raised rate learns", "error",
         {**STUCK, **SHORT, **trials(Q.TRIAL_RAISED_RATE, [0.99], [0.02])}, None),
        ("short steps, a raised rate does no better", None,
         {**STUCK, **SHORT, **trials(Q.TRIAL_RAISED_RATE, [0.99], [0.9])}, None),
        ("steps of the usual length", None, {**STUCK, **USUAL, **trials(Q.TRIAL_RAISED_RATE, [0.99], [0.02])}, None),
        ("short steps that got there", None, {**LEARNS, **SHORT, **trials(Q.TRIAL_RAISED_RATE, [0.99], [0.02])}, None),
    ],
    "zero-initialisation": [
        ("equal for ever, nothing learnt", "error", {**EQUAL, **STUCK}, NET),
        ("equal, and other weights learn", "error",
         {**EQUAL, **HANGS, **trials(Q.TRIAL_RESTARTED, [0.5], [0.02])}, NET),
        ("equal, other weights do no better", None,
         {**EQUAL, **HANGS, **trials(Q.TRIAL_RESTARTED, [0.5], [0.48])}, NET),
        ("equal at the start only", None, {(Q.EQUAL_UNITS, "a_1"): [1.0, 0, 0], **STUCK}, NET),
        ("equal, and it fits", None, {**EQUAL, **LEARNS}, NET),
        ("one layer", None, {**EQUAL, **STUCK}, ONE),
        ("all differ", None, {(Q.EQUAL_UNITS, "a_1"): [0.0, 0, 0], **STUCK}, NET),
    ],
    "init-too-large": [
        ("scaled down it learns", "error", {**LARGE, **STUCK, **trials(Q.TRIAL_RESCALED, [1.0], [0.02])}, NET),
        ("scaled down it learns, less was left", "warning",
         {**LARGE, **unexplained(1, 0.3, 0.3), **trials(Q.TRIAL_RESCALED, [0.3], [0.02])}, NET),
        ("flat from the start, scaled down it does better", "warning",
         {**LARGE, **FLAT, **unexplained(1, 0.3, 0.3), **trials(Q.TRIAL_RESCALED, [0.3], [0.2])}, NET),
        ("scaled down it does no better", None, {**LARGE, **STUCK, **trials(Q.TRIAL_RESCALED, [1.0], [0.9])}, NET),
        ("it fits", None, {**LARGE, **LEARNS, **trials(Q.TRIAL_RESCALED, [1.0], [0.02])}, NET),
        ("small ones", None, {**SMALL, **STUCK, **trials(Q.TRIAL_RESCALED, [1.0], [0.02])}, NET),
    ],
    "init-too-small": [
        ("scaled up it learns", "error", {**SMALL, **STUCK, **trials(Q.TRIAL_RESCALED, [1.0], [0.02])}, NET),
        ("scaled up it does no better", None, {**SMALL, **STUCK, **trials(Q.TRIAL_RESCALED, [1.0], [0.9])}, NET),
        ("it fits", None, {**SMALL, **LEARNS, **trials(Q.TRIAL_RESCALED, [1.0], [0.02])}, NET),
        ("zeros are another ailment", None,
         {(Q.INIT_SCALE, "a_1"): [0.0], **STUCK, **trials(Q.TRIAL_RESCALED, [1.0], [0.02])}, NET),
        ("large ones", None, {**LARGE, **STUCK, **trials(Q.TRIAL_RESCALED, [1.0], [0.02])}, NET),
    ],
    "saturated-units": [
        ("all of a layer, nothing learnt", "error", {**FLAT, **STUCK}, NET),
        ("most of a layer, it hangs", "warning", {(Q.SATURATED_UNITS, "a_1"): [0.6, 0.6], **HANGS}, NET),
        ("it fits", None, {**FLAT, **LEARNS}, NET),
        ("one odd window", None, {(Q.SATURATED_UNITS, "a_1"): [0.0, 0, 1], **STUCK}, NET),
        ("it goes on when carried on", None, {**FLAT, **STUCK, **longer(1.0, 0.02)}, NET),
    ],
    "exploding-gradients": [
        ("a factor of 3 a layer, nothing learnt", "error", {**GROWS, **STUCK}, DEEP),
        ("it ends as NaN", "error", {**GROWS, **unexplained(1, 1e9, np.nan)}, DEEP),
        ("it learns", None, {**GROWS, **LEARNS}, DEEP),
        ("alike in all layers", None, {**deltas(*[0.1] * 6), **STUCK}, DEEP),
        ("two hidden layers", None, {**deltas(9.0, 0.01, 0.01), **STUCK}, layers("relu", "relu", "linear")),
    ],
    "loss-oscillates": [
        ("a tenth of the rate settles", "warning",
         {**SWING, **HANGS, **trials(Q.TRIAL_TENTH_RATE, [0.5], [0.02])}, None),
        ("a tenth of the rate does no better", None,
         {**SWING, **HANGS, **trials(Q.TRIAL_TENTH_RATE, [0.5], [0.4])}, None),
        ("it does not swing", None, {**CALM, **HANGS, **trials(Q.TRIAL_TENTH_RATE, [0.5], [0.02])}, None),
        ("it swings and fits", None, {**SWING, **LEARNS, **trials(Q.TRIAL_TENTH_RATE, [0.5], [0.02])}, None),
        ("the whole step goes uphill, a tenth down", "warning",
         {**CALM, **HANGS, (Q.BATCH_LOSS_CHANGE, "loss"): [0.1], (Q.BATCH_LOSS_CHANGE_TENTH, "loss"): [-0.1],
          **trials(Q.TRIAL_TENTH_RATE, [0.5], [0.02])}, None),
    ],
    "overfitting": [
        ("rises on other data", "warning", {**LEARNS, **held_out(1, 0.5, 0.7, 0.9)}, None),
        ("falls on other data too", None, {**LEARNS, **held_out(1, 0.5, 0.2, 0.15)}, None),
        ("a gap that does not widen", None, {**LEARNS, **held_out(1, 0.5, 0.41, 0.4)}, None),
        ("rises a little, near zero", None, {**LEARNS, **held_out(1, 0.05, 0.03, 0.06)}, None),
        ("rises on both", None, {**unexplained(1, 0.3, 0.3, 0.8), **held_out(1, 0.4, 0.5, 0.9)}, None),
    ],
    "model-too-small": [
        ("more units do it", "warning", {**HANGS, **at("kept back", Q.TRIAL_LARGER, 0.5, [0.02])}, NET),
        ("more units do no better", None, {**HANGS, **at("kept back", Q.TRIAL_LARGER, 0.5, [0.45])}, NET),
        ("more time does it", None,
         {**HANGS, **at("kept back", Q.TRIAL_LARGER, 0.5, [0.02]), **longer(0.5, 0.1)}, NET),
        ("another start does it", None,
         {**HANGS, **at("kept back", Q.TRIAL_LARGER, 0.5, [0.02]), **trials(Q.TRIAL_RESTARTED, [0.5], [0.1])}, NET),
        ("well trained it fits as it is", None, {**HANGS, **at("kept back", Q.TRIAL_LARGER, 0.02, [0.001])}, NET),
    ],
    "regularisation-too-strong": [
        ("without it, far better", "error",
         {**DECAY, **STUCK, **at("kept back", Q.TRIAL_WITHOUT_DECAY, 1.0, [0.02])}, NET),
        ("without it, better, less was left", "warning",
         {**DECAY, **unexplained(1, 0.3, 0.3), **at("kept back", Q.TRIAL_WITHOUT_DECAY, 0.3, [0.02])}, NET),
        ("without it, no better", None, {**DECAY, **STUCK, **at("kept back", Q.TRIAL_WITHOUT_DECAY, 1.0, [0.9])}, NET),
        ("there is none", None, {(Q.DECAY, "w_1"): [0.0], **STUCK}, NET),
        ("it fits", None, {**DECAY, **LEARNS, **at("kept back", Q.TRIAL_WITHOUT_DECAY, 1.0, [0.02])}, NET),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "case"),
    [pytest.param(rule, case, id=f"{rule}: {case[0]}") for rule, cases in CASES.items() for case in cases],
)
def test_says_what_it_should(rule: str, case: tuple[str, str | None, Series, Structure | None]) -> None:
    _, severity, series, structure = case
    diagnosis = diagnose(run_of(series, structure), select=[rule])
    assert not [s for s in diagnosis.skipped if "fault" in s.because]
    assert [str(finding.severity) for finding in diagnosis.findings] == ([severity] if severity else [])
    assert all(any(character.isdigit() for character in finding.message) for finding in diagnosis.findings)


# Six ailments and one health with small gradients: what tells each from the others is one number.
SMALL_GRADIENT = {(Q.RELATIVE_GRADIENT, "parameters"): [1.0, 0.1, 1e-3], **SHORT}
NOTHING_HELPS = {
    **at("carried on", Q.TRIAL_LONGER, 1.0, [1.0]),
    **at("trial", Q.TRIAL_RESTARTED, 1.0, [1.0, 1, 1]),
    (Q.TRIAL_RAISED_RATE, "trial"): [1.0],
    (Q.SATURATED_UNITS, "a_1"): [0.0, 0, 0],
}
VANISHED = {**deltas(1e-9, 4e-9, 1.6e-8, 6e-8, 2.5e-7, 1e-6, 4e-6, 1.7e-5), **slopes(8, 0.24)}
KIN = ("converged", "vanishing-gradients", "plateau", "saturated-units", "too-few-iterations", "learning-rate-too-low")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, []),
        (LEARNS, ["converged"]),
        (VANISHED, ["vanishing-gradients"]),
        ({(Q.TRIAL_RESTARTED, "trial"): [0.02, 1, 1]}, ["plateau"]),
        (FLAT, ["saturated-units"]),
        (at("carried on", Q.TRIAL_LONGER, 1.0, [0.02]), ["too-few-iterations"]),
        ({(Q.TRIAL_RAISED_RATE, "trial"): [0.02]}, ["learning-rate-too-low"]),
        ({(Q.TRIAL_RAISED_RATE, "trial"): [0.02], **at("carried on", Q.TRIAL_LONGER, 1.0, [0.02])},
         ["learning-rate-too-low"]),
    ],
)  # fmt: skip
def test_small_gradients_are_told_apart(change: Series, told: list[str]) -> None:
    structure = layers(*["sigmoid"] * 7, "linear")
    run = run_of({**STUCK, **SMALL_GRADIENT, **NOTHING_HELPS, **change}, structure)
    assert [finding.rule for finding in diagnose(run, select=KIN).findings] == told


@pytest.mark.parametrize(
    ("rule", "series"),
    [
        ("too-few-iterations", HANGS),
        ("learning-rate-too-low", {**STUCK, **SHORT}),
        ("init-too-large", {**LARGE, **STUCK}),
        ("loss-oscillates", {**SWING, **HANGS}),
        ("overfitting", LEARNS),
        ("model-too-small", HANGS),
        ("regularisation-too-strong", {**DECAY, **STUCK}),
    ],
)
def test_says_that_it_could_not_look(rule: str, series: Series) -> None:
    diagnosis = diagnose(run_of(series, NET), select=[rule])
    assert [skipped.rule for skipped in diagnosis.skipped] == [rule]
    assert diagnosis.findings == ()
