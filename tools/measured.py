"""Writes docs/measured.md, and a table of README.md, from the measurements in benchmarks/results/.

`python tools/measured.py` writes them; `--check` writes nothing and fails if they are not what it would write.

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
README = ROOT / "README.md"
BEGIN, END = "<!-- QUESTIONS -->", "<!-- END OF QUESTIONS -->"
OF_QUESTIONS = ("network", "trained by", "wanted", "reached", "error", "median")  # what README.md has of their table
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


def readme(present: str, questions: Mapping[str, Any]) -> str:
    """README.md with the table of the five questions' networks as it was measured last."""
    header, rows = questions["table"]["header"], questions["table"]["rows"]
    columns = [header.index(name) for name in OF_QUESTIONS]
    made = table(OF_QUESTIONS, [[row[k] for k in columns] for row in rows])
    start, end = present.index(BEGIN) + len(BEGIN), present.index(END)
    return f"{present[:start]}\n\n{made}\n{present[end:]}"


def main() -> int:
    """Write the files, or check them; 1 if one is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is out of date")
    check = parser.parse_args().check
    results = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in RESULTS.glob("*.json")}
    present = {path: path.read_text(encoding="utf-8") if path.exists() else "" for path in (PAGE, README)}
    wanted = {PAGE: page(results), README: readme(present[README], results["questions.json"])}
    changed = [path for path, text in wanted.items() if text != present[path]]
    for path in changed:
        print(f"{path.relative_to(ROOT)} {'is out of date: run `make check`' if check else 'changed'}")
        if not check:
            path.write_text(wanted[path], encoding="utf-8")
    return int(check and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
