"""Derivatives of operations on single elements; `x`, `p`, `q` are operands, `y` is the result."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from backproof.graph.names import canonical
from backproof.graph.node import Node, Ref
from backproof.graph.operands import Array, NoRuleError, Partial, bind, first_operand, numbers, plain, product, wanted

Unary = Callable[[Array, Array], Array]
Binary = Callable[[Array, Array, Array], Array]

LN2, LN10 = math.log(2), math.log(10)

UNARY: dict[str, Unary] = {
    "neg": lambda x, y: np.array(-1.0),
    "abs": lambda x, y: np.sign(x),
    "exp": lambda x, y: y,
    "exp2": lambda x, y: y * LN2,
    "expm1": lambda x, y: y + 1,
    "log2": lambda x, y: 1 / (x * LN2),
    "log10": lambda x, y: 1 / (x * LN10),
    "log1p": lambda x, y: 1 / (1 + x),
    "sqrt": lambda x, y: 0.5 / y,
    "cbrt": lambda x, y: 1 / (3 * y * y),
    "square": lambda x, y: 2 * x,
    "reciprocal": lambda x, y: -y * y,
    "sin": lambda x, y: np.cos(x),
    "cos": lambda x, y: -np.sin(x),
    "tan": lambda x, y: 1 + y * y,
    "arcsin": lambda x, y: 1 / np.sqrt(1 - x * x),
    "arccos": lambda x, y: -1 / np.sqrt(1 - x * x),
    "arctan": lambda x, y: 1 / (1 + x * x),
    "sinh": lambda x, y: np.cosh(x),
    "cosh": lambda x, y: np.sinh(x),
    "tanh": lambda x, y: 1 - y * y,
    "arcsinh": lambda x, y: 1 / np.sqrt(1 + x * x),
    "arccosh": lambda x, y: 1 / np.sqrt(x * x - 1),
    "arctanh": lambda x, y: 1 / (1 - x * x),
    "expit": lambda x, y: y * (1 - y),
    "logit": lambda x, y: 1 / (x * (1 - x)),
    "log_expit": lambda x, y: -np.expm1(y),
    "erf": lambda x, y: 2 / math.sqrt(math.pi) * np.exp(-x * x),
    "erfc": lambda x, y: -2 / math.sqrt(math.pi) * np.exp(-x * x),
    "entr": lambda x, y: -np.log(x) - 1,
    "sinc": lambda x, y: np.where(x == 0, 0.0, (np.cos(np.pi * x) - y) / x),
    "degrees": lambda x, y: np.full_like(x, 180 / math.pi),
    "radians": lambda x, y: np.full_like(x, math.pi / 180),
    "nan_to_num": lambda x, y: np.isfinite(x).astype(float),
}


def _power_by_base(p: Array, q: Array) -> Array:
    """`q p^(q - 1)`; a power of zero does not depend on the base."""
    return np.where(q == 0, 0.0, q * p ** (q - 1))


def _power_by_exponent(p: Array, q: Array, y: Array) -> Array:
    """`y log(p)`; zero at base zero, not defined below."""
    return np.where(p == 0, 0.0, y * np.log(p))


def _left_beats(p: Array, q: Array, y: Array) -> Array:
    """The share of the left operand in `y = p or q`: one half at a tie."""
    return np.where(p == q, 0.5, (y == p) | (np.isnan(y) & np.isnan(p)))


def _right_beats(p: Array, q: Array, y: Array) -> Array:
    """The share of the right operand in `y = p or q`."""
    return _left_beats(q, p, y)


BINARY: dict[str, tuple[Binary, Binary]] = {
    "add": (lambda p, q, y: np.ones_like(y), lambda p, q, y: np.ones_like(y)),
    "sub": (lambda p, q, y: np.ones_like(y), lambda p, q, y: np.full_like(y, -1.0)),
    "mul": (lambda p, q, y: q, lambda p, q, y: p),
    "truediv": (lambda p, q, y: 1 / q, lambda p, q, y: -(p / q) / q),
    "pow": (lambda p, q, y: _power_by_base(p, q), _power_by_exponent),
    "mod": (lambda p, q, y: np.ones_like(y), lambda p, q, y: -np.floor(p / q)),
    "fmod": (lambda p, q, y: np.ones_like(y), lambda p, q, y: -np.trunc(p / q)),
    "arctan2": (lambda p, q, y: q / (p * p + q * q), lambda p, q, y: -p / (p * p + q * q)),
    "hypot": (lambda p, q, y: p / y, lambda p, q, y: q / y),
    "logaddexp": (lambda p, q, y: np.exp(p - y), lambda p, q, y: np.exp(q - y)),
    "logaddexp2": (lambda p, q, y: np.exp2(p - y), lambda p, q, y: np.exp2(q - y)),
    "copysign": (lambda p, q, y: np.sign(p) * np.sign(y), lambda p, q, y: np.zeros_like(y)),
    "xlogy": (lambda p, q, y: np.log(q), lambda p, q, y: p / q),
    **dict.fromkeys(("maximum", "minimum", "fmax", "fmin"), (_left_beats, _right_beats)),
}


def unary(node: Node, adjoint: Array) -> Iterator[Partial]:
    """By the table, where the operation was not masked."""
    argument = first_operand(node)
    factor = UNARY[_name(node)](numbers(argument), np.asarray(node.value, dtype=np.float64))
    yield argument, product(_masked(node, adjoint), factor)
    yield from _unmasked(node, adjoint)


def binary(node: Node, adjoint: Array) -> Iterator[Partial]:
    """By the table, for the operands that take part in the recording."""
    left, right = _two(node)
    p, q, y = numbers(left), numbers(right), np.asarray(node.value, dtype=np.float64)
    share = _masked(node, adjoint)
    for argument, derivative in zip((left, right), BINARY[_name(node)], strict=True):
        if wanted(argument):
            yield argument, product(share, derivative(p, q, y))
    yield from _unmasked(node, adjoint)


def outer(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`ufunc.outer`: every element of p with every element of q."""
    left, right = node.args[:2]
    q = numbers(right)
    p = numbers(left)
    p_wide = p.reshape(p.shape + (1,) * q.ndim)
    y = np.asarray(node.value, dtype=np.float64)
    by_left, by_right = BINARY[_name(node)]
    if wanted(left):
        share = product(adjoint, np.broadcast_to(by_left(p_wide, q, y), y.shape))
        yield left, share.sum(axis=tuple(range(p.ndim, y.ndim)))
    if wanted(right):
        yield right, product(adjoint, np.broadcast_to(by_right(p_wide, q, y), y.shape))


