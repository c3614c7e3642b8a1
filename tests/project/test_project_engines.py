"""What a project asks of its engine that the engine can't do is said before anything runs."""

from __future__ import annotations

import pytest

from huaxiang.project.check import check
from huaxiang.project.read import read

SPARK = """
    name: shop
    engine: spark
    spark: {master: "spark://nowhere.invalid:7077", options: {spark.executor.memory: 4g, spark.cores.max: 8}}
    """
SQL = """
    dimensions:
      value: {{label: Value, categories: {{spend: {{label: Spend}}}}}}
    tags:
      odd:
        {{dimension: value, category: spend, type: number, sql: "select customer_id, {} as value from customers"}}
    """
PATTERN = """
    dimensions:
      value: {label: Value, categories: {spend: {label: Spend}}}
    tags:
      odd:
        dimension: value
        category: spend
        table: orders
        where: extract(store, '(?iU)a+') = 'a'
        value: count()
    """


@pytest.fixture
def findings(project):
    def find(settings=SPARK, **files):
        folder = project({"huaxiang.yml": settings, **{name.replace("__", "/"): text for name, text in files.items()}})
        return {finding.code: finding for finding in check(read(folder))}

    return find


def test_a_tag_whose_sql_names_a_function_that_spark_lacks_is_told_with_its_line(findings):
    pytest.importorskip("pyspark")
    tags = {"tags/t.yml": SQL.format("max(jaro_similarity(customer_id, 'x'))")}
    finding = findings(**tags)["engine_lacks"]
    assert finding.message == "tag 'odd': Spark has no function 'jaro_similarity'."
    assert str(finding.at) == "tags/t.yml:5"
    assert "leave_out: [odd]" in finding.remedy
    assert "engine_lacks" not in findings("name: shop\n", **tags)


def test_a_tag_whose_sql_both_engines_understand_is_no_finding(findings):
    assert "engine_lacks" not in findings(**{"tags/t.yml": SQL.format("count(*) filter (where records > 1)")})


@pytest.mark.parametrize(
    ("files", "at"),
    [
        ({"identity.yml": "identifiers:\n  phone:\n    pattern: '(?U)1[0-9]+'\n"}, "identity.yml:3"),
        ({"tags/t.yml": PATTERN}, "tags/t.yml:8"),
    ],
)  # fmt: skip
def test_a_regular_expression_that_java_has_no_way_to_write_is_told_with_its_line(files, at, findings):
    finding = findings(**files)["engine_lacks"]
    assert "can't match with (?U), which makes repetitions lazy" in finding.message
    assert str(finding.at) == at
    assert "engine_lacks" not in findings("name: shop\n", **files)


def test_fuzzy_matching_is_no_finding(findings):
    assert "engine_lacks" not in findings(**{"identity.yml": "fuzzy: {mode: suggest}\n"})


def test_a_table_of_a_catalog_is_told_to_need_a_cluster(findings):
    sources = {"sources/t.yml": "sources:\n  till:\n    url: 'spark:'\n    table: shop.orders\n"}
    finding = findings("name: shop\n", **sources)["engine_lacks"]
    assert finding.message == "source 'till': DuckDB has no catalog of a cluster."
    assert str(finding.at) == "sources/t.yml:3"
    assert "engine_lacks" not in findings(**sources)


def test_spark_without_a_master_is_told_with_its_line(findings):
    finding = findings("name: shop\nengine: spark\n")["no_master"]
    assert "spark: {master: spark://HOST:7077}" in finding.remedy
    assert str(finding.at) == "huaxiang.yml:2"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("name: shop\nengine: sparc\n", "this version runs on duckdb, spark"),
        ("name: shop\nengine: spark\nspark: {master: 'local[2]', options: {memory: 4g}}\n",
         "'memory' is no setting of Spark"),
        ("name: shop\nengine: spark\nspark: {master: 'local[2]', options: {spark.sql.session.timeZone: UTC}}\n",
         "'spark.sql.session.timeZone' is not yours to set"),
    ],
)  # fmt: skip
def test_a_setting_of_the_engine_that_makes_no_sense_is_told(settings, said, findings):
    finding = findings(settings)["bad_value"]
    assert said in finding.message
    assert finding.at.file == "huaxiang.yml"
    assert finding.at.line >= 1
