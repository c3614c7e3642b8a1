"""People do their work in a real browser, from signing in to signing out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from console_served import PASSWORD, PATIENCE, Served, settled

Open = Callable[..., Any]


def told(words: str) -> int:
    """The count in `≈ 1,257 ± 5`."""
    found = re.search(r"[\d,]+", words)
    assert found, words
    return int(found[0].replace(",", ""))


def test_a_marketer_builds_a_segment_and_sees_the_count_change(opened: Open, served: Served):
    page = opened("/define/segment")
    text = page.locator(".code textarea")
    text.fill("order_count >= 1")
    page.wait_for_function("document.querySelector('.builder .key').textContent.trim() != '–'")
    first = page.locator(".builder .key").inner_text()
    text.fill("order_count >= 3")
    page.wait_for_function(f"document.querySelector('.builder .key').textContent.trim() != '{first}'")
    assert told(page.locator(".builder .key").inner_text()) < told(first)
    page.get_by_role("button", name="Save as a segment").click()
    page.get_by_label("Name in Chinese").fill("三单客户")
    page.get_by_label("Name in English").fill("Three orders")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile("/segments"))
    written = (served.folder / "segments" / "own.yml").read_text(encoding="utf-8")
    assert "order_count >= 3" in written
    assert "en: Three orders" in written
    assert "zh: 三单客户" in written


def test_the_way_of_the_readme_leads_to_a_saved_segment(opened: Open, served: Served):
    page = opened("/")
    page.get_by_role("link", name="Segments", exact=True).first.click()
    page.get_by_role("button", name="Build a segment").click()
    page.get_by_label("Tag or segment").fill("Value tier")
    page.get_by_role("option", name="Value tier", exact=True).click()
    page.get_by_label("Values").click()
    page.get_by_role("option", name="High value").click()
    page.keyboard.press("Escape")
    page.wait_for_function("document.querySelector('.code textarea').value === \"value_tier in ('high')\"")
    page.wait_for_function("/\\d/.test(document.querySelector('.builder .key').textContent)")
    all_of_them = page.locator(".builder .key").inner_text()
    page.get_by_role("button", name="Condition").click()
    page.get_by_label("Tag or segment").nth(1).fill("Days since last order")
    page.get_by_role("option", name="Days since last order", exact=True).click()
    page.get_by_label("Comparison").nth(1).click()
    page.get_by_role("option", name="more than").click()
    page.keyboard.press("Tab")
    page.keyboard.type("60")
    page.wait_for_function(f"document.querySelector('.builder .key').textContent.trim() !== '{all_of_them}'")
    assert page.locator(".code textarea").input_value() == "value_tier in ('high') and days_since_last_order > 60"
    assert told(page.locator(".builder .key").inner_text()) < told(all_of_them)
    page.get_by_label("Value", exact=True).fill("x")
    page.wait_for_selector("text='x' is no value of this tag.")
    assert page.get_by_role("button", name="Save as a segment").is_disabled()
    page.get_by_label("Value", exact=True).fill("60")
    page.get_by_role("button", name="Save as a segment").click()
    page.get_by_label("Name in English").fill("High value and quiet")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile("/segments"))
    written = (served.folder / "segments" / "own.yml").read_text(encoding="utf-8")
    assert "where: value_tier in ('high') and days_since_last_order > 60" in written
    assert page.complaints == []


def test_a_saved_segment_is_opened_changed_and_saved_back_into_its_file(opened: Open, served: Served):
    file = served.folder / "segments" / "care.yml"
    before = file.read_text(encoding="utf-8")
    page, late = opened("/segments/festival_shoppers"), opened("/define/segment?edit=festival_shoppers")
    page.get_by_role("button", name="Edit").click()
    page.wait_for_selector(".builder .key")
    count = page.locator(".builder .key")
    page.wait_for_function("/\\d/.test(document.querySelector('.builder .key').textContent)")
    first = told(count.inner_text())
    page.get_by_label("Value", exact=True).first.fill("1")
    page.wait_for_function("document.querySelector('.code textarea').value.startsWith('order_count_365d >= 1 and')")
    page.wait_for_function(f"!document.querySelector('.builder .key').textContent.includes('{first}')")
    assert told(count.inner_text()) > first
    for each in (page, late):
        each.get_by_role("button", name="Save the changes").click()
        each.get_by_role("button", name="Save", exact=True).click()
        each.wait_for_selector("text=is saved" if each is page else "text=was changed since you opened it")
    assert file.read_text(encoding="utf-8") == before.replace("order_count_365d >= 3", "order_count_365d >= 1")


def test_a_rule_that_the_builder_cannot_show_is_opened_as_text_with_the_reason(opened: Open):
    page = opened("/define/segment?edit=reachable_lapsed")
    page.wait_for_selector("text=There is no condition for 'coalesce(unsubscribed, FALSE)'")
    assert page.locator(".rule-group:visible").count() == 0
    page.locator(".code textarea").fill("lifecycle_stage = 'lost' and not unsubscribed")
    page.wait_for_selector(".rule-condition")
    assert page.locator(".rule-condition").count() == 2
    assert page.complaints == []


def test_a_rule_with_a_mistake_says_what_would_be_right(opened: Open):
    page = opened("/define/segment")
    page.locator(".code textarea").fill("order_cont >= 3")
    page.wait_for_selector("text=Did you mean 'order_count'")
    assert page.get_by_role("button", name="Save as a segment").is_disabled()


def test_a_customer_is_found_and_asked_why(opened: Open):
    page = opened("/customers")
    page.wait_for_selector(".table tbody a")
    customer = page.locator(".table tbody a").first.inner_text()
    page.get_by_label("Find a customer").fill(customer)
    page.get_by_role("button", name="Find").click()
    page.locator(".hits a").first.click()
    page.wait_for_url(re.compile(customer))
    page.wait_for_selector(".tag-value")
    page.locator(".tag-value").first.click()
    page.wait_for_selector(".q-dialog .key")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Timeline").click()
    page.wait_for_selector(".timeline li, .timeline .state")
    assert page.complaints == []


def test_a_persona_is_opened_from_its_card_and_compared_with_another(opened: Open):
    page = opened("/personas")
    page.locator("a.card").first.click()
    page.wait_for_url(re.compile("/personas/"))
    page.wait_for_selector(".lead")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(re.compile(r"/compare\?side="))
    page.get_by_role("combobox", name="Groups").fill("Basic customers")
    page.get_by_role("option").first.click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(re.compile(r"side=\w+&side=everyone&side="))
    page.wait_for_selector(".lead")
    settled(page)
    assert page.locator("[aria-label=Groups] tbody tr").count() == 3
    assert page.complaints == []


def test_a_grey_pair_is_accepted(opened: Open):
    page = opened("/identity?tab=review")
    page.wait_for_selector(".pair, .state")
    pairs = page.locator(".pair").count()
    assert pairs, "the simulated shop has grey pairs"
    page.get_by_role("button", name="Same person").first.click()
    page.wait_for_selector("text=It counts from the next build on")
    page.get_by_role("tab", name="Decisions").click()
    page.wait_for_selector("td:has-text('one person')")


def test_a_table_is_downloaded_as_csv_and_excel(opened: Open, tmp_path: Path):
    page = opened("/segments")
    for suffix in ("CSV", "XLSX"):
        with page.expect_download() as waiting:
            page.get_by_role(
                "button", name=re.compile(f"Download {'CSV' if suffix == 'CSV' else 'Excel'}")
            ).first.click()
        waiting.value.save_as(tmp_path / suffix)
        assert (tmp_path / suffix).stat().st_size > 500


def test_the_audit_trail_says_who_took_the_rows_in_quarantine(opened: Open, tmp_path: Path):
    page = opened("/quality?tab=quarantine")
    page.locator(".chips button").first.click()
    page.wait_for_selector("[aria-label=Quarantine] tbody tr")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV: quarantine").click()
    waiting.value.save_as(tmp_path / "quarantine.csv")
    assert len((tmp_path / "quarantine.csv").read_text(encoding="utf-8-sig").splitlines()) > 1
    page = opened("/admin?tab=trail")
    page.wait_for_selector("td:has-text('download rows in quarantine (quality.quarantine_file)')")


def test_members_of_a_small_segment_are_not_offered_as_a_file(opened: Open, cookies_of: Any):
    marketer = cookies_of("marketer")
    page = opened("/segments", cookies=marketer)
    page.locator("tbody tr:has(td:nth-child(3) span:text-is('–')) a").first.click()
    page.wait_for_selector("text=too few to show")
    settled(page)
    assert page.get_by_role("button", name="Download CSV: members").count() == 0
    page = opened("/segments/tier_basic", cookies=marketer)
    page.wait_for_selector("[aria-label='Download CSV: members']")


@pytest.mark.parametrize("path", ["/customers", "/define/segment", "/define/tag"])
def test_a_page_of_what_somebody_may_not_do_says_so_and_shows_no_form(opened: Open, cookies_of: Any, path: str):
    page = opened(path, cookies=cookies_of("viewer"))
    page.wait_for_selector(".state-failed:has-text('You may not see this.')")
    assert page.locator("main input, main textarea").count() == 0


def test_a_chart_is_saved_as_a_picture(opened: Open, tmp_path: Path):
    page = opened("/")
    page.wait_for_selector("figure canvas")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as PNG").first.click(force=True)
    waiting.value.save_as(tmp_path / "chart.png")
    assert (tmp_path / "chart.png").read_bytes()[:4] == b"\x89PNG"


def test_keys_lead_to_the_content_to_places_and_to_the_search(opened: Open):
    page = opened("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url(re.compile("/segments$"))
    page.wait_for_selector("main h1")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.closest('.search') !== null")
    page.keyboard.type("champions")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/search\?q=champions"))


def test_a_tag_is_defined_tried_on_a_sample_and_saved_and_the_form_comes_back_as_it_was(opened: Open, served: Served):
    page = opened("/define/tag")
    page.get_by_label("Name in definitions").fill("many_orders")
    page.get_by_label("Label in Chinese").fill("多单客户")
    page.get_by_label("Category").fill("Our shop › Care")
    page.get_by_role("option").first.click()
    page.get_by_label("Expression, such as sum(amount)").fill("order_count > 2")
    page.wait_for_selector("text=customers have a value")
    assert re.search("may be off by", page.locator(".builder aside").inner_text())
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile("/tags"))
    written = (served.folder / "tags" / "own.yml").read_text(encoding="utf-8")
    assert "many_orders:" in written
    assert "order_count > 2" in written


def test_an_invitation_and_a_key_are_shown_to_who_made_them(opened: Open, served: Served):
    page = opened("/admin?tab=users")
    page.get_by_label("Name", exact=True).fill("li.lei")
    page.get_by_role("button", name="Invite").click()
    page.wait_for_selector(".q-dialog:has-text('Hand this link to li.lei')")
    assert page.locator(".q-dialog input").input_value().startswith(f"{served.base}/link/")
    page.get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("tab", name="Keys").click()
    page.get_by_label("For", exact=True).fill("the web shop")
    page.get_by_role("button", name="Make", exact=True).click()
    page.wait_for_selector(".q-dialog:has-text('This key is shown once')")
    assert page.locator(".q-dialog input").input_value().startswith("hx_")
    assert page.complaints == []


def test_a_backup_is_made_and_verified_and_how_it_is_put_back_is_told(opened: Open, cookies_of: Any):
    page = opened("/admin?tab=backups")
    page.get_by_role("button", name="Make a backup").click()
    page.wait_for_selector("text=The backup is made")
    row = page.locator("[aria-label=Backups] tbody tr").first  # the newest
    file = row.locator("td").nth(1).inner_text()
    assert f"{file} " in page.locator("pre").inner_text()
    row.get_by_role("checkbox").click()
    page.get_by_role("button", name="Verify").click()
    page.wait_for_selector("text=Sound:")
    assert row.locator("a").count() == 0, "who runs the server is handed no backup"
    officer = opened("/admin?tab=backups", cookies=cookies_of("privacy_officer"))
    with officer.expect_download() as waiting:
        officer.get_by_role("link", name=file).click()
    assert Path(waiting.value.path()).read_bytes()[:2] == b"\x1f\x8b"
    assert officer.get_by_role("button", name="Make a backup").count() == 0


def test_who_is_not_signed_in_is_led_to_sign_in_and_back(served: Served, browser: Any, session: list[Any]):
    context = browser.new_context(locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(served.base + "/segments")
    assert "/sign-in?next=" in page.url
    assert page.evaluate("document.documentElement.lang").startswith("zh")
    page.fill("[name=name]", "admin")
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(re.compile("/segments$"))
    page.wait_for_selector("main h1")
    assert page.locator("main h1").inner_text() == "分群"
    page.get_by_role("button", name=re.compile("admin")).click()
    page.get_by_text("退出登录").click()
    page.wait_for_url(re.compile("/sign-in"))
    page.goto(served.base + "/segments")
    assert "/sign-in" in page.url
    context.close()
