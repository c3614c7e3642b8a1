"""What is in `deploy/` names commands, options, ports, paths and variables that exist: the code says which."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import typer
from ruamel.yaml import YAML

from huaxiang.cli.app import app

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
UNIT = (DEPLOY / "huaxiang.service").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "guide" / "deploy.md").read_text(encoding="utf-8")
PORT = 8400


def compose() -> dict[str, Any]:
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", (DEPLOY / "compose.yml").read_text(encoding="utf-8"))
    return YAML(typ="safe").load(text)


def instruction(name: str) -> str:
    """The last instruction of that name in the Dockerfile."""
    return re.findall(rf"^{name} (.*)$", DOCKERFILE, re.MULTILINE)[-1]


def parsed(words: list[str]) -> dict[str, Any]:
    """What our command line understands; an option or a command that does not exist is an error."""
    command, name = typer.main.get_command(app), "huaxiang"
    while subcommands := getattr(command, "commands", None):
        name, *words = words
        command = subcommands[name]
    return {"command": name, **command.make_context(name, words).params}


def served() -> dict[str, list[str]]:
    """Who starts the server → the words after `huaxiang`."""
    unit = re.search(r"^ExecStart=/\S+/huaxiang (.*)$", UNIT, re.MULTILINE)
    assert unit
    return {
        "the image": json.loads(instruction("CMD")),
        "compose": compose()["services"]["server"]["command"],
        "systemd": shlex.split(unit[1]),
    }


@pytest.mark.parametrize("who", ["the image", "compose", "systemd"])
def test_the_server_is_started_with_options_that_it_has(who):
    found = parsed(served()[who])
    assert (found["command"], found["port"]) == ("serve", PORT)
    home = re.search(r"^WorkingDirectory=(.*)$", UNIT, re.MULTILINE)
    assert home
    # Commands without a folder are about the same project.
    assert str(found["folder"]) == (home[1] if who == "systemd" else instruction("WORKDIR"))


def test_a_server_in_a_container_is_trusted_by_its_own_network_alone():
    trusted = parsed(served()["compose"])["trusted"]
    (network,) = compose()["networks"]["default"]["ipam"]["config"]
    assert trusted == [network["subnet"]]


def test_the_image_is_asked_whether_it_is_well_at_an_address_that_it_has():
    from huaxiang.server.health import router

    asked = re.search(r"http://127\.0\.0\.1:(\d+)(/[\w/]+)", DOCKERFILE)
    assert asked
    assert int(asked[1]) == int(instruction("EXPOSE")) == PORT
    assert asked[2] in {route.path for route in router.routes}
    assert compose()["services"]["server"]["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]


def test_the_image_is_made_from_what_is_there():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert json.loads(instruction("ENTRYPOINT")) == list(project["scripts"])
    extras = re.search(r"^ARG EXTRAS=(.*)$", DOCKERFILE, re.MULTILINE)
    assert extras
    assert set(extras[1].split(",")) <= project["optional-dependencies"].keys()
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        for name in line.split()[:-1]:
            assert (ROOT / name).exists(), name
            assert f"!{name.removeprefix('./')}" in sent, f"{name} is not sent to the builder"


def test_who_runs_the_image_is_who_the_guide_names():
    uid = re.search(r"useradd --uid (\d+)", DOCKERFILE)
    assert uid
    assert instruction("USER") == "huaxiang"
    assert f"user {uid[1]}" in GUIDE
    assert f"chown -R {uid[1]}" in GUIDE


def test_variables_that_are_handed_on_are_read_somewhere():
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "huaxiang").rglob("*.py"))
    known = set(re.findall(r'"(HUAXIANG_[A-Z_]+)"', source))
    given = set(compose()["services"]["server"]["environment"])
    named = set(re.findall(r"HUAXIANG_[A-Z_]+", UNIT))
    # The project itself names the address of the database.
    assert given - {"HUAXIANG_DATABASE"} <= known
    assert named <= known
    assert {name for name in known if name.endswith(("_KEY", "_PASSWORD", "_SECRET"))} <= given


def test_secrets_come_from_outside_and_stand_in_no_file():
    text = (DEPLOY / "compose.yml").read_text(encoding="utf-8")
    assert "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?" in text
    assert not re.search(r"(ENV|ARG)\b.*(PASSWORD|SECRET|_KEY)", DOCKERFILE)


def test_the_server_is_given_longer_to_stop_than_it_takes():
    from huaxiang.server.run import FINISHING

    unit = re.search(r"^TimeoutStopSec=(\d+)$", UNIT, re.MULTILINE)
    assert unit
    assert int(unit[1]) > FINISHING
    assert int(compose()["services"]["server"]["stop_grace_period"].removesuffix("s")) > FINISHING


def test_the_server_may_do_little_in_its_container():
    server = compose()["services"]["server"]
    assert (server["read_only"], server["cap_drop"]) == (True, ["ALL"])
    assert server["security_opt"] == ["no-new-privileges:true"]
    written = [volume.rpartition(":")[2] for volume in server["volumes"]]
    compiled = re.search(r"NUMBA_CACHE_DIR=(\S+)", DOCKERFILE)
    assert compiled
    assert any(fnmatch(compiled[1], f"{place}/*") for place in written), "compiled loops could not be kept"


def test_commands_of_the_guide_exist():
    for line in re.findall(r"^    (?:docker (?:exec|run)\b.* )?huaxiang (.+)$", GUIDE, re.MULTILINE):
        words = shlex.split(line)
        if words != ["."]:
            parsed(words)
