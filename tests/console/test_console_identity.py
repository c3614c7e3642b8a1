"""Who is who is decided in a real browser: records are split off a customer, and customers are merged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from console_served import Served, go

Open = Callable[..., Any]


def test_a_record_is_split_off_and_two_customers_are_merged_with_a_reason(opened: Open, served: Served):
    page = opened("/identity")
    page.wait_for_selector("[aria-label='Largest customers'] tbody a")
    first, second = [link.inner_text() for link in page.locator("[aria-label='Largest customers'] tbody a").all()[:2]]
    go(page, f"{served.base}/identity?customer={first}")
    page.get_by_role("tabpanel").get_by_role("checkbox", name="Choose").nth(1).click()
    page.get_by_label("Why", exact=True).fill("two people with one phone")
    page.get_by_role("button", name="Split off the chosen records").click()
    page.wait_for_selector("text=counts from the next build on")
    go(page, f"{served.base}/identity?customer={first}")
    page.get_by_label("Another customer, to merge with").fill(first)
    page.get_by_role("button", name="Merge").click()
    page.wait_for_selector(".q-notification:has-text('these are one')")
    page.get_by_label("Why", exact=True).fill("one person with two cards")
    page.get_by_label("Another customer, to merge with").fill(second)
    page.get_by_role("button", name="Merge").click()
    page.wait_for_selector("text=counts from the next build on")
    page.get_by_role("tab", name="Decisions").click()
    for decided, why in (("two people", "two people with one phone"), ("one person", "one person with two cards")):
        page.wait_for_selector(f"tr:has-text('{why}') td:has-text('{decided}')")
    assert page.complaints == []
