"""`huaxiang link` on files: what it finds, what it says, and what it refuses."""

from __future__ import annotations

import csv
import random
from collections import Counter
from pathlib import Path

import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from huaxiang.cli.app import app
from huaxiang.core.errors import SourceError, UsageError
from huaxiang.service.linking import link_files

FEBRL = Path(__file__).parent.parent / "data" / "febrl1.csv"
SHARED = Path("/work/shared/data/febrl")


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def customers(path: Path) -> dict[tuple[str, str], str]:
    rows = pq.read_table(path).to_pylist()
    return {(row["source"], row["record_key"]): row["customer_id"] for row in rows}


def pairwise(found: list[str], true: list[str]) -> tuple[float, float]:
    def pairs(labels) -> int:
        return sum(count * (count - 1) // 2 for count in Counter(labels).values())

    right = pairs(zip(found, true, strict=True))
    return right / max(pairs(found), 1), right / pairs(true)


def score(path: Path) -> tuple[float, float]:
    table = pq.read_table(path)
    return pairwise(table["customer_id"].to_pylist(), [key.split("-")[1] for key in table["record_key"].to_pylist()])


FAMILY = ("王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "欧阳", "马", "朱", "胡", "郭", "何")
GIVEN = (
    "伟",
    "芳",
    "娜",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "军",
    "洋",
    "勇",
    "艳",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "秀英",
    "建国",
    "小红",
)


def chinese_people(count: int) -> list[dict[str, str]]:
    chance = random.Random(7)
    return [
        {
            "会员号": f"M{number:04}",
            "姓名": chance.choice(FAMILY) + chance.choice(GIVEN) + chance.choice(("", *GIVEN)),
            "手机号": f"13{chance.randrange(10**9):09}",
            "出生日期": f"{chance.randrange(1950, 2005)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
            "城市": chance.choice(("北京", "上海", "广州", "成都", "杭州", "武汉")),
        }
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def two_files(tmp_path_factory) -> Path:
    """400 members; 120 of them stand in a second file too, in Latin letters, traditional, or with a phone mistyped."""
    from opencc import OpenCC
    from pypinyin import lazy_pinyin

    folder = tmp_path_factory.mktemp("link")
    people = chinese_people(400)
    others = []
    for number, person in enumerate(people[:120]):
        name, phone = person["姓名"], person["手机号"]
        if number % 3 == 0:
            cut = 2 if name.startswith("欧阳") else 1
            name = f"{''.join(lazy_pinyin(name[cut:]))} {''.join(lazy_pinyin(name[:cut]))}".title()
        elif number % 3 == 1:
            name = OpenCC("s2t").convert(name)
        else:
            phone = phone[:5] + str((int(phone[5]) + 1) % 10) + phone[6:]
        others.append({"uid": f"W{number:04}", "name": name, "mobile": "+86 " + phone, "dob": person["出生日期"]})
    others.append({"uid": "W9999", "name": "", "mobile": "", "dob": "未知"})
    members, web = write(folder / "members.csv", people), write(folder / "web.csv", others)
    out, pairs = folder / "identity.parquet", folder / "pairs.parquet"
    run = ["link", str(members), str(web), "--key", "会员号", "--key", "uid", "--out", str(out), "--pairs", str(pairs)]
    shown = CliRunner().invoke(app, [*run, "--once", "members", "--language", "zh"])
    assert shown.exit_code == 0, shown.output
    (folder / "shown.txt").write_text(shown.stdout, encoding="utf-8")
    return folder


def test_chinese_names_match_in_pinyin_western_order_and_traditional_characters(two_files):
    found = customers(two_files / "identity.parquet")
    right = sum(found["web", f"W{number:04}"] == found["members", f"M{number:04}"] for number in range(120))
    assert right == 120
    assert len(set(found.values())) == 401


def test_every_column_that_means_something_takes_part(two_files):
    steps = pq.read_table(two_files / "pairs.parquet")["column"].to_pylist()
    assert set(steps) == {"prior", "full_name", "birthday", "phone", "city"}


def test_a_record_with_nothing_is_a_customer_of_its_own(two_files):
    found = customers(two_files / "identity.parquet")
    assert Counter(found.values())[found["web", "W9999"]] == 1


def test_the_steps_of_a_pair_add_up_to_its_weight(two_files):
    steps = pq.read_table(two_files / "pairs.parquet").to_pylist()
    sums: Counter = Counter()
    weights = {}
    for step in steps:
        pair = (step["source_a"], step["record_key_a"], step["source_b"], step["record_key_b"])
        sums[pair] += step["bits"]
        weights[pair] = step["weight"]
    assert weights
    assert {pair: pytest.approx(weight, abs=0.01) for pair, weight in weights.items()} == dict(sums)
    assert any(step["level_zh"] == "拼音相同" for step in steps)


def test_the_command_says_what_columns_mean_and_how_sure_it_is(two_files):
    shown = (two_files / "shown.txt").read_text(encoding="utf-8")
    for text in ("members 各列的含义", "姓名", "手机号", "列名吻合", "预计准确率"):
        assert text in shown


@pytest.mark.slow
def test_febrl_1_is_matched_with_the_precision_and_recall_of_the_issue_and_equally_every_time(tmp_path):
    one, two = tmp_path / "1.parquet", tmp_path / "2.parquet"
    found = link_files([FEBRL], key="rec_id", out=one)
    precision, recall = score(one)
    assert precision >= 0.995
    assert recall >= 0.98
    assert found["expected_precision"] >= 0.995
    assert sum(row["records"] * row["customers"] for row in found["sizes"]) == found["records"] == 1000
    assert link_files([FEBRL], key="rec_id", out=two)["threshold"] == found["threshold"]
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the public data in /work/shared/data/febrl")
@pytest.mark.parametrize("number", [2, 3])
def test_febrl_2_and_3_are_matched_with_the_precision_and_recall_of_the_issue(number, tmp_path):
    link_files([SHARED / f"dataset{number}.csv"], key="rec_id", out=tmp_path / "out.parquet")
    precision, recall = score(tmp_path / "out.parquet")
    assert precision >= 0.995
    assert recall >= 0.98


def test_a_source_whose_every_name_is_the_same_merges_nobody(tmp_path):
    rows = [{"id": str(number), "name": "王伟"} for number in range(50)]
    found = link_files([write(tmp_path / "a.csv", rows)], key="id", out=tmp_path / "out.csv")
    assert found["customers"] == found["records"] == 50
    assert pacsv.read_csv(tmp_path / "out.csv").num_rows == 50


def test_a_birthday_column_of_strings_is_left_out_and_said(tmp_path):
    rows = [{"id": str(number), "birthday": f"text {number}"} for number in range(10)]
    found = link_files([write(tmp_path / "a.csv", rows)], key="id", out=tmp_path / "out.csv")
    (column,) = found["sources"][0]["columns"]
    assert column["meaning"] is None
    assert "values" in column["reason"]["en"]
    assert found["customers"] == 10


def test_rows_that_repeat_a_key_are_one_record_and_rows_without_one_are_kept(tmp_path):
    rows = [{"id": key, "city": city} for key, city in (("a", "x"), ("a", "y"), ("", "z"), ("b", "w"))]
    found = link_files([write(tmp_path / "a.csv", rows)], key="id", out=tmp_path / "out.parquet")
    assert (found["repeated_keys"], found["without_key"]) == (1, 1)
    assert sorted(key for _, key in customers(tmp_path / "out.parquet")) == ["#3", "a", "b"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"key": "idd"}, "Did you mean 'id'"),
        ({"mapping": {"given_nam": ["name"]}}, "Did you mean 'given_name'"),
        ({"mapping": {"given_name": ["naem"]}}, "Did you mean 'name'"),
        ({"exclusive": ["b"]}, "No source is named 'b'"),
        ({"precision": 1.0}, "makes no sense"),
        ({"out": Path("x.xlsx")}, "ends in .parquet or .csv"),
        ({"out": Path("/no/where/x.csv")}, "there is no folder"),
    ],
)
def test_a_call_that_makes_no_sense_says_what_would(tmp_path, change, said):
    path = write(tmp_path / "a.csv", [{"id": "1", "name": "a"}, {"id": "2", "name": "b"}])
    with pytest.raises(UsageError, match=said):
        link_files([path], **({"key": "id", "out": tmp_path / "out.csv"} | change))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"no\.csv"):
        link_files([tmp_path / "no.csv"], key="id", out=tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()
