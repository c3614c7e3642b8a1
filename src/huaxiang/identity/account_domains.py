"""Mail domains: which are a company's own, and whose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

FREE_MAIL = (
    "qq.com", "vip.qq.com", "foxmail.com", "163.com", "vip.163.com", "126.com", "vip.126.com", "yeah.net", "188.com",
    "sina.com", "sina.cn", "vip.sina.com", "sohu.com", "vip.sohu.com", "139.com", "189.cn", "wo.cn", "tom.com",
    "21cn.com", "aliyun.com", "263.net", "eyou.com", "gmail.com", "googlemail.com", "outlook.com", "hotmail.com",
    "live.com", "live.cn", "msn.com", "yahoo.com", "yahoo.cn", "yahoo.com.cn", "yahoo.co.uk", "yahoo.co.jp",
    "yahoo.com.hk", "yahoo.com.tw", "ymail.com", "rocketmail.com", "icloud.com", "me.com", "mac.com", "aol.com",
    "proton.me", "protonmail.com", "pm.me", "gmx.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "mail.com",
    "mail.ru", "yandex.ru", "yandex.com", "zoho.com", "naver.com", "daum.net", "hanmail.net", "fastmail.com",
    "tutanota.com", "hey.com", "duck.com", "orange.fr", "free.fr", "laposte.net", "libero.it", "btinternet.com",
    "comcast.net", "verizon.net", "att.net", "sbcglobal.net", "docomo.ne.jp", "ezweb.ne.jp", "softbank.ne.jp",
    "rediffmail.com", "uol.com.br", "bol.com.br", "mailinator.com", "10minutemail.com",
)  # fmt: skip
"""Domains at which anybody gets an address; nobody's employer."""


def domain_of(text: Any) -> Any:
    """The domain of a mail or web address, in lower case and without `www.` and `mail.`; null where there is none."""
    bare = (
        text.lower()
        .re_replace(r"^\s*(https?://)?([^@\s/]*@)?(www\.|mail\.|email\.)?", "")
        .re_extract(r"^[^/:?#\s]+", 0)
    )
    return bare.re_extract(r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", 0).nullif("")


def own_domain(domain: Any, more: Sequence[str] = ()) -> Any:
    """The domain where it is a company's own, else null; `more` are further domains of free mail."""
    import ibis

    free = sorted({*FREE_MAIL, *(each.lower() for each in more)})
    return ibis.ifelse(domain.isin(free), ibis.null("string"), domain)
