"""Whether a server can be deployed as `compose.yml` says: builds the image, and goes through a day with it.

    python deploy/trial.py
    python deploy/trial.py --engine podman --compose podman-compose

needs Docker with Compose, or Podman with podman-compose, and nothing but Python's own library. It tries the starter
project in a folder of its own: first start, sign-in, a build, backup and restore, a restart, the end. What is set in
the environment counts (BASE, POSTGRES_IMAGE, PIP_INDEX_URL). Ends with 1 at the first promise that is not kept;
containers, volumes and the folder are removed, the image stays.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

COMPOSE_FILE = Path(__file__).parent / "compose.yml"
PROJECT = "huaxiang-trial"
ADDRESS = "http://localhost:8400"
PASSWORD = "the trial of a deployment"
DATABASE_PASSWORD = "trial"
BUILD_TOOLS = ("gcc", "cc", "ld", "make", "git", "/opt/huaxiang/bin/pip")


class Trial:
    """The containers, by the commands of the engine that runs them."""

    def __init__(self, engine: str, compose: str, folder: Path) -> None:
        self.engine = shlex.split(engine)
        self.compose = [*shlex.split(compose), "-p", PROJECT, "-f", str(COMPOSE_FILE)]
        self.folder = folder
        self.environment = {
            **os.environ,
            # Podman's own form of images knows no health checks.
            "BUILDAH_FORMAT": "docker",
            "HUAXIANG_PROJECT": str(folder / "shop"),
            "POSTGRES_PASSWORD": DATABASE_PASSWORD,
            "HUAXIANG_TRAIL_KEY": "trial",
        }
        self.browser = build_opener(HTTPCookieProcessor(CookieJar()))
        self.key = ""

    def run(self, *command: str, given: bytes | None = None) -> str:
        """What a command prints; its end with another code than 0 ends the trial."""
        done = subprocess.run(command, input=given, capture_output=True, env=self.environment, check=False)
        if done.returncode:
            raise AssertionError(f"{shlex.join(command)}: {(done.stdout + done.stderr).decode()[-2000:]}")
        return done.stdout.decode(errors="replace")

    def container(self, service: str) -> str:
        """The container of a service."""
        found = self.run(*self.engine, "ps", "--all", "--format", "{{.Names}}").split()
        return next(name for name in found if re.fullmatch(rf"{PROJECT}[-_]{service}[-_]1", name))

    def inside(self, service: str, *command: str, given: bytes | None = None) -> str:
        """What a command prints that is run in the container of a service."""
        return self.run(*self.engine, "exec", "--interactive", self.container(service), *command, given=given)

    def image(self, *command: str, entrypoint: str = "huaxiang") -> str:
        """What a command prints in a container of its own."""
        return self.run(*self._once(entrypoint), "huaxiang", *command)

    def _once(self, entrypoint: str) -> list[str]:
        return [*self.engine, "run", "--rm", "--volume", f"{self.folder}:/trial", "--entrypoint", entrypoint]

    def clear_up(self) -> None:
        """Remove what was made, as far as it was."""
        # What the image's user has written only they may remove.
        written = [*self._once("rm"), "huaxiang", "-rf", "/trial/shop"]
        for command in ([*self.compose, "down", "--volumes"], written):
            subprocess.run(command, env=self.environment, capture_output=True, check=False)

    def api(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the API answers to the key."""
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        return json.loads(ask(build_opener(), f"{ADDRESS}{path}", sent, method=method, headers=headers))


