"""What the columns of a table about people mean, guessed from their names and their values, and correctable."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from huaxiang.core.text import Text


@dataclass(frozen=True)
class Meaning:
    """A kind of column: its label, the names it goes by, and the pattern that most of its values have, if any."""

    name: str
    label: Text
    names: tuple[str, ...]
    values: str | None = None


@dataclass(frozen=True)
class Guess:
    """What a column seems to mean: `meaning` (None: not used), how sure that is from 0 to 1, and why."""

    column: str
    meaning: str | None
    confidence: float
    reason: Text


_EMAIL = r"[^@\s]+@[^@\s]+"
_PHONE = r"(?=(?:\D*\d){7,15}\D*$)\+?[\d\s().\-－/]+"
_DAY = r"\d{8}|\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:[T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"

MEANINGS: tuple[Meaning, ...] = (
    Meaning("given_name", Text("given name", "名"),
            ("givenname", "firstname", "forename", "fname", "first", "given", "名", "名字")),
    Meaning("family_name", Text("family name", "姓"),
            ("familyname", "surname", "lastname", "lname", "last", "family", "姓", "姓氏")),
    Meaning("full_name", Text("full name", "姓名"),
            ("fullname", "name", "customername", "personname", "membername", "contactname", "realname", "姓名",
             "客户姓名", "会员姓名", "联系人", "收货人", "真实姓名", "客户名称")),
    Meaning("birthday", Text("birthday", "出生日期"),
            ("birthday", "birthdate", "dateofbirth", "dob", "born", "birth", "bday", "生日", "出生日期",
             "出生年月日", "出生"), _DAY),
    Meaning("sex", Text("sex", "性别"), ("sex", "gender", "性别"), r".{1,8}"),
    Meaning("phone", Text("phone", "电话"),
            ("phone", "phonenumber", "mobile", "mobilephone", "mobileno", "telephone", "tel", "cell", "cellphone",
             "phoneno", "手机", "手机号", "手机号码", "电话", "联系电话", "电话号码", "移动电话"), _PHONE),
    Meaning("email", Text("mail address", "邮箱"),
            ("email", "mail", "emailaddress", "mailaddress", "邮箱", "电子邮箱", "电子邮件", "邮件地址"), _EMAIL),
    Meaning("national_id", Text("identity number", "证件号"),
            ("nationalid", "socsecid", "ssn", "socialsecuritynumber", "idcard", "idcardno", "idnumber", "passport",
             "taxid", "身份证", "身份证号", "身份证号码", "证件号", "证件号码", "护照号")),
    Meaning("street_number", Text("street number", "门牌号"),
            ("streetnumber", "housenumber", "streetno", "houseno", "门牌号", "门牌")),
    Meaning("street", Text("street", "街道"),
            ("street", "streetname", "address1", "addressline1", "addr1", "road", "街道", "道路")),
    Meaning("address", Text("address", "地址"),
            ("address", "addr", "fulladdress", "homeaddress", "deliveryaddress", "地址", "详细地址", "收货地址",
             "家庭住址", "通讯地址", "住址")),
    Meaning("address_more", Text("second line of the address", "地址第二行"),
            ("address2", "addressline2", "addr2", "building", "unit", "楼栋", "小区")),
    Meaning("suburb", Text("suburb or district", "区县"),
            ("suburb", "district", "borough", "area", "区县", "区", "县")),
    Meaning("city", Text("city", "城市"), ("city", "town", "cityname", "locality", "城市", "市", "所在城市")),
    Meaning("postcode", Text("postcode", "邮政编码"),
            ("postcode", "zip", "zipcode", "postalcode", "plz", "邮编", "邮政编码"), r"[A-Za-z0-9 \-]{3,10}"),
    Meaning("state", Text("state or province", "省份"), ("state", "province", "region", "省", "省份", "所在省份")),
)  # fmt: skip
"""The kinds of columns that matching knows, in no order of importance."""

BY_NAME = {meaning.name: meaning for meaning in MEANINGS}
IGNORED = "ignore"
"""What a correction writes for a column that must not be used."""

_CONFIRMED = 0.6
"""The share of values with the pattern from which on a name is believed."""
_TELLING = ("email", "phone", "birthday")
"""Meanings whose values alone, without a telling name, are recognised."""
_BY_VALUES_ALONE = 0.9
_SAMPLE = 2000


def guess_meanings(columns: Mapping[str, Sequence[str]], *, key: str) -> list[Guess]:
    """Guess each column of one table from its name and a sample of its values that are not empty.

    A meaning is given once: to the column that is surest, then to the first. The key never means anything.
    """
    guesses = [_guess(name, tuple(values)[:_SAMPLE]) for name, values in columns.items() if name != key]
    best: dict[str, Guess] = {}
    for guess in guesses:
        if guess.meaning and guess.confidence > getattr(best.get(guess.meaning), "confidence", 0.0):
            best[guess.meaning] = guess
    return [
        guess if guess.meaning is None or best[guess.meaning] is guess else _second(guess, best[guess.meaning])
        for guess in guesses
    ]


def correct(guesses: Sequence[Guess], corrections: Mapping[str, Sequence[str]]) -> list[Guess]:
    """The guesses with a person's word in place of ours: `corrections` names the columns of a meaning.

    A column that was guessed to have a corrected meaning loses it. Names of columns that are not there are passed over.
    """
    said = {column: meaning for meaning, columns in corrections.items() for column in columns}
    held = {guess.column for guess in guesses}
    taken = {meaning for column, meaning in said.items() if column in held}
    result = []
    for guess in guesses:
        if guess.column in said:
            meaning = said[guess.column]
            result.append(Guess(guess.column, None if meaning == IGNORED else meaning, 1.0, _SAID))
        elif guess.meaning in taken:
            result.append(Guess(guess.column, None, 1.0, _SAID_OTHER))
        else:
            result.append(guess)
    return result


def _guess(column: str, values: tuple[str, ...]) -> Guess:
    distinct = len(set(values))
    if distinct < 2:
        return Guess(column, None, 1.0, _EMPTY if not values else _CONSTANT)
    plain = re.sub(r"[\W_]+", "", column.lower())
    for meaning in MEANINGS:
        if plain in meaning.names:
            return _with_values(column, meaning, values, 0.9, _NAME)
    for meaning in MEANINGS:
        if any(len(name) > 3 and name in plain for name in meaning.names):
            return _with_values(column, meaning, values, 0.6, _PART)
    for name in _TELLING:
        if _share(BY_NAME[name], values) >= _BY_VALUES_ALONE:
            return Guess(column, name, 0.5, _VALUES)
    return Guess(column, None, 0.5, _UNKNOWN)


def _with_values(column: str, meaning: Meaning, values: tuple[str, ...], confidence: float, reason: Text) -> Guess:
    if meaning.values is None:
        return Guess(column, meaning.name, confidence, reason)
    share = _share(meaning, values)
    if share < _CONFIRMED:
        return Guess(column, None, round(1 - share, 2), _CONTRADICTED)
    return Guess(column, meaning.name, min(0.99, round(confidence + 0.1 * share, 2)), reason)


def _share(meaning: Meaning, values: tuple[str, ...]) -> float:
    pattern = re.compile(meaning.values or "", re.IGNORECASE)
    fits = sum(1 for value in values if pattern.fullmatch(value.strip()) and _plausible(meaning.name, value))
    return fits / len(values)


def _plausible(meaning: str, value: str) -> bool:
    """Eight digits are a day only in a year in which somebody alive may be born."""
    digits = re.sub(r"\D", "", value)
    if meaning != "birthday" or not re.fullmatch(r"\d{8}", value.strip()):
        return True
    return 1850 <= int(digits[:4]) <= date.max.year and int(digits[:4]) <= 2100


def _second(guess: Guess, best: Guess) -> Guess:
    reason = Text(f"{_BETTER.en} '{best.column}'", f"{_BETTER.zh}“{best.column}”")
    return Guess(guess.column, None, guess.confidence, reason)


_NAME = Text("the column's name", "列名吻合")
_PART = Text("part of the column's name", "列名部分吻合")
_VALUES = Text("the form of its values", "值的形式吻合")
_CONTRADICTED = Text("the name says so, but its values do not look like it", "列名吻合，但值的形式不符")
_CONSTANT = Text("one value only: tells nobody apart", "只有一个取值，无法区分客户")
_EMPTY = Text("empty", "没有值")
_UNKNOWN = Text("neither name nor values are known", "列名和值都无法识别")
_BETTER = Text("a better column has this meaning:", "已有更合适的列：")
_SAID = Text("said by you", "由您指定")
_SAID_OTHER = Text("you named another column for it", "您已为该含义指定其他列")
