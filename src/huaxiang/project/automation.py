"""What a project may say about building by itself: `schedule:`, `notify:` and `mail:` in `huaxiang.yml`.

schedule: {build: "0 3 * * *"}
mail: {host: smtp.example.com, from: huaxiang@example.com}
notify:
  - {mail: [data@example.com], on: [failure, alert]}
  - {webhook: https://chat.example.com/hooks/1, on: [failure], secret: HOOK_SECRET}
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from huaxiang.core.spec import Spec, TimeZoneField

Event = Literal["failure", "alert", "success"]
"""What somebody may be told of: a build failed, came with alerts that were not there before, or succeeded."""

_SOME_DAY = datetime(2026, 1, 1)
_LOCAL = r"(localhost|127\.0\.0\.1|\[::1\])"
_WEBHOOK = re.compile(rf"https://[^\s/]+(/\S*)?|http://{_LOCAL}(:\d+)?(/\S*)?")
_MAILBOX = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")


def _cron(value: str) -> str:
    from cronsim import CronSim, CronSimError

    text = " ".join(value.split())
    try:
        if len(text.split()) != 5:
            raise CronSimError("five fields are needed")
        CronSim(text, _SOME_DAY)
    except CronSimError as error:
        reason = str(error)[:1].lower() + str(error)[1:]
        raise ValueError(
            f"'{value}' is no time of cron ({reason}): write minute, hour, day, month and weekday, such as 0 3 * * *"
        ) from None
    return text


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _webhook(value: str) -> str:
    if not _WEBHOOK.fullmatch(value):
        raise ValueError("the address of a webhook begins with https://")
    return value


def _mailbox(value: str) -> str:
    if not _MAILBOX.fullmatch(value):
        raise ValueError(f"'{value}' is no address of mail: write one such as data@example.com")
    return value


Mailbox = Annotated[str, AfterValidator(_mailbox)]


class ScheduleSpec(Spec):
    """When the server builds by itself.

    `build` is a time of cron, or several: minute, hour, day of the month, month, weekday. They are read on the clocks
    of `time_zone`, else of the project's.
    """

    build: Annotated[tuple[Annotated[str, AfterValidator(_cron)], ...], BeforeValidator(_several)] = Field(min_length=1)
    time_zone: TimeZoneField | None = None


class NotifySpec(Spec):
    """Whom the server tells how a build went: a `webhook`, or people by `mail`.

    `secret` names the environment variable with the secret that a webhook's messages are signed with.
    """

    webhook: Annotated[str, AfterValidator(_webhook)] | None = Field(default=None, repr=False)
    mail: Annotated[tuple[Mailbox, ...], BeforeValidator(_several)] = ()
    on: tuple[Event, ...] = ("failure", "alert")
    secret: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> NotifySpec:
        if (self.webhook is None) == (not self.mail):
            raise ValueError("name either a 'webhook' or addresses of 'mail'")
        if self.secret is not None and self.webhook is None:
            raise ValueError("'secret' signs the messages of a webhook: mail has none")
        return self


class MailSpec(Spec):
    """The server that takes mail.

    `password` names the environment variable with the password of `user`.
    """

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    sender: Mailbox = Field(alias="from")
    starttls: bool = True
    user: str | None = None
    password: str = "HUAXIANG_MAIL_PASSWORD"  # noqa: S105 - the name of a variable
