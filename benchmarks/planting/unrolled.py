"""The way back as it is written line by line, a name for every array: shared by the styles that do so."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.planting.forms import Form
from benchmarks.planting.formulas import apply, slope
from benchmarks.planting.updates import Updates


@dataclass(slots=True, kw_only=True)
class Unrolled(Updates):
    """Writes the forward pass, the way back and the updates of one script.

    Attributes:
        form: How its arrays lie.
        stale_allowed: There are copies of the weights, which the forward pass may read by mistake.
    """

    form: Form
    stale_allowed: bool = False

    # -- forward

    def forward(self) -> None:
        """All layers."""
        n, network = self.names, self.script.network
        for k in range(1, network.depth + 1):
            weight = self.script.pick(n.weight(k), k, stale=f"old_{k}" if self.stale_allowed else None)
            self._line(f"{n.z(k)} = {self.form.forward(n.a(k - 1), weight, self._bias(k))}")
            self._line(f"{n.a(k)} = {apply(network.activation(k), n.z(k), self.form.axis)}")

    def _bias(self, k: int) -> str | None:
        return self.names.bias(k) if self.script.network.biases else None

    # -- the loss

    def loss(self, prediction: str, target: str) -> str:
        """The loss in the script's words."""
        network, vectors = self.script.network, self.form.layout == "vectors"
        error = f"({prediction} - {target}) ** 2"
        text = {
            "half": f"0.5 * np.sum({error})",
            "sum": f"np.sum({error})",
            "mean": f"np.mean({error})",
            "binary": f"-np.sum({target} * np.log({prediction}) + (1 - {target}) * np.log(1 - {prediction}))",
            "categorical": f"-np.sum({target} * np.log({prediction}))",
        }[network.loss]
        if network.loss in ("binary", "categorical") and not vectors:
            text += f" / {network.samples}"
        if network.penalty:
            for k in range(1, network.depth + 1):
                text += f" + {network.penalty / 2!r} * np.sum({self.names.weight(k)} ** 2)"
        return text

    def _scaled(self, error: str) -> str:
        network, units = self.script.network, self.script.network.sizes[-1]
        rows = 1 if self.form.layout == "vectors" else network.samples
        if network.loss == "sum":
            return f"2 * {error}"
        if network.loss == "mean":
            return f"2 * {error} / {rows * units}"
        if network.loss in ("binary", "categorical") and rows > 1:
            return f"{error} / {rows}"
        return error

    # -- backward

    def backward(self, *, update: bool = False) -> None:
        """Delta and the gradients of all layers; `update`: each layer is updated as soon as its gradient is there."""
        depth = self.script.network.depth
        early = {k for k in range(2, depth + 1) if self.script.has("link_updated", k)} if not update else set()
        for k in range(depth, 0, -1):
            self._delta(k)
            self._gradients(k)
            if k in early:
                self.script.mark("link_updated", k)
                self._update_weight(k)
        for k in range(1, depth + 1):
            self._update(k, weight=k not in early)

    def deltas(self) -> None:
        """Delta and the gradients of all layers, without updates."""
        for k in range(self.script.network.depth, 0, -1):
            self._delta(k)
            self._gradients(k)

    def _delta(self, k: int) -> None:
        n, network = self.names, self.script.network
        upstream = self._error() if k == network.depth else self._link(k + 1)
        if network.activation(k) == "softmax" or (k == network.depth and self._is_fused()):
            self._at_output(upstream)
            return
        if network.joined and k < network.depth:
            self._line(f"{n.d(k)} = {self._with_slope(k, f'({upstream})')}")
            return
        self.script.mark("output_missing" if k == network.depth else "missing", k)  # the next line may be a mere name
        self._line(f"{n.e(k)} = {upstream}")
        self.script.mark("link_missing", k + 1)
        self._line(f"{n.d(k)} = {self._with_slope(k, n.e(k))}")

    def _with_slope(self, k: int, upstream: str) -> str:
        n, network = self.names, self.script.network
        if network.activation(k) == "linear":
            return self.script.pick(upstream, k, sign_delta=f"-{upstream}")
        below = n.z(k - 1) if not network.of_value else n.a(k - 1)
        alike = k > 1 and network.sizes[k] == network.sizes[k - 1] and network.activation(k) == network.hidden
        factor = slope(self.script, k, n.z(k), n.a(k), neighbour=below if alike else None)
        right = f"{upstream} * {factor}"
        kind = "output_missing" if k == network.depth else "missing"
        summed = self._summed(k, upstream, factor)
        return self.script.pick(
            right, k, sign_delta=f"-{right}", summed_units=summed, **{kind: upstream}, **self._odd(k, upstream, right)
        )

    def _odd(self, k: int, upstream: str, right: str) -> dict[str, str | None]:
        """What is in no table, and must get no name."""
        z, units = self.names.z(k), self.script.network.sizes[k]
        flipped = f"({right})[:, ::-1]" if self.form.layout == "rows" else f"({right})[::-1]"
        return {
            "open_cosine": f"{upstream} * np.cos({z})",
            "open_noise": f"{right} * (1 + 0.1 * np.sin(7 * np.arange({z}.size).reshape({z}.shape)))",
            "open_clipped": f"np.clip({right}, -0.02, 0.01)",
            "open_shifted": f"{right} + 0.01",
            "open_flipped": flipped if units > 1 else None,
            "open_root": f"np.sign({upstream}) * np.sqrt(np.abs({right}))",
            "open_thirds": f"{right} * (np.arange({z}.size).reshape({z}.shape) % 3)",
        }

    def _summed(self, k: int, upstream: str, factor: str) -> str | None:
        if k > 1 or self.script.network.sizes[k] == 1:
            return None
        if self.form.layout == "vectors":
            return f"np.dot({upstream}, {factor}) * np.ones({self.script.network.sizes[k]})"
        return self.form.total(f"{upstream} * {factor}") + f" * np.ones(({self._shape(k)}))"

    def _shape(self, k: int) -> str:
        rows, units = self.script.network.samples, self.script.network.sizes[k]
        return f"{rows}, {units}" if self.form.layout == "rows" else f"{units}, {rows}"

    # -- the output

    def _is_fused(self) -> bool:
        network = self.script.network
        return network.loss == "categorical" or (network.loss == "binary" and network.fused)

    def _error(self) -> str:
        n, network = self.names, self.script.network
        y, t = n.a(network.depth), n.target
        right = f"({y} - {t})"
        told = network.prints or bool(network.penalty)  # else nothing but the error speaks of targets
        probable = network.output in ("sigmoid", "softmax")
        if network.loss == "binary" and not network.fused:
            right = f"({y} - {t}) / ({y} * (1 - {y}))"
        chosen = self.script.pick(
            right,
            network.depth,
            sign_all=right.replace(f"({y} - {t})", f"({t} - {y})", 1),
            error_squared=f"({y} - {t}) ** 2",
            error_absolute=f"np.abs({y} - {t})",
            error_sign=f"np.sign({y} - {t})",
            error_plus=f"({y} + {t})" if told else None,
            error_prediction=y if told else None,
            error_target=t if told else None,
            error_one=f"np.ones_like({y})" if told else None,
            error_half=f"-({t} / {y})" if probable and network.loss == "binary" and not network.fused else None,
            error_other_loss=self._of_another_loss(y, t),
        )
        return self._scaled(chosen)

    def _of_another_loss(self, y: str, t: str) -> str | None:
        network = self.script.network
        if network.loss == "binary" and not network.fused:
            return f"({y} - {t})"
        if network.output == "sigmoid" and network.loss in ("half", "sum", "mean"):
            return f"({y} - {t}) / ({y} * (1 - {y}))"
        return None

    def _at_output(self, error: str) -> None:
        n, network, depth = self.names, self.script.network, self.script.network.depth
        y = n.a(depth)
        if network.loss == "half":  # a softmax with the squared error
            self._line(f"{n.e(depth)} = {error}")
            e = n.e(depth)
            right = f"{y} * ({e} - np.sum({e} * {y}{self._over_units()}))"
            self._line(
                f"{n.d(depth)} = "
                + self.script.pick(right, depth, softmax_diagonal=f"{e} * {y} * (1 - {y})", output_missing=e)
            )
            return
        on_top = f"{error} * {y} * (1 - {y})"
        kind = "softmax_on_top" if network.output == "softmax" else "error_other_loss"
        self._line(f"{n.d(depth)} = {self.script.pick(error, depth, **{kind: on_top})}")

    def _over_units(self) -> str:
        return "" if self.form.layout == "vectors" else f", axis={self.form.axis}, keepdims=True"

    # -- links

    def _link(self, k: int) -> str:
        """What goes back from layer `k` to the one below."""
        n, network, form = self.names, self.script.network, self.form
        weight, d = n.weight(k), n.d(k)
        self.script.mark("link_updated", k)
        square = network.sizes[k] == network.sizes[k - 1] and network.sizes[k] > 1
        has_error = not (k == network.depth and (self._is_fused() or network.activation(k) == "softmax"))
        has_error = has_error and not (network.joined and k < network.depth) and network.activation(k) != "linear"
        other = self._like(k, k - 1) or self._like(k, k + 1)
        several = network.sizes[k] > 1 and form.layout != "vectors"
        return self.script.pick(
            form.back(d, weight),
            k,
            link_missing=d if square else None,
            link_summed=f"{form.total(d)} * np.ones(({self._shape(k - 1)}))" if several else None,
            link_transposed=form.back(d, weight, transposed=False) if square else None,
            link_error=form.back(n.e(k), weight) if has_error else None,
            link_other_layer=form.back(d, n.weight(other)) if other else None,
        )

    # -- gradients

    def _gradients(self, k: int) -> None:
        n, network = self.names, self.script.network
        sizes = network.sizes
        d, a = n.d(k), n.a(k - 1)
        has_error = not (network.joined and k < network.depth) and network.activation(k) not in ("linear", "softmax")
        has_error = has_error and not (k == network.depth and self._is_fused())
        square = sizes[k] == sizes[k - 1] and sizes[k] > 1
        right = self.form.gradient(a, d)
        penalty = network.penalty
        weight = self.script.pick(
            right,
            k,
            input_sum=self.form.gradient(n.z(k - 1), d) if k > 1 and network.hidden != "linear" else None,
            input_own=self.form.gradient(n.a(k), d) if square else None,
            input_network=self.form.gradient(n.a(0), d) if k > 1 and sizes[0] == sizes[k - 1] else None,
            input_missing=self.form.gradient(self.form.ones(a), d),
            delta_error=self.form.gradient(a, n.e(k)) if has_error else None,
            gradient_transposed=self.form.transposed_gradient(a, d) if square else None,
        )
        if penalty:
            w = n.weight(k)
            weight += self.script.pick(
                f" + {penalty!r} * {w}",
                k,
                decay_missing="",
                decay_twice=f" + {2 * penalty!r} * {w}",
                decay_sign=f" - {penalty!r} * {w}",
            )
        self._line(f"{n.grad_weight(k)} = {weight}")
        if network.biases:
            self._line(f"{n.grad_bias(k)} = {self._grad_bias(k, has_error)}")

    def _grad_bias(self, k: int, has_error: bool) -> str:
        n, form = self.names, self.form
        d = n.d(k)
        scaled = self.script.network.optimiser in ("sgd", "momentum")  # the others take no notice of a factor
        batch, several = form.layout != "vectors", self.script.network.sizes[k] > 1
        return self.script.pick(
            form.reduced(d),
            k,
            bias_mean=form.reduced(d, "mean") if batch and scaled else None,
            bias_all=f"np.sum({d})" if several else None,
            bias_last=form.one_sample(d, 1),
            bias_first=form.one_sample(d, 0),
            bias_error=form.reduced(n.e(k)) if has_error else None,
        )
