"""Telling people and programs how builds went: over real HTTP and real SMTP, signed, patient, without data."""

from __future__ import annotations

import email
import json
import smtplib
import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email import policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from huaxiang.core.errors import SourceError, UsageError
from huaxiang.project.automation import MailSpec
from huaxiang.service.jobs import attempts, notices
from huaxiang.service.jobs.child import Ending
from huaxiang.service.jobs.keeper import Keeper
from huaxiang.service.jobs.mail import send_mail
from huaxiang.service.jobs.notices import Notices
from huaxiang.service.jobs.webhook import call_webhook, signature
from huaxiang.store.operational import BuildRun

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAILED = BuildRun(7, "schedule", "schedule", NOON, "failed", code="source", message="li@x.cn is in orders.csv")
DONE = BuildRun(8, "person", "li", NOON, "done", snapshot="20260228T160000Z-20260301T180000000000Z")


class Hook(HTTPServer):
    """A web server that keeps what it got, and answers with the statuses that it is given, then with 204."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Post(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        status = self.server.statuses.pop(0) if self.server.statuses else 204
        self.send_response(status)
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return


class Post(socketserver.TCPServer):
    """A mail server that keeps what it got, and answers the first letters with the codes that it is given."""

    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Letter)
        self.got: list[tuple[list[str], email.message.EmailMessage]] = []
        self.codes: list[int] = []


class _Letter(socketserver.StreamRequestHandler):
    server: Post

    def handle(self) -> None:
        self._say("220 ready")
        to: list[str] = []
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "RCPT":
                to.append(line.partition("<")[2].partition(">")[0])
            if verb == "MAIL" and self.server.codes:
                self._say(f"{self.server.codes.pop(0)} no")
                continue
            if verb == "DATA":
                self._say("354 go on")
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.got.append((to, email.message_from_bytes(text, policy=policy.default)))  # type: ignore[arg-type]
            self._say("221 bye" if verb == "QUIT" else "250 fine")
            if verb == "QUIT":
                return

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


def serving(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def hook() -> Iterator[Hook]:
    yield from serving(Hook())


@pytest.fixture
def post() -> Iterator[Post]:
    yield from serving(Post())


def test_a_webhook_gets_signed_json(hook: Hook):
    call_webhook(hook.url, {"event": "failure", "subject": "小店"}, "s3cret")
    ((headers, body),) = hook.got
    assert json.loads(body) == {"event": "failure", "subject": "小店"}
    assert headers["X-Huaxiang-Signature"] == signature("s3cret", headers["X-Huaxiang-Timestamp"], body)
    # printf '1.{}' | openssl dgst -sha256 -hmac k
    digest = "3dd49b2593d0f9a349e9e71c4bde3e2b862c2be4003fe9b4ba81332029310158"
    assert signature("k", "1", b"{}") == f"sha256={digest}"


def test_a_webhook_that_is_busy_is_asked_three_times_with_the_same_id(hook: Hook):
    hook.statuses, pauses = [503, 429], []
    call_webhook(hook.url, {}, None, pauses.append)
    assert pauses == list(attempts.PAUSES)
    assert len({headers["X-Huaxiang-Id"] for headers, _ in hook.got}) == 1
    assert "X-Huaxiang-Signature" not in hook.got[0][0]


@pytest.mark.parametrize(("statuses", "calls"), [([500, 500, 500], 3), ([404], 1), ([307], 1)])
def test_a_webhook_that_refuses_is_left_alone_and_its_address_is_not_told(hook: Hook, statuses, calls):
    hook.statuses = list(statuses)
    with pytest.raises(SourceError, match=f"status {statuses[0]}") as told:
        call_webhook(hook.url, {}, None, lambda _: None)
    assert len(hook.got) == calls
    assert "hook/" not in str(told.value)


def test_a_webhook_that_is_not_there_is_tried_again():
    pauses: list[float] = []
    with pytest.raises(SourceError, match="ConnectError"):
        call_webhook("http://127.0.0.1:9/hook", {}, None, pauses.append)
    assert len(pauses) == 2


CONTENT = {"subject": "小店：构建失败", "lines": ["数据源无法读取。"], "link": "https://shop.example.com/builds"}


def mail_over(post: Post, **more: Any) -> MailSpec:
    return MailSpec(host="127.0.0.1", port=post.server_address[1], sender="huaxiang@x.cn", starttls=False, **more)


def test_mail_arrives_as_it_was_written(post: Post):
    send_mail(mail_over(post), ["a@x.cn", "b@x.cn"], CONTENT)
    ((to, message),) = post.got
    assert to == ["a@x.cn", "b@x.cn"]
    assert (message["Subject"], message["From"]) == ("小店：构建失败", "huaxiang@x.cn")
    assert message.get_content().splitlines() == ["小店：构建失败", "", "数据源无法读取。", "", CONTENT["link"]]


def test_mail_is_sent_again_where_the_server_is_busy_but_not_where_it_refuses(post: Post):
    post.codes = [451]
    send_mail(mail_over(post), ["a@x.cn"], CONTENT, lambda _: None)
    assert len(post.got) == 1
    post.codes = [550, 550]
    with pytest.raises(SourceError, match="SMTPSenderRefused"):
        send_mail(mail_over(post), ["a@x.cn"], CONTENT, lambda _: None)
    assert post.codes == [550]


def test_mail_is_not_sent_in_clear_where_it_must_be_encrypted(post: Post):
    with pytest.raises(SourceError, match=smtplib.SMTPNotSupportedError.__name__):
        send_mail(MailSpec(host="127.0.0.1", port=post.server_address[1], sender="a@x.cn"), ["a@x.cn"], CONTENT)
    assert post.got == []


def settings(hook: Hook, post: Post) -> str:
    return f"""server: {{address: https://shop.example.com/hx}}
mail: {{host: 127.0.0.1, port: {post.server_address[1]}, from: huaxiang@x.cn, starttls: false}}
notify:
  - {{webhook: "{hook.url}", on: [failure, alert, success]}}
  - {{mail: data@x.cn, on: [alert, failure]}}
"""


def test_a_failure_is_told_to_all_who_asked_without_what_the_error_said(serve, hook: Hook, post: Post):
    Notices(serve(settings(hook, post))).tell(FAILED)
    told = json.loads(hook.got[0][1])
    assert {key: told[key] for key in ("event", "project", "run", "state", "code")} == {
        "event": "failure", "project": "tiny", "run": 7, "state": "failed", "code": "source",
    }  # fmt: skip
    assert told["lines"] == ["A source can't be read."]
    assert told["link"] == "https://shop.example.com/hx/builds"
    ((to, message),) = post.got
    assert to == ["data@x.cn"]
    assert message["Subject"] == "tiny: the build failed"
    assert b"li@x.cn" not in hook.got[0][1] + message.as_bytes()


def test_alerts_are_told_where_they_are_new(serve, hook: Hook, post: Post, monkeypatch):
    known = {"level": "note", "path": "/quality", "text_en": "Phones are missing.", "text_zh": "缺少手机号。"}
    new = known | {"text_en": "Orders fell by half.", "text_zh": "订单减半。"}
    found = [[known], [known, new], [known, new]]
    notices_ = Notices(serve(settings(hook, post)))
    monkeypatch.setattr(notices_, "_alerts", lambda: found.pop(0))
    notices_.remember(DONE)
    notices_.tell(DONE)
    events = [json.loads(body) for _, body in hook.got]
    assert [(each["event"], each["lines"]) for each in events] == [("success", []), ("alert", ["Orders fell by half."])]
    assert [message["Subject"] for _, message in post.got] == ["tiny: the build has new alerts"]
    monkeypatch.setattr(notices_, "_before", [known, new])
    notices_.tell(DONE)
    assert len(post.got) == 1


def test_a_cancelled_build_is_nobody_s_news(serve, hook: Hook, post: Post):
    Notices(serve(settings(hook, post))).tell(BuildRun(9, "person", "li", NOON, "cancelled"))
    assert (hook.got, post.got) == ([], [])


def test_a_notice_that_can_not_be_delivered_harms_no_build(serve, running, ended, monkeypatch):
    monkeypatch.setattr(attempts, "PAUSES", ())
    workspace = serve('notify: [{webhook: "http://127.0.0.1:9/", on: [failure]}]\n')
    keeper = Keeper.begin(workspace)
    run = workspace.jobs.start("person", "li")
    running().ends(Ending(code="data", message="a rule"))
    assert ended(workspace, run).state == "failed"
    keeper.end()


def test_what_was_lost_is_told_when_the_server_starts_again(serve, hook: Hook, post: Post, running):
    dead = serve(settings(hook, post))
    run = dead.jobs.start("person", "li")
    running()
    dead.jobs._marks[run.number].close()  # as the system does when a process ends
    Keeper.begin(serve(settings(hook, post))).end()
    assert json.loads(hook.got[0][1])["lines"] == [notices.WHY["lost"].en]
    running().ends(Ending(code="ended"))


def test_a_secret_that_is_not_there_is_missed_before_anything_is_served(serve, monkeypatch):
    monkeypatch.delenv("HOOK_SECRET", raising=False)
    noticing = Notices(serve("notify: [{webhook: https://x.example.com/, secret: HOOK_SECRET}]\n"))
    with pytest.raises(UsageError, match="HOOK_SECRET"):
        noticing.check()
    monkeypatch.setenv("HOOK_SECRET", "s")
    noticing.check()
