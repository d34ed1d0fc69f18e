"""Programs that stop with an exception: those on shapes are told with shapes and lines, all others not at all."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from backproof.doctor import diagnose
from backproof.findings import Finding
from backproof.observations import Crash, Run
from backproof.observers.stopped import with_crash
from backproof.scripts.crash import crash_of

# The program, the line that the finding points to first, and what it must say.
ON_SHAPES = {
    "backward product in the wrong order": (
        """
        import numpy as np
        X, W2 = np.ones((20, 3)), np.ones((5, 1))
        W1 = np.ones((3, 5))
        h = np.tanh(X.dot(W1))
        d_h = (h @ W2).dot(W2.T) * (1 - h ** 2)
        dW1 = d_h.dot(X)
        """,
        6, ("`d_h` of shape (20, 5)", "`X` of shape (20, 3)", "line 5", "Write `X.T @ d_h`", "(3, 5)"),
    ),
    "bias gradient that is not summed": (
        """
        import numpy as np
        class Layer:
            def __init__(self, n, m):
                self.W = np.ones((n, m))
                self.b = np.zeros((1, m))
            def step(self, grad):
                self.b -= 0.1 * grad
        Layer(3, 2).step(np.ones((30, 2)))
        """,
        7, ("`self.b` of shape (1, 2)", "(30, 2)", "line 5: `self.b = np.zeros((1, m))`", "sum(axis=0, keepdims=True)"),
    ),
    "bias of a column network": (
        """
        import numpy as np
        X, W1, b1 = np.ones((2, 50)), np.ones((5, 2)), np.zeros(5)
        Z1 = np.dot(W1, X) + b1
        """,
        3, ("`b1` of shape (5,)", "50 meets 5", "`b1.reshape(-1, 1)`"),
    ),
    "last batch is smaller": (
        """
        import numpy as np
        X, W, b = np.ones((100, 4)), np.ones((4, 8)), np.zeros((32, 8))
        for i in range(0, 100, 32):
            h = X[i:i + 32] @ W + b
        """,
        4, ("(4, 8)", "(32, 8)", "4 meets 32", "one row for all samples"),
    ),
    "targets of another form than predictions": (
        """
        import numpy as np
        def loss(p, t):
            return ((p - t) ** 2).mean()
        out = np.ones((10, 3))
        loss(out * 2, np.ones(10))
        """,
        3, ("`p` of shape (10, 3)", "`t` of shape (10,)", "line 5: `out * 2`", "`t.reshape(-1, 1)`"),
    ),
    "label beyond the classes": (
        """
        import numpy as np
        def one_hot(y, k):
            T = np.zeros((len(y), k))
            T[np.arange(len(y)), y] = 1
            return T
        one_hot(np.array([1, 2, 3]), 3)
        """,
        4, ("index 3", "axis 1 of `T`", "from 0 to 2"),
    ),
    "an array where a truth value is wanted": (
        """
        import numpy as np
        def relu(z):
            if z > 0:
                return z
            return 0
        relu(np.ones((10, 4)))
        """,
        3, ("`z > 0`", "one truth value", "np.maximum(0, z)"),
    ),
    "one axis where two are wanted": (
        """
        import numpy as np
        x = np.linspace(0, 1, 20)
        n, d = x.shape
        """,
        3, ("`x` of shape (20,) has 1 axis", "`x.reshape(-1, 1)`"),
    ),
    "a row of another length": (
        """
        import numpy as np
        W, g = np.zeros((3, 4)), np.ones(3)
        W[0] = g
        """,
        3, ("`g` of shape (3,)", "`W[0]` of shape (4,)"),
    ),
    "a column of ones that is none": (
        """
        import numpy as np
        X = np.concatenate([np.ones((20, 3)), np.ones(20)], axis=1)
        """,
        2, ("(20, 3)", "(20,)", "reshape(-1, 1)"),
    ),
    "images of another size": (
        """
        import numpy as np
        images = np.ones((100, 28, 28))
        X = images.reshape(100, 700)
        """,
        3, ("(100, 28, 28)", "78400 numbers"),
    ),
    "lists of unlike length": (
        """
        xs, ys, w = [1.0, 2.0, 3.0], [2.0, 4.0, 6.0, 8.0], 0.1
        for i in range(len(ys)):
            w += 0.01 * (ys[i] - w * xs[i]) * xs[i]
        """,
        3, ("index 3", "`xs`, a list of 3", "`ys`, a list of 4, has one there"),
    ),
    "lists that are no arrays": (
        """
        xs = [1.0, 2.0, 3.0]
        prediction = xs * 0.5
        """,
        2, ("`xs`, a list of 3", "np.array(xs)"),
    ),
    "zip that is strict": (
        """
        a, b = [1.0, 2.0, 3.0], [1.0, 2.0]
        for p, q in zip(a, b, strict=True):
            p - q
        """,
        2, ("a list of 3", "a list of 2"),
    ),
}  # fmt: skip
OTHERS = {
    "a missing file": "import numpy as np\nnp.loadtxt('missing.csv')",
    "a missing key": "d = {'W1': 1.0}\nd['W2']",
    "a name that does not exist": "wieghts + 1",
    "no argument given": "import sys\nsys.argv[99]",
    "words in a list": "'a b c'.split()[7]",
    "words to unpack": "a, b = 'x y z'.split()",
    "text and number": "'a' + 1",
    "text that is no number": "float('abc')",
    "an empty average": "sum([]) / len([])",
    "nothing to take": "[].pop()",
    "no such attribute": "import numpy as np\nnp.zeros(3).foo",
    "an error of its own": "import numpy as np\nraise ValueError('shapes (3,4) and (3,) not aligned')",
    "assertion": "import numpy as np\nassert np.ones(3).sum() == 2",
}  # fmt: skip


def crash_in(source: str, folder: Path) -> Crash | None:
    """What is seen of the exception that ends a program."""
    file = folder / "program.py"
    text = textwrap.dedent(source).lstrip("\n")
    file.write_text(text, encoding="utf-8")
    try:
        exec(compile(text, str(file), "exec"), {"__name__": "__main__"})
    except Exception as error:
        return crash_of(error, {str(file): text})
    raise AssertionError("it did not stop")


def told_of(crash: Crash | None) -> tuple[Finding, ...]:
    diagnosis = diagnose(with_crash(Run(), crash), select=["shape-error"])
    assert not [skipped for skipped in diagnosis.skipped if "fault" in skipped.because]
    return diagnosis.findings


@pytest.mark.parametrize("name", ON_SHAPES)
def test_shapes_are_told_with_their_lines(name: str, tmp_path: Path) -> None:
    source, line, words = ON_SHAPES[name]
    (finding,) = told_of(crash_in(source, tmp_path))
    said = " ".join((finding.message, *(remedy.title for remedy in finding.remedies)))
    assert finding.where[0].line == line
    assert [word for word in words if word not in said] == [], said
    assert finding.evidence[0].values


@pytest.mark.parametrize("name", OTHERS)
def test_other_exceptions_are_left_alone(name: str, tmp_path: Path) -> None:
    assert told_of(crash_in(OTHERS[name], tmp_path)) == ()


def test_nothing_of_the_program_is_run_to_read_what_it_holds(tmp_path: Path) -> None:
    source = """
        import numpy as np
        calls = []
        class Table:
            def __init__(self): self.rows = np.ones((2, 3))
            @property
            def x(self): calls.append("property"); return self.rows
            def __getattr__(self, name): calls.append("getattr"); raise AttributeError(name)
            def __matmul__(self, other): calls.append("matmul"); return self.rows @ other
            def __getitem__(self, key): calls.append("item"); return self.rows[key]
            def __len__(self): calls.append("len"); return 2
        t = Table()
        def forward(): return t.x @ np.ones((2, 2)) + t[0] + t.missing
        before = list(calls)
        forward()
    """
    file, text = tmp_path / "program.py", textwrap.dedent(source)
    names: dict[str, object] = {"__name__": "__main__"}
    with pytest.raises(ValueError, match="mismatch") as caught:
        exec(compile(text, str(file), "exec"), names)
    assert names["calls"] == ["property"]
    crash = crash_of(caught.value, {str(file): text})
    assert crash is not None
    assert crash.kind == "product"
    assert names["calls"] == ["property"]
