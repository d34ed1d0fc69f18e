"""What functions call their arguments."""

from __future__ import annotations

import inspect
from typing import Any


def argument_names(target: Any, count: int) -> list[str]:
    """What the function calls its first `count` arguments; numbers where that is not known.

    Of a module it is `forward` that counts, of an autograd Function `forward` without its context.
    """
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
