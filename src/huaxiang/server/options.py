"""How the server stands in the network."""

from __future__ import annotations

import re
from dataclasses import dataclass

from huaxiang.core.errors import UsageError

_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")


@dataclass(frozen=True)
class Options:
    """`prefix` is the path that everything is under (`/huaxiang`), `trusted` the addresses or networks of proxies.

    Bodies of requests are at most `largest_body` bytes, and must have come after `patience` seconds.
    """

    prefix: str = ""
    trusted: tuple[str, ...] = ()
    largest_body: int = 10 << 20
    patience: float = 30.0

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.prefix):
            raise UsageError(f"'{self.prefix}' is no path prefix: write one such as /huaxiang.")
        for address in self.trusted:
            _check_network(address)


def _check_network(address: str) -> None:
    from ipaddress import ip_network

    try:
        ip_network(address)
    except ValueError:
        raise UsageError(f"'{address}' is no address or network: write one such as 10.0.0.5 or 10.0.0.0/8.") from None
