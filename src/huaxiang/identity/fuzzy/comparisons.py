"""How two records are compared, column by column: for each prepared column a list of levels, the closest first.

In a condition `{l}` and `{r}` are the two records' values of the column, `{kl}` and `{kr}` those of its key. A level
says it twice: splink trains with its condition, pairs are compared by its test, of `kernel.py`, which says the same.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from huaxiang.core.text import Text
from huaxiang.identity.fuzzy.prepare import KEYS


@dataclass(frozen=True)
class Level:
    """One degree of likeness. `frequency`: agreeing on a rare value says more than agreeing on a usual one.

    `test` is one of `kernel.TESTS` and says what `condition` does; `least` is the likeness that it asks for.
    """

    condition: str
    test: str
    label: Text
    least: float = 0.0
    frequency: bool = False


SAME = Level("{l} = {r}", "same", Text("the same", "相同"), frequency=True)
SAME_OF_FEW = Level("{l} = {r}", "same", Text("the same", "相同"))
# Who swaps two signs makes one edit here and two there, and the cheaper count spares most pairs the dear one.
_ONE_OFF = "(levenshtein({l}, {r}) <= 2 and damerau_levenshtein({l}, {r}) <= 1)"
_TWO_OFF = "damerau_levenshtein({l}, {r}) <= 2"
_ONE_EDIT = Level(_ONE_OFF, "one_edit", Text("one sign off", "相差一个字符"))
_VERY_LIKE = Level("jaro_winkler_similarity({l}, {r}) >= 0.92", "alike", Text("very like", "非常相似"), least=0.92)
_LIKE = Level("jaro_winkler_similarity({l}, {r}) >= 0.8", "alike", Text("like", "相似"), least=0.8)
_SOUNDS_SAME = Level("{kl} = {kr}", "key_same", Text("the same in Latin letters", "拼音相同"))
_KEY_VERY_LIKE = Level(
    f"jaro_winkler_similarity({{kl}}, {{kr}}) >= 0.92 or {_ONE_OFF.format(l='{kl}', r='{kr}')}",
    "key_close",
    Text("very like", "非常相似"),
    least=0.92,
)
_KEY_LIKE = Level("jaro_winkler_similarity({kl}, {kr}) >= 0.8", "alike", Text("like", "相似"), least=0.8)
_TOKENS = Level(
    "list_has_all(string_split({l}, ' '), string_split({r}, ' '))"
    " or list_has_all(string_split({r}, ' '), string_split({l}, ' '))",
    "words",
    Text("one has all words of the other", "一方包含另一方的全部词"),
)

_NAME = (SAME, _SOUNDS_SAME, _KEY_VERY_LIKE, _KEY_LIKE)
_WORDS = (SAME, _VERY_LIKE, _TOKENS, _LIKE)
# Counting edits is dear: codes whose halves both differ are not looked at.
_HALF_SAME = (
    "(left({l}, length({l}) // 2) = left({r}, length({l}) // 2)"
    " or right({l}, length({l}) // 2) = right({r}, length({l}) // 2))"
)
_CODE = (
    SAME_OF_FEW,
    Level(f"{_HALF_SAME} and {_ONE_OFF}", "half_and_one", _ONE_EDIT.label),
    Level(
        f"{_HALF_SAME} and {_TWO_OFF}",
        "half_and_two",
        Text("two signs off", "相差两个字符"),
    ),
)

_SWAPPED_DAY = Level(
    "substr({l}, 1, 4) = substr({r}, 1, 4) and substr({l}, 5, 2) = substr({r}, 7, 2)"
    " and substr({l}, 7, 2) = substr({r}, 5, 2)",
    "day_month_swapped",
    Text("day and month swapped", "日月颠倒"),
)
_TWO_OF_THREE = Level(
    "(substr({l}, 1, 4) = substr({r}, 1, 4))::int + (substr({l}, 5, 2) = substr({r}, 5, 2))::int"
    " + (substr({l}, 7, 2) = substr({r}, 7, 2))::int >= 2",
    "two_of_day",
    Text("two of year, month and day the same", "年、月、日中有两项相同"),
)
_ONE_PLACE = Level(_ONE_OFF, "one_edit", Text("one digit off", "相差一位数字"))
_SAME_YEAR = Level("substr({l}, 1, 4) = substr({r}, 1, 4)", "same_year", Text("the same year", "同一年"))

_SAME_USER = Level(
    "split_part({l}, '@', 1) = split_part({r}, '@', 1)", "same_user", Text("the same before the @", "@ 之前相同")
)
_LIKE_USER = Level(
    "jaro_winkler_similarity(split_part({l}, '@', 1), split_part({r}, '@', 1)) >= 0.88",
    "like_user",
    Text("like before the @", "@ 之前相似"),
    least=0.88,
)

LEVELS: dict[str, tuple[Level, ...]] = {
    "given_name": _NAME,
    "family_name": _NAME,
    "full_name": (*_NAME, Level("list_has_any(string_split({kl}, ' '), string_split({kr}, ' '))",
                                "a_word", Text("a part the same", "姓或名相同"))),
    "birthday": (SAME_OF_FEW, _SWAPPED_DAY, _ONE_PLACE, _TWO_OF_THREE, _SAME_YEAR),
    "sex": (SAME_OF_FEW,),
    "phone": _CODE,
    "email": (SAME_OF_FEW, _SAME_USER, _ONE_EDIT, _LIKE_USER),
    "national_id": _CODE,
    "street_number": (SAME, _ONE_EDIT),
    "street": _WORDS,
    "address": _WORDS,
    "address_more": _WORDS,
    "suburb": _WORDS,
    "city": (SAME, _VERY_LIKE, _LIKE),
    "postcode": (SAME, _ONE_EDIT),
    "state": (SAME,),
}  # fmt: skip
"""The levels of each meaning, equal values first; below them comes "different", and a missing value says nothing."""

_DIFFERENT = Text("different", "不同")
_SWAPPED = Level(
    "given_name_key_l = family_name_key_r and family_name_key_l = given_name_key_r"
    " and given_name_key_l <> given_name_key_r",
    "swapped",
    Text("given and family name swapped", "姓名颠倒"),
)


def comparisons(columns: Collection[str]) -> list[dict[str, Any]]:
    """Splink's comparisons for the prepared columns that are there."""
    swaps = may_be_swapped(columns)
    finer = bool({"city", "suburb", "postcode"} & set(columns))
    # Who lives in one town lives in one province: agreeing on both is no news.
    left_out = {"state"} if finer else set()
    return [_comparison(name, swaps=swaps) for name in LEVELS if name in columns and name not in left_out]


