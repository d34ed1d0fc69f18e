"""What can be checked: a leaf for arrays and one for each framework; what something is decides which leaf takes it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from backproof.gradcheck.described import Description
from backproof.gradcheck.programs._program import Program

FRAMEWORKS = ("keras", "torch", "jax", "sklearn", "engine")  # in this order: Keras's layers may be torch's modules


def description_of(network: Any, x: Any, y: Any, loss: Any) -> Description:
    """The network layer by layer, with data.

    Raises:
        UsageError: It is no plain chain of dense layers and activations.
    """
    if hasattr(network, "named_modules"):
        from backproof.gradcheck.programs._sequential import describe as sequential

        return sequential(network, x, y, loss)
    from backproof.gradcheck.programs.engine import describe

    return describe(network, x, y)


def program_of(target: Any, inputs: tuple[Any, ...], options: Mapping[str, Any], seed: int) -> Program:
    """The target as a program.

    A framework that is not loaded cannot have made the target, so that none is imported in vain.

    Raises:
        UsageError: No leaf can take it; the message says what is missing.
    """
    for name in FRAMEWORKS:
        if name == "engine" or name in sys.modules:
            leaf = import_module(f"backproof.gradcheck.programs.{name}")
            if leaf.takes(target, inputs):
                return leaf.program(target, inputs, dict(options), seed)  # type: ignore[no-any-return]
    from backproof.gradcheck.programs import arrays

    return arrays.program(target, inputs, dict(options), seed)
