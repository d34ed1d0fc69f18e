"""Whatever is observed, the doctor gives an orderly answer; and a network that fits gets no alarm."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backproof.doctor import MAX_ERRORS, diagnose
from backproof.findings import Finding, Severity
from backproof.observations import Layer, Observation, Quantity, Run, Structure
from backproof.rules import RULES

KINDS = ("linear", "sigmoid", "tanh", "relu", "softmax", None)
RANGES = {"linear": (-math.inf, math.inf), "sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, math.inf)}
WHOLE = ("loss", "predictions", "inputs", "parameters", "trial", "error", "all")
# How well it fits; and what says that the targets are not those that were meant, so that a fit is no excuse.
APART = {
    Quantity.UNEXPLAINED,
    Quantity.HELD_OUT,  # what fits its own data may fail on others
    Quantity.LOSS,
    Quantity.PREDICTING_DROPPED,  # what is done with it afterwards
    Quantity.PREDICTING_BY_BATCH,
    Quantity.CARRIED_GRADIENTS,  # a mistake whatever became of the run
    Quantity.LABEL_MIN,
    Quantity.LABEL_MAX,
    Quantity.LABELS_COLLIDE,
    Quantity.NON_FINITE_SHOWN,  # a loss that is printed as nan is an alarm of its own
}
NUMBERS = st.one_of(
    st.floats(),
    st.floats(0, 1),
    st.sampled_from([0.0, 1.0, 1e-9, 1e-300, 1e300, math.nan, math.inf, -math.inf]),
)


@st.composite
def structures(draw: st.DrawFn) -> Structure:
    kinds = draw(st.lists(st.sampled_from(KINDS), max_size=8))
    known = st.sampled_from([True, False, None])
    return Structure(
        layers=tuple(
            Layer(
                f"a_{k}",
                activation=kind,
                output_range=RANGES.get(kind or ""),
                has_bias=draw(known),
                has_skip=draw(known),
            )
            for k, kind in enumerate(kinds, start=1)
        ),
        loss=draw(st.sampled_from([None, "half_squared_error", "binary_cross_entropy"])),
        task=draw(st.sampled_from([None, "regression", "binary"])),
        learning_rate=draw(st.sampled_from([None, 0.1])),
        batch_size=draw(st.sampled_from([None, 1, 20])),
        samples=draw(st.sampled_from([None, 20])),
        constant_input=draw(known),
    )


@st.composite
def runs(draw: st.DrawFn, without: frozenset[Quantity] = frozenset()) -> Run:
    structure = draw(structures())
    places = (*WHOLE, *(layer.name for layer in structure.layers))
    quantities = [q for q in Quantity if q not in without]
    observed = draw(
        st.lists(
            st.tuples(st.sampled_from(quantities), st.sampled_from(places), st.lists(NUMBERS, min_size=1, max_size=5)),
            max_size=25,
        )
    )
    seen = [Observation(10 * k, q, where, v) for q, where, values in observed for k, v in enumerate(values)]
    return Run(tuple(seen), structure)


def check_order(findings: tuple[Finding, ...]) -> None:
    ranks = [finding.severity.rank for finding in findings]
    assert ranks == sorted(ranks)
    assert ranks.count(0) <= MAX_ERRORS
    for k, finding in enumerate(findings):
        if finding.consequence_of and finding.consequence_of in RULES:
            assert finding.consequence_of in [before.rule for before in findings[:k]]


@pytest.mark.filterwarnings("error")
@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(run=runs())
def test_any_run_gets_an_orderly_answer(run: Run) -> None:
    diagnosis = diagnose(run)
    assert not [s for s in diagnosis.skipped if "fault" in s.because]
    assert {*diagnosis.examined, *(s.rule for s in diagnosis.skipped)} == set(RULES)
    assert len(diagnosis.examined) + len(diagnosis.skipped) == len(RULES)
    check_order(diagnosis.findings)
    for finding in diagnosis.findings:
        assert finding.message
        assert finding.where
        assert finding.evidence
        assert all(len(e.steps) == len(e.values) > 0 for e in finding.evidence)


def _no_number_is_printed(seen: Observation) -> bool:
    """A printed loss of NaN is worth a warning whatever the predictions are."""
    return seen.quantity is Quantity.PRINTED_LOSS and not math.isfinite(seen.value)


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(run=runs(without=frozenset(APART)), course=st.lists(st.floats(0, 10), max_size=5), end=st.floats(0, 0.05))
def test_a_network_that_fits_gets_no_alarm_whatever_else_is_seen(run: Run, course: list[float], end: float) -> None:
    learnt = [
        Observation(10 * k, quantity, where, value)
        for k, value in enumerate([*course, end])
        for quantity, where in ((Quantity.UNEXPLAINED, "predictions"), (Quantity.LOSS, "loss"))
    ]
    seen = [each for each in run.observations if not _no_number_is_printed(each)]
    diagnosis = diagnose(Run((*seen, *learnt), run.structure))
    assert [f.message for f in diagnosis.findings if f.severity is not Severity.NOTE] == []
