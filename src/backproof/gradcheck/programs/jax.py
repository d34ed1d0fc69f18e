"""JAX: functions of arrays and pytrees, `jax.custom_vjp`, `jax.custom_jvp`, and pytrees that can be called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp
from jax import tree_util

from backproof.errors import UsageError
from backproof.gradcheck.programs._calls import argument_names, asked_arguments, name_of, path_name
from backproof.gradcheck.programs._program import Array, OtherMode, Parameter, Program, flat
from backproof.gradcheck.programs._structure import as_part

OPTIONS = ("loss", "inputs", "argnums", "gradient")
STACKED = 1 << 22  # numbers in the vectors that vmap gets at once
ENOUGH = 48  # vectors at once: those of eight elements
SMALL = 1 << 12  # numbers: filling up to so many vectors is faster than compiling for another count
ALONG = 8  # parameters: up to so many are compared one by one where the two modes are, more of them together
AGREE = 1e3  # roundoffs, of a sum along a direction: where the two modes differ by more, both are judged


def doubles() -> AbstractContextManager[Any]:
    """In which arrays of float64 can be made."""
    home: Any = jax if hasattr(jax, "enable_x64") else jax.experimental  # of older releases
    return home.enable_x64(True)  # type: ignore[no-any-return]


def takes(target: Any, inputs: tuple[Any, ...]) -> bool:
    """Whatever has derivatives of JAX's kind, and what is called with JAX's arrays."""
    custom = isinstance(target, jax.custom_vjp | jax.custom_jvp)
    return callable(target) and (custom or any(isinstance(each, jax.Array) for each in tree_util.tree_leaves(inputs)))


def program(target: Any, inputs: tuple[Any, ...], options: Mapping[str, Any], seed: int) -> Program:
    """The outputs of the target, summed with fixed weights, and the gradient that JAX gives for that sum.

    Reverse mode (`jax.vjp`) is judged; where forward mode (`jax.jvp`) disagrees with it, that is, too.

    Args:
        target: A function of arrays and pytrees. One that is a pytree itself, as modules of Equinox are, is
            differentiated by its own leaves as well.
        inputs: What it is called with; all floating-point numbers in it are parameters. Or `params, gradient` with a
            function `gradient`, as `jax.grad` makes it.
        options: `loss`: a function of the outputs whose value is checked instead of the weighted sum; `argnums`: which
            arguments are differentiated by, all of them if not given; `inputs`: False for none of them, in a target
            that is a pytree; `gradient`: the gradients to judge instead of JAX's own, of the structure of the
            arguments, or a function of the arguments that gives them.
        seed: Of the weights.

    Raises:
        UsageError: The target fails at this point, or nothing in it can be differentiated.
    """
    if unknown := set(options) - set(OPTIONS):
        raise UsageError(f"there is no option {sorted(unknown)[0]!r} for JAX; there are: {', '.join(OPTIONS)}")
    if inputs[1:] and callable(inputs[1]) and "gradient" not in options:
        inputs, options = (inputs[0], *inputs[2:]), {**options, "gradient": inputs[1]}
    failed: Exception | None = None
    for exact, numbers in ((True, True), (False, True), (True, False), (False, False)):
        try:
            return _Target(target, inputs, options, seed, exact=exact, numbers=numbers).program()
        except UsageError:
            raise
        except Exception as error:  # whatever somebody's code raises, in float64 or in its own precision
            failed = error if failed is None or (numbers and not exact) else failed
    words = str(failed).partition("\n")[0]
    raise UsageError(f"the target fails with these inputs: {type(failed).__name__}: {words}") from failed


class _Target:
    """A target as a function of one vector of all leaves that it is differentiated by."""

    def __init__(
        self, target: Any, inputs: tuple[Any, ...], options: Mapping[str, Any], seed: int, *, exact: bool, numbers: bool
    ) -> None:
        self.target, self.loss_of, self.seed, self.exact = target, options.get("loss"), seed, exact
        self.given, self.notes = options.get("gradient"), list[str]()
        found, self.structure = tree_util.tree_flatten_with_path((target, *inputs))
        self.leaves = [leaf for _, leaf in found]
        arrays = any(_kind(leaf) == "f" and not isinstance(leaf, float) for leaf in self.leaves)
        skipped = float if arrays and not numbers else ()
        asked = asked_arguments(target, len(inputs), options)
        called = ["", *argument_names(target, len(inputs))]
        chosen = [k for k, (path, leaf) in enumerate(found) if path[0].idx in asked and _kind(leaf)]
        named = {k: path_name(found[k][0], called) for k in chosen}
        if complex_ones := [name for k, name in named.items() if _kind(self.leaves[k]) == "c"]:
            raise UsageError(f"{complex_ones[0]} holds complex numbers: give real and imaginary parts as two arguments")
        self.places = [k for k in named if not isinstance(self.leaves[k], skipped)]
        if not self.places:
            raise UsageError("nothing can be differentiated: no argument holds floating-point numbers")
        self.parameters = tuple(Parameter(named[k], tuple(np.shape(self.leaves[k]))) for k in self.places)
        self.kinds = [np.dtype(getattr(self.leaves[k], "dtype", np.float32)) for k in self.places]
        if exact and set(self.kinds) != {np.dtype(np.float64)}:
            self.notes.append("run in float64 (jax_enable_x64 is as it was)")
        if skipped:
            self.notes.append("Python's own numbers were taken as constants: the target needs their values")

    @contextmanager
    def precision(self) -> Iterator[None]:
        """JAX computes in float64, or as the user has set it."""
        with doubles() if self.exact else nullcontext():
            yield

    # -- as a function

    def arguments(self, vector: Any) -> list[Any]:
        """The target and its arguments with the numbers of a vector: in its precision, or in that of each leaf."""
        leaves, start = [self._constant(leaf) for leaf in self.leaves], 0
        for place, parameter, kind in zip(self.places, self.parameters, self.kinds, strict=True):
            part = jnp.reshape(vector[start : start + parameter.size], parameter.shape)
            start += parameter.size
            leaves[place] = part if self.exact else part.astype(kind)
        return list(tree_util.tree_unflatten(self.structure, leaves))

    def _constant(self, leaf: Any) -> Any:
        single = self.exact and not isinstance(leaf, float) and _kind(leaf) == "f"
        return jnp.asarray(leaf, dtype=np.float64) if single else leaf

    def outputs(self, vector: Any) -> list[Any]:
        """All arrays of floating-point numbers that come out, in order; of the loss, if there is one."""
        target, *inputs = self.arguments(vector)
        out = self.loss_of(target(*inputs)) if self.loss_of is not None else target(*inputs)
        found = [part for each in tree_util.tree_leaves(out) for part in _real_parts(each)]
        if not found:
            raise UsageError(f"no array of floating-point numbers comes out of {name_of(self.target)}: {out!r}")
        return found

    def total(self, vector: Any) -> Any:
        """The weighted sum of the outputs."""
        return sum(jnp.sum(w * out) for w, out in zip(self.weights, self.outputs(vector), strict=True))

    def loss(self, vector: Array) -> float:
        """The same, operation by operation."""
        return float(self.total(jnp.asarray(vector)))

    # -- as a program

    def program(self) -> Program:
        """With everything that it can do."""
        with self.precision():
            point = flat([self.leaves[k] for k in self.places])
            found = _shapes(self.outputs, point)
            shapes = [tuple(each.shape) for each in found]
            generator = np.random.default_rng([self.seed, 9])
            single = [int(np.prod(shape, dtype=int)) for shape in shapes] == [1]
            drawn = [np.ones(shape) if single else generator.uniform(0.5, 1.5, shape) for shape in shapes]
            self.weights = [weights.astype(each.dtype) for weights, each in zip(drawn, found, strict=True)]
            kinds = [np.float64 if self.exact else jax.dtypes.canonicalize_dtype(kind) for kind in self.kinds]
            made = Program(self.parameters, point, self.loss, point, notes=self.notes)
            made.rounding = made.grid = max(_eps(kind) for kind in kinds)
            made.losses = self._stacked(point)
            if made.losses is not None:
                losses = made.losses
                made.loss = lambda vector: float(losses(vector[None])[0])
            self._differentiate(made) if self.given is None else self._take_given(made)
            made.sizes = {"samples": shapes[0][0]} if len(shapes) == 1 and shapes[0] else {}
            made.surroundings = self.precision
        return made

    def _stacked(self, point: Array) -> Callable[[Array], Array] | None:
        """The losses of many vectors at once, compiled; None if the target cannot be traced, or is random.

        It is traced twice in one: what differs then are random numbers that are not JAX's own.
        """
        run = jax.jit(jax.vmap(lambda vector: jnp.stack([self.total(vector), self.total(vector)])))
        most = max(1, min(ENOUGH, STACKED // len(point)))

        def pairs(points: Array) -> Array:
            parts = []
            for k in range(0, len(points), most):
                some = points[k : k + most]
                missing = most - len(some) if len(some) > 1 or most * len(point) < SMALL else 0
                filled = np.concatenate([some, np.repeat(some[:1], missing, axis=0)])
                parts.append(np.asarray(run(jnp.asarray(filled)), dtype=np.float64)[: len(some)])
            return np.concatenate(parts)

        try:
            first, second = pairs(point[None])[0]
            pairs(np.stack([point, point]))  # compiled before the time of an evaluation is taken
        except Exception:  # control flow that follows values, callbacks, what has no rule for vmap
            return None
        return (lambda points: pairs(points)[:, 0]) if first == second or np.isnan(first) else None

    def _take_given(self, made: Program) -> None:
        """Judge the gradient of the options."""
        if callable(self.given):
            given = self.given
            made.gradient = lambda vector: self._flat(given(*self.arguments(jnp.asarray(vector))[1:]))
        made.analytic = made.gradient(made.point) if made.gradient else self._flat(self.given)
        kinds = [each.dtype for each in map(np.asarray, tree_util.tree_leaves(self.given)) if _kind(each) == "f"]
        made.rounding = max([made.rounding, *map(_eps, kinds)])

    def _parts(self, gradient: Any) -> list[Any]:
        leaves = tree_util.tree_leaves(gradient, is_leaf=lambda each: each is None)
        parts = [part for part in leaves if getattr(part, "dtype", None) != jax.dtypes.float0]  # of whole numbers
        names = ", ".join(each.name for each in self.parameters)
        if len(parts) != len(self.parameters):
            raise UsageError(f"the gradient has {len(parts)} parts, but there are {len(self.parameters)}: {names}")
        return parts

    def _flat(self, gradient: Any) -> Array:
        pairs = zip(self._parts(gradient), self.parameters, strict=True)
        return np.concatenate([as_part(part, each, "the gradient") for part, each in pairs])

    def _differentiate(self, made: Program) -> None:
        """Judge reverse mode, and forward mode where there is no other, or where it disagrees."""
        gradient, directions = jax.grad(self.total), _directions(made)
        reverse, failed = _runnable((jax.jit(gradient), gradient), made.point)
        if reverse is None:
            made.notes.append(f"there is no reverse mode ({type(failed).__name__}): forward mode (jax.jvp) is judged")
        made.gradient = reverse or self._forward(made.point)
        if made.gradient is None:
            raise failed or AssertionError
        made.analytic = made.gradient(made.point)
        slopes = partial(self._slopes, directions)
        along, _ = _runnable((jax.jit(slopes), slopes), made.point) if reverse else (None, None)
        if along is not None and self._differ(made, directions, along(made.point)):
            forward = self._forward(made.point)
            assert forward is not None
            made.other = OtherMode(("jax.vjp", "jax.jvp"), forward(made.point), forward)

    def _slopes(self, directions: Array, vector: Any) -> Any:
        tangents = jnp.asarray(directions, dtype=vector.dtype)
        return jnp.stack([jax.jvp(self.total, (vector,), (tangent,))[1] for tangent in tangents])

    def _forward(self, point: Array) -> Callable[[Array], Array] | None:
        """The gradient from forward mode alone, along every element; None if there is no such mode."""

        def one(vector: Any, k: Any) -> Any:
            return jax.jvp(self.total, (vector,), (jnp.zeros_like(vector).at[k].set(1),))[1]

        compiled = jax.jit(lambda vector: jax.lax.map(partial(one, vector), jnp.arange(len(point))))
        return _runnable((compiled, lambda vector: jnp.stack([one(vector, k) for k in range(len(point))])), point)[0]

    def _differ(self, made: Program, directions: Array, slopes: Array) -> bool:
        with np.errstate(all="ignore"):
            off = np.abs(directions @ made.analytic - slopes)
            sizes = np.abs(directions) @ np.abs(made.analytic) + np.abs(slopes)
            same = (off <= AGREE * made.rounding * sizes).all()
            return not same and made.loss(made.point) == made.loss(made.point)  # else it is random


def _runnable(
    ways: Sequence[Callable[[Any], Any]], point: Array
) -> tuple[Callable[[Array], Array] | None, Exception | None]:
    """The first of several ways that can be run, for NumPy's vectors; or why none can."""
    failed: Exception | None = None
    for run in ways:

        def in_numpy(vector: Array, run: Callable[[Any], Any] = run) -> Array:
            return np.asarray(run(jnp.asarray(vector)), dtype=np.float64)

        try:
            in_numpy(point)
            return in_numpy, None
        except Exception as error:  # whatever somebody's code raises
            failed = error
    return None, failed


