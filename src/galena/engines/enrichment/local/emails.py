"""E-mail addresses: can one be written to, whose is it, and was something else meant?"""

from collections.abc import Callable
from functools import lru_cache

from galena.domain.enrichment import Finding
from galena.kit.forms.email_syntax import email_syntax
from galena.kit.forms.emails import FREE_DOMAINS
from galena.kit.forms.texts import folded

ROLES = frozenset(
    (
        "admin", "administrator", "info", "contact", "office", "sales", "support", "help", "helpdesk", "hello",
        "marketing", "billing", "accounting", "accounts", "finance", "invoices", "invoice", "orders", "hr", "jobs",
        "careers", "recruiting", "press", "media", "legal", "privacy", "security", "abuse", "postmaster", "webmaster",
        "hostmaster", "noreply", "no reply", "donotreply", "do not reply", "mail", "mailbox", "team", "service",
        "services", "customerservice", "customer service", "reception", "enquiries", "inquiries", "feedback",
        "newsletter", "root", "sysadmin", "it", "purchasing", "estimating", "dispatch", "permits", "leasing",
        "management", "manager", "owner", "general", "frontdesk", "reservations", "booking", "bookings", "shop",
        "store", "subscribe", "unsubscribe", "ap", "ar", "kontakt", "vertrieb", "ventas", "contacto",
    )
)  # fmt: skip
"""Names before the @ that belong to a post and not to a person; folded."""

_NEVER_ANSWERED = frozenset(
    ("noreply", "no reply", "donotreply", "do not reply", "postmaster", "abuse", "root")
)
_USUAL_TYPOS = {
    "gmial.com": "gmail.com", "gmai.com": "gmail.com", "gmal.com": "gmail.com", "gamil.com": "gmail.com",
    "gmail.co": "gmail.com", "gmail.con": "gmail.com", "gmail.cm": "gmail.com", "gnail.com": "gmail.com",
    "hotmial.com": "hotmail.com", "hotmai.com": "hotmail.com", "hotmal.com": "hotmail.com",
    "hotmail.con": "hotmail.com", "yaho.com": "yahoo.com", "yahooo.com": "yahoo.com", "yahoo.con": "yahoo.com",
    "yhaoo.com": "yahoo.com", "outlok.com": "outlook.com", "outloo.com": "outlook.com", "iclod.com": "icloud.com",
    "icloud.co": "icloud.com", "aol.con": "aol.com", "comcast.com": "comcast.net", "verizon.com": "verizon.net",
}  # fmt: skip
_USUAL_FREE = (
    "gmail.com",
    "yahoo.com",
    "hotmail.com",
    "outlook.com",
    "icloud.com",
    "comcast.net",
    "live.com",
)
_WRONG_ENDINGS = {
    "con": "com",
    "cmo": "com",
    "ocm": "com",
    "vom": "com",
    "comm": "com",
    "coom": "com",
    "ner": "net",
}

MailServers = Callable[[str], bool | None]
"""Whether a domain takes mail, by its name; None: it could not be asked."""


def email_finding(text: str, mail_servers: MailServers | None = None) -> Finding:
    """What an address says by itself.

    Values: email (normal spelling), deliverability (deliverable, role, disposable, unusual, undeliverable), is_free,
    is_role, is_disposable, suggestion (what was perhaps meant), takes_mail (only with `mail_servers`).

    Args:
        mail_servers: asks the domain name system; left out, nothing is asked.
    """
    syntax = email_syntax(text.strip())
    if syntax.standing != "plain":
        word = "undeliverable" if syntax.standing == "invalid" else "unusual"
        return Finding("email", {"deliverability": word}, 0.99, _sentence(syntax.because), False)
    domain, refusal = _usable(text.strip())
    if refusal:
        return Finding("email", {"deliverability": "undeliverable"}, 0.95, refusal, False)
    local = folded(syntax.local.partition("+")[0])
    values: dict[str, object] = {
        "email": f"{syntax.local}@{domain}",
        "is_free": domain in FREE_DOMAINS,
        "is_role": local in ROLES or local.replace(" ", "") in ROLES,
        "is_disposable": is_disposable(domain),
    }
    if suggestion := _suggestion(domain):
        values["suggestion"] = f"{syntax.local}@{suggestion}"
    takes_mail = mail_servers(domain) if mail_servers else None
    if takes_mail is not None:
        values["takes_mail"] = takes_mail
    word, confidence, reason = _judged(values, local in _NEVER_ANSWERED)
    values["deliverability"] = word
    return Finding("email", values, confidence, reason, word not in ("undeliverable", "disposable"))


def _judged(values: dict[str, object], is_never_answered: bool) -> tuple[str, float, str]:
    if values.get("takes_mail") is False:
        return "undeliverable", 0.98, "Its domain takes no mail."
    if values["is_disposable"] and "suggestion" not in values:
        return "disposable", 0.97, "Its domain gives addresses that are thrown away."
    if "suggestion" in values:
        return "undeliverable", 0.8, "Its domain looks like a slip of the pen; see the suggestion."
    sure = 0.95 if values.get("takes_mail") else 0.75
    if is_never_answered:
        return "undeliverable", 0.9, "Nobody reads what is sent there."
    if values["is_role"]:
        return "role", sure, "It belongs to a post and not to a person."
    if values["is_free"]:
        return "deliverable", max(sure, 0.85), "A personal address at a well-known mail service."
    asked = "and its domain takes mail" if values.get("takes_mail") else "; its domain was not asked"
    return "deliverable", sure, f"Well formed, {asked}.".replace(", ;", ";")


def _usable(text: str) -> tuple[str, str]:
    """The domain in its usual spelling, or why nothing can be sent there."""
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(text, check_deliverability=False)
    except EmailNotValidError as fault:
        return "", _sentence(str(fault))
    return found.domain.casefold(), ""


@lru_cache(maxsize=50_000)
def is_disposable(domain: str) -> bool:
    """Whether a domain, or one it lies under, is listed as one of throw-away addresses."""
    from disposable_email_domains import blocklist

    parts = domain.split(".")
    return any(".".join(parts[place:]) in blocklist for place in range(len(parts) - 1))


@lru_cache(maxsize=50_000)
def _suggestion(domain: str) -> str | None:
    """The domain that was perhaps meant: a well-known one, one slip away."""
    if domain in FREE_DOMAINS:
        return None
    if domain in _USUAL_TYPOS:
        return _USUAL_TYPOS[domain]
    head, _, ending = domain.rpartition(".")
    if ending in _WRONG_ENDINGS:
        return f"{head}.{_WRONG_ENDINGS[ending]}"
    from rapidfuzz.distance import OSA

    # Short names lie one letter from many: only where the rest is long enough is it a slip.
    near = [each for each in _USUAL_FREE if len(each) >= 9 and OSA.distance(domain, each) == 1]
    return near[0] if len(near) == 1 and domain[0] == near[0][0] else None


def _sentence(text: str) -> str:
    plain = text.strip().rstrip(".")
    return f"{plain[:1].upper()}{plain[1:]}."
