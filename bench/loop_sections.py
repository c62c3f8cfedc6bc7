"""The sections on the loop as a whole: a year of it, its queue in a storm, its way from data to a version. Pure."""

from __future__ import annotations

from section import Result, Row, Section, table, wrapped

WAYS = ("loop", "never", "monthly")


def year(result: Result) -> Section:
    whole, months = result["year"], result["months"]
    best = max(whole["never"]["auc"], whole["monthly"]["auc"])
    target = f"at least {best - result['margin']:.4f}"
    rows = [Row("AUC of the loop, April to December", f"{whole['loop']['auc']:.4f}", target, result["passed"])]
    trained = ", ".join(f"{way} {result['trainings'][way]}" for way in WAYS)
    text = (
        f"{whole['loop']['rows']:,} labelled flights, the same three times. The loop lives week by week without "
        "Airflow, with the gates, the queue and the breaker of its spec and nobody who resets it; the others take the "
        "parameters that its first version found. `never` keeps what that one learnt from; `monthly` learns on the "
        "first of each month from the days of the spec's window, without holdout and gates. "
        f"Trainings: {trained}. Champions of the loop: {', '.join(result['promoted'])}. Cost is the spec's, for 1,000 "
        f"flights. The target is {result['margin']:g} below the better of the two others."
    )
    header = ["", *(f"{way}, {kind}" for kind in ("AUC", "cost") for way in WAYS)]
    raw = [[month, *_figures({way: months[way][month] for way in WAYS})] for month in months["loop"]]
    return Section(rows, f"{wrapped(text)}\n\n{table(header, [*raw, ['year', *_figures(whole)]])}")


def _figures(ways: Result) -> list[str]:
    return [f"{ways[way]['auc']:.4f}" for way in WAYS] + [f"{ways[way]['cost']:.1f}" for way in WAYS]


def retraining_queue(result: Result) -> Section:
    what = f"requests lost of {result['asked']:,} while parts were killed"
    rows = [
        Row(what, str(result["lost"]), "0", result["lost"] == 0),
        Row("trainings they made", str(result["trainings"]), "1", result["trainings"] == 1),
    ]
    decisions = ", ".join(f"{count} {outcome}" for outcome, count in result["decisions"].items())
    text = (
        f"A small model in a real Airflow. {result['asked']:,} requests, each about another window, come in evenly "
        "over a minute, each with an asset event. Meanwhile workers, scheduler and triggerer are killed (SIGKILL), the "
        "latter two started again after two seconds. When all is quiet new days come and the clock looks at the "
        f"queue. Decisions: {decisions}. Closed by the first launch: {result['closed_in_the_storm']}, later: "
        f"{result['closed_later']}; open: {result['open']}."
    )
    return Section(rows, wrapped(text))


def arrival(result: Result) -> Section:
    share = f"{result['seconds']:g} s, {result['waiting']:g} s of it waiting"
    met = result["passed"]
    rows = [Row("arrival of a day until its version is judged", share, f"at most {result['target']:g} s", met)]
    text = (
        "flight_delay in a real Airflow: the day comes that makes a new training due; seconds from its ingest until "
        "the gates begin, once. What no task of the chain works on is waiting. The clock, once a day in life, is "
        "triggered as soon as the features are built."
    )
    raw = [[stage, f"{seconds:g}"] for stage, seconds in result["stages"].items()]
    return Section(rows, f"{wrapped(text)}\n\n{table(['stage', 'seconds'], raw)}")
