"""Runs the recording of a script: instruments its files, decides which steps are recorded, and takes all hooks off."""

from __future__ import annotations

import builtins
import importlib.machinery
import itertools
import operator
import os
import sys
import threading
import time
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

from backproof.scripts import instrument
from backproof.scripts.oldnames import OldNames
from backproof.scripts.recorder import Recorder, Recording

MILESTONES = (300, 1_000, 3_000, 9_000, 27_000, 80_000, 160_000, 320_000)  # nodes at which complete steps are counted
CHECK_EVERY = 10_000  # nodes after which the clock is looked at
NODE_LIMIT = 600_000  # about 500 MB of nodes
BYTE_LIMIT = 1 << 30  # arrays kept in a window
FIRST_SECONDS = 8.0  # recording time before the first complete steps are given up on
ENOUGH_STEPS = 12  # complete steps in a window: a verdict needs 2, statistics gain little from more
LATER_STEPS = 6
LATER_NODES = 2_000
MAX_WINDOWS = 14
STARVED = 3  # windows without a single step after which recording is given up
# Where in the outermost loop later windows lie: early, where the run changes fastest, and at the very end.
FRACTIONS = (0.02, 0.1, 0.3, 0.6)
TAIL = 3  # turns before the end of the outermost loop at which the last window opens
SHORT_LOOP = 12  # a loop of fewer turns has a window in each; the loops inside of it are sampled too
TICKS = tuple(4**k for k in range(2, 20))  # turns of a while loop at which a window opens
StepCounter = Callable[[Recording], int]


class _Loop:
    """One running `for` loop of the script: how many turns it made, and of how many."""

    def __init__(self, length: int | None) -> None:
        self.length = length
        self.turns = 0
        self.ended = False

    def next_stop(self) -> int | None:
        """Turns after which the next window should open; None if there is no more."""
        if self.length is None:
            return next((t for t in TICKS if t > self.turns), None)
        if self.length <= SHORT_LOOP:
            return self.turns + 1
        points = [int(f * self.length) for f in FRACTIONS] + [self.length - TAIL]
        return next((p for p in points if p > self.turns + 1), None)


