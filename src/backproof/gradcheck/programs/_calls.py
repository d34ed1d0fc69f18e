"""What functions call their arguments."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from backproof.errors import UsageError


def argument_names(target: Any, count: int) -> list[str]:
    """What the function calls its first `count` arguments; numbers where that is not known.

    Of a module it is `forward` that counts, of an autograd Function `forward` without its context. A function that was
    made for somebody's object says itself what its arguments are.
    """
    if hasattr(target, "argument_names"):
        return list(target.argument_names)
    function: Any = getattr(target, "forward", target)
    try:
        known = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return [str(k) for k in range(count)]
    names = [each.name for each in known if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    names = names[1:] if isinstance(target, type) else names
    return names[:count] if len(names) >= count else [str(k) for k in range(count)]


def name_of(target: Any) -> str:
    """Its name, or that of its class."""
    return str(getattr(target, "__name__", type(target).__name__))


def asked_arguments(target: Any, count: int, options: Mapping[str, Any]) -> set[int]:
    """Which of (target, *inputs) are differentiated by, from the options `inputs` and `argnums`."""
    fixed = {k + 1 for k in getattr(target, "nondiff_argnums", ())}
    if options.get("inputs", True) is False:
        return {0}
    argnums = options.get("argnums", range(count))
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    if wrong := [k for k in numbers if not -count <= k < count]:
        raise UsageError(f"argnums has {wrong[0]}, but there are {count} arguments")
    return {0, *(k % count + 1 for k in numbers)} - fixed


def path_name(path: Sequence[Any], called: Sequence[str]) -> str:
    """A leaf of (target, *inputs): `params.layers[0]`; without the argument's name where there is one argument only."""
    inner = "".join(f".{key}" if isinstance(key, str) else f"[{key}]" for key in map(_key, path[1:]))
    alone = path[0].idx == 0 or (len(called) == 2 and inner)
    return (inner if alone else f"{called[path[0].idx]}{inner}").removeprefix(".")


def _key(entry: Any) -> Any:
    """The key of a dict, the name of an attribute, the number of an element."""
    return next(getattr(entry, name) for name in ("key", "name", "idx") if hasattr(entry, name))
