"""The sections on drift, and on who is accused where nothing changes. Pure."""

from __future__ import annotations

from section import Result, Row, Section, table, wrapped


def false_alarms(result: Result) -> Section:
    preset, found = result["evidently"], {(one["column"], one["size"]): one for one in result["evidently"]["power"]}
    what = f"false alarms of drift a year (nominal {result['nominal']:g})"
    rows = [Row(what, f"{result['rate']:.2f}", f"at most {result['target']:g}", result["passed"])]
    years, low, high = result["years"], result["low"], result["high"]
    text = (
        f"{years} years without drift, of weeks of real flights in random order, {result['columns']} columns; for each "
        f"{years // result['references']} of them thresholds were calibrated on {result['weeks']} other weeks: "
        f"{result['rate']:.2f} [{low:.2f}, {high:.2f}] alarms a year. Evidently's DataDriftPreset, as it comes, on "
        f"{preset['windows']} windows of these years, samples of {preset['sample']:,} rows: its verdict on the whole "
        f"began {preset['rate']:g} alarms a year, any column {preset['rate_any']:g} and drifted in "
        f"{preset['share_any']:.0%} of the windows; our rule on the same windows {preset['ours']:g}. "
        f"{preset['seconds_a_window']:g} s a window."
    )
    header = ["from a day on", "by", "found", "windows until", "preset: found", "windows until"]
    named = {"seats": "values lost (share)", "temp": "shifted (standard deviations)"}
    power = [
        [
            f"{one['column']}, {named.get(one['column'], named['temp'])}",
            f"{one['size']:g}",
            *(value for told in (one, found[one["column"], one["size"]]) for value in _waited(told)),
        ]
        for one in result["power"]
    ]
    later = (
        f"Found: the share of years in which a column is called drifted within {result['later']} windows, one a week; "
        "the first of them holds a week of the change. The preset flags noisy columns without any change, too."
    )
    real = [[one["column"], one["first"] or "-", f"{one['windows']} of {one['of']}"] for one in result["real"]]
    flown = "The flights of April to December as they were, against January to March:"
    parts = [wrapped(text), table(header, power), wrapped(later), flown]
    return Section(rows, "\n\n".join([*parts, table(["column", "drifts from", "windows"], real)]))


def drift_check(result: Result) -> Section:
    peak, target = max(one["peak_mb"]["check"] for one in result["sizes"]), result["target_mb"]
    rows = [Row("drift check, peak memory at any size", f"{peak:,} MiB", f"at most {target:,} MiB", result["passed"])]
    text = (
        "A window of 14 days and 20 columns. The check counts all rows and draws the page from samples of 20,000; "
        "thresholds are found once for a version. Each in a fresh process, one thread, imports not timed."
    )
    kinds = {
        "check": "check",
        "calibrate": "thresholds, once",
        "duckdb": "reading, DuckDB",
        "pyarrow": "reading, pyarrow",
    }
    raw = [
        [
            f"{one['rows']:,}",
            name,
            one["seconds"][kind],
            _parts(one["parts"].get(kind, {})),
            f"{one['peak_mb'][kind]:,}",
        ]
        for one in result["sizes"]
        for kind, name in kinds.items()
    ]
    return Section(rows, f"{wrapped(text)}\n\n{table(['rows', '', 'seconds', 'of these', 'peak MiB'], raw)}")


def _waited(told: Result) -> tuple[str, str]:
    return f"{told['found']:.0%}", "-" if told["median"] is None else f"{told['median']:g}"


def _parts(parts: Result) -> str:
    return ", ".join(f"{name} {seconds:g}" for name, seconds in parts.items())


def unchanged_groups(result: Result) -> Section:
    target = f"at most {result['target']:g}"
    rows = [
        Row(f"false alarms a year, {rule}", f"{one['windows']:.2f}", target, one["windows"] <= result["target"])
        for rule, one in result["by_rule"].items()
    ]
    text = (
        f"{result['years']} years each in which nothing changes. Slices: days of flights in random order, drawn by the "
        "day and by the week. Fairness: people of the census without a mitigation, so that only chance makes groups "
        "look worse than at validation. Counted are windows a year with a word on a slice, or on an attribute; they "
        f"share rows, so some are one episode. Asked for is {result['nominal']:g} a year."
    )
    header = ["rule", "windows", "of", "episodes", "most often (a year)"]
    raw = [
        [rule, one["windows"], one["of_windows"], one["episodes"], _who(one["who"])]
        for rule, one in result["by_rule"].items()
    ]
    return Section(rows, f"{wrapped(text)}\n\n{table(header, raw)}")


def _who(told: Result) -> str:
    return ", ".join(f"{name} {times:g}" for name, times in list(told.items())[:2]) or "nobody"
