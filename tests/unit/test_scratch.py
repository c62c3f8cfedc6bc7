"""Folders for work in progress go with it; those of processes that were killed go after a week."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from perennial.lake.partitions import Lake
from perennial.scratch import LEFT, scratch


def test_a_folder_goes_with_the_work_also_where_it_fails(tmp_path: Path) -> None:
    def fail() -> None:
        with scratch(tmp_path / "area") as folder:
            (folder / "half").write_text("written")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert list((tmp_path / "area").iterdir()) == []


def test_what_a_killed_process_left_goes_a_week_later_and_what_others_work_in_stays(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    left, at_work = tmp_path / ".staging" / "left", tmp_path / ".staging" / "at_work"
    for folder in (left, at_work):
        folder.mkdir(parents=True)
        (folder / "rows.parquet").write_text("half")
    os.utime(left, (time.time() - LEFT - 60,) * 2)
    os.utime(at_work, (time.time() - LEFT + 3_600,) * 2)
    with lake.staging() as mine:
        assert sorted(mine.parent.iterdir()) == sorted([at_work, mine])
    assert list(mine.parent.iterdir()) == [at_work]
