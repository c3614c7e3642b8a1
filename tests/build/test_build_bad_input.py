"""Bad input, end to end: what is said, that the former snapshot serves, and that empty is no error."""

from __future__ import annotations

from pathlib import Path

import pytest
from seen import balance, profiles, table
from tiny import CRM, ORDERS, SOURCES, TAGS, lines_of, write_tiny

import huaxiang as hx
from huaxiang.core.errors import HuaxiangError, ProjectError, StoreError
from huaxiang.service.api import Project
from huaxiang.service.builds import Build

HEADERS = {
    "crm": CRM.splitlines()[0] + "\n",
    "orders": ORDERS.splitlines()[0] + "\n",
    "lines": "order_no,product,quantity,amount\n",
    "products": "product,name,category,brand\n",
}


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a build that serves."""
    project = hx.load(write_tiny(tmp_path_factory.mktemp("standing"), personas="personas: {}\n"))
    project.build().close()
    return project


def refused(project: Project, error: type[HuaxiangError], message: str) -> None:
    """Building fails with a message, the former snapshot serves, and nothing is left over."""
    former = [snapshot.id for snapshot in project.snapshots()]
    with pytest.raises(error, match=message):
        hx.load(project.folder).build()
    assert [snapshot.id for snapshot in project.snapshots()] == former
    assert not list((project.folder / ".huaxiang").glob("building-*"))
    with project.open() as build:
        assert build.segment("buyers").count() == 3


@pytest.fixture
def damaged(standing: Project, request: pytest.FixtureRequest) -> Project:
    """The standing project with one file replaced for the time of a test."""
    name, content = request.param
    path = standing.folder / name
    before = path.read_bytes()
    path.unlink()
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    yield standing
    path.write_bytes(before)


@pytest.mark.parametrize(
    ("damaged", "error", "message"),
    [
        (("data/orders.csv", None), HuaxiangError, r"there is no file 'data/orders\.csv'"),
        (("data/orders.csv", b""), HuaxiangError, r"orders.*empty"),
        (("data/orders.csv", b"PK\x03\x04" + bytes(range(256))), HuaxiangError, r"orders"),
        (
            ("data/orders.csv", ORDERS.replace("order_no,phone", "order_no,order_no")),
            HuaxiangError,
            r"'order_no' twice",
        ),
        (("data/orders.csv", ORDERS.replace("placed_at", "placed")), HuaxiangError, r"placed_at"),
        (("data/crm.csv", CRM.replace("crm_id,", "id,", 1)), HuaxiangError, r"crm_id"),
    ],
    indirect=["damaged"],
    ids=["missing", "empty", "no CSV", "doubled header", "renamed column", "renamed key"],
)
def test_a_source_that_can_not_be_read_stops_the_build_and_the_former_snapshot_serves(damaged, error, message):
    refused(damaged, error, message)


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        (("tags/own.yml", TAGS.replace("max(quantity)", "max(quantty)")), r"quantty"),
        (("tags/own.yml", TAGS.replace("of: spend_ever", "of: spend_evr")), r"spend_ever"),
        (("tags/own.yml", TAGS.replace("value: count()", "value: count() filter (where now() > 0)")), r"now"),
        (
            ("segments/all.yml", "segments: {a: {where: in_segment('b')}, b: {where: in_segment('a')}}\n"),
            r"a → b|b → a",
        ),
        (("huaxiang.yml", "name: tiny\n\ttime_zone: UTC\n"), r"[Tt]ab"),
    ],
    indirect=["damaged"],
    ids=["SQL of a tag", "unknown tag", "now()", "a circle of segments", "a tab"],
)
def test_a_definition_that_is_wrong_stops_the_build_and_the_former_snapshot_serves(damaged, message):
    refused(damaged, ProjectError, message)


def test_two_builds_at_once_are_refused_and_the_first_one_ends_well(standing: Project):
    seen: list[str] = []

    def meanwhile(step: str, *_: int) -> None:
        if step == "write facts orders":
            with pytest.raises(StoreError, match=r"Another build of this project is running \(process \d+ since"):
                hx.load(standing.folder).build()
            seen.append(step)

    with standing.build(progress=meanwhile) as build:
        assert seen == ["write facts orders"]
        assert build.segment("buyers").count() == 3


# -- little or nothing ------------------------------------------------------------------------------------------


def _answers(build: Build, folder: Path) -> None:
    """Everything that can be asked of a build is answered, however little there is."""
    assert build.tags()
    assert build.segments()
    for name in ("buyers", "nobody"):
        found = build.persona(name)
        assert found["size"] == build.segment(name).count()
        assert found["text_en"]
        assert found["text_zh"]
    assert build.compare("buyers", "small_buyers")
    for kind in ("profiles", "tags", "segments", "identity", "quarantine"):
        build.export(kind, folder / f"{kind}.csv")
    for language in ("en", "zh"):
        assert build.report(folder / f"{language}.html", language).stat().st_size > 100_000


def test_as_of_before_the_first_fact_builds_empty_profiles_and_a_report(tmp_path):
    # Only records 8 (December 2024) and 1 (5 January 2025) were known by then.
    with hx.load(write_tiny(tmp_path, library=True)).build("2025-01-06") as build:
        rows = profiles(build)
        assert len(rows) == 1
        (wang,) = rows.values()
        assert (wang["order_count"], wang["spend_total"], wang["average_order_value"]) == (0, 0, None)
        assert (wang["lifecycle_stage"], wang["rfm_group"], wang["kind"]) == ("potential", None, "looker")
        assert wang["home"] == "杭州"
        # What is still to come is nobody's fault, whatever is wrong with it; only the order without a day is refused.
        refused = {name: row["quarantined"] for name, row in balance(build).items()}
        assert refused == {"crm": 0, "orders": 1, "lines": 0, "products": 0}
        _answers(build, tmp_path)


def test_as_of_before_everything_builds_nobody_and_a_report(tmp_path):
    with hx.load(write_tiny(tmp_path)).build("2001-01-01") as build:
        assert profiles(build) == {}
        assert {row["size"] for row in build.segments()} == {0}
        _answers(build, tmp_path)


def test_sources_with_a_header_only_build_nobody_and_a_report(tmp_path):
    with hx.load(write_tiny(tmp_path, library=True, **HEADERS)).build() as build:
        assert profiles(build) == {}
        assert {tag["coverage"] for tag in build.tags()} <= {0, None}
        _answers(build, tmp_path)


def test_a_project_without_orders_builds_its_people(tmp_path):
    sources = SOURCES[: SOURCES.index("  orders:")]
    tags = TAGS[: TAGS.index("tags:")] + "tags:\n  sex: {dimension: own, category: all, attribute: gender}\n"
    segments = "segments:\n  women: {where: sex = 'female'}\n"
    folder = write_tiny(tmp_path, sources=sources, tags=tags, segments=segments, personas="personas: {}\n")
    with hx.load(folder).build() as build:
        assert build.segment("women").count() == 2
        assert build.report(tmp_path / "report.html").is_file()


def test_rows_that_are_all_wrong_leave_everybody_and_the_reasons(tmp_path):
    orders = ORDERS.splitlines()[0] + "\n" + "A1,13900000001,gestern,paid,1,,app\n" * 3
    with hx.load(write_tiny(tmp_path, orders=orders, personas="personas: {}\n")).build() as build:
        assert balance(build)["orders"] == {
            "read": 3,
            "used": 0,
            "quarantined": 3,
            "deduplicated": 0,
            "set_aside": 0,
        }
        assert build.customer("phone:13900000001")["tags"]["orders_ever"] == 0
        reasons = {row["reason"] for row in table(build, "quarantine") if row["source"] == "orders"}
        assert reasons == {"invalid occurred_at"}


def test_one_phone_on_more_records_than_its_limit_joins_nobody_and_is_told(tmp_path):
    # Eleven records with one phone; the limit of a phone is ten.
    rows = [[100 + i, "店员", "", "", "13900000777", f"p{i}@x.cn", "", "", "2025-01-01 00:00:00"] for i in range(11)]
    orders = lines_of(ORDERS, ["B1", "13900000777", "2025-12-01 00:00:00", "paid", 5, "", "app"])
    folder = write_tiny(tmp_path, crm=lines_of(CRM, *rows), orders=orders, personas="personas: {}\n")
    with hx.load(folder).build() as build:
        assert build.summary["customers"] == 6 + 11
        (issue,) = table(build, "identity_issues")
        # Eleven records, and the facts that name the phone alone.
        assert (issue["type"], issue["kind"], issue["value"], issue["records"]) == (
            "phone",
            "over_limit",
            "+86****0777",
            12,
        )
        reasons = {row["record_key"]: row["reason"] for row in table(build, "quarantine") if row["source"] == "orders"}
        assert reasons["B1"] == "no customer"


@pytest.mark.slow
def test_a_million_rows_with_one_phone_number_build_within_minutes_and_join_nobody(tmp_path):
    many = "".join(f"X{i},13900000001,2025-06-01 12:00:00,paid,1.00,,app\n" for i in range(1_000_000))
    records = "".join(f"{i},无名,,,13900000777,,,,2025-01-01 00:00:00\n" for i in range(1000, 1_001_000))
    folder = write_tiny(tmp_path, crm=CRM + records, orders=ORDERS + many, personas="personas: {}\n")
    with hx.load(folder).build() as build:
        # A million orders of one customer are that customer's; a million records with one phone are a million.
        assert build.customer("phone:13900000001")["tags"]["orders_ever"] == 1_000_002
        assert build.summary["customers"] == 1_000_006
        assert build.summary["seconds"] < 240
        assert build.summary["peak_memory_mib"] < 6000
        assert len(build.why("phone:13900000001", "spend_ever")["rows"]) == 200
