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
from huaxiang.expressions.functions import addresses, companies, places, spellings
from huaxiang.expressions.functions.base import TEXT as TEXTS
from huaxiang.expressions.functions.base import TIMES, Function, Parameter
from huaxiang.expressions.functions.distinct import on_distinct
from huaxiang.expressions.functions.parsing import convert, half_width, one_of, trimmed
from huaxiang.expressions.functions.spellings import WIDTH
from huaxiang.expressions.functions.tokens import token

MALE = ("m", "male", "man", "boy", "mr", "mr.", "sir", "gentleman", "1", "1.0", "男", "男性", "男士", "男生", "先生", "男孩",
        "男子", "公", "♂")  # fmt: skip
FEMALE = ("f", "female", "woman", "girl", "ms", "ms.", "mrs", "mrs.", "miss", "madam", "lady", "2", "2.0", "女", "女性",
          "女士", "女生", "小姐", "女孩", "女子", "太太", "母", "♀")  # fmt: skip
DEFAULT_BIRTHDAYS = (
    "0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1901-01-01", "1901-12-13", "1970-01-01",
    "9999-12-31",
)  # fmt: skip
"""Days that programs write where nobody gave one: the first or last that they can count, or their zero."""

_EMAIL = (
    r"^[a-z0-9_+'&%-]+(\.[a-z0-9_+'&%-]+)*@"
    r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z]$"
)
_MOBILE = r"^(?:(?:\+|00)?86)?0?(1[3-9][0-9]{9})$"
_PHONE_SIGNS = re.compile(r"(?i)^tel:|\.0$|[\s().·_−\u200b-]")
_HAN = r"[\x{4E00}-\x{9FFF}]"
_EMOJI = (
    r"[\x{1F000}-\x{1FAFF}\x{2600}-\x{27BF}\x{2B05}-\x{2B55}\x{2300}-\x{23FF}\x{3297}\x{3299}\x{FE0E}\x{FE0F}"
    r"\x{200D}\x{20E3}\x{E0020}-\x{E007F}]+"
)
"""Pictures, with the signs that join, colour and flag them."""
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


def _without_emoji(text: Any) -> Any:
    return trimmed(text.re_replace(_EMOJI, ""))


def _name(text: Any) -> Any:
    import ibis

    word = trimmed(
        half_width(_without_emoji(text)).re_replace(r"[•・‧∙●]", "·").re_replace(r"[\s\x{200B}\x{FEFF}]+", " ")
    )
    return ibis.ifelse(word.re_search(_HAN) & ~word.re_search(r"[A-Za-z]"), word.replace(" ", ""), word).nullif("")


def _gender(value: Any) -> Any:
    import ibis

    word = half_width(convert(value, Type.TEXT)).lower()
    return ibis.cases((one_of(word, MALE), "male"), (one_of(word, FEMALE), "female"), else_=ibis.null("string"))


def _birthday(value: Any) -> Any:
    import ibis

    day = convert(value, Type.DATE)
    return ibis.ifelse(day.isin([ibis.date(default) for default in DEFAULT_BIRTHDAYS]), ibis.null("date"), day)


def _quantity(value: Any) -> Any:
    if not value.type().is_string():
        return convert(value, Type.NUMBER)
    return _in_units(value).try_cast("float64")


_in_units = on_distinct("quantity", spellings.quantity)


