"""Nested parameters (dicts, lists, tuples, dataclasses, arrays, numbers) as named parts of one vector, and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from backproof.errors import UsageError
from backproof.gradcheck.programs._program import Array, Parameter


class Structure:
    """Where the numbers of nested parameters stand, and how they are put back in their place.

    Attributes:
        parameters: The leaves with floating-point numbers, by their paths: `W1`, `layers[0].weight`.
        point: Their numbers behind one another, float64.
    """

    def __init__(self, given: Any, name: str) -> None:
        """Look at `given`; a single array is called `name`.

        Raises:
            UsageError: A leaf holds whole or complex numbers.
        """
        self.given = given
        everything = list(leaves(given, "", name))
        for path, leaf in everything:
            _check(path, leaf)
        self.leaves = [(path, leaf) for path, leaf in everything if _kind(leaf) == "f"]
        self.parameters = tuple(Parameter(path, tuple(np.shape(_read(leaf)))) for path, leaf in self.leaves)
        numbers = [np.asarray(_read(leaf), dtype=np.float64).ravel() for _, leaf in self.leaves]
        self.point: Array = np.concatenate(numbers) if numbers else np.zeros(0)
        self.single = any(_kind(leaf) == "f" and _bits(leaf) < 64 for _, leaf in self.leaves)

    def build(self, vector: Any, *, own_precision: bool = False) -> Any:
        """The nested parameters with these numbers: in the precision of the vector, or in that of each leaf."""
        parts = iter(self._parts(vector, own_precision))
        return _rebuilt(self.given, lambda leaf: next(parts) if _kind(leaf) == "f" else leaf)

    def build_of(self, leaves_of: Sequence[Any]) -> Any:
        """The nested parameters with these in place of the leaves."""
        parts = iter(leaves_of)
        return _rebuilt(self.given, lambda leaf: next(parts) if _kind(leaf) == "f" else leaf)

    def build_point(self, own_precision: bool) -> Array:
        """The point as `build` rounds it."""
        return Structure(self.build(self.point, own_precision=own_precision), "").point

    def _parts(self, vector: Any, own_precision: bool) -> Iterator[Any]:
        start = 0
        for (_, leaf), parameter in zip(self.leaves, self.parameters, strict=True):
            part = vector[start : start + parameter.size].reshape(parameter.shape).copy()
            start += parameter.size
            yield _like(leaf, part, own_precision)

    def flat(self, other: Any, what: str) -> Array:
        """The numbers of something of the same structure, such as a gradient, (n,).

        Raises:
            UsageError: A part is missing, is None, or has another shape; the message says which.
        """
        found = dict(leaves(other, "", self.leaves[0][0] if len(self.leaves) == 1 else ""))
        ordered = list(found.values()) if set(found).isdisjoint(path for path, _ in self.leaves) else None
        if ordered is not None and len(ordered) != len(self.leaves):
            raise UsageError(
                f"{what} has {len(ordered)} parts ({', '.join(found) or 'none'}), but there are {len(self.leaves)} "
                f"parameters: {', '.join(path for path, _ in self.leaves)}"
            )
        parts = []
        for k, parameter in enumerate(self.parameters):
            part = ordered[k] if ordered is not None else found.get(parameter.name)
            parts.append(as_part(part, parameter, what))
        return np.concatenate(parts)


def as_part(part: Any, parameter: Parameter, what: str) -> Array:
    """One parameter's part of a gradient as a vector.

    Raises:
        UsageError: It is None, no number, or of another shape.
    """
    if part is None:
        raise UsageError(
            f"{what} has nothing for {parameter.name}: None instead of an array of shape {parameter.shape}"
        )
    try:
        numbers = np.asarray(_read(part), dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError(f"{what} of {parameter.name} is {part!r}: numbers are needed") from None
    if numbers.shape != parameter.shape:
        if numbers.size == parameter.size == 1:
            return numbers.reshape(1)
        turned = numbers.shape == parameter.shape[::-1]
        hint = "it is that of the transpose" if turned else "a gradient has the shape of its parameter"
        raise UsageError(
            f"{what} of {parameter.name} has shape {numbers.shape}, the parameter {parameter.shape}: {hint}"
        )
    return numbers.ravel()


def leaves(value: Any, path: str, alone: str) -> Iterator[tuple[str, Any]]:
    for name, inner in _inside(value):
        yield from leaves(inner, f"{path}{name}" if path else name.removeprefix("."), alone)
    if not _is_nested(value):
        yield path or alone, value


def _is_nested(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple) or (
        dataclasses.is_dataclass(value) and not isinstance(value, type)
    )


def _inside(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((f".{key}", inner) for key, inner in value.items())
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        yield from ((f".{key}", inner) for key, inner in zip(value._fields, value, strict=True))
    elif isinstance(value, list | tuple):
        yield from ((f"[{k}]", inner) for k, inner in enumerate(value))
    elif _is_nested(value):
        yield from ((f".{each.name}", getattr(value, each.name)) for each in dataclasses.fields(value))


def _rebuilt(value: Any, leaf: Callable[[Any], Any]) -> Any:
    if isinstance(value, Mapping):
        changed = {key: _rebuilt(inner, leaf) for key, inner in value.items()}
        return changed if type(value) is dict else type(value)(changed)  # type: ignore[call-arg]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_rebuilt(inner, leaf) for inner in value))
    if isinstance(value, list | tuple):
        return type(value)(_rebuilt(inner, leaf) for inner in value)
    if _is_nested(value):
        changes = {each.name: _rebuilt(getattr(value, each.name), leaf) for each in dataclasses.fields(value)}
        return dataclasses.replace(value, **changes)
    return leaf(value)


def _kind(leaf: Any) -> str:
    """Letter of its numbers' type: f, c, i, b; "" for what holds none, and so is left as it is."""
    if isinstance(leaf, bool):
        return "b"
    if isinstance(leaf, float | int | complex):
        return {float: "f", int: "i", complex: "c"}.get(type(leaf), "f")
    if isinstance(leaf, np.ndarray | np.generic) or hasattr(leaf, "__array_namespace__"):
        kind = np.asarray(_read(leaf)).dtype.kind
        return "i" if kind == "u" else str(kind)
    return ""


def _bits(leaf: Any) -> int:
    return 64 if isinstance(leaf, float) else np.asarray(_read(leaf)).dtype.itemsize * 8


def _read(leaf: Any) -> Any:
    """As NumPy reads it; arrays of other libraries through DLPack where they do not convert themselves."""
    if hasattr(leaf, "__array_namespace__") and not hasattr(leaf, "__array__"):
        return np.from_dlpack(leaf)
    return leaf


def _like(leaf: Any, part: Any, own_precision: bool) -> Any:
    """Numbers as the leaf has them: an array of its library, a NumPy scalar, a Python number."""
    if isinstance(leaf, float) and not isinstance(leaf, np.generic):
        return part.item()
    if own_precision:
        part = part.astype(np.asarray(_read(leaf)).dtype)
    if isinstance(leaf, np.generic):
        return part[()]
    if isinstance(leaf, np.ndarray):
        return part
    return leaf.__array_namespace__().asarray(part)


def _check(path: str, leaf: Any) -> None:
    kind = _kind(leaf)
    if kind == "i":
        raise UsageError(
            f"{path} holds whole numbers ({getattr(leaf, 'dtype', 'int')}): there is no gradient with respect to them; "
            f"convert it, e.g. {path}.astype(float), or leave it out of the parameters"
        )
    if kind == "c":
        raise UsageError(f"{path} holds complex numbers: give real and imaginary parts as two parameters")
