"""Runs a script once, watched, exactly as python would, and makes its diagnosis when it has ended."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from backproof.findings import Diagnosis, Program
from backproof.running.ending import SIGNAL_EXIT, Ending
from backproof.running.environment import apply_thread_settings
from backproof.running.limits import Limits, StopByLimit
from backproof.running.main_module import prepare_module, prepare_script, read_source, run_module
from backproof.running.recorder import Faults, GuardedRecorder, Recorder
from backproof.running.shadowing import hide
from backproof.running.tracebacks import print_without_our_frames

FRAMEWORKS = ("numpy", "torch", "tensorflow", "keras", "jax", "sklearn")


def real_recorder() -> Recorder:
    """The recorder that watches NumPy and plain Python, and the frameworks that the script imports."""
    module = importlib.import_module("backproof.observers.programs")
    recorder: Recorder = module.recorder()
    return recorder


def analysis(recorder: Recorder, program: Program) -> Diagnosis:
    """What the recording says about the program."""
    module = importlib.import_module("backproof.observers.programs")
    diagnosis: Diagnosis = module.diagnose_program(recorder, program)
    return diagnosis


@dataclass(frozen=True, slots=True)
class Options:
    """How a script is run, and what is done with the diagnosis.

    Attributes:
        deliver: Is called when the script has ended, with the diagnosis (None if a fault of ours prevented it) and with
            what is to be told about such faults. May return an exit code to end with where the script succeeded.
        stop_after: Parameter updates after which the script is ended.
        time_limit: Seconds after which the script is ended.
        experiments: May a recorded network that did not learn be trained again, for some seconds?
        recorder: Makes the recorder.
        diagnose: Makes the diagnosis from the recorder and the program.
        forked: Is called in each forked child.
    """

    deliver: Callable[[Diagnosis | None, Sequence[str]], int | None]
    stop_after: int | None = None
    time_limit: float | None = None
    experiments: bool = True
    recorder: Callable[[], Recorder] = real_recorder
    diagnose: Callable[[Recorder, Program], Diagnosis] = analysis
    forked: Callable[[], None] = lambda: None


def run(script: str, argv: Sequence[str], *, module: bool = False, options: Options) -> None:
    """Run `script` (a module's name if `module`) as `python SCRIPT ARGV` would, in this process.

    Whatever ends the script leaves this function as an exception, for the interpreter to handle as it always does; the
    diagnosis is made and delivered at the very end of the process.

    Raises:
        CannotRun: There is no such script, or it cannot be read.
    """
    prepare(script, argv, module=module, options=options)()


def prepare(script: str, argv: Sequence[str], *, module: bool = False, options: Options) -> Callable[[], None]:
    """What `run` does, in two parts: all that can fail before the script starts is done here, the rest when called."""
    source = b"" if module else read_source(script)
    apply_thread_settings(source)
    directory = os.getcwd() if module else os.path.dirname(os.path.realpath(script))
    watched = _Watched(script, argv, directory, options)

    def start() -> None:
        watched.prepare(module)
        try:
            watched.execute(source)
        except BaseException as error:
            if not watched.note_end(error):
                raise
        finally:
            watched.limits.unwound = True

    return start


class _Watched:
    """One script, from its start to the report."""

    def __init__(self, script: str, argv: Sequence[str], directory: str, options: Options) -> None:
        self.script, self.argv, self.directory, self.options = script, tuple(argv), directory, options
        self.faults = Faults()
        self.recorder = GuardedRecorder(options.recorder, self.faults, experiments=options.experiments)
        self.ending = Ending(self.report, self.forked)
        self.limits = Limits(options.stop_after, options.time_limit, lambda: self.ending.now("stopped_by_limit", 0))
        self.error: str | None = None
        self.path_before = sys.path[:]
        self.modules_before = frozenset(sys.modules)
        self.hidden: dict[str, ModuleType] = {}
        self.main: ModuleType | None = None
        self.file: str | None = None

    def prepare(self, module: bool) -> None:
        """Set the stage: `__main__`, arguments, and the ways to end."""
        self.hidden = hide(self.directory)
        self.ending.install()
        self.limits.arm()
        if module:
            self.main = prepare_module(self.argv)
        else:
            self.main, self.file = prepare_script(self.script, self.argv)

    def execute(self, source: bytes) -> None:
        """Run the script; a frame of this function is the last one of ours on the stack."""
        if self.file is None:
            run_module(self.script, self.recorder.code_for, self.attach)
            return
        code = self.recorder.code_for(source, self.file)
        self.attach(self.file)
        exec(code, vars(self.main))

    def attach(self, file: str) -> None:
        """Start to watch."""
        self.file = file
        self.recorder.attach(file, self.limits.on_update)

    def note_end(self, error: BaseException) -> bool:
        """Remember how the script ended; whether that was by our own limit."""
        if isinstance(error, StopByLimit):
            self.ending.how = "stopped_by_limit"
            return True
        if isinstance(error, SystemExit):
            self.ending.exit_code = exit_code(error)
            return False
        self.error = traceback.format_exception_only(error)[-1].strip()
        self.recorder.raised(error)
        interrupted = isinstance(error, KeyboardInterrupt)
        self.ending.how = "interrupted" if interrupted else "raised"
        self.ending.exit_code = SIGNAL_EXIT + 2 if interrupted else 1
        print_without_our_frames(_Watched.execute.__code__)
        return False

    def forked(self) -> None:
        """In a forked child: nothing is watched."""
        self.limits.unwound = True
        self.recorder.detach()
        self.options.forked()

    def report(self, how: str, code: int) -> int | None:
        """Make the diagnosis and deliver it. Never raises."""
        self.limits.disarm()
        self.limits.unwound = True
        self.recorder.detach()
        if self.file is None and how == "finished":
            return None  # there is no such module, as python has said
        frameworks = self.frameworks()
        sys.path[:] = self.path_before  # what we import from here on is ours, not a file beside the script
        sys.modules.update(self.hidden)
        program = Program(self.file or self.script, self.argv, frameworks, code, 0, how, self.error)
        wanted: int | None = None
        try:
            wanted = self.options.deliver(self.diagnosis(program), self.faults.describe())
        except KeyboardInterrupt:
            self.options.deliver(None, ["backproof: interrupted while the report was made; there is none."])
        except BaseException as error:  # in the rules or in the report itself
            self.faults.errors.append(error)
            with contextlib.suppress(Exception):
                wanted = self.options.deliver(None, self.faults.describe())
        return wanted if code == 0 else None

    def diagnosis(self, program: Program) -> Diagnosis | None:
        """What the recording says; None if nothing could be recorded."""
        recorder = self.recorder.recorder
        if recorder is None:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.options.diagnose(recorder, program)

    def frameworks(self) -> tuple[str, ...]:
        """The numerical libraries that the script uses: what it imported, less what backproof had loaded for itself."""
        used = _named_in(vars(self.main) if self.main else {})
        return tuple(
            name for name in FRAMEWORKS if name in sys.modules and (name in used or name not in self.modules_before)
        )


def _named_in(names: Mapping[str, object]) -> set[str]:
    """The top-level packages that the values of a namespace are, or come from."""
    used = set()
    for value in list(names.values()):
        home = value.__name__ if isinstance(value, ModuleType) else getattr(type(value), "__module__", None)
        home = getattr(value, "__module__", home) if callable(value) else home
        used.add(str(home).split(".")[0])
    return used


def exit_code(error: SystemExit) -> int:
    """The exit code that python ends with: None is 0, an integer itself, anything else 1."""
    if error.code is None:
        return 0
    return error.code & 0xFF if isinstance(error.code, int) else 1
