"""Derivatives of products: those of matrices, and all that are linear in each operand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product as combinations
from string import ascii_letters
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.elementwise import binary
from backproof.graph.node import Node
from backproof.graph.operands import Array, NoRuleError, Partial, bind, flat, numbers, plain, wanted


def times(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`*`: element by element, or the matrix product if an operand is an `np.matrix` (never for `np.multiply`)."""
    left, right = node.args[:2]
    p, q = plain(left), plain(right)
    is_matrix = isinstance(p, np.matrix) or isinstance(q, np.matrix)
    if not is_matrix or isinstance(node.function, np.ufunc) or not np.ndim(p) or not np.ndim(q):
        return binary(node, adjoint)
    rows = numbers(right)
    return _matrix_product(left, right, numbers(left), rows[None, :] if rows.ndim == 1 else rows, adjoint)


def to_the_power(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`**`: element by element, or of the whole matrix for an `np.matrix` (never for `np.power`)."""
    if isinstance(plain(node.args[0]), np.matrix) and not isinstance(node.function, np.ufunc):
        return matrix_power(node, adjoint)
    return binary(node, adjoint)


def matrix_power(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`sum_k (p^T)^k g (p^T)^(n-1-k)`."""
    p, n = numbers(node.args[0]), int(plain(node.args[1]))
    if n < 0:
        raise NoRuleError(node.op)
    powers = [np.linalg.matrix_power(np.swapaxes(p, -1, -2), k) for k in range(n)]
    yield (
        node.args[0],
        sum((left @ adjoint @ right for left, right in zip(powers, reversed(powers), strict=True)), np.zeros_like(p)),
    )


def matmul(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`@`, with any axes in front."""
    left, right = node.args[:2]
    return _matrix_product(left, right, numbers(left), numbers(right), adjoint)


def _matrix_product(left: Any, right: Any, p: Array, q: Array, adjoint: Array) -> Iterator[Partial]:
    """`g q^T` and `p^T g`, where a vector is a row on the left, a column on the right."""
    p_wide = p[None, :] if p.ndim == 1 else p  # (..., n, k)
    q_wide = q[:, None] if q.ndim == 1 else q  # (..., k, m)
    front = np.broadcast_shapes(p_wide.shape[:-2], q_wide.shape[:-2])
    g = adjoint.reshape(*front, p_wide.shape[-2], q_wide.shape[-1])
    if wanted(left):
        by_left = g @ np.swapaxes(q_wide, -1, -2)
        yield left, by_left[..., 0, :] if p.ndim == 1 else by_left
    if wanted(right):
        by_right = np.swapaxes(p_wide, -1, -2) @ g
        yield right, by_right[..., 0] if q.ndim == 1 else by_right


def dot(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`np.dot`: scalars multiply; else the last axis of p with the last but one of q."""
    left, right = node.args[:2]
    p, q = numbers(left), numbers(right)
    if not p.ndim or not q.ndim:
        yield left, adjoint * q
        yield right, adjoint * p
    elif p.ndim <= 2 and q.ndim <= 2:
        yield from _matrix_product(left, right, p, q, adjoint)
    else:
        yield from _contraction(left, right, adjoint, [p.ndim - 1], [max(q.ndim - 2, 0)])


def inner(node: Node, adjoint: Array) -> Iterator[Partial]:
    """The last axis of both."""
    left, right = node.args[:2]
    p, q = numbers(left), numbers(right)
    if not p.ndim or not q.ndim:
        return dot(node, adjoint)
    return _contraction(left, right, adjoint, [p.ndim - 1], [q.ndim - 1])


def vdot(node: Node, adjoint: Array) -> Iterator[Partial]:
    """All elements in order; the shapes need not be the same."""
    left, right = node.args[:2]
    p, q = numbers(left), numbers(right)
    yield left, (adjoint * q).reshape(p.shape)
    yield right, (adjoint * p).reshape(q.shape)


def outer(node: Node, adjoint: Array) -> Iterator[Partial]:
    """Every element with every other; both are flattened."""
    left, right = node.args[:2]
    p, q = numbers(left), numbers(right)
    g = adjoint.reshape(p.size, q.size)
    yield left, (g @ q.ravel()).reshape(p.shape)
    yield right, (p.ravel() @ g).reshape(q.shape)


def tensordot(node: Node, adjoint: Array) -> Iterator[Partial]:
    """Over a number of axes, or over the ones that are named."""
    bound = bind(node, "a", "b", "axes")
    axes = plain(bound.get("axes", 2))
    p, q = np.ndim(plain(bound["a"])), np.ndim(plain(bound["b"]))
    if isinstance(axes, (int, np.integer)):
        axes = (range(p - axes, p), range(axes))
    over: list[list[int]] = [np.atleast_1d(each).tolist() for each in axes]
    return _contraction(bound["a"], bound["b"], adjoint, [i % p for i in over[0]], [i % q for i in over[1]])


def _contraction(left: Any, right: Any, adjoint: Array, over_p: list[int], over_q: list[int]) -> Iterator[Partial]:
    """The free axes of g go with those of the operand, the others come from the other operand."""
    p, q = numbers(left), numbers(right)
    free_p = [axis for axis in range(p.ndim) if axis not in over_p]
    free_q = [axis for axis in range(q.ndim) if axis not in over_q]
    g = adjoint.reshape([p.shape[axis] for axis in free_p] + [q.shape[axis] for axis in free_q])
    count = len(free_p)
    if wanted(left):
        order = free_p + [over_p[over_q.index(axis)] for axis in sorted(over_q)]
        yield left, np.tensordot(g, q, (list(range(count, g.ndim)), free_q)).transpose(np.argsort(order))
    if wanted(right):
        order = [over_q[over_p.index(axis)] for axis in sorted(over_p)] + free_q
        yield right, np.tensordot(p, g, (free_p, list(range(count)))).transpose(np.argsort(order))


def einsum(node: Node, adjoint: Array) -> Iterator[Partial]:
    """For each operand the same sum, with g in its place and its subscripts as the result's."""
    if not isinstance(node.args[0], str):
        raise NoRuleError(node.op)
    operands = node.args[1:]
    values = [numbers(operand) for operand in operands]
    terms, result = subscripts(node.args[0], [value.ndim for value in values])
    for place, (term, operand) in enumerate(zip(terms, operands, strict=True)):
        if not wanted(operand):
            continue
        if len(set(term)) < len(term):
            raise NoRuleError(node.op)  # a diagonal
        others = [(terms[i], values[i]) for i in range(len(terms)) if i != place]
        known = set(result).union(*(other for other, _ in others))
        sizes = zip(term, values[place].shape, strict=True)
        alone = [(letter, np.ones(size)) for letter, size in sizes if letter not in known]
        parts = [(result, adjoint), *others, *alone]
        formula = ",".join(letters for letters, _ in parts) + "->" + term
        yield operand, np.einsum(formula, *(value for _, value in parts), optimize=len(parts) > 2)


def subscripts(formula: str, ndims: list[int]) -> tuple[list[str], str]:
    """The letters of each operand and of the result, with letters for `...` and for what was left implicit."""
    given, arrow, result = formula.replace(" ", "").partition("->")
    terms = given.split(",")
    unused = [letter for letter in ascii_letters if letter not in formula]
    hidden = [ndim - len(term.replace("...", "")) for term, ndim in zip(terms, ndims, strict=True)]
    dots = "".join(
        unused[: max((count for term, count in zip(terms, hidden, strict=True) if "..." in term), default=0)]
    )
    if not arrow:
        letters = given.replace(",", "").replace("...", "")
        result = "..." + "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    terms = [term.replace("...", dots[len(dots) - count :]) for term, count in zip(terms, hidden, strict=True)]
    return terms, result.replace("...", dots)


def kron(node: Node, adjoint: Array) -> Iterator[Partial]:
    """Blocks: every element of p times all of q."""
    left, right = node.args[:2]
    p, q = numbers(left), numbers(right)
    ndim = max(p.ndim, q.ndim)
    p_shape, q_shape = (1,) * (ndim - p.ndim) + p.shape, (1,) * (ndim - q.ndim) + q.shape
    blocks = adjoint.reshape([size for pair in zip(p_shape, q_shape, strict=True) for size in pair])
    blocks = blocks.transpose([*range(0, 2 * ndim, 2), *range(1, 2 * ndim, 2)])  # (p axes, q axes)
    yield left, np.tensordot(blocks, q.reshape(q_shape), ndim).reshape(p.shape)
    yield right, np.tensordot(p.reshape(p_shape), blocks, ndim).reshape(q.shape)


def multi_dot(node: Node, adjoint: Array) -> Iterator[Partial]:
    """The product of all before, and of all behind."""
    operands = list(node.args[0])
    values = [numbers(operand) for operand in operands]
    wide = list(values)
    wide[0], wide[-1] = np.atleast_2d(values[0]), values[-1].reshape(len(values[-1]), -1)
    g = adjoint.reshape(wide[0].shape[0], wide[-1].shape[1])
    for place, operand in enumerate(operands):
        before, behind = np.eye(len(wide[0])), np.eye(wide[-1].shape[1])
        for each in wide[:place]:
            before = before @ each
        for each in reversed(wide[place + 1 :]):
            behind = each @ behind
        yield operand, (before.T @ g @ behind.T).reshape(values[place].shape)


def convolve(node: Node, adjoint: Array) -> Iterator[Partial]:
    """Any number of axes, padded with zeros; `correlate` is the same with the second operand reversed."""
    left, right = node.args[:2]
    p, q = numbers(left), numbers(right)
    if p.ndim != q.ndim or node.kwargs.get("boundary", "fill") != "fill" or len(node.args) > 4:
        raise NoRuleError(node.op)
    flip = "correlate" in node.op
    kernel = np.flip(q) if flip else q
    windows = [
        tuple(slice(i, i + size) for i, size in zip(at, p.shape, strict=True)) for at in np.ndindex(kernel.shape)
    ]
    full = np.zeros([n + m - 1 for n, m in zip(p.shape, kernel.shape, strict=True)])
    for window, factor in zip(windows, kernel.ravel(), strict=True):
        full[window] += factor * p
    g = np.zeros(full.shape)
    g[_crop(node, full)] = adjoint
    if wanted(left):
        yield (
            left,
            sum(
                (factor * g[window] for window, factor in zip(windows, kernel.ravel(), strict=True)), np.zeros(p.shape)
            ),
        )
    if wanted(right):
        by_kernel = np.array([np.sum(p * g[window]) for window in windows]).reshape(kernel.shape)
        yield right, np.flip(by_kernel) if flip else by_kernel


def _crop(node: Node, full: Array) -> tuple[slice, ...]:
    """Which part of the full convolution the result is: found by its values, as conventions for "same" differ."""
    result: NDArray[np.float64] = np.asarray(node.value, dtype=np.float64)
    centre = [(total - size) // 2 for total, size in zip(full.shape, result.shape, strict=True)]
    spare = [(total - size) % 2 for total, size in zip(full.shape, result.shape, strict=True)]
    scale = np.abs(flat(full)).max(initial=0.0)
    for shift in combinations(*(range(extra + 1) for extra in spare)):
        crop = tuple(
            slice(start + more, start + more + size)
            for start, more, size in zip(centre, shift, result.shape, strict=True)
        )
        if np.allclose(full[crop], result, 0.0, 1e-5 * scale):  # float32 convolutions differ that much
            return crop
    raise NoRuleError(node.op)


RULES = {
    "mul": times,
    "pow": to_the_power,
    "matrix_power": matrix_power,
    "matmul": matmul,
    "dot": dot,
    "vdot": vdot,
    "inner": inner,
    "outer": outer,
    "tensordot": tensordot,
    "einsum": einsum,
    "kron": kron,
    "multi_dot": multi_dot,
    "convolve": convolve,
    "correlate": convolve,
}
