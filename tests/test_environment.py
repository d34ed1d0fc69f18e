"""What a script sets for NumPy's threads holds although backproof imports NumPy before it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backproof.running.environment import apply_thread_settings


@pytest.mark.parametrize(
    ("source", "before", "after"),
    [
        (b'import os\nos.environ["OMP_NUM_THREADS"] = "1"', None, "1"),
        (b'import os\nos.environ["OMP_NUM_THREADS"] = "1"', "2", "1"),
        (b'from os import environ\nenviron.setdefault("OMP_NUM_THREADS", "3")', "2", "2"),
        (b'import os\nos.environ["OMP_NUM_THREADS"] = str(4)', None, None),
        (b"this is no Python", None, None),
    ],
)
def test_settings_are_made_ahead_of_the_script(
    source: bytes, before: str | None, after: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if before is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", before)
    apply_thread_settings(source)
    assert os.environ.get("OMP_NUM_THREADS") == after


def test_a_watched_script_runs_with_its_own_setting(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        'import os\nos.environ["OPENBLAS_NUM_THREADS"] = "1"\nimport numpy\nprint(os.environ["OPENBLAS_NUM_THREADS"])\n'
    )
    ended = subprocess.run(
        [sys.executable, "-m", "backproof", "run", str(script)], capture_output=True, text=True, check=False
    )
    assert (ended.stdout, ended.returncode) == ("1\n", 0)
