"""What a script reads, told from its words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perennial.monitoring.reads import read_script
from perennial.settings import PROJECT

SQL = """
-- Not wind_dir; it is named here only.
CREATE TEMP TABLE joined AS SELECT *, temp - dewp AS spread FROM Weather JOIN flights USING (hour);
/* nor gust */
CREATE OR REPLACE TEMP VIEW examples AS SELECT id, spread, distance FROM joined;
CREATE TEMP TABLE weather AS SELECT origin, visib FROM weather;
CREATE TEMPORARY VIEW sight AS SELECT origin, avg(visib) AS mean_visib FROM weather;
CREATE TEMP VIEW aircraft AS SELECT seats FROM planes;
"""
TABLES = ["flights", "weather", "planes"]


def test_columns_count_where_they_are_named_on_the_way_from_their_table() -> None:
    script = read_script(SQL, TABLES, {})
    assert script.columns("weather", ["temp", "dewp", "visib", "wind_dir", "gust", "seats"]) == [
        "temp",
        "dewp",
        "visib",
    ]
    assert script.columns("flights", ["Distance", "seats", "carrier"]) == ["Distance"]
    assert script.columns("planes", ["seats", "distance"]) == ["seats"]


def test_a_relation_may_take_over_the_name_of_its_table() -> None:
    script = read_script(SQL, TABLES, {})
    assert script.relations["sight"].tables == {"weather"}
    assert script.readers("weather", "visib", ["examples", "sight", "aircraft"]) == ["sight"]
    assert script.readers("weather", "temp", ["examples", "sight", "aircraft"]) == ["examples"]
    assert script.readers("weather", None, ["examples", "sight", "aircraft"]) == ["examples", "sight"]


def test_a_feature_that_comes_along_with_a_star_counts() -> None:
    sql = "CREATE TEMP VIEW sky AS SELECT * FROM weather;"
    assert read_script(sql, TABLES, {}).columns("weather", ["visib", "gust"]) == []
    assert read_script(sql, TABLES, {"sky": ["visib"]}).columns("weather", ["visib", "gust"]) == ["visib"]


def test_the_projects_own_scripts_are_read() -> None:
    sql = (PROJECT / "include/models/flight_delay/features.sql").read_text(encoding="utf-8")
    script = read_script(sql, TABLES, {})
    read = script.columns("flights", ["dep_time", "dep_delay", "arr_time", "arr_delay", "sched_dep_time", "tailnum"])
    assert read == ["dep_delay", "arr_delay", "tailnum"]
    assert script.readers("planes", "seats", ["examples", "aircraft", "weather"]) == ["aircraft"]


@given(st.sets(st.sampled_from("abcdef"), min_size=1), st.sets(st.sampled_from("abcdef")))
def test_whatever_a_statement_names_is_read(named: set[str], others: set[str]) -> None:
    sql = f"CREATE TEMP VIEW examples AS SELECT {', '.join(sorted(named))} FROM raw;"
    assert read_script(sql, ["raw"], {}).columns("raw", sorted(named | others)) == sorted(named)
