"""The vector of all parameters: where each lies, and which of them decay; and what layers keep beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from backproof.nn.network import Network

Array = NDArray[Any]


def decaying(network: Network, *, biases: bool) -> Array:
    """1 for parameters that weight decay and L1 act on, 0 for biases and scales (unless `biases`); (n,)."""
    parts = [
        np.full(parameter.size, 1.0 if biases or name.endswith("/weight") else 0.0, network.dtype)
        for name, parameter in network.parameters.items()
    ]
    return np.concatenate(parts) if parts else np.zeros(0, network.dtype)


def parts(network: Network) -> dict[str, slice]:
    """Where each parameter lies in the vector of all."""
    found, offset = {}, 0
    for name, parameter in network.parameters.items():
        found[name] = slice(offset, offset + parameter.size)
        offset += parameter.size
    return found


def states(network: Network) -> list[dict[str, Array]]:
    """What each layer keeps beside its parameters, copied."""
    return [{name: value.copy() for name, value in layer.state.items()} for _, layer in network.walk()]
