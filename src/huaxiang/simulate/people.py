"""The true people: who they are, what they like, when they come, when they stop. No record holds all of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from huaxiang.simulate import names, personas, places
from huaxiang.simulate.columns import (
    Array,
    chance,
    choose,
    cumulative,
    digits,
    hexadecimal,
    join,
    mixed,
    pick,
    scattered,
    text_of,
    where,
)
from huaxiang.simulate.world import DAY, DAYS, END, NEVER, OPENING, START, Block

EDUCATION = ("初中及以下", "高中/中专", "大专", "本科", "硕士及以上")
INCOME = ("5千以下", "5千-1万", "1万-2万", "2万-4万", "4万以上")
MARITAL = ("未婚", "已婚", "离异")
OCCUPATIONS = tuple(dict.fromkeys(job for persona in personas.PERSONAS for job in persona.occupations))

_PREFIXES = [
    str(prefix)
    for prefix in (*range(130, 138), 139, 147, *range(150, 154), *range(155, 160), 166, 170, 173, *range(175, 179),
                   *range(180, 184), *range(185, 190), 191, 195, 198, 199)
]  # fmt: skip
PHONES = 3_899_999_989
"""The largest prime below 39 prefixes × 10⁸: numbers of telephones are below it."""

_SURNAME_SHARES = cumulative([weight for _, _, weight in names.SURNAMES])
GIVEN = names.GIVEN_MALE + names.GIVEN_FEMALE
_NINE_DIGITS = 999_999_937


@dataclass(frozen=True)
class People:
    """The people of a block, one entry per person in every array. Times are civil seconds.

    `member`, `crm`, `app`, `mini`, `web` say in which of the shop's systems a person is. `phone` is the person's own;
    `given_phone` is the one they leave at the shop, which may be that of the family.
    """

    index: Array
    persona: Array
    female: Array
    birthday: Array
    city: Array
    surname: Array
    given: Array
    name: pa.Array
    occupation: Array
    education: Array
    income: Array
    marital: Array
    children: Array
    joined: Array
    churn: Array
    activity: Array
    sensitivity: Array
    satisfaction: Array
    night: Array
    loyal: Array
    uplift: Array
    favourite: Array
    quality: Array
    baby: Array
    phone: pa.Array
    given_phone: pa.Array
    household: Array
    email: pa.Array
    ios: Array
    crm: Array
    member: Array
    app: Array
    mini: Array
    web: Array

    def __len__(self) -> int:
        return len(self.index)

    @property
    def churned(self) -> Array:
        """Who stops buying within the simulated time."""
        return self.churn < END

    @property
    def new_parent(self) -> Array:
        """Who has a child born in the year before the end."""
        return (self.baby > END - 365 * DAY) & (self.baby < END)

    @property
    def person_id(self) -> pa.Array:
        """The id of each person; no file of the shop holds it."""
        return join("P", digits(self.index + 1, 8))

    @property
    def crm_id(self) -> pa.Array:
        """The number of each person's first record in the CRM."""
        return join("C", digits(scattered(self.index * 2, 31, _NINE_DIGITS), 9))

    @property
    def second_crm_id(self) -> pa.Array:
        """The number of the record of those whom the CRM holds twice."""
        return join("C", digits(scattered(self.index * 2 + 1, 31, _NINE_DIGITS), 9))

    @property
    def member_no(self) -> pa.Array:
        """The number on each person's member card."""
        region = text_of(places.REGION_OF[self.city] + 1)
        return join("M", region, digits(scattered(self.index, 57, _NINE_DIGITS), 9))

    @property
    def openid(self) -> pa.Array:
        """Each person's id in the shop's mini-program."""
        return join("o", hexadecimal(mixed(self.index, 11)), hexadecimal(mixed(self.index, 12)))

    @property
    def unionid(self) -> pa.Array:
        """Each person's id across the shop's WeChat applications."""
        return join("u", hexadecimal(mixed(self.index, 13)), hexadecimal(mixed(self.index, 14)))

    def device_id(self, number: int = 0) -> pa.Array:
        """Each person's first (0) or second (1) telephone."""
        return hexadecimal(mixed(self.index * 2 + number, 15))

    def cookie(self, number: int = 0) -> pa.Array:
        """Each person's first (0) or second (1) browser."""
        return join("ck_", hexadecimal(mixed(self.index * 2 + number, 16)))


