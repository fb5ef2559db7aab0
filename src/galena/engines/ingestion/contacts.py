"""E-mail addresses and phone numbers."""

import re
from typing import Any

import phonenumbers

from galena.engines.ingestion.payload import plain_text
from galena.engines.ingestion.rows import BadValue

REGION_OF_CURRENCY = {"USD": "US", "EUR": None, "GBP": "GB", "INR": "IN", "BRL": "BR"}
"""Where a phone number without a country is dialled, by the playbook's currency."""

_REGIONS = {
    "usa": "US", "united states": "US", "united states of america": "US", "u.s.": "US", "u.s.a.": "US",
    "canada": "CA", "mexico": "MX", "india": "IN", "brazil": "BR", "brasil": "BR",
    "united kingdom": "GB", "uk": "GB", "great britain": "GB", "england": "GB", "ireland": "IE",
    "germany": "DE", "deutschland": "DE", "france": "FR", "spain": "ES", "italy": "IT", "netherlands": "NL",
    "belgium": "BE", "austria": "AT", "switzerland": "CH", "poland": "PL", "portugal": "PT", "sweden": "SE",
    "norway": "NO", "denmark": "DK", "finland": "FI", "australia": "AU", "new zealand": "NZ", "japan": "JP",
    "china": "CN", "korea": "KR", "south korea": "KR", "singapore": "SG", "jordan": "JO", "romania": "RO",
    "philippines": "PH", "kenya": "KE", "panama": "PA", "south africa": "ZA", "nigeria": "NG",
    "united arab emirates": "AE", "saudi arabia": "SA", "qatar": "QA", "bahrain": "BH", "hong kong": "HK",
}  # fmt: skip

_EMAIL = re.compile(
    r"(?P<local>[^\s@\"(),:;<>\[\]\\]{1,64})@(?P<domain>(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_])\Z"
)
_NORTH_AMERICA = re.compile(
    r"(?:\+?1[-. ]?)?\(?([2-9]\d{2})\)?[-. ]{0,2}([2-9]\d{2})[-. ]?(\d{4})\Z", re.ASCII
)


def to_email(value: Any) -> str:
    """An e-mail address with its domain in lower case; "Name <a@b.com>" and "mailto:" are unwrapped.

    Raises:
        BadValue: it does not have the form of an address.
    """
    text = plain_text(value)
    if text.endswith(">") and "<" in text:
        text = text[text.rindex("<") + 1 : -1].strip()
    if text[:7].lower() == "mailto:":
        text = text[7:]
    found = _EMAIL.match(text) if len(text) <= 254 else None
    if not found or ".." in text or found["local"].startswith(".") or found["local"].endswith("."):
        raise BadValue("This is not an e-mail address.")
    return f"{found['local']}@{found['domain'].lower()}"


def to_phone(value: Any, region: str | None) -> str:
    """A phone number in E.164 form ("+15125550100"); `region` is where it is dialled without a country code.

    Only the form is judged (a possible number), not whether somebody answers.

    Raises:
        BadValue: no number of that length exists there.
    """
    text = plain_text(value)
    if region == "US":
        found = _NORTH_AMERICA.match(text)
        if found:
            return f"+1{found[1]}{found[2]}{found[3]}"
    try:
        number = phonenumbers.parse(text[:60], region)
    except phonenumbers.NumberParseException as wrong:
        raise BadValue("This is not a phone number.") from wrong
    if not phonenumbers.is_possible_number(number):
        raise BadValue("A phone number cannot have this length.")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def region_of(country: object) -> str | None:
    """The two-letter region of a country's name or code, or None when it is not known."""
    text = country.strip() if isinstance(country, str) else ""
    if len(text) == 2 and text.upper() in phonenumbers.SUPPORTED_REGIONS:
        return text.upper()
    return "GB" if text.upper() == "UK" else _REGIONS.get(text.casefold())
