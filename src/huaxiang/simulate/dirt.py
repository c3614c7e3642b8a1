"""How honest data go wrong: the spellings, slips, defaults and blanks of people who type for a living."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.simulate import names
from huaxiang.simulate.columns import Array, blank, chance, choose, cumulative, digits, join, pick, text_of, where
from huaxiang.simulate.people import GIVEN, People
from huaxiang.simulate.places import CITIES, PROVINCE_SPELLINGS

JUNK_PHONE = "13800138000"
JUNK_EMAIL = "test@test.com"
JUNK_DEVICE = "000000000000000"

_SURNAMES = [surname for surname, _, _ in names.SURNAMES]
_MALE, _FEMALE = ("男", "M", "male", "先生", "男性", " 男 "), ("女", "F", "female", "女士", "女性", "女 ")
_UNKNOWN = (None, "未知", "保密", "U")
_SPELLING_SHARES = cumulative([70, 10, 8, 6, 4, 2])
_PROVINCES = list(PROVINCE_SPELLINGS)
_PROVINCE_OF = np.array([_PROVINCES.index(city.province) for city in CITIES])


def name(random: np.random.Generator, people: People, rows: Array, slips: float = 0.02) -> pa.Array:
    """Names as typed: look-alike characters, traditional characters, blanks, a form of address in place of a name."""
    n = len(rows)
    surname, given, two = people.surname[rows], people.given[rows], people.given[rows, 2] > 0
    drawn = random.random(n)
    lookalikes = [names.LOOKALIKES.get(character, character) for character in GIVEN]
    slip = drawn < slips
    first = pick(GIVEN, given[:, 0])
    last = pick(GIVEN, given[:, 1])
    typed = join(
        pick(_SURNAMES, surname),
        where(slip & ~two, pick(lookalikes, given[:, 0]), first),
        where(two, where(slip, pick(lookalikes, given[:, 1]), last), ""),
    )
    traditional = [names.TRADITIONAL.get(word, word) for word in _SURNAMES]
    odd = drawn - slips
    typed = where((odd >= 0) & (odd < 0.01), join(pick(traditional, surname), first, where(two, last, "")), typed)
    typed = where((odd >= 0.01) & (odd < 0.02), join(pick(_SURNAMES, surname), " ", first, where(two, last, "")), typed)
    title = pick(["先生", "女士"], people.female[rows].astype(np.int8))
    typed = where((odd >= 0.02) & (odd < 0.03), join(pick(_SURNAMES, surname), title), typed)
    return blank(typed, odd > 0.975)


def phone(random: np.random.Generator, phones: pa.Array, *, missing: float, junk: float) -> pa.Array:
    """Phones as typed: with country code, blanks, hyphens or full-width digits, one digit short, junk, or missing."""
    n = len(phones)
    head, middle, tail = (pc.utf8_slice_codeunits(phones, a, b) for a, b in ((0, 3), (3, 7), (7, 11)))
    form = choose(random, cumulative([78, 7, 5, 4, 3, 3]), n)
    forms = (
        phones,
        join(head, " ", middle, " ", tail),
        join(head, "-", middle, "-", tail),
        join("+86 ", phones),
        join("86", phones),
        full_width(phones),
    )
    typed = forms[0]
    for number, text in enumerate(forms[1:], start=1):
        typed = where(form == number, text, typed)
    drawn = random.random(n)
    typed = where(drawn < 0.004, pc.utf8_slice_codeunits(phones, 0, 10), typed)
    typed = where((drawn >= 0.01) & (drawn < 0.01 + junk), JUNK_PHONE, typed)
    return blank(typed, drawn > 1 - missing)


def full_width(text: pa.Array) -> pa.Array:
    """Text with its digits as wide as Chinese characters."""
    for narrow, wide in zip("0123456789", "０１２３４５６７８９", strict=True):
        text = pc.replace_substring(text, narrow, wide)
    return text


def email(random: np.random.Generator, emails: pa.Array, missing: float) -> pa.Array:
    """Addresses as typed: in capitals, with a blank, without the @, a junk address, or missing."""
    drawn = random.random(len(emails))
    typed = where(drawn < 0.03, pc.utf8_upper(emails), emails)
    typed = where((drawn >= 0.03) & (drawn < 0.05), join(" ", emails), typed)
    typed = where((drawn >= 0.05) & (drawn < 0.055), pc.replace_substring(emails, "@", ""), typed)
    typed = where((drawn >= 0.055) & (drawn < 0.06), JUNK_EMAIL, typed)
    return blank(typed, drawn > 1 - missing)


def gender(random: np.random.Generator, female: Array, *, wrong: float = 0.01, unknown: float = 0.06) -> pa.Array:
    """Gender in the many ways in which systems write it; sometimes wrong, sometimes not known."""
    n = len(female)
    spelling = choose(random, _SPELLING_SHARES, n)
    said = female ^ chance(random, wrong, n)
    typed = where(said, pick(_FEMALE, spelling), pick(_MALE, spelling))
    return where(chance(random, unknown, n), pick(_UNKNOWN, random.integers(0, len(_UNKNOWN), n)), typed)


def birthday(random: np.random.Generator, birthdays: Array, missing: float) -> pa.Array:
    """Birthdays in four formats, with system defaults, impossible dates and people of 150 years."""
    n = len(birthdays)
    year, month, day = calendar_parts(birthdays)
    y, m, d = text_of(year), digits(month, 2), digits(day, 2)
    form = choose(random, cumulative([64, 16, 12, 8]), n)
    typed = join(y, "-", m, "-", d)
    typed = where(form == 1, join(y, "/", text_of(month), "/", text_of(day)), typed)
    typed = where(form == 2, join(y, m, d), typed)
    typed = where(form == 3, join(y, "年", text_of(month), "月", text_of(day), "日"), typed)
    drawn = random.random(n)
    typed = where(drawn < 0.03, "1900-01-01", typed)
    typed = where((drawn >= 0.03) & (drawn < 0.033), join(text_of(year - 100), "-", m, "-", d), typed)
    typed = where((drawn >= 0.033) & (drawn < 0.036), join(y, "-02-30"), typed)
    typed = where((drawn >= 0.036) & (drawn < 0.038), "2062-01-01", typed)
    return blank(typed, drawn > 1 - missing)


def province(random: np.random.Generator, city: Array, missing: float) -> pa.Array:
    """The province in full, in short, in Latin letters or as the one character on number plates."""
    n = len(city)
    row = _PROVINCE_OF[city]
    form = choose(random, cumulative([62, 28, 5, 5]), n)
    typed = pick(_PROVINCES, row)
    for number in range(3):
        typed = where(form == number + 1, pick([PROVINCE_SPELLINGS[p][number] for p in _PROVINCES], row), typed)
    return blank(typed, chance(random, missing, n))


def city(random: np.random.Generator, cities: Array, missing: float) -> pa.Array:
    """The city with and without 市, in Latin letters, between blanks."""
    n = len(cities)
    form = choose(random, cumulative([60, 32, 4, 4]), n)
    short = pick([c.name for c in CITIES], cities)
    typed = join(short, "市")
    typed = where(form == 1, short, typed)
    typed = where(form == 2, pick([c.pinyin for c in CITIES], cities), typed)
    typed = where(form == 3, join(" ", short, "市 "), typed)
    return blank(typed, chance(random, missing, n))


def calendar_parts(days: Array) -> tuple[Array, Array, Array]:
    """Year, month and day of civil dates."""
    months = days.astype("datetime64[M]")
    year = months.astype("datetime64[Y]").astype(np.int64) + 1970
    return year, months.astype(np.int64) % 12 + 1, (days - months).astype(np.int64) + 1