def make_people(block: Block) -> People:
    """Everybody of a block."""
    random = block.random("people")
    n = block.size
    index = block.first + np.arange(n, dtype=np.int64)
    persona = choose(random, personas.SHARES, n)
    female = chance(random, personas.column("female")[persona], n)
    city = choose(random, places.CITY_SHARES, choose(random, personas.TIER_SHARES, persona))
    surname = choose(random, _SURNAME_SHARES, n)
    given = given_names(random, female)
    joined, churn = _lifetimes(random, persona)
    sensitivity = np.clip(random.normal(personas.column("sensitivity")[persona], 0.1), 0, 1)
    phone = phone_numbers(scattered(index, block.seed, PHONES))
    household, given_phone = _households(random, index, phone)
    age = _ages(random, persona)
    people = People(
        index=index,
        persona=persona,
        female=female,
        birthday=birthdays(random, age),
        city=city,
        surname=surname,
        given=given,
        name=full_names(surname, given),
        occupation=_occupations(random, persona),
        education=np.clip(np.rint(random.normal(_EDUCATION_OF[persona], 0.8)), 0, 4).astype(np.int8),
        income=choose(random, personas.INCOME_SHARES, persona),
        marital=_marital(random, age, persona),
        children=np.zeros(n, np.int8),
        joined=joined,
        churn=churn,
        activity=random.gamma(0.9, 1 / 0.9, n),
        sensitivity=sensitivity,
        satisfaction=np.clip(random.normal(0.72, 0.18, n), 0.05, 1),
        night=chance(random, personas.column("night")[persona], n),
        loyal=chance(random, personas.column("loyal")[persona], n),
        uplift=choose(random, personas.UPLIFT_SHARES, persona),
        favourite=choose(random, personas.CATEGORY_SHARES, persona),
        quality=choose(random, personas.QUALITY_SHARES, persona),
        baby=_babies(random, persona, age),
        phone=phone,
        given_phone=given_phone,
        household=household,
        email=_emails(random, surname, index),
        ios=chance(random, personas.column("ios")[persona], n),
        **_systems(random, persona),
    )
    return _with_children(people, random, age)


def full_names(surname: Array, given: Array) -> pa.Array:
    """Surnames and one or two characters of a given name, as text."""
    second = where(given[:, 2] > 0, pick(GIVEN, given[:, 1]), "")
    return join(pick([s for s, _, _ in names.SURNAMES], surname), pick(GIVEN, given[:, 0]), second)


_EDUCATION_OF = np.array([2.8, 2.6, 1.0, 3.5, 0.9, 2.9, 2.7, 1.8])


def given_names(random: np.random.Generator, female: Array) -> Array:
    """Two characters, and whether the second is used."""
    men, women = len(names.GIVEN_MALE), len(names.GIVEN_FEMALE)
    drawn = random.random((len(female), 2)) * np.where(female, women, men)[:, None]
    characters = drawn.astype(np.int64) + np.where(female, men, 0)[:, None]
    return np.column_stack((characters, random.random(len(female)) < 0.8))


def _ages(random: np.random.Generator, persona: Array) -> Array:
    low, mode, high = personas.column("ages")[persona].T
    return np.floor(random.triangular(low, mode, high + 0.99))


def birthdays(random: np.random.Generator, age: Array) -> Array:
    """The birthdays of people of an age at the end of the simulated time."""
    days = END // DAY - ((age + random.random(len(age))) * 365.2425).astype(np.int64)
    return days.astype("datetime64[D]")


