"""What columns mean is guessed from names and values, said with its confidence, and can be corrected."""

from __future__ import annotations

import pytest

from huaxiang.identity.fuzzy import correct, guess_meanings


def guessed(**columns: list[str]) -> dict[str, str | None]:
    return {guess.column: guess.meaning for guess in guess_meanings(columns, key="id")}


@pytest.mark.parametrize(
    ("column", "values", "meaning"),
    [
        ("First Name", ["ann", "bob"], "given_name"),
        ("surname", ["lee", "wu"], "family_name"),
        ("姓名", ["张三", "李四"], "full_name"),
        ("出生日期", ["1990年1月31日", "1985-02-03"], "birthday"),
        ("date_of_birth", ["19081209", "19990219"], "birthday"),
        ("手机号", ["13812345678", "+86 138 1234 5679"], "phone"),
        ("customer_email", ["a@b.cn", "c@d.cn"], "email"),
        ("soc_sec_id", ["6988048", "7364009"], "national_id"),
        ("邮编", ["100000", "200000"], "postcode"),
    ],
)
def test_a_column_is_known_by_its_name_in_english_and_chinese(column, values, meaning):
    assert guessed(**{column: values})[column] == meaning


def test_mail_addresses_are_known_by_their_values_alone_with_less_confidence():
    named, unnamed = (guess_meanings({name: ["a@b.cn", "c@d.cn"]}, key="id")[0] for name in ("email", "x1"))
    assert unnamed.meaning == named.meaning == "email"
    assert unnamed.confidence < named.confidence


def test_a_birthday_column_of_strings_is_not_believed():
    (guess,) = guess_meanings({"birthday": ["in spring", "unknown day", "soon"]}, key="id")
    assert guess.meaning is None
    assert "values" in guess.reason.en
    assert guess.reason.zh


def test_a_column_of_one_value_tells_nobody_apart():
    assert guessed(name=["王伟"] * 5) == {"name": None}


def test_the_key_means_nothing_and_a_meaning_is_given_once():
    assert guessed(id=["a@b.cn", "c@d.cn"]) == {}
    assert guessed(mobile=["13812345678", "13812345679"], tel=["13812345670", "13812345671"]) == {
        "mobile": "phone",
        "tel": None,
    }


def test_a_person_has_the_last_word():
    guesses = guess_meanings({"name": ["ann", "bob"], "alias": ["x", "y"], "city": ["a", "b"]}, key="id")
    said = {g.column: g.meaning for g in correct(guesses, {"full_name": ["alias"], "ignore": ["city"]})}
    assert said == {"name": None, "alias": "full_name", "city": None}
