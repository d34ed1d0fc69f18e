"""The points of a training at which an observer listens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from numpy.typing import NDArray

from backproof.nn.layers import Gradients

if TYPE_CHECKING:
    from backproof.nn.network import Network
    from backproof.nn.settings import Settings

Array = NDArray[Any]
Held = tuple[Array, Array] | None


class Step(NamedTuple):
    """One parameter update, as a listener that asked for it is told of it.

    Attributes:
        number: Updates that this training made before.
        x: Inputs of the batch, (batch, features), in the network's units.
        y: Targets, (batch, outputs), likewise.
        output: Predictions before the update, (batch, outputs), likewise.
        caches: What the forward pass of each layer handed on.
        loss: Average loss of the batch before the update.
        gradients: By parameter name.
        before: The parameters before the update, by name (copies).
        after: After it (views).
    """

    number: int
    x: Array
    y: Array
    output: Array
    caches: list[Any]
    loss: float
    gradients: Gradients
    before: dict[str, Array]
    after: dict[str, Array]


class Listener(Protocol):
    """Whoever wants to see steps. It must not change what it is shown."""

    def begins(self, network: Network, x: Array, y: Array, settings: Settings, held: Held) -> None:
        """Training begins on these data, in the network's units; `held` are inputs and targets for validation."""

    def due(self, number: int) -> bool:
        """Whether the update after `number` others is to be shown."""

    def stepped(self, network: Network, step: Step) -> None:
        """An update that was due was made."""
