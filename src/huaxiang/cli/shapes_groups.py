"""How the disagreements of a customer's records, its household and its accounts look on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from huaxiang.cli.output import Output
from huaxiang.core.text import Text

_CONFLICTS = Text("What the records disagree about", "记录不一致的信息")
_CONFLICT = (
    Text("Attribute", "属性"),
    Text("Value that counts", "采用的值"),
    Text("From", "来自"),
    Text("Another record says", "其他记录的值"),
    Text("From", "来自"),
)
_HOUSEHOLD = Text(
    "Household {household_id}: {size} customers, by {shares}", "家庭 {household_id}：{size} 位客户，依据 {shares}"
)
_MEMBER = (Text("Customer", "客户"), Text("Role", "角色"), Text("Shares", "共有信息"))
_ACCOUNTS = Text("Contact of", "所属企业")
_ACCOUNT = (Text("Company", "企业"), Text("Role", "角色"), Text("Title", "职务"), Text("Found by", "依据"))
_COUNTED = Text("Attributes of which records disagree", "记录不一致的属性")
_COUNT = (
    Text("Attribute", "属性"),
    Text("Customers", "客户数"),
    Text("Differing", "不一致客户数"),
    Text("Share", "占比"),
    Text("Most between", "最常见于"),
)
_AGREED = Text("Nowhere do the records of a customer disagree.", "同一客户的各条记录之间没有不一致。")

WORDS: dict[str, Text] = {
    "head": Text("head", "户主"),
    "member": Text("member", "成员"),
    "family": Text("family", "家人"),
    "spouse": Text("spouse", "配偶"),
    "child": Text("child", "子女"),
    "parent": Text("parent", "父母"),
    "decision_maker": Text("decision maker", "决策者"),
    "payer": Text("payer", "付款者"),
    "evaluator": Text("evaluator", "评估者"),
    "user": Text("user", "使用者"),
    "account_id": Text("company number", "企业编号"),
    "tax_id": Text("tax code", "统一社会信用代码"),
    "company": Text("name", "企业名称"),
    "domain": Text("mail domain", "邮箱域名"),
}
"""What readers see for a role, and for what an account was found by."""


def customer_groups(out: Output, found: Mapping[str, Any]) -> None:
    """Print what a customer's records disagree about, its household and its accounts, as far as there are any."""
    _conflicts(out, found["conflicts"])
    home = found["household"]
    if home is not None:
        out.line(_HOUSEHOLD, household_id=home["household_id"], size=home["size"], shares=home["shares"])
        out.table("", _MEMBER, [(row["customer_id"], _word(row["role"]), row["shares"]) for row in home["members"]])
        out.line("")
    if found["accounts"]:
        rows = [(row["name"], _word(row["role"]), row["title"], _word(row["joined_by"])) for row in found["accounts"]]
        out.table(_ACCOUNTS, _ACCOUNT, rows)
        out.line("")


def _conflicts(out: Output, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    listed = [
        (
            row["label"][out.language],
            out.value(row["value"]),
            _record(row),
            out.value(other["value"]),
            _record(other),
        )
        for row in rows
        for other in row["others"]
    ]
    out.table(_CONFLICTS, _CONFLICT, listed)
    out.line("")


def conflict_counts(out: Output, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print of which attributes records disagree, how often, and between which sources most."""
    if not rows:
        out.line(_AGREED)
        return
    listed = [
        (row["label"][out.language], row["customers"], row["differing"], f"{row['share']:.1%}", _most(row["pairs"]))
        for row in rows
    ]
    out.table(_COUNTED, _COUNT, listed)


def _most(pairs: Sequence[Mapping[str, Any]]) -> str:
    if not pairs:
        return ""
    pair = max(pairs, key=lambda pair: pair["differing"])
    names = dict.fromkeys((pair["one"], pair["other"]))
    return " ≠ ".join(names) + f" ({pair['differing']})"


def _record(row: Mapping[str, Any]) -> str:
    return f"{row['source']} {row['record_key']}"


def _word(word: str | None) -> Text | str:
    return WORDS.get(word, word) if word else "–"
