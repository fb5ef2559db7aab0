"""The brokerage features written by hand for one lead: the peer that generated code is measured against.

Written as one would for a single playbook: plain dictionaries of JSON values, one function, no engine.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from galena.domain.signal import Signal

_SELL = re.compile(r"\bsell", re.IGNORECASE | re.ASCII)
_MATERIAL = re.compile(r"\b(1\.0[23]|2\.0[456]|3\.01|4\.0[12]|5\.0[12])\b", re.ASCII)
_BANKRUPTCY = re.compile(r"\b1\.03\b", re.ASCII)
_CREDIT = {"poor": 0.9, "fair": 0.6, "good": 0.3, "excellent": 0.1}
_TREND = {"declining": 1.0, "decreasing": 1.0, "stable": 0.3, "improving": 0.0, "increasing": 0.0}
_DISPOSITION = {
    "booked": 1.0, "won": 1.0, "lost": 1.0, "pending": 1.0, "callback": 0.7, "future": 0.7, "no_answer": 0.5,
    "not_interested": 0.3, "dnc": 0.0,
}  # fmt: skip

Value = float | None


def _age(text: str | None, today: date) -> int | None:
    return (today - date.fromisoformat(text)).days if text else None


def _flag(value: bool | None) -> Value:
    return None if value is None else 1.0 if value else 0.0


def _clamp(value: float) -> float:
    return 0.0 if value < 0 else 1.0 if value > 1 else value


def _recency(age: int | None, horizon: int, ahead: int = 30) -> Value:
    if age is None:
        return None
    return 0.0 if age < -ahead else _clamp(1 - age / horizon)


def _urgency(age: int | None, horizon: int) -> Value:
    if age is None:
        return None
    return 0.0 if age > 90 else _clamp(1 + age / horizon)


def _recent(age: int | None, days: int) -> bool:
    return age is not None and -30 <= age <= days


def _trend(text: str | None) -> float:
    return 0.5 if text is None else _TREND.get(text.strip().lower(), 0.5)


def _trend_08(text: str | None) -> float:
    risk = _trend(text)
    return 0.8 if risk == 1 else risk


def _share(value: Value, whole: float) -> Value:
    return None if value is None else value / whole


def _rating(rating: Value, reviews: Value) -> Value:
    return rating / 5 if rating is not None and rating > 0 and (reviews is None or reviews > 0) else None


def brokerage_features(
    lead: Mapping[str, Any], signals: Iterable[Signal], as_of: datetime
) -> dict[str, Value]:
    """Every feature of the brokerage playbook for one lead."""
    get = lead.get
    today = as_of.date()
    out: dict[str, Value] = {}
    revenue, employees, years, age = (
        get("annual_revenue"), get("employee_count"), get("years_in_business"), get("owner_age"),
    )  # fmt: skip
    known_age = age if age is not None and age >= 18 else None
    out["revenue_millions"] = _share(revenue, 1_000_000)
    out["revenue_per_employee"] = revenue / employees if revenue is not None and employees else None
    out["employee_count"] = employees
    out["years_in_business"] = years
    out["business_maturity_score"] = None if years is None else _clamp(years / 20)
    out["owner_age"] = known_age
    out["owner_age_normalized"] = _share(known_age, 100)
    successor = get("has_successor")
    out["has_successor"] = _flag(successor)
    if successor:
        succession: Value = 0.0
    else:
        succession = None if known_age is None else 1.0 if known_age > 65 else 0.0
    out["succession_risk"] = succession
    out["pre_foreclosure"] = foreclosure = _flag(get("pre_foreclosure"))
    out["tax_delinquent"] = delinquent = _flag(get("tax_delinquent"))
    lease = _age(get("lease_end_date"), today)
    balloon = _age(get("balloon_payment_date"), today)
    out["lease_urgency"] = lease_urgency = _urgency(lease, 730)
    out["lease_critical"] = lease_critical = None if lease is None else 1.0 if -180 < lease <= 90 else 0.0
    out["balloon_urgency"] = balloon_urgency = _urgency(balloon, 365)
    out["permit_recency"] = _recency(_age(get("last_permit_date"), today), 1825)

    event = _age(get("life_event_date"), today)
    out["recent_divorce"] = divorce = _flag(get("recent_divorce"))
    out["recent_spouse_death"] = death = _flag(get("recent_spouse_death"))
    out["recent_health_event"] = health = _flag(get("recent_health_event"))
    out["life_event_recency"] = event_recency = _recency(event, 730)
    out["life_event_critical"] = None if event is None else 1.0 if -30 <= event < 180 else 0.0
    out["has_major_life_event"] = major = 1.0 if divorce or death or health else 0.0

    out["owner_personal_bankruptcy"] = bankrupt = _flag(get("owner_personal_bankruptcy"))
    liens = get("owner_personal_liens")
    lien_share = recent_liens = None
    if liens is not None:
        amounts = [lien["amount"] for lien in liens if lien.get("amount") is not None]
        lien_share = _clamp(sum(amounts) / 100_000) if amounts or not liens else None
        recent_liens = float(sum(_recent(_age(lien.get("date"), today), 365) for lien in liens))
    out["owner_lien_count"] = None if liens is None else float(len(liens))
    out["owner_lien_amount_normalized"] = lien_share
    out["owner_recent_lien_count"] = recent_liens
    out["bankruptcy_recency"] = bankruptcy_recency = _recency(_age(get("owner_bankruptcy_date"), today), 1825)
    credit_range = get("owner_credit_score_range")
    credit = 0.5 if credit_range is None else _CREDIT.get(credit_range.strip().lower(), 0.5)
    out["owner_credit_risk"] = credit

    yelp = _rating(get("yelp_rating"), get("yelp_review_count"))
    google = _rating(get("google_rating"), get("google_review_count"))
    before, recent = get("yelp_6mo_avg"), get("yelp_recent_avg")
    drop = min(max(before - recent, 0.0), 5.0) if before and recent else None
    out["yelp_rating_normalized"] = yelp
    out["yelp_trend_risk"] = yelp_trend = _trend(get("yelp_rating_trend"))
    out["yelp_rating_drop"] = drop
    out["yelp_rating_drop_severe"] = severe = None if drop is None else 1.0 if drop > 1 else 0.0
    out["google_rating_normalized"] = google
    out["google_trend_risk"] = google_trend = _trend(get("google_rating_trend"))
    if yelp is None or google is None:
        only = google if yelp is None else yelp
        out["average_online_rating"] = None if only is None else only * 5
    else:
        out["average_online_rating"] = (yelp + google) * 5 / 2
    out["average_sentiment_risk"] = sentiment = (yelp_trend + google_trend) / 2
    velocity = get("review_velocity_change")
    out["review_velocity_declining"] = None if velocity is None else 1.0 if velocity < -20 else 0.0
    out["negative_review_spike"] = spike = _flag(get("negative_review_spike"))

    opened = get("new_competitors_data")
    new = get("new_competitors_count")
    recent_opened = nearby = None
    if opened is not None:
        ages = [(_age(each.get("opened_date"), today), each.get("distance_miles")) for each in opened]
        recent_opened = float(sum(_recent(days, 180) for days, _ in ages))
        nearby = float(sum(miles is not None and miles < 0.5 for _, miles in ages))
        if new is None:
            new = sum(_recent(days, 365) and miles is not None and miles <= 2 for days, miles in ages)
    out["new_competitors_risk"] = competitors = None if new is None else _clamp(new / 5)
    out["recent_competitors_count"] = recent_opened
    out["nearby_competitors_count"] = nearby
    out["recent_zoning_change"] = _flag(get("recent_zoning_changes"))
    out["zoning_change_recency"] = _recency(_age(get("zoning_change_date"), today), 365, ahead=365)
    out["property_value_risk"] = value_risk = _trend_08(get("property_value_trend"))

    posts = [
        text
        for text in (
            get("facebook_last_post_date"), get("instagram_last_post_date"), get("linkedin_last_post_date"),
            get("twitter_last_post_date"),
        )
        if text
    ]  # fmt: skip
    silent = _age(max(posts), today) if posts else None
    rate, rate_now = get("social_posting_frequency_6mo_avg"), get("social_posting_frequency_recent")
    fall = min(max((rate - rate_now) * 100 / rate, 0.0), 100.0) if rate and rate_now is not None else None
    out["social_inactivity_score"] = inactivity = 1.0 if silent is None else _clamp(silent / 180)
    out["social_abandoned"] = None if silent is None else 1.0 if silent > 90 else 0.0
    out["social_frequency_drop"] = fall
    out["social_frequency_drop_severe"] = None if fall is None else 1.0 if fall > 50 else 0.0
    out["social_engagement_risk"] = _trend_08(get("social_engagement_trend"))

    signs = (
        (foreclosure or 0) + (delinquent or 0) + (lease_critical or 0) + (succession or 0) + major
        + (bankrupt or 0) + (1 if recent_liens else 0) + (severe or 0) + (spike or 0)
        + (1 if balloon is not None and -90 <= balloon <= 90 else 0)
    )  # fmt: skip
    distress = _clamp(signs / 10)
    owner = (
        0.3 * (event_recency or 0) + 0.2 * (bankruptcy_recency or 0) + 0.2 * (lien_share or 0) + 0.3 * credit
    )
    decline = 0.3 * sentiment + 0.25 * inactivity + 0.25 * (competitors or 0) + 0.2 * value_risk
    out["total_distress_intensity"] = distress
    out["owner_distress_score"] = owner
    out["business_decline_score"] = decline
    out["overall_urgency_score"] = (
        0.3 * distress
        + 0.25 * owner
        + 0.25 * decline
        + 0.1 * (lease_urgency or 0)
        + 0.1 * (balloon_urgency or 0)
    )
    terms = get("web_search_activity")
    out["search_intent_score"] = None if terms is None else _flag(any(_SELL.search(term) for term in terms))

    filings = get("recent_8k_filings")
    bankruptcy = get("company_bankruptcy")
    filed = None if filings is None else any(_BANKRUPTCY.search(each["items"]) for each in filings)
    out["compensation_change"] = get("compensation_change_percent")
    out["company_bankruptcy_filing"] = (
        None if bankruptcy is None and filed is None else _flag(bool(bankruptcy or filed))
    )
    amended = _age(get("last_amendment_date"), today)
    out["amendment_filed"] = None if amended is None else _flag(_recent(amended, 365))
    out["going_concern_warning"] = _flag(get("going_concern_warning"))
    sales = get("insider_selling_activity")
    out["insider_selling"] = (
        None if sales is None else _flag(any(_recent(_age(sale.get("date"), today), 180) for sale in sales))
    )
    left = get("executive_departures")
    out["recent_executive_departures"] = (
        None if left is None else float(sum(_recent(_age(each.get("date"), today), 365) for each in left))
    )
    out["material_8k_items"] = (
        None
        if filings is None
        else float(
            sum(
                _recent(_age(each.get("date"), today), 180) and _MATERIAL.search(each["items"]) is not None
                for each in filings
            )
        )
    )
    out["sanctions_match"] = _flag(get("sanctions_match"))

    reason = get("last_disposition_reason")
    disposed = _age(get("last_disposition_date"), today)
    sent, engaged = get("cadence_sent_count"), get("cadence_engaged_count")
    out["earlier_assignments"] = get("earlier_assignments_count")
    out["last_disposition_quality"] = _DISPOSITION.get((get("last_disposition") or "").strip().lower())
    out["last_reason_timing"] = None if reason is None else _flag(reason == "timing")
    out["last_reason_final"] = (
        None if reason is None else _flag(reason in ("sold", "not_selling", "not_the_owner", "closed"))
    )
    out["days_since_last_disposition"] = None if disposed is None else float(max(disposed, 0))
    counts = Counter(signal.kind for signal in signals if signal.at <= as_of)
    attempts, mails = counts["email_sent"] + counts["call_made"], counts["email_sent"]
    if mails:
        sent = mails
        engaged = max(counts["email_opened"], counts["email_clicked"], counts["email_replied"])
    out["contact_attempts"] = max(get("contact_attempts_count") or 0, attempts)
    out["cadence_engagement"] = _clamp(engaged / sent) if sent and engaged is not None else None
    return out
