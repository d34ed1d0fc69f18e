"""pytest's fixture `check_gradient`: a test fails with a table where a gradient is wrong, and says which mistake it is.

```python
def test_my_layer(check_gradient):
    check_gradient(layer, inputs)
```

`pytest --gradient-seed 7` draws otherwise; a failure names the seed that repeats it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

OUTCOMES = ("fail", "skip", "pass")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The seed of what checks draw."""
    group = parser.getgroup("backproof")
    group.addoption("--gradient-seed", type=int, default=0, metavar="N", help="seed of gradient checks (default: 0)")


@pytest.fixture
def check_gradient(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """A function that checks as `backproof.check_gradient` does, and fails the test unless the gradient is right.

    `undecided="fail"` (the default), `"skip"` or `"pass"` says what happens where nothing can be decided: at a kink, or
    with a random loss.
    """
    seed = request.config.getoption("--gradient-seed")

    def check(target: Any, *inputs: Any, undecided: str = "fail", **options: Any) -> Any:
        __tracebackhide__ = True
        from backproof.gradcheck.check import check_gradient as checked

        if undecided not in OUTCOMES:
            raise ValueError(f"undecided must be one of {', '.join(OUTCOMES)}, not {undecided!r}")
        found = checked(target, *inputs, **{"seed": seed, **options})
        if found.verdict == "wrong" or (found.verdict == "undecided" and undecided == "fail"):
            again = f"repeat with: pytest --gradient-seed {found.seed} {request.node.nodeid!r}"
            pytest.fail(f"{found}\n{again}", pytrace=False)
        if found.verdict == "undecided" and undecided == "skip":
            pytest.skip(str(found.because))
        return found

    return check
