"""What a demo left: its stage calls in order, how long it took, and what it came to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from perennial.context import open_context
from perennial.errors import SetupError
from perennial.keys import Window
from perennial.settings import Settings
from perennial.spec import load_spec
from perennial.stages import Call


@dataclass(frozen=True)
class Played:
    """A demo that was played from the beginning to the end."""

    model: str
    calls: Sequence[Mapping[str, Any]]
    seconds: float
    ended: datetime
    outcome: Mapping[str, Any]


def played(folder: Path, settings: Settings) -> Played:
    """Read what a demo left; raises SetupError when it was not played, or not from the beginning in one go."""
    calls, report = folder / "calls.json", folder / "summary.json"
    if not calls.exists() or not report.exists():
        raise _no_demo("no demo was played here", "make demo")
    made, told = (json.loads(path.read_text(encoding="utf-8")) for path in (calls, report))
    first = load_spec(settings.models / told["model"] / "model.yaml").source.first
    whole = bool(made) and made[0]["stage"] == "ingest" and Window.parse(asked(made[0]).key).first == first
    if not whole or len(made) != told["dag_runs"]:
        raise _no_demo(
            f"a demo that went on where an earlier one stopped ({len(made)} runs)", "make clean && make demo"
        )
    came = {"champion": told["champion"], "passed": [one["passed"] for one in told["versions"]]}
    ended = datetime.fromtimestamp(report.stat().st_mtime, UTC)
    return Played(told["model"], made, told["seconds"], ended, came | {"decisions": told["decisions"]})


def outcome(settings: Settings, model: str) -> dict[str, Any]:
    """Return what the calls came to: champion, verdicts, decisions on retraining."""
    history = open_context(model, settings=settings).chain.history()
    verdicts = [history.verdict(number) for number in history.versions]
    return {
        "champion": history.champion,
        "passed": [verdict.payload["passed"] if verdict else None for verdict in verdicts],
        "decisions": [event.payload["outcome"] for event in history.of("retraining.decided")],
    }


def check_same(demo: Played, came: Mapping[str, Any]) -> None:
    """End the benchmark where the same calls came to something else: their seconds could not be compared."""
    if came != demo.outcome:
        raise SystemExit(f"the demo came to {demo.outcome}, its calls now to {came}; was the code changed since?")


def asked(call: Mapping[str, Any]) -> Call:
    """Return what a DAG run was asked, by its key and its parameters, as its tasks read them."""
    conf = call["conf"] or {}
    key = call["key"] or conf.get("version") or ""
    if not key and conf.get("start"):
        key = f"{conf['start']}..{conf.get('end') or conf['start']}"
    return Call(key, conf.get("reason") or "", dry_run=bool(conf.get("dry_run")))


def _no_demo(found: str, command: str) -> SetupError:
    return SetupError(
        "demo", expected="a demo, played from the beginning to the end", found=found, next_command=command
    )
