"""A sample of the campaign of planted mistakes: detected all, and named nearly all, in every style."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from benchmarks.planted import UNROLLED, described
from benchmarks.planting.cases import draw, written
from benchmarks.planting.grading import grade
from benchmarks.planting.kinds import KINDS, OPEN
from benchmarks.planting.network import Network
from benchmarks.planting.styles import STYLES
from benchmarks.planting.watched import parameters_after

NUMBERS = range(9000, 9003)  # drawn for this sample only

# Programs that were called right, or were not explained, until what is said here was mended.
MENDED = {
    "three mistakes, one of them no error": ("functions and tuples", 20, 3),
    "no error, and the loss is computed now and then": ("class with attributes", 24, 3),
    "no error, and an optimiser with state": ("optimiser with state", 29, 2),
    "assigned, and another mistake below": ("functions and tuples", 21, 2),
    "assigned by every layer object": ("layer objects", 24, 3),
    "numbers one by one, and no error": ("loops over numbers", 23, 2),
    "made from another variable, and another mistake": ("class with attributes", 27, 2),
    "the only weights of the output are never updated": ("module level", 23, 1),
    "a bias of numbers is never updated": ("loops over numbers", 24, 1),
    "no bias before a softmax, and two mistakes in one layer": ("layer objects", 20, 3),
    "what is left of a softmax's delta summed over its units is rounding": ("dicts, samples as columns", 24, 1),
    "two mistakes in a recurrent layer": ("recurrent", 20, 2),
    "three mistakes in a recurrent layer": ("recurrent", 20, 3),
    "a sum of dead units is exactly 0, where ReLU has a kink": ("optimiser with state", 13, 3),
}


@pytest.mark.parametrize("style", STYLES)
def test_mistakes_of_a_style_are_detected_and_named(style, tmp_path):
    cases = [draw(style, number, 1) for number in NUMBERS]
    found = [grade(case, tmp_path / "planted.py") for case in cases]
    told = [described(*each) for each in zip(cases, found, strict=True)]
    assert all(each.detected for each in found), told
    assert sum(each.good for each in found) >= len(found) - 1, told


@pytest.mark.parametrize(("style", "number", "arity"), MENDED.values(), ids=MENDED)
def test_what_was_once_missed_is_named(style, number, arity, tmp_path):
    case = draw(style, number, arity)
    found = grade(case, tmp_path / "planted.py")
    assert found.good, described(case, found)


@pytest.mark.parametrize("style", UNROLLED[:3])
def test_a_corruption_without_a_name_gets_none(style, tmp_path):
    cases = [draw(style, number, 1, unknown=True) for number in NUMBERS]
    found = [grade(case, tmp_path / "planted.py") for case in cases]
    assert [each.outcome for each in found] == ["unexplained"] * len(found), [
        described(*each) for each in zip(cases, found, strict=True)
    ]


def test_every_kind_that_is_offered_has_its_names():
    offered = Counter()
    for style in STYLES:
        for number in range(20):
            network = _network(style, number)
            offered.update(slip.kind for slip in written(style, network).offers)
    assert {kind for kind in offered if not kind.startswith(OPEN)} <= set(KINDS)
    assert set(KINDS) <= set(offered)


def test_a_case_is_drawn_the_same_twice_and_its_mistakes_change_the_steps():
    first, second = draw("module level", 9100, 2), draw("module level", 9100, 2)
    assert first.script.text == second.script.text
    healthy = written("module level", first.script.network)
    wrong, right = parameters_after(first.script, 2), parameters_after(healthy, 2)
    assert any((a != b).any() for a, b in zip(wrong, right, strict=True))


def _network(style: str, number: int) -> Network:
    return STYLES[style].draw(random.Random(f"{style} {number}"))
