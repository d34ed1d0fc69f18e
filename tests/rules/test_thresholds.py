"""Each rule on made-up numbers: it says what it should on either side of its threshold, and how loud."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backproof.doctor import diagnose
from backproof.observations import Quantity, Structure
from tests.rules.synthetic import (
    FALLING,
    HANGS,
    LEARNS,
    STUCK,
    Series,
    deltas,
    layers,
    run_of,
    slopes,
    trials,
    unexplained,
)

Q = Quantity
DEEP = layers(*["sigmoid"] * 7, "linear")
VANISHED = {**deltas(1e-9, 4e-9, 1.6e-8, 6e-8, 2.5e-7, 1e-6, 4e-6, 1.7e-5), **slopes(8, 0.24)}
ALIKE = {**deltas(*[1e-3] * 8), **slopes(8, 0.24)}
BARE = layers("sigmoid", "linear", bias=False)
RELU = layers("relu", "relu", "linear")
INPUTS = {(Q.INPUT_MAX, "inputs"): [60.0], (Q.INPUT_STD, "inputs"): [30.0]}
FLAT_START = {(Q.PREACTIVATION_RMS, "a_1"): [50.0, 50], (Q.SATURATED_UNITS, "a_1"): [1.0, 1]}
ZERO = {(Q.DERIVATIVE_COMPUTED, "a_1"): [0.0, 0, 0], (Q.DERIVATIVE_TRUE, "a_1"): [1.9e-22] * 3}
NOISY = unexplained(1, 0.4, 0.4, 0.4)
BURST = {**unexplained(1, 1e20, np.nan), (Q.LOSS, "loss"): [1, 1e20, np.nan]}
FIRM = {(Q.DERIVATIVE_COMPUTED, "a_1"): [0.2, 0.1, 0.1], (Q.DERIVATIVE_TRUE, "a_1"): [0.2, 0.1, 0.1]}
OVERFLOW = {(Q.NON_FINITE, "np.exp (line 7)"): [0, 0, 3], (Q.OVERFLOW_INPUT, "np.exp (line 7)"): [800.0]}
LOG_OF_ZERO = {(Q.NON_FINITE, "log (line 9)"): [0, 3, 3], (Q.UNDEFINED_OPERAND, "log (line 9)"): [0.0]}
PRINTED_NAN = {(Q.NON_FINITE_SHOWN, "log (line 9)"): [1.0]}
LOST = {(Q.NON_FINITE_PARAMETERS, "parameters"): [0, 0.5, 1]}
MISSING = {(Q.NON_FINITE_DATA, "X"): [1], (Q.NON_FINITE_ROW, "X"): [17], (Q.NON_FINITE_COLUMN, "X"): [2]}
UPHILL = {(Q.BATCH_LOSS_CHANGE, "loss"): [0.5] * 9, (Q.BATCH_LOSS_CHANGE_TENTH, "loss"): [-0.1] * 9}
DOWNHILL = {(Q.BATCH_LOSS_CHANGE, "loss"): [-0.1] * 9, (Q.BATCH_LOSS_CHANGE_TENTH, "loss"): [-0.01] * 9}
UPHILL_EITHER_WAY = {**UPHILL, (Q.BATCH_LOSS_CHANGE_TENTH, "loss"): [0.05] * 9}
WHOLE = Structure(samples=6, batch_size=6)
SAMPLED = Structure(samples=500, batch_size=1)


def targets(beyond: float, at_limit: float = 0.0) -> Series:
    return {
        (Q.TARGETS_OUT_OF_RANGE, "predictions"): [beyond],
        (Q.TARGETS_AT_LIMIT, "predictions"): [at_limit],
        (Q.TARGET_MIN, "predictions"): [-1.0],
        (Q.TARGET_MAX, "predictions"): [1.0],
    }


def labels(low: float, high: float, classes: float, collide: float = 0.0) -> Series:
    values = {Q.LABEL_MIN: low, Q.LABEL_MAX: high, Q.CLASSES: classes, Q.LABELS_COLLIDE: collide}
    return {(quantity, "y"): [value] for quantity, value in values.items()}


def underflow(share: float) -> Series:
    return {(Q.GRADIENT_UNDERFLOW, "w_1"): [share], (Q.SMALLEST_NORMAL, "w_1"): [6.1e-5]}


SORTED = {(Q.ORDER_RATIO, "targets"): [0.02]}
LARGE_TARGETS = {(Q.TARGET_MIN, "predictions"): [-20.0], (Q.TARGET_MAX, "predictions"): [900.0]}


def rare(share: float, recall: float, as_is: float, even: float) -> Series:
    shares = {(Q.RARE_SHARE, "targets"): [share], (Q.RARE_RECALL, "targets"): [recall]}
    return {**shares, (Q.TRIAL_RARE_AS_IS, "trial"): [as_is], (Q.TRIAL_RARE_EVEN, "trial"): [even]}


def probes(given: float, before: float) -> Series:
    return {(Q.PROBE_AS_GIVEN, "inputs"): [given], (Q.PROBE_AS_BEFORE, "inputs"): [before]}


LINEAR = layers("linear", "linear")
STOP = {(Q.STOPPED_AFTER, "error < 1 (line 7)"): [3.0]}


def softmax(units: int, entries: int, samples: int) -> Series:
    return {
        (Q.SOFTMAX_UNITS, "p"): [units],
        (Q.SOFTMAX_ENTRIES, "p"): [entries],
        (Q.SOFTMAX_SAMPLES, "p"): [samples],
    }


def dead(*shares: float, layer: str = "a_1") -> Series:
    return {(Q.DEAD_UNITS, layer): shares}


def printed(values: list[float], followed: list[float]) -> Series:
    return {(Q.PRINTED_LOSS, "error"): values, (Q.FOLLOWED_LOSS, "error"): followed}


def gradient(last: float) -> Series:
    return {(Q.RELATIVE_GRADIENT, "parameters"): [1.0, 0.1, last]}


def classes(structure: Structure) -> Structure:
    return replace(structure, task="binary")


def cross_entropy(structure: Structure) -> Structure:
    return replace(structure, loss="binary_cross_entropy")


CASES: dict[str, list[tuple[str, str | None, Series, Structure | None]]] = {
    "vanishing-gradients": [
        ("seven sigmoid layers that learn nothing", "error", {**VANISHED, **STUCK}, DEEP),
        ("the same, but it learns", None, {**VANISHED, **LEARNS}, DEEP),
        ("the same, but it has begun to fall", None, {**VANISHED, **FALLING}, DEEP),
        ("the same, but predictions follow the input", None,
         {**VANISHED, **STUCK, (Q.PREDICTION_SPREAD, "predictions"): [0.4]}, DEEP),
        ("no fall", None, {**ALIKE, **STUCK}, DEEP),
        ("small weights do it, not the activations", None, {**VANISHED, **slopes(8, 0.98), **STUCK}, DEEP),
        ("two hidden layers", None, {**deltas(1e-9, 1e-4, 1e-2), **slopes(3, 0.01), **STUCK},
         layers("sigmoid", "sigmoid", "linear")),
        ("a dead layer is another ailment", None, {**ALIKE, **deltas(*[0.0] * 7, 1e-3), **STUCK}, DEEP),
    ],
    "converged": [
        ("small gradient, good fit", "note", {**gradient(1e-4), **LEARNS}, None),
        ("small gradient, nothing learnt", None, {**gradient(1e-4), **STUCK}, None),
        ("gradient as at first", None, {**gradient(0.8), **LEARNS}, None),
        ("linear regression with noise", "note", {**gradient(1e-6), **unexplained(1, 0.7, 0.7, 0.7)},
         replace(layers("linear"), loss="half_squared_error")),
        ("a sigmoid under squared error is not convex", None, {**gradient(1e-6), **unexplained(1, 0.4, 0.4, 0.4)},
         replace(layers("sigmoid"), loss="half_squared_error")),
        ("noise: three other starts do no better", "note",
         {**gradient(1e-4), **NOISY, **trials(Q.TRIAL_RESTARTED, [0.4], [0.4, 0.39, 0.41])}, None),
        ("one other start proves nothing", None,
         {**gradient(1e-4), **unexplained(1, 0.4, 0.4, 0.4), **trials(Q.TRIAL_RESTARTED, [0.4], [0.4])}, None),
    ],
    "derivative-rounds-to-zero": [
        ("one sample, z = 50", "error", {**ZERO, (Q.LOSS, "loss"): [1.0, 1, 1], **FLAT_START}, layers("sigmoid")),
        ("a layer that is not all saturated", "warning", {**ZERO, **STUCK, (Q.SATURATED_UNITS, "a_1"): [0.5]}, None),
        ("it learns", None, {**ZERO, **LEARNS}, layers("sigmoid")),
        ("nothing rounds", None, {**FIRM, **STUCK}, layers("sigmoid")),
        ("a true zero", None, {**ZERO, **STUCK, (Q.DERIVATIVE_TRUE, "a_1"): [0.0] * 3}, layers("relu")),
        ("cancels under cross-entropy", None, {**ZERO, **STUCK}, cross_entropy(layers("sigmoid"))),
    ],
    "output-range-cannot-reach-target": [
        ("half of the sines are negative", "error", {**targets(0.5), **STUCK}, layers("sigmoid", "sigmoid")),
        ("no outcome known", "error", targets(0.5), layers("sigmoid", "sigmoid")),
        ("an outlier in a good fit", "note", {**targets(0.005), **LEARNS}, layers("sigmoid", "sigmoid")),
        ("tanh with a target of 1.0", "note", {**targets(0, 0.05), **LEARNS}, layers("tanh")),
        ("labels 0 and 1", None, {**targets(0, 1.0), **LEARNS}, layers("tanh", "sigmoid")),
        ("labels, one-hot, task known", None, {**targets(0, 0.9), **LEARNS}, classes(layers("sigmoid"))),
        ("ReLU attains its limit", None, {**targets(0, 0.3), **LEARNS}, layers("relu")),
        ("linear", None, {**targets(0.0), **STUCK}, layers("linear")),
        ("output not recognised, targets out of reach", "error", {**targets(0.2), **STUCK}, None),
    ],
    "missing-bias": [
        ("far better with", "error", {**STUCK, **trials(Q.TRIAL_WITH_BIAS, [0.75], [0.004])}, BARE),
        ("better with, but small", "warning", {**HANGS, **trials(Q.TRIAL_WITH_BIAS, [0.1], [0.001])}, BARE),
        ("no better with", None, {**STUCK, **trials(Q.TRIAL_WITH_BIAS, [0.9], [0.8])}, BARE),
        ("not better by enough", None, {**STUCK, **trials(Q.TRIAL_WITH_BIAS, [0.3], [0.15])}, BARE),
        ("it learns without", None, {**LEARNS, **trials(Q.TRIAL_WITH_BIAS, [0.75], [0.004])}, BARE),
        ("it has them", None, {**STUCK, **trials(Q.TRIAL_WITH_BIAS, [0.75], [0.004])}, layers("sigmoid", "linear")),
        ("not known whether", None, {**STUCK, **trials(Q.TRIAL_WITH_BIAS, [0.75], [0.004])},
         layers("sigmoid", "linear", bias=None)),
        ("a constant input", None, {**STUCK, **trials(Q.TRIAL_WITH_BIAS, [0.75], [0.004])},
         replace(BARE, constant_input=True)),
    ],
    "unscaled-inputs": [
        ("saturated from the start", "error", {**INPUTS, **FLAT_START, **STUCK}, layers("sigmoid")),
        ("saturated, mild", "warning", {**INPUTS, **FLAT_START, **unexplained(1, 0.2, 0.2)}, layers("sigmoid")),
        ("saturated, but it fits", None, {**INPUTS, **FLAT_START, **LEARNS}, layers("sigmoid")),
        ("saturated by its weights", None,
         {**FLAT_START, **STUCK, (Q.INPUT_MAX, "inputs"): [1.0]}, layers("sigmoid")),
        ("saturated, but scaled inputs do no better", None,
         {**INPUTS, **FLAT_START, **STUCK, **trials(Q.TRIAL_STANDARDISED, [1], [0.9])}, layers("sigmoid")),
        ("far better when scaled", "error", {**INPUTS, **STUCK, **trials(Q.TRIAL_STANDARDISED, [1], [0.01])}, None),
        ("unlike scales", "error", {
            (Q.INPUT_MAX, "inputs"): [3.0], (Q.INPUT_SCALE_RATIO, "inputs"): [1000.0], **STUCK,
            **trials(Q.TRIAL_STANDARDISED, [np.nan], [0.01])}, None),
        ("scaled already: not their fault", None, {
            (Q.INPUT_MAX, "inputs"): [3.0], (Q.INPUT_STD, "inputs"): [1.0], **STUCK,
            **trials(Q.TRIAL_STANDARDISED, [1], [0.01])}, None),
        ("far better when scaled, but it learns", None,
         {**INPUTS, **unexplained(1, 0.5, 0.4, 0.25), **trials(Q.TRIAL_STANDARDISED, [0.5], [0.01])}, None),
        ("both burst", None, {**INPUTS, **STUCK, **trials(Q.TRIAL_STANDARDISED, [np.inf], [np.nan])}, None),
        ("large, and no better when scaled", None,
         {**INPUTS, **STUCK, **trials(Q.TRIAL_STANDARDISED, [1], [0.7])}, None),
    ],
    "dead-relu": [
        ("a whole layer", "error", {**dead(1, 1, 1), **STUCK}, RELU),
        ("a whole layer that is bypassed", "warning", {**dead(1, 1, 1), **STUCK}, layers("relu", "linear", skip=True)),
        ("a whole layer, bypassed, it learns", "note", {**dead(1, 1, 1), **LEARNS}, layers("relu", skip=True)),
        ("silent on the samples seen, but it gets a gradient", "warning",
         {**dead(1, 1, 1), **STUCK, (Q.DELTA_RMS, "a_1"): [1e-3]}, RELU),
        ("most of a layer, nothing learnt", "warning", {**dead(0.7, 0.7, 0.7), **HANGS}, RELU),
        ("most of a layer, it falls", None, {**dead(0.7, 0.7, 0.7), **FALLING}, RELU),
        ("most of a layer, it learns", "note", {**dead(0.7, 0.7, 0.7), **LEARNS}, RELU),
        ("some units", None, {**dead(0.3, 0.3, 0.3), **STUCK}, RELU),
        ("one odd window", None, {**dead(0, 0, 1), **STUCK}, RELU),
        ("one window only", None, {**dead(1), **STUCK}, RELU),
    ],
    "plateau": [
        ("another start goes further", "error", {**HANGS, **trials(Q.TRIAL_RESTARTED, [0.5], [0.02])}, None),
        ("the best of three starts", "error", {**HANGS, **trials(Q.TRIAL_RESTARTED, [0.5], [0.5, 0.02, 0.5])}, None),
        ("a smaller one", "warning",
         {**unexplained(1, 0.3, 0.3), **trials(Q.TRIAL_RESTARTED, [0.3], [0.02])}, None),
        ("noise: every start ends alike", None, {**HANGS, **trials(Q.TRIAL_RESTARTED, [0.5], [0.49])}, None),
        ("merely short: the same start goes on", None, {**HANGS, **trials(Q.TRIAL_RESTARTED, [0.1], [0.1])}, None),
        ("still falling", None, {**FALLING, **trials(Q.TRIAL_RESTARTED, [0.6], [0.02])}, None),
        ("a good fit", None, {**LEARNS, **trials(Q.TRIAL_RESTARTED, [0.02], [0.001])}, None),
        ("NaN is another ailment", None,
         {**unexplained(1, np.nan, np.nan), **trials(Q.TRIAL_RESTARTED, [np.nan], [0.02])}, None),
    ],
    "loss-computed-wrongly": [
        ("the last row only", "error", {**printed([0.3, 1e-4, 3e-6, 2e-6], [0.3, 0.2, 0.17, 0.17]), **HANGS}, WHOLE),
        ("errors that cancel", "error", {**printed([0.5, -1e-3, 1e-9, -1e-9], [0.5, 0.4, 0.4, 0.4]), **HANGS}, WHOLE),
        ("it fits all the same", None, {**printed([0.3, 1e-4, 3e-6, 2e-6], [0.3, 0.2, 0.17, 0.17]), **LEARNS}, WHOLE),
        ("the sum", None, {**printed([1.8, 1.2, 1.0, 1.0], [0.3, 0.2, 0.17, 0.17]), **HANGS}, WHOLE),
        ("MSE beside MAE", None, {**printed([1, 1e-2, 1e-4, 1e-4], [1, 0.1, 0.01, 0.01]), **HANGS}, WHOLE),
        ("accuracy", None, {**printed([0.5, 0.8, 1, 1], [0.3, 0.2, 0.1, 0.1]), **HANGS}, WHOLE),
        ("wrong answers, 3 of 6 to none", None,
         {**printed([0.5, 1 / 6, 0, 0], [0.3, 0.2, 0.15, 0.15]), **HANGS}, WHOLE),
        ("one random sample", None,
         {**printed([0.3, 0.2, 1e-4, 0.4, 1e-5], [0.3, 0.2, 0.2, 0.2, 0.2]), **HANGS}, SAMPLED),
        ("one lucky window", None, {**printed([0.3, 0.2, 0.2, 1e-5], [0.3, 0.2, 0.2, 0.2]), **HANGS}, WHOLE),
        ("the very sample that is followed", None,
         {**printed([0.3, 0.2, 1e-4, 1e-4, 1e-5], [0.3, 0.2, 1e-4, 1e-4, 1e-5]), **HANGS}, SAMPLED),
    ],
    "numeric-overflow": [
        ("NaN in the loss", "error", {**OVERFLOW, (Q.LOSS, "loss"): [1.0, 0.5, np.nan], **STUCK}, None),
        ("finite, no fit", "warning", {**OVERFLOW, (Q.LOSS, "loss"): [1.0, 0.5, 0.5], **STUCK}, None),
        ("finite, and it fits", "note", {**OVERFLOW, (Q.LOSS, "loss"): [1.0, 0.5, 0.01], **LEARNS}, None),
        ("none", None, {(Q.NON_FINITE, "all"): [0, 0, 0], **STUCK}, None),
    ],
    "gradient-underflow": [
        ("most of it is lost", "error", {**underflow(0.9), **STUCK}, None),
        ("some of it is lost", None, {**underflow(0.2), **STUCK}, None),
        ("small at the minimum", None, {**underflow(0.9), **LEARNS}, None),
        ("small, but it falls", None, {**underflow(0.9), **FALLING}, None),
    ],
    "data-not-shuffled": [
        ("sorted, far better in random order", "error",
         {**SORTED, **STUCK, **trials(Q.TRIAL_SHUFFLED, [0.9], [0.05])}, None),
        ("sorted, better in random order", "warning",
         {**SORTED, **NOISY, **trials(Q.TRIAL_SHUFFLED, [0.3], [0.1])}, None),
        ("sorted, no better in random order", None,
         {**SORTED, **STUCK, **trials(Q.TRIAL_SHUFFLED, [0.9], [0.8])}, None),
        ("sorted, no time for all steps in random order", "error",
         {**SORTED, **STUCK, **trials(Q.TRIAL_SHUFFLED, [0.9], [0.8]), (Q.TRIAL_AS_IS, "trial"): [0.1]}, None),
        ("sorted, but it learns", None, {**SORTED, **LEARNS, **trials(Q.TRIAL_SHUFFLED, [0.9], [0.05])}, None),
        ("in random order", None,
         {(Q.ORDER_RATIO, "targets"): [1.0], **STUCK, **trials(Q.TRIAL_SHUFFLED, [0.9], [0.05])}, None),
    ],
    "class-imbalance": [
        ("never guessed, learnt with even classes", "warning", {**rare(0.03, 0.0, 0.5, 0.9), **STUCK}, None),
        ("recognised all the same", None, {**rare(0.03, 0.8, 0.5, 0.9), **STUCK}, None),
        ("cannot be told apart", None, {**rare(0.03, 0.0, 0.5, 0.55), **STUCK}, None),
        ("not rare", None, {**rare(0.3, 0.0, 0.5, 0.9), **STUCK}, None),
        ("it fits", None, {**rare(0.03, 0.0, 0.5, 0.9), **LEARNS}, None),
    ],
    "unscaled-targets": [
        ("far better when scaled", "error",
         {**LARGE_TARGETS, **STUCK, **trials(Q.TRIAL_TARGETS_SCALED, [1], [0.01])}, None),
        ("bursts as it is", "error",
         {**LARGE_TARGETS, **STUCK, **trials(Q.TRIAL_TARGETS_SCALED, [np.inf], [0.1])}, None),
        ("better, but small", "warning",
         {**LARGE_TARGETS, **HANGS, **trials(Q.TRIAL_TARGETS_SCALED, [0.3], [0.01])}, None),
        ("no better when scaled", None, {**LARGE_TARGETS, **STUCK, **trials(Q.TRIAL_TARGETS_SCALED, [1], [0.5])}, None),
        ("both burst", None, {**LARGE_TARGETS, **STUCK, **trials(Q.TRIAL_TARGETS_SCALED, [np.inf], [np.inf])}, None),
        ("it learns", None, {**LARGE_TARGETS, **LEARNS, **trials(Q.TRIAL_TARGETS_SCALED, [1], [0.01])}, None),
        ("scaled already", None, {**targets(0), **STUCK, **trials(Q.TRIAL_TARGETS_SCALED, [1], [0.01])}, None),
    ],
    "constant-feature": [
        ("one column", "note", {(Q.CONSTANT_FEATURES, "inputs"): [1], **STUCK}, None),
        ("none", None, {(Q.CONSTANT_FEATURES, "inputs"): [0], **STUCK}, None),
    ],
    "inputs-and-labels-misaligned": [
        ("shuffled alone", "error", {**probes(1.1, 0.1), **STUCK}, None),
        ("nothing to tell in either order", None, {**probes(1.1, 1.0), **STUCK}, None),
        ("told as well as before", None, {**probes(0.1, 0.1), **STUCK}, None),
        ("it fits all the same", None, {**probes(1.1, 0.1), **LEARNS}, None),
    ],
    "non-finite-values": [
        ("log of 0, parameters lost", "error", {**LOG_OF_ZERO, **LOST, **STUCK}, None),
        ("log of 0, loss lost", "error", {**LOG_OF_ZERO, **BURST}, None),
        ("log of 0, printed only", "warning", {**LOG_OF_ZERO, **PRINTED_NAN, **LEARNS}, None),
        ("log of 0 that reaches nothing", None, {**LOG_OF_ZERO, **STUCK}, None),
        ("an overflow that ends in the parameters", "warning", {**OVERFLOW, **LOST, **STUCK}, None),
        ("an overflow that ends nowhere", None, {**OVERFLOW, **STUCK}, None),
        ("nobody saw where", "error", {(Q.NON_FINITE, "between two recorded moments"): [0, 2], **LOST, **STUCK}, None),
        ("none", None, {(Q.NON_FINITE, "all"): [0, 0, 0], **STUCK}, None),
    ],
    "non-finite-data": [
        ("one entry", "error", {**MISSING, **STUCK}, None),
        ("nothing else known", "error", MISSING, None),
        ("it fits, so that it was never used", None, {**MISSING, **LEARNS}, None),
        ("none", None, {(Q.NON_FINITE_DATA, "X"): [0], **STUCK}, None),
    ],
    "label-out-of-range": [
        ("one beyond the last class", "error", labels(1, 3, 3), None),
        ("two classes under one label", "error", {**labels(-1, 1, 2, 0.5), **STUCK}, None),
        ("two classes under one label, which are learnt as one", "error", {**labels(-1, 1, 2, 0.5), **LEARNS}, None),
        ("each of its own class", None, {**labels(-1, 1, 3), **STUCK}, None),
        ("as it should be", None, {**labels(0, 2, 3), **STUCK}, None),
    ],
    "learning-rate-too-high": [
        ("every step uphill", "error", {**UPHILL, **STUCK}, None),
        ("grows to NaN", "error",
         {**UPHILL, **BURST}, None),
        ("proven by an experiment", "error", {**UPHILL, **STUCK, **trials(Q.TRIAL_TENTH_RATE, [np.nan], [0.01])}, None),
        ("a tenth of the rate is no better", None, {**UPHILL, **STUCK, **trials(Q.TRIAL_TENTH_RATE, [1], [1.0])}, None),
        ("a tenth bursts as well", "error",
         {**UPHILL_EITHER_WAY, **BURST, **trials(Q.TRIAL_TENTH_RATE, [np.nan], [np.inf])}, None),
        ("uphill, but it learns", None, {**UPHILL, **LEARNS}, None),
        ("uphill, but it falls", None, {**UPHILL, **FALLING}, None),
        ("downhill, nothing learnt", None, {**DOWNHILL, **STUCK}, None),
        ("a tenth of the step is uphill too: not the rate", None, {**UPHILL_EITHER_WAY, **STUCK}, None),
        ("uphill by rounding", None, {**UPHILL, **STUCK, (Q.BATCH_LOSS_CHANGE, "loss"): [1e-9] * 9}, None),
    ],
    "shape-broadcast": [
        ("a table", "error", {(Q.ERROR_ENTRIES, "e"): [1.0, 40.0], **STUCK}, None),
        ("a table of a bias", "error", {(Q.SUM_ENTRIES, "z"): [8.0], **STUCK}, None),
        ("one for one", None, {(Q.ERROR_ENTRIES, "e"): [1.0, 1.0], **STUCK}, None),
        ("a table, but it fits", None, {(Q.ERROR_ENTRIES, "e"): [40.0], **LEARNS}, None),
    ],
    "softmax-over-batch": [
        ("over the batch", "error", {**softmax(3, 1, 90), **STUCK}, None),
        ("over everything", "error", {**softmax(3, 3, 90), **STUCK}, None),
        ("each by itself", "error", {**softmax(3, 1, 1), **STUCK}, None),
        ("over the classes", None, {**softmax(3, 3, 1), **STUCK}, None),
        ("over each of four groups", None, {**softmax(12, 3, 1), **STUCK}, None),
    ],
    "softmax-on-single-unit": [
        ("of one", "error", {**softmax(1, 1, 1), **STUCK}, None),
        ("of two", None, {**softmax(2, 2, 1), **STUCK}, None),
    ],
    "double-softmax": [
        ("twice", "error", {(Q.SOFTMAX_TIMES, "p"): [2.0], **softmax(3, 3, 1), **STUCK}, None),
        ("once", None, {(Q.SOFTMAX_TIMES, "p"): [1.0], **STUCK}, None),
    ],
    "missing-nonlinearity": [
        ("far better", "error", {**STUCK, **trials(Q.TRIAL_NONLINEAR, [0.9], [0.5, 0.01, 0.4])}, LINEAR),
        ("a little better", None, {**STUCK, **trials(Q.TRIAL_NONLINEAR, [0.9], [0.6, 0.5, 0.4])}, LINEAR),
        ("it fits", None, {**LEARNS, **trials(Q.TRIAL_NONLINEAR, [0.9], [0.01])}, LINEAR),
        ("some is left", "warning", {**STUCK, **trials(Q.TRIAL_NONLINEAR, [0.15], [0.01])}, LINEAR),
    ],
    "non-differentiable-activation": [
        ("hidden", "error", {(Q.ACTIVATION_DERIVATIVE, "a_1"): [0.0], **STUCK}, layers("step", "linear")),
        ("at the output", "error", {(Q.ACTIVATION_DERIVATIVE, "a_2"): [0.0], **STUCK}, layers("tanh", "argmax")),
        ("it works", "note", {(Q.ACTIVATION_DERIVATIVE, "a_1"): [0.0], **LEARNS}, layers("step", "linear")),
        ("a perceptron", None, {(Q.ACTIVATION_DERIVATIVE, "a_1"): [0.0], **STUCK}, layers("step")),
    ],
    "loss-not-valid-for-targets": [
        ("outside", "error", {(Q.TARGETS_OUTSIDE_LOSS, "loss"): [0.5], **STUCK}, None),
        ("inside", None, {(Q.TARGETS_OUTSIDE_LOSS, "loss"): [0.0], **STUCK}, None),
        ("unseen", "error", {(Q.TARGETS_WITHOUT_GRADIENT, "loss"): [0.5], **STUCK}, None),
        ("labels as values", "error", {(Q.OUTPUTS_PER_LABEL, "e"): [3.0], **STUCK}, None),
        ("perhaps labels", "note", {(Q.TARGET_NUMBERS, "predictions"): [3.0], **STUCK}, None),
        ("two numbers", None, {(Q.TARGET_NUMBERS, "predictions"): [2.0], **STUCK}, None),
    ],
    "wrong-forward-formula": [
        ("another function", "error", {(Q.FORMULA_DIFFERS, "a_1, sigmoid"): [0.9], **STUCK}, None),
        ("it fits", None, {(Q.FORMULA_DIFFERS, "a_1, sigmoid"): [0.9], **LEARNS}, None),
        ("no probabilities", "error", {(Q.OUTPUT_SUM, "a_2"): [1.6], **STUCK}, None),
        ("nearly", None, {(Q.OUTPUT_SUM, "a_2"): [1.04], **STUCK}, None),
    ],
    "wrong-stop-condition": [
        ("goes on", "error", {**STOP, **HANGS, **trials(Q.TRIAL_NOT_STOPPED, [0.5], [0.01])}, None),
        ("nothing to gain", None, {**STOP, **HANGS, **trials(Q.TRIAL_NOT_STOPPED, [0.5], [0.4])}, None),
        ("it fits", None, {**STOP, **LEARNS, **trials(Q.TRIAL_NOT_STOPPED, [0.5], [0.01])}, None),
    ],
    "no-eval-mode": [
        ("dropped", "warning", {(Q.PREDICTING_DROPPED, "h"): [0.5], **LEARNS}, None),
        ("switched off", None, {(Q.PREDICTING_DROPPED, "h"): [0.0], **LEARNS}, None),
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


@pytest.mark.parametrize(
    ("rule", "series", "structure"),
    [
        ("missing-bias", STUCK, BARE),
        ("plateau", HANGS, None),
        ("unscaled-inputs", {**INPUTS, **STUCK}, None),
        ("dead-relu", dead(1, 1, 1), RELU),
        ("vanishing-gradients", VANISHED, DEEP),
        ("learning-rate-too-high", STUCK, None),
    ],
)
def test_says_that_it_could_not_look(rule: str, series: Series, structure: Structure | None) -> None:
    diagnosis = diagnose(run_of(series, structure), select=[rule])
    assert [skipped.rule for skipped in diagnosis.skipped] == [rule]
    assert diagnosis.findings == ()


@pytest.mark.parametrize("rule", sorted(CASES))
def test_messages_show_numbers_and_what_is_healthy(rule: str) -> None:
    for _, severity, series, structure in CASES[rule]:
        for finding in diagnose(run_of(series, structure), select=[rule]).findings if severity else ():
            assert any(character.isdigit() for character in finding.message)
            assert ".." not in finding.message
            assert finding.where
            assert all(seen.values and len(seen.values) == len(seen.steps) for seen in finding.evidence)
