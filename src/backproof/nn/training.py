"""Training: batches, steps, validation, early stopping, checkpoints, and the points where an observer listens."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backproof.nn import checkpoints
from backproof.nn.history import History
from backproof.nn.layers import Gradients
from backproof.nn.listening import Listener, Step
from backproof.nn.losses import reduce
from backproof.nn.optimizers import Optimizer, Slots
from backproof.nn.prepared import Data, prepared
from backproof.nn.progress import bar
from backproof.nn.saving import check_folder
from backproof.nn.second_order import LBFGS, LevenbergMarquardt, Marquardt, lbfgs
from backproof.nn.settings import Settings
from backproof.nn.vector import decaying, parts, states

if TYPE_CHECKING:
    from backproof.nn.network import Network

__all__ = ["Settings", "train"]

Array = NDArray[Any]


def train(network: Network, x: ArrayLike, y: ArrayLike, settings: Settings) -> History:
    """Train `network`, from where it is, on x (samples, features) and y (samples, outputs).

    Raises:
        UsageError: The data do not fit the network; nothing was changed then.
    """
    training = Training(network, *prepared(network, x, y, settings), settings)
    if settings.checkpoint is not None:
        training.take_up(Path(settings.checkpoint))
    return training.run()


class Training:
    """One call of `fit`: its state is what a checkpoint holds."""

    def __init__(self, network: Network, data: Data, held: Data | None, settings: Settings) -> None:
        """Nothing is moved yet."""
        self.network, self.data, self.held, self.settings = network, data, held, settings
        self.method = settings.method
        self.history = History()
        self.slots: Slots = self.method.start(network.theta) if isinstance(self.method, Optimizer) else {}
        self.decays = decaying(network, biases=getattr(self.method, "decay_biases", False))
        self.penalised = decaying(network, biases=False)
        self.best_theta, self.best_loss, self.best_state = network.theta.copy(), np.inf, states(network)
        self.starts = 0  # new starts of Levenberg-Marquardt that were made
        self.marquardt: Marquardt | None = None
        self.checkpoint: Path | None = None
        self.clock = time.perf_counter()
        self.flat = np.zeros_like(network.theta)
        self.parts = parts(network)

    # -- the course of a training

    def run(self) -> History:
        """All epochs that are still to be done."""
        if not self.history.loss:
            self.history.initial_loss = self._average(self.data)
        held = None if self.held is None else (self.held.x, self.held.y)
        for listener in self.settings.listeners:
            listener.begins(self.network, self.data.x, self.data.y, self.settings, held)
        with bar(self.settings.epochs, len(self.history.loss), self.settings.progress) as advance:
            try:
                if isinstance(self.method, LBFGS):
                    self._by_lbfgs(self.method, advance)
                else:
                    self._by_epochs(advance)
            except KeyboardInterrupt:
                self.history.stopped_because = "interrupted"
        self._keep_best()
        return self.history

    def _by_epochs(self, advance: Any) -> None:
        epoch = self._epoch if isinstance(self.method, Optimizer) else self._iteration
        while not self._is_over():
            before = self.network.theta.copy()
            gradient, rate = epoch()
            done = self._end_of_epoch(gradient, before, rate)
            advance(self.history.loss[-1])
            if self.checkpoint is not None and (done or len(self.history.loss) % self.settings.checkpoint_every == 0):
                checkpoints.write(self, self.checkpoint)
            if done:
                break

    def _is_over(self) -> bool:
        """Whether there is nothing more to do: also of a training that had ended when it was taken up again."""
        history, stopping = self.history, self.settings.early_stopping
        if len(history.loss) >= self.settings.epochs or history.stopped_because in ("goal", "stuck"):
            return True
        waited = len(history.loss) - 1 - history.best_epoch
        if history.stopped_because == "early stopping" and stopping is not None and waited >= stopping.patience:
            return True
        history.stopped_because = "epochs"
        return False

    def _epoch(self) -> tuple[Array, float]:
        """One pass over the data; the last step's gradient and rate."""
        count, size = len(self.data.x), self.settings.batch_size or len(self.data.x)
        generator = self.network.generator
        order = generator.permutation(count) if self.settings.shuffle and size < count else None
        rate = 0.0
        for start in range(0, count, size):
            rows = slice(start, start + size) if order is None else order[start : start + size]
            rate = self._step(
                self.data.x[rows], self.data.y[rows], None if (w := self.data.weights) is None else w[rows]
            )
        return self.flat, rate

    def _step(self, x: Array, y: Array, weights: Array | None) -> float:
        """One update; returns its rate."""
        number, network = self.history.steps, self.network
        if weights is not None and not weights.any():
            return 0.0  # a batch of samples that do not count
        watching = self._watching(number)
        seen = self._pass(x, y, weights, network.generator, valued=bool(watching))
        self._flatten(seen[3])
        before = self._copies() if watching else {}
        assert isinstance(self.method, Optimizer)
        rate = self.method.learning_rate * self.settings.schedule(number)
        self.method.step(network.theta, self.flat, self.slots, number, rate, self.decays)
        self.history.steps += 1
        for listener in watching:
            listener.stepped(network, Step(number, x, y, *seen, before, network.parameters))
        return rate

    def _pass(
        self, x: Array, y: Array, weights: Array | None, noise: np.random.Generator | None, *, valued: bool
    ) -> tuple[Array, list[Any], float, Gradients]:
        """Predictions, caches, loss (NaN unless `valued`) and gradients of a batch."""
        network = self.network
        output, caches = network.forward(x, noise)
        p = network.loss_input(output, caches)
        values = network.losses.value(p, y) if valued else None
        loss, grad = reduce(values, network.losses.gradient(p, y), weights)
        return output, caches, loss, network.backward(grad, caches)[1]

    def _watching(self, number: int) -> list[Listener]:
        return [each for each in self.settings.listeners if each.due(number)]

    def _copies(self) -> dict[str, Array]:
        return {name: value.copy() for name, value in self.network.parameters.items()}

    def _flatten(self, gradients: dict[str, Array]) -> None:
        """The gradient as one vector, in the order of the parameters; with L1, and not longer than allowed."""
        flat = self.flat
        for name, part in self.parts.items():
            flat[part] = gradients[name].reshape(-1)
        if self.settings.l1:
            flat += self.settings.l1 * self.penalised * np.sign(self.network.theta)
        if self.settings.clip_norm is not None:
            length = float(np.sqrt(flat @ flat))
            if length > self.settings.clip_norm:
                flat *= self.settings.clip_norm / length

    def _iteration(self) -> tuple[Array, float]:
        """One iteration of Levenberg-Marquardt, from a new start if the present one is stuck above the goal."""
        network, method = self.network, self.method
        if self.marquardt is None:
            self.marquardt = Marquardt(network, self.data.x, self.data.y, self.data.weights, method, self.decays)  # type: ignore[arg-type]  # the method is not first-order here
        if self.marquardt.stuck and self.starts <= method.restarts:  # type: ignore[union-attr]  # likewise
            self._begin_anew(method.restarts)  # type: ignore[union-attr]  # likewise
        before = network.theta.copy()
        self.marquardt.iterate(patient=self._last_start())
        self._tell_of_iteration(before)
        self.history.steps += 1
        return self.marquardt.slope, 0.0

    def _tell_of_iteration(self, before: Array) -> None:
        """Tell those who listen of a step on all data, from the parameters `before` to those of now."""
        number, data, network = self.history.steps, self.data, self.network
        watching = self._watching(number)
        if not watching:
            return
        after = network.theta.copy()
        network.theta[...] = before
        seen, copies = self._pass(data.x, data.y, data.weights, None, valued=True), self._copies()
        network.theta[...] = after
        for listener in watching:
            listener.stepped(network, Step(number, data.x, data.y, *seen, copies, network.parameters))

    def _begin_anew(self, restarts: int) -> None:
        """From other initial weights, at last from the best that was reached."""
        self._note_best(self.history.loss[-1])
        self.starts += 1
        if self.starts <= restarts:
            span = self.data.x.min(axis=0).astype(np.float64), self.data.x.max(axis=0).astype(np.float64)
            self.network.restart(self.starts, span)
        else:
            self.network.theta[...] = self.best_theta
        assert self.marquardt is not None
        self.marquardt.begin_anew()

    def _last_start(self) -> bool:
        """Whether no other start is to be had; then the present one, the best, goes on until nothing moves."""
        restarts = self.method.restarts if isinstance(self.method, LevenbergMarquardt) else 0
        return not restarts or self.starts > restarts

    def _by_lbfgs(self, method: LBFGS, advance: Any) -> None:
        before = [self.network.theta.copy()]

        def evaluate() -> tuple[float, Array]:
            value, gradients, _ = self.network.loss_and_gradients(self.data.x, self.data.y, self.data.weights)
            self._flatten(gradients)
            theta = self.network.theta
            decayed = method.weight_decay * self.decays * theta
            return value + 0.5 * float(decayed @ theta), self.flat + decayed

        def after(loss: float) -> bool:
            self._tell_of_iteration(before[0])
            self.history.steps += 1
            done = self._end_of_epoch(self.flat, before[0], 0.0)
            before[0] = self.network.theta.copy()
            advance(self.history.loss[-1])
            return done

        lbfgs(self.network, evaluate, method, self.settings.epochs, after)

    # -- the end of an epoch

    def _average(self, data: Data) -> float:
        return self.network.average(data.x, data.outer, data.weights)

    def _end_of_epoch(self, gradient: Array, before: Array, rate: float) -> bool:
        """Note what the epoch came to; whether training is to end."""
        history = self.history
        history.loss.append(self._average(self.data))
        if self.held is not None:
            history.validation_loss.append(self._average(self.held))
        history.learning_rate.append(rate)
        history.seconds.append(time.perf_counter() - self.clock)
        self._note_sizes(gradient, self.network.theta - before)
        judged = (history.validation_loss or history.loss)[-1]
        stopping = self.settings.early_stopping
        if stopping is None:
            return self._second_order_done()
        if judged < self.best_loss - stopping.least_gain or not np.isfinite(self.best_loss):
            self._note_best(judged)
        if len(history.loss) - 1 - history.best_epoch >= stopping.patience:
            history.stopped_because = "early stopping"
            return True
        return self._second_order_done()

    def _second_order_done(self) -> bool:
        if self.marquardt is None:
            return False
        if self.marquardt.loss <= self.marquardt.method.goal:
            self.history.stopped_because = "goal"
            return True
        if self.marquardt.stuck and self._last_start():
            self.history.stopped_because = "stuck"
            return True
        return False

    def _note_best(self, loss: float) -> None:
        if loss < self.best_loss or not np.isfinite(self.best_loss):
            self.best_loss, self.best_theta = loss, self.network.theta.copy()
            self.best_state = states(self.network)
            self.history.best_epoch = len(self.history.loss) - 1

    def _keep_best(self) -> None:
        """Put the best parameters back: of early stopping, or of the best start."""
        history = self.history
        stopping = self.settings.early_stopping
        restore = stopping.restore_best if stopping is not None else self.starts > 0
        if restore and history.best_epoch >= 0 and self.best_loss < (history.validation_loss or history.loss)[-1]:
            self.network.theta[...] = self.best_theta
            for (_, layer), state in zip(self.network.walk(), self.best_state, strict=True):
                layer.state = {name: value.copy() for name, value in state.items()}
        else:
            history.best_epoch = len(history.loss) - 1

    def _note_sizes(self, gradient: Array, change: Array) -> None:
        for name, part in self.parts.items():
            for sizes, vector in ((self.history.gradient_rms, gradient), (self.history.update_rms, change)):
                square = float(vector[part] @ vector[part])
                sizes.setdefault(name, []).append(
                    math.sqrt(square / (part.stop - part.start)) if square >= 0 else math.nan
                )

    # -- checkpoints

    def take_up(self, path: Path) -> None:
        """Go on where the checkpoint at `path` stands, if there is one; keep one there from now on."""
        check_folder(path)
        self.checkpoint = path
        if path.exists():
            checkpoints.read(self, path)
