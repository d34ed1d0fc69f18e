"""A loss and its gradient as callables over arrays, numbers, and nested structures of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from backproof.errors import UsageError
from backproof.gradcheck.compared import comparison_in
from backproof.gradcheck.programs._calls import argument_names
from backproof.gradcheck.programs._program import Array, Program
from backproof.gradcheck.programs._structure import Structure, as_part, leaves
from backproof.gradcheck.steps import ParameterStep, RecordedStep
from backproof.gradcheck.tracing import Tape, Traced

OPTIONS = frozenset({"sizes"})


def program(target: Any, inputs: tuple[Any, ...], options: Mapping[str, Any], seed: int) -> Program:
    """A program of `loss(params)` and its gradient.

    Args:
        target: The loss; it returns a number, or arrays whose elements are summed with fixed weights.
        inputs: The parameters; then the gradient: a callable of the parameters that returns their structure, or that
            structure itself. Without it the loss must return a pair (loss, gradient).
        options: `sizes`: counts by which a gradient may be too large, {"samples": 32}.
        seed: Of the weights of several outputs.

    Raises:
        UsageError: Something does not fit together; the message says what.
    """
    if not callable(target):
        raise UsageError(
            f"the first argument must be a loss that can be called, or an object of a framework; it is {target!r}"
        )
    unknown = set(options) - OPTIONS
    if unknown:
        raise UsageError(f"there is no option {sorted(unknown)[0]!r} for a loss over arrays; there is: sizes")
    if not 1 <= len(inputs) <= 2:
        raise UsageError("give the loss, its parameters, and their gradient: check_gradient(loss, params, gradient)")
    structure = Structure(inputs[0], argument_names(target, 1)[0])
    if not structure.parameters:
        raise UsageError(f"the parameters hold no floating-point numbers: {inputs[0]!r}")
    return _Callables(target, inputs[1] if len(inputs) == 2 else None, structure, seed).program(options)


class _Callables:
    """The loss and the gradient as functions of one vector."""

    def __init__(self, loss: Callable[..., Any], gradient: Any, structure: Structure, seed: int) -> None:
        self.structure, self.seed, self.notes = structure, seed, list[str]()
        self.loss, self.gradient = loss, gradient
        value = self._first_call()
        self.paired = gradient is None
        if self.paired:
            self._check_pair(value)
            self.gradient = lambda params: loss(params)[1]
            self.loss = lambda params: loss(params)[0]
            value = value[0]
        self.shapes = [np.shape(leaf) for _, leaf in leaves(value, "", "loss")]
        self.scalar = [int(np.prod(shape, dtype=int)) for shape in self.shapes] == [1]
        count = sum(int(np.prod(shape, dtype=int)) for shape in self.shapes)
        self.weights = np.ones(1) if self.scalar else np.random.default_rng([seed, 9]).uniform(0.5, 1.5, count)

    def _first_call(self) -> Any:
        """The loss at the given point, in float64 if it runs so."""
        for own_precision in (False, True) if self.structure.single else (False,):
            self.own_precision = own_precision
            params = self.structure.build(self.structure.point, own_precision=own_precision)
            try:
                value = self.loss(params)
            except Exception as error:
                failed = error
                continue
            if not np.array_equal(Structure(params, "").point, self.structure.build_point(own_precision)):
                self.notes.append("the loss changes its arguments in place: it was given copies")
            if self.structure.single:
                self.notes.append("run in its own precision" if own_precision else "run in float64")
            return value
        raise UsageError(f"the loss fails at the given point: {type(failed).__name__}: {failed}") from failed

    def _check_pair(self, value: Any) -> None:
        if not (isinstance(value, tuple) and len(value) == 2):
            raise UsageError(
                "there is no gradient to check: give it as the third argument, as a callable or as numbers, or let the "
                "loss return the pair (loss, gradient)"
            )

    def program(self, options: Mapping[str, Any]) -> Program:
        point = self.structure.point
        known = not callable(self.gradient)
        analytic = self._flat_gradient(self.gradient if known else self._call_gradient(point))
        rounding = _rounding(self.gradient if known else self._call_gradient(point))
        return Program(
            self.structure.parameters,
            point,
            self.value,
            analytic,
            None if known else lambda vector: self._flat_gradient(self._call_gradient(vector)),
            complex_loss=None if self.own_precision else self.complex_value,
            rounding=rounding,
            recorded=self.recorded,
            grid=float(np.finfo(np.float32).eps) if self.own_precision else float(np.finfo(np.float64).eps),
            sizes=dict(options.get("sizes", {})),
            notes=self.notes,
        )

    def value(self, vector: Array) -> float:
        """The loss, or the weighted sum of the outputs."""
        return float(self._sum(self.loss(self.structure.build(vector, own_precision=self.own_precision))))

    def complex_value(self, vector: Any) -> complex:
        """The same of complex numbers."""
        return complex(self._sum(self.loss(self.structure.build(vector))))

    def recorded(self, vector: Array, gradient: Array) -> tuple[RecordedStep, str] | None:
        """The forward pass as NumPy was called by it, with what is compared, if both can be seen."""
        tape, parts, start = Tape(), [], 0
        for parameter in self.structure.parameters:
            parts.append(tape.leaf(vector[start : start + parameter.size].reshape(parameter.shape)))
            start += parameter.size
        roots = [part.node for part in parts]
        try:
            loss = self.loss(self.structure.build_of(parts))
        except Exception:  # whatever somebody's function makes of arrays that are none
            return None
        found = comparison_in(loss.node, roots) if isinstance(loss, Traced) and loss.size == 1 else None
        if found is None:
            return None
        updates = Structure(self.structure.build(gradient), "").build(-gradient)
        flat = iter(np.asarray(leaf) for _, leaf in leaves(updates, "", "x") if np.asarray(leaf).dtype.kind == "f")
        members = [
            ParameterStep(each.name, root, next(flat))
            for each, root in zip(self.structure.parameters, roots, strict=True)
        ]
        target = np.broadcast_to(np.asarray(found.target, dtype=np.float64), found.prediction.shape)
        stop = frozenset(root.index for root in roots)
        return RecordedStep(tuple(members), (found.prediction,), (target,), {loss.node: np.ones(())}, stop), found.loss

    def _sum(self, value: Any) -> Any:
        if self.scalar:
            (found,) = (leaf for _, leaf in leaves(value, "", "loss"))
            return np.asarray(found).reshape(())[()]
        parts = [np.asarray(leaf).ravel() for _, leaf in leaves(value, "", "loss")]
        return np.concatenate(parts) @ self.weights

    def _call_gradient(self, vector: Array) -> Any:
        try:
            return self.gradient(self.structure.build(vector, own_precision=self.own_precision))
        except Exception as error:
            raise UsageError(f"the gradient fails at the given point: {type(error).__name__}: {error}") from error

    def _flat_gradient(self, gradient: Any) -> Array:
        if self.scalar:
            return self.structure.flat(gradient, "the gradient")
        return self._from_jacobian(gradient)

    def _from_jacobian(self, jacobian: Any) -> Array:
        """The weighted sum of the rows of a Jacobian: of shape outputs + parameter for each parameter."""
        parts = [leaf for _, leaf in leaves(jacobian, "", "jacobian")]
        if len(parts) != len(self.structure.parameters) or len(self.shapes) != 1:
            raise UsageError("with several outputs the gradient must be a Jacobian for each parameter")
        summed = []
        for part, parameter in zip(parts, self.structure.parameters, strict=True):
            wanted = (*self.shapes[0], *parameter.shape)
            if np.shape(part) != wanted:
                raise UsageError(
                    f"the Jacobian of {parameter.name} has shape {np.shape(part)}; with outputs of shape "
                    f"{self.shapes[0]} it must be {wanted}"
                )
            rows = np.asarray(part, dtype=np.float64).reshape(len(self.weights), parameter.size)
            summed.append(as_part((self.weights @ rows).reshape(parameter.shape), parameter, "the Jacobian"))
        return np.concatenate(summed)


def _rounding(gradient: Any) -> float:
    """Unit roundoff of the coarsest numbers in a gradient."""
    kinds = [np.asarray(leaf).dtype for _, leaf in leaves(gradient, "", "") if leaf is not None]
    return max([float(np.finfo(kind).eps) for kind in kinds if kind.kind == "f"], default=float(np.finfo(float).eps))
