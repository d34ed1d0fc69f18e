"""How the arrays of a script lie: samples as rows, as columns, or one vector at a time; and the products they make."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """One way to lay out arrays; the methods give expressions.

    Attributes:
        layout: "rows", "columns" or "vectors".
        at: Whether `@` is written, else `np.dot`.
    """

    layout: str
    at: bool

    @property
    def axis(self) -> int:
        """Of the units."""
        return {"rows": 1, "columns": 0, "vectors": 0}[self.layout]

    @property
    def batch_axis(self) -> int:
        """Of the samples."""
        return 1 - self.axis

    def times(self, left: str, right: str) -> str:
        """A matrix product."""
        return f"{left} @ {right}" if self.at else f"np.dot({left}, {right})"

    def weight_shape(self, inputs: int, outputs: int) -> str:
        """Of a weight."""
        return f"({inputs}, {outputs})" if self.layout == "rows" else f"({outputs}, {inputs})"

    def bias_shape(self, outputs: int) -> str:
        """Of a bias."""
        return {"rows": f"(1, {outputs})", "columns": f"({outputs}, 1)", "vectors": f"{outputs}"}[self.layout]

    def forward(self, a: str, weight: str, bias: str | None) -> str:
        """What goes into an activation."""
        product = self.times(a, weight) if self.layout == "rows" else self.times(weight, a)
        return product + (f" + {bias}" if bias else "")

    def gradient(self, a: str, d: str) -> str:
        """The gradient of a weight."""
        if self.layout == "vectors":
            return f"np.outer({d}, {a})"
        return self.times(f"{a}.T", d) if self.layout == "rows" else self.times(d, f"{a}.T")

    def transposed_gradient(self, a: str, d: str) -> str:
        """The same, the wrong way round."""
        if self.layout == "vectors":
            return f"np.outer({a}, {d})"
        return self.times(f"{d}.T", a) if self.layout == "rows" else self.times(a, f"{d}.T")

    def back(self, d: str, weight: str, *, transposed: bool = True) -> str:
        """What goes back through a weight."""
        used = f"{weight}.T" if transposed else weight
        return self.times(d, used) if self.layout == "rows" else self.times(used, d)

    def total(self, d: str) -> str:
        """The sum over the units, kept in shape."""
        return f"np.sum({d})" if self.layout == "vectors" else f"np.sum({d}, axis={self.axis}, keepdims=True)"

    def reduced(self, d: str, how: str = "sum") -> str:
        """Delta summed over the samples."""
        return d if self.layout == "vectors" else f"np.{how}({d}, axis={self.batch_axis}, keepdims=True)"

    def one_sample(self, d: str, which: int) -> str | None:
        """Delta of one sample of the batch."""
        if self.layout == "vectors":
            return None
        part = "-1:" if which else ":1"
        return f"{d}[{part}]" if self.layout == "rows" else f"{d}[:, {part}]"

    def ones(self, a: str) -> str:
        """Ones in the shape of an array."""
        return f"np.ones_like({a})"
