"""Cleaning functions: from a value as people typed it to a value that can be compared.

Each is a function of one value and gives null where the value makes no sense. Cleaning what is clean changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from huaxiang.core.text import Text
from huaxiang.core.types import NUMERIC, Type
from huaxiang.expressions.functions import places
from huaxiang.expressions.functions.base import TEXT as TEXTS
from huaxiang.expressions.functions.base import TIMES, Function, Parameter
from huaxiang.expressions.functions.distinct import on_distinct
from huaxiang.expressions.functions.parsing import convert, half_width, one_of, trimmed
from huaxiang.expressions.functions.spellings import WIDTH

MALE = ("m", "male", "man", "boy", "mr", "mr.", "1", "1.0", "男", "男性", "男士", "男生", "先生", "男孩", "公")
FEMALE = ("f", "female", "woman", "girl", "ms", "ms.", "mrs", "mrs.", "miss", "2", "2.0", "女", "女性", "女士", "女生", "小姐",
          "女孩", "太太", "母")  # fmt: skip

_EMAIL = (
    r"^[a-z0-9_+'&%-]+(\.[a-z0-9_+'&%-]+)*@"
    r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z]$"
)
_MOBILE = r"^(?:(?:\+|00)?86)?0?(1[3-9][0-9]{9})$"
_PHONE_SIGNS = re.compile(r"(?i)^tel:|\.0$|[\s().·_−\u200b-]")
_HAN = r"[\x{4E00}-\x{9FFF}]"
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""GB 11643-1999: the weight of each of the first 17 digits; the sum modulo 11 picks the last sign."""


def cleaning_functions() -> dict[str, Function]:
    """What `clean:` may name: the cleaning functions, and those that change letter case."""
    from huaxiang.expressions.functions.scalars import TEXTS as TEXT_FUNCTIONS

    letters = {row.name: row for row in TEXT_FUNCTIONS if row.name in ("lower", "upper")}
    return {row.name: row for row in (*CLEANING, DATE)} | letters


def cleaned(text: Any, names: Iterable[str]) -> Any:
    """A text after the cleaning functions `names`, one after the other."""
    functions = cleaning_functions()
    for name in names:
        text = functions[name].form(text)
    return text


def _phone(text: Any) -> Any:
    import ibis

    return ibis.ifelse(text.re_search(_MOBILE), "+86" + text.right(11), _other_phone(text))


def _parse_phone(text: str) -> str | None:
    import phonenumbers

    word = text.translate(WIDTH)
    bare = _PHONE_SIGNS.sub("", word)
    if mobile := re.fullmatch(_MOBILE, bare):
        return f"+86{mobile[1]}"
    word = re.sub(r"^\s*(?:tel:)?\s*00", "+", word)
    try:
        number = phonenumbers.parse(word, "CN")
    except phonenumbers.NumberParseException:
        return None
    number.extension = None
    if not phonenumbers.is_valid_number(number) or any(sign in word for sign in "*#"):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_other_phone = on_distinct("phone", _parse_phone)


@cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


_simplified = on_distinct("simplify", lambda text: _converter().convert(text))


def _simplify(text: Any) -> Any:
    import ibis

    return ibis.ifelse(text.re_search(_HAN), _simplified(text), text)


def _email(text: Any) -> Any:
    import ibis

    word = half_width(text).lower().re_replace(r"\s|^mailto:|[<>]|[.;,]+$", "").replace("。", ".")
    return ibis.ifelse(word.re_search(_EMAIL) & (word.length() <= 254), word, ibis.null("string"))


def _name(text: Any) -> Any:
    import ibis

    word = trimmed(half_width(text).re_replace(r"[•・‧∙●]", "·").re_replace(r"[\s\x{200B}\x{FEFF}]+", " "))
    return ibis.ifelse(word.re_search(_HAN) & ~word.re_search(r"[A-Za-z]"), word.replace(" ", ""), word).nullif("")


def _gender(value: Any) -> Any:
    import ibis

    word = half_width(convert(value, Type.TEXT)).lower()
    return ibis.cases((one_of(word, MALE), "male"), (one_of(word, FEMALE), "female"), else_=ibis.null("string"))


def _id_card(text: Any) -> Any:
    import ibis

    word = half_width(text).re_replace(r"\s", "").upper()
    formed = word.re_search(r"^[1-9][0-9]{16}[0-9X]$")
    digits = [word.substr(place, 1).try_cast("int64") * weight for place, weight in enumerate(_ID_WEIGHTS)]
    total = digits[0]
    for digit in digits[1:]:
        total = total + digit
    check = ibis.literal("10X98765432").substr(total % 11, 1)
    born = convert(word.substr(6, 8), Type.DATE).notnull()
    return ibis.ifelse(formed & born & (word.substr(17, 1) == check), word, ibis.null("string"))


def _to(type_: Type) -> Callable[[Any], Any]:
    return lambda value: convert(value, type_)


_WRITTEN = TEXTS | NUMERIC
_ANY = TEXTS | NUMERIC | TIMES | {Type.BOOLEAN}


def _row(
    name: str,
    form: Callable[[Any], Any],
    label: tuple[str, str],
    documentation: tuple[str, str],
    example: str,
    *,
    returns: Type = Type.TEXT,
    accepts: frozenset[Type] = TEXTS,
) -> Function:
    parameter = Parameter("value", accepts)
    return Function(name, "cleaning", (parameter,), returns, Text(*label), Text(*documentation), form, example)


