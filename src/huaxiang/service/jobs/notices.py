"""Telling people and programs how builds went: what is said, and to whom."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import HuaxiangError, UsageError
from huaxiang.core.text import Text
from huaxiang.project.automation import Event, NotifySpec
from huaxiang.service.jobs.mail import send_mail
from huaxiang.service.jobs.webhook import call_webhook
from huaxiang.store.operational import BuildRun

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace

Row = dict[str, Any]

SAID: dict[Event, Text] = {
    "failure": Text("{project}: the build failed", "{project}：构建失败"),
    "alert": Text("{project}: the build has new alerts", "{project}：构建后出现新的提醒"),
    "success": Text("{project}: the build is done", "{project}：构建完成"),
}
WHY = {
    "project": Text("The definitions hold mistakes.", "定义中有错误。"),
    "source": Text("A source can't be read.", "数据源无法读取。"),
    "data": Text("The data break a rule that blocks.", "数据违反了阻断规则。"),
    "store": Text("The disk or the database refused.", "磁盘或数据库不可用。"),
    "ended": Text("The build was ended from outside.", "构建进程被外部终止。"),
    "lost": Text("The server ended while the build ran.", "构建期间服务意外停止。"),
}
"""Code of an error → what a notice says of it. The message itself may speak of data: it is for those who sign in."""

_OTHER = Text("The build's page says why.", "原因请见构建页面。")


class Notices:
    """Tells whom `notify` in huaxiang.yml names of each build that has ended."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._before: list[Row] = []

    def check(self) -> None:
        """See that the secrets are there.

        Raises:
            UsageError: a variable that `notify` or `mail` names is not set.
        """
        spec = self._workspace.project.loaded.spec
        wanted = [each.secret for each in spec.notify if each.secret]
        if spec.mail is not None and spec.mail.user is not None:
            wanted.append(spec.mail.password)
        for name in wanted:
            if not os.environ.get(name):
                raise UsageError(f"Notices need the environment variable {name}, which is not set.")

    def remember(self, _: BuildRun) -> None:
        """Keep the alerts that are there before a build."""
        self._before = self._alerts() if self._is_wanted("alert") else []

    def tell(self, run: BuildRun) -> None:
        """Tell of a build that has ended. What can't be delivered is logged: a build is none the worse for it."""
        spec = self._workspace.project.loaded.spec
        for event, alerts in self._events(run):
            content = self._content(run, event, alerts)
            for each in spec.notify:
                if event in each.on:
                    self._send(each, content)

    def _events(self, run: BuildRun) -> list[tuple[Event, list[Row]]]:
        if run.state in ("failed", "lost"):
            return [("failure", [])]
        if run.state != "done":
            return []
        known = {(alert["path"], alert["text_en"]) for alert in self._before}
        after = self._alerts() if self._is_wanted("alert") else []
        new = [alert for alert in after if (alert["path"], alert["text_en"]) not in known]
        return [("success", []), *([("alert", new)] if new else [])]  # type: ignore[list-item]

    def _content(self, run: BuildRun, event: Event, alerts: list[Row]) -> Row:
        spec, address = self._workspace.project.loaded.spec, self._workspace.access.settings.address
        language = spec.languages[0]
        subject = SAID[event][language].format(project=spec.label[language] or spec.name)
        lines = [alert[f"text_{language}"] for alert in alerts]
        if event == "failure":
            lines = [WHY.get("lost" if run.state == "lost" else run.code or "", _OTHER)[language]]
        return {
            "event": event,
            "project": spec.name,
            "run": run.number,
            "trigger": run.trigger,
            "state": run.state,
            "code": run.code,
            "snapshot": run.snapshot,
            "started": run.started.isoformat() if run.started else None,
            "ended": run.ended.isoformat() if run.ended else None,
            "subject": subject,
            "lines": lines,
            "link": f"{address}/builds" if address else None,
        }

    def _alerts(self) -> list[Row]:
        from huaxiang.service.alerts import alerts

        if self._workspace.project.serving() is None:
            return []
        try:
            with self._workspace.build() as build:
                return list(alerts(build))
        except HuaxiangError as error:
            _log().error("alerts_not_read", error=type(error).__name__)
            return []

    def _is_wanted(self, event: Event) -> bool:
        return any(event in each.on for each in self._workspace.project.loaded.spec.notify)

    def _send(self, spec: NotifySpec, content: Row) -> None:
        mail = self._workspace.project.loaded.spec.mail
        send: Callable[[], None]
        if spec.webhook is not None:
            url, secret = spec.webhook, os.environ.get(spec.secret or "")
            way, send = "webhook", lambda: call_webhook(url, content, secret)
        else:
            assert mail is not None  # noqa: S101 - the project is refused otherwise
            way, send = "mail", lambda: send_mail(mail, spec.mail, content)
        try:
            send()
        except (HuaxiangError, OSError) as error:
            _log().error("notice_not_delivered", way=way, event_told=content["event"], error=str(error))


def _log() -> Any:
    import structlog

    return structlog.get_logger("huaxiang.notices")
