"""PyTorch: modules, autograd Functions, and functions of tensors."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch

from backproof.errors import UsageError
from backproof.gradcheck.nodes import DenseLayer, gradients
from backproof.gradcheck.programs._calls import argument_names, name_of
from backproof.gradcheck.programs._program import Array, Parameter, Program

OPTIONS = ("loss", "inputs", "gradient")
STACKED = 1 << 22  # numbers in the parameters that vmap gets at once
SMALL = 100_000  # numbers in all parameters: below, one thread is faster
ENOUGH = 64  # vectors at once: more gain nothing


doubles = nullcontext  # in which tensors of float64 can be made: always


def takes(target: Any, inputs: tuple[Any, ...]) -> bool:
    """Modules, Functions, and whatever is called with tensors and has no gradient of its own beside them."""
    if isinstance(target, torch.nn.Module):
        return True
    if isinstance(target, type) and issubclass(target, torch.autograd.Function):
        return True
    return callable(target) and any(isinstance(each, torch.Tensor) for each in inputs)


def program(target: Any, inputs: tuple[Any, ...], options: Mapping[str, Any], seed: int) -> Program:
    """The outputs of the target, summed with fixed weights, and the gradient that autograd gives for that sum.

    Args:
        target: A module, a subclass of `torch.autograd.Function`, or a function of tensors. A module is copied.
        inputs: What it is called with.
        options: `loss`: a function of the outputs whose value is checked instead of the weighted sum; `inputs`: False
            leaves the gradient of a module's inputs out; `gradient`: gradients to judge instead of autograd's, by name.
        seed: Of the weights.

    Raises:
        UsageError: The target fails at this point, or nothing in it can be differentiated.
    """
    if unknown := set(options) - set(OPTIONS):
        raise UsageError(f"there is no option {sorted(unknown)[0]!r} for PyTorch; there are: {', '.join(OPTIONS)}")
    failed: Exception | None = None
    for exact in (True, False):
        try:
            return _Target(target, inputs, options, seed, exact=exact).program()
        except UsageError:
            raise
        except Exception as error:  # whatever somebody's code raises, in float64 or in its own precision
            failed = failed or error
    raise UsageError(f"the target fails with these inputs: {type(failed).__name__}: {failed}") from failed


class _Target:
    """A target as a function of one vector of all tensors that it is differentiated by."""

    def __init__(
        self, target: Any, inputs: tuple[Any, ...], options: Mapping[str, Any], seed: int, *, exact: bool
    ) -> None:
        self.target, self.loss_of, self.seed = target, options.get("loss"), seed
        self.given_gradient = options.get("gradient")
        self.notes: list[str] = []
        kinds = {each.dtype for each in _floats((target, inputs))}
        self.exact = exact and kinds != {torch.float64}
        if isinstance(target, torch.nn.Module):
            self.target = copy.deepcopy(target)
            self.target = self.target.double() if exact else self.target
        function: Any = self.target
        self.call: Callable[..., Any] = function.apply if isinstance(target, type) else function
        self.inputs = [self._converted(each, exact) for each in inputs]
        self.tensors = dict(self._tensors(options.get("inputs", True)))
        if not self.tensors:
            raise UsageError("nothing can be differentiated: neither parameters nor inputs hold floating-point numbers")
        if self.exact:
            self.notes.append("run in float64 (a copy; the original is as it was)")
        self.buffers = dict(self.target.named_buffers()) if isinstance(self.target, torch.nn.Module) else {}
        outputs = self._outputs(self.tensors)
        self.weights = self._weights(outputs)
        self.samples = _samples(list(_floats(self.raw(self.tensors))))

    def _converted(self, value: Any, exact: bool) -> Any:
        if not isinstance(value, torch.Tensor):
            return value
        plain = value.detach().clone()
        return plain.double().requires_grad_(value.requires_grad) if exact and plain.is_floating_point() else plain

    def _tensors(self, with_inputs: bool) -> Iterator[tuple[str, torch.Tensor]]:
        module = isinstance(self.target, torch.nn.Module)
        if module:
            yield from ((name, each.detach()) for name, each in self.target.named_parameters() if each.requires_grad)
        names = argument_names(self.target, len(self.inputs))
        some = any(isinstance(each, torch.Tensor) and each.requires_grad for each in self.inputs)
        for number, (name, value) in enumerate(zip(names, self.inputs, strict=True)):
            wanted = isinstance(value, torch.Tensor) and value.is_floating_point()
            if wanted and with_inputs and (value.requires_grad or not some):
                self.inputs[number] = value = value.detach()
                yield f"input {name}" if module else name, value

    def raw(self, tensors: Mapping[str, torch.Tensor]) -> Any:
        """What comes out."""
        names = argument_names(self.target, len(self.inputs))
        module = isinstance(self.target, torch.nn.Module)
        inputs = [tensors.get(f"input {n}" if module else n, v) for n, v in zip(names, self.inputs, strict=True)]
        if module and not self.buffers and tensors is self.tensors:
            return self.target(*inputs)
        if module:
            state = {name: each for name, each in tensors.items() if not name.startswith("input ")}
            buffers = {name: each.clone() for name, each in self.buffers.items()}
            return torch.func.functional_call(self.target, {**state, **buffers}, tuple(inputs))
        return self.call(*inputs)

    def _outputs(self, tensors: Mapping[str, torch.Tensor]) -> list[torch.Tensor]:
        """All tensors of floating-point numbers that come out, in order; of the loss, if there is one."""
        out = self.raw(tensors)
        out = self.loss_of(out) if self.loss_of is not None else out
        found = list(_floats(out))
        if not found:
            raise UsageError(f"no tensor of floating-point numbers comes out of {name_of(self.target)}: {out!r}")
        return found

    def _weights(self, outputs: list[torch.Tensor]) -> list[torch.Tensor]:
        if len(outputs) == 1 and outputs[0].numel() == 1:
            return [torch.ones_like(outputs[0])]
        generator = np.random.default_rng([self.seed, 9])
        drawn = (generator.uniform(0.5, 1.5, tuple(each.shape)) for each in outputs)
        return [torch.as_tensor(w, dtype=each.dtype) for w, each in zip(drawn, outputs, strict=True)]

    def _sum(self, tensors: Mapping[str, torch.Tensor]) -> torch.Tensor:
        sums = [(w * out).sum() for w, out in zip(self.weights, self._outputs(tensors), strict=True)]
        return sum(sums[1:], sums[0])

    # -- as a program

    def program(self) -> Program:
        parameters = tuple(Parameter(name, tuple(each.shape)) for name, each in self.tensors.items())
        point = np.concatenate([each.double().numpy().ravel() for each in self.tensors.values()])
        analytic = self._given() if self.given_gradient is not None else self.gradient(point)
        coarsest = max(torch.finfo(each.dtype).eps for each in self.tensors.values())
        made = Program(parameters, point, self.loss, analytic, rounding=coarsest, grid=coarsest, notes=self.notes)
        made.gradient = self.gradient if self.given_gradient is None else None
        made.losses = self._stacked(point)
        made.layers = self.layers
        made.surroundings = _one_thread if len(point) < SMALL else made.surroundings
        made.sizes = {"samples": self.samples} if self.samples else {}
        return made

    def _split(self, vector: Array | torch.Tensor) -> dict[str, torch.Tensor]:
        """A vector (n,), or several (k, n), as tensors by name."""
        numbers = torch.as_tensor(vector)
        found, start = {}, 0
        for name, each in self.tensors.items():
            part = numbers[..., start : start + each.numel()].reshape(*numbers.shape[:-1], *each.shape)
            start += each.numel()
            found[name] = part.to(each.dtype)
        return found

    def loss(self, vector: Array) -> float:
        """The weighted sum of the outputs."""
        with torch.no_grad():
            return float(self._sum(self._split(vector)))

    def gradient(self, vector: Array) -> Array:
        """What autograd gives for it."""
        leaves = {name: each.clone().requires_grad_() for name, each in self._split(vector).items()}
        total = self._sum(leaves)
        if not total.requires_grad:
            raise UsageError(f"the outputs of {name_of(self.target)} do not depend on anything that autograd follows")
        found = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
        gradients_of: list[torch.Tensor | None] = list(found)
        unused = [name for name, each in zip(leaves, gradients_of, strict=True) if each is None]
        note = f"autograd has no gradient (None, taken as 0) for {', '.join(unused)}"
        if unused and note not in self.notes:
            self.notes.append(note)
        parts = [
            np.zeros(leaf.numel()) if each is None else each.detach().double().numpy().ravel()
            for leaf, each in zip(leaves.values(), gradients_of, strict=True)
        ]
        return np.concatenate(parts)

    def _given(self) -> Array:
        from backproof.gradcheck.programs._structure import as_part

        parts = [Parameter(name, tuple(each.shape)) for name, each in self.tensors.items()]
        given: Mapping[str, Any] = self.given_gradient or {}
        return np.concatenate([as_part(given.get(each.name), each, "the gradient") for each in parts])

    def _stacked(self, point: Array) -> Callable[[Array], Array] | None:
        """The losses of many vectors at once through vmap, if it takes the target and gives the same."""
        run = torch.func.vmap(lambda vector: self._sum(self._split(vector)))
        most = max(1, min(ENOUGH, STACKED // len(point)))

        def losses(points: Array) -> Array:
            with torch.no_grad(), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that one of the operations has no fast rule for vmap
                parts = [run(torch.as_tensor(points[k : k + most])).double() for k in range(0, len(points), most)]
            return torch.cat(parts).numpy()

        if most < 4:
            return None
        try:
            two = np.stack([point, point * (1 + 1e-6)])
            alone = np.array([self.loss(each) for each in two])
            same = np.allclose(losses(two), alone, rtol=1e-12, atol=0)
        except Exception:  # in-place operations, Functions without a rule for vmap, control flow
            return None
        return losses if same else None

    # -- dense layers

    def layers(self) -> tuple[Array, Array] | None:
        """Slopes of all weights of linear layers from those along their units."""
        if not isinstance(self.target, torch.nn.Module) or self.samples is None:
            return None
        linear = [each for each in self.target.modules() if type(each) is torch.nn.Linear]
        places, start = {}, 0
        for name, each in self.tensors.items():
            places[name], start = slice(start, start + each.numel()), start + each.numel()
        names = {each: name for name, each in self.target.named_modules()}
        try:
            with torch.no_grad():
                found = [self._dense(each, f"{names[each]}.".lstrip("."), places) for each in linear]
                return gradients(found, start) if found else None
        except Exception:  # samples that mix, or shapes that do not follow the number of rows
            return None

    def _dense(self, layer: torch.nn.Module, name: str, places: Mapping[str, slice]) -> DenseLayer:
        seen: list[tuple[Array, Array]] = []
        base = self._moved(layer, None, seen)
        ((x, z),) = seen  # called once, on rows

        def losses(moved: Array) -> Array:
            count, samples, units = moved.shape
            out = self._moved(layer, torch.as_tensor(moved.reshape(count * samples, units)), [])
            if self.loss_of is None:
                weighted = out * self.weights[0].repeat(count, *[1] * (out.dim() - 1))
                return np.asarray(weighted.reshape(count, samples, -1).sum(dim=-1).double().numpy())
            rows = torch.arange(count * samples) % samples
            replaced = base.repeat(count * samples, *[1] * base.dim())
            replaced[torch.arange(count * samples), rows] = out  # (count samples, samples, ...): a row of each is moved
            totals = torch.func.vmap(self.loss_of)(replaced)
            return np.asarray(totals.reshape(count, samples).double().numpy())

        return DenseLayer(x, z, losses, places.get(f"{name}weight"), places.get(f"{name}bias"), transposed=True)

    def _moved(
        self, layer: torch.nn.Module, rows: torch.Tensor | None, seen: list[tuple[Array, Array]]
    ) -> torch.Tensor:
        """The outputs where the layer gives these rows instead of its own."""

        def hook(module: Any, inputs: Any, output: torch.Tensor) -> torch.Tensor:
            seen.append((inputs[0].double().numpy(), output.double().numpy()))
            return output if rows is None else rows.to(output.dtype)

        handle = layer.register_forward_hook(hook)
        try:
            (out,) = _floats(self.raw(self.tensors))
        finally:
            handle.remove()
        return out


@contextmanager
def _one_thread() -> Iterator[None]:
    """Threads that wait for one another take longer than a small network does."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _floats(value: Any) -> Iterator[torch.Tensor]:
    """All tensors of floating-point numbers in something nested."""
    if isinstance(value, torch.Tensor):
        if value.is_floating_point():
            yield value
    elif isinstance(value, torch.nn.Module):
        yield from (each for each in value.parameters() if each.is_floating_point())
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _floats(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _floats(each)


def _samples(outputs: list[torch.Tensor]) -> int | None:
    """The length of the first axis of the only output that has one."""
    return int(outputs[0].shape[0]) if len(outputs) == 1 and outputs[0].dim() >= 1 else None
