"""One customer now, ready for JSON and for print."""

from __future__ import annotations

from typing import Any

from huaxiang.core.errors import NotFoundError
from huaxiang.core.moments import Moment
from huaxiang.service.finder import Finder
from huaxiang.service.live.profiles import LiveProfiles


def live_customer(profiles: LiveProfiles, finder: Finder, snapshot: str, identifier: str, at: Moment) -> dict[str, Any]:
    """A customer's segments and tags at `at`. Tags without a value are left out.

    Raises:
        NotFoundError: nobody is known by the identifier in the snapshot.
        UsageError: `at` lies before the snapshot.
    """
    try:
        found = finder.find(identifier)
    except NotFoundError as error:
        raise NotFoundError(f"{error}{_in_the_log(profiles, finder, identifier)}") from None
    profile = profiles.profile(found.number, at)
    return {
        "customer_id": found.customer_id,
        "former": found.former,
        "as_of": at.local.isoformat(),
        "snapshot": snapshot,
        "live": profile.live,
        "as_of_snapshot": list(profile.as_of_snapshot),
        "segments": profile.segments,
        "tags": {name: value for name, value in profile.tags.items() if value is not None},
    }


def _in_the_log(profiles: LiveProfiles, finder: Finder, identifier: str) -> str:
    """A hint where messages name somebody whom no build has met yet."""
    type_, _, value = identifier.partition(":")
    spelled = finder.cleaned(type_, value) if value else None
    rows = profiles.naming(type_, spelled) if spelled else 0
    return f" {rows} live messages do: the next build will say who it is." if rows else ""
