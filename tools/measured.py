"""Writes docs/measured.md: how often what backproof says is true, from the measurements in benchmarks/results/.

`python tools/measured.py` writes the page; `--check` writes nothing and fails if the page is not what it would write.

Every JSON file of that folder with a `title` becomes a section, in the order of their names:

    title, about    the heading, and a sentence on how it was measured
    rows            a line each: name, programs, runs, named (runs in which it was told), first (told before all else)
    healthy         if there is one: programs, runs, errors, warnings (runs of sound programs with such an alarm)
    notes           if there are any: sentences below the table

A file with `table` ({"header": [...], "rows": [[...], ...]}) has that table instead of `rows`.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "measured.md"
NOTICE = "<!-- Made by tools/measured.py from benchmarks/results/: run the benchmarks, then `make check`. -->\n"
HEADER = ("name", "programs", "runs", "named", "named first")
SHARES = ("named", "first")  # of the runs


def page(results: Mapping[str, Mapping[str, Any]]) -> str:
    """The whole page, from the content of the files by their names."""
    sections = [section(content) for _, content in sorted(results.items()) if "title" in content]
    return "\n".join([NOTICE, "# What was measured\n", *sections])


def section(content: Mapping[str, Any]) -> str:
    """The part of the page on one file."""
    parts = [f"## {content['title']}\n", f"{content['about']}\n"]
    if "table" in content:
        parts.append(table(content["table"]["header"], content["table"]["rows"]))
    elif content.get("rows"):
        parts.append(table(HEADER, [cells(row) for row in content["rows"]]))
    if "healthy" in content:
        parts.append(f"{alarms(content['healthy'])}\n")
    parts += [f"{note}\n" for note in content.get("notes", ())]
    return "\n".join(parts)


def cells(row: Mapping[str, Any]) -> list[str]:
    """One line of the table."""
    counts = [str(row["programs"]), str(row["runs"])]
    return [f"[{row['name']}](rules/{row['name']}.md)", *counts, *(share(row[k], row["runs"]) for k in SHARES)]


def share(count: int, of: int) -> str:
    """A count as a percentage."""
    return f"{100 * count / of:.0f} %" if of else "-"


def alarms(healthy: Mapping[str, int]) -> str:
    """What was told of sound programs."""
    return (
        f"Of {healthy['programs']} programs that train well ({healthy['runs']} runs), {healthy['errors']} runs got an "
        f"error and {healthy['warnings']} a warning ({share(healthy['warnings'], healthy['runs'])})."
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """In Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def main() -> int:
    """Write the page, or check it; 1 if it is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page is out of date")
    check = parser.parse_args().check
    wanted = page({path.name: json.loads(path.read_text(encoding="utf-8")) for path in RESULTS.glob("*.json")})
    present = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if wanted == present:
        return 0
    if check:
        print("docs/measured.md is out of date: run `make check`")
        return 1
    PAGE.write_text(wanted, encoding="utf-8")
    print("docs/measured.md changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