def ask(
    opener: OpenerDirector,
    address: str,
    body: bytes | None = None,
    *,
    method: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> str:
    """The body of an answer; a status of 400 and above ends the trial."""
    request = Request(address, body, dict(headers or {}), method=method)
    try:
        with opener.open(request, timeout=60) as answer:
            return str(answer.read().decode())
    except HTTPError as error:
        raise AssertionError(f"{address}: {error.code} {error.read().decode()[:500]}") from error


def wait(until: Callable[[], Any], seconds: int, what: str) -> Any:
    """What `until` returns, as soon as it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if found := until():
                return found
        except (OSError, URLError, AssertionError):
            pass
        time.sleep(1)
    raise AssertionError(f"{what}: not within {seconds} seconds")


# -- the promises ---------------------------------------------------------------------------------------------------


def the_image_holds_the_server_and_no_more(trial: Trial) -> None:
    """Nobody's password, no compiler, a user of its own."""
    trial.run(*trial.compose, "build")
    found = json.loads(trial.run(*trial.engine, "image", "inspect", "huaxiang"))[0]
    history = trial.run(*trial.engine, "history", "--no-trunc", "huaxiang")
    print(f"   {found['Size'] / 1e6:,.0f} MB")
    assert found["Config"]["User"] == "huaxiang"
    assert DATABASE_PASSWORD not in history.split(), "a password is in the history of the image"
    assert not [name for name in found["Config"]["Env"] if re.search("KEY|SECRET|PASSWORD", name)]
    tools = trial.image("-c", f"command -v {' '.join(BUILD_TOOLS)} || true", entrypoint="sh")
    assert not tools.strip(), tools
    assert trial.image("-c", "id -u", entrypoint="sh").strip() == "10001"


def a_project_is_begun(trial: Trial) -> None:
    """By the image, in a folder of this machine that the image's user may write to."""
    trial.folder.chmod(0o777)
    trial.image("init", "/trial/shop")
    trial.image(
        "-c", "echo 'operational: {url: \"${HUAXIANG_DATABASE}\"}' >> /trial/shop/huaxiang.yml", entrypoint="sh"
    )


def the_server_comes_up_with_its_database(trial: Trial) -> None:
    """Both containers run, the server is healthy by the image's own check, and its log tells the first link."""
    trial.run(*trial.compose, "up", "--detach", "--no-build")
    wait(lambda: ask(build_opener(), f"{ADDRESS}/health/ready"), 120, "ready")
    check = json.loads(trial.run(*trial.engine, "image", "inspect", "huaxiang"))[0]
    healthy = (check["Config"].get("Healthcheck") or check["Healthcheck"])["Test"]
    trial.inside("server", *healthy[1:])
    assert '"database":"ok"' in ask(build_opener(), f"{ADDRESS}/health/ready")


def what_runs_may_do_little(trial: Trial) -> None:
    """No capabilities, no way to more, nothing to write to but the project, the home and /tmp."""
    status = trial.inside("server", "cat", "/proc/self/status")
    assert "CapEff:\t0000000000000000" in status
    assert "CapBnd:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    trial.inside("server", "sh", "-c", "! touch /etc/x /opt/huaxiang/x /x 2>/dev/null")
    trial.inside("server", "touch", "/tmp/x", "/project/x", "/home/huaxiang/x")
    trial.inside("server", "rm", "/project/x")


def the_first_administrator_signs_in(trial: Trial) -> None:
    """By the link of the log, with a password of their own."""
    done = subprocess.run(
        [*trial.engine, "logs", trial.container("server")], capture_output=True, text=True, check=True
    )
    link = re.findall(rf"{ADDRESS}/link/\S+", done.stdout + done.stderr)[-1]
    form = ask(trial.browser, link).split('name="form" value="')[1].split('"')[0]
    ask(trial.browser, link, urlencode({"form": form, "password": PASSWORD, "again": PASSWORD}).encode())
    assert 'href="/sign-in"' not in ask(trial.browser, f"{ADDRESS}/")
    users = trial.inside("database", "psql", "-U", "huaxiang", "-tAc", "SELECT name FROM users")
    assert users.strip() == "admin", "users are in PostgreSQL"


def a_build_is_started_over_the_api(trial: Trial) -> None:
    """With a key that is made beside the server, and the answers are about what was built."""
    made = trial.inside("server", "huaxiang", "keys", "add", "trial", "--role", "admin", "--json")
    trial.key = json.loads(made)["secret"]
    run = trial.api("POST", "/v1/builds/runs", {})["number"]
    ended = ("done", "failed", "cancelled", "lost")
    done = wait(lambda: (r := trial.api("GET", f"/v1/builds/runs/{run}"))["state"] in ended and r, 600, "a build")
    assert done["state"] == "done", done
    assert trial.api("GET", "/v1/segments")["items"]
    assert '"snapshot":"ok"' in ask(build_opener(), f"{ADDRESS}/health/ready")


def a_backup_is_made_and_restored(trial: Trial) -> None:
    """The project by our own command, the database by PostgreSQL's; then the audit trail is whole."""
    backup = "/project/.huaxiang/backups/shop.tar.gz"
    trial.inside("server", "huaxiang", "backup", backup)
    trial.inside("server", "huaxiang", "restore", backup, "--verify")
    dump = trial.inside("database", "pg_dump", "-U", "huaxiang", "--clean", "huaxiang")
    trial.inside("server", "huaxiang", "restore", backup, "/tmp/restored")
    trial.inside("server", "huaxiang", "segment", "--project", "/tmp/restored")
    trial.run(*trial.engine, "stop", "--time", "45", trial.container("server"))
    trial.inside("database", "psql", "-U", "huaxiang", "-qv", "ON_ERROR_STOP=1", "huaxiang", given=dump.encode())
    trial.run(*trial.engine, "start", trial.container("server"))
    wait(lambda: ask(build_opener(), f"{ADDRESS}/health/ready"), 120, "ready again")
    trial.inside("server", "huaxiang", "trail", "verify")


def who_was_signed_in_still_is(trial: Trial) -> None:
    """A restart signs nobody out and forgets no key."""
    assert 'href="/sign-in"' not in ask(trial.browser, f"{ADDRESS}/")
    assert trial.api("GET", "/v1/segments")["items"]


def the_server_stops_in_peace(trial: Trial) -> None:
    """When it is told to, in seconds, and not because it was killed."""
    begun = time.monotonic()
    trial.run(*trial.engine, "stop", "--time", "45", trial.container("server"))
    took = time.monotonic() - begun
    state = json.loads(trial.run(*trial.engine, "inspect", trial.container("server")))[0]["State"]
    print(f"   {took:.1f} s, exit code {state['ExitCode']}")
    assert state["ExitCode"] in (0, 143)
    assert took < 40


PROMISES = (
    the_image_holds_the_server_and_no_more,
    a_project_is_begun,
    the_server_comes_up_with_its_database,
    what_runs_may_do_little,
    the_first_administrator_signs_in,
    a_build_is_started_over_the_api,
    a_backup_is_made_and_restored,
    who_was_signed_in_still_is,
    the_server_stops_in_peace,
)


def main() -> int:
    """Go through all promises in turn."""
    parser = argparse.ArgumentParser(description="Build the image and try a deployment by compose.yml.")
    parser.add_argument("--engine", default="docker")
    parser.add_argument("--compose", default="docker compose")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="huaxiang-trial-", ignore_cleanup_errors=True) as folder:
        trial = Trial(options.engine, options.compose, Path(folder))
        try:
            for promise in PROMISES:
                print(promise.__name__.replace("_", " "), flush=True)
                promise(trial)
        except AssertionError as error:
            print(f"NOT KEPT: {error}", file=sys.stderr)
            return 1
        finally:
            trial.clear_up()
    print("kept")
    return 0


if __name__ == "__main__":
    sys.exit(main())
