"""Figures of a training and of a fit; matplotlib's, which is the extra `report`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backproof.errors import UsageError

if TYPE_CHECKING:
    from backproof.nn.history import History
    from backproof.nn.network import Network

FINE = 400  # points of a drawn curve


def _figure() -> tuple[Any, Any]:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError('figures are made by matplotlib: install it with pip install "backproof[report]"') from None
    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def plot_history(history: History) -> Any:
    """Training and validation loss over the epochs."""
    figure, axes = _figure()
    axes.plot(range(len(history.loss) + 1), [history.initial_loss, *history.loss], label="training")
    if history.validation_loss:
        axes.plot(range(1, len(history.validation_loss) + 1), history.validation_loss, label="validation")
        axes.legend()
    if min([*history.loss, *history.validation_loss], default=0) > 0:
        axes.set_yscale("log")
    axes.set_xlabel("epoch")
    axes.set_ylabel("average loss per sample")
    return figure


def plot_fit(network: Network, x: ArrayLike, y: ArrayLike, first: NDArray[Any] | None = None) -> Any:
    """The data, the first guess and the fit of a network with one input and one output.

    Args:
        network: Trained.
        x: (samples,) or (samples, 1).
        y: (samples,) or (samples, 1).
        first: The network's parameters before training (a copy of `network.theta`), for the first guess.

    Raises:
        UsageError: It has more inputs or outputs than one.
    """
    if network.inputs != 1 or network.outputs != 1:
        raise UsageError(f"plot_fit draws one input against one output, not {network.inputs} and {network.outputs}")
    figure, axes = _figure()
    given = np.ravel(np.asarray(x, dtype=float))
    fine = np.linspace(given.min(), given.max(), FINE)
    axes.plot(given, np.ravel(np.asarray(y)), ".", color="0.7", label="data")
    if first is not None:
        trained = network.theta.copy()
        network.theta[...] = first
        axes.plot(fine, np.ravel(network.predict(fine)), "--", label="first guess")
        network.theta[...] = trained
    axes.plot(fine, np.ravel(network.predict(fine)), label="fit")
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    axes.legend()
    return figure
