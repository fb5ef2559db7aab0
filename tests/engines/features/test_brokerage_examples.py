"""Hand-checked examples of every brokerage feature: what is known of a lead, and the value, with its arithmetic.

The moment is noon (UTC) of 31 January 2026; `day(n)` is the date n days after it.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from galena.domain.signal import Signal
from galena.engines.features import FeatureSet

AS_OF = datetime(2026, 1, 31, 12, tzinfo=UTC)


def day(days: int) -> str:
    """The date so many days after as_of (before it when negative), as JSON holds it."""
    return (date(2026, 1, 31) + timedelta(days=days)).isoformat()


Example = tuple[str, dict[str, Any], float | None]


def _flags(*names: str) -> list[Example]:
    return [(name, {name: yes}, float(yes)) for name in names for yes in (True, False)]


FINANCIAL: list[Example] = [
    ("revenue_millions", {"annual_revenue": 2_500_000}, 2.5),
    ("revenue_per_employee", {"annual_revenue": 2_500_000, "employee_count": 20}, 125_000),  # 2,500,000 / 20
    ("revenue_per_employee", {"annual_revenue": 2_500_000, "employee_count": 0}, None),  # nobody to divide by
    ("employee_count", {"employee_count": 20}, 20),
    ("employee_count", {"employee_count": 0}, 0),
    ("years_in_business", {"years_in_business": 12.5}, 12.5),
    ("business_maturity_score", {"years_in_business": 5}, 0.25),  # 5 / 20
    ("business_maturity_score", {"years_in_business": 45}, 1),  # min(1, 2.25)
    ("owner_age", {"owner_age": 71}, 71),
    ("owner_age", {"owner_age": 0}, None),  # a placeholder
    ("owner_age_normalized", {"owner_age": 71}, 0.71),  # 71 / 100
    ("owner_age_normalized", {"owner_age": 0}, None),
    *_flags("has_successor", "pre_foreclosure", "tax_delinquent"),
    ("succession_risk", {"owner_age": 66, "has_successor": False}, 1),
    ("succession_risk", {"owner_age": 66}, 1),  # an unknown successor counts as none
    ("succession_risk", {"owner_age": 65}, 0),  # not over 65
    ("succession_risk", {"owner_age": 80, "has_successor": True}, 0),
    ("succession_risk", {"has_successor": True}, 0),  # whatever the age
    ("succession_risk", {"has_successor": False}, None),  # the age decides, and is unknown
    ("succession_risk", {"owner_age": 0}, None),  # a placeholder
    ("lease_urgency", {"lease_end_date": day(73)}, 0.9),  # 1 - 73 / 730
    ("lease_urgency", {"lease_end_date": day(900)}, 0),
    ("lease_urgency", {"lease_end_date": day(0)}, 1),
    ("lease_urgency", {"lease_end_date": day(-90)}, 1),  # holding over
    ("lease_urgency", {"lease_end_date": day(-91)}, 0),  # another lease is in force
    ("lease_urgency", {"lease_end_date": day(-2000)}, 0),
    ("lease_critical", {"lease_end_date": day(179)}, 1),
    ("lease_critical", {"lease_end_date": day(180)}, 0),  # not under 180
    ("lease_critical", {"lease_end_date": day(-90)}, 1),
    ("lease_critical", {"lease_end_date": day(-91)}, 0),
    ("balloon_urgency", {"balloon_payment_date": day(73)}, 0.8),  # 1 - 73 / 365
    ("balloon_urgency", {"balloon_payment_date": day(365)}, 0),
    ("balloon_urgency", {"balloon_payment_date": day(-90)}, 1),  # overdue
    ("balloon_urgency", {"balloon_payment_date": day(-91)}, 0),  # settled one way or another
    ("permit_recency", {"last_permit_date": day(-365)}, 0.8),  # 1 - 365 / 1825
    ("permit_recency", {"last_permit_date": day(-1825)}, 0),
    ("permit_recency", {"last_permit_date": day(30)}, 1),  # announced
    ("permit_recency", {"last_permit_date": day(31)}, 0),  # not issued
]

LIFE_EVENTS: list[Example] = [
    *_flags("recent_divorce", "recent_spouse_death", "recent_health_event"),
    ("life_event_recency", {"life_event_date": day(-146)}, 0.8),  # 1 - 146 / 730
    ("life_event_recency", {"life_event_date": day(-730)}, 0),
    ("life_event_recency", {"life_event_date": day(-5000)}, 0),
    ("life_event_recency", {"life_event_date": day(20)}, 1),  # a hearing is announced
    ("life_event_recency", {"life_event_date": day(400)}, 0),  # has not happened
    ("life_event_critical", {"life_event_date": day(-179)}, 1),
    ("life_event_critical", {"life_event_date": day(-180)}, 0),
    ("life_event_critical", {"life_event_date": day(31)}, 0),
    ("has_major_life_event", {"recent_divorce": False, "recent_spouse_death": True}, 1),
    ("has_major_life_event", {"recent_health_event": True}, 1),
    ("has_major_life_event", {"recent_divorce": False}, 0),  # unknown parts count as none
]

LIENS = [
    {"type": "tax", "amount": 30_000, "date": day(-365)},
    {"type": "judgment", "amount": 12_500, "date": day(-366)},
    {"type": "tax", "amount": None, "date": None},
]

PERSONAL_DISTRESS: list[Example] = [
    *_flags("owner_personal_bankruptcy"),
    ("owner_lien_count", {"owner_personal_liens": LIENS}, 3),
    ("owner_lien_count", {"owner_personal_liens": []}, 0),
    ("owner_lien_amount_normalized", {"owner_personal_liens": LIENS}, 0.425),  # (30,000 + 12,500) / 100,000
    ("owner_lien_amount_normalized", {"owner_personal_liens": [{"amount": 250_000}]}, 1),
    ("owner_lien_amount_normalized", {"owner_personal_liens": []}, 0),
    ("owner_lien_amount_normalized", {"owner_personal_liens": [{"type": "tax"}]}, None),  # no amount is known
    (
        "owner_recent_lien_count",
        {"owner_personal_liens": LIENS},
        1,
    ),  # 365 days ago; 366 is out, no date is out
    ("owner_recent_lien_count", {"owner_personal_liens": [{"date": day(400)}]}, 0),
    ("owner_recent_lien_count", {"owner_personal_liens": []}, 0),
    ("bankruptcy_recency", {"owner_bankruptcy_date": day(-730)}, 0.6),  # 1 - 730 / 1825
    ("bankruptcy_recency", {"owner_bankruptcy_date": day(100)}, 0),
    ("owner_credit_risk", {"owner_credit_score_range": "poor"}, 0.9),
    ("owner_credit_risk", {"owner_credit_score_range": "fair"}, 0.6),
    ("owner_credit_risk", {"owner_credit_score_range": "good"}, 0.3),
    ("owner_credit_risk", {"owner_credit_score_range": "excellent"}, 0.1),
    ("owner_credit_risk", {"owner_credit_score_range": "unknown"}, 0.5),
]

SENTIMENT: list[Example] = [
    ("yelp_rating_normalized", {"yelp_rating": 4.5, "yelp_review_count": 12}, 0.9),  # 4.5 / 5
    ("yelp_rating_normalized", {"yelp_rating": 4.5}, 0.9),
    ("yelp_rating_normalized", {"yelp_rating": 4.5, "yelp_review_count": 0}, None),  # the mean of nothing
    ("yelp_rating_normalized", {"yelp_rating": 0}, None),  # stars begin at 1
    ("yelp_trend_risk", {"yelp_rating_trend": "declining"}, 1),
    ("yelp_trend_risk", {"yelp_rating_trend": "stable"}, 0.3),
    ("yelp_trend_risk", {"yelp_rating_trend": "improving"}, 0),
    ("yelp_trend_risk", {"yelp_rating_trend": "unknown"}, 0.5),
    ("yelp_rating_drop", {"yelp_6mo_avg": 4.5, "yelp_recent_avg": 3.25}, 1.25),  # 4.5 - 3.25
    ("yelp_rating_drop", {"yelp_6mo_avg": 3.5, "yelp_recent_avg": 4}, 0),  # max(0, -0.5)
    ("yelp_rating_drop", {"yelp_6mo_avg": 4.5, "yelp_recent_avg": 0}, None),  # no recent reviews
    ("yelp_rating_drop_severe", {"yelp_6mo_avg": 4.5, "yelp_recent_avg": 3.25}, 1),  # 1.25 > 1
    ("yelp_rating_drop_severe", {"yelp_6mo_avg": 4.5, "yelp_recent_avg": 3.5}, 0),  # 1.0 is not over 1.0
    ("google_rating_normalized", {"google_rating": 3, "google_review_count": 8}, 0.6),  # 3 / 5
    ("google_rating_normalized", {"google_rating": 3, "google_review_count": 0}, None),
    ("google_trend_risk", {"google_rating_trend": "declining"}, 1),
    ("google_trend_risk", {"google_rating_trend": "improving"}, 0),
    ("average_online_rating", {"yelp_rating": 4, "google_rating": 3}, 3.5),  # (4 + 3) / 2
    ("average_online_rating", {"yelp_rating": 4}, 4),
    ("average_online_rating", {"google_rating": 3}, 3),
    ("average_online_rating", {"yelp_rating": 4, "yelp_review_count": 0, "google_rating": 3}, 3),
    ("average_sentiment_risk", {"yelp_rating_trend": "declining"}, 0.75),  # (1 + 0.5) / 2
    ("average_sentiment_risk", {"yelp_rating_trend": "stable", "google_rating_trend": "stable"}, 0.3),
    ("review_velocity_declining", {"review_velocity_change": -20.5}, 1),
    ("review_velocity_declining", {"review_velocity_change": -20}, 0),  # not under -20
    *_flags("negative_review_spike"),
]

COMPETITORS = [
    {"name": "Corner Bakery", "opened_date": day(-180), "distance_miles": 0.4},
    {"name": "Mill Bakery", "opened_date": day(-181), "distance_miles": 0.5},
    {"name": "Far Bakery", "opened_date": day(-10), "distance_miles": 2.5},
    {"name": "Old Bakery", "opened_date": day(-366), "distance_miles": 1},
    {"name": "Unknown Bakery", "opened_date": None, "distance_miles": None},
]

MARKET: list[Example] = [
    ("new_competitors_risk", {"new_competitors_count": 2}, 0.4),  # 2 / 5
    ("new_competitors_risk", {"new_competitors_count": 9}, 1),
    ("new_competitors_risk", {"new_competitors_data": COMPETITORS}, 0.4),  # Corner and Mill: 2 / 5
    ("new_competitors_risk", {"new_competitors_count": 0, "new_competitors_data": COMPETITORS}, 0),
    ("recent_competitors_count", {"new_competitors_data": COMPETITORS}, 2),  # Corner (180 days) and Far
    ("recent_competitors_count", {"new_competitors_data": []}, 0),
    ("nearby_competitors_count", {"new_competitors_data": COMPETITORS}, 1),  # Corner; 0.5 is not under 0.5
    ("nearby_competitors_count", {"new_competitors_data": []}, 0),
    ("recent_zoning_change", {"recent_zoning_changes": True}, 1),
    ("recent_zoning_change", {"recent_zoning_changes": False}, 0),
    ("zoning_change_recency", {"zoning_change_date": day(-73)}, 0.8),  # 1 - 73 / 365
    ("zoning_change_recency", {"zoning_change_date": day(-365)}, 0),
    ("zoning_change_recency", {"zoning_change_date": day(365)}, 1),  # announced
    ("zoning_change_recency", {"zoning_change_date": day(366)}, 0),
    ("property_value_risk", {"property_value_trend": "declining"}, 0.8),
    ("property_value_risk", {"property_value_trend": "stable"}, 0.3),
    ("property_value_risk", {"property_value_trend": "increasing"}, 0),
    ("property_value_risk", {"property_value_trend": "unknown"}, 0.5),
]

POSTS = {"facebook_last_post_date": day(-400), "linkedin_last_post_date": day(-45)}
POSTS_PER_WEEK = "social_posting_frequency_6mo_avg"
RECENT_POSTS_PER_WEEK = "social_posting_frequency_recent"

SOCIAL: list[Example] = [
    ("social_inactivity_score", POSTS, 0.25),  # the latest: 45 / 180
    ("social_inactivity_score", {"twitter_last_post_date": day(-400)}, 1),
    ("social_inactivity_score", {"instagram_last_post_date": day(3)}, 0),
    ("social_abandoned", POSTS, 0),
    ("social_abandoned", {"twitter_last_post_date": day(-91)}, 1),
    ("social_abandoned", {"twitter_last_post_date": day(-90)}, 0),
    ("social_frequency_drop", {POSTS_PER_WEEK: 4, RECENT_POSTS_PER_WEEK: 1}, 75),  # (4 - 1) / 4
    ("social_frequency_drop", {POSTS_PER_WEEK: 1, RECENT_POSTS_PER_WEEK: 4}, 0),
    ("social_frequency_drop", {POSTS_PER_WEEK: 0, RECENT_POSTS_PER_WEEK: 4}, None),  # nothing to fall from
    ("social_frequency_drop_severe", {POSTS_PER_WEEK: 4, RECENT_POSTS_PER_WEEK: 1}, 1),
    ("social_frequency_drop_severe", {POSTS_PER_WEEK: 4, RECENT_POSTS_PER_WEEK: 2}, 0),  # 50 is not over 50
    ("social_engagement_risk", {"social_engagement_trend": "declining"}, 0.8),
    ("social_engagement_risk", {"social_engagement_trend": "stable"}, 0.3),
    ("social_engagement_risk", {"social_engagement_trend": "improving"}, 0),
]

ALL_TEN = {
    "pre_foreclosure": True,
    "tax_delinquent": True,
    "lease_end_date": day(73),
    "owner_age": 70,
    "recent_divorce": True,
    "owner_personal_bankruptcy": True,
    "owner_personal_liens": [{"amount": 50_000, "date": day(-10)}],
    "yelp_6mo_avg": 4.5,
    "yelp_recent_avg": 3.0,
    "negative_review_spike": True,
    "balloon_payment_date": day(73),
}
DISTRESSED_OWNER = {
    "life_event_date": day(-365),
    "owner_bankruptcy_date": day(-365),
    "owner_personal_liens": [{"amount": 50_000, "date": day(-400)}],
    "owner_credit_score_range": "poor",
}
DECLINING = {
    "yelp_rating_trend": "declining",
    "google_rating_trend": "declining",
    "linkedin_last_post_date": day(-90),
    "new_competitors_count": 2,
    "property_value_trend": "declining",
}

COMPOSITES: list[Example] = [
    ("total_distress_intensity", ALL_TEN, 1),
    ("total_distress_intensity", {"pre_foreclosure": True, "owner_age": 70, "has_successor": True}, 0.1),
    ("total_distress_intensity", {"balloon_payment_date": day(90)}, 0.1),
    ("total_distress_intensity", {"balloon_payment_date": day(91)}, 0),
    ("total_distress_intensity", {"balloon_payment_date": day(-91)}, 0),
    # 0.3 * 0.5 + 0.2 * 0.8 + 0.2 * 0.5 + 0.3 * 0.9 = 0.15 + 0.16 + 0.1 + 0.27
    ("owner_distress_score", DISTRESSED_OWNER, 0.68),
    ("owner_distress_score", {"life_event_date": day(-365)}, 0.3),  # 0.15 + 0 + 0 + 0.3 * 0.5
    # 0.3 * 1 + 0.25 * 0.5 + 0.25 * 0.4 + 0.2 * 0.8 = 0.3 + 0.125 + 0.1 + 0.16
    ("business_decline_score", DECLINING, 0.685),
    # signs: critical lease, lien, ... all ten: 0.3 * 1
    # owner: 0.2 * 0.5 (liens) + 0.3 * 0.5 (credit) = 0.25; 0.25 * 0.25 = 0.0625
    # decline: 0.3 * 0.5 + 0.25 * 1 + 0.2 * 0.5 = 0.5; 0.25 * 0.5 = 0.125
    # lease 0.1 * 0.9, balloon 0.1 * 0.8: 0.3 + 0.0625 + 0.125 + 0.09 + 0.08
    ("overall_urgency_score", ALL_TEN, 0.6575),
]

INTENT: list[Example] = [
    ("search_intent_score", {"web_search_activity": ["bakery ovens", "How to SELL a bakery"]}, 1),
    ("search_intent_score", {"web_search_activity": ["Thinking of selling."]}, 1),
    (
        "search_intent_score",
        {"web_search_activity": ["Russell Street bakery"]},
        0,
    ),  # no word begins with sell
    ("search_intent_score", {"web_search_activity": []}, 0),
]

FILED = [
    {"items": "5.02,9.01", "date": day(-180)},
    {"items": "1.03", "date": day(-181)},
    {"items": "8.01, 9.01", "date": day(-1)},
    {"items": "11.02", "date": day(-1)},
    {"items": "5.02", "date": None},
]

FILINGS: list[Example] = [
    ("compensation_change", {"compensation_change_percent": -12.5}, -12.5),
    ("company_bankruptcy_filing", {"company_bankruptcy": True}, 1),
    ("company_bankruptcy_filing", {"company_bankruptcy": False}, 0),
    ("company_bankruptcy_filing", {"company_bankruptcy": False, "recent_8k_filings": FILED}, 1),  # item 1.03
    ("company_bankruptcy_filing", {"recent_8k_filings": FILED[:1]}, 0),
    ("amendment_filed", {"last_amendment_date": day(-365)}, 1),
    ("amendment_filed", {"last_amendment_date": day(-366)}, 0),
    *_flags("going_concern_warning", "sanctions_match"),
    ("insider_selling", {"insider_selling_activity": [{"date": day(-180)}]}, 1),
    ("insider_selling", {"insider_selling_activity": [{"date": day(-181)}]}, 0),
    ("insider_selling", {"insider_selling_activity": []}, 0),
    ("recent_executive_departures", {"executive_departures": [{"date": day(-365)}, {"date": day(-366)}]}, 1),
    ("material_8k_items", {"recent_8k_filings": FILED}, 1),  # 5.02; 1.03 is too old, the others not material
]

HISTORY: list[Example] = [
    ("earlier_assignments", {"earlier_assignments_count": 2}, 2),
    ("last_disposition_quality", {"last_disposition": "booked"}, 1),
    ("last_disposition_quality", {"last_disposition": "lost"}, 1),  # there had been a meeting
    ("last_disposition_quality", {"last_disposition": "callback"}, 0.7),
    ("last_disposition_quality", {"last_disposition": "no_answer"}, 0.5),
    ("last_disposition_quality", {"last_disposition": "not_interested"}, 0.3),
    ("last_disposition_quality", {"last_disposition": "dnc"}, 0),
    ("last_disposition_quality", {"last_disposition": "wrong_number"}, None),
    ("last_reason_timing", {"last_disposition_reason": "timing"}, 1),
    ("last_reason_timing", {"last_disposition_reason": "sold"}, 0),
    ("last_reason_final", {"last_disposition_reason": "sold"}, 1),
    ("last_reason_final", {"last_disposition_reason": "timing"}, 0),
    ("days_since_last_disposition", {"last_disposition_date": day(-90)}, 90),
    ("contact_attempts", {"contact_attempts_count": 3}, 3),
    ("contact_attempts", {}, 0),
    ("cadence_engagement", {"cadence_sent_count": 4, "cadence_engaged_count": 1}, 0.25),  # 1 / 4
    ("cadence_engagement", {"cadence_sent_count": 0, "cadence_engaged_count": 0}, None),
]

EXAMPLES: list[Example] = [
    *FINANCIAL,
    *LIFE_EVENTS,
    *PERSONAL_DISTRESS,
    *SENTIMENT,
    *MARKET,
    *SOCIAL,
    *COMPOSITES,
    *INTENT,
    *FILINGS,
    *HISTORY,
]

OF_NOTHING: dict[str, float] = {
    "contact_attempts": 0,
    "has_major_life_event": 0,
    "owner_credit_risk": 0.5,
    "yelp_trend_risk": 0.5,
    "google_trend_risk": 0.5,
    "average_sentiment_risk": 0.5,  # (0.5 + 0.5) / 2
    "property_value_risk": 0.5,
    "social_inactivity_score": 1,
    "social_engagement_risk": 0.5,
    "total_distress_intensity": 0,
    "owner_distress_score": 0.15,  # 0.3 * 0.5
    "business_decline_score": 0.5,  # 0.3 * 0.5 + 0.25 * 1 + 0.25 * 0 + 0.2 * 0.5
    "overall_urgency_score": 0.1625,  # 0.25 * 0.15 + 0.25 * 0.5
}
"""The features that have a value for a lead of which nothing is known; all others are NULL."""


THE_53 = """
revenue_millions revenue_per_employee employee_count years_in_business business_maturity_score owner_age
owner_age_normalized has_successor succession_risk pre_foreclosure tax_delinquent lease_urgency lease_critical
balloon_urgency permit_recency
recent_divorce recent_spouse_death recent_health_event life_event_recency life_event_critical has_major_life_event
owner_personal_bankruptcy owner_lien_count owner_lien_amount_normalized owner_recent_lien_count bankruptcy_recency
owner_credit_risk
yelp_rating_normalized yelp_trend_risk yelp_rating_drop yelp_rating_drop_severe google_rating_normalized
google_trend_risk average_online_rating average_sentiment_risk review_velocity_declining negative_review_spike
new_competitors_risk recent_competitors_count nearby_competitors_count recent_zoning_change zoning_change_recency
property_value_risk
social_inactivity_score social_abandoned social_frequency_drop social_frequency_drop_severe social_engagement_risk
total_distress_intensity owner_distress_score business_decline_score overall_urgency_score
search_intent_score
"""


def test_the_53_are_all_there_in_order(brokerage: FeatureSet) -> None:
    assert len(THE_53.split()) == 53
    assert list(brokerage.names[:53]) == THE_53.split()


def test_every_feature_has_a_hand_checked_example(brokerage: FeatureSet) -> None:
    with_value = {name for name, _, expected in EXAMPLES if expected is not None}
    assert set(brokerage.names) - with_value == set()


@pytest.mark.parametrize(
    ("name", "fields", "expected"), EXAMPLES, ids=[f"{n}-{i}" for i, (n, _, _) in enumerate(EXAMPLES)]
)
def test_by_hand(brokerage: FeatureSet, name: str, fields: dict[str, Any], expected: float | None) -> None:
    found = brokerage.compute_one(fields, [], AS_OF)[name]
    assert found == (expected if expected is None else pytest.approx(expected, abs=1e-12))


def test_history_from_signals_by_hand(brokerage: FeatureSet) -> None:
    kinds = ["email_sent"] * 4 + ["email_opened"] * 2 + ["email_clicked"] + ["call_made"] * 3
    signals = [Signal(kind, AS_OF - timedelta(days=days)) for days, kind in enumerate(kinds)]
    imported = {"contact_attempts_count": 5, "cadence_sent_count": 9, "cadence_engaged_count": 9}
    found = brokerage.compute_one(imported, signals, AS_OF)
    assert found["contact_attempts"] == 7  # 4 e-mails + 3 calls; the import knows of 5
    assert found["cadence_engagement"] == 0.5  # 2 opened of 4 sent


def test_of_a_lead_of_which_nothing_is_known(brokerage: FeatureSet) -> None:
    found = brokerage.compute_one({}, [], AS_OF)
    known = {name: value for name, value in found.items() if value is not None}
    assert known == pytest.approx(OF_NOTHING, abs=1e-12)


def test_unknown_written_out_is_the_same_as_left_out(brokerage: FeatureSet) -> None:
    nothing = dict.fromkeys(brokerage.schema)
    assert brokerage.compute_one(nothing, [], AS_OF) == brokerage.compute_one({}, [], AS_OF)
