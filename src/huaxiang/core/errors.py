"""Every error that Huaxiang raises.

    HuaxiangError                 code            whose to mend
    ├── ProjectError              project         exposed: the definitions hold mistakes (carries findings)
    ├── SourceError               source          exposed: a source can't be read
    ├── DataError                 data            exposed: the data break a promise, e.g. rows don't balance
    ├── NotFoundError             not_found       exposed: no such customer, tag, segment, snapshot
    ├── UsageError                usage           exposed: a call or command that makes no sense
    ├── SignInError               sign_in         exposed: nobody is signed in, or the password, key or link is wrong
    ├── ForbiddenError            forbidden       exposed: whoever asks has not the right
    ├── ConflictError             conflict        exposed: somebody else has changed it meanwhile
    ├── BusyError                 busy            exposed: too much is asked at once: try again later
    ├── StoreError                store           exposed: disk full, no rights, another build is running
    └── EngineError               engine          internal: the engine refused a statement (carries step and SQL)

An *exposed* error is the user's to mend and its message says how; an *internal* one is ours. Messages are English;
`core.messages.told` tells them in Chinese where people read them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huaxiang.core.findings import Finding


class HuaxiangError(Exception):
    """The root of the tree."""

    code = "huaxiang"
    exposed = True


class ProjectError(HuaxiangError):
    """The project's definitions hold mistakes; `findings` lists all of them."""

    code = "project"

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class SourceError(HuaxiangError):
    """A source can't be read."""

    code = "source"


class DataError(HuaxiangError):
    """The data break a promise that everything after relies on."""

    code = "data"


class NotFoundError(HuaxiangError):
    """No such customer, tag, segment, persona or snapshot."""

    code = "not_found"


class UsageError(HuaxiangError):
    """A call or a command that makes no sense."""

    code = "usage"


class SignInError(HuaxiangError):
    """Nobody is signed in, or what they signed in with is wrong, expired or locked."""

    code = "sign_in"


class ForbiddenError(HuaxiangError):
    """Whoever asks has not the right."""

    code = "forbidden"


class ConflictError(HuaxiangError):
    """Somebody else has changed it meanwhile, or it is there already."""

    code = "conflict"


class BusyError(HuaxiangError):
    """Too much is asked at once; `retry_after` is the seconds after which to try again."""

    code = "busy"

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class StoreError(HuaxiangError):
    """The disk is full, a folder is not ours to write, or another build holds the lock."""

    code = "store"


class EngineError(HuaxiangError):
    """The engine refused a statement."""

    code = "engine"
    exposed = False

    def __init__(self, message: str, *, step: str, sql: str = "") -> None:
        self.step = step
        self.sql = sql
        super().__init__(f"{step}: {message}" + (f"\n{sql}" if sql else ""))
