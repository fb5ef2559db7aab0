"""Job titles: how high, and in which function."""

import re

from galena.domain.enrichment import Finding
from galena.kit.forms.texts import folded, known

_FULL = {
    "ceo": "chief executive officer", "cfo": "chief financial officer", "coo": "chief operating officer",
    "cto": "chief technology officer", "cio": "chief information officer", "cmo": "chief marketing officer",
    "cro": "chief revenue officer", "chro": "chief human resources officer", "cpo": "chief product officer",
    "ciso": "chief information security officer", "cso": "chief strategy officer", "vp": "vice president",
    "svp": "senior vice president", "evp": "executive vice president", "avp": "assistant vice president",
    "md": "managing director", "gm": "general manager", "dir": "director", "mgr": "manager", "sr": "senior",
    "jr": "junior", "asst": "assistant", "assoc": "associate", "exec": "executive", "eng": "engineer",
    "mktg": "marketing", "ops": "operations", "hr": "human resources", "it": "information technology",
    "acct": "account", "rep": "representative", "admin": "administrator", "pres": "president", "supt": "superintendent",
    "pm": "project manager", "qa": "quality assurance", "pr": "public relations", "bd": "business development",
}  # fmt: skip
_SENIORITY = (
    ("entry", r"\b(?:intern|trainee|apprentice|student|junior|entry level|working student)\b"),
    (
        "staff",
        r"\b(?:assistant|secretary|associate) (?:to|of)\b|\bexecutive assistant\b|\baccount executive\b",
    ),
    ("vp", r"\bvice president\b"),
    ("owner", r"\b(?:owner|founder|co founder|cofounder|proprietor|principal|partner|managing member)\b"),
    (
        "c_level",
        r"\bchief\b.*\bofficer\b|\b(?:chief of staff|president|chairman|chairwoman|chair|managing director)\b",
    ),
    ("director", r"\b(?:director|head of|head)\b"),
    ("manager", r"\b(?:manager|supervisor|superintendent|team lead|lead|foreman|controller|treasurer)\b"),
    ("senior", r"\b(?:senior|staff engineer|specialist ii|expert|architect)\b"),
)
_FUNCTION = (
    ("human_resources", r"human resources|people|talent|recruit|payroll|benefits"),
    ("finance", r"financ|account(?:ant|ing|s)\b|controller|treasur|audit|tax|bookkeep|revenue officer"),
    ("marketing", r"marketing|brand|communications|public relations|content|seo|growth|advertis"),
    ("sales", r"sales|business development|account (?:executive|manager|representative)|commercial|revenue"),
    (
        "information_technology",
        r"information|software|developer|devops|data|systems|network|security|technology|web",
    ),
    ("engineering", r"engineer|research|scientist|r and d|design|architect|laborator"),
    ("legal", r"legal|counsel|attorney|lawyer|paralegal|compliance"),
    ("customer_service", r"customer|support|service representative|help ?desk|success"),
    ("purchasing", r"purchas|procure|buyer|sourcing|supply chain"),
    (
        "operations",
        r"operations|operating|logistic|plant|production|manufactur|warehouse|facilit|maintenance|quality",
    ),
    ("construction", r"construct|superintendent|foreman|estimat|site|project manager|builder|contractor"),
    ("real_estate", r"realtor|real estate|broker|leasing|property"),
    ("medical", r"physician|doctor|nurse|dentist|medical|clinical|therap|pharmac"),
    ("education", r"teacher|professor|principal of|school|instructor|lecturer"),
    ("administration", r"administrat|secretary|assistant|office\b|clerk|reception"),
    (
        "general_management",
        r"owner|founder|chief executive|president|managing|general manager|partner|proprietor|chair",
    ),
)
_OLD = re.compile(r"\b(?:former|retired|ex)\b")


def title_finding(text: str) -> Finding:
    """How high a job title is and in which function it works.

    Values: title (words written out), seniority, function, is_decision_maker.
    """
    plain = folded(text.replace("&", " and ").replace("-", " "))
    if not known(text) or not plain:
        return Finding("title", {}, 0.9, "It is no title.", False)
    full = " ".join(_FULL.get(word, word) for word in plain.split())
    seniority = next((name for name, pattern in _SENIORITY if re.search(pattern, full)), "staff")
    function = next((name for name, pattern in _FUNCTION if re.search(rf"\b(?:{pattern})", full)), "")
    values: dict[str, object] = {
        "title": _written(full),
        "seniority": seniority,
        "is_decision_maker": seniority in ("owner", "c_level", "vp", "director") and not _OLD.search(full),
    }
    if function:
        values["function"] = function
    sure = 0.6 + 0.2 * (seniority != "staff") + 0.15 * bool(function)
    why = f"Its words say {seniority.replace('_', ' ')}" + (
        f" in {function.replace('_', ' ')}." if function else "."
    )
    return Finding("title", values, round(sure, 2), why, True)


def _written(words: str) -> str:
    small = ("of", "and", "the", "to", "for", "in")
    return " ".join(word if word in small else word.capitalize() for word in words.split())
