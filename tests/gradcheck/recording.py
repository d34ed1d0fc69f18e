"""A small recorder of NumPy programs given as text, for the tests of the search (that of the package is another's)."""

import builtins
import linecache
import math
import operator
import sys
import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backproof.gradcheck.steps import ParameterStep, RecordedStep
from backproof.graph.node import Node, Ref, Span, ancestors


class Tape:
    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.file = "?"

    def add(self, op: str, function: Callable[..., Any] | None, args=(), kwargs=None, value=None):
        kwargs = kwargs or {}
        if function is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # NumPy's about its own np.matrix
                value = function(*plain(args), **{k: plain(v) for k, v in kwargs.items()})
        span, frames = self.where()
        kept = np.copy(value) if isinstance(value, np.ndarray) and not isinstance(value, np.matrix) else value
        named = {k: refs(v) for k, v in kwargs.items()}
        node = Node(len(self.nodes), op, function, refs(args), named, kept, span, frames)
        self.nodes.append(node)
        return Traced(self, node)

    def leaf(self, value):
        return self.add("leaf", None, value=value)

    def where(self) -> tuple[Span | None, tuple[Span, ...]]:
        spans = []
        frame = sys._getframe(2)
        while frame is not None:
            if frame.f_code.co_filename == self.file:
                line, end_line, column, end_column = list(frame.f_code.co_positions())[frame.f_lasti // 2]
                spans.append(Span(self.file, line, column, end_line, end_column))
            frame = frame.f_back
        return (spans[0], tuple(spans[1:])) if spans else (None, ())


def plain(value):
    if isinstance(value, Traced):
        return value.node.value
    if type(value) in (list, tuple):
        return type(value)(plain(v) for v in value)
    return value


def refs(value):
    if isinstance(value, Traced):
        return Ref(value.node)
    if type(value) in (list, tuple):
        return type(value)(refs(v) for v in value)
    return value


def holds(value) -> bool:
    return isinstance(value, Traced) or (type(value) in (list, tuple) and any(holds(v) for v in value))


def set_item(array, key, value):
    result = np.array(array, dtype=float) if not isinstance(array, np.matrix) else array.copy()
    result[key] = value
    return result


class Traced:
    __slots__ = ("node", "tape")
    __array_priority__ = 1000

    def __init__(self, tape: Tape, node: Node) -> None:
        self.tape, self.node = tape, node

    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        return self.tape.add(name, getattr(ufunc, method) if method != "__call__" else ufunc, args, kwargs)

    def __array_function__(self, function, types_, args, kwargs):
        return self.tape.add(function.__name__, function, args, kwargs)

    def __getitem__(self, key):
        return self.tape.add("getitem", operator.getitem, (self, plain(key)))

    def __setitem__(self, key, value):
        self.node = self.tape.add("setitem", set_item, (self, plain(key), value)).node

    def __iter__(self):
        return (self[i] for i in range(len(self.node.value)))

    def __len__(self):
        return len(self.node.value)

    def __float__(self):
        return float(self.node.value)

    def __bool__(self):
        return bool(self.node.value)

    def method(self, name, *args, **kwargs):
        return self.tape.add(name, lambda x, *a, **k: getattr(x, name)(*a, **k), (self, *args), kwargs)

    def dot(self, other):
        return self.tape.add("dot", np.dot, (self, other))

    def sum(self, axis=None, keepdims=False):
        return self.tape.add("sum", np.sum, (self,), {"axis": axis, "keepdims": keepdims})

    def mean(self, axis=None, keepdims=False):
        return self.tape.add("mean", np.mean, (self,), {"axis": axis, "keepdims": keepdims})

    def max(self, axis=None, keepdims=False):
        return self.tape.add("max", np.max, (self,), {"axis": axis, "keepdims": keepdims})

    def reshape(self, *shape):
        return self.tape.add("reshape", np.reshape, (self, shape if len(shape) > 1 else shape[0]))

    def copy(self):
        return self.tape.add("copy", np.copy, (self,))

    def astype(self, dtype):
        return self.tape.add("astype", np.asarray, (self,), {"dtype": dtype})

    @property
    def T(self):  # noqa: N802  (NumPy's name)
        return self.tape.add("transpose", np.transpose, (self,))

    @property
    def shape(self):
        return np.shape(self.node.value)

    @property
    def size(self):
        return np.size(self.node.value)

    @property
    def ndim(self):
        return np.ndim(self.node.value)


def _binary(name, symbol):
    function = getattr(operator, symbol)

    def forwards(self, other):
        return self.tape.add(name, function, (self, other))

    def backwards(self, other):
        return self.tape.add(name, function, (other, self))

    return forwards, backwards


for _name, _symbol in [
    ("add", "add"), ("sub", "sub"), ("mul", "mul"), ("truediv", "truediv"), ("pow", "pow"), ("matmul", "matmul"),
    ("gt", "gt"), ("lt", "lt"), ("ge", "ge"), ("le", "le"),
]:  # fmt: skip
    _forwards, _backwards = _binary(_name, _symbol)
    setattr(Traced, f"__{_symbol}__", _forwards)
    if _symbol not in {"gt", "lt", "ge", "le"}:
        setattr(Traced, f"__r{_symbol}__", _backwards)
Traced.__neg__ = lambda self: self.tape.add("neg", operator.neg, (self,))
Traced.__abs__ = lambda self: self.tape.add("abs", np.abs, (self,))


def traced_exp(x):
    return x.tape.add("exp", math.exp, (x,)) if isinstance(x, Traced) else math.exp(x)


def traced_max(*args):
    if any(isinstance(a, Traced) for a in args):
        tape = next(a.tape for a in args if isinstance(a, Traced))
        return tape.add("maximum", np.maximum, args)
    return builtins.max(*args)


def traced_array(tape):
    def array(values, *args, **kwargs):
        if holds(values) and not isinstance(values, Traced):
            return tape.add("array", np.array, (values, *args), kwargs)
        if isinstance(values, Traced):
            return tape.add("array", np.array, (values, *args), kwargs)
        return np.array(values, *args, **kwargs)

    return array


class ArrayModule:
    """NumPy, whose `array` takes lists of recorded numbers."""

    def __init__(self, tape: Tape) -> None:
        self.array = traced_array(tape)
        self.tape = tape

    def zeros(self, *args, **kwargs):
        return self.tape.leaf(np.zeros(*args, **kwargs))

    def __getattr__(self, name):
        return getattr(np, name)


@dataclass
class Program:
    """A program as text: `step(p, x, y)` gives predictions and changes the parameters in the dictionary `p`."""

    source: str
    parameters: Callable[[np.random.Generator], dict[str, Any]]
    data: Callable[[np.random.Generator], tuple[Any, Any]]
    loss: str = "squared"
    name: str = "program"
    half: bool = field(default=True)


def losses(kind: str, y: np.ndarray, t: np.ndarray) -> np.ndarray:
    """dloss/dprediction."""
    if kind == "squared":
        return y - t
    if kind == "mean":
        return 2 * (y - t) / y.size
    if kind == "binary":
        return (y - t) / (y * (1 - y))
    return -t / y


_files = iter(range(10**9))


def record(program: Program, *, steps: int = 3, seed: int = 0) -> list[RecordedStep]:
    """Run a program for some steps, each on new data."""
    rng = np.random.default_rng(seed)
    tape = Tape()
    tape.file = f"<program {next(_files)}>"
    lines = program.source.splitlines(keepends=True)
    linecache.cache[tape.file] = (len(program.source), None, lines, tape.file)
    math_module = types.SimpleNamespace(exp=traced_exp)
    namespace: dict[str, Any] = {"np": ArrayModule(tape), "math": math_module, "max": traced_max}
    exec(compile(program.source, tape.file, "exec"), namespace)
    values = {k: tape.leaf(v) for k, v in program.parameters(rng).items()}
    found, versions = [], {v.node.index for v in values.values()}
    for _ in range(steps):
        x, target = program.data(rng)
        before = {k: v.node for k, v in values.items()}
        start = len(tape.nodes)
        inputs = [tape.leaf(v) for v in x] if isinstance(x, list) else tape.leaf(x)
        predictions = namespace["step"](values, inputs, target)
        predictions = predictions if isinstance(predictions, list) else [predictions]
        after = {k: v.node for k, v in values.items()}
        versions |= {n.index for n in after.values()}
        found.append(_step(tape, before, after, [p.node for p in predictions], target, program.loss, versions, start))
    return found


def _step(tape, before, after, predictions, target, loss, versions, start) -> RecordedStep:
    targets = target if len(predictions) > 1 else [target]
    targets = tuple(np.reshape(np.asarray(t, dtype=float), p.shape) for t, p in zip(targets, predictions, strict=True))
    seeds = {p: losses(loss, np.asarray(p.value, float), t) for p, t in zip(predictions, targets, strict=True)}
    starts = frozenset(n.index for n in before.values())
    forward = ancestors(predictions, starts)
    behind = ancestors([n for k, n in after.items() if n is not before[k]], starts)
    backward = tuple(behind[i] for i in sorted(behind) if i not in forward and i >= start)
    pairs = [(k, before[k], after[k]) for k in before]
    members = tuple(ParameterStep(k, old, _update(old, new), new, new.span) for k, old, new in pairs)
    return RecordedStep(members, tuple(predictions), targets, seeds, frozenset(versions), backward)


def _update(before: Node, after: Node) -> np.ndarray:
    if after is before:
        return np.zeros(before.shape)
    if after.op in {"add", "sub"} and after.args[0].node is before and isinstance(after.args[1], Ref):
        value = np.broadcast_to(np.asarray(after.args[1].node.value, float), before.shape)
        return value if after.op == "add" else -value
    return np.asarray(after.value, float) - np.asarray(before.value, float)
