"""The few shapes that reports are made of; text of the user's goes in as plain text, never as markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from backproof.report.source import clean

GAP = 2  # columns between the columns of a table
Justify = Literal["left", "right"]


def paragraph(text: str, indent: int, style: str = "") -> Padding:
    """Text that wraps within its indentation."""
    return Padding(Text(clean(text), style=style), (0, 0, 0, indent))


def bullets(texts: Iterable[str], indent: int) -> Iterable[Padding]:
    """Paragraphs with a dash before each, the text aligned after it."""
    for text in texts:
        yield Padding(table([["-", text]], ["left", "left"], gap=1), (0, 0, 0, indent))


def table(
    rows: Sequence[Sequence[str | Text]],
    sides: Sequence[Justify],
    *,
    gap: int = GAP,
    header: Sequence[str] = (),
    narrow: Sequence[int] = (),
) -> Table:
    """Columns without lines between them; those in `narrow` are cut where they are too long, the others wrap."""
    grid = Table(box=None, show_header=bool(header), padding=(0, gap, 0, 0), pad_edge=False, header_style="dim")
    for k, side in enumerate(sides):
        title = header[k] if header else ""
        cut = k in narrow
        grid.add_column(title, justify=side, no_wrap=cut, overflow="ellipsis" if cut else "fold")
    for row in rows:
        grid.add_row(*[cell if isinstance(cell, Text) else Text(clean(cell)) for cell in row])
    return grid
