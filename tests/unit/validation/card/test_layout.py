"""The card says what was found, in Markdown and in one HTML file that asks nobody for anything."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.statistics.ranking import auc
from perennial.validation.card import Facts, card
from perennial.validation.card.curves import reliability, roc_points
from perennial.validation.card.document import Document, Drawing, Section, Table, Text, to_html, to_markdown
from perennial.validation.card.plots import Line, axis, square
from unit.validation.card.made import facts_of
from unit.validation.figures import BAD, GOOD, changed, policy


@pytest.fixture
def facts() -> Facts:
    return facts_of(GOOD)


def test_both_forms_say_what_a_reader_needs(facts: Facts) -> None:
    document = card(facts)
    for text in (to_markdown(document), to_html(document)):
        for fact in (
            "Version v2 passed the gates of risk tier limited",
            "offer an early rebooking",
            "airline-operations",
            "70,000 labelled rows",
            "100 of 500 rows of the holdout",
            "0.82",
            "0.8000 to 0.8400",
            "candidate - champion v1",
            "a" * 64,
            "5" * 64,
            facts.spec.digest,
            facts.policy.digest,
            "20.0% of the holdout",
        ):
            assert fact in text
        for gate in facts.verdict["gates"]:
            assert gate["why"] in text


def test_a_failure_is_named() -> None:
    text = to_markdown(card(facts_of(changed("champion", BAD["champion"]))))
    assert "did not pass" in text
    limit = policy("limited").gates["champion"].limit
    assert f"| champion | -0.03 | -0.1300 to 0.0800 | {limit:g} | fail |" in text


def test_without_a_champion_the_card_compares_with_none() -> None:
    text = to_markdown(card(facts_of(changed("champion", {"champion": None}), champion=None)))
    assert "no champion yet" in text
    assert "candidate - champion" not in text


def test_the_html_stands_alone(facts: Facts) -> None:
    html = to_html(card(facts))
    assert not re.search(r"https?:|src=|<script|@import|url\(", html)
    assert html.count("<svg") == 2
    assert "<b>" not in html
    assert well_formed(html)


def test_the_same_facts_give_the_same_bytes(facts: Facts) -> None:
    assert to_html(card(facts)) == to_html(card(facts_of(GOOD)))


def test_a_cell_cannot_break_its_table() -> None:
    document = Document("t", [Section("s", [Table(["a"], [["x | y\nz"]]), Text("<i>"), Drawing("d", "<svg></svg>")])])
    assert "| x \\| y z |" in to_markdown(document)
    assert "<p>&lt;i&gt;</p>" in to_html(document)


def test_a_plot_stays_inside_its_frame() -> None:
    drawn = square("t", "x", "y", [Line("a", [(0.0, 0.0), (0.4, 0.2)], marked=True)], most=0.37)
    xs = [float(x) for x in re.findall(r'cx="([\d.]+)"', drawn)]
    ys = [float(y) for y in re.findall(r'cy="([\d.]+)"', drawn)]
    assert (min(xs), max(xs)) == (52.0, 352.0)
    assert (max(ys), min(ys)) == (328.0, 178.0)


@pytest.mark.parametrize(
    ("most", "top", "ticks"), [(1.0, 1.0, 5), (0.585, 0.6, 6), (0.11, 0.2, 4), (0.3, 0.3, 6), (0.0071, 0.008, 8)]
)
def test_an_axis_ends_on_a_round_number(most: float, top: float, ticks: int) -> None:
    assert axis(most) == (pytest.approx(top), ticks)


@given(st.floats(1e-6, 1))
def test_an_axis_holds_its_values(most: float) -> None:
    top, ticks = axis(most)
    assert most <= top * (1 + 1e-9)
    assert top <= 2 * most * (1 + 1e-9)
    assert 4 <= ticks <= 10


def test_the_roc_curve_encloses_the_auc() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 20_000)
    p = rng.normal(size=20_000) + y
    x, t = np.array(roc_points(y, p)).T
    assert np.trapezoid(t, x) == pytest.approx(auc(y, p), abs=2e-3)
    assert (x[0], t[0], x[-1], t[-1]) == (0, 0, 1, 1)


def test_one_class_has_no_curve() -> None:
    assert roc_points(np.ones(5, dtype=np.int64), np.linspace(0, 1, 5)) == []


def test_bins_hold_every_row_by_rising_score() -> None:
    p = np.random.default_rng(0).uniform(size=1_003)
    bins = reliability((p > 0.5).astype(np.int64), p)
    assert sum(one.rows for one in bins) == 1_003
    assert [one.predicted for one in bins] == sorted(one.predicted for one in bins)
    assert (bins[0].observed, bins[-1].observed) == (0.0, 1.0)


def well_formed(html: str) -> bool:
    """Tell whether every element that needs an end has one, in order."""
    stack: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in {"meta", "wbr"}:
                stack.append(tag)

        def handle_startendtag(self, tag: str, attrs: object) -> None: ...

        def handle_endtag(self, tag: str) -> None:
            assert stack.pop() == tag

    Reader().feed(html)
    return not stack
