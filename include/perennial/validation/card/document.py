"""A report as blocks, written as Markdown or as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin-bottom: .2rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
h2 { border-bottom: 1px solid #ccc; padding-bottom: .2rem; }
table { border-collapse: collapse; margin: .7rem 0; font-variant-numeric: tabular-nums; }
th, td { border: 1px solid #ccc; padding: .25rem .6rem; text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; }
td:first-child { overflow-wrap: normal; min-width: 8rem; }
th { background: #f2f2f2; }
figure { display: inline-block; margin: .5rem 1rem .5rem 0; } svg { max-width: 100%; height: auto; }
.pass { color: #17612b; font-weight: 600; } .fail { color: #a11212; font-weight: 600; }
.insufficient_data { color: #7a4b00; font-weight: 600; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } figure, table { break-inside: avoid; } }
"""

MARKED = frozenset({"pass", "fail", "insufficient_data"})
"""Cells that stand out in colour; the word itself says the same on paper."""


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows of cells; headings that are all empty are not shown."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Drawing:
    """An SVG; in Markdown, which cannot hold one, its title alone stands for it."""

    title: str
    svg: str


Block = Text | Table | Drawing


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Document:
    """A title and sections."""

    title: str
    sections: Sequence[Section]


def to_markdown(document: Document) -> str:
    """Write Markdown with pipe tables."""
    parts = [f"# {document.title}"]
    for section in document.sections:
        parts += [f"## {section.title}", *(_markdown(block) for block in section.blocks)]
    return "\n\n".join(parts) + "\n"


def to_html(document: Document) -> str:
    """Write one HTML file: styles and drawings inside, no address outside it is asked for anything."""
    parts = [f"<h1>{escape(document.title)}</h1>"]
    for section in document.sections:
        parts += [f"<h2>{escape(section.title)}</h2>", *(_html(block) for block in section.blocks)]
    head = f'<meta charset="utf-8"><title>{escape(document.title)}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(parts) + "\n</body></html>\n"


def _markdown(block: Block) -> str:
    if isinstance(block, Table):
        rows = [block.header, ["---"] * len(block.header), *block.rows]
        return "\n".join("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows)
    return block.text if isinstance(block, Text) else f"*{block.title}: see the HTML card.*"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _html(block: Block) -> str:
    if isinstance(block, Table):
        head = "".join(f"<th>{escape(cell)}</th>" for cell in block.header)
        body = "\n".join(f"<tr>{''.join(_html_cell(cell) for cell in row)}</tr>" for row in block.rows)
        heading = f"<thead><tr>{head}</tr></thead>" if any(block.header) else ""
        return f"<table>{heading}<tbody>\n{body}\n</tbody></table>"
    if isinstance(block, Text):
        return f"<p>{escape(block.text)}</p>"
    return f"<figure>{block.svg}</figure>"


def _html_cell(text: str) -> str:
    word = text.partition(" (")[0]
    mark = f' class="{word}"' if word in MARKED else ""
    return f"<td{mark}>{escape(text)}</td>"
