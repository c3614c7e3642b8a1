"""The pages of quality over builds and of identity: what the figures hold, and what the page shows of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, get_args

import pandas as pd
from report_snapshot import put

from huaxiang.core.text import Text
from huaxiang.identity.match_table import STATUSES
from huaxiang.identity.sets import Reason
from huaxiang.report.page import render
from huaxiang.report.texts.trust import TEXTS
from huaxiang.service.figures import Figures, gather
from huaxiang.service.figures.identity_model import IdentityFigures
from huaxiang.service.figures.quality_model import QualityFigures
from huaxiang.service.figures.trust import gather_trust
from huaxiang.store.engine import DuckEngine


def quality_of(figures: Figures) -> QualityFigures:
    assert figures.quality is not None
    return figures.quality


def identity_of(figures: Figures) -> IdentityFigures:
    assert figures.identity is not None
    return figures.identity


def test_an_older_snapshot_has_neither_page_and_its_report_is_still_written() -> None:
    engine = DuckEngine.open()
    put(engine, "profiles", pd.DataFrame({"customer_id": ["a"], "customer_no": [0]}))
    figures = gather(engine, build={"as_of": "2026-06-30"}, title=Text.of("x"))
    assert (figures.quality, figures.identity) == (None, None)
    html = render(figures, "zh")
    assert 'href="#identity"' not in html
    assert 'href="#quality"' in html


def test_what_an_older_build_did_not_write_is_not_known() -> None:
    engine = DuckEngine.open()
    put(engine, "persona_grades", pd.DataFrame({"persona": ["fans"], "grade": ["B"], "kept": [0.9]}))
    put(engine, "persona_validation", pd.DataFrame({"validation": ["v"], "persona": ["fans"], "kind": ["time"]}))
    put(engine, "validation_figures", pd.DataFrame({"validation": ["v"], "persona": ["fans"], "measure": ["cell"]}))
    personas, overall = gather_trust(engine)
    fans = personas["fans"]
    assert (fans.grade, fans.kept, fans.age_days, fans.next_review, fans.flags) == ("B", 0.9, None, "", ())
    assert [(row.own, row.verdict) for row in fans.outcomes[0].rows] == [(None, "")]
    assert overall == ()


def test_every_reason_and_outcome_has_words_in_the_report() -> None:
    reasons = {"over_limit", "frequent", "junk", "invalid", "conflict", *get_args(Reason)} - {"single"}
    assert {f"issue.{reason}" for reason in reasons} <= set(TEXTS)
    assert {f"match.{status}" for status in STATUSES} <= set(TEXTS)


def test_the_overall_scores_come_first_with_their_change(figures: Figures) -> None:
    quality = quality_of(figures)
    assert [source.label.en for source in quality.sources] == ["All sources", "CRM", "web"]
    assert round(quality.overall["total"].change or 0, 6) == 0.7
    assert quality.overall["accuracy"].change is None
    assert quality.is_compared


def test_the_history_has_a_point_per_build_in_civil_days(figures: Figures) -> None:
    history = quality_of(figures).history
    # 23:00 UTC is the next morning in Shanghai.
    assert [build.as_of for build in history] == ["2026-02-28", "2026-03-31", "2026-05-01", "2026-06-01", "2026-07-02"]
    assert [round(build.scores["completeness"] or 0, 1) for build in history] == [82.1, 83.6, 85.1, 86.6, 88.1]


def test_warnings_come_before_notes_and_failing_rules_before_others(figures: Figures) -> None:
    quality = quality_of(figures)
    assert [change.severity for change in quality.changes] == ["warning", "note"]
    assert [rule.outcome for rule in quality.ranked_rules] == ["warns", "unknown", "holds"]


def test_sensitive_columns_rare_values_and_the_ends_of_numbers_are_not_shown(figures: Figures) -> None:
    columns = {column.column: column for source in quality_of(figures).spreads for column in source.columns}
    assert set(columns) == {"gender", "amount"}  # income is sensitive
    # 0.4 % of 2,000 are 8 people.
    assert columns["gender"].shares == (("female", 0.6), ("male", 0.396))
    assert round(columns["gender"].other, 6) == 0.004
    assert (columns["amount"].deciles[0], columns["amount"].deciles[-1]) == (20, 400)


def test_the_worst_measures_come_first_and_unknown_ones_last(figures: Figures) -> None:
    judged = identity_of(figures).judged
    known = [measure.level for measure in judged if measure.value is not None]
    assert known[:3] == ["red", "amber", "amber"]
    assert judged[-1].name == "review"
    assert identity_of(figures).known == tuple(measure for measure in judged if measure.value is not None)


def test_customers_by_records_are_parts_of_a_whole_and_small_ones_withheld(figures: Figures) -> None:
    # 667 customers have one record, 667 two, 666 three.
    assert [(size.name, size.count) for size in identity_of(figures).sizes] == [("1", 667), ("2", 667), ("3", 666)]
    engine = DuckEngine.open()
    put(engine, "profiles", pd.DataFrame({"customer_id": ["a"], "customer_no": [0]}))
    put(engine, "customers", pd.DataFrame({"records": [0] * 5 + [1] * 60 + [2] * 30 + [300] * 4}))
    health = {"measure": "x", "unit": "count", "level": "green"} | dict.fromkeys(
        ("value", "before", "amber", "red"), 0.0
    )
    texts = dict.fromkeys(("label_en", "label_zh", "reason_en", "reason_zh", "remedy_en", "remedy_zh"), "x")
    put(engine, "identity_health", pd.DataFrame([health | texts]))
    sizes = identity_of(gather(engine, build={}, title=Text.of("x"))).sizes
    # The 30 of two go with the 4 of three hundred, who could otherwise be found by subtraction.
    assert [(size.name, size.count) for size in sizes if size.count != 0] == [("1", 60), ("2", None), ("101+", None)]


def test_nobody_can_be_looked_up_by_what_the_page_of_identity_shows(figures: Figures) -> None:
    identity = identity_of(figures)
    told = [bridge.what for bridge in identity.bridges]
    assert told == [
        Text("Mobile phone 138****8000", "手机号 138****8000"),
        Text.of("crm ↔ till_members"),
        Text.of("crm"),
    ]
    html = render(figures, "en")
    assert not re.search(r"c_0123456789abcd", html)
    assert "secret" not in html
    # Values of conflicts are two people's, those of junk everybody's.
    assert "139****5521" not in html
    assert "400****1234" in html


def test_disagreements_of_few_customers_are_withheld(figures: Figures) -> None:
    rows = {row.attribute: row for row in identity_of(figures).disagreements}
    assert (rows["birthday"].differing, rows["birthday"].hidden) == (61, False)
    assert (rows["gender"].differing, rows["gender"].share, rows["gender"].hidden) == (None, None, True)


def test_issues_are_summed_by_kind_and_type(figures: Figures) -> None:
    issues = {(issue.kind, issue.type_label.zh): (issue.values, issue.records) for issue in identity_of(figures).issues}
    assert issues["conflict", "手机号"] == (2, 4)
    assert issues["frequent", "手机号"] == (1, 320)


def test_matches_fates_and_groups_are_counted(figures: Figures) -> None:
    identity = identity_of(figures)
    assert dict(identity.matches) == {"joined": 2, "review": 1}
    assert dict(identity.fates) == {"merged": 2, "gone": 1}
    assert identity.groups == (("households", 40, 80),)


def test_a_sound_identity_says_so_and_opens_its_measures(figures: Figures) -> None:
    identity = identity_of(figures)
    sound = replace(identity, measures=tuple(replace(measure, level="green") for measure in identity.measures))
    html = _section(render(replace(figures, identity=sound), "en"))
    assert "measures of health are green." in html
    assert 'class="worries"' not in html
    assert 'class="worries"' in _section(render(figures, "en"))


def _section(html: str) -> str:
    """The section of the page that is about identity."""
    return html.partition('id="identity"')[2].partition("</section>")[0]


def test_without_a_former_build_the_page_says_that_nothing_can_be_compared(figures: Figures) -> None:
    quality = quality_of(figures)
    first = tuple(
        replace(row, scores={name: replace(score, before=None) for name, score in row.scores.items()})
        for row in quality.sources
    )
    alone = replace(quality, sources=first, changes=(), history=quality.history[-1:], rules=())
    html = render(replace(figures, quality=alone), "en")
    assert "There is no former build to compare with." in html
    assert 'data-chart="quality_history"' not in html
    assert _calm(replace(figures, quality=replace(quality, changes=())))


def _calm(figures: Any) -> bool:
    return "Nothing to report" in render(figures, "en")
