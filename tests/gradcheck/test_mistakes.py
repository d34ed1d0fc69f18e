"""Each mistake is planted in correct programs of several styles: it must be named, and no other."""

from dataclasses import replace

import numpy as np
import pytest

from backproof.findings import Severity
from backproof.gradcheck.explain import explain
from backproof.gradcheck.mistakes import HEADINGS, MISTAKES
from tests.gradcheck.planted import OPEN_WORLD, PAIRS, PLANTED, PROGRAMS, edited
from tests.gradcheck.recording import record

FALLBACK = "unexplained-wrong-gradient"


def rules_of(program, *, seed=0):
    found = explain(record(program, seed=seed), loss_name="half_squared_error")
    return [{mistake.rule for mistake in explanation.mistakes} for explanation in found]


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("seed", [21, 22, 23])
def test_a_correct_program_has_no_mistake(name, seed):
    assert rules_of(PROGRAMS[name], seed=seed) == [set()]


@pytest.mark.parametrize(("name", "edits", "rules"), PLANTED, ids=lambda value: value if isinstance(value, str) else "")
def test_a_planted_mistake_is_named_and_no_other(name, edits, rules):
    assert rules_of(edited(name, edits)) == [rules]


@pytest.mark.parametrize(("name", "edits", "rules"), PAIRS, ids=lambda value: value if isinstance(value, str) else "")
def test_two_mistakes_at_once_are_both_named(name, edits, rules):
    assert rules_of(edited(name, edits)) == [rules]


@pytest.mark.parametrize(("name", "edits"), OPEN_WORLD, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_in_no_table_stays_unexplained(name, edits):
    for seed in (31, 32):
        assert rules_of(edited(name, edits), seed=seed) == [{FALLBACK}]


def test_every_planted_program_computes_something_else_than_the_correct_one():
    for name, edits, rules in [*PLANTED, *PAIRS]:
        right, wrong = (record(p)[0] for p in (PROGRAMS[name], edited(name, edits)))
        same = [np.allclose(a.update, b.update) for a, b in zip(right.parameters, wrong.parameters, strict=True)]
        assert all(same) == (not rules), (name, edits)


def test_single_precision_is_judged_with_its_own_tolerance():
    program = PROGRAMS["softmax"]
    single = replace(
        program,
        parameters=lambda rng: {k: v.astype(np.float32) for k, v in program.parameters(rng).items()},
        data=lambda rng: tuple(array.astype(np.float32) for array in program.data(rng)),
        source=program.source.replace("-0.5", "np.float32(-0.5)"),
    )
    assert rules_of(single) == [set()]
    missing = replace(single, source=single.source.replace("dhidden * (hidden > 0)", "dhidden * 1"))
    assert rules_of(missing) == [{"missing-activation-derivative"}]


@pytest.mark.parametrize("name", MISTAKES)
def test_every_mistake_has_its_page(name):
    mistake = MISTAKES[name]
    assert mistake.name == name
    assert mistake.severity in Severity
    assert mistake.summary.endswith(".")
    assert len(mistake.summary) <= 120
    places = [mistake.page.find(f"\n\n{heading}: ") for heading in HEADINGS]
    assert places == sorted(places)
    assert places[0] > 0
