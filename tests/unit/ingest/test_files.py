"""Files are found without importing a package, unpacked from archives, and known by their state."""

from __future__ import annotations

import gzip
import os
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from perennial.errors import PerennialError, SetupError, SpecError
from perennial.ingest import files
from perennial.spec import Spec

DATED = {"day": "CAST(t AS DATE)"}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a package that cannot be imported."""
    root = tmp_path / "site" / "lumber" / "inner"
    (root / "data").mkdir(parents=True)
    for folder in (root, root.parent):
        (folder / "__init__.py").write_text("raise RuntimeError('imported')", encoding="utf-8")
    (root / "data" / "logs.csv").write_text("t\n2024-01-01\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return root


@pytest.mark.parametrize(("name", "path"), [("lumber.inner", "data/logs.csv"), ("lumber", "inner/data/*.csv")])
def test_a_package_is_located_and_never_imported(
    make_spec: Callable[..., Spec], package: Path, name: str, path: str
) -> None:
    spec = make_spec({"logs": {"path": path, **DATED}}, kind="package", package=name)
    assert files.find(spec, "logs") == [package / "data" / "logs.csv"]
    assert "lumber" not in sys.modules


@pytest.mark.parametrize("name", ["no_such_package_here", "lumber.other", "abc"])
def test_a_package_without_folder_is_a_setup_error(make_spec: Callable[..., Spec], package: Path, name: str) -> None:
    spec = make_spec({"logs": {"path": "x.csv", **DATED}}, kind="package", package=name)
    with pytest.raises(SetupError, match=f"no package {name}"):
        files.find(spec, "logs")


def test_globs_are_relative_to_the_model_and_pass_over_hidden_files(make_spec: Callable[..., Spec]) -> None:
    spec = make_spec({"rows": {"path": "data/**/*.csv", **DATED}})
    for name in ("b.csv", "a.csv", "2023/z.csv", ".half.csv", "other.txt"):
        path = spec.folder / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("t\n", encoding="utf-8")
    names = [str(path.relative_to(spec.folder / "data")) for path in files.find(spec, "rows")]
    assert names == ["2023/z.csv", "a.csv", "b.csv"]


def test_a_path_may_be_absolute(make_spec: Callable[..., Spec], tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.csv"
    path.write_text("t\n", encoding="utf-8")
    for pattern in (path, tmp_path / "else*.csv"):
        assert files.find(make_spec({"rows": {"path": str(pattern), **DATED}}), "rows") == [path]


def test_a_file_that_is_not_there_is_told_with_the_nearest(make_spec: Callable[..., Spec]) -> None:
    spec = make_spec({"rows": {"path": "data/flihgts.csv", **DATED}})
    (spec.folder / "data").mkdir()
    (spec.folder / "data" / "flights.csv").write_text("t\n", encoding="utf-8")
    with pytest.raises(SpecError, match=r"source\.tables\.rows\.path") as raised:
        files.find(spec, "rows")
    assert raised.value.nearest == "flights.csv"


def test_archives_are_unpacked_and_empty_files_left_out(tmp_path: Path) -> None:
    archive, plain, empty = tmp_path / "two.zip", tmp_path / "x.csv", tmp_path / "empty.csv"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("deep/../../a.csv", "t\n1\n")
        packed.writestr("b.csv", "t\n2\n")
        packed.writestr("__MACOSX/._b.csv", "rubbish")
    plain.write_text("t\n3\n", encoding="utf-8")
    empty.touch()
    found = files.unpack([archive, empty, plain], tmp_path / "out")
    assert [path.read_text(encoding="utf-8") for path in found] == ["t\n1\n", "t\n2\n", "t\n3\n"]
    assert all(path.is_relative_to(tmp_path / "out") for path in found[:2])


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_text("no zip", encoding="utf-8")
    with pytest.raises(PerennialError, match=r"x\.zip"):
        files.unpack([tmp_path / "x.zip"], tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.csv", "csv"), ("a.CSV.gz", "csv"), ("a.b.tsv", "csv"), ("x.ndjson", "jsonl"), ("x.parquet", "parquet")],
)
def test_a_name_tells_the_format(name: str, kind: str) -> None:
    assert files.format_of(Path(name)) == kind


@pytest.mark.parametrize("name", ["x", "x.gz", "x.txt", "x.csv.bak"])
def test_a_name_may_tell_no_format(name: str) -> None:
    assert files.format_of(Path(name)) is None


@pytest.mark.parametrize(
    ("line", "delimiter", "fields"),
    [("a,b;c,d", ",", ["a", "b;c", "d"]), ("a;b", ";", ["a", "b"]), ("a\tb", "\t", ["a", "b"]), ("one", ",", ["one"])],
)
def test_the_header_tells_the_delimiter(tmp_path: Path, line: str, delimiter: str, fields: list[str]) -> None:
    plain, packed = tmp_path / "a.csv", tmp_path / "a.csv.gz"
    plain.write_text(f"\ufeff{line}\n1,2,3;4\n", encoding="utf-8")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for path in (plain, packed):
        assert files.delimiter(path) == delimiter
        assert files.header(path) == fields


def test_a_rewritten_file_has_another_identity_even_when_its_time_is_set_back(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("t\n1\n", encoding="utf-8")
    before, stat = files.identity([path]), path.stat()
    time.sleep(0.05)  # many kernels give all changes of 4 to 10 ms one and the same time
    path.write_text("t\n2\n", encoding="utf-8")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert files.identity([path]) != before
