"""A report as blocks, written as Markdown or as one HTML file that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; }
body { max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin-bottom: .2rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
h2 { border-bottom: 1px solid #ccc; padding-bottom: .2rem; }
table { border-collapse: collapse; margin: .7rem 0; font-variant-numeric: tabular-nums; }
th, td { border: 1px solid #ccc; padding: .25rem .6rem; text-align: left; vertical-align: top; }
th { background: #f2f2f2; }
td { overflow-wrap: break-word; } td.number { white-space: nowrap; } td.digest { overflow-wrap: anywhere; }
figure { margin: .5rem 0; } svg { max-width: 100%; height: auto; }
.pass { color: #17612b; font-weight: 600; } .fail { color: #a11212; font-weight: 600; }
.insufficient_data { color: #7a4b00; font-weight: 600; }
@page { size: A4; margin: 14mm 12mm; }
@media print { body { margin: 0; padding: 0; max-width: none; font-size: 9pt; line-height: 1.35; } }
@media print { th, td { padding: .12rem .35rem; } h2 { break-after: avoid; margin-top: 1.2rem; } }
@media print { tr, figure { break-inside: avoid; } thead { display: table-header-group; } p { orphans: 3; } }
@media print { th { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
"""
NUMBER = re.compile(r"-|[-+]?[\d.,]+(e[-+]?\d+)?%?( to [-+]?[\d.,]+%?)?")
DIGEST = re.compile(r"[0-9a-f]{40,}")
JOINTS = re.compile(r"(?<=[\w])([:_+|/])(?=\w)")
"""Where a long name may be broken, so that a column of names does not push the others aside."""

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
    mark = _mark(text)
    shown = JOINTS.sub(r"\1<wbr>", escape(text)) if not mark else escape(text)
    return f'<td class="{mark}">{shown}</td>' if mark else f"<td>{shown}</td>"


def _mark(text: str) -> str | None:
    """Name what kind of cell it is: a verdict, a number that is not broken, a digest that may be anywhere."""
    word = text.partition(" (")[0]
    if word in MARKED:
        return word
    if NUMBER.fullmatch(text):
        return "number"
    return "digest" if DIGEST.search(text) else None
