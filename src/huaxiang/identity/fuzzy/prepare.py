"""Values as they are compared: cleaned by our cleaning functions, with the helper columns that comparisons need.

Every prepared column is text, null where nothing usable is there:

    given_name, family_name, full_name   lower case, simplified
    …_key                                in Latin letters: pinyin of Chinese names; of full names the parts in order
    birthday                             yyyymmdd; eight digits that are no day are kept, for one of them may be a typo
    email, email_user                    the address, and what stands before the @
    phone, sex, national_id, street_number, street, address, address_more, suburb, city, postcode, state
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from huaxiang.expressions.functions.cleaning import cleaning_functions
from huaxiang.expressions.functions.distinct import on_distinct
from huaxiang.expressions.functions.parsing import one_of

if TYPE_CHECKING:
    import ibis

NAMES = ("given_name", "family_name", "full_name")
KEYS = {name: f"{name}_key" for name in NAMES}
HELPERS = frozenset((*KEYS.values(), "email_user"))
"""Columns that are made of others."""

_COMPOUND = frozenset(
    ("欧阳", "司马", "上官", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "东方", "独孤", "南宫",
     "端木", "百里", "长孙", "宇文", "轩辕", "申屠", "太史", "闻人")
)  # fmt: skip
"""Chinese family names of two characters."""


def prepare(table: ibis.Table, meanings: Mapping[str, str], *, full_names: bool) -> dict[str, Any]:
    """The prepared columns of one table as Ibis values; `meanings` is meaning → column.

    `full_names` puts given and family names together, for tables that are compared with one that has full names only.
    """
    import ibis

    texts = {meaning: _given(table[column].cast("string")) for meaning, column in meanings.items()}
    if full_names and "full_name" not in texts and {"given_name", "family_name"} <= set(texts):
        texts["full_name"] = _joined(texts["given_name"], texts["family_name"])
    if full_names:
        texts = {meaning: text for meaning, text in texts.items() if meaning not in ("given_name", "family_name")}
    prepared = {meaning: _PREPARED.get(meaning, _words)(text) for meaning, text in texts.items()}
    return {name: ibis.coalesce(value, ibis.null("string")) for name, value in prepared.items()}


def names(table: ibis.Table) -> dict[str, Any]:
    """The names of a table of prepared columns as words, without mere forms of address.

    A step of its own: in one expression with the cleaning of names, each of its parts would stand hundreds of times.
    """
    import ibis

    words = {name: _words(table[name]) for name in NAMES if name in table.columns}
    return {name: ibis.ifelse(word.re_search(_ADDRESSED), ibis.null("string"), word) for name, word in words.items()}


def helpers(table: ibis.Table) -> dict[str, Any]:
    """The helper columns of a table of prepared ones."""
    found = {
        KEYS[name]: (_full_key if name == "full_name" else _part_key)(table[name])
        for name in NAMES
        if name in table.columns
    }
    if "email" in table.columns:
        found["email_user"] = table["email"].re_extract(r"^([^@+]+)", 1).nullif("")
    return found


def columns_of(meanings: list[Mapping[str, str]]) -> tuple[str, ...]:
    """The prepared columns that tables with these meanings have between them, in order of name."""
    full = wants_full_names(meanings)
    present = {meaning for table in meanings for meaning in table}
    if full:
        present = (present - {"given_name", "family_name"}) | {"full_name"}
    more = {KEYS[name] for name in NAMES if name in present} | ({"email_user"} if "email" in present else set())
    return tuple(sorted(present | more))


def wants_full_names(meanings: list[Mapping[str, str]]) -> bool:
    """Whether some table has names in one column only, so that all must."""
    return any("full_name" in table and not {"given_name", "family_name"} & set(table) for table in meanings)


_NOTHING = ("null", "none", "nan", "n/a", "na", "-", "--", "?", "unknown", "无", "未知", "不详", "空")
"""What people and programs write where they know nothing."""


def _given(text: Any) -> Any:
    import ibis

    return ibis.ifelse(one_of(text.lower(), _NOTHING), ibis.null("string"), text)


def _clean(name: str, value: Any) -> Any:
    return cleaning_functions()[name].form(value)


def _words(text: Any) -> Any:
    """Lower case, simplified, half width, one space between words."""
    return _clean("trim", _clean("simplify", _clean("width", text)).lower().re_replace(r"[\s,;'’`.]+", " "))


_ADDRESSED = r".(先生|女士|小姐|太太|老师)$"
"""A form of address in place of a name: 王女士 is nobody's name, and half a town's."""


def _name(text: Any) -> Any:
    return _clean("name", text)


def _day(text: Any) -> Any:
    import ibis

    read = _clean("date", text)
    digits = text.re_replace(r"\D", "")
    return ibis.coalesce(read.strftime("%Y%m%d"), ibis.ifelse(digits.length() == 8, digits, ibis.null("string")))


def _number(text: Any) -> Any:
    return _clean("width", text).upper().re_replace(r"[\W_]", "").nullif("")


def _phone(text: Any) -> Any:
    """The international form; digits as they are where that form is not possible, for one may be a typo."""
    import ibis

    digits = _clean("digits", text)
    return ibis.coalesce(_clean("phone", text), ibis.ifelse(digits.length() >= 7, digits, ibis.null("string")))


def _email(text: Any) -> Any:
    """The address; with a mistake in it, what was typed."""
    import ibis

    return ibis.coalesce(_clean("email", text), _clean("trim", text.lower()))


def _sex(text: Any) -> Any:
    import ibis

    return ibis.coalesce(_clean("gender", text), _words(text))


_PREPARED: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(NAMES, _name),
    "birthday": _day,
    "sex": _sex,
    "phone": _phone,
    "email": _email,
    "national_id": _number,
    "postcode": _number,
    "street_number": _number,
}
"""How a meaning is prepared; all others are words."""


def _joined(given: Any, family: Any) -> Any:
    import ibis

    chinese = (family + given).re_search(r"^[\x{4E00}-\x{9FFF}\s]+$")
    both = ibis.ifelse(chinese, family + given, given + " " + family)
    return ibis.coalesce(both, family, given)


def _pinyin(text: str) -> str:
    """The text with its Chinese characters as Latin letters, one by one: in a name no phrase says how they are read."""
    return "".join(map(_letters, text))


@cache
def _letters(character: str) -> str:
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(character))


def _latin_part(text: str) -> str | None:
    return re.sub(r"[\W_]+", "", _pinyin(text)) or None


def _latin_full(text: str) -> str | None:
    if re.fullmatch(r"[\u4e00-\u9fff]{2,}", text):
        cut = 2 if text[:2] in _COMPOUND and len(text) > 2 else 1
        parts = [_pinyin(text[:cut]), _pinyin(text[cut:])]
    else:
        parts = [part for part in re.split(r"[\W_]+", _pinyin(text) if not text.isascii() else text) if part]
    return " ".join(sorted(parts)) or None


_part_key = on_distinct("fuzzy_name_part", _latin_part)
_full_key = on_distinct("fuzzy_full_name", _latin_full)
