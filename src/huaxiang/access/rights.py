"""The permission matrix: which role may do what, and up to which privacy class it sees values in clear.

This table is the only place that says so. The desk (`service/desk/`) holds every question against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from huaxiang.core.tables import Privacy
from huaxiang.core.text import Text

Kept = Literal["no", "soon", "first"]
Role = Literal["viewer", "marketer", "analyst", "steward", "privacy_officer", "admin"]

ROLES: Mapping[Role, Text] = {
    "viewer": Text("viewer", "浏览者"),
    "marketer": Text("marketer", "营销人员"),
    "analyst": Text("analyst", "分析师"),
    "steward": Text("data steward", "数据管理员"),
    "privacy_officer": Text("privacy officer", "隐私专员"),
    "admin": Text("administrator", "系统管理员"),
}

CLEARANCE: Mapping[Role, Privacy] = {
    "viewer": "L2",
    "marketer": "L2",
    "analyst": "L2",
    "steward": "L3",
    "privacy_officer": "L4",
    "admin": "L2",
}
"""Role → the highest privacy class whose values it sees; those above are masked.

Who runs the server need not see people.
"""


@dataclass(frozen=True)
class Right:
    """Something that may be done, the roles that may do it, and whether doing it is kept in the audit trail.

    `soon`: it is written with others that come within a moment; `first`: before the answer is given. What is refused is
    kept in any case.
    """

    roles: frozenset[Role]
    label: Text
    trail: Kept = "no"


_ALL: tuple[Role, ...] = ("viewer", "marketer", "analyst", "steward", "privacy_officer", "admin")
_KNOWING: tuple[Role, ...] = ("analyst", "steward", "privacy_officer", "admin")
_PEOPLE: tuple[Role, ...] = ("marketer", "analyst", "steward", "privacy_officer", "admin")


def _right(roles: tuple[Role, ...], en: str, zh: str, trail: Kept = "no") -> Right:
    return Right(frozenset(roles), Text(en, zh), trail)


RIGHTS: Mapping[str, Right] = {
    "overview.read": _right(_ALL, "see the overview", "查看总览"),
    "quality.read": _right(_ALL, "see sources and data quality", "查看数据源与数据质量"),
    "quality.export": _right(_ALL, "download rows in quarantine", "下载隔离数据", "first"),
    "identity.read": _right(_KNOWING, "see who is who", "查看身份识别", "soon"),
    "identity.decide": _right(("steward", "admin"), "decide who is who", "裁决身份归并", "first"),
    "profiles.read": _right(_PEOPLE, "see single customers", "查看单个客户", "soon"),
    "profiles.export": _right(("marketer", "analyst", "privacy_officer"), "export customers", "导出客户", "first"),
    "tags.read": _right(_ALL, "see tags", "查看标签"),
    "tags.write": _right(("analyst", "admin"), "define tags", "定义标签", "first"),
    "segments.read": _right(_ALL, "see segments", "查看分群"),
    "segments.count": _right(_PEOPLE, "count unsaved rules", "试算规则人数"),
    "segments.count_exactly": _right(
        ("privacy_officer",), "see exact counts of small groups", "查看小群体精确人数", "soon"
    ),
    "segments.members": _right(_PEOPLE, "list members of segments", "查看分群成员", "soon"),
    "segments.write": _right(("marketer", "analyst", "admin"), "define segments", "定义分群", "first"),
    "personas.read": _right(_ALL, "see and compare personas", "查看与对比群体画像"),
    "reports.read": _right(_ALL, "make and download reports", "生成与下载报告", "first"),
    "builds.read": _right(_ALL, "see builds", "查看构建"),
    "builds.start": _right(("analyst", "steward", "admin"), "start builds", "启动构建", "first"),
    "live.write": _right(("admin",), "send live messages", "写入实时消息"),
    "account.change": _right(_ALL, "change their own account", "修改自己的账号", "first"),
    "users.manage": _right(("admin",), "manage users and keys", "管理用户与密钥", "first"),
    "trail.read": _right(("privacy_officer", "admin"), "read the audit trail", "查看审计日志", "soon"),
    "backups.read": _right(("privacy_officer", "admin"), "see and verify backups", "查看与校验备份"),
    "backups.make": _right(("admin",), "make and remove backups", "创建与删除备份", "first"),
    "backups.download": _right(("privacy_officer",), "download backups", "下载备份", "first"),
    "metrics.read": _right(("admin",), "read the server's metrics", "读取服务指标"),
}
"""Right → who has it."""
