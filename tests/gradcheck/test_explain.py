"""The search as a whole: lines, remedies, optimisers, rates that change, recurrent nets, and when to say nothing."""

import time
from dataclasses import replace

import numpy as np
import pytest

from backproof.findings import Severity
from backproof.gradcheck.explain import explain
from backproof.gradcheck.mistakes import MISTAKES
from backproof.gradcheck.wording import text_of
from tests.gradcheck.correct_programs import normal, rows
from tests.gradcheck.planted import edited
from tests.gradcheck.recording import Program, record

SINE = Program(
    """
def sigmoid(x):
    return 1 / (1 + np.e ** -x)

def sigmoid_deriv(x):
    return sigmoid(x) * (1 - sigmoid(x))

def step(p, x, y):
    layer1 = x
    layer2 = p["w1"] * layer1
    layer3 = sum(sigmoid(layer2) * p["w2"])
    grad_w2 = (y - layer3) * sigmoid(layer2)
    grad_w1 = (y - layer3) * p["w2"] * sigmoid_deriv(layer2) * layer1
    p["w2"] += .01 * grad_w2
    p["w1"] += .01 * grad_w1
    return layer3
""",
    lambda rng: {"w1": rng.uniform(-1, 1, 10), "w2": rng.uniform(-1, 1, 10)},
    lambda rng: (rng.uniform(0, 15), rng.uniform(-1, 1)),
)

RECURRENT = Program(
    """
def step(p, xs, ys):
    hs, outs = {-1: np.zeros((3, 1))}, []
    for t in range(len(xs)):
        hs[t] = np.tanh(np.dot(p["Wxh"], xs[t]) + np.dot(p["Whh"], hs[t - 1]) + p["bh"])
        outs.append(np.dot(p["Why"], hs[t]))
    dWxh = dWhh = dWhy = dbh = 0.0
    dhnext = np.zeros((3, 1))
    for t in reversed(range(len(xs))):
        dy = outs[t] - ys[t]
        dWhy = dWhy + np.dot(dy, hs[t].T)
        dh = np.dot(p["Why"].T, dy) + dhnext
        dhraw = (1 - hs[t] * hs[t]) * dh
        dbh = dbh + dhraw
        dWxh = dWxh + np.dot(dhraw, xs[t].T)
        dWhh = dWhh + np.dot(dhraw, hs[t - 1].T)
        dhnext = np.dot(p["Whh"].T, dhraw)
    for k, g in (("Wxh", dWxh), ("Whh", dWhh), ("Why", dWhy), ("bh", dbh)):
        p[k] = p[k] - 0.1 * g
    return outs
""",
    normal(Wxh=(3, 2), Whh=(3, 3), Why=(2, 3), bh=(3, 1)),
    lambda rng: (list(rng.normal(0, 1, (4, 2, 1))), list(rng.normal(0, 1, (4, 2, 1)))),
)

DROPOUT = Program(
    """
mask = np.array([[1, 0, 1, 1, 0], [1, 1, 0, 1, 1], [0, 1, 1, 0, 1], [1, 1, 1, 0, 0]]) / 0.6

def step(p, x, y):
    h = np.tanh(x @ p["W1"] + p["b1"])
    d = h * mask
    out = d @ p["W2"]
    e = out - y
    dh = e @ p["W2"].T * mask * (1 - h ** 2)
    p["W2"] -= 0.1 * d.T @ e
    p["W1"] -= 0.1 * x.T @ dh
    p["b1"] -= 0.1 * dh.sum(axis=0)
    return out
""",
    normal(W1=(3, 5), b1=(5,), W2=(5, 2)),
    rows(4, 3, 2),
)


def changed(program, *edits):
    source = program.source
    for old, new in edits:
        assert old in source, old
        source = source.replace(old, new)
    return replace(program, source=source)


def explained(program, **kwargs):
    return explain(record(program, **kwargs), loss_name="half_squared_error")


def rules(explanations):
    return [{mistake.rule for mistake in explanation.mistakes} for explanation in explanations]