def _directions(made: Program) -> Array:
    """Random ones, (k, n): one for each parameter, or some through all of many."""
    slices = made.slices() if len(made.parameters) <= ALONG else [slice(0, None)] * 3
    directions = np.zeros((len(slices), len(made.point)))
    for row, part in zip(directions, slices, strict=True):
        row[part] = np.random.default_rng(len(made.point)).standard_normal(len(row[part]))
    return directions


def _kind(leaf: Any) -> str:
    """Letter of its numbers: f for floating-point numbers, c for complex ones, "" for what is not differentiated by."""
    if isinstance(leaf, bool | int) or not isinstance(leaf, float | complex | np.ndarray | np.generic | jax.Array):
        return ""
    kind = getattr(leaf, "dtype", type(leaf))
    return "f" if jnp.issubdtype(kind, jnp.floating) else "c" if jnp.issubdtype(kind, jnp.complexfloating) else ""


def _real_parts(output: Any) -> list[Any]:
    """An output of floating-point numbers; both parts of a complex one; nothing of others."""
    kind = _kind(output)
    return [jnp.real(output), jnp.imag(output)] if kind == "c" else [jnp.asarray(output)] if kind else []


def _shapes(outputs: Callable[[Any], list[Any]], point: Array) -> list[Any]:
    """Of the outputs, without computing them where that can be told."""
    try:
        return list(jax.eval_shape(outputs, jnp.asarray(point)))
    except UsageError:
        raise
    except Exception:  # control flow that follows values
        return outputs(jnp.asarray(point))


def _eps(kind: Any) -> float:
    return float(jnp.finfo(kind).eps)  # type: ignore[no-untyped-call]