CLEANING: tuple[Function, ...] = (
    _row("trim", trimmed, ("Trimmed", "去除首尾空白"),
         ("Without white space at both ends, also ideographic and zero-width; null where nothing remains.",
          "去掉首尾空白（含全角空格和零宽字符）；为空时返回空值。"), "trim(name)"),
    _row("width", half_width, ("Half width", "全角转半角"),
         ("Full-width letters, digits, signs and spaces become half-width.", "全角字母、数字、符号和空格转为半角。"), "width(coupon)"),
    _row("simplify", _simplify, ("Simplified Chinese", "繁体转简体"),
         ("Traditional characters become simplified ones; words stay.", "将繁体字转换为简体字，不改变用词。"), "simplify(address)"),
    _row("digits", lambda t: half_width(t).re_replace("[^0-9]", "").nullif(""), ("Digits", "仅保留数字"),
         ("The digits alone; null where there are none.", "只保留数字；没有数字时为空。"), "digits(member_no)"),
    _row("phone", _phone, ("Phone number", "电话号码"),
         ("The number in the international form +8613812345678. Numbers without country code are Chinese; null where no such "
          "number can exist.", "统一为国际格式 +8613812345678；不带国家码的按中国号码处理；号码不成立时为空。"), "phone(mobile)"),
    _row("email", _email, ("Mail address", "邮箱地址"),
         ("In lower case, half width, without spaces; null where it is no address.", "转小写、半角并去除空格；不是有效邮箱时为空。"),
         "email(mail)"),
    _row("name", _name, ("Person's name", "姓名"),
         ("Half width, spaces collapsed, none inside a Chinese name.", "转半角并合并空格，中文姓名内不留空格。"), "name(customer)"),
    _row("gender", _gender, ("Gender", "性别"),
         ("`male` or `female` from the words and codes in use (男, M, 1; 女, F, 2); null for anything else.",
          "从常见写法和代码（男、M、1；女、F、2）得到 male 或 female；其他为空。"), "gender(sex)", accepts=_WRITTEN),
    _row("number", _to(Type.NUMBER), ("Number", "数值"),
         ("Reads 1,234.5, １２, 1.2万, 3亿, 12%, (5) for minus 5, with or without currency.",
          "识别 1,234.5、１２、1.2万、3亿、12%、表示负数的 (5)，以及带货币符号的写法。"), "number(score)",
         returns=Type.NUMBER, accepts=_ANY),
    _row("money", _to(Type.MONEY), ("Amount", "金额"),
         ("Like number, in hundredths of the currency: ¥1,234.50 is 1234.50.", "同 number，精确到分：¥1,234.50 即 1234.50。"),
         "money(price)", returns=Type.MONEY, accepts=_ANY),
    _row("boolean", _to(Type.BOOLEAN), ("Yes or no", "是否"),
         ("True for true, yes, y, 1, 是, 有; false for false, no, n, 0, 否, 无; null for anything else.",
          "true、yes、y、1、是、有为真；false、no、n、0、否、无为假；其他为空。"), "boolean(is_vip)",
         returns=Type.BOOLEAN, accepts=_ANY),
    _row("moment", _to(Type.MOMENT), ("Moment", "时间"),
         ("A day as date reads it, with a clock time; seconds or milliseconds since 1970; or with an offset such as +08:00. "
          "Without offset the time is that of the project's time zone.",
          "日期（写法同 date）加时间，或 1970 年以来的秒、毫秒数，或带 +08:00 等偏移；不带偏移时按项目时区解释。"), "moment(created)",
         returns=Type.MOMENT, accepts=_ANY),
    _row("province", on_distinct("province", places.province), ("Province", "省份"),
         ("The short name (广东) from 广东省, 粤, Guangdong, GD, 44 or 440000; null for what is no province.",
          "由 广东省、粤、Guangdong、GD、44、440000 等得到简称（广东）；不是省份时为空。"), "province(region)"),
    _row("city", on_distinct("city", places.city), ("City", "城市"),
         ("The short name (广州) from 广州市, 广东省广州市 or Guangzhou; cities that are not in our table lose 市 only.",
          "由 广州市、广东省广州市、Guangzhou 得到简称（广州）；不在城市表中的仅去掉“市”。"), "city(town)"),
    _row("city_tier", on_distinct("city_tier", places.city_tier), ("City tier", "城市线级"),
         ("tier_1, new_tier_1, tier_2, tier_3 or tier_4 of a Chinese city; null for others.",
          "中国城市的线级：tier_1 一线、new_tier_1 新一线、tier_2 二线、tier_3 三线、tier_4 四线及以下；其他为空。"),
         "city_tier(city)"),
    _row("country", on_distinct("country", places.country), ("Country", "国家"),
         ("The two-letter ISO code from a Chinese or English name; null for what is no country.",
          "由中英文名称得到两位 ISO 国家代码；不是国家时为空。"), "country(nation)"),
    _row("id_card", _id_card, ("Identity card number", "身份证号"),
         ("The 18 signs of a Chinese identity card, checked by date and last sign (GB 11643); null where wrong.",
          "18 位身份证号，按出生日期和校验码（GB 11643）校验；不正确时为空。"), "id_card(card_no)"),
)  # fmt: skip

DATE = _row(
    "date", _to(Type.DATE), ("Day", "日期"),
    ("Reads 2026-01-31, 2026/1/31, 20260131, 31.01.2026, 2026年1月31日, with or without time. Where the year comes last the "
     "day stands before the month, unless only the other order is a day. A moment is its day in the project's time zone.",
     "识别 2026-01-31、2026/1/31、20260131、31.01.2026、2026年1月31日，可带时间。年份在后时按“日.月.年”理解，除非只有“月.日.年”成立。"
     "时间取其在项目时区的日期。"),
    "date(birth)", returns=Type.DATE, accepts=_ANY,
)  # fmt: skip
"""A function of time and of cleaning at once."""
