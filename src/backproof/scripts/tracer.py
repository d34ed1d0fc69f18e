"""Runs the recording of a script: instruments its files, decides which steps are recorded, and takes all hooks off."""

from __future__ import annotations

import builtins
import os
import sys
import threading
import time
import types
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from backproof.scripts import rewriting as hooks
from backproof.scripts.imports import LocalFinder, OwnFiles
from backproof.scripts.instrument import instrument
from backproof.scripts.loops import Loops
from backproof.scripts.oldnames import OldNames
from backproof.scripts.recorder import Recorder
from backproof.scripts.recording import Recording
from backproof.scripts.warned import Warned

MILESTONES = (300, 1_000, 3_000, 9_000, 27_000, 80_000, 160_000, 320_000)  # nodes at which complete steps are counted
CHECK_EVERY = 10_000  # nodes after which the clock is looked at
NODE_LIMIT = 600_000  # about 500 MB of nodes
BYTE_LIMIT = 3 << 30  # arrays kept in a window
LARGE_BYTES = 1 << 30  # of arrays made in a window, at which few complete steps are enough
BYTE_STEP = 1 << 29  # of arrays made after which that is looked at again
FIRST_LARGE_STEPS = 4  # with two, a velocity that comes from before the window looks like a prediction
LATER_LARGE_STEPS = 4
FIRST_SECONDS = 8.0  # processor time of the script before the first complete steps are given up on
ENOUGH_STEPS = 12  # complete steps in a window: a verdict needs 2, statistics gain little from more
LATER_STEPS = 6
LATER_NODES = 2_000
MAX_WINDOWS = 10
AFTERWARDS = 2  # more for what follows a training; a loop that only prepares it may come first
TOTAL_SHARE = 0.25  # of the machine's memory, beyond which no further window opens
STARVED = 3  # windows without a single step after which recording is given up
StepCounter = Callable[[Recording], int]


