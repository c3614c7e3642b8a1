"""Asking a language model behind any endpoint that speaks OpenAI's chat completions."""

from __future__ import annotations

import json
import os
import queue
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence

from huaxiang.core.errors import SourceError, UsageError
from huaxiang.project.spec import LanguageModelSpec

LARGEST = 1_000_000
"""Bytes of an answer that are read at most."""


def ask(spec: LanguageModelSpec, messages: Sequence[Mapping[str, str]]) -> str:
    """What the model answers to `messages`, as text. Waits no longer than `spec.timeout` seconds for all of it.

    Raises:
        UsageError: the environment has no key, though the project names one.
        SourceError: the model can't be reached, refuses, is too slow, or answers something else than a completion.
    """
    request = _request(spec, messages)
    found: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
    # A socket's own time limit starts anew with every byte; a thread that is waited for ends on time.
    threading.Thread(target=_fetch, args=(request, spec.timeout, found), daemon=True).start()
    try:
        answer = found.get(timeout=spec.timeout)
    except queue.Empty:
        answer = TimeoutError()
    if isinstance(answer, Exception):
        raise SourceError(f"the language model at {spec.endpoint} {_said(answer, spec)}") from answer
    try:
        content = json.loads(answer)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError) as error:
        raise SourceError(f"the language model at {spec.endpoint} answered no chat completion") from error
    if not isinstance(content, str):
        raise SourceError(f"the language model at {spec.endpoint} answered no text")
    return content


def _request(spec: LanguageModelSpec, messages: Sequence[Mapping[str, str]]) -> urllib.request.Request:
    headers = {"Content-Type": "application/json"}
    # A key that was read from a file often ends in a newline, which no header may hold.
    key = os.environ.get(spec.key, "").strip()
    if key:
        headers["Authorization"] = f"Bearer {key}"
    elif "key" in spec.model_fields_set:
        raise UsageError(f"The language model needs the environment variable {spec.key}, which is not set.")
    body = {"model": spec.model, "messages": list(messages), "temperature": 0}
    url = f"{spec.endpoint.rstrip('/')}/chat/completions"
    return urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310 - checked to be http(s)


def _fetch(request: urllib.request.Request, timeout: float, found: queue.SimpleQueue[bytes | Exception]) -> None:
    try:
        with _OPENER.open(request, timeout=timeout) as response:
            found.put(response.read(LARGEST))
    except Exception as error:
        found.put(error)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirection would take the key and the figures to somebody whom the project does not name."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def _said(error: Exception, spec: LanguageModelSpec) -> str:
    match error:
        case urllib.error.HTTPError():
            return f"refused: status {error.code}"
        case TimeoutError():
            return f"did not answer within {spec.timeout:g} seconds"
        case urllib.error.URLError() if isinstance(error.reason, TimeoutError):
            return f"did not answer within {spec.timeout:g} seconds"
        case urllib.error.URLError():
            return f"can't be reached: {error.reason}"
        case _:
            # What it says may repeat the headers, and with them the key.
            return f"can't be reached: {type(error).__name__}"
