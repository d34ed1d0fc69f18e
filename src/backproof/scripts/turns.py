"""How many updates a turn of the outermost loop makes: what lies between recorded windows is known by its turns."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from backproof.scripts.windows import Window


def updates_in_a_turn(windows: Sequence[Window]) -> tuple[int, bool]:
    """Updates of one turn, and whether a whole turn was seen; if not, at least so many."""
    whole, partial = [], [1]
    for window in windows:
        ends = sorted(step.last_update for step in window.roles.all_steps)
        marks = [0, *window.recording.marks, len(window.recording.nodes)]
        counts = [bisect.bisect_left(ends, b) - bisect.bisect_left(ends, a) for a, b in pairwise(marks)]
        whole += [count for count in counts[:-1] if count]  # windows open between two turns
        partial += counts
    return (int(median(whole)), True) if whole else (max(partial), False)


def timed(windows: Sequence[Window], samples: int | None = None, batch_size: int | None = None) -> None:
    """Set `first_step` of all windows; `samples` of the data help where an epoch is longer than a window."""
    each, exact = updates_in_a_turn(windows)
    if not exact and samples and batch_size:
        each = max(each, -(-samples // batch_size))
    made = 0
    for window in windows:
        window.first_step = max(window.recording.turn[0] * each, made) if made else 0
        for part in window.others:
            part.first_step = window.first_step
        made = window.first_step + len(window.roles.all_steps)
