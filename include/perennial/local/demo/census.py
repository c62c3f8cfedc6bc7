"""The life of the census_income model, tier `high`: refused, mended, approved by two, rolled back, forward again.

The plain version is refused, as it selects women at a fraction of the rate of men. Its owner changes the spec, a new
version is trained with a mitigation, and judged on people nobody looked at before; two people who had no part in making
it are asked, and answer through Airflow's REST API as they would in its UI. The months are parts, cut by a hash: the
data knows only the year.
"""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from rich.console import Console

from perennial.errors import SetupError
from perennial.keys import Window, version_key
from perennial.local.demo import report
from perennial.local.demo.answers import Answers
from perennial.local.demo.playing import Play, playing
from perennial.settings import Settings

MODEL = "census_income"
HISTORY = Window(date(1994, 1, 1), date(1994, 12, 31))
FIRST_PARTS = Window(date(1995, 1, 1), date(1995, 2, 28))
MORE_PARTS = Window(date(1995, 3, 1), date(1995, 4, 30))
OWNER, FIRST, SECOND = "dana", "alice", "bob"
"""Who looks after the model and asks for its versions, and the two who approve."""
USERS = {OWNER: "op", FIRST: "op", SECOND: "op"}
MITIGATION = re.compile(r"^  mitigation: .*$", re.MULTILINE)
PLAIN = "  mitigation: {method: none}"
WAIVED = "demographic_parity:age_band"
WHY_WAIVED = "the young hardly earn: equal rates by age are not wanted here"


def play(settings: Settings, console: Console, *, keep: bool) -> None:
    """Play the demo; played again it goes on where it stopped."""
    begun = time.monotonic()
    spec = _workshop(settings)
    with playing(replace(settings, models=spec.parents[1]), MODEL, console, keep=keep, users=USERS) as demo:
        answers = Answers(demo, (FIRST, SECOND), OWNER)
        _plain_version(demo, spec)
        _mitigated_version(demo, spec, settings, answers)
        _next_version(demo, answers)
        _back_and_forward(demo, answers)
        demo.keep_calls()
        seconds = time.monotonic() - begun
        report.write(demo.ctx, console, runs=demo.runs, seconds=seconds, url=demo.stack.url, user=demo.stack.user)


def _workshop(settings: Settings) -> Path:
    """Copy the model's folder to where the demo may change its spec, unless it is there; return its model.yaml."""
    folder = settings.var / "demo" / "models" / MODEL
    if not folder.exists():
        shutil.copytree(settings.models / MODEL, folder)
    return folder / "model.yaml"


def _plain_version(demo: Play, spec: Path) -> None:
    """Load 1994 and let the version without mitigation be judged."""
    if demo.history.versions:
        return
    _change(demo, spec, PLAIN)
    demo.chapter(str(HISTORY), "1994, in twelve parts cut by a hash")
    demo.trigger("ingest", start=str(HISTORY.first), end=str(HISTORY.last))
    demo.trigger("retrain", by=OWNER, reason="the first version, plain")


def _mitigated_version(demo: Play, spec: Path, settings: Settings, answers: Answers) -> None:
    """Change the spec to the one in the project, waive what is not wanted, and let two people decide."""
    if demo.history.champion:
        return
    told = MITIGATION.search((settings.models / MODEL / "model.yaml").read_text(encoding="utf-8"))
    assert told, "the project's spec has a line `mitigation`"
    _change(demo, spec, told[0])
    demo.chapter(str(FIRST_PARTS), "two parts of 1995: people nobody looked at before")
    demo.trigger("ingest", start=str(FIRST_PARTS.first), end=str(FIRST_PARTS.last))
    _waive(demo)
    demo.trigger("retrain", by=OWNER, reason="the same with a mitigation", then=answers.when_passed)


def _next_version(demo: Play, answers: Answers) -> None:
    """Score two more parts, and make a version that has learnt from them."""
    if len(demo.champions) > 1:
        return
    demo.chapter(str(MORE_PARTS), "two more parts: the champion scores them, a new version learns from later ones")
    demo.trigger("ingest", start=str(MORE_PARTS.first), end=str(MORE_PARTS.last))
    demo.trigger("retrain", by=OWNER, reason="two newer parts", then=answers.when_passed)


def _back_and_forward(demo: Play, answers: Answers) -> None:
    """Roll back in one action, then go forward again, which takes people."""
    if len(demo.champions) != 2:  # noqa: PLR2004 - the mitigated version and the next one
        return
    before, now = demo.champions
    demo.chapter("rollback", f"{FIRST} goes back to {version_key(before)} in one action")
    demo.trigger("promote", by=FIRST, version=version_key(before), reason="complaints about the newest version")
    demo.chapter("forward", f"the complaints were about something else: {version_key(now)} again, by two people")
    demo.trigger(
        "promote",
        by=OWNER,
        begun=answers.answer,
        version=version_key(now),
        reason="the complaints had another cause",
    )


def _change(demo: Play, spec: Path, line: str) -> None:
    """Write the spec's line on mitigation, as its owner would, and say so."""
    text = spec.read_text(encoding="utf-8")
    if not MITIGATION.search(text):
        raise SetupError(str(spec), expected="a line `mitigation`", found="none", next_command="make clean")
    changed = MITIGATION.sub(lambda _: line, text, count=1)
    if changed != text:
        spec.write_text(changed, encoding="utf-8")
        demo.say(f"{OWNER} writes into the spec:{line.strip().removeprefix('mitigation:')}")


def _waive(demo: Play) -> None:
    until = (datetime.now(UTC) + timedelta(days=180)).date()
    demo.trigger("validate", by=FIRST, waive=WAIVED, until=str(until), reason=WHY_WAIVED)
