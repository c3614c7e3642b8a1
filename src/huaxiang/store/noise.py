"""The secret that decides how counts are moved (`core.small_groups`): one per project, made when it is first needed."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from huaxiang.store.failures import storage_failures

FILE = "small_groups.key"
"""The file in `.huaxiang/`. With a new one every count is moved anew, which is one more answer to compare with."""

_BYTES = 32


def noise_secret(folder: Path) -> bytes:
    """The secret of the project whose snapshots are below `folder`.

    Raises:
        StoreError: it can't be read or, the first time, not be written.
    """
    target = folder / FILE
    with storage_failures(folder):
        if not target.exists():
            _write(target, secrets.token_bytes(_BYTES))
        return target.read_bytes()


def _write(target: Path, secret: bytes) -> None:
    """Write it whole, readable by its owner alone; of several processes at once the first one wins."""
    partial = target.with_name(f"{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    try:
        with suppress(FileExistsError):
            os.link(partial, target)
    finally:
        partial.unlink()
