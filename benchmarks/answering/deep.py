"""Question 003's neighbour: sin(x + y + z) on [-pi, pi] by three and by seven layers."""

from __future__ import annotations

TASKS = {}
