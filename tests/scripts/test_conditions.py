"""Which condition in a source can have ended a training loop: the one on a value, never a count of turns."""

from __future__ import annotations

import textwrap

import pytest

from backproof.graph.node import Span
from backproof.scripts.conditions import ending

UPDATE = "w = w - rate * gradient"
FOUND: dict[str, tuple[str, str, float]] = {  # source, the condition, the most turns that a count in it allows
    "a while loop on an error": (
        "while abs(error) > 0.05:\n    {update}\n    error = f(w)\n",
        "abs(error) > 0.05",
        1e999,
    ),
    "with a count beside it": (
        "while error > 0.1 and n < 500:\n    {update}\n    error = f(w)\n    n += 1\n",
        "error > 0.1 and n < 500",
        500,
    ),
    "a break": ("for k in range(9):\n    {update}\n    e = f(w)\n    if e < 1:\n        break\n", "e < 1", 1e999),
    "a return": (
        "def fit(w):\n    while True:\n        {update}\n        e = f(w)\n        if e < 1:\n            return w\n",
        "e < 1",
        1e999,
    ),
    "a break of the outer loop": (
        "for k in r:\n    for x in y:\n        {update}\n    total = f(w)\n    if total < 1:\n        break\n",
        "total < 1",
        1e999,
    ),
}
NONE: dict[str, str] = {
    "a count of turns": "while n < 100:\n    {update}\n    n += 1\n",
    "a count in a break": "for k in range(100):\n    {update}\n    if k > 10:\n        break\n",
    "a condition that ends no loop": "for k in r:\n    {update}\n    e = f(w)\n    if e < 1:\n        print(e)\n",
    "a break of another loop": "for k in r:\n    {update}\nfor x in y:\n    e = f(x)\n    if e < 1:\n        break\n",
    "two that may have been it": (
        "while True:\n    {update}\n    e = f(w)\n    if e < 1:\n        break\n    if e > 9:\n        break\n"
    ),
}


def _ending(source: str, left: bool = True) -> object:
    text = textwrap.dedent(source).replace("{update}", UPDATE)
    lines = text.splitlines()
    line = next(k for k, each in enumerate(lines, start=1) if UPDATE in each)
    loops = {("p.py", k) for k, each in enumerate(lines, start=1) if each.lstrip().startswith("for")}
    return ending({"p.py": text}, [Span("p.py", line, 0, line, 9)], loops if left else set())


@pytest.mark.parametrize("case", FOUND)
def test_the_condition_is_found(case: str) -> None:
    source, text, most = FOUND[case]
    found = _ending(source)
    assert found is not None
    assert (found.text, found.most) == (text, most)  # type: ignore[attr-defined]


@pytest.mark.parametrize("case", NONE)
def test_no_other_condition_is_blamed(case: str) -> None:
    assert _ending(NONE[case]) is None


def test_a_loop_whose_items_were_used_up_was_not_ended_by_its_break() -> None:
    assert _ending(FOUND["a break"][0], left=False) is None