class Tracer:
    """Everything that is recorded of one script."""

    def __init__(self, roots: Sequence[Path], count_steps: StepCounter) -> None:
        """Instrument files below `roots`; `count_steps` counts the complete steps of a window."""
        self.roots = [root.resolve() for root in roots]
        self.count_steps = count_steps
        self.files: dict[str, str] = {}
        self.modules: set[str] = {"__main__"}
        self.recorder = Recorder(lambda code: code.co_filename in self.files, self.modules)
        self.recorder.lose = self._milestone
        self.windows: list[Recording] = []
        self.notes: list[str] = []
        self.old_names = OldNames(lambda filename: filename in self.files)
        self.on_update: Callable[[int], None] | None = None
        self.updates_seen = 0
        self.starved = 0
        self._loops: list[_Loop] = []
        self._nodes_per_step = 0.0
        self._next_milestone = MILESTONES[0]
        self._ticks: dict[int, int] = {}
        self._finder = _LocalFinder(self)
        self._pid = os.getpid()

    # -- what running.py calls

    def code_for(self, source: bytes, filename: str) -> types.CodeType:
        """The instrumented code of one of the script's files.

        Raises:
            SyntaxError: as `compile` would.
        """
        plain = compile(source, filename, "exec", dont_inherit=True)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = instrument.instrument(source, filename, self.recorder.sites)
                code = compile(tree, filename, "exec", dont_inherit=True)
        except Exception as fault:  # the script must run even if we cannot read it
            self.recorder.faults.append(f"instrumenting {filename}: {type(fault).__name__}: {fault}")
            return plain
        self.files[filename] = source.decode("utf-8", "replace")
        return code

    def attach(self, main_file: str | None = None) -> None:
        """Put the hooks in place and record from now on."""
        self.recorder.thread = threading.get_ident()
        self._install(live=True)
        self._begin()
        sys.meta_path.insert(0, self._finder)
        self.old_names.attach()
        os.register_at_fork(after_in_child=self._forget)

    def detach(self) -> None:
        """Take every hook off."""
        if self.recorder.on:
            self.close("the script ended")
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        self.old_names.detach()
        self.notes += [f"{old} was given to the script: this NumPy no longer has it" for old in self.old_names.given]

    # -- windows

    def _begin(self) -> None:
        recording = self.recorder.start(len(self.windows))
        outer = self._loops[0] if self._loops else None
        recording.turn = (outer.turns, outer.length) if outer else (0, None)
        if self._nodes_per_step:
            self.recorder.check_at = int(self._nodes_per_step * (self._later_steps + 1.5)) + 40
        else:
            self._next_milestone = self.recorder.check_at = MILESTONES[0]
        self._install(live=True)

    def _milestone(self) -> None:
        """A window reached a size at which it may be complete."""
        recording = self.recorder.recording
        count = len(recording.nodes)
        if len(self.recorder.faults) > 50:
            self.close("too many faults of the recorder")
            return
        first = not self._nodes_per_step
        if first and count < self._next_milestone and not self._exhausted(recording):
            self.recorder.check_at = min(count + CHECK_EVERY, self._next_milestone)
            return
        self._next_milestone = next((m for m in MILESTONES if m > count), count + MILESTONES[-1])
        steps = self.count_steps(recording) if first or self.on_update else self._later_steps
        if self.on_update is not None:
            self.on_update(self.updates_seen + steps)
        if steps >= (ENOUGH_STEPS if first else self._later_steps) or (steps >= 3 and count > MILESTONES[4]):
            self.close("enough steps", steps)
        elif self._exhausted(recording):
            self._starve(recording, steps)
        else:
            self.recorder.check_at = min(count + CHECK_EVERY, self._next_milestone)

    def _exhausted(self, recording: Recording) -> bool:
        return (
            len(recording.nodes) > NODE_LIMIT
            or recording.shadow.bytes > BYTE_LIMIT
            or time.perf_counter() - recording.started > FIRST_SECONDS
        )

    def _starve(self, recording: Recording, steps: int) -> None:
        """The budget is used up: keep what holds steps, else drop it and look further on."""
        if steps >= 1:
            self.close("the budget is used up", steps)
            return
        self.starved += 1
        if self.starved >= STARVED:
            self.close("no step was completed within the budget")
        else:
            self._begin()

    @property
    def _later_steps(self) -> int:
        """Steps of a later window: more where they are cheap, so that averages over samples mean something."""
        return int(min(max(LATER_NODES / max(self._nodes_per_step, 1.0), LATER_STEPS), 4 * LATER_STEPS))

    def close(self, because: str, steps: int = 0) -> None:
        """End the present window; the script goes on at its own speed."""
        recording = self.recorder.recording
        recording.closed_because = because
        self.recorder.on = False
        self._install(live=False)
        recording.shadow.settle()
        recording.shadow.clear()
        self.recorder.stack.clear()
        self.windows.append(recording)
        self.updates_seen += steps
        if steps and not self._nodes_per_step:
            self._nodes_per_step = len(recording.nodes) / steps

    def _resume(self) -> None:
        if not self.recorder.on and len(self.windows) < MAX_WINDOWS and self.starved < STARVED:
            self._begin()

    # -- loops

    def loop(self, site: int, iterable: Any) -> Any:
        """Hook of `for`: the same items, with a pause before some turns at which a window opens."""
        if not self.recorder.on or threading.get_ident() != self.recorder.thread:
            return iterable
        iterable = self.recorder.iterate(iterable)
        if getattr(type(iterable), "__iter__", None) is None:
            return iterable
        iterator = iter(iterable)
        length = operator.length_hint(iterable, -1) if hasattr(type(iterable), "__len__") else -1
        if length < 0:
            length = operator.length_hint(iterator, -1)
        return itertools.chain.from_iterable(self._chunks(iterator, _Loop(length if length >= 0 else None)))

    def _chunks(self, iterator: Iterator[Any], loop: _Loop) -> Iterator[Iterator[Any]]:
        self._loops.append(loop)
        whole = itertools.chain(iterator, self._end(loop))
        try:
            while not loop.ended:
                if self.recorder.on:
                    yield itertools.islice(whole, 1)
                    loop.turns += 1
                    continue
                stop = loop.next_stop() if self._samples(loop) else None
                if stop is None or len(self.windows) >= MAX_WINDOWS:
                    yield whole
                    return
                yield itertools.islice(whole, stop - loop.turns)
                loop.turns = stop
                if not loop.ended:
                    self._resume()
        finally:
            self._loops.remove(loop)

    def _end(self, loop: _Loop) -> Iterator[Any]:
        loop.ended = True
        return
        yield

    def _samples(self, loop: _Loop) -> bool:
        """Is `loop` the outermost of the running ones, short loops around it aside?"""
        for outer in self._loops:
            if outer is loop:
                return True
            if outer.length is None or outer.length > SHORT_LOOP:
                return False
        return False

    def tick(self, site: int) -> None:
        """Hook of a `while` loop's plain body: opens a window at some turns."""
        turns = self._ticks[site] = self._ticks.get(site, 0) + 1
        if turns in TICKS and threading.get_ident() == self.recorder.thread:
            if len(self.windows) < MAX_WINDOWS:
                self._resume()
            else:
                vars(builtins)[instrument.TICK] = abs

    # -- hooks

    def _install(self, live: bool) -> None:
        recorder = self.recorder
        names = vars(builtins)
        names[instrument.SLICE] = slice
        names[instrument.LOOP] = self.loop
        names.setdefault(instrument.TICK, self.tick)
        pairs: dict[str, tuple[Any, Any]] = {
            instrument.PUSH: (recorder.push, _second),
            instrument.RESULT: (recorder.result, _second),
            instrument.CALLEE: (recorder.callee, _second),
            instrument.STORE_BASE: (recorder.store_base, _second),
            instrument.OPERAND: (recorder.operand, _second),
            instrument.STORED: (recorder.stored, _nothing),
            instrument.BEFORE: (recorder.before, _nothing),
            instrument.AFTER: (recorder.after, _nothing),
            instrument.FRESH: (recorder.fresh, _first),
            instrument.SHOWN: (recorder.shown, _first),
            instrument.ITERATE: (recorder.iterate, _first),
        }
        for name, (on, off) in pairs.items():
            names[name] = on if live else off
        names[instrument.ON] = live

    def _forget(self) -> None:
        """In a forked child nothing is recorded."""
        self.recorder.on = False
        self.windows = []
        self._install(live=False)
        vars(builtins)[instrument.TICK] = abs

    def is_local(self, filename: str | None) -> bool:
        """Is this a source file of the script's own, not an installed library?"""
        if not filename or not filename.endswith(".py"):
            return False
        path = Path(filename).resolve()
        if "site-packages" in path.parts or "dist-packages" in path.parts:
            return False
        return any(root in path.parents for root in self.roots)


def _first(value: Any) -> Any:
    return value


def _second(_: int, value: Any) -> Any:
    return value


def _nothing(*_: Any) -> None:
    return None


class _LocalFinder(MetaPathFinder):
    """Instruments the script's own modules as they are imported."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """The usual spec, with our loader where the file is the script's own."""
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or not self.tracer.is_local(spec.origin):
            return None
        if type(spec.loader) is importlib.machinery.SourceFileLoader:
            spec.loader = _LocalLoader(self.tracer, spec.loader.name, spec.loader.path)
            self.tracer.modules.add(name)
        return spec


class _LocalLoader(importlib.machinery.SourceFileLoader):
    """Python's own loader, except for the code that is run."""

    def __init__(self, tracer: Tracer, name: str, path: str) -> None:
        super().__init__(name, path)
        self._tracer = tracer

    def get_code(self, fullname: str) -> types.CodeType | None:
        """Cache the plain code as Python does, run the instrumented one."""
        plain = super().get_code(fullname)
        if plain is None:
            return None
        return self._tracer.code_for(self.get_data(self.path), plain.co_filename)
