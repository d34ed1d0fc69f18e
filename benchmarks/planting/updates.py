"""The updates as they are written one by one, and what can be wrong in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.planting.script import Script

Name = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Names:
    """What a script calls its arrays, by layer from 1; `a(0)` are the inputs."""

    weight: Name
    bias: Name
    z: Name
    a: Name
    e: Name
    d: Name
    grad_weight: Name
    grad_bias: Name
    target: str
    rate: str


@dataclass(slots=True, kw_only=True)
class Updates:
    """Writes the updates of one script, layer by layer.

    Attributes:
        script: That is written.
        names: What it calls its arrays.
        indent: Before every line.
        inplace: `-=` in place of a new value.
    """

    script: Script
    names: Names
    indent: str
    inplace: bool = True

    def updates(self) -> None:
        """Of all layers."""
        for k in range(1, self.script.network.depth + 1):
            self._update(k)

    def _like(self, k: int, other: int) -> int | None:
        """Another layer with weights of the same shape."""
        sizes = self.script.network.sizes
        if not 1 <= other < len(sizes) or other == k:
            return None
        return other if (sizes[other], sizes[other - 1]) == (sizes[k], sizes[k - 1]) else None

    def _update(self, k: int, *, weight: bool = True) -> None:
        if weight:
            self._update_weight(k)
        if self.script.network.biases:
            n, other = self.names, self._like_bias(k)
            self._step(
                n.bias(k),
                n.grad_bias(k),
                k,
                {
                    "sign": "bias_sign",
                    "never": "bias_never",
                    "factor": "bias_factor",
                },
                n.grad_bias(other) if other else None,
                n.bias(other) if other else None,
            )

    def _like_bias(self, k: int) -> int | None:
        sizes = self.script.network.sizes
        return next((j for j in (k - 1, k + 1) if 1 <= j < len(sizes) and sizes[j] == sizes[k]), None)

    def _update_weight(self, k: int) -> None:
        n, other = self.names, self._like(k, k - 1) or self._like(k, k + 1)
        self._step(
            n.weight(k),
            n.grad_weight(k),
            k,
            {},
            n.grad_weight(other) if other else None,
            n.weight(other) if other else None,
        )

    def _step(
        self,
        parameter: str,
        gradient: str,
        k: int,
        kinds: dict[str, str],
        other_gradient: str | None,
        other: str | None,
    ) -> None:
        rate = self.names.rate
        bias = bool(kinds)
        self.script.mark("sign_all", self.script.network.depth)  # there it can be mended as well
        if self.script.has(kinds.get("never", "never"), k):
            self.script.about(kinds.get("never", "never"), k, parameter)
            return
        if self.inplace:
            right = f"{parameter} -= {rate} * {gradient}"
            sign = f"{parameter} += {rate} * {gradient}"
            factor = f"{parameter} -= 10 * {rate} * {gradient}"
            foreign = f"{parameter} -= {rate} * {other_gradient}"
        else:
            right = f"{parameter} = {parameter} - {rate} * {gradient}"
            sign = f"{parameter} = {parameter} + {rate} * {gradient}"
            factor = f"{parameter} = {parameter} - 10 * {rate} * {gradient}"
            foreign = f"{parameter} = {parameter} - {rate} * {other_gradient}"
        self._line(
            self.script.pick(
                right,
                k,
                **{kinds.get("sign", "sign"): sign, kinds.get("factor", "factor"): factor},
                other_gradient=foreign if other_gradient and not bias else None,
                other_variable=f"{parameter} = {other} - {rate} * {gradient}" if other and not bias else None,
                assigns=None if bias else f"{parameter} = {rate} * {gradient}",
                assigns_minus=None if bias else f"{parameter} =- {rate} * {gradient}",
            )
        )

    def _line(self, text: str) -> None:
        self.script.write(self.indent + text)
