"""Backtests of a project whose past is known, and claims that can't be measured."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import huaxiang as hx
from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.service.api import Project

PEOPLE = 120
FIRST, LAST = datetime(2026, 1, 1), datetime(2026, 9, 1)

TAGS = """dimensions:
  d: {label: {en: D, zh: 维}, categories: {c: {label: {en: C, zh: 类}}}}
tags:
  bought_30d: {dimension: d, category: c, table: orders, window: 30d, value: count(), default: 0}
  number: {dimension: d, category: c, table: orders, value: last(amount)}
  regular:
    dimension: d
    category: c
    expression: bought_30d > 0
    claims: {event: orders, within: 30d}
  quiet:
    dimension: d
    category: c
    cases: [{when: bought_30d = 0, then: quiet}]
    otherwise: busy
    claims: {event: no orders, within: 30d, says: [quiet]}
  chance:
    dimension: d
    category: c
    expression: case when bought_30d > 0 then 0.5 else 0.4 end
    unit: probability
    claims: {event: orders, within: 30d}
  too_sure:
    dimension: d
    category: c
    expression: number / 100
    unit: probability
    claims: {event: orders, within: 30d}
  leaked:
    dimension: d
    category: c
    table: events
    window: 30d
    value: count() > 0
    default: false
    claims: {event: orders, within: 30d}
  never: {dimension: d, category: c, expression: bought_30d > 0, claims: {event: orders where amount < 0, within: 30d}}
  always:
    dimension: d
    category: c
    expression: bought_30d > 0
    claims: {event: no orders where amount < 0, within: 30d}
  nobody:
    {dimension: d, category: c, expression: bought_30d > 0, claims: {event: orders, within: 30d, among: number > 99}}
  few:
    {dimension: d, category: c, expression: bought_30d > 0, claims: {event: orders, within: 30d, among: number < 50}}
  unfed: {dimension: d, category: c, expression: bought_30d > 0, claims: {event: tickets, within: 30d}}
  listed: {dimension: d, category: c, file: data/list.csv, key: phone, identifier: phone, column: score, type: number}
  from_a_file: {dimension: d, category: c, expression: listed > 1, claims: {event: orders, within: 30d}}
  among_a_file:
    {dimension: d, category: c, expression: bought_30d > 0, claims: {event: orders, within: 30d, among: listed > 1}}
"""

SOURCES = """sources:
  orders:
    path: data/orders.csv
    key: id
    feeds:
      - table: orders
        identifiers: {phone: phone}
        columns: {order_id: id, occurred_at: placed, amount: amount}
  events:
    path: data/events.csv
    key: id
    feeds:
      - table: events
        identifiers: {phone: phone}
        columns: {occurred_at: at, received_at: known, name: name}
