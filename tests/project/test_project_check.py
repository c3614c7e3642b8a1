from __future__ import annotations

import pytest

from huaxiang.core.findings import Finding
from huaxiang.project.check import check
from huaxiang.project.init import init
from huaxiang.project.read import read

TILL = """
    sources:
      till:
        path: till.csv
        feeds:
          - {table: orders, identifiers: {phone: mobile}, columns: {order_id: a, occurred_at: b, amount: c}}
    """
TAGS = """
    dimensions:
      value: {label: Value, categories: {spend: {label: Spend}}}
    tags:
      spend: {dimension: value, category: spend, table: orders, value: sum(amount)}
    """


def findings(folder) -> dict[str, Finding]:
    return {finding.code: finding for finding in check(read(folder))}


@pytest.fixture
def shop(project):
    def write(files):
        return project({"till.csv": "a,b,c,mobile\n", "sources/till.yml": TILL, "tags/t.yml": TAGS, **files})

    return write


def test_a_sound_project_has_no_findings(shop):
    assert check(read(shop({}))) == []


def test_the_starter_project_has_no_findings(tmp_path):
    init(tmp_path / "new")
    assert check(read(tmp_path / "new")) == []


def test_a_missing_file_is_found_before_the_build(shop):
    folder = shop({})
    (folder / "till.csv").unlink()
    finding = findings(folder)["file_missing"]
    assert str(finding.at) == "sources/till.yml:3"


def test_an_optional_file_may_be_missing(shop):
    folder = shop({"sources/till.yml": TILL.replace("path: till.csv", "path: till.csv\n        optional: true")})
    (folder / "till.csv").unlink()
    assert check(read(folder)) == []


def test_an_unknown_tag_in_a_segment_names_the_near_miss(shop):
    finding = findings(shop({"segments/s.yml": "segments:\n  big:\n    where: spent > 100\n"}))["unknown_tag"]
    assert finding.remedy == "Did you mean 'spend'?"
    assert str(finding.at) == "segments/s.yml:3"


def test_a_cycle_of_tags_is_named(shop):
    text = "tags:\n" + "".join(
        f"  {a}: {{dimension: value, category: spend, expression: {b} + 1}}\n" for a, b in ("xy", "yz", "zx")
    )
    assert "x → " in findings(shop({"tags/cycle.yml": text}))["tag_cycle"].message


def test_an_unknown_dimension_or_category_is_found(shop):
    text = """
        tags:
          a: {dimension: vallue, category: spend, table: orders, value: count()}
          b: {dimension: value, category: spent, table: orders, value: max(amount)}
        """
    found = findings(shop({"tags/more.yml": text}))
    assert found["unknown_dimension"].remedy == "Did you mean 'value'?"
    assert found["unknown_category"].remedy == "Did you mean 'spend'?"


def test_a_definition_that_could_not_be_read_is_not_called_unknown(shop):
    folder = shop(
        {
            "tags/broken.yml": "tags:\n  orders: {dimension: value, category: spend, table: orders, valeu: count()}\n",
            "segments/s.yml": "segments:\n  many: {where: orders > 2}\n",
        }
    )
    assert {finding.code for finding in check(read(folder))} == {"unknown_key", "missing_key"}


def test_mistakes_of_all_kinds_are_shown_together(shop):
    folder = shop(
        {
            "huaxiang.yml": "name: shop\ncurency: CNY\n",
            "tags/tab.yml": "tags:\n\tx: 1\n",
            "tags/now.yml": "tags:\n  a: {dimension: value, category: spend, table: orders, value: last(now())}\n",
            "segments/s.yml": "segments:\n  big: {where: spent > 1}\n  bad: {wear: x}\n",
            "identity.yml": "attributes: {gendre: {rule: longest}}\n",
        }
    )
    files = {finding.at.file for finding in check(read(folder)) if finding.severity == "error"}
    assert files == {"huaxiang.yml", "tags/tab.yml", "tags/now.yml", "segments/s.yml", "identity.yml"}


@pytest.mark.parametrize("value", ["sum(amount); drop table orders", "(select max(amount) from orders)", "last(now())"])
def test_nothing_is_smuggled_in_by_an_expression(shop, value):
    text = f"tags:\n  a: {{dimension: value, category: spend, table: orders, value: '{value}'}}\n"
    assert any(finding.severity == "error" for finding in check(read(shop({"tags/x.yml": text}))))


def test_an_own_table_that_nobody_feeds_is_a_warning(shop):
    text = "tables: {visits: {time: at, columns: {at: {type: moment}}}}\n"
    finding = findings(shop({"tables/t.yml": text}))["unused_table"]
    assert finding.severity == "warning"


def test_a_tag_that_computes_what_another_does_is_a_warning(shop):
    text = "tags:\n  spend_again: {dimension: value, category: spend, table: orders, value: sum(amount)}\n"
    finding = findings(shop({"tags/x.yml": text}))["same_tag"]
    assert "'spend'" in finding.message + str(finding)


def test_a_project_may_replace_a_library_definition_and_is_told(shop):
    text = """
        tags:
          order_count: {dimension: value, category: spend, table: orders, value: count(), where: amount > 0}
        """
    folder = shop({"huaxiang.yml": "name: shop\nuses: [huaxiang/retail]\n", "tags/x.yml": text})
    loaded = read(folder)
    assert loaded.tags["order_count"].at.file == "tags/x.yml"
    finding = findings(folder)["overrides_library"]
    assert (finding.severity, finding.at.file) == ("note", "tags/x.yml")


def test_a_feed_of_a_table_or_column_that_does_not_exist_names_the_near_miss(shop):
    text = """
        sources:
          a: {path: till.csv, feeds: [{table: ordres, columns: {order_id: a}}]}
          b: {path: till.csv, feeds: [{table: orders, columns: {order_id: a, occurred_at: b, amount: c, chanel: d}}]}
          c: {path: till.csv, feeds: [{table: products, columns: {product_id: {value: c, clean: mony}}}]}
        """
    found = findings(shop({"sources/more.yml": text}))
    assert found["unknown_table"].remedy == "Did you mean 'orders'?"
    assert found["unknown_column"].remedy == "Did you mean 'channel'?"
    assert found["unknown_cleaning_function"].remedy == "Did you mean 'money'?"


def test_a_required_column_that_nobody_maps_is_found(shop):
    text = "sources:\n  a: {path: till.csv, feeds: [{table: orders, columns: {order_id: a, occurred_at: b}}]}\n"
    assert "'amount'" in findings(shop({"sources/more.yml": text}))["unmapped_column"].message
