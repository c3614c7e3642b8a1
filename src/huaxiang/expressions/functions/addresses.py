"""Chinese addresses as people write them: province, city, district, and what is left for the house."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from functools import cache
from typing import NamedTuple

from huaxiang.expressions.functions.distinct import rows
from huaxiang.expressions.functions.spellings import WIDTH

_HAN = re.compile(r"[\u4e00-\u9fff]")
_BEGINNING = re.compile(r"^(?:邮编[::]?)?(?:[0-9]{6}(?![0-9]))?(?:中华人民共和国|中国(?!路|街|大))?")
_SIGNS = re.compile(r"[\s,、。;·]+")
_AFTER_CITY = re.compile(r"(?:市|地区|盟|[\u4e00-\u9fff]{0,8}?自治州)")
_NO_CITY_BEFORE = re.compile(r"[区县旗路街道镇乡村巷弄]")
_NO_PROVINCE_BEFORE = re.compile(r"市|地区|盟|州|[\u4e00-\u9fff]{1,8}?自治[州县]|[路街道巷弄]|大[路街道]")
_OTHER_CITY = re.compile(r"^([\u4e00-\u9fff]{2,4}?)市(?![\u4e00-\u9fff]?[路街道])")
_DISTRICT = re.compile(
    r"^((?:(?![路街道号巷弄村镇乡])[\u4e00-\u9fff]){1,9}?(?:自治县|新区|矿区|区|县|旗|市))(?![路街道])"
)
_NO_DISTRICT = re.compile(r"(?:小|社|园|校|厂|景|院|生活|住宅|宿舍|家属|办公|工业|[东西南北][一二三四五])区$")
_HOUSE = re.compile(r"[0-9]|[一二三四五六七八九十百]+(?:号|栋|幢|座|楼|层|室|单元|弄|组)")

_LONGEST_NAME = 8
"""The signs of 新疆维吾尔自治区, the longest name of a province or city."""


class Address(NamedTuple):
    """The parts of an address; None where it does not say."""

    province: str | None
    city: str | None
    district: str | None
    rest: str


def parts(text: str) -> Address:
    """The parts of a Chinese address: short names of province and city, the district with its ending, and the rest."""
    word = _BEGINNING.sub("", _SIGNS.sub("", text.translate(WIDTH)))
    province, word = _province(word)
    city, word = _city(word, province)
    district, word = _district(word)
    return Address(province or _province_of().get(city or ""), city, district, word)


def province(text: str) -> str | None:
    """The province of an address, also where only its city is named: 广东 for 深圳市南山区…"""
    return parts(text).province


def city(text: str) -> str | None:
    """The city of an address: 深圳 for 广东省深圳市南山区…"""
    return parts(text).city


def district(text: str) -> str | None:
    """The district of an address: 南山区 for 广东省深圳市南山区…"""
    return parts(text).district


def address(text: str) -> str | None:
    """One spelling of an address: 广东深圳南山区科技园1号 for 广东省 深圳市南山区，科技园１号. Others lose odd spaces only."""
    if not _HAN.search(text):
        return " ".join(text.translate(WIDTH).split()) or None
    seen: list[str] = []
    word = text
    while (word := _written(parts(word))) not in seen:
        seen.append(word)
    # Where spellings lead back to each other, the smallest of them stands for all.
    return min(seen[seen.index(word) :]) or None


def is_home(text: str) -> bool:
    """Whether an address names a house: one without any number names a street or a district, where many live."""
    return bool(_HOUSE.search(text))


def _written(found: Address) -> str:
    region = found.province or ""
    if found.city and found.province not in _municipalities():
        region += found.city if found.city in _cities() else f"{found.city}市"
    return region + (found.district or "") + found.rest


def _province(word: str) -> tuple[str | None, str]:
    """The province at the beginning of a text, and what follows."""
    for spelling in _beginnings(word, _provinces()):
        name, rest = _provinces()[spelling], word[len(spelling) :]
        short = spelling == name and name not in _municipalities()
        if not (short and _NO_PROVINCE_BEFORE.match(rest)):
            return name, rest
    return None, word


def _city(word: str, province: str | None) -> tuple[str | None, str]:
    if province in _municipalities():
        for repeated in (f"{province}市", province, "市辖区", "市", "城区"):
            word = word.removeprefix(repeated or "")
        return province, word
    for name in _beginnings(word, _cities()):
        rest = word[len(name) :]
        if ending := _AFTER_CITY.match(rest):
            return name, rest[ending.end() :]
        if not _NO_CITY_BEFORE.match(rest):
            return name, rest
    other = _OTHER_CITY.match(word)
    return (other[1], word[other.end() :]) if other else (None, word)


def _district(word: str) -> tuple[str | None, str]:
    found = _DISTRICT.match(word)
    if not found or _NO_DISTRICT.search(found[1]):
        return None, word
    return found[1], word[found.end() :]


def _beginnings(word: str, names: Container[str]) -> Iterator[str]:
    """The beginnings of a text that are one of `names`, the longest first."""
    for size in range(min(len(word), _LONGEST_NAME), 1, -1):
        if word[:size] in names:
            yield word[:size]


@cache
def _provinces() -> dict[str, str]:
    """Spellings of provinces and their short names."""
    spelled = [(spelling, row["name"]) for row in rows("provinces") for spelling in (row["full"], row["name"])]
    short = [(row["name"] + ending, row["name"]) for row in rows("provinces") for ending in ("省", "自治区")]
    return dict((*short, *spelled))


@cache
def _municipalities() -> frozenset[str]:
    """Provinces that are one city, where the city is not said twice."""
    cities = {row["name"] for row in rows("cities") if row["name"] == row["province"]}
    return frozenset(cities & {row["name"] for row in rows("provinces") if not row["full"].endswith("省")})


@cache
def _cities() -> frozenset[str]:
    return frozenset(row["name"] for row in rows("cities")) - _municipalities()


@cache
def _province_of() -> dict[str, str]:
    return {row["name"]: row["province"] for row in rows("cities")}


PARTS: dict[str, Callable[[str], str | None]] = {
    "address": address,
    "address_province": province,
    "address_city": city,
    "address_district": district,
}
"""The functions over addresses by name."""