def test_the_question_about_the_sine_has_both_of_its_mistakes_named():
    program = changed(SINE, ("+=", "-="), ("sigmoid_deriv(layer2)", "sigmoid_deriv(sigmoid(layer2))"))
    (found,) = explained(program)
    sign, argument = found.mistakes
    assert (sign.rule, sign.blocks) == ("wrong-sign-update", True)
    assert argument.rule == "activation-derivative-wrong-argument"
    assert argument.parameters == ("w1",)
    assert text_of(argument.spans[0]) == "sigmoid_deriv(sigmoid(layer2))"
    assert argument.remedy.endswith(": sigmoid_deriv(layer2)")
    assert argument.expected is not None
    assert text_of(argument.expected) == 'p["w1"] * layer1'
    assert found.step_size == pytest.approx(0.01)


def test_its_accepted_answer_sums_over_the_units():
    wrong = ('p["w2"] * sigmoid_deriv(layer2) * layer1', 'np.dot(sigmoid_deriv(layer2), p["w2"]) * layer1')
    (found,) = explained(changed(SINE, wrong))
    assert rules([found]) == [{"wrong-operand-in-chain"}]
    assert found.mistakes[0].spans[0].line == 13


@pytest.mark.parametrize(
    ("name", "edit", "code"),
    [
        ("rows", ("sigmoid_deriv(z2)", "sigmoid_deriv(a2)"), "sigmoid_deriv(a2)"),
        ("rows", ("e1 = d2 @", "e1 = e2 @"), 'e2 @ p["W2"].T'),
        ("rows", ("gW2 = a1.T", "gW2 = z1.T"), "z1.T @ d2"),
        ("rows", ('d2 @ p["W2"].T', 'd2 @ p["W2"]'), 'd2 @ p["W2"]'),
        ("rows", ("error = a3 - y", "error = (a3 - y) ** 2"), "(a3 - y) ** 2"),
        ("rows", ("gb2 = d2.sum(axis=0)", "gb2 = d2.mean(axis=0)"), "d2.mean(axis=0)"),
        ("rows", ("gb2 = d2.sum(axis=0)", "gb2 = d2.sum()"), "d2.sum()"),
        ("rows", ("sigmoid(x) * (1 - sigmoid(x))", "1 - sigmoid(x) ** 2"), "1 - sigmoid(x) ** 2"),
        ("columns", ("np.power(A1, 2)", "np.power(Z1, 2)"), "1 - np.power(Z1, 2)"),
        ("loops", ("e + od[k] * wo[j][k]", "e + od[k]"), "e + od[k]"),
        ("vectors", ("* tanh_prime(z)", "* tanh_prime(h)"), "tanh_prime(h)"),
        ("samples", ("(zs[-l])", "(activations[-l])"), "sigmoid_prime(activations[-l])"),
    ],
)
def test_the_guilty_expression_comes_first(name, edit, code):
    (found,) = explained(edited(name, [edit]))
    assert text_of(found.mistakes[0].spans[0]) == code


def test_what_is_unexplained_is_shown_where_it_leaves_the_right_way():
    (found,) = explained(edited("rows", [("d1 = e1 * sigmoid_deriv(z1)", "d1 = e1 * np.cos(z1)")]))
    assert rules([found]) == [{"unexplained-wrong-gradient"}]
    assert text_of(found.mistakes[0].spans[0]) == "e1 * np.cos(z1)"
    assert found.mistakes[0].parameters == ("W1", "b1")


def test_the_exact_gradient_of_cross_entropy_is_a_note():
    (found,) = explained(edited("rows", [(" * sigmoid_deriv(z3)", "")]))
    (mistake,) = found.mistakes
    assert mistake.severity is Severity.NOTE
    assert "binary cross-entropy" in mistake.says


