"""A step that was made, made again on its own batch: the model's forward pass at other values of its parameters.

The model's own parameters, buffers and random numbers are left alone. Only forward passes are called that do nothing
but compute: a `print` in one would be printed twice.
"""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Mapping
from typing import Any

import torch

from backproof.observers.torch.graph import SHAPES, Graph, Node, inputs_of
from backproof.observers.torch.losses import SeenLoss

MOST_PARAMETERS = 1_000_000  # of a model whose steps are made again: 4 MB are copied

FORBIDDEN = frozenset({"print", "input", "open", "next", "exit", "exec", "eval", "setattr", "append", "extend", "write",
                       "add", "update", "pop", "register_buffer", "detach_", "copy_", "item"})  # fmt: skip
OUTSIDE = frozenset({"np", "numpy", "random", "time", "os", "sys", "logging", "logger", "writer"})


class Calls:
    """How the models were called since the last backward pass, while that is wanted."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, Any, Any, Any]] = []  # module, arguments, keywords, result
        self._handle: Any = None
        self._roots: set[int] = set()

    def arm(self, roots: list[Any]) -> None:
        """Note the next calls of these models."""
        self.disarm()
        self._roots = {id(root) for root in roots}
        self._handle = torch.nn.modules.module.register_module_forward_hook(self._called, with_kwargs=True)

    def disarm(self) -> None:
        """Note no more, and forget."""
        if self._handle is not None:
            self._handle.remove()
            self._handle = None
        self.seen.clear()

    def _called(self, module: Any, args: Any, kwargs: Any, output: Any) -> None:
        wanted = id(module) in self._roots and torch.is_grad_enabled() and not torch.compiler.is_compiling()
        if wanted and isinstance(output, torch.Tensor):
            self.seen.append((module, args, kwargs, output))
            del self.seen[:-4]

    def replay(self, graph: Graph, loss: SeenLoss) -> Replay | None:
        """What makes the predictions of a loss again, if one model's call made them."""
        if loss.again is None or loss.answers is None:
            return None
        for module, args, kwargs, output in reversed(self.seen):
            if output.grad_fn is not None and _leads_to(graph, loss.source, output.grad_fn) and is_pure(module):
                return Replay(module, args, kwargs, loss)
        return None


def _leads_to(graph: Graph, node: Node | None, wanted: Node) -> bool:
    """Whether nothing but changes of shape stand between a model's result and what the loss gets."""
    while node is not None and node is not wanted and graph.kinds[node] in SHAPES:
        node = next(iter(inputs_of(node)), None)
    return node is wanted


class Replay:
    """One batch of a model, and its loss at given values of the parameters."""

    def __init__(self, module: Any, args: Any, kwargs: Any, loss: SeenLoss) -> None:
        assert loss.again is not None
        assert loss.answers is not None
        self.module, self.args, self.kwargs = module, args, kwargs
        self.loss, self.answers = loss.again, loss.answers
        parameters = list(module.parameters())
        here = all(parameter.device.type == "cpu" for parameter in parameters)  # a generator elsewhere is not restored
        self.small = here and sum(parameter.numel() for parameter in parameters) <= MOST_PARAMETERS
        self.before = self.values() if self.small else {}
        self.start: dict[str, Any] = {}  # parameters and buffers, of the first replay of a training only

    def keep_start(self, initial: Mapping[int, Any]) -> None:
        """Remember the model as it was before training; `initial` has its parameters by their identity."""
        if self.small and all(id(parameter) in initial for parameter in self.module.parameters()):
            first = {name: initial[id(parameter)] for name, parameter in self.module.named_parameters()}
            now = {name: value.detach().clone() for name, value in self.module.state_dict().items()}
            self.start = {**now, **{name: value for name, value in first.items() if name in now}}

    def values(self) -> dict[str, Any]:
        """The parameters as they are now."""
        return {name: value.detach().clone() for name, value in self.module.named_parameters()}

    def at(self, values: Mapping[str, Any]) -> float:
        """The batch's loss; the same random numbers are drawn each time."""
        buffers = {name: value.clone() for name, value in self.module.named_buffers()}
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(0)
            out = torch.func.functional_call(self.module, {**values, **buffers}, self.args, self.kwargs)
            return float(self.loss(out))

    def change(self) -> tuple[float, float] | None:
        """The relative change of the batch's own loss by the step, and by a tenth of it; after the step."""
        if not self.small:
            return None
        after = self.values()
        tenth = {name: old + 0.1 * (after[name] - old) for name, old in self.before.items()}
        start = self.at(self.before)
        if not 0 < abs(start) < float("inf"):
            return None
        return self.at(after) / start - 1, self.at(tenth) / start - 1


# -- which forward passes may be called again


def is_pure(model: Any) -> bool:
    """Whether no forward pass within it does anything but compute, as far as its source says."""
    hooked = any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    return not hooked and all(_is_pure(type(module).forward) for module in model.modules())


@functools.lru_cache(maxsize=256)
def _is_pure(forward: Any) -> bool:
    if getattr(forward, "__module__", "").startswith("torch.nn."):
        return True
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(forward)))
    except (OSError, TypeError, SyntaxError):
        return False
    return not any(_acts(node) for node in ast.walk(tree))


def _acts(node: ast.AST) -> bool:
    if isinstance(node, ast.Global | ast.Nonlocal | ast.Yield | ast.Await | ast.Delete | ast.With):
        return True
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(isinstance(part, ast.Attribute) for target in targets for part in ast.walk(target))
    if isinstance(node, ast.Call):
        called = node.func
        name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
        return name in FORBIDDEN
    return isinstance(node, ast.Name) and node.id in OUTSIDE
