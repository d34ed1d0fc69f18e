"""The doctor: what is said first, what follows from what, what could not be looked at, and why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backproof import doctor
from backproof.doctor import diagnose
from backproof.findings import Evidence, Finding, Place, Severity
from backproof.observations import Layer, Observation, Quantity, Run, Structure
from backproof.rules import RULES
from backproof.rules._rule import IfGradientWrong, Rule, Stage, Symptom, evidence

LOSS = Observation(0, Quantity.LOSS, "loss", 1.0)
SEEN = Evidence("q", "loss", (0,), (1.0,))


def rule_of(name: str, severity: Severity, stage: Stage = Stage.DYNAMICS, times: int = 1, **more: object) -> Rule:
    def check(run: Run) -> Iterator[Symptom]:
        for k in range(times):
            yield Symptom(f"{name} {k}", (evidence(run, Quantity.LOSS, "loss"),))

    needs = frozenset({Quantity.LOSS})
    return Rule(name, severity, needs, check, stage, "A page.", **more)  # type: ignore[arg-type]


def of_gradient(name: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(name, severity, name, (Place(line=3),), (SEEN,))


@pytest.fixture
def with_rules(monkeypatch: pytest.MonkeyPatch):
    def put(*rules: Rule) -> None:
        monkeypatch.setattr(doctor, "RULES", {rule.name: rule for rule in rules})

    return put


def told(run: Run | None = None, **more: object) -> list[tuple[str, str, str | None]]:
    diagnosis = diagnose(run or Run((LOSS,)), **more)  # type: ignore[arg-type]
    return [(f.rule, str(f.severity), f.consequence_of) for f in diagnosis.findings]


def test_causes_come_before_consequences(with_rules) -> None:
    with_rules(
        rule_of("effect", Severity.ERROR, Stage.OUTCOME),
        rule_of("other", Severity.ERROR, Stage.DYNAMICS),
        rule_of("cause", Severity.ERROR, Stage.DATA, explains=frozenset({"effect"})),
    )
    assert told() == [("cause", "error", None), ("other", "error", None), ("effect", "error", "cause")]


def test_the_root_is_the_cause(with_rules) -> None:
    with_rules(
        rule_of("middle", Severity.ERROR, Stage.SETTINGS, explains=frozenset({"effect"})),
        rule_of("effect", Severity.ERROR, Stage.OUTCOME),
        rule_of("root", Severity.ERROR, Stage.DATA, explains=frozenset({"effect", "middle"})),
    )
    assert told() == [("root", "error", None), ("middle", "error", "root"), ("effect", "error", "root")]


@pytest.mark.parametrize("weak", [Severity.WARNING, Severity.NOTE])
def test_the_weaker_finding_is_not_the_cause(with_rules, weak: Severity) -> None:
    with_rules(
        rule_of("effect", Severity.ERROR, Stage.OUTCOME),
        rule_of("cause", weak, Stage.DATA, explains=frozenset({"effect"})),
    )
    assert told() == [("effect", "error", None), ("cause", str(weak), None)]


def test_at_most_three_errors_and_the_rest_keep_their_place(with_rules) -> None:
    with_rules(rule_of("many", Severity.ERROR, times=5), rule_of("mild", Severity.WARNING, Stage.DATA))
    assert [severity for _, severity, _ in told()] == ["error"] * 3 + ["warning"] * 3
    assert [rule for rule, _, _ in told()] == ["many"] * 5 + ["mild"]


def test_a_wrong_gradient_comes_first_and_explains_or_silences(with_rules) -> None:
    with_rules(
        rule_of("range", Severity.ERROR, Stage.DATA, if_gradient_wrong=IfGradientWrong.TELL),
        rule_of("overflow", Severity.ERROR, Stage.OUTCOME, if_gradient_wrong=IfGradientWrong.CONSEQUENCE),
        rule_of("rate", Severity.ERROR, Stage.SETTINGS, if_gradient_wrong=IfGradientWrong.SKIP),
    )
    given = [of_gradient("wrong-sign-update"), of_gradient("constant-factor-only", Severity.NOTE)]
    assert told(gradient_findings=given) == [
        ("wrong-sign-update", "error", None),
        ("range", "error", None),
        ("overflow", "warning", "wrong-sign-update"),
        ("constant-factor-only", "note", None),
    ]
    skipped = diagnose(Run((LOSS,)), gradient_findings=given).skipped
    assert [(s.rule, "wrong-sign-update" in s.because) for s in skipped] == [("rate", True)]


def test_a_note_about_the_gradient_silences_nothing(with_rules) -> None:
    with_rules(rule_of("rate", Severity.ERROR, Stage.SETTINGS, if_gradient_wrong=IfGradientWrong.SKIP))
    given = [of_gradient("constant-factor-only", Severity.NOTE)]
    assert told(gradient_findings=given) == [("rate", "error", None), ("constant-factor-only", "note", None)]


def test_ignoring_the_wrong_gradient_does_not_make_it_right(with_rules) -> None:
    with_rules(rule_of("rate", Severity.ERROR, if_gradient_wrong=IfGradientWrong.SKIP))
    assert told(gradient_findings=[of_gradient("wrong-sign-update")], ignore=["wrong-sign-update"]) == []


def test_select_and_ignore(with_rules) -> None:
    with_rules(rule_of("a", Severity.ERROR), rule_of("b", Severity.ERROR))
    given = [of_gradient("constant-factor-only", Severity.NOTE)]
    assert [rule for rule, _, _ in told(select=["b"], gradient_findings=given)] == ["b"]
    assert [rule for rule, _, _ in told(ignore=["b"], gradient_findings=given)] == ["a", "constant-factor-only"]
    assert diagnose(Run((LOSS,)), ignore=["b"]).examined == ("a",)


def test_what_was_not_observed_is_skipped_with_the_reason(with_rules) -> None:
    with_rules(rule_of("a", Severity.ERROR))
    skipped = diagnose(Run(unseen={Quantity.LOSS: "the program computes none"})).skipped
    assert [(s.rule, s.because) for s in skipped] == [("a", "average loss per sample: the program computes none")]
    assert "not observed" in diagnose(Run()).skipped[0].because


def test_what_cannot_be_there_counts_as_examined(with_rules) -> None:
    with_rules(rule_of("a", Severity.ERROR, applies=lambda structure: False))
    diagnosis = diagnose(Run((LOSS,)))
    assert (diagnosis.examined, diagnosis.skipped, diagnosis.findings) == (("a",), (), ())


def test_a_fault_of_ours_costs_only_its_own_rule(with_rules) -> None:
    def broken(run: Run) -> Iterator[Symptom]:
        yield Symptom("half a thought", (SEEN,))
        raise ZeroDivisionError("by zero")

    rule = Rule("broken", Severity.ERROR, frozenset(), broken, Stage.DATA, "A page.")
    with_rules(rule, rule_of("a", Severity.ERROR))
    diagnosis = diagnose(Run((LOSS,)))
    assert told() == [("a", "error", None)]
    assert "ZeroDivisionError: by zero" in diagnosis.skipped[0].because
    assert diagnosis.examined == ("a",)


def test_places_are_those_of_the_program(with_rules) -> None:
    def check(run: Run) -> Iterator[Symptom]:
        yield Symptom("here", (evidence(run, Quantity.LOSS, "a_1"), evidence(run, Quantity.LOSS, "loss")))

    with_rules(Rule("here", Severity.ERROR, frozenset(), check, Stage.DATA, "A page."))
    layer = Layer("a_1", place=Place("train.py", 12, name="a_1"))
    seen = (LOSS, Observation(0, Quantity.LOSS, "a_1", 1.0))
    (finding,) = diagnose(Run(seen, Structure(layers=(layer,)))).findings
    assert finding.where == (layer.place,)
    (finding,) = diagnose(Run(seen)).findings
    assert finding.where == (Place(name="a_1"),)


def test_an_empty_run_is_no_clean_bill_of_health() -> None:
    diagnosis = diagnose(Run())
    assert diagnosis.findings == ()
    assert {s.rule for s in diagnosis.skipped} == set(RULES)
