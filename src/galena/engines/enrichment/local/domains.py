"""Web domains: whose is it, of which kind, and does it fit the lead's e-mail address and company?"""

from galena.domain.enrichment import Finding
from galena.engines.enrichment.local.emails import is_disposable
from galena.kit.forms.companies import company_words
from galena.kit.forms.domains import PLATFORMS, registered_domain
from galena.kit.forms.emails import FREE_DOMAINS

_KINDS = {"gov": "government", "mil": "military", "edu": "education", "org": "organisation"}
_PARKED_WORDS = frozenset(("parked", "forsale", "domainforsale"))
_COUNTRIES = {"uk": "GB", "eu": ""}
_OPEN_TO_ALL = frozenset(("io", "co", "ai", "me", "tv", "cc", "ws", "fm", "to", "ly", "gg", "so"))


def domain_finding(text: str, company: str = "") -> Finding:
    """What a web or e-mail address says of its domain.

    Values: domain, kind (company, free_mail, platform, disposable, government, education, military, organisation),
    country (of its ending, where only one country's), fits_company (whether the company's name stands in it).
    """
    found = registered_domain(text)
    if found is None:
        return Finding("domain", {}, 0.9, "There is no registered domain in it.", False)
    host = found.partition("/")[0]
    kind = _kind(host)
    values: dict[str, object] = {"domain": found, "kind": kind}
    ending = host.rpartition(".")[2]
    if (
        len(ending) == 2
        and ending not in _OPEN_TO_ALL
        and (country := _COUNTRIES.get(ending, ending.upper()))
    ):
        values["country"] = country
    if company and kind in ("company", "organisation"):
        values["fits_company"] = _fits(host, company)
    return Finding(
        "domain", values, 0.9, f"The domain is of the kind {kind.replace('_', ' ')}.", kind != "disposable"
    )


def _kind(host: str) -> str:
    if host in PLATFORMS:
        return "platform"
    if is_disposable(host):
        return "disposable"
    if host in FREE_DOMAINS:
        return "free_mail"
    labels = host.split(".")
    if labels[0] in _PARKED_WORDS:
        return "parked"
    # example.edu, example.ac.uk, example.gov.uk
    for label in labels[1:]:
        if label in _KINDS:
            return _KINDS[label]
    return "education" if "ac" in labels[1:-1] else "company"


def _fits(host: str, company: str) -> bool:
    label = host.partition(".")[0].replace("-", "")
    words = company_words(company)
    if not words:
        return False
    joined, initials = "".join(words), "".join(word[0] for word in words)
    longest = max(words, key=len)
    return (
        joined in label
        or label in joined
        or (len(words) > 2 and label == initials)
        or (len(longest) >= 5 and longest in label)
    )
