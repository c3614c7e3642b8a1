"""What people say to the pairs that matching is not sure of, in whole builds: a yes joins, a no keeps apart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from seen import identity
from tiny import write_tiny

import huaxiang as hx
from huaxiang.service.api import Project

pytestmark = pytest.mark.slow

FAMILY = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞"
CITIES = ("北京", "上海", "广州", "成都", "杭州", "武汉", "西安")

SOURCES = """sources:
""" + "".join(
    f"""  {name}:
    path: data/{name}.csv
    key: number
    feeds:
      - table: records
        identifiers: {{phone: phone}}
        columns: {{name: name, birthday: birthday, gender: gender, city: city}}
"""
    for name in ("crm", "till")
)


def person(number: int) -> dict[str, str]:
    """One of 300 people who differ in all they have."""
    return {
        "name": FAMILY[number % 20] + GIVEN[number * 7 % 20] + GIVEN[number // 20 % 20],
        "birthday": f"{1950 + number * 7 % 50}-{1 + number % 12:02}-{1 + number * 5 % 28:02}",
        "gender": ("male", "female")[number * 3 % 7 % 2],
        "city": CITIES[number % 7],
        "phone": f"138{1234 + number * 37 % 1000}{number:04}",
    }


def csv(rows: Mapping[str, Mapping[str, str]]) -> str:
    lines = [",".join((key, *row.values())) for key, row in rows.items()]
    return "\n".join(("number,name,birthday,gender,city,phone", *lines)) + "\n"


CRM = {f"c{number}": person(number) for number in range(300)}
TILL = {f"t{number}": person(number) for number in range(100)} | {
    # 150 has a new phone; 151's wife, who is 277 in the CRM, gave his.
    "moved": person(150) | {"phone": "18812345678"},
    "wife": person(277) | {"phone": person(151)["phone"]},
    # Perhaps 180: another phone, born in another year.
    "perhaps": person(180) | {"phone": "18812345679", "birthday": "1999" + person(180)["birthday"][4:]},
}
MOVED, WIFE, SHARED, PERHAPS = (
    ("crm/c150", "till/moved"), ("crm/c277", "till/wife"), ("crm/c151", "till/wife"), ("crm/c180", "till/perhaps")
)  # fmt: skip


def write(folder: Path, mode: str) -> Project:
    none = {"tags": "tags: {}\n", "segments": "segments: {}\n", "personas": "personas: {}\n"}
    write_tiny(folder, crm=csv(CRM), sources=SOURCES, **none)
    (folder / "data" / "till.csv").write_text(csv(TILL), encoding="utf-8")
    (folder / "identity.yml").write_text(f"fuzzy: {{mode: '{mode}', review: 0.02}}\n", encoding="utf-8")
    project = hx.load(folder)
    project.build().close()
    return project


def listed(project: Project) -> dict[tuple[str, ...], int]:
    """The numbers of the pairs to review."""
    return {tuple(row["records"]): row["number"] for row in project.identity.review()}


def one(project: Project, pair: tuple[str, str]) -> bool:
    """Whether two records are of one customer."""
    with project.open() as build:
        ids = identity(build)
    left, right = (ids[tuple(record.split("/"))] for record in pair)
    return left == right


def test_of_suggested_pairs_the_accepted_one_is_joined_and_the_rejected_one_stays_apart(tmp_path: Path):
    project = write(tmp_path, "suggest")
    waiting = listed(project)
    # SHARED are joined by the phone: whether they are two people is the question.
    assert {MOVED, WIFE, SHARED} <= set(waiting)
    assert (one(project, MOVED), one(project, WIFE), one(project, SHARED)) == (False, False, True)
    project.identity.accept(waiting[MOVED], by="li")
    project.identity.reject(waiting[WIFE], by="li")
    project.identity.reject(waiting[SHARED], by="li")
    # What is decided waits for the build, and is asked no more.
    assert set(listed(project)) == set(waiting) - {MOVED, WIFE, SHARED}
    assert (one(project, MOVED), one(project, SHARED)) == (False, True)

    project.build().close()
    assert (one(project, MOVED), one(project, WIFE), one(project, SHARED)) == (True, False, False)
    assert not {MOVED, WIFE, SHARED} & set(listed(project))
    assert [row["status"] for row in project.identity.statuses().values()] == ["applied"] * 3
    told = project.identity.explain("phone:18812345678")["records"]
    assert [link["by"] for row in told for link in row["links"] if link["kind"] == "decision"] == ["li", "li"]

    first = project.identity.decisions()[0]
    project.identity.undo(first.number, by="li")
    project.build().close()
    assert not one(project, MOVED)
    assert MOVED in listed(project)


def test_where_matching_joins_by_itself_a_grey_pair_is_joined_once_somebody_accepts_it(tmp_path: Path):
    project = write(tmp_path, "on")
    assert one(project, MOVED)
    assert not one(project, PERHAPS)
    project.identity.accept(listed(project)[PERHAPS])
    project.build().close()
    assert one(project, PERHAPS)
    assert PERHAPS not in listed(project)


def test_where_matching_joins_by_itself_a_grey_pair_that_is_rejected_stays_apart_and_is_asked_no_more(tmp_path: Path):
    project = write(tmp_path, "on")
    project.identity.reject(listed(project)[PERHAPS])
    project.build().close()
    assert not one(project, PERHAPS)
    assert PERHAPS not in listed(project)
    with project.open() as build:
        table = build.engine.table("identity_matches")
        rows = build.engine.rows(table.filter(table.right_key == "perhaps"), step="read")
    assert [row["status"] for row in rows if row["left_key"] == "c180"] == ["rejected"]
