"""Passwords: which are accepted, and how they are kept (argon2id)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from huaxiang.core.text import Text

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 200
"""Longer ones cost time to hash and protect nobody better."""

_COMMONEST = """
123456789012 1234567890123 12345678901234 123456789123 012345678901 987654321098 111111111111 000000000000
112233445566 123123123123 121212121212 123456123456 123456654321 888888888888 666666666666 147258369147 qwertyuiop12
qwertyuiop123 qwertyuiopas qwertyuiopasdf qwerty123456 qwertyuiop[] 1q2w3e4r5t6y 1qaz2wsx3edc 1qazxsw23edc
zaq12wsxcde3 asdfghjkl123 asdfghjklqwe zxcvbnm12345 q1w2e3r4t5y6 abcdefghijkl abcdefg12345 abc123456789
passwordpassword password1234 password12345 password123456 passw0rd1234 p@ssw0rd1234 mypassword123 changemechangeme
changeme1234 letmein12345 letmeinletmein welcome12345 welcome123456 iloveyou1234 iloveyou12345 iloveyouiloveyou
administrator admin1234567 admin12345678 adminadminadmin administrator1 admin@123456 root12345678 test12345678
woaini5201314 woaini1314520 woaini123456 5201314520131 a12345678910 aa123456789a huaxiang1234 huaxianghuaxiang
"""
COMMONEST = frozenset(_COMMONEST.split())
"""The commonest passwords that are long enough; what everybody tries first."""

TOO_SHORT = Text(
    f"A password has at least {MINIMUM_LENGTH} characters; a sentence is easy to remember.",
    f"密码至少 {MINIMUM_LENGTH} 个字符，用一句话更好记。",
)
TOO_LONG = Text(f"A password has at most {MAXIMUM_LENGTH} characters.", f"密码最多 {MAXIMUM_LENGTH} 个字符。")
OWN_NAME = Text("The password must not hold your name.", "密码中不能包含您的用户名。")
TOO_COMMON = Text("This is one of the passwords that everybody tries first.", "这个密码太常见，容易被猜到。")


def objection(password: str, name: str) -> Text | None:
    """Why `password` is not accepted for the user `name`; None where it is."""
    plain = password.strip().casefold()
    if len(password) < MINIMUM_LENGTH:
        return TOO_SHORT
    if len(password) > MAXIMUM_LENGTH:
        return TOO_LONG
    if plain in COMMONEST or len(set(plain)) < 4:
        return TOO_COMMON
    # A short name is part of many words.
    return OWN_NAME if (len(name) >= 4 and name.casefold() in plain) or plain == name.casefold() else None


def hashed(password: str) -> str:
    """The argon2id hash of a password, with its parameters and salt."""
    return _hasher().hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether `password` is the one that was hashed; takes as long where nothing is stored, and says no then."""
    from argon2.exceptions import InvalidHashError, VerificationError

    nobodys = _of_nobody()
    try:
        right = _hasher().verify(stored or nobodys, password[: MAXIMUM_LENGTH + 1])
    except (VerificationError, InvalidHashError):
        return False
    return right and stored is not None


def outdated(stored: str) -> bool:
    """Whether a hash was made with other parameters than new ones are."""
    return _hasher().check_needs_rehash(stored)


@functools.cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    # The second of the parameter sets that OWASP's password storage cheat sheet recommends for argon2id.
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@functools.cache
def _of_nobody() -> str:
    return hashed("the password of nobody")
