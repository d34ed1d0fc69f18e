"""Any script, run exactly as python would run it, watched, with a diagnosis at its end."""

from backproof.running.launch import Options, prepare, run
from backproof.running.limits import StopByLimit
from backproof.running.main_module import CannotRun
from backproof.running.recorder import DEBUG, Recorder

__all__ = ["DEBUG", "CannotRun", "Options", "Recorder", "StopByLimit", "prepare", "run"]
