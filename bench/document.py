"""From figures to the text of docs/benchmarks.md. Pure: what was measured in, Markdown out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sections import SECTIONS, Result, Row, Section, table, wrapped

from perennial.errors import PerennialError

BEGIN, END = "<!-- measured: begin. `make bench` writes what follows -->", "<!-- measured: end -->"


def put(document: str, measured: str) -> str:
    """Return the document with new figures between its markers; raises PerennialError when they are not there."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise PerennialError("the benchmarks' document", expected=f"the lines {BEGIN} and {END}", found="not both")
    return f"{before}{BEGIN}\n\n{measured}\n{END}{after}"


def render(machine: Result, results: Mapping[str, Result]) -> str:
    """Write the machine, the overview and a section a benchmark."""
    sections = {title: _section(write, results[name]) for name, (title, write) in SECTIONS.items()}
    verdict = {True: "met", False: "missed", None: "not measured"}
    overview = [[row.what, row.figure, row.target, verdict[row.met]] for one in sections.values() for row in one.rows]
    measured_on = (
        f"Measured on {machine['date']}: {machine['cores']} cores, {machine['memory_gib']:.1f} GiB of memory, "
        f"{machine['architecture']}, Python {machine['python']}; load average before the start {machine['load']:.2f}."
    )
    parts = [
        wrapped(measured_on),
        table(["figure", "measured", "target", ""], overview),
        *(f"## {title}\n\n{section.text}" for title, section in sections.items()),
    ]
    return "\n\n".join(parts) + "\n"


def missed(results: Mapping[str, Result]) -> dict[str, str]:
    """Say which benchmarks failed or missed a target; one that had nothing to measure is not among them."""
    bad = {name: result.get("failed") for name, result in results.items() if not result.get("passed", True)}
    return {name: why or "a target was missed" for name, why in bad.items()}


def _section(write: Callable[[Result], Section], result: Result) -> Section:
    """Write a benchmark's section, or why there is none."""
    if "missing" in result:
        why = f"Not measured: {result['missing']['found']}. Next: `{result['missing']['next']}`, then `make bench`."
    elif "failed" in result:
        why = f"Not measured: {result['failed']}."
    else:
        return write(result)
    return Section([Row(write.__name__.replace("_", " "), "-", "-", None)], wrapped(why))