def may_be_swapped(columns: Collection[str]) -> bool:
    """Whether given and family names stand in columns of their own, so that somebody may exchange them."""
    return {"given_name", "family_name"} <= set(columns)


def levels_of(comparison: str, *, swaps: bool) -> tuple[Level, ...]:
    """The levels of a comparison, the closest first; with `swaps` also that of exchanged names."""
    # A swap is told once, here; the family name then adds nothing.
    return (_SWAPPED, *LEVELS[comparison]) if swaps and comparison == "given_name" else LEVELS[comparison]


def label(comparison: str, level: int) -> Text:
    """What level `level` of a comparison is called, counted as splink does: from 0, "different", upwards."""
    labels = [row.label for row in LEVELS[comparison]]
    return [_DIFFERENT, *reversed(labels)][level] if level <= len(labels) else _SWAPPED.label


def equal_level(comparison: str) -> int:
    """The level of equal values, counted from 0, "different"."""
    return len(LEVELS[comparison])


def rare_level(comparison: str) -> int | None:
    """The level at which a rare value says more than a usual one, counted from 0, "different"; None: there is none."""
    levels = LEVELS[comparison]
    return next((len(levels) - place for place, level in enumerate(levels) if level.frequency), None)


def _comparison(name: str, *, swaps: bool) -> dict[str, Any]:
    levels = [_level(name, level) for level in levels_of(name, swaps=swaps)]
    missing = f'"{name}_l" is null or "{name}_r" is null'
    if swaps and name == "family_name":
        missing += f" or ({_SWAPPED.condition})"
    return {
        "output_column_name": name,
        "comparison_description": name,
        "comparison_levels": [
            {"sql_condition": missing, "label_for_charts": "missing", "is_null_level": True},
            *levels,
            {"sql_condition": "ELSE", "label_for_charts": _DIFFERENT.en},
        ],
    }


def _level(name: str, level: Level) -> dict[str, Any]:
    key = KEYS.get(name, name)
    condition = level.condition.format(l=f'"{name}_l"', r=f'"{name}_r"', kl=f'"{key}_l"', kr=f'"{key}_r"')
    return {"sql_condition": condition, "label_for_charts": level.label.en}
