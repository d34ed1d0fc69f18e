"""The duties of every rule: registered, explained, seen in the sick training runs, silent in the healthy ones."""

from __future__ import annotations

import functools
import itertools
import json
import re
from pathlib import Path

import pytest

import backproof.rules
from backproof.doctor import diagnose
from backproof.errors import UnknownRule
from backproof.findings import Diagnosis, Severity
from backproof.gradcheck.mistakes import MISTAKES
from backproof.rules import RULES, check_names
from backproof.rules._rule import HEADINGS, Rule
from tests.rules.training_runs import Setting, reference

FOLDER = Path(backproof.rules.__file__).parent
SEEDS = (1000, 1001)  # no threshold was chosen on these
# Programs that train well, unusual but sound choices among them.
HEALTHY: tuple[dict[str, object], ...] = (
    {},
    {"activation": "relu", "init": "he", "learning_rate": 0.05},
    {"activation": "elu", "init": "lecun"},
    {"activation": "sigmoid", "learning_rate": 0.5, "steps": 6000},
    {"data": "sum", "hidden": (10,) * 7, "activation": "relu", "init": "he"},
    {"data": "sum", "hidden": (10,) * 7, "activation": "elu", "init": "lecun"},
    {"data": "sum", "hidden": (10,) * 7, "activation": "sigmoid", "skip": True},
    {"data": "xor", "hidden": (8,), "output": "sigmoid", "learning_rate": 1.0, "steps": 5000},
    {"data": "classes", "output": "sigmoid", "learning_rate": 10.0},
    {"data": "classes", "output": "sigmoid", "activation": "sigmoid", "input_scale": 100.0},
    {"data": "classes", "output": "tanh", "hidden": (2,)},
    {"data": "line", "hidden": (), "noise": 2.0, "batch_size": None},
    {"data": "line", "hidden": (), "learning_rate": 1.0, "batch_size": None},
    {"data": "double", "hidden": (), "output": "tanh", "learning_rate": 1.0, "batch_size": None},
    {"bias": False},
    {"batch_size": 1, "learning_rate": 0.02},
    {"noise": 0.5},
)


@functools.cache
def _diagnosed(settings: str, seed: int) -> Diagnosis:
    chosen = {"seed": seed, **json.loads(settings)}
    chosen["hidden"] = tuple(chosen.get("hidden", Setting.hidden))
    return diagnose(reference(Setting(**chosen)))


def diagnosis_of(settings: object, seed: int) -> Diagnosis:
    return _diagnosed(json.dumps(settings, sort_keys=True), seed)


def together(settings: object, seed: int) -> pytest.MarkDecorator:
    """Tests of one run go to one worker, which keeps it."""
    return pytest.mark.xdist_group(f"{json.dumps(settings, sort_keys=True)} {seed}")


def cases(kind: str) -> list[object]:
    return [
        pytest.param(rule, dict(settings), seed, id=f"{rule.name}-{k}-{seed}", marks=together(settings, seed))
        for rule in RULES.values()
        for k, settings in enumerate(getattr(rule, kind))
        for seed in SEEDS
    ]


@pytest.mark.parametrize(("rule", "settings", "seed"), cases("sick"))
def test_fires_in_a_sick_run(rule: Rule, settings: dict[str, object], seed: int) -> None:
    assert rule.name in [finding.rule for finding in diagnosis_of(settings, seed).findings]


@pytest.mark.parametrize(("rule", "settings", "seed"), cases("healthy"))
def test_silent_in_a_run_that_only_looks_sick(rule: Rule, settings: dict[str, object], seed: int) -> None:
    told = [f for f in diagnosis_of(settings, seed).findings if f.rule == rule.name]
    assert [f for f in told if f.severity is not Severity.NOTE or rule.severity is Severity.NOTE] == []


@pytest.mark.parametrize(
    ("settings", "seed"),
    [pytest.param(s, seed, id=f"{s}-{seed}", marks=together(s, seed)) for s in HEALTHY for seed in SEEDS],
)
def test_no_alarm_in_a_healthy_run(settings: dict[str, object], seed: int) -> None:
    diagnosis = diagnosis_of(settings, seed)
    assert [f.message for f in diagnosis.findings if f.severity is not Severity.NOTE] == []
    assert [s for s in diagnosis.skipped if "fault" in s.because] == []


def test_deep_sigmoid_network_on_a_sine_is_told_in_order() -> None:
    deep = {"data": "sum", "hidden": (10,) * 7, "activation": "sigmoid", "output": "sigmoid"}
    for seed in SEEDS:
        rules = [finding.rule for finding in diagnosis_of(deep, seed).findings]
        assert rules[:2] == ["output-range-cannot-reach-target", "vanishing-gradients"]


def test_one_sigmoid_at_fifty_is_told_as_cause_and_consequence() -> None:
    settings = {"data": "one", "hidden": (), "output": "sigmoid", "init": "fixed", "bias": False, "batch_size": None}
    first, second = diagnosis_of(settings, SEEDS[0]).findings
    assert (first.rule, second.rule) == ("unscaled-inputs", "derivative-rounds-to-zero")
    assert second.consequence_of == first.rule
    assert "1.9e-22" in second.message


def test_being_in_the_folder_is_being_registered() -> None:
    files = {path.stem.replace("_", "-") for path in FOLDER.glob("[!_]*.py")}
    assert set(RULES) == files
    assert all(rule.name == name for name, rule in RULES.items())


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_page_has_all_headings_a_source_and_what_goes_with_them(rule: Rule) -> None:
    assert list(rule.sections) == list(HEADINGS)
    assert all(len(text) > 40 for text in rule.sections.values())
    assert re.search(r"\d{4}", rule.sections["Source"]), "a source has a year"
    assert rule.summary.endswith((".", "wrong."))
    assert rule.sick
    assert rule.healthy
    assert rule.remedies or rule.severity is Severity.NOTE


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_threshold_has_a_reason(rule: Rule) -> None:
    lines = (FOLDER / f"{rule.name.replace('-', '_')}.py").read_text(encoding="utf-8").splitlines()
    for before, line in itertools.pairwise(lines):
        if re.match(r"[A-Z_, ]+ = [-\d.]", line):
            assert before.startswith("#"), line


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_what_a_rule_explains_exists(rule: Rule) -> None:
    check_names(rule.explains, also=MISTAKES)
    stages = [RULES[name].stage for name in rule.explains if name in RULES]
    assert all(stage >= rule.stage for stage in stages), "a cause comes before its effect"


def test_unknown_names_are_answered_with_the_closest() -> None:
    check_names(["dead-relu", "constant-factor-only"], also=["constant-factor-only"])
    with pytest.raises(UnknownRule, match=r"'dead_rely'.*dead-relu"):
        check_names(["dead_rely"])
    with pytest.raises(UnknownRule, match="backproof rules"):
        check_names(["12345"])


def test_a_file_with_two_rules_or_another_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from backproof.rules import _rule_in, dead_relu

    monkeypatch.setattr(dead_relu, "second", RULES["plateau"], raising=False)
    with pytest.raises(TypeError, match="must hold one rule"):
        _rule_in("dead_relu")
