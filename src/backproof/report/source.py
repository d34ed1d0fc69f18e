"""The user's source as a report shows it: the line at a place, without anything that a terminal would obey."""

from __future__ import annotations

import functools
import os
import tokenize
import unicodedata

from backproof.findings import Place

INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})  # controls, direction overrides, surrogates, separators


def clean(text: object) -> str:
    """Text of the user's on one line, with white space as blanks and without control and formatting characters."""
    blank = "".join(" " if character in "\t\n\r\f\v" else character for character in str(text))
    return "".join(character for character in blank if unicodedata.category(character) not in INVISIBLE)


def shown_path(file: str | None, root: str) -> str | None:
    """A file's path relative to `root` where it lies within; otherwise as it is."""
    if file is None or not os.path.isabs(file):
        return file
    try:
        relative = os.path.relpath(file, root)
    except ValueError:  # another drive
        return file
    return file if relative.split(os.sep)[0] == os.pardir else relative


@functools.lru_cache(maxsize=64)
def lines_of(path: str) -> tuple[str, ...]:
    """The lines of a source file as it is now on disk; none if it cannot be read."""
    if not os.path.isfile(path):
        return ()
    try:
        with tokenize.open(path) as file:
            return tuple(file.read().splitlines())
    except (OSError, SyntaxError, ValueError):
        return ()


def line_at(place: Place, root: str) -> str | None:
    """The source line where a place begins, as it stands in the file."""
    if place.file is None or place.line is None:
        return None
    lines = lines_of(os.path.join(root, place.file))
    return lines[place.line - 1] if 1 <= place.line <= len(lines) else None


def marked(place: Place, line: str) -> tuple[str, int, int]:
    """The cleaned line without indentation, and from where to where in it the place goes.

    A place without columns, or one that goes on over several lines, is marked to the end of its first line.
    """
    indent = len(line) - len(line.lstrip())
    one_line = place.end_line in (None, place.line)
    start = max(indent, place.column or 0)
    end = place.end_column if one_line and place.end_column is not None else len(line.rstrip())
    if not indent <= start < end:
        start, end = indent, len(line.rstrip())
    text = clean(line[indent:]).rstrip()
    return text, len(clean(line[indent:start])), min(len(clean(line[indent:end])), len(text))
