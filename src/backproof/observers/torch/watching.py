"""Watches trainings in PyTorch: reads backward passes, and gives each to the training whose step it makes."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

import torch

from backproof.observers.torch.modes import Modes
from backproof.observers.torch.names import Modules, Namer
from backproof.observers.torch.reading import Reader, Reading
from backproof.observers.torch.session import Sentinel, Session
from backproof.observers.watched import Observer, guarded

MOST_SESSIONS = 6  # trainings that are looked at
MANY = 10  # backward passes without a step, from which it is no demonstration of gradients
RECENT = 4  # steps of other trainings after which one counts as ended
MOST_PENDING = 16  # backward passes before one step whose readings are kept


class TorchWatch(Observer):
    """All trainings of a process.

    Attributes:
        readable: False from the moment at which saved values must not be read until the next `backward` has ended.
        updates: Steps that were made.
        backwards: Calls of `backward`.
        modules: All that were made.
        modes: Dropout and batch normalisation in training mode.
        sessions: Trainings, in the order of their first steps.
        optimizers: All that were made.
        begun: Is called once, at the first backward pass.
    """

    def __init__(self) -> None:
        super().__init__()
        self.readable = True
        self.updates = self.backwards = 0
        self.modules = Modules()
        self.namer = Namer(self.modules)
        self.reader = Reader(self.namer)
        self.modes = Modes(self.modules)
        self.sessions: list[Session] = []
        self.optimizers: weakref.WeakSet[Any] = weakref.WeakSet()
        self.begun: Callable[[], object] | None = None
        self.compiled = False
        self.first: Reading | None = None
        self._pending: list[Reading] = []
        self._by_optimizer: weakref.WeakKeyDictionary[Any, Session] = weakref.WeakKeyDictionary()
        self._latest: Session | None = None
        self._hand: list[Sentinel] = []

    @property
    def trained(self) -> bool:
        """Whether there is anything to judge: steps, or many backward passes without one."""
        return self.updates > 0 or self.backwards >= MANY

    # -- backward passes

    @guarded
    def before_backward(self, roots: Any, by_grad: bool, frame: FrameType) -> None:
        """Read the graph while it is whole."""
        self.modes.learning()
        root = roots[0] if isinstance(roots, list | tuple) and len(roots) == 1 else roots
        if not isinstance(root, torch.Tensor):
            return
        if self.begun is not None:
            begun, self.begun = self.begun, None
            begun()
        self.backwards += 1
        with torch.no_grad():
            self._stepped_by_hand()
            active = self._active()
            armed = self.has_time() and (not active or any(session.training.due() for session in active))
            if armed:
                for session in active:
                    session.look_for_old_gradients()
            holding = not active or any(not session.training.held.closed for session in active)
            outcome = any(session.training.wants_outcome() for session in active)
            reading = self.reader.read(
                root,
                armed=armed,
                holding=holding,
                outcome=outcome,
                first=not active,
                readable=self.readable,
                frame=frame,
            )
        reading.by_grad = by_grad
        self.first = self.first or reading
        self._pending.append(reading)
        del self._pending[:-MOST_PENDING]

    @guarded
    def after_backward(self, result: Any) -> None:
        """The gradients are there, and the graph is gone."""
        self.readable = True
        self.reader.calls.disarm()
        for reading in self._pending[-1:]:
            with torch.no_grad():
                self.reader.gradients(reading, result)
            reading.release()
            self._hand = [Sentinel(leaf) for leaf in reading.leaves[:2]] or self._hand

    def _active(self) -> list[Session]:
        return [session for session in self.sessions if session.last >= self.updates - RECENT]

    # -- steps

    def after_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        """Parameters have moved."""
        self._after_step(optimizer)
        if self.on_update is not None:
            self.on_update(self.updates)

    @guarded
    def _after_step(self, optimizer: Any) -> None:
        session = self._by_optimizer.get(optimizer)
        if not self._pending:
            if session is None and self._latest is not None:  # steps on the same backward pass as the one before
                self._latest.optimizers.append(optimizer)
                self._by_optimizer[optimizer] = self._latest
            return
        if session is None:
            session = self._new()
            if session is None:
                return
            session.optimizers.append(optimizer)
            self._by_optimizer[optimizer] = session
        self._step(session)

    def _stepped_by_hand(self) -> None:
        """Whether parameters moved since the last backward pass without an optimizer."""
        if not self._pending or not self._hand or not any(sentinel.moved() for sentinel in self._hand):
            return
        ids = {id(leaf) for leaf in self._pending[-1].leaves} or {id(s.tensor) for s in self._hand}
        for session in self.sessions:
            if not session.optimizers and ids & session.hand:
                break
        else:
            made = self._new()
            if made is None:
                return
            session = made
            session.hand = ids
        self._step(session)
        if self.on_update is not None:
            self.on_update(self.updates)

    def _new(self) -> Session | None:
        if len(self.sessions) >= MOST_SESSIONS:
            return None
        session = Session(len(self.sessions))
        self.sessions.append(session)
        return session

    def _step(self, session: Session) -> None:
        self.updates += 1
        with torch.no_grad():
            session.stepped(self._pending, self.namer)
        self._turns(session)
        session.last, self._latest = self.updates, session
        self._pending = []
        if session.training.due() and self.has_time() and not self.compiled and not session.is_chain:
            self.reader.calls.arm(session.models(self.modules))

    def _turns(self, session: Session) -> None:
        """Trainings that take turns on the same parameters play against each other: their losses have no end."""
        other = self._latest
        if other is None or other is session or not session.training.done > 1:
            return
        if set(session.leaves) & set(other.leaves):
            session.training.several = other.training.several = True

    # -- the rest

    @guarded
    def optimizer_made(self, optimizer: Any) -> None:
        """Remember an optimizer; it may never be used."""
        self.optimizers.add(optimizer)

    @guarded
    def module_made(self, module: Any) -> None:
        """Remember where a module is made."""
        self.modules.made(module)

    @guarded
    def in_training_mode(self, name: str, args: Any, kwargs: Any, frame: FrameType) -> None:
        """Dropout or batch normalisation is at work."""
        with torch.no_grad():
            self.modes.note(name, args, kwargs, frame)

    def detach(self) -> None:
        """Take all patches and hooks off."""
        self.reader.calls.disarm()
        super().detach()

    def compiles(self) -> None:
        """From now on modules may be compiled."""
        self.reader.calls.disarm()
        self.compiled = True
