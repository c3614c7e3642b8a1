from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.core.errors import ProjectError
from huaxiang.core.findings import Finding
from huaxiang.core.types import Type
from huaxiang.project.load import load
from huaxiang.project.read import read

ORDERS = """
    sources:
      till:
        path: data/till.csv
        feeds:
          - table: orders
            columns:
              order_id: number
              amount: {value: total, clean: money}
    """


def findings(folder) -> dict[str, Finding]:
    return {finding.code: finding for finding in read(folder).findings}


def only(folder) -> Finding:
    (finding,) = read(folder).findings
    return finding


def test_a_project_is_frozen_definitions_that_know_their_places(project):
    loaded = load(project({"sources/till.yml": ORDERS}))
    source = loaded.sources["till"]
    assert (source.name, str(source.at)) == ("till", "sources/till.yml:2")
    feed = source.feeds[0]
    assert str(feed.at) == "sources/till.yml:5"
    assert (feed.columns["amount"].name, str(feed.columns["amount"].at)) == ("amount", "sources/till.yml:8")
    assert str(source.place("feeds", 0, "columns", "order_id")) == "sources/till.yml:7"
    assert str(feed.columns["amount"].place("clean")) == "sources/till.yml:8"
    with pytest.raises(ValueError, match="frozen"):
        source.path = "elsewhere"


def test_one_file_may_hold_many_definitions_of_many_sections(project):
    loaded = load(
        project(
            {
                "tags/all.yaml": """
                    dimensions:
                      value: {label: {en: Value, zh: 价值}, categories: {spend: {label: Spend}}}
                    tags:
                      spend: {dimension: value, category: spend, table: orders, value: sum(amount)}
                      orders: {dimension: value, category: spend, table: orders, value: count()}
                    segments:
                      big: {where: spend > 100}
                    """,
                "personas/deep/er.yml": "personas:\n  big: {segment: big}\n",
            }
        )
    )
    assert set(loaded.tags) == {"spend", "orders"}
    assert set(loaded.segments) == set(loaded.personas) == {"big"}
    assert loaded.dimensions["value"].categories["spend"].label.en == "Spend"


def test_the_same_name_twice_names_both_places(project):
    one = "segments:\n  big: {where: spend > 1}\n"
    finding = only(project({"segments/a.yml": one, "segments/b.yml": one}))
    assert finding.code == "defined_twice"
    assert "segments/a.yml:2" in finding.message
    assert str(finding.at) == "segments/b.yml:2"


def test_an_unknown_key_names_the_near_miss_and_what_is_allowed(project):
    finding = only(
        project(
            {
                "tags/t.yml": """
                    tags:
                      spend:
                        dimension: value
                        category: spend
                        table: orders
                        vlaue: x
                        value: sum(amount)
                    """
            }
        )
    )
    assert finding.code == "unknown_key"
    assert finding.remedy == "Did you mean 'value'?"
    assert "tag 'spend': key 'vlaue' is not known here. Keys: dimension, category" in finding.message
    assert str(finding.at) == "tags/t.yml:6"


def test_a_key_that_is_written_already_is_less_likely_meant(project):
    # 'lable' is as near to 'table' as to 'label', but 'table' is there.
    tag = "{dimension: value, category: spend, table: orders, lable: Spend, value: sum(amount)}"
    finding = only(project({"tags/t.yml": f"tags:\n  spend: {tag}\n"}))
    assert finding.remedy == "Did you mean 'label'?"


def test_unknown_keys_are_found_at_any_depth(project):
    text = ORDERS.replace("clean: money", "cleen: money")
    finding = only(project({"sources/till.yml": text}))
    assert "key 'cleen' is not known here. Keys: value, clean, missing, fill, invalid." in finding.message
    assert str(finding.at) == "sources/till.yml:8"


@pytest.mark.parametrize("key", ["name", "at", "lines"])
def test_nobody_writes_the_fields_that_the_loader_fills(project, key):
    text = f"segments:\n  big:\n    where: a > 1\n    {key}: x\n"
    finding = only(project({"segments/s.yml": text}))
    assert (finding.code, finding.at.line) == ("unknown_key", 4)


def test_a_missing_key_says_which(project):
    finding = only(project({"tags/t.yml": "tags:\n  a: {dimension: d, table: orders, value: count()}\n"}))
    assert (finding.code, finding.message) == ("missing_key", "tag 'a': key 'category' is missing.")


def test_a_tag_without_a_kind_is_shown_the_kinds_and_the_near_miss(project):
    finding = only(project({"tags/t.yml": "tags:\n  a: {dimension: d, category: c, tabel: orders}\n"}))
    assert finding.code == "tag_kind"
    assert "it has none of them" in finding.message
    assert finding.remedy == "Did you mean 'table' instead of 'tabel'?"


def test_a_tag_of_two_kinds_is_told_which(project):
    text = "tags:\n  a: {dimension: d, category: c, table: orders, expression: b + 1}\n"
    assert "it has table and expression" in only(project({"tags/t.yml": text})).message


