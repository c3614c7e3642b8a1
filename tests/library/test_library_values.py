"""What tags of the retail library say about a handful of facts, with the arithmetic beside them.

The grocery example holds the tags over orders, order lines and touches to an oracle; these are mostly the others.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

AS_OF = "2026-07-01"


def _expect(profile: dict[str, Any], **expected: Any) -> None:
    found = {name: profile[name] for name in expected}
    assert found == {
        name: pytest.approx(value) if isinstance(value, float) else value for name, value in expected.items()
    }


def test_attributes_give_age_generation_zodiac_and_region(profile: Any) -> None:
    people = {
        # 36 years old on the very day.
        "ann": {"birthday": "1990-07-01", "gender": "female", "province": "广东", "city": "深圳"},
        # A day short of 26.
        "bo": {"birthday": "2000-07-02", "province": "黑龙江", "city": "鹤岗"},
        # Not yet born, so no age.
        "cy": {"birthday": "2030-01-01", "province": "内蒙古"},
    }
    ann, bo, cy = (profile(AS_OF, {}, people)[name] for name in ("ann", "bo", "cy"))
    _expect(ann, age=36, age_band="from_35_to_44", generation="born_1990s", western_zodiac="cancer", birthday_month=7)
    _expect(ann, region="south", economic_region="eastern", city_tier="tier_1", region_tier="core")
    _expect(bo, age=25, age_band="from_25_to_34", generation="born_2000s", region="northeast", region_tier="lower_tier")
    _expect(cy, age=None, age_band=None, region="north", economic_region="western", city_tier=None)


def test_a_capricorn_may_be_born_in_december_or_january(profile: Any) -> None:
    days = {"a": "1990-12-22", "b": "1990-01-19", "c": "1990-01-20", "d": "1990-12-21"}
    found = profile(AS_OF, {}, {name: {"birthday": day} for name, day in days.items()})
    signs = [found[name]["western_zodiac"] for name in "abcd"]
    assert signs == ["capricorn", "capricorn", "aquarius", "sagittarius"]


def test_households_and_life_stages_follow_from_age_children_and_size(profile: Any) -> None:
    people = {
        "empty_nest": {"birthday": "1966-01-01", "children": 0, "household_size": 2},
        "lone_parent": {"birthday": "1970-01-01", "children": 1, "household_size": 2},
        "young_family": {"birthday": "1995-01-01", "children": 1, "household_size": 3},
        "student": {"birthday": "2006-01-01", "children": 0, "household_size": 1},
    }
    found = profile(AS_OF, {}, people)
    _expect(found["empty_nest"], life_stage="empty_nest", household_type="couple", has_children=False)
    _expect(found["lone_parent"], life_stage="family", household_type="single_parent", has_children=True)
    _expect(found["young_family"], life_stage="young_family", household_type="family")
    # Sizes do not matter to the stage; a child on file does.
    _expect(found["student"], life_stage="student_age", household_type="living_alone")


def test_visits_are_counted_by_session_day_and_step_towards_an_order(profile: Any) -> None:
    def event(at: str, name: str, session: str, **more: Any) -> dict[str, Any]:
        return {"customer": "ann", "occurred_at": at, "name": name, "session_id": session, **more}

    events = [
        event("2026-06-30 23:30", "Product Viewed", "s1", category="母婴", product_id="p1", channel="app"),
        event("2026-06-30 23:40", "Product Viewed", "s1", category="母婴", product_id="p2", channel="app"),
        event("2026-06-30 23:50", "Product Added", "s1", category="母婴", product_id="p2", channel="app"),
        event("2026-06-20 12:00", "Products Searched", "s2", query="奶粉", channel="mini"),
        event("2026-06-20 12:05", "Product Viewed", "s2", category="美妆", product_id="p3", channel="mini"),
        event("2026-06-20 12:06", "Product Added", "s2", category="美妆", product_id="p3", channel="mini"),
        event("2026-06-20 12:09", "Order Completed", "s2", channel="mini"),
        # The last moment of the day before the 90 days begin (2026-04-02), and the first that counts.
        event("2026-04-01 23:59", "Product Viewed", "s3", category="图书", product_id="p4", channel="web"),
        event("2026-04-02 00:00", "Product Viewed", "s4", category="图书", product_id="p4", channel="web"),
        # At as_of: changes nothing.
        event("2026-07-01 00:00", "Product Viewed", "s5", category="图书", product_id="p5", channel="web"),
    ]
    ann = profile(AS_OF, {"events": events})["ann"]
    _expect(ann, event_count_30d=7, session_count_30d=2, session_count_90d=3, visit_days_30d=2, visit_days_90d=3)
    _expect(ann, view_count_30d=3, view_count_90d=4, search_count_30d=1, cart_add_count_90d=2, days_since_last_visit=1)
    # One search beside four views; two additions to four views; two sessions with a cart, one with an order.
    _expect(ann, search_share_90d=1 / 5, view_to_cart_rate=2 / 4, cart_abandonment_rate=1 / 2, events_per_session=8 / 3)
    # Three at 23 h, one at 23:59, one at midnight; 12 h and 23 h have four each, and the earlier one is named.
    _expect(ann, night_visit_share=5 / 9, night_owl=False, preferred_visit_channel="mini", last_visit_channel="app")
    _expect(ann, first_visit_channel="web", visit_channel_count_90d=3, preferred_visit_hour=12, activity_level="low")
    _expect(ann, top_viewed_category_90d="母婴", viewed_category_count_90d=3, viewed_product_count_90d=4)
    _expect(ann, browsing_diversity=1.5, browsing_focus=2 / 4, last_viewed_category="母婴", comparison_habit=4 / 2)
    _expect(ann, top_search_90d="奶粉", last_search="奶粉", search_topics_90d=["奶粉"])
    _expect(ann, top_viewed_categories_90d=["母婴", "图书", "美妆"], visit_interval=10.0)


@pytest.mark.parametrize(("night", "day", "owl"), [(6, 14, True), (5, 15, False), (6, 13, False)])
def test_a_night_owl_has_20_events_and_three_in_ten_of_them_at_night(
    profile: Any, night: int, day: int, owl: bool
) -> None:
    times = [f"2026-06-{i + 1:02} 04:59" for i in range(night)] + [f"2026-06-{i + 1:02} 05:00" for i in range(day)]
    events = [{"customer": "ann", "occurred_at": at, "name": "Page Viewed"} for at in times]
    assert profile(AS_OF, {"events": events})["ann"]["night_owl"] is owl


def _order(customer: str, at: str, amount: str, **more: Any) -> dict[str, Any]:
    return {"customer": customer, "occurred_at": at, "amount": amount, "order_id": f"{customer} {at}", **more}


def test_an_order_counts_when_it_is_paid_and_a_return_is_a_fact_of_its_own(profile: Any) -> None:
    orders = [
        _order("ann", "2026-06-01 10:00", "100.10", status="paid", channel="app", coupon="C1", shipping="8"),
        _order("ann", "2026-06-02 10:00", "200.20", status="completed", channel="store", coupon=None),
        _order("ann", "2026-06-03 10:00", "999", status="placed", paid=False, channel="web"),
        _order("ann", "2026-06-04 10:00", "100.10", status="returned", paid=False, channel="app"),
        _order("ann", "2026-06-05 10:00", "50", status="cancelled", paid=False, channel="app"),
    ]
    ann = profile(AS_OF, {"orders": orders})["ann"]
    _expect(ann, order_count=2, average_order_value=150.15, return_count=1, return_rate=1 / 2, cancel_count=1)
    assert str(ann["spend_total"]) == "300.30"
    assert str(ann["returned_amount"]) == "100.10"
    _expect(ann, cancel_rate=1 / 3, days_since_last_return=27, serial_returner=False)
    _expect(ann, omnichannel=True, first_order_channel="app", preferred_order_channel="app", channel_loyalty=1 / 2)
    _expect(ann, coupon_order_count=1, coupon_order_share=1 / 2, days_since_last_coupon_order=30)


def test_lifecycle_runs_from_potential_to_won_back(profile: Any) -> None:
    orders = [
        _order("new", "2026-06-02", "1"),
        _order("active", "2026-01-01", "1"),
        _order("active", "2026-05-01", "1"),
        # 90 days ago is 2 April: 91 days is at risk, 180 days ago is 2 January: 181 days is lost.
        _order("at_risk", "2026-04-01", "1"),
        _order("lost", "2026-01-01", "1"),
        # 270 days ago is 4 October 2025.
        _order("won_back", "2025-10-03", "1"),
        _order("won_back", "2026-06-01", "1"),
        _order("potential", "2026-06-01", "1", paid=False),
    ]
    found = profile(AS_OF, {"orders": orders})
    assert {name: row["lifecycle_stage"] for name, row in found.items()} == {name: name for name in found}


def test_the_eight_rfm_groups_follow_from_scores_of_four_and_more(profile: Any) -> None:
    # Five buyers, so scores run from 1 to 5: the last day, the number and the sum of orders decide.
    days = {"a": 30, "b": 25, "c": 20, "d": 15, "e": 10}
    counts = {"a": 5, "b": 1, "c": 4, "d": 3, "e": 2}
    orders = [
        _order(name, f"2026-06-{day:02} {hour:02}:00", str(amount))
        for (name, day), amount in zip(days.items(), (10, 500, 90, 1, 2), strict=True)
        for hour in range(counts[name])
    ]
    orders.append(_order("nobody", "2026-06-01", "5", paid=False))
    found = profile(AS_OF, {"orders": orders})
    scores = {
        name: (row["recency_score"], row["frequency_score"], row["monetary_score"]) for name, row in found.items()
    }
    # Sums: a 50, b 500, c 360, d 3, e 4.
    assert scores == {
        "a": (5, 5, 3), "b": (4, 1, 5), "c": (3, 4, 4), "d": (2, 3, 1), "e": (1, 2, 2), "nobody": (None, None, None),
    }  # fmt: skip
    groups = {name: row["rfm_group"] for name, row in found.items()}
    assert groups == {
        "a": "regulars", "b": "high_value_developing", "c": "high_value_at_risk", "d": "hibernating",
        "e": "hibernating", "nobody": None,
    }  # fmt: skip
    assert found["a"]["rfm_code"] == "553"
    assert found["nobody"]["value_tier"] == "basic"


def test_margin_counts_only_lines_whose_cost_is_known(profile: Any) -> None:
    lines = [
        _order("ann", "2026-06-01", "100", cost="60", premium=True, brand="X", category="母婴"),
        _order("ann", "2026-06-02", "50", cost="30", premium=False, brand="Y", category="母婴"),
        _order("ann", "2026-06-03", "50", cost=None, premium=None, brand=None, category="家具"),
    ]
    orders = [_order("ann", "2026-06-01", "200")]
    ann = profile(AS_OF, {"order_lines": lines, "orders": orders})["ann"]
    assert str(ann["gross_margin_total"]) == "60.00"
    _expect(ann, gross_margin_rate=60 / 150, premium_share=100 / 200, premium_affinity="high")
    _expect(ann, baby_orders_180d=2, days_since_first_baby_purchase=30, new_parent=True, category_concentration=0.75)
    assert str(ann["home_renovation_spend_365d"]) == "50.00"


def test_a_first_baby_purchase_of_three_years_ago_makes_no_new_parent(profile: Any) -> None:
    days = ("2023-06-01", "2026-06-01", "2026-06-15")
    lines = [_order("ann", day, "10", category="母婴") for day in days]
    _expect(profile(AS_OF, {"order_lines": lines})["ann"], baby_orders_180d=2, new_parent=False)


def test_service_tells_complaints_open_tickets_and_satisfaction(profile: Any) -> None:
    def ticket(at: str, resolved: str | None, **more: Any) -> dict[str, Any]:
        return {"customer": "ann", "occurred_at": at, "resolved_at": resolved, "ticket_id": at, **more}

    tickets = [
        ticket("2026-06-01 10:00", "2026-06-01 12:00", type="complaint", topic="物流", satisfaction=2, priority="high"),
        ticket("2026-06-10 10:00", "2026-06-10 16:00", type="投诉", topic="质量", satisfaction=4, priority="low"),
        ticket("2026-06-20 10:00", None, type="咨询", topic="物流", satisfaction=None, priority=None),
    ]
    ann = profile(AS_OF, {"tickets": tickets, "orders": [_order("ann", "2026-06-01", "1")]})["ann"]
    _expect(
        ann, ticket_count=3, complaint_count_365d=2, open_ticket_count=1, top_ticket_topic="物流", service_risk="high"
    )
    # Two hours and six, the open one not counted.
    _expect(ann, resolution_hours_median=4.0, service_satisfaction=3.0, last_service_satisfaction=4.0)
    _expect(ann, low_satisfaction_count=1, urgent_ticket_share=1 / 3, tickets_per_order=3.0, days_since_last_ticket=11)


def test_reviews_answers_and_relations_tell_what_a_customer_says(profile: Any) -> None:
    at = {"customer": "ann", "occurred_at": "2026-06-01"}
    reviews = [
        {**at, "rating": 5, "text": "很好", "likes": 3, "pictures": 2, "category": "母婴", "sentiment": 0.8},
        {**at, "rating": 2, "text": "一般般吧", "likes": 9, "pictures": 0, "category": "美妆", "sentiment": -0.2},
    ]
    answers = [
        {**at, "survey": "s1", "question": "nps", "score": 6},
        {**at, "survey": "s1", "question": "service", "score": 4},
        {**at, "occurred_at": "2026-06-02", "survey": "s2", "question": "NPS", "score": 9},
    ]
    relations = [
        {**at, "kind": "referral", "other": "x", "strength": 1},
        {**at, "kind": "referral", "other": "x", "strength": 1},
        {**at, "kind": "friend", "other": "y", "strength": 5},
    ]
    ann = profile(AS_OF, {"reviews": reviews, "answers": answers, "relations": relations})["ann"]
    _expect(ann, review_count=2, average_rating=3.5, review_positivity="balanced", negative_review_share=1 / 2)
    _expect(ann, picture_review_share=1 / 2, review_length_average=3.0, review_likes=12, likes_per_review=6.0)
    _expect(ann, review_sentiment=0.3, recommend_score=9.0, recommend_group="promoter", survey_count=2)
    _expect(ann, survey_score_average=4.0, referral_count=1, friend_count=1, strongest_relation="friend")
    _expect(ann, advocate=True, influence_level="medium")


def test_responses_are_set_against_what_was_sent(profile: Any) -> None:
    def touch(day: str, action: str, channel: str, campaign: str) -> dict[str, Any]:
        at = f"2026-06-{day} 09:00"
        return {"customer": "ann", "occurred_at": at, "action": action, "channel": channel, "campaign": campaign}

    touches = [
        *(touch(day, "sent", "sms", f"c{day}") for day in ("01", "02", "03", "04")),
        *(touch(day, "sent", "app_push", f"c{day}") for day in ("05", "06")),
        touch("06", "opened", "app_push", "c06"),
        touch("06", "clicked", "app_push", "c06"),
        touch("04", "clicked", "sms", "c04"),
        touch("06", "converted", "app_push", "c06"),
        touch("20", "unsubscribed", "sms", "c04"),
    ]
    ann = profile(AS_OF, {"touches": touches})["ann"]
    _expect(ann, touch_count_30d=6, campaign_count_365d=6, open_rate=1 / 6, click_rate=2 / 6, sms_click_rate=1 / 4)
    _expect(ann, push_click_rate=1 / 2, email_click_rate=None, campaign_response_rate=1 / 6, unsubscribed=True)
    _expect(ann, marketing_response="occasional", preferred_touch_channel="app_push", message_fatigue=False)
    _expect(ann, days_since_last_response=25, preferred_response_hour=9)


def test_the_latest_statement_on_a_purpose_decides_about_consent(profile: Any) -> None:
    def consent(customer: str, day: str, purpose: str, status: str) -> dict[str, Any]:
        return {"customer": customer, "occurred_at": day, "purpose": purpose, "status": status}

    consents = [
        consent("ann", "2026-01-01", "marketing", "granted"),
        consent("ann", "2026-05-01", "marketing", "withdrawn"),
        consent("ann", "2026-02-01", "personalization", "同意"),
        consent("bo", "2026-01-01", "profiling", "denied"),
        consent("bo", "2026-03-01", "profiling", "Granted"),
        # After the moment of the profile.
        consent("bo", "2026-08-01", "profiling", "withdrawn"),
    ]
    found = profile(AS_OF, {"consents": consents})
    _expect(found["ann"], marketing_consent=False, personalisation_consent=True, profiling_consent=None)
    _expect(found["ann"], consent_statement_count=3, consent_withdrawal_count=1, days_since_last_consent=61)
    _expect(found["bo"], marketing_consent=None, profiling_consent=True, consent_withdrawal_count=1)


def test_tenure_and_first_order_are_counted_in_civil_days(profile: Any) -> None:
    people = {"ann": {"registered_at": "2026-06-01 23:59", "registration_channel": "app"}}
    orders = [_order("ann", "2026-06-03 00:01", "1"), _order("ann", "2026-06-13 00:01", "1")]
    ann = profile(AS_OF, {"orders": orders}, people)["ann"]
    _expect(
        ann, tenure_days=30, tenure_band="first_half_year", days_registered_to_first_order=2, first_order_month="202606"
    )
    _expect(ann, days_to_second_order=10, repurchased_within_90d=True, purchase_interval=10.0, customer_lifespan=10)
    assert ann["first_order_at"] == datetime(2026, 6, 2, 16, 1, tzinfo=UTC)