def _name(node: Node) -> str:
    return canonical(node.op).removesuffix(".outer")


def _two(node: Node) -> tuple[object, object]:
    """Both operands; a third positional one can only be the array for the result."""
    if len(node.args) < 2:
        raise NoRuleError(node.op)
    return node.args[0], node.args[1]


def _masked(node: Node, adjoint: Array) -> Array:
    """The adjoint where the operation was carried out (`where=`)."""
    if "where" not in node.kwargs:
        return adjoint
    return np.where(plain(node.kwargs["where"]), adjoint, 0.0)


def _unmasked(node: Node, adjoint: Array) -> Iterator[Partial]:
    """Elsewhere the array given as `out=` stays as it was."""
    out = node.kwargs.get("out")
    if "where" in node.kwargs and out is not None:
        target = out[0] if type(out) is tuple else out
        yield target, np.where(plain(node.kwargs["where"]), 0.0, adjoint)


def logarithm(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`log(x)`, or `math.log(x, base)`."""
    argument = first_operand(node)
    x = numbers(argument)
    base = node.args[1] if len(node.args) == 2 and np.ndim(plain(node.args[1])) == 0 else None
    if base is None or plain(base) is None:
        yield argument, product(_masked(node, adjoint), 1 / x)
        yield from _unmasked(node, adjoint)
        return
    b = numbers(base)
    yield argument, product(adjoint, 1 / (x * np.log(b)))
    yield base, product(adjoint, -np.log(x) / (b * np.log(b) ** 2))


def hypotenuse(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`sqrt(x_1^2 + x_2^2 + ...)`: `math.hypot` takes any number of them; zero where all are."""
    y = np.asarray(node.value, dtype=np.float64)
    for argument in node.args:
        yield argument, product(adjoint, np.where(y == 0, 0.0, numbers(argument) / y))


def distance(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`math.dist(p, q)`: the unit vector from q to p, and back."""
    p, q = (numbers(argument) for argument in node.args)
    direction = np.zeros_like(p) if node.value == 0 else (p - q) / node.value
    yield node.args[0], adjoint * direction
    yield node.args[1], -adjoint * direction


def clipped(node: Node, adjoint: Array) -> Iterator[Partial]:
    """Passed on within the bounds (inclusive), else to the bound; the upper bound wins."""
    bound = bind(node, "a", "a_min", "a_max")
    argument = bound["a"] if "a" in bound else first_operand(node)
    low, high = bound.get("a_min", bound.get("min")), bound.get("a_max", bound.get("max"))
    x = numbers(argument)
    above = np.zeros(adjoint.shape, bool) if plain(high) is None else np.maximum(x, _or(low, x)) > numbers(high)
    below = np.zeros(adjoint.shape, bool) if plain(low) is None else (x < numbers(low)) & ~above
    yield argument, np.where(above | below, 0.0, adjoint)
    yield low, np.where(below, adjoint, 0.0)
    yield high, np.where(above, adjoint, 0.0)


def _or(argument: object, other: Array) -> Array:
    return other if plain(argument) is None else numbers(argument)


def chosen(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`where(condition, p, q)`."""
    if len(node.args) != 3:
        raise NoRuleError(node.op)
    condition = np.asarray(plain(node.args[0]), dtype=bool)
    yield node.args[1], np.where(condition, adjoint, 0.0)
    yield node.args[2], np.where(condition, 0.0, adjoint)


def nothing(node: Node, adjoint: Array) -> Iterator[Partial]:
    """Constant wherever it has a derivative."""
    return iter(())


_STEPS = (
    "sign round around rint fix floor ceil trunc heaviside floordiv zeros_like ones_like empty_like spacing zeros ones "
    "empty isclose shape size len argmax argmin argsort lt le gt ge eq ne bool int"
)

RULES = {
    **dict.fromkeys(UNARY, unary),
    **dict.fromkeys(BINARY, binary),
    **{f"{name}.outer": outer for name in BINARY},
    **dict.fromkeys(_STEPS.split(), nothing),
    "log": logarithm,
    "hypot": hypotenuse,
    "dist": distance,
    "clip": clipped,
    "where": chosen,
}


def _tie(p: float, q: float, y: float) -> tuple[float, float]:
    return (0.5, 0.5) if p == q else (float(y == p), float(y == q))


def _power(p: float, q: float, y: float) -> tuple[float, float]:
    """Zero by the exponent where the base is zero, not defined below."""
    by_base = q * p ** (q - 1) if q else 0.0
    return by_base, (y * math.log(p) if p > 0 else math.nan if p else 0.0)


Scalar = Callable[..., tuple[float, ...]]

SCALARS: dict[str, Scalar] = {
    "add": lambda p, q, y: (1.0, 1.0),
    "sub": lambda p, q, y: (1.0, -1.0),
    "mul": lambda p, q, y: (q, p),
    "truediv": lambda p, q, y: (1.0 / q, -p / q / q),
    "pow": _power,
    "maximum": _tie,
    "minimum": _tie,
    "neg": lambda x, y: (-1.0,),
    "pos": lambda x, y: (1.0,),
    "float": lambda x, y: (1.0,),
    "float64": lambda x, y: (1.0,),
    "item": lambda x, y: (1.0,),
    "abs": lambda x, y: (float((x > 0) - (x < 0)),),
    "exp": lambda x, y: (y,),
    "log": lambda x, y: (1.0 / x,),
    "log1p": lambda x, y: (1.0 / (1.0 + x),),
    "sqrt": lambda x, y: (0.5 / y,),
    "square": lambda x, y: (2.0 * x,),
    "sin": lambda x, y: (math.cos(x),),
    "cos": lambda x, y: (-math.sin(x),),
    "sinh": lambda x, y: (math.cosh(x),),
    "cosh": lambda x, y: (math.sinh(x),),
    "tanh": lambda x, y: (1.0 - y * y,),
    "expit": lambda x, y: (y * (1.0 - y),),
    "arctan": lambda x, y: (1.0 / (1.0 + x * x),),
}


def scalar_shares(node: Node, rule: Scalar, adjoint: float) -> list[tuple[Node, float]] | None:
    """The vector-Jacobian product of an operation on numbers; None where an operand is none or the rule fails."""
    values, targets = [], []
    for argument in node.args:
        value = argument.node.value if type(argument) is Ref else argument
        if not isinstance(value, (float, int)):
            return None
        values.append(value)
        targets.append(argument.node if type(argument) is Ref and isinstance(value, float) else None)
    try:
        factors = rule(*values, node.value)
    except (ArithmeticError, TypeError, ValueError):
        return None
    return [
        (target, adjoint * factor if adjoint or math.isfinite(factor) else 0.0)
        for target, factor in zip(targets, factors, strict=True)
        if target is not None
    ]