def test_a_value_of_the_wrong_type_is_one_finding_for_all_branches_of_a_union(project):
    text = "tags:\n  a: {dimension: d, category: c, cases: [{when: x > 1, then: [1]}]}\n"
    finding = only(project({"tags/t.yml": text}))
    assert finding.message == (
        "tag 'a': 'cases.0.then' is a list, but must be text or a whole number or a number or true or false."
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("currency: RMB", "'RMB' is no currency code of ISO 4217"),
        ("time_zone: Asia/Shangai", "did you mean 'Asia/Shanghai'?"),
        ("engine: flink", "engine 'flink' is not supported"),
        ("keep_snapshots: 0", "'keep_snapshots' is 0, but must be at least 1."),
        ("languages: zh", "'languages' is the text 'zh', but must be a list."),
        ("languages: [fr]", "is 'fr', but must be one of en, zh."),
        ("as_of: yesterday", "'yesterday' is neither a date"),
        ("memory: much", "'much' is no amount of memory"),
        ("label: 7", "a text is a string or {en: …, zh: …}"),
        (
            "uses: [huaxiang/retial]",
            "library 'huaxiang/retial' is not defined. Libraries: huaxiang/files, huaxiang/retail",
        ),
    ],
)
def test_settings_are_checked(project, text, message):
    finding = only(project({"huaxiang.yml": f"name: shop\n{text}\n"}))
    assert message in finding.message
    assert str(finding.at) == "huaxiang.yml:2"


def test_a_name_that_is_none_gets_a_proposal(project):
    finding = only(project({"segments/s.yml": "segments:\n  Big Spenders: {where: a > 1}\n"}))
    assert finding.code == "bad_name"
    assert "big_spenders" in finding.remedy


def test_all_findings_are_told_at_once(project):
    folder = project(
        {
            "huaxiang.yml": "name: shop\ncurrency: RMB\ntime_zone: Mars\n",
            "identity.yml": "identifiers: {phone: {limit: 0}}\n",
            "tags/tab.yml": "tags:\n\ta: 1\n",
            "tags/odd.yml": "tagz: {}\n",
            "segments/s.yml": "segments: {both: {}, x: 7}\n",
        }
    )
    with pytest.raises(ProjectError) as caught:
        load(folder)
    files = [str(finding.at) for finding in caught.value.findings]
    assert len(files) == 7
    assert {file.split(":")[0] for file in files} == {
        "huaxiang.yml", "identity.yml", "tags/tab.yml", "tags/odd.yml", "segments/s.yml",
    }  # fmt: skip


def test_a_folder_that_is_no_project_names_init(tmp_path):
    with pytest.raises(ProjectError, match="huaxiang init"):
        load(tmp_path)
    with pytest.raises(ProjectError, match="There is no folder"):
        load(tmp_path / "nowhere")


def test_environment_values_fill_path_url_and_query(project, monkeypatch):
    monkeypatch.setenv("DATA_DIR", "/srv/data")
    folder = project({"sources/till.yml": ORDERS.replace("data/till", "${DATA_DIR}/till")})
    assert load(folder).sources["till"].path == "/srv/data/till.csv"


def test_a_missing_environment_value_is_a_finding(project, monkeypatch):
    monkeypatch.delenv("DATA_DIR", raising=False)
    finding = only(project({"sources/till.yml": ORDERS.replace("data/till", "${DATA_DIR}/till")}))
    assert (finding.code, str(finding.at)) == ("environment_missing", "sources/till.yml:3")
    assert "DATA_DIR" in finding.message


def test_environment_values_stand_nowhere_else(project):
    text = ORDERS.replace("path: data/till.csv", "path: data/till.csv\n        encoding: ${ENCODING}")
    assert only(project({"sources/till.yml": text})).code == "environment_not_here"


def test_a_project_adds_columns_and_tables(project):
    loaded = load(
        project(
            {
                "tables/own.yml": """
                    tables:
                      records: {columns: {age_band: {type: text, privacy: L3}}}
                      visits:
                        label: {en: Visits, zh: 到店}
                        time: visited_at
                        columns: {visited_at: {type: moment, required: true}, minutes: {type: number}}
                    """
            }
        )
    )
    assert loaded.tables["records"]["age_band"].privacy == "L3"
    assert "gender" in loaded.tables["records"].names
    assert loaded.tables["visits"].is_fact
    assert loaded.tables["visits"]["minutes"].type is Type.NUMBER


def test_a_standard_table_keeps_its_time_and_types(project):
    text = "tables:\n  orders: {time: x, columns: {x: {type: moment}, amount: {type: text}}}\n"
    assert set(findings(project({"tables/t.yml": text}))) == {"standard_table", "standard_column"}


def test_the_time_of_a_table_is_one_of_its_moments(project):
    text = "tables:\n  visits: {time: day, columns: {day: {type: date}}}\n"
    assert "whose type is date, not moment" in only(project({"tables/t.yml": text})).message


def test_an_empty_section_is_no_mistake(project):
    assert load(project({"tags/t.yml": "tags:\nsegments:\n  # none yet\n"})).tags == {}


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["table", "value", "cases", "bins", "values", "label", "name", "where", "at", "x"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    )
)
def test_no_definition_whatever_breaks_the_reader(data):
    from huaxiang.project.define import define
    from huaxiang.project.read import SECTIONS
    from huaxiang.project.yaml import Document

    for section, (noun, kind) in SECTIONS.items():
        document = Document("a.yml", {section: {"a": data}}, {section: 1, f"{section}.a": 2})
        spec, found = define(kind, data, document, (section, "a"), f"{noun} 'a'")
        assert (spec is None) == bool(found)
        assert all("pydantic" not in str(finding) for finding in found)
