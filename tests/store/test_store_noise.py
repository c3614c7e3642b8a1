"""The secret that decides how counts are moved: made once, kept, and nobody else's to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.core.errors import StoreError
from huaxiang.store.noise import FILE, noise_secret


def test_the_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path):
    secret = noise_secret(tmp_path)
    assert len(secret) == 32
    assert noise_secret(tmp_path) == secret
    assert [(file.name, file.stat().st_mode & 0o777) for file in tmp_path.iterdir()] == [(FILE, 0o600)]


def test_two_projects_have_two_secrets(tmp_path: Path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    assert noise_secret(one) != noise_secret(other)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(StoreError):
        noise_secret(tmp_path / "gone")
