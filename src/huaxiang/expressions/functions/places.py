"""Places as people write them: provinces, cities and their tiers, countries. One function each, from text to a name."""

from __future__ import annotations

import re
from functools import cache

from huaxiang.expressions.functions.distinct import rows
from huaxiang.expressions.functions.spellings import WIDTH

_PROVINCE_ENDING = re.compile(
    r"(特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|省|市| province| sheng|province| city)$"
)
_CITY_ENDING = re.compile(r"(?<=..)(市|地区|盟|[\u4e00-\u9fff]{0,8}族自治州|蒙古自治州|柯尔克孜自治州|州| city| shi)$")
_FOLDED = str.maketrans("", "", " '-.·")
_TIERS = ("tier_1", "new_tier_1", "tier_2", "tier_3", "tier_4")


def province(text: str) -> str | None:
    """The short name of a province: 广东 for 广东省, 粤, Guangdong, GD, 44, 440000 and CN-GD."""
    word = _word(text)
    return _provinces().get(_fold(word)) or _provinces().get(_fold(_PROVINCE_ENDING.sub("", word)))


def city(text: str) -> str | None:
    """The short name of a city: 广州 for 广州市, 广东省广州市 and Guangzhou. A city we don't know loses only 市 and the like."""
    word = _word(text)
    if not word:
        return None
    if not re.search(r"[\u4e00-\u9fff]", word):
        return _known_city(word) or text.strip()
    # Ending after ending, until nothing changes: what was cleaned once stays as it is.
    while not (known := _known_city(word)) and (shorter := _CITY_ENDING.sub("", word).strip()) != word:
        word = shorter
    return known or word


def city_tier(text: str) -> str | None:
    """`tier_1`, `new_tier_1`, `tier_2`, `tier_3` or `tier_4`; None for what is no city of the table."""
    name = _known_city(_word(text))
    return _tiers().get(name) if name else None


def country(text: str) -> str | None:
    """The ISO 3166 code of a country from its Chinese or English name, or from the code itself."""
    word = _word(text)
    return _countries().get(_fold(word))


def _word(text: str) -> str:
    return text.translate(WIDTH).strip().lower()


def _fold(word: str) -> str:
    return word.translate(_FOLDED)


def _known_city(word: str) -> str | None:
    for spelling in _spellings(word):
        if found := _cities().get(_fold(spelling)):
            return found
    return None


def _spellings(word: str) -> list[str]:
    """The word, without its ending, and without a province before it."""
    bare = _CITY_ENDING.sub("", word)
    found = [word, bare]
    for row in rows("provinces"):
        for name in (row["full"], row["name"]):
            if word.startswith(name) and len(word) > len(name) + 1:
                rest = word.removeprefix(name)
                found += [rest, _CITY_ENDING.sub("", rest)]
    return found


@cache
def _provinces() -> dict[str, str]:
    names: dict[str, str] = {}
    for row in rows("provinces"):
        code = row["code"]
        spellings = (row["name"], row["full"], row["abbreviation"], row["iso"], f"cn{row['iso']}", row["english"],
                     row["pinyin"], code, f"{code}0000", f"{code}0000.0", f"{code}.0")  # fmt: skip
        names |= {_fold(spelling.lower()): row["name"] for spelling in spellings}
    return names | {"內蒙古": "内蒙古", "臺灣": "台湾", "廣東": "广东", "macau": "澳门", "hongkongsar": "香港", "xizang": "西藏",
                    "neimeng": "内蒙古", "innermongoliaautonomousregion": "内蒙古"}  # fmt: skip


@cache
def _cities() -> dict[str, str]:
    names: dict[str, str] = {}
    # The larger of two cities that are spelled alike wins: Suzhou is 苏州.
    for row in sorted(rows("cities"), key=lambda row: -_TIERS.index(row["tier"])):
        names |= {row["name"]: row["name"], row["pinyin"]: row["name"]}
    municipal = {f"{name}{ending}": name for name in ("北京", "上海", "天津", "重庆") for ending in ("城区", "市辖区")}
    return names | municipal


@cache
def _tiers() -> dict[str, str]:
    return {row["name"]: row["tier"] for row in rows("cities")}


@cache
def _countries() -> dict[str, str]:
    from babel import Locale

    names: dict[str, str] = {}
    for language in ("en", "zh", "zh_Hant"):
        territories = Locale.parse(language).territories
        names |= {_fold(name.lower()): code for code, name in territories.items() if len(code) == 2 and code.isalpha()}
    codes = {code.lower(): code for code in names.values()}
    return names | codes | {"中华人民共和国": "CN", "中國": "CN", "prchina": "CN", "prc": "CN", "chn": "CN", "usa": "US",
                            "unitedstatesofamerica": "US", "美利坚合众国": "US", "uk": "GB", "greatbritain": "GB",
                            "jpn": "JP", "kor": "KR", "southkorea": "KR", "中国大陆": "CN", "内地": "CN"}  # fmt: skip