"""


def purchases() -> dict[int, list[datetime]]:
    """Even numbers buy on the 10th of every month. Odd ones buy in January, and then with one chance in five."""
    draw = random.Random(5)
    months = [datetime(2026, month, 10) for month in range(1, 9)]
    return {
        number: months if number % 2 == 0 else [m for m in months if m.month == 1 or draw.random() < 0.2]
        for number in range(PEOPLE)
    }


def write(folder: Path) -> Path:
    orders, events = ["id,phone,placed,amount"], ["id,phone,at,known,name"]
    for number, days in purchases().items():
        phone = f"139{number + 1:08d}"
        for day in days:
            # What each order says as a probability is far too sure: 99 % for those who buy in one of five.
            orders.append(f"{number}-{day.month},{phone},{day},{2 if number % 2 else 98}")
            # A flag that stands in the books a fortnight before the order, and was written there after it.
            events.append(f"{number}-{day.month},{phone},{day - timedelta(14)},{day + timedelta(1)},Flag")
    texts = {
        "huaxiang.yml": "name: claims\ntime_zone: Asia/Shanghai\nas_of: 2026-09-01\nminimum_group: 1\n",
        "sources/all.yml": SOURCES,
        "tags/own.yml": TAGS,
        "data/orders.csv": "\n".join(orders) + "\n",
        "data/events.csv": "\n".join(events) + "\n",
        "data/list.csv": "phone,score\n13900000001,3\n",
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = hx.load(write(tmp_path_factory.mktemp("claims")))
    made.build().close()
    return made


@pytest.fixture(scope="module")
def results(project: Project) -> Iterator[dict[str, dict[str, Any]]]:
    names = ("regular", "quiet", "chance", "too_sure", "leaked", "never", "always", "nobody", "unfed")
    return {row["tag"]: row for row in project.backtest(*names, moments=6)}


def test_a_rule_is_measured_at_the_beginnings_of_months_whose_outcome_is_known(results):
    moments = [row["moment"][:10] for row in results["regular"]["by_moment"]]
    # 30 days before 1 September is 2 August: the last moment is 1 August, 00:00 in Shanghai.
    assert moments == ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30", "2026-07-31"]


def test_precision_and_recall_are_those_counted_by_hand(results):
    said = right = happened = 0
    for days in purchases().values():
        for month in range(3, 9):
            # On the first of a month the window of 30 days holds the 10th of the month before, but for 31-day months
            # it begins on the 2nd or the 1st: always before the 10th.
            before, after = datetime(2026, month - 1, 10) in days, datetime(2026, month, 10) in days
            said, right, happened = said + before, right + (before and after), happened + after
    rule = results["regular"]["rule"]
    assert (rule["said"], rule["precision"]["happened"]) == (said, right)
    assert (rule["recall"]["cases"], rule["recall"]["happened"]) == (happened, right)
    assert results["regular"]["cases"] == 6 * PEOPLE
    assert results["regular"]["base"]["rate"] == pytest.approx(happened / (6 * PEOPLE))


def test_a_claim_that_nothing_happens_is_the_other_side_of_it(results):
    quiet, regular = results["quiet"], results["regular"]
    assert quiet["happened"] == regular["cases"] - regular["happened"]
    assert [row["value"] for row in quiet["values"]] in (["busy", "quiet"], ["quiet", "busy"])


def test_a_fact_that_became_known_only_after_the_moment_is_never_seen(results):
    # The flags stand within the 30 days before the first of the month for every order on the 10th (the 26th or 27th),
    # and would foretell each of them; they were written down on the 11th.
    assert results["leaked"]["rule"]["said"] == 0
    # A rule that (nearly) never says so has no precision to speak of.
    assert results["leaked"]["warnings"] == ["few_cases"]
    assert [row["value"] for row in results["leaked"]["values"]] == ["false"]


def test_the_report_tells_what_was_measured_on_enough_cases(project, results, tmp_path):
    with project.open() as build:
        text = build.report(tmp_path / "report.html").read_text(encoding="utf-8")
    precision, lift = results["regular"]["rule"]["precision"]["rate"], results["regular"]["rule"]["lift"]
    assert f"right in {precision:.1%}" in text
    assert f"为基准发生率的 {lift:.2f} 倍" in text
    told = [row for row in results.values() if not row["warnings"] and (row.get("rule") or row.get("auc"))]
    assert text.count(">Measured<") == len(told)


def test_what_can_not_be_measured_says_why(results):
    assert results["never"]["warnings"] == ["never_happened"]
    assert results["always"]["warnings"] == ["always_happened"]
    assert (results["nobody"]["cases"], results["nobody"]["warnings"]) == (0, ["no_case"])
    assert results["unfed"]["warnings"] == ["event_not_fed"]


def test_few_cases_are_called_few(project):
    (row,) = project.backtest("few", start="2026-03-01", end="2026-03-02")
    assert row["moments"] == ["2026-02-28T16:00:00+00:00"]
    assert (row["cases"], row["warnings"]) == (PEOPLE // 2, ["few_cases"])
    (row,) = project.backtest("regular", start="2026-03-01", end="2026-03-02")
    assert (row["cases"], row["warnings"]) == (PEOPLE, [])


def test_results_are_kept_and_are_stale_once_the_definition_changed(project, results):
    assert project.backtests()["regular"]["stale"] is False
    file = project.folder / "tags" / "own.yml"
    before = file.read_text(encoding="utf-8")
    try:
        file.write_text(before.replace("window: 30d, value: count()", "window: 60d, value: count()"), encoding="utf-8")
        changed = hx.load(project.folder).backtests()
        # `regular` reads the tag that changed; `too_sure` does not.
        assert (changed["regular"]["stale"], changed["too_sure"]["stale"]) == (True, False)
    finally:
        file.write_text(before, encoding="utf-8")


def test_a_recalibration_that_helps_is_applied_by_the_next_build_but_not_before_it_was_known(project, results):
    calibration = results["too_sure"]["calibration"]
    assert calibration is not None
    assert results["too_sure"]["recalibration"]["after"] < results["too_sure"]["recalibration"]["before"]
    with project.build() as build:
        catalog = {row["name"]: row for row in build.tags()}
        assert json.loads(catalog["too_sure"]["calibration"]) == calibration
        assert catalog["regular"]["calibration"] is None
        rows = build.profiles.to_pyarrow().to_pylist()
        points = calibration["points"]
        from numpy import interp

        for row in rows:
            said = float(row["number"]) / 100
            expected = interp(said, [x for x, _ in points], [y for _, y in points])
            assert row["too_sure"] == pytest.approx(expected)
        why = build.why("phone:13900000002", "too_sure")
        assert (why["raw"], why["calibration"]["method"]) == (0.02, calibration["method"])
        # What was learned up to the end of August must not be known in June.
        ids = pa.table({"customer_id": [rows[0]["customer_id"]] * 2, "moment": ["2026-06-01", "2026-09-01"]})
        early, late = build.tags_at(ids, ["too_sure", "number"]).to_pylist()
        assert early["too_sure"] == pytest.approx(float(early["number"]) / 100)
        assert late["too_sure"] == pytest.approx(rows[0]["too_sure"])


def test_without_names_all_are_measured_that_have_a_past(project):
    found = {row["tag"] for row in project.backtest(moments=1)}
    assert {"regular", "too_sure", "unfed"} <= found
    assert not found & {"from_a_file", "among_a_file", "number"}


def test_what_claims_nothing_or_hangs_on_a_file_is_refused(project):
    with pytest.raises(UsageError, match="'number' claims nothing"):
        project.backtest("number")
    with pytest.raises(UsageError, match="'from_a_file' reads values from a file"):
        project.backtest("from_a_file")
    with pytest.raises(UsageError, match="'among_a_file' reads values from a file"):
        project.backtest("among_a_file")
    with pytest.raises(NotFoundError, match="Did you mean 'regular'"):
        project.backtest("regulr")
    with pytest.raises(UsageError, match="begin earlier"):
        project.backtest("regular", start="2026-08-20")
    with pytest.raises(UsageError, match="is no period"):
        project.backtest("regular", every="moon")