class Tracer:
    """Everything that is recorded of one script."""

    def __init__(self, roots: Sequence[Path], count_steps: StepCounter) -> None:
        """Instrument files below `roots`; `count_steps` counts the complete steps of a window."""
        self.own_files = OwnFiles(roots)
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
        self.loops = Loops(
            lambda: self.recorder.on, self._may_open, self._resume, self.recorder.owns, self._over, self._mark
        )
        self.warned = Warned(self.files, lambda: self.loops.running[0].turns if self.loops.running else 0)
        self.afterwards = 0  # windows that were opened when a loop had ended
        self._nodes_per_step = 0.0
        self._bytes = 0  # kept by all windows
        self._next_milestone = MILESTONES[0]
        self._finder = LocalFinder(lambda file: file in self.own_files, self.code_for, self.modules.add)
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
                tree = instrument(source, filename, self.recorder.sites)
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
        self._finder.install()
        self.old_names.attach()
        self.warned.attach()
        os.register_at_fork(after_in_child=self._forget)

    def detach(self) -> None:
        """Take every hook off; once is enough."""
        if self._finder not in sys.meta_path:
            return
        if self.recorder.on:
            self.close("the script ended")
        sys.meta_path.remove(self._finder)
        self.old_names.detach()
        self.warned.detach()
        self.notes += [f"{old} was given to the script: this NumPy no longer has it" for old in self.old_names.given]

    def give_up(self, because: str) -> None:
        """Record no more; what was recorded stays."""
        if self.recorder.on:
            self.close(because)
        self.starved = STARVED
        self.afterwards = AFTERWARDS

    # -- windows

    def _begin(self) -> None:
        recording = self.recorder.start(len(self.windows))
        outer = self.loops.running[0] if self.loops.running else None
        recording.turn = (outer.turns, outer.length) if outer else (0, None)
        if self._nodes_per_step:
            self.recorder.check_at = int(self._nodes_per_step * (self._later_steps + 1.5)) + 40
        else:
            self._next_milestone = self.recorder.check_at = MILESTONES[0]
        self.recorder.bytes_at = LARGE_BYTES
        self._install(live=True)

    def _milestone(self) -> None:
        """A window reached a size at which it may be complete."""
        recording = self.recorder.recording
        count = len(recording.nodes)
        if recording.shadow.made >= self.recorder.bytes_at:
            closed = self._heavy(recording)
            if closed or (count < self.recorder.check_at and not self._exhausted(recording)):
                return
        if len(self.recorder.faults) > 50 or (recording.after and count >= self.recorder.check_at):
            self.close("what follows a training was seen" if recording.after else "too many faults of the recorder")
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

    def _heavy(self, recording: Recording) -> bool:
        """Large arrays are recorded: few complete steps must do."""
        self.recorder.bytes_at += BYTE_STEP
        if self._nodes_per_step:
            steps = int(len(recording.nodes) / self._nodes_per_step - 0.5)
        else:
            steps = self.count_steps(recording)
        enough = steps >= (LATER_LARGE_STEPS if self._nodes_per_step else FIRST_LARGE_STEPS)
        if enough:
            self.loops.large = True
            self.close("few large steps", steps)
        return enough

    def _exhausted(self, recording: Recording) -> bool:
        return (
            len(recording.nodes) > NODE_LIMIT
            or recording.shadow.bytes > BYTE_LIMIT
            or time.thread_time() - recording.started > FIRST_SECONDS
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
        recording.bytes = recording.shadow.bytes
        recording.shadow.settle()
        recording.shadow.clear()
        recording.shadow.cache.clear()
        self.recorder.stack.clear()
        self.windows.append(recording)
        self.updates_seen += steps
        self._bytes += recording.bytes
        if steps and not self._nodes_per_step:
            self._nodes_per_step = len(recording.nodes) / steps

    def _resume(self) -> None:
        if not self.recorder.on and self._may_open() and self.starved < STARVED:
            self._begin()

    def _over(self) -> None:
        """An outermost loop has ended: if it was the training, what follows says how the network is used."""
        known = self._nodes_per_step > 0 and not self.recorder.on and threading.get_ident() == self.recorder.thread
        if known and self.afterwards < AFTERWARDS and self._bytes < TOTAL_SHARE * physical_memory():
            self.afterwards += 1
            self._begin()
            self.recorder.recording.after = True

    def _may_open(self) -> bool:
        return len(self.windows) - self.afterwards < MAX_WINDOWS and self._bytes < TOTAL_SHARE * physical_memory()

    # -- loops

    def _mark(self) -> None:
        """The outermost loop has made a turn."""
        self.recorder.recording.marks.append(len(self.recorder.recording.nodes))

    def loop(self, site: int, iterable: Any) -> Any:
        """Hook of `for`: the same items, with a pause before some turns at which a window opens."""
        if not self.recorder.on or threading.get_ident() != self.recorder.thread:
            return iterable
        return self.loops.watched(self.recorder.iterate(iterable), site)

    def tick(self, site: int) -> None:
        """Hook of a `while` loop's plain body: opens a window at some turns."""
        if self.loops.turned(site) and threading.get_ident() == self.recorder.thread:
            if self._may_open():
                self._resume()
            else:
                vars(builtins)[hooks.TICK] = abs

    # -- hooks

    def _install(self, live: bool) -> None:
        recorder = self.recorder
        names = vars(builtins)
        names[hooks.SLICE] = slice
        names[hooks.LOOP] = self.loop
        names.setdefault(hooks.TICK, self.tick)
        pairs: dict[str, tuple[Any, Any]] = {
            hooks.PUSH: (recorder.push, _second),
            hooks.RESULT: (recorder.result, _second),
            hooks.CALLEE: (recorder.callee, _second),
            hooks.STORE_BASE: (recorder.store_base, _second),
            hooks.OPERAND: (recorder.operand, _second),
            hooks.STORED: (recorder.stored, _nothing),
            hooks.BEFORE: (recorder.before, _nothing),
            hooks.AFTER: (recorder.after, _nothing),
            hooks.FRESH: (recorder.fresh, _first),
            hooks.SHOWN: (recorder.shown, _first),
            hooks.ITERATE: (recorder.iterate, _first),
        }
        for name, (on, off) in pairs.items():
            names[name] = on if live else off
        names[hooks.ON] = live

    def _forget(self) -> None:
        """In a forked child nothing is recorded."""
        self.recorder.on = False
        self.windows = []
        self.warned.detach()
        self._install(live=False)
        vars(builtins)[hooks.TICK] = abs


def physical_memory() -> int:
    """Bytes of memory of this machine; a modest guess where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 8 << 30


def _first(value: Any) -> Any:
    return value


def _second(_: int, value: Any) -> Any:
    return value


def _nothing(*_: Any) -> None:
    return None
