"""Accounts: which spellings are one company, who is its contact, and in which role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from huaxiang.identity import Previous, resolve_identity
from huaxiang.identity.spec import AccountsSpec, IdentifierSpec, IdentitySpec
from huaxiang.store import DuckEngine

Row = dict[str, Any]
COLUMNS = {
    "records": ("id_email", "account_id", "company", "tax_id", "job_title"),
    "contacts": ("id_email", "account_id", "company", "tax_id", "role", "title"),
    "accounts": ("account_id", "company", "tax_id", "domain", "industry", "size", "parent"),
}
HUAWEI, OTHER = "91350100M000100Y43", "9144030071526726XG"


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(threads=2) as opened:
        yield opened


def build(
    engine: DuckEngine,
    spec: AccountsSpec | None = None,
    previous: Previous | None = None,
    **tables: list[Row],
) -> None:
    """Resolve the identity of `tables`; an `email` names the customer."""
    accepted = {}
    for name, rows in tables.items():
        arrays = {
            column: pa.array([row.get(column.removeprefix("id_")) for row in rows], pa.string())
            for column in COLUMNS[name]
        }
        arrays["_source"] = pa.array([name] * len(rows), pa.string())
        arrays["_record_key"] = pa.array([str(place) for place, _ in enumerate(rows)], pa.string())
        accepted[name] = engine.create(f"accepted_{name}", pa.table(arrays), step="fixture")
    identity = IdentitySpec(identifiers={"email": IdentifierSpec(priority=1)}, accounts=spec or AccountsSpec())
    resolve_identity(engine, accepted, identity, previous)


def read(engine: DuckEngine, name: str) -> list[Row]:
    return engine.rows(engine.table(name), step="read")


def staff(engine: DuckEngine) -> dict[str, set[tuple[str, str | None]]]:
    """The contacts of each account by its name: who, by the user of the mail address, and the role."""
    mails = {row["customer_no"]: row["value"].split("@")[0] for row in read(engine, "identifiers")}
    names = {row["account_key"]: row["name"] for row in read(engine, "accounts")}
    found: dict[str, set[tuple[str, str | None]]] = {name: set() for name in names.values()}
    for row in read(engine, "account_contacts"):
        found[names[row["account_key"]]].add((mails[row["customer_no"]], row["role"]))
    return found


def test_spellings_of_one_company_are_one_account(engine: DuckEngine) -> None:
    names = [
        "华为技术有限公司",
        "華為技術有限公司",
        "华为技术有限公司深圳分公司",
        "华为技术 有限公司",
        "ACME Co., Ltd.",
        "Acme Inc",
    ]
    build(engine, records=[{"email": f"p{n}@qq.com", "company": name} for n, name in enumerate(names)])
    people = staff(engine)
    assert sorted(len(those) for those in people.values()) == [2, 4]
    assert len(people["华为技术 有限公司"]) == 4 or len(people["华为技术有限公司"]) == 4


def test_the_tax_number_joins_names_and_keeps_namesakes_apart(engine: DuckEngine) -> None:
    records = [
        {"email": "a@qq.com", "company": "华为技术", "tax_id": HUAWEI},
        {"email": "b@qq.com", "company": "Huawei", "tax_id": HUAWEI},
        {"email": "c@qq.com", "company": "华为技术", "tax_id": OTHER},
        {"email": "d@qq.com", "company": "某某", "tax_id": "123"},  # no such number: the name alone counts
    ]
    build(engine, records=records)
    groups = sorted(sorted(who for who, _ in those) for those in staff_by_key(engine).values())
    assert groups == [["a", "b"], ["c"], ["d"]]


def staff_by_key(engine: DuckEngine) -> dict[str, set[tuple[str, str | None]]]:
    mails = {row["customer_no"]: row["value"].split("@")[0] for row in read(engine, "identifiers")}
    found: dict[str, set[tuple[str, str | None]]] = {}
    for row in read(engine, "account_contacts"):
        found.setdefault(row["account_key"], set()).add((mails[row["customer_no"]], row["role"]))
    return found


def test_a_domain_names_the_account_of_those_who_say_nothing_else_but_free_mail_names_nobody(
    engine: DuckEngine,
) -> None:
    records = [
        {"email": "a@acme.cn", "company": "Acme Ltd"},
        {"email": "b@mail.acme.cn"},
        {"email": "c@gmail.com"},
        {"email": "d@startup.io"},
        {"email": "e@freebies.org"},
    ]
    build(engine, AccountsSpec(free_mail=("freebies.org",)), records=records)
    assert staff(engine) == {"Acme Ltd": {("a", None), ("b", None)}, "startup.io": {("d", None)}}
    assert {row["joined_by"] for row in read(engine, "account_contacts")} == {"company", "domain"}


def test_a_domain_that_several_companies_use_names_none_unless_one_owns_it(engine: DuckEngine) -> None:
    records = [
        {"email": "a@tower.cn", "company": "甲公司"},
        {"email": "b@tower.cn", "company": "乙公司"},
        {"email": "c@tower.cn"},
    ]
    build(engine, records=records)
    assert staff(engine) == {"甲公司": {("a", None)}, "乙公司": {("b", None)}}
    build(
        engine,
        records=records,
        accounts=[{"account_id": "1", "company": "甲公司", "domain": "https://www.tower.cn/cn"}],
    )
    assert staff(engine) == {"甲公司": {("a", None), ("c", None)}, "乙公司": {("b", None)}}


def test_a_customer_has_roles_in_several_accounts(engine: DuckEngine) -> None:
    contacts = [
        {"email": "a@qq.com", "account_id": "1", "role": "采购"},
        {"email": "a@qq.com", "account_id": "1", "role": "拍板人"},
        {"email": "a@qq.com", "account_id": "2", "title": "End User"},
        {"email": "b@qq.com", "account_id": "1", "role": "盖章的"},
        {"email": "c@qq.com", "account_id": "2", "role": "看客"},
        {"account_id": "1", "role": "采购"},  # nobody
    ]
    accounts = [
        {"account_id": "1", "company": "甲公司", "industry": "零售", "size": "大型"},
        {"account_id": "2", "company": "乙公司", "parent": "1"},
    ]
    build(engine, AccountsSpec(roles={"盖章的": "payer"}), contacts=contacts, accounts=accounts)
    assert staff(engine) == {
        "甲公司": {("a", "payer"), ("a", "decision_maker"), ("b", "payer")},
        "乙公司": {("a", "user"), ("c", None)},
    }
    found = {row["name"]: row for row in read(engine, "accounts")}
    assert (found["甲公司"]["industry"], found["甲公司"]["size"], found["甲公司"]["contacts"]) == ("零售", "大型", 2)
    assert (found["乙公司"]["parent"], found["甲公司"]["parent"]) == (found["甲公司"]["account_key"], None)
    mails = {row["customer_no"]: row["value"].split("@")[0] for row in read(engine, "identifiers")}
    told = {mails[row["customer_no"]]: row for row in read(engine, "attributes")}
    assert (told["a"]["account_role"], told["a"]["account_count"], told["a"]["account_name"]) == (
        "decision_maker",
        2,
        "甲公司",
    )
    assert (told["c"]["account_role"], told["c"]["account_count"]) == (None, 1)


def test_the_account_key_stays_when_a_company_is_renamed(engine: DuckEngine) -> None:
    build(engine, records=[{"email": "a@qq.com", "company": "甲公司", "tax_id": HUAWEI}])
    (before,) = read(engine, "accounts")
    names = ("customers", "identity", "identifiers", "account_keys")
    former = {name: engine.create(f"former_{name}", engine.table(name), step="copy") for name in names}
    previous = Previous(former["customers"], former["identity"], former["identifiers"], former)
    build(engine, previous=previous, records=[{"email": "a@qq.com", "company": "丙公司", "tax_id": HUAWEI}])
    (after,) = read(engine, "accounts")
    assert (after["account_key"], after["name"]) == (before["account_key"], "丙公司")


def test_the_order_of_rows_changes_nothing(engine: DuckEngine) -> None:
    records = [
        {"email": "a@acme.cn", "company": "华为技术", "tax_id": HUAWEI},
        {"email": "b@acme.cn", "company": "华为技术", "tax_id": OTHER},
        {"email": "c@else.cn", "company": "华为技术"},
        {"email": "d@else.cn"},
    ]
    build(engine, records=records)
    first = staff_by_key(engine)
    build(engine, records=records[::-1])
    assert staff_by_key(engine) == first


@pytest.mark.parametrize("tables", [{}, {"records": []}, {"records": [{"email": "a@qq.com"}]}])
def test_without_companies_there_are_no_accounts(engine: DuckEngine, tables: dict[str, list[Row]]) -> None:
    build(engine, **tables)  # type: ignore[arg-type]
    assert read(engine, "accounts") == []
    assert read(engine, "account_contacts") == []