def test_a_mistake_in_every_layer_is_one():
    (found,) = explained(edited("rows", [("sigmoid(x) * (1 - sigmoid(x))", "x * (1 - x)")]))
    (mistake,) = found.mistakes
    assert set(mistake.parameters) == {"W1", "b1", "W2", "b2", "W3", "b3"}
    assert found.cost == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        ((" + dhnext", ""), "bptt-truncated"),
        (('np.dot(p["Whh"].T, dhraw)', 'np.dot(p["Whh"], dhraw)'), "transposed-gradient"),
        (("(1 - hs[t] * hs[t]) * dh", "dh"), "missing-activation-derivative"),
        (("(1 - hs[t] * hs[t])", "(1 - np.tanh(hs[t]) ** 2)"), "activation-derivative-wrong-argument"),
    ],
)
def test_mistakes_of_a_recurrent_network(edit, rule):
    assert rules(explained(RECURRENT)) == [set()]
    assert rules(explained(changed(RECURRENT, edit))) == [{rule}]


def test_a_mask_that_is_missing_on_the_way_back():
    assert rules(explained(DROPOUT)) == [set()]
    (found,) = explained(changed(DROPOUT, (".T * mask *", ".T *")))
    (mistake,) = found.mistakes
    assert mistake.rule == "missing-activation-derivative"
    assert "mask" in mistake.says


def test_a_rate_that_falls_from_step_to_step():
    falling = changed(
        DROPOUT, ("mask =", "rate = [0.1]\nmask ="), ("    h =", "    rate[0] *= 0.9\n    h ="), ("0.1 *", "rate[0] *")
    )
    assert rules(explained(falling)) == [set()]
    assert rules(explained(changed(falling, (" * (1 - h ** 2)", "")))) == [{"missing-activation-derivative"}]


def through_adam(steps, sign=-1.0):
    """The same steps as an optimiser would have made them: updates of another length for every element."""
    sizes = {p.name: np.full(p.update.shape, 1e-3) for p in steps[0].parameters}
    found = []
    for step in steps:
        members = []
        for p in step.parameters:
            gradient = p.after.args[1].node.args[1].node  # of p - 0.1 * gradient
            sizes[p.name] = 0.9 * sizes[p.name] + 0.1 * np.asarray(gradient.value) ** 2
            members.append(replace(p, update=sign * 0.01 * gradient.value / np.sqrt(sizes[p.name]), formed=gradient))
        found.append(replace(step, parameters=tuple(members)))
    return found


def test_what_goes_into_an_optimiser_is_compared():
    program = edited("rows", [])
    steps = record(program)
    assert rules(explain(through_adam(steps), loss_name="")) == [set()]
    assert rules(explain(through_adam(steps, sign=1.0), loss_name="")) == [{"wrong-sign-update"}]
    wrong = record(edited("rows", [(" * sigmoid_deriv(z1)", "")]))
    assert rules(explain(through_adam(wrong), loss_name="")) == [{"missing-activation-derivative"}]


def test_saturated_steps_are_left_out():
    wrong = edited("rows", [(" * sigmoid_deriv(z1)", "")])
    far = replace(wrong, data=lambda rng: (rng.normal(0, 1e4, (6, 3)), rng.uniform(0, 1, (6, 2))))
    saturated = record(far, steps=2, seed=5)
    assert rules(explain([*saturated, *record(wrong)], loss_name="")) == [{"missing-activation-derivative"}]


def test_one_step_of_a_tiny_network_says_nothing():
    assert explained(edited("chain", [("* a2 * (1 - a2) * x", "* x")]), steps=1) == []


def test_the_same_data_twice_say_no_more_than_once():
    steps = record(edited("chain", [("* a2 * (1 - a2) * x", "* x")]), steps=1)
    for found in explain([*steps, *steps], loss_name=""):
        assert all(
            MISTAKES[m.rule].severity is Severity.NOTE or m.rule == "unexplained-wrong-gradient" for m in found.mistakes
        )


def test_nothing_to_explain_is_no_error():
    assert explain([], loss_name="") == []
    (step,) = record(edited("chain", []), steps=1)
    assert explain([replace(step, parameters=())], loss_name="") == []
    still = replace(step, parameters=tuple(replace(p, update=np.zeros(())) for p in step.parameters))
    assert explain([still, still], loss_name="") == []


@pytest.mark.timing
def test_the_search_is_bounded_in_time():
    start = time.thread_time()
    explain(record(edited("samples", [("* sp", "* np.cos(sp)")])), loss_name="", time_limit=0.2)
    assert time.thread_time() - start < 2.0
