"""The project's own model of people, on its real files: headerless, padded, `?` for missing, no name for a row."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perennial.features.definitions import check as definition_of
from perennial.features.script import Script
from perennial.features.transform import budget, transformed
from perennial.ingest.sources import read, typed_copy
from perennial.keys import Window
from perennial.settings import PROJECT, Settings
from perennial.spec import Spec, load_spec

HISTORY = Window(date(1994, 1, 1), date(1994, 12, 31))
PEOPLE = 299_285


@pytest.fixture(scope="module")
def spec() -> Spec:
    return load_spec(PROJECT / "include" / "models" / "census_income" / "model.yaml")


@pytest.fixture(scope="module")
def cache(spec: Spec, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("census")
    typed_copy(spec, "people", folder)
    return folder


def people(spec: Spec, cache: Path, window: Window) -> pa.Table:
    with read(spec, "people", window, cache) as reader:
        return reader.read_all()


def test_each_year_is_cut_into_twelve_parts_of_like_size(spec: Spec, cache: Path) -> None:
    copy = typed_copy(spec, "people", cache)
    counted = duckdb.sql(
        f"SELECT _day, count(*), avg((income = '50000+.')::INT) FROM read_parquet('{copy}') GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert [day for day, _, _ in counted] == [date(year, month, 1) for year in (1994, 1995) for month in range(1, 13)]
    assert sum(rows for _, rows, _ in counted) == PEOPLE
    assert all(abs(rows - PEOPLE / 24) < 0.03 * PEOPLE / 24 for _, rows, _ in counted)
    assert all(0.05 < share < 0.075 for _, _, share in counted)


def test_values_are_typed_trimmed_and_missing_where_the_file_says_so(spec: Spec, cache: Path) -> None:
    rows = people(spec, cache, Window(date(1994, 3, 1), date(1994, 3, 31)))
    assert rows.schema.field("age").type == pa.int32()
    assert rows.schema.field("wage_per_hour").type == pa.int64()
    assert set(rows["citizenship"].unique().to_pylist()) == {
        "Native- Born in the United States",
        "Foreign born- Not a citizen of U S",
        "Foreign born- U S citizen by naturalization",
        "Native- Born abroad of American Parent(s)",
        "Native- Born in Puerto Rico or U S Outlying",
    }
    assert rows["country_of_birth_father"].null_count > 0
    assert not any(fault for fault in rows["_faults"].to_pylist())


def test_equal_rows_are_different_people(spec: Spec, cache: Path) -> None:
    rows = people(spec, cache, HISTORY)
    names = rows["person"].to_pylist()
    assert len(set(names)) == len(names) == rows.num_rows
    alone = rows.drop_columns(["person", "_row", "_faults"])
    assert len(duckdb.from_arrow(alone).distinct()) < rows.num_rows


def test_days_between_parts_have_no_rows(spec: Spec, cache: Path) -> None:
    assert people(spec, cache, Window(date(1994, 5, 2), date(1994, 5, 31))).num_rows == 0


def test_the_script_makes_a_question_of_each_person_and_leaks_nothing(spec: Spec, cache: Path, tmp_path: Path) -> None:
    settings, window = Settings(var=tmp_path / "var"), Window(date(1995, 7, 1), date(1995, 7, 31))
    rows = people(spec, cache, window)
    file = tmp_path / "part.parquet"
    pq.write_table(rows.drop_columns(["_day", "_row", "_faults"]), file)
    with transformed(Script.of(spec), {"people": [file]}, budget(settings)) as database:
        found = database.sql("SELECT * FROM temp.examples").to_arrow_table()
    assert found.num_rows == rows.num_rows
    assert set(found["day"].unique().to_pylist()) == {date(1995, 7, 1)}
    assert set(found["citizenship"].unique().to_pylist()) == {"citizen by birth", "naturalised", "not a citizen"}
    assert all(name.startswith(("train-", "test-")) for name in found["person_id"].to_pylist())
    ages = dict(zip(found["age_band"].to_pylist(), found["age"].to_pylist(), strict=True))
    assert set(ages) == {"under 25", "25 to 44", "45 to 64", "65 and over"}
    given = [name for name in spec.features.request if name not in spec.protected]
    assert not {"instance_weight", "income", "year", "person", "part"} & set(given)


def test_the_same_person_has_the_same_name_whichever_window_is_read(spec: Spec, cache: Path) -> None:
    month = people(spec, cache, Window(date(1994, 2, 1), date(1994, 2, 28)))
    year = people(spec, cache, HISTORY)
    assert set(month["person"].to_pylist()) < set(year["person"].to_pylist())


def test_what_is_defined_fits_the_spec(spec: Spec, cache: Path, tmp_path: Path) -> None:
    copy = typed_copy(spec, "people", cache)
    columns = {name: kind for name, kind, *_ in duckdb.sql(f"DESCRIBE FROM read_parquet('{copy}')").fetchall()}
    made = definition_of(Settings(var=tmp_path / "var"), spec, {"people": columns})
    assert made.views == {}
    assert set(spec.protected) < set(made.request)
    assert {name for name, kind in made.request.items() if kind != "VARCHAR"} == {
        "age",
        "wage_per_hour",
        "capital_gains",
        "capital_losses",
        "dividends_from_stocks",
        "employer_size",
        "weeks_worked_in_year",
    }


def test_no_feature_tells_the_year(spec: Spec, cache: Path, tmp_path: Path) -> None:
    years = []
    for year in (1994, 1995):
        file = tmp_path / f"{year}.parquet"
        rows = people(spec, cache, Window(date(year, 6, 1), date(year, 6, 30)))
        pq.write_table(rows.drop_columns(["_day", "_row", "_faults"]), file)
        with transformed(Script.of(spec), {"people": [file]}, budget(Settings(var=tmp_path / "var"))) as database:
            years.append(database.sql("SELECT * FROM temp.examples").df())
    for name in spec.features.request:
        shares = [year[name].astype(str).value_counts(normalize=True) for year in years]
        apart = shares[0].subtract(shares[1], fill_value=0).abs().sum() / 2
        assert apart < 0.07, name
