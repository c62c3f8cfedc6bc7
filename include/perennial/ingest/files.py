"""The files of a source: beside the model, or inside an installed package that is never imported."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import shutil
import zipfile
from collections.abc import Sequence
from glob import glob
from pathlib import Path

from perennial.errors import PerennialError, SetupError, SpecError, nearest
from perennial.hashing import digest
from perennial.spec import Spec
from perennial.spec.source import Format

FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
DELIMITERS = ",;\t|"


def find(spec: Spec, table: str) -> list[Path]:
    """Return the files of a table, by name; raises SetupError (no such package) or SpecError (no such file)."""
    roots = _package_folders(spec) if spec.source.package else [spec.folder]
    pattern = spec.source.tables[table].path
    hits = [path for root in roots for path in _matches(root, pattern)]
    if not hits:
        raise _no_file(spec, table, roots)
    return hits


def identity(paths: Sequence[Path]) -> str:
    """Name the state of files without reading them: a file that is written anew has another change time."""
    stats = [(path, path.stat()) for path in paths]
    return digest([[str(path), s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino] for path, s in stats])


def unpack(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Return the files, the members of each zip archive among them as files of `folder`, empty files left out."""
    plain: list[Path] = []
    for number, path in enumerate(paths):
        plain += _members(path, folder / str(number)) if path.suffix == ".zip" else [path]
    return [path for path in plain if path.stat().st_size]


def format_of(path: Path) -> Format | None:
    """Return the format that a file's name tells, `.gz` aside."""
    return FORMATS.get(_suffixes(path)[-1])


def header(path: Path) -> list[str]:
    """Return the fields of a CSV file's first line, split where `delimiter` says."""
    return next(csv.reader([_first_line(path)], delimiter=delimiter(path)), [])


def delimiter(path: Path) -> str:
    """Return what separates the fields of a CSV file: the mark that its header line has most of."""
    return max(DELIMITERS, key=_first_line(path).count)


def _first_line(path: Path) -> str:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig", errors="replace") as file:
        return str(file.readline())


def _suffixes(path: Path) -> list[str]:
    return ["", *(suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz")]


def _package_folders(spec: Spec) -> list[Path]:
    """Locate the package without running any of its code; of a dotted name only the first part is looked up."""
    top, *inner = str(spec.source.package).split(".")
    found = importlib.util.find_spec(top)
    folders = [Path(place, *inner) for place in (found and found.submodule_search_locations) or ()]
    if not any(folder.is_dir() for folder in folders):
        raise SetupError(
            f"{spec.folder / 'model.yaml'}: source.package",
            expected="an installed Python package with data files",
            found=f"no package {spec.source.package}",
            next_command=f"add {top} to requirements.txt, then make install",
        )
    return folders


def _matches(root: Path, pattern: str) -> list[Path]:
    """Return the file of that very name, or those that the glob matches; an absolute pattern leaves `root` aside."""
    if (root / pattern).is_file():
        return [root / pattern]
    # Unlike Path.glob it takes absolute patterns, and passes over hidden files, which may be half written.
    hits = sorted(glob(pattern, root_dir=root, recursive=True))  # noqa: PTH207
    return [root / hit for hit in hits if (root / hit).is_file()]


def _no_file(spec: Spec, table: str, roots: Sequence[Path]) -> SpecError:
    path = roots[0] / spec.source.tables[table].path
    beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    return SpecError(
        f"{spec.folder / 'model.yaml'}: source.tables.{table}.path",
        expected="a file, or a glob that matches one",
        found=f"no {path}",
        nearest=nearest(path.name, beside),
        next_command=f"perennial validate {spec.name}",
    )


def _members(archive: Path, folder: Path) -> list[Path]:
    """Unpack under names of our own: a member's path cannot lead out of `folder`."""
    folder.mkdir(parents=True)
    try:
        with zipfile.ZipFile(archive) as packed:
            members = [m for m in packed.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
            return [_extract(packed, member, folder / str(n)) for n, member in enumerate(members)]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise PerennialError(str(archive), expected="a zip archive without a password", found=str(error)) from None


def _extract(packed: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> Path:
    folder.mkdir()
    target = folder / Path(member.filename).name
    with packed.open(member) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
    return target
