"""What people see of a customer, a reason, a segment, a portrait and a comparison, from literal results."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from huaxiang.cli import audience_shapes, shapes
from huaxiang.cli.comparison_shapes import comparison
from huaxiang.cli.output import Output

CATALOG = {
    "gender": {
        "name": "gender",
        "dimension_en": "Basics",
        "dimension_zh": "基本属性",
        "label_en": "Gender",
        "label_zh": "性别",
        "values": json.dumps({"female": {"en": "Female", "zh": "女"}}),
    },
    "spend": {
        "name": "spend",
        "dimension_en": "Value",
        "dimension_zh": "价值",
        "label_en": "Spend",
        "label_zh": "消费额",
        "values": "{}",
    },
}


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_a_customer_is_shown_with_labels_in_the_language_asked_for(capsys):
    found = {
        "customer_id": "c1",
        "former": None,
        "conflicts": [],
        "household": None,
        "accounts": [],
        "identifiers": [{"type": "phone", "value": "+8613800000001"}],
        "records": [{"source": "crm", "record_key": "7"}],
        "segments": ["champions"],
        "tags": {"spend": 1234, "gender": "female"},
    }
    shapes.customer(Output("zh"), found, CATALOG)
    text = shown(capsys)
    assert "性别" in text
    assert "女" in text
    assert "1,234" in text
    assert text.index("性别") < text.index("消费额"), "in the order of the catalog"
    shapes.customer(Output("en"), found, CATALOG)
    assert "Female" in shown(capsys)


def test_core_customers_of_nobody_have_no_means(capsys):
    means = dict.fromkeys(("relevance", "reachability", "profitability", "score"))
    head = {"label_en": "Core", "label_zh": "核心", "customers": 0, **means}
    audience_shapes.core(Output("en"), {"core": head, "segments": [], "customers": []}, 10)
    assert "0 customers; on average relevance –, reachability –" in shown(capsys)


def test_a_spread_of_too_few_known_has_no_number_and_no_mean(capsys):
    found = {"tag": "age", "margin": 0, "size": 20, "known": None, "mean": None, "base_mean": None, "values": []}
    audience_shapes.spread(Output("en"), found, 10)
    assert "age: – of 20 have a value" in (printed := shown(capsys))
    assert "Mean" not in printed


def test_a_moved_number_says_so_and_by_how_much(capsys):
    audience_shapes.counted(Output("en"), 1240, 10, 5)
    assert "≈ 1,240 customers" in (printed := shown(capsys))
    assert "moved by up to 5" in printed
    # From 10 to 19 it may be withheld as well.
    audience_shapes.counted(Output("zh"), None, 10, 5)
    assert "不足 20 人 位客户" in shown(capsys)


def test_a_reason_goes_down_to_the_rows(capsys):
    rule = {
        "customer_id": "c1",
        "as_of": "2026-06-30",
        "tag": "tier",
        "label": {"en": "Tier", "zh": "层级"},
        "kind": "rule",
        "value": "high",
        "value_labels": {"high": {"en": "High", "zh": "高"}},
        "definition": {"kind": "rule", "cases": [{"when": "spend > 100", "then": "high"}]},
        "tags": [
            {
                "tag": "spend",
                "label": {"en": "Spend", "zh": "消费额"},
                "kind": "aggregate",
                "value": 150,
                "value_labels": {},
                "definition": {"table": "orders", "value": "sum(amount)"},
                "rows": [{"occurred_at": "2026-06-01", "amount": 150, "_source": "till", "_row": 3}],
            }
        ],
        "rests_on": {"facts": 1, "newest": "2026-06-01", "oldest": "2026-06-01"},
    }
    shapes.why(Output("en"), rule)
    text = shown(capsys)
    assert "Tier (tier) is High" in text
    assert "Spend (spend) is 150" in text
    assert "spend > 100 → high" in text
    assert "value: sum(amount)" in text
    assert "1 rows behind it:" in text
    assert "till" in text
    assert "It rests on 1 facts, the newest of 2026-06-01." in text


def test_braces_in_data_are_printed_as_they_are(capsys):
    Output("en").line("{not a name} [bold]")
    assert shown(capsys) == "{not a name} [bold]\n"


def test_a_segment_leaves_out_what_is_empty(capsys):
    found = {
        "name": "big", "label_en": "Big", "label_zh": "大客户", "size": 12, "share": 0.25, "rule": "spend > 1",
        "group": "custom", "description_en": "", "description_zh": "", "action_en": "", "action_zh": "",
    }  # fmt: skip
    shapes.segment(Output("en"), found)
    text = shown(capsys)
    assert "25.0%" in text
    assert "Suggested action" not in text


def test_a_comparison_shows_reliable_differences_only(capsys):
    def contrast(tag: str, significant: bool):
        return {
            "tag": tag, "value": "x", "a": 0, "b": 1, "figure_a": 0.5, "figure_b": 0.25, "difference": 0.25,
            "low": 0.1, "high": 0.4, "effect": 0.52, "significant": significant, "thin": True, "defining": False,
        }  # fmt: skip

    def side(name: str):
        label = {"en": name, "zh": name}
        return {
            "name": name, "label": label, "as_of": "2026-06-30", "size": 40, "share": 0.1, "revenue_share": None,
            "hidden": False,
        }  # fmt: skip

    found = {
        "sides": [side("left"), side("right")],
        "text": {"en": "In short.", "zh": "结论。"},
        "notes": [],
        "tags": [{"tag": tag, "label": {"en": tag, "zh": tag}} for tag in ("sure", "unsure")],
        "values": [{"tag": tag, "value": "x", "label": {"en": "X", "zh": "X"}} for tag in ("sure", "unsure")],
        "contrasts": [contrast("sure", True), contrast("unsure", False)],
    }
    comparison(Output("en"), found)
    text = shown(capsys)
    assert "sure" in text
    assert "unsure" not in text
    assert "50.0%" in text
    assert "+25.0 points (few people)" in text
    assert "+10.0 … +40.0" in text
    comparison(Output("en"), found | {"contrasts": []})
    assert "No difference is reliable." in shown(capsys)


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (None, "–", "–"),
        (True, "yes", "是"),
        (1234567, "1,234,567", "1,234,567"),
        (0.12345, "0.1235", "0.1235"),
        (98765.4, "98,765", "98,765"),
        (["a", "b"], "a, b", "a、b"),
        ({"en": "one", "zh": "一"}, "one", "一"),
    ],
)
def test_values_are_written_for_people(value, english, chinese):
    assert (Output("en").value(value), Output("zh").value(value)) == (english, chinese)


def test_moments_are_on_the_clocks_of_the_project():
    moment = datetime(2026, 6, 4, 20, 0, tzinfo=UTC)
    assert Output("en").in_zone("Asia/Shanghai").value(moment) == "2026-06-05 04:00:00"