def _lifetimes(random: np.random.Generator, persona: Array) -> tuple[Array, Array]:
    """When people join, some of them years before the simulated time, and when they stop buying."""
    n = len(persona)
    before = START - np.floor(random.exponential(500, n) + 1).astype(np.int64) * DAY
    during = START + np.floor(random.random(n) * (DAYS - 5)).astype(np.int64) * DAY
    joined = np.where(chance(random, 0.3, n), during, np.maximum(before, OPENING))
    joined = joined + (8 * 3600 + random.random(n) * 14 * 3600).astype(np.int64)
    earliest = np.maximum(joined + 60 * DAY, START + 100 * DAY)
    latest = END - 40 * DAY
    stops = chance(random, personas.column("churn")[persona], n) & (earliest < latest)
    at = earliest + ((latest - earliest) * random.random(n)).astype(np.int64)
    return joined, np.where(stops, at, NEVER)


def phone_numbers(numbers: Array) -> pa.Array:
    """Mobile numbers, one for each number below `PHONES`."""
    return join(pick(_PREFIXES, numbers // 100_000_000), digits(numbers % 100_000_000, 8))


def _households(random: np.random.Generator, index: Array, phone: pa.Array) -> tuple[Array, pa.Array]:
    """Households, -1 for nobody else's; in one of them the second person leaves the phone of the first."""
    n = len(index)
    second = chance(random, 0.03, n)
    second[0] = False
    second[1:] &= ~second[:-1]
    first = np.append(second[1:], False)
    household = np.where(second, index - 1, np.where(first, index, -1))
    return household, phone.take(pa.array(np.arange(n) - second))


def _occupations(random: np.random.Generator, persona: Array) -> Array:
    table = np.array([[OCCUPATIONS.index(p.occupations[i % len(p.occupations)]) for i in range(60)] for p in
                      personas.PERSONAS])  # fmt: skip
    own = table[persona, random.integers(0, 60, len(persona))]
    return np.where(chance(random, 0.1, len(persona)), random.integers(0, len(OCCUPATIONS), len(persona)), own)


def _marital(random: np.random.Generator, age: Array, persona: Array) -> Array:
    married = np.clip((age - 21) / 14, 0.0, 0.88)
    married[persona == 0] = 0.97
    u = random.random(len(age))
    return np.where(u < married, 1, np.where((u > 0.95) & (age > 30), 2, 0)).astype(np.int8)


def _babies(random: np.random.Generator, persona: Array, age: Array) -> Array:
    """The birth of the youngest child where that lies within the last 14 months; 0 elsewhere."""
    n = len(persona)
    born = END - (random.random(n) * 420 * DAY).astype(np.int64)
    others = (age >= 25) & (age <= 39) & chance(random, 0.015, n)
    return np.where((persona == 0) | others, born, 0)


def _with_children(people: People, random: np.random.Generator, age: Array) -> People:
    older = np.where(people.marital > 0, random.poisson(np.clip((age - 26) / 11, 0, 1.3)), 0)
    return replace(people, children=np.minimum(older, 3) + (people.baby > 0))


def _emails(random: np.random.Generator, surname: Array, index: Array) -> pa.Array:
    """Addresses at domains that are reserved for examples (RFC 2606)."""
    n = len(index)
    domains = ("example.com", "mail.example.com", "example.net", "vip.example.com", "example.org")
    numbers = text_of(scattered(index, 77, 99_999_989))
    local = join(pick([pinyin for _, pinyin, _ in names.SURNAMES], surname), numbers)
    return join(local, "@", pick(domains, random.integers(0, len(domains), n)))


def _systems(random: np.random.Generator, persona: Array) -> dict[str, Array]:
    """Which of the shop's systems know a person. Everybody is in one at least."""
    n = len(persona)
    store, app, mini, web = (np.array([p.channels for p in personas.PERSONAS])[persona] / 100).T
    known = {
        "member": chance(random, 0.25 + store, n),
        "app": chance(random, 0.15 + 0.85 * app, n),
        "mini": chance(random, 0.15 + 0.85 * mini, n),
        "web": chance(random, 0.10 + 1.2 * web, n),
    }
    # The web knows only those who log in, so it is not enough.
    nowhere = ~(known["member"] | known["app"] | known["mini"])
    return {"crm": chance(random, 0.72, n) | nowhere, **known}
