"""Phone numbers: is it one, of which kind, where, and at what time may it be rung?"""

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from galena.domain.enrichment import Finding

TYPES = {
    PhoneNumberType.FIXED_LINE: "landline",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "landline_or_mobile",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium_rate",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "company",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
"""Kinds of number, as Galena calls them."""

_NOT_RUNG = frozenset(("premium_rate", "pager", "voicemail"))
_UNKNOWN_ZONE = "Etc/Unknown"


def phone_finding(text: str, region: str = "US") -> Finding:
    """What a number says by itself.

    Values: e164, national, international, rfc3966, country_code, region, type, place, time_zone (where all its places
    have one), time_zones, extension.

    Args:
        region: where a number without a country code is dialled.
    """
    # Their maps take half a second to load, which is not for every start of a server.
    from phonenumbers import geocoder, timezone

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return Finding("phone", {}, 0.99, "It is no phone number.", False)
    if not phonenumbers.is_valid_number(number):
        return Finding("phone", {}, 0.95, _why_not(number), False)
    kind = TYPES.get(phonenumbers.number_type(number), "unknown")
    zones = [each for each in timezone.time_zones_for_number(number) if each != _UNKNOWN_ZONE]
    values: dict[str, object] = {
        "e164": phonenumbers.format_number(number, PhoneNumberFormat.E164),
        "national": phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
        "international": phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
        "rfc3966": phonenumbers.format_number(number, PhoneNumberFormat.RFC3966),
        "country_code": number.country_code,
        "region": _region(number, region),
        "type": kind,
        "place": geocoder.description_for_number(number, "en"),
        "time_zones": zones,
        "time_zone": zones[0] if len(zones) == 1 else "",
        "extension": number.extension or "",
    }
    reason = f"A valid number ({kind.replace('_', ' ')})."
    return Finding(
        "phone", {name: each for name, each in values.items() if each}, 0.97, reason, kind not in _NOT_RUNG
    )


def _region(number: phonenumbers.PhoneNumber, dialled_in: str) -> str:
    """The country; where several share a number (toll-free in North America), the one it is dialled in."""
    if phonenumbers.is_valid_number_for_region(number, dialled_in):
        return dialled_in
    return str(phonenumbers.region_code_for_number(number) or "")


def _why_not(number: phonenumbers.PhoneNumber) -> str:
    possible = phonenumbers.is_possible_number_with_reason(number)
    result = phonenumbers.ValidationResult
    return {
        result.INVALID_COUNTRY_CODE: "No country has this code.",
        result.TOO_SHORT: "It has too few digits.",
        result.TOO_LONG: "It has too many digits.",
        result.INVALID_LENGTH: "No number there has so many digits.",
        result.IS_POSSIBLE_LOCAL_ONLY: "Its area code is missing.",
    }.get(possible, "It has the right length, but no such numbers are given out.")
