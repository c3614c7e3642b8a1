"""What is typed into any form, or brought in by data, stays text; and who has signed out changes nothing more."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import product
from typing import Any

import httpx
import pytest
from console_served import EVIL, Served, settled

Open = Callable[..., Any]

TYPED = [
    f"'; drop table profiles; -- {EVIL}",
    "!!python/object/apply:os.system ['touch hacked']",
    '": ${HOME} {{7*7}} ../../../etc/passwd',
]
"""SQL with markup, YAML that would run a command, and paths and templates."""


def hacked(page: Any, served: Served) -> bool:
    """Whether anything that was typed or brought in has run."""
    return page.evaluate("window.hacked") is not None or bool(list(served.folder.glob("**/hacked")))


def failures(served: Served) -> list[str]:
    """Requests that the server's log calls mistakes of its own."""
    lines = (served.folder / "serve.log").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines if line.startswith("{")]
    return [str(line) for line in told if line["event"] == "request" and line["level"] == "error"]


FORMS: dict[str, list[tuple[str, str]]] = {
    "/customers": [("Find a customer", "Find"), ("Of whom this rule holds", "")],
    "/define/segment": [("The rule as text", "")],
    "/define/tag": [("Definition", "")],
    "/identity?tab=explain": [("Customer or identifier", "Explain")],
    "/admin?tab=users": [("Name", "Invite"), ("E-mail", "Invite")],
    "/admin?tab=trail": [("Who", "Find"), ("What about", "Find")],
    "/tags": [("Filter by name", "")],
    "/": [("Search", "")],
}
"""Page → the fields that people type into, and the button that sends them; where there is none, Enter does."""


@pytest.mark.parametrize("path", FORMS)
def test_what_is_typed_into_a_form_stays_a_value(opened: Open, served: Served, path: str):
    page = opened(path)
    before = {file: file.read_bytes() for file in served.folder.glob("**/*.yml")}
    for field, button in FORMS[path]:
        for typed in TYPED:
            if path == "/":
                page.goto(served.base)
            name = "many" if field == "Definition" else None
            if name:
                page.get_by_label("Name in definitions").fill(name)
            page.get_by_label(field, exact=True).first.fill(typed)
            if button:
                page.get_by_role("button", name=button, exact=True).click()
            else:
                page.keyboard.press("Enter")
            page.wait_for_timeout(400)
            settled(page)
            assert not hacked(page, served)
    assert page.complaints == []
    assert failures(served) == []
    assert {file: file.read_bytes() for file in served.folder.glob("**/*.yml")} == before


def test_a_name_that_was_brought_in_is_a_name(opened: Open, served: Served, cookies_of: Any):
    """The privacy officer sees the customer's name and address in clear."""
    page = opened(f"/customers/{served.customer}", cookies=cookies_of("privacy_officer"))
    assert EVIL in page.locator("main").inner_text()
    page.get_by_role("tab", name="Timeline").click()
    page.wait_for_selector(".timeline li, .timeline .state")
    assert not hacked(page, served)
    assert page.complaints == []


def test_labels_that_hold_markup_are_text_in_pictures_too(opened: Open, served: Served):
    page = opened("/segments?tab=overlap")
    picture = page.locator("figure canvas").last
    box = picture.bounding_box()
    seen = set()
    for right, down in product(range(3, 20), repeat=2):
        page.mouse.move(box["x"] + box["width"] * right / 20, box["y"] + box["height"] * down / 20)
        page.wait_for_timeout(50)
        seen |= set(picture.locator("xpath=..").locator("xpath=following-sibling::div").all_inner_texts())
        if any(EVIL in text for text in seen):
            break
    assert any(EVIL in text for text in seen), f"the tooltip tells the label as it is: {seen}"
    assert not hacked(page, served)
    assert page.complaints == []


def test_the_click_of_somebody_who_has_signed_out_in_another_tab_is_refused(
    opened: Open, served: Served, cookies_of: Any
):
    first = opened("/define/segment", cookies=cookies_of("analyst"))
    first.locator(".code textarea").fill("order_count >= 2")
    first.wait_for_function("/\\d/.test(document.querySelector('.builder .key').textContent)")
    first.get_by_role("button", name="Save as a segment").click()
    first.get_by_label("Name in English").fill("Too late")
    second = first.context.new_page()
    second.goto(served.base + "/account")
    second.wait_for_selector("main h1")
    second.get_by_role("button", name=re.compile("Account of")).click()
    second.get_by_text("Sign out", exact=True).click()
    second.wait_for_url(re.compile("/sign-in"))
    first.get_by_role("button", name="Save", exact=True).click()
    first.wait_for_selector(".q-dialog .bad")
    assert "Sign in" in first.locator(".q-dialog .bad").inner_text()
    files = [file.read_text(encoding="utf-8") for file in (served.folder / "segments").glob("*.yml")]
    assert not any("too_late" in text for text in files)
    assert failures(served) == []


def ask(served: Served, cookies: list[Any], path: str, **query: str) -> httpx.Response:
    """What the server answers to somebody who opens a link."""
    (cookie,) = cookies
    return httpx.get(served.base + path, params=query or None, cookies={cookie["name"]: cookie["value"]}, timeout=120)


def test_a_whole_list_is_downloaded_by_those_who_may_and_as_they_see_it(served: Served, cookies_of: Any):
    marketer, viewer = cookies_of("marketer"), cookies_of("viewer")
    asked = {"rule": "order_count >= 1", "tag": "birthday"}
    answer = ask(served, marketer, "/downloads/customers.csv", **asked)
    header, *rows = answer.content.decode("utf-8-sig").splitlines()
    assert header.replace('"', "") == "customer_id,birthday"
    assert len(rows) > 100
    assert not re.search(r"\d{4}-\d\d-\d\d", answer.text), "birthdays are masked for marketers"
    assert ask(served, marketer, "/downloads/customers.xlsx", **asked).content[:2] == b"PK"
    assert ask(served, viewer, "/downloads/customers.csv", **asked).status_code == 403
    assert ask(served, marketer, "/downloads/customers.csv", rule="'; drop table profiles; --").status_code == 422
    assert ask(served, marketer, "/downloads/audit-trail.csv").status_code == 403
    trail = ask(served, cookies_of("privacy_officer"), "/downloads/audit-trail.csv", actor="a.marketer").text
    assert "customers.export" in trail
    assert failures(served) == []


def test_the_link_of_somebody_elses_download_opens_for_nobody_who_may_not(served: Served, cookies_of: Any):
    from huaxiang.access.people import Actor
    from huaxiang.service.desk import Desk, backups
    from huaxiang.service.workspace import Workspace

    workspace = Workspace(served.folder)
    file = backups.make(Desk(workspace, Actor("root", "admin")))["file"]
    workspace.close()

    officer = cookies_of("privacy_officer")
    assert ask(served, officer, f"/backups/{file}").content[:2] == b"\x1f\x8b"
    for role in ("marketer", "admin"):
        answer = ask(served, cookies_of(role), f"/backups/{file}")
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), role
    assert httpx.get(f"{served.base}/backups/{file}", timeout=60).status_code == 303, "who is not signed in signs in"
    for path in ("..%2fhuaxiang.yml", "%2e%2e%2f%2e%2e%2fhuaxiang.yml", ".making", "x.tar.gz"):
        answer = ask(served, officer, f"/backups/{path}")
        assert answer.status_code == 404, path
        assert "name: shop" not in answer.text
    assert failures(served) == []