def _simplified_first(name: str, function: Callable[[str], str | None]) -> Callable[[Any], Any]:
    """A function of text that reads traditional characters as simplified ones."""
    return on_distinct(name, lambda text: function(_converter().convert(text)))


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
         ("Half width, without emoji, spaces collapsed, none inside a Chinese name.",
          "转半角、去除表情并合并空格，中文姓名内不留空格。"), "name(customer)"),
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
    _row("address", _simplified_first("address", addresses.address), ("Address", "地址"),
         ("One spelling of a Chinese address, with its province and city: 广东深圳南山区科技园1号 for 深圳市 南山区，科技園１号. Other "
          "addresses lose odd spaces only.",
          "统一中文地址写法并补全省市：深圳市 南山区，科技園１号 记为 广东深圳南山区科技园1号；其他地址仅合并空格。"), "address(home)"),
    _row("address_province", _simplified_first("address_province", addresses.province),
         ("Province of an address", "地址中的省份"),
         ("The short name of the province, also where the address names its city only; null where it names neither.",
          "地址所在省份的简称；只写城市时由城市推出，均未写时为空。"), "address_province(home)"),
    _row("address_city", _simplified_first("address_city", addresses.city), ("City of an address", "地址中的城市"),
         ("The short name of the city; null where the address names none. `city_tier` takes it on.",
          "地址所在城市的简称；未写时为空。可再用 city_tier 得到线级。"), "address_city(home)"),
    _row("address_district", _simplified_first("address_district", addresses.district),
         ("District of an address", "地址中的区县"),
         ("The district or county with its ending: 南山区, 昆山市, 桐庐县; null where the address names none.",
          "地址所在区县，保留后缀：南山区、昆山市、桐庐县；未写时为空。"), "address_district(home)"),
    _row("country", on_distinct("country", places.country), ("Country", "国家"),
         ("The two-letter ISO code from a Chinese or English name; null for what is no country.",
          "由中英文名称得到两位 ISO 国家代码；不是国家时为空。"), "country(nation)"),
    _row("id_card", _id_card, ("Identity card number", "身份证号"),
         ("The 18 signs of a Chinese identity card, checked by date and last sign (GB 11643); null where wrong.",
          "18 位身份证号，按出生日期和校验码（GB 11643）校验；不正确时为空。"), "id_card(card_no)"),
    _row("token", token, ("Token", "令牌化"),
         ("What stands for the value: equal for equal values, and of no use without the key in the environment variable "
          "HUAXIANG_TOKEN_KEY; null without a key.",
          "用令牌代替原值：相同的值得到相同的令牌，没有环境变量 HUAXIANG_TOKEN_KEY 中的密钥就无法还原；未设置密钥时为空。"), "token(card_no)"),
    _row("tax_id", on_distinct("tax_id", companies.tax_id), ("Company number", "统一社会信用代码"),
         ("The 18 signs of a unified social credit code, checked by the last sign (GB 32100); null where wrong.",
          "18 位统一社会信用代码，按校验码（GB 32100）校验；不正确时为空。"), "tax_id(credit_code)"),
    _row("company", _simplified_first("company", companies.company), ("Company's name", "企业名称"),
         ("What all spellings of a company's name share: 华为技术 for 華為技術有限公司深圳分公司, acme for ACME Co., Ltd.",
          "去掉公司类型、分支机构、标点和大小写后的企业名称：華為技術有限公司深圳分公司 记为 华为技术，ACME Co., Ltd. 记为 acme。"),
         "company(employer)"),
    _row("account_role", on_distinct("account_role", companies.account_role), ("Role in a purchase", "采购角色"),
         ("`decision_maker`, `payer`, `evaluator` or `user` from the words and titles in use (总经理, CFO, 采购, 技术负责人, end user); "
          "null for anything else.",
          "从常见称呼和职务（总经理、CFO、采购、技术负责人、end user 等）得到 decision_maker 决策者、payer 付款者、evaluator 评估者、"
          "user 使用者；其他为空。"), "account_role(title)"),
    _row("emoji", _without_emoji, ("Without emoji", "去除表情"),
         ("Without emoji and the signs that join and colour them; null where nothing remains.",
          "去掉表情符号及其连接、肤色等控制符；为空时返回空值。"), "emoji(nickname)"),
    _row("birthday", _birthday, ("Birthday", "生日"),
         ("Like date, null for the days that programs write where nobody gave one: 1900-01-01, 1970-01-01, 1899-12-30 …",
          "写法同 date；系统默认日期（1900-01-01、1970-01-01、1899-12-30 等）为空。"), "birthday(birth)",
         returns=Type.DATE, accepts=_ANY),
    _row("quantity", _quantity, ("Quantity", "数量（含单位）"),
         ("A number with a unit in kilograms, metres, litres, square metres or minutes: 5斤 is 2.5, 175cm is 1.75, 1.5小时 is 90; "
          "without unit as number reads it.",
          "把带单位的数换算为千克、米、升、平方米或分钟：5斤 为 2.5，175cm 为 1.75，1.5小时 为 90；不带单位时同 number。"),
         "quantity(weight)", returns=Type.NUMBER, accepts=_WRITTEN),
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
