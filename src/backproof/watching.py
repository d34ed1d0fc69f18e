"""Watches a training loop in the user's own process: `with backproof.watch(model, optimizer) as watch: ...`."""

from __future__ import annotations

import importlib
import sys
from types import TracebackType
from typing import Any

from backproof.errors import UsageError
from backproof.findings import Diagnosis, Program

LEAVES = {"torch": "torch"}  # by the package of a model's class or of one that it is derived from: where it is watched


class Watch:
    """A training that is watched from the call of `watch` until `stop`, or to the end of a `with` block.

    Attributes:
        framework: Whose.
    """

    def __init__(self, framework: str, model: Any, optimizer: Any, experiments: bool) -> None:
        self.framework, self.experiments = framework, experiments
        self._leaf = importlib.import_module(f"backproof.observers.{framework}")
        self._observer = self._leaf.watch(model, optimizer)
        self._stopped: Any = None
        self._leaf.attach(self._observer)

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is not None:
            self._stopped = self._leaf.crash_in(error)
        self.stop()

    @property
    def updates(self) -> int:
        """Steps seen so far."""
        return int(self._observer.updates)

    def stop(self) -> None:
        """Watch no more; what was seen stays."""
        self._observer.detach()

    def diagnosis(self) -> Diagnosis:
        """What `backproof run` would report of what was seen so far."""
        program = Program(path=sys.argv[0] if sys.argv else "", frameworks=(self.framework,))
        found: Diagnosis = self._leaf.diagnosis_of(self._observer, program, self._stopped, experiments=self.experiments)
        return found


def watch(model: Any, optimizer: Any = None, *, experiments: bool = True) -> Watch:
    """Watch the training of a model, without changing a bit of it.

    Args:
        model: A module of PyTorch.
        optimizer: The one that trains it, if there is one already. Others that step are seen as well.
        experiments: Whether a copy of a network that did not learn is trained again for the diagnosis, some seconds.

    Raises:
        UsageError: The model is none of a framework that can be watched.
    """
    packages = [kind.__module__.split(".")[0] for kind in type(model).__mro__]
    framework = next((LEAVES[package] for package in packages if package in LEAVES), None)
    if framework is None:
        raise UsageError(f"a {type(model).__name__} cannot be watched: give a torch.nn.Module")
    return Watch(framework, model, optimizer, experiments)
