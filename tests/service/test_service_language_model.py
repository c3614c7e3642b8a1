"""A language model behind a real socket: fine, down, slow, refusing, talking nonsense, inventing numbers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from huaxiang.core.errors import SourceError, StoreError, UsageError
from huaxiang.core.text import Text
from huaxiang.project.spec import LanguageModelSpec, ProjectSpec
from huaxiang.service.language_model import ask
from huaxiang.service.rewrites import Kept, kept, rewritten

Say = Callable[[BaseHTTPRequestHandler], None]
QUESTION = [{"role": "user", "content": "Hello"}]


@contextmanager
def endpoint(say: Say) -> Iterator[tuple[str, list[Any]]]:
    """A server that answers as `say` does, and the requests that it got."""
    got: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, dict(self.headers), json.loads(body)))
            say(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", got
    finally:
        server.shutdown()
        server.server_close()


def says(content: Any, status: int = 200) -> Say:
    """An answer with `content` as its body, a completion where it is text."""
    body = {"choices": [{"message": {"content": content}}]} if isinstance(content, str) else content

    def say(handler: BaseHTTPRequestHandler) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return say


def spec(url: str, **more: Any) -> LanguageModelSpec:
    return LanguageModelSpec(endpoint=url, model="small", **{"timeout": 5, **more})


def test_a_completion_is_read_and_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_KEY", "secret")
    with endpoint(says("Hello, too.")) as (url, got):
        assert ask(spec(url, key="OUR_KEY"), QUESTION) == "Hello, too."
    ((path, headers, body),) = got
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer secret"
    assert body == {"model": "small", "messages": QUESTION, "temperature": 0}


def test_a_key_that_is_named_must_be_set_and_one_that_is_not_need_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUAXIANG_LANGUAGE_MODEL_KEY", raising=False)
    with endpoint(says("Hello.")) as (url, got):
        with pytest.raises(UsageError, match="environment variable OUR_KEY"):
            ask(spec(url, key="OUR_KEY"), QUESTION)
        ask(spec(url), QUESTION)
    ((_, headers, _),) = got
    assert "Authorization" not in headers


def test_a_key_is_sent_without_the_newline_of_its_file_and_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_KEY", "secret\n")
    with endpoint(says("Hello.")) as (url, got):
        ask(spec(url, key="OUR_KEY"), QUESTION)
        monkeypatch.setenv("OUR_KEY", "sec\nret")
        with pytest.raises(SourceError, match=r"can't be reached: ValueError$"):
            ask(spec(url, key="OUR_KEY"), QUESTION)
    ((_, headers, _),) = got
    assert headers["Authorization"] == "Bearer secret"


def test_an_endpoint_that_is_down_is_told() -> None:
    with endpoint(says("")) as (url, _):
        pass
    with pytest.raises(SourceError, match="can't be reached"):
        ask(spec(url), QUESTION)


def test_an_endpoint_that_never_answers_is_not_waited_for() -> None:
    done = Event()
    with endpoint(lambda _: done.wait(10)) as (url, _):
        begun = time.monotonic()
        with pytest.raises(SourceError, match=r"did not answer within 0\.2 seconds"):
            ask(spec(url, timeout=0.2), QUESTION)
        assert time.monotonic() - begun < 2
        done.set()


def test_an_endpoint_that_drips_is_not_waited_for_either() -> None:
    done = Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        while not done.wait(0.05):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return

    with endpoint(drip) as (url, _):
        with pytest.raises(SourceError, match="did not answer within"):
            ask(spec(url, timeout=0.3), QUESTION)
        done.set()


@pytest.mark.parametrize("status", [401, 429, 500, 302])
def test_a_refusal_is_told_with_its_status(status: int) -> None:
    with (
        endpoint(says({"error": "no"}, status)) as (url, _),
        pytest.raises(SourceError, match=f"refused: status {status}"),
    ):
        ask(spec(url), QUESTION)


@pytest.mark.parametrize(
    "body", [b"<html>", b"{}", b'{"choices": []}', b"[1]", b"\xff", {"choices": [{"message": {}}]}]
)
def test_what_is_no_completion_is_told(body: Any) -> None:
    with endpoint(says(body)) as (url, _), pytest.raises(SourceError, match="answered no chat completion"):
        ask(spec(url), QUESTION)


def test_an_endpoint_is_a_web_address() -> None:
    with pytest.raises(ValidationError, match="is no address"):
        spec("file:///etc/passwd")


# -- a persona ----------------------------------------------------------------------------------------------------

PERSONA = {
    "name": "fans", "size": 20, "label_en": "Fans", "label_zh": "玩具迷", "question_en": None, "question_zh": None,
    "text_en": "Fans: 20 customers, 20.0% of all.", "text_zh": "玩具迷共 20 人，占全部客户的 20.0%。",
    "tags": [], "values": [], "numbers": [], "sibling": [], "borders": [],
}  # fmt: skip


def project(url: str | None, **more: Any) -> Any:
    return SimpleNamespace(spec=ProjectSpec(language_model=None if url is None else spec(url, **more)))


def content(en: str, zh: str) -> str:
    return json.dumps({"en": en, "zh": zh}, ensure_ascii=False)


def test_a_true_answer_replaces_the_text(tmp_path: Path) -> None:
    with endpoint(says(content("Fans are 20 people.", "玩具迷有 20 人。"))) as (url, got):
        found = rewritten(project(url), PERSONA, tmp_path)
    assert (found["text_en"], found["text_zh"]) == ("Fans are 20 people.", "玩具迷有 20 人。")
    assert found["rewrite"] == {"model": "small", "used": True, "reason_en": "", "reason_zh": ""}
    assert "20.0% of all" in got[0][2]["messages"][1]["content"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (content("Fans are 30 people.", "玩具迷有 20 人。"), "not in the figures: 30"),
        (content("Fans are 20 people.", "玩具迷占三成。"), "not in the figures: 三成"),
        ("I can't help with that.", "no JSON"),
    ],
)
def test_an_answer_that_is_not_true_leaves_the_own_text_and_says_why(said: str, reason: str, tmp_path: Path) -> None:
    with endpoint(says(said)) as (url, _):
        found = rewritten(project(url), PERSONA, tmp_path)
    assert (found["text_en"], found["text_zh"]) == (PERSONA["text_en"], PERSONA["text_zh"])
    assert not found["rewrite"]["used"]
    assert kept(tmp_path, PERSONA) is None
    assert reason in found["rewrite"]["reason_en"]
    assert found["rewrite"]["reason_zh"]


def test_a_model_that_fails_leaves_the_own_text(tmp_path: Path) -> None:
    with endpoint(says({"error": "no"}, 500)) as (url, _):
        found = rewritten(project(url), PERSONA, tmp_path)
    assert found["text_en"] == PERSONA["text_en"]
    assert "status 500" in found["rewrite"]["reason_en"]


def test_a_persona_too_small_to_describe_is_not_sent(tmp_path: Path) -> None:
    with endpoint(says("never")) as (url, got):
        found = rewritten(project(url), PERSONA | {"size": 9}, tmp_path)
    assert got == []
    assert not found["rewrite"]["used"]


def test_a_project_without_a_language_model_is_told_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="names no language model"):
        rewritten(project(None), PERSONA, tmp_path)


def test_what_was_used_is_kept_until_the_figures_change(tmp_path: Path) -> None:
    assert kept(tmp_path, PERSONA) is None
    with endpoint(says(content("Fans are 20 people.", "玩具迷有 20 人。"))) as (url, _):
        rewritten(project(url), PERSONA, tmp_path)
    assert kept(tmp_path, PERSONA) == Kept("small", Text("Fans are 20 people.", "玩具迷有 20 人。"))
    changed = {"text_en": "Fans: 21 customers, 20.0% of all.", "text_zh": "玩具迷共 21 人，占全部客户的 20.0%。"}
    assert kept(tmp_path, PERSONA | changed) is None
    assert kept(tmp_path, PERSONA) is not None


@pytest.mark.parametrize("edited", ['{"model": "small"', "[]", "{}", "Fans are 90 people."])
def test_a_kept_text_that_was_edited_is_not_shown(tmp_path: Path, edited: str) -> None:
    with endpoint(says(content("Fans are 20 people.", "玩具迷有 20 人。"))) as (url, _):
        rewritten(project(url), PERSONA, tmp_path)
    (file,) = (tmp_path / "rewrites").iterdir()
    whole = file.read_text(encoding="utf-8")
    file.write_text(edited if edited[0] in "{[" else whole.replace("Fans are 20 people.", edited), encoding="utf-8")
    assert kept(tmp_path, PERSONA) is None


def test_a_text_that_cant_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "rewrites").write_text("a file stands in the way")
    with endpoint(says(content("Fans are 20 people.", "玩具迷有 20 人。"))) as (url, _), pytest.raises(StoreError):
        rewritten(project(url), PERSONA, tmp_path)
