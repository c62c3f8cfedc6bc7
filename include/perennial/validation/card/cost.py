"""Section of the card about what the version cost to make, to judge and to promote."""

from __future__ import annotations

from perennial.metering.spent import Spent, total
from perennial.validation.card.document import Block, Table, Text
from perennial.validation.card.facts import Facts

HEADER = ["stage", "tries", "failed", "seconds", "CPU seconds", "peak memory, GiB", "kWh", "kg CO2e"]
GIB = 1024**3


def cost(facts: Facts) -> list[Block]:
    """Show each stage and the sum, with how the energy was found; nothing where nothing was recorded."""
    if not facts.cost:
        return []
    stages = {name: [one for one in facts.cost if one["stage"] == name] for name in _names(facts)}
    spent = {name: total(map(Spent.of, tries)) for name, tries in stages.items()}
    rows = [_row(name, one) for name, one in [*spent.items(), ("all", total(spent.values()))]]
    ways = dict.fromkeys(f"{one['method']}: {one['basis']}" for one in facts.cost)
    open_ = " What judging it took is not in this card, which is made by it." if facts.life is None else ""
    said = f"Energy is {'; '.join(ways)}. Waiting is not in it.{open_}"
    return [Table(HEADER, rows), Text(said)]


def _names(facts: Facts) -> list[str]:
    return list(dict.fromkeys(one["stage"] for one in facts.cost))


def _row(name: str, one: Spent) -> list[str]:
    times = [f"{one.seconds:,.1f}", f"{one.cpu_seconds:,.1f}", f"{one.peak_memory / GIB:.2f}"]
    return [name, str(one.tries), str(one.failed), *times, f"{one.kwh:.3g}", f"{one.kg_co2e:.3g}"]
