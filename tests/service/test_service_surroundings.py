"""What processes of a server find in their environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from huaxiang.project.spec import ProjectSpec
from huaxiang.service import aside
from huaxiang.service.surroundings import environment_of_builds, plain_environment

SECRETS = {
    "MAIL_PASSWORD": "hunter2",
    "HOOK_SECRET": "sesame",
    "OIDC_SECRET": "open",
    "MODEL_KEY": "sk-1",
    "CRM_PASSWORD": "swordfish",
    "AWS_SECRET_ACCESS_KEY": "wJalr",
}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    monkeypatch.setenv("LC_TIME", "zh_CN.UTF-8")


def test_work_on_the_projects_own_files_gets_no_secret_but_starts() -> None:
    found = plain_environment()
    assert not SECRETS.keys() & found.keys()
    assert (found["TZ"], found["LC_TIME"], found["PATH"]) == ("Asia/Shanghai", "zh_CN.UTF-8", os.environ["PATH"])
    done = subprocess.run([sys.executable, "-c", "import huaxiang.core.errors"], env=found, check=False)
    assert done.returncode == 0


def test_builds_get_what_sources_may_need_and_not_what_only_the_server_does() -> None:
    spec = ProjectSpec.model_validate(
        {
            "name": "shop",
            "time_zone": "Asia/Shanghai",
            "notify": [{"webhook": "https://chat.example.com/1", "secret": "HOOK_SECRET"}],
            "mail": {"host": "mail.example.com", "from": "a@example.com", "user": "a", "password": "MAIL_PASSWORD"},
            "language_model": {"endpoint": "https://llm.example.com/v1", "model": "small", "key": "MODEL_KEY"},
            "server": {
                "oidc": {
                    "issuer": "https://id.example.com",
                    "client_id": "huaxiang",
                    "client_secret": "OIDC_SECRET",
                    "claim": "groups",
                    "roles": {"staff": "viewer"},
                }
            },
        }
    )
    found = environment_of_builds(spec)
    assert SECRETS.keys() & found.keys() == {"CRM_PASSWORD", "AWS_SECRET_ACCESS_KEY"}


def test_the_writers_of_row_files_and_shelves_get_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started: list[dict[str, Any]] = []

    def start(*_: Any, **options: Any) -> None:
        started.append(options)
        raise OSError("no more processes")

    monkeypatch.setattr(aside.subprocess, "Popen", start)
    with pytest.raises(OSError, match="no more"):
        aside.done_aside("huaxiang.service.row_writer", {"snapshot": "x"}, None)  # type: ignore[arg-type]
    assert not SECRETS.keys() & started[0]["env"].keys()
