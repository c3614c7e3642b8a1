"""The types of identifiers that every project knows without saying so, and how a project's own words join them."""

from __future__ import annotations

from collections.abc import Iterable

from huaxiang.core.tables import Privacy
from huaxiang.core.text import Text
from huaxiang.identity.spec import IdentifierSpec, IdentitySpec

TOKEN = "token"  # noqa: S105 - the name of a cleaning function
"""The last cleaning function of types whose values are not kept in clear."""

_JUNK = ("0", "null", "none", "nan", "undefined", "unknown", "n/a", "na", "test", "无", "未知", "空", "测试")
_NO_PHONE = r"^\+?(86)?(" + "|".join(f"{digit}{{5,}}" for digit in range(10)) + "|12345678[0-9]*|13[0-9]00000000)$"
"""All digits alike, counted up, or a prefix and zeros."""

_NO_EMAIL = r"^(test[0-9]*|no-?reply|null|none|undefined|1234?5?6?)@"
_NO_DEVICE_SHAPE = r"^([0:.-]+|[f:.-]+)$"
_NO_DEVICE = (
    "00000000-0000-0000-0000-000000000000",
    "00000000000000000000000000000000",
    "000000000000000",
    "02:00:00:00:00:00",
    "9774d56d682e549c",  # the Android id that a faulty release gave to every device
)


def _type(
    priority: int,
    en: str,
    zh: str,
    limit: int,
    clean: tuple[str, ...] = ("trim",),
    pattern: str | None = None,
    junk: tuple[str, ...] = (),
    junk_pattern: str | None = None,
    single: bool = False,
    privacy: Privacy = "L3",
) -> IdentifierSpec:
    return IdentifierSpec(
        label=Text(en, zh),
        priority=priority,
        limit=limit,
        clean=clean,
        pattern=pattern,
        junk=_JUNK + junk,
        junk_pattern=junk_pattern,
        single=single,
        privacy=privacy,
    )


DEFAULTS: dict[str, IdentifierSpec] = {
    "customer_id": _type(10, "Customer number", "客户编号", 20),
    "crm_id": _type(11, "CRM number", "CRM 编号", 20),
    "member_no": _type(12, "Member number", "会员号", 20, single=True),
    "user_id": _type(13, "User id", "用户 ID", 20, single=True),
    "household_id": _type(14, "Household number", "家庭编号", 20, single=True),
    "unionid": _type(20, "WeChat unionid", "微信 unionid", 20, single=True),
    "openid": _type(21, "WeChat openid", "微信 openid", 20),
    "alipay_id": _type(22, "Alipay user id", "支付宝用户 ID", 20),
    "wecom_id": _type(23, "WeCom external id", "企业微信客户 ID", 20),
    "id_card": _type(30, "Identity card", "身份证号", 10, ("id_card",), single=True, privacy="L4"),
    "phone": _type(
        40,
        "Mobile phone",
        "手机号",
        10,
        ("phone",),
        r"^\+?[0-9]{6,15}$",
        ("13800138000", "13888888888", "12345678910"),
        _NO_PHONE,
    ),
    "email": _type(
        50,
        "E-mail",
        "邮箱",
        10,
        ("email",),
        r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
        ("a@a.com",),
        _NO_EMAIL,
    ),
    "card_no": _type(60, "Card number", "卡号", 10),
    "device_id": _type(70, "Device", "设备号", 20, junk=_NO_DEVICE, junk_pattern=_NO_DEVICE_SHAPE),
    "imei": _type(71, "IMEI", "IMEI", 20, junk=_NO_DEVICE, junk_pattern=_NO_DEVICE_SHAPE),
    "idfa": _type(72, "IDFA", "IDFA", 20, junk=_NO_DEVICE, junk_pattern=_NO_DEVICE_SHAPE),
    "oaid": _type(73, "OAID", "OAID", 20, junk=_NO_DEVICE, junk_pattern=_NO_DEVICE_SHAPE),
    "cookie": _type(80, "Browser cookie", "浏览器 Cookie", 20),
    "session": _type(90, "Session", "会话", 20),
}
"""Identifier types by name. Lower priority is stronger; `limit` counts the records that may share one value.

Single are those that an issuer gives once: a state one identity card, an app one account per phone, a shop one member
card. A customer number is not: systems enter people twice, and finding that out is what identity is for.
"""


def identifier_types(spec: IdentitySpec, mapped: Iterable[str]) -> dict[str, IdentifierSpec]:
    """The identifier types of a project, the strongest first.

    They are those of `identity.yml` and those that sources map (`mapped`). What the project says replaces the
    built-in default key by key; its junk values and pattern come on top of the built-in ones. A type that nobody
    described gets the priority 100 and the limit 20.
    """
    names = {*spec.identifiers, *mapped}
    merged = {name: _merge(name, spec.identifiers.get(name)) for name in names}
    return dict(sorted(merged.items(), key=lambda item: (item[1].priority, item[0])))


def _merge(name: str, own: IdentifierSpec | None) -> IdentifierSpec:
    words = name.replace("_", " ").capitalize()
    base = DEFAULTS.get(name, _type(100, words, words, 20)).model_copy(update={"name": name})
    if own is None:
        return _tokenised(base.model_copy(update={"junk": _spellings(base)}))
    said = {field: getattr(own, field) for field in own.model_fields_set if field != "name"}
    if "junk" in said:
        said["junk"] = tuple(dict.fromkeys((*base.junk, *own.junk)))
    if said.get("junk_pattern") and base.junk_pattern:
        said["junk_pattern"] = f"(?:{base.junk_pattern})|(?:{own.junk_pattern})"
    if not said.get("label", True):
        del said["label"]
    merged = base.model_copy(update=said)
    return _tokenised(merged.model_copy(update={"junk": _spellings(merged)}))


def _tokenised(spec: IdentifierSpec) -> IdentifierSpec:
    """The type whose values become tokens in the end, where they are too sensitive to be kept."""
    if spec.privacy != "L4" or TOKEN in spec.clean:
        return spec
    return spec.model_copy(update={"clean": (*spec.clean, TOKEN)})


def _spellings(spec: IdentifierSpec) -> tuple[str, ...]:
    """The junk values as they are written and, for mainland numbers, as the cleaning of phones writes them."""
    numbers = [junk for junk in spec.junk if "phone" in spec.clean and junk.isdigit() and len(junk) == 11]
    return tuple(dict.fromkeys((*spec.junk, *(f"+86{number}" for number in numbers))))
