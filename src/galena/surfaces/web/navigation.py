"""The side bar: a calm list of places, each with the pages that belong to it as tabs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from galena.surfaces.web.visitors import Visitor


@dataclass(frozen=True, slots=True)
class Tab:
    """A page, as it stands in a row of tabs.

    Attributes:
        name: what the page calls itself (`here`).
    """

    name: str
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the side bar; one with several pages shows them as tabs on each of them."""

    label: str
    icon: str
    tabs: tuple[Tab, ...]

    @property
    def href(self) -> str:
        """The page that the entry opens."""
        return self.tabs[0].href

    def holds(self, here: str) -> bool:
        """Whether the page is one of this place."""
        return any(tab.name == here for tab in self.tabs)


_HOME = Place("Home", "home", (Tab("home", "Home", "/"),))
_PROSPECTS = Tab("prospects", "Prospects", "/prospects")

_PIPELINE = Tab("pipeline", "Pipeline", "/pipeline")
_APPOINTMENTS = Tab("appointments", "Appointments", "/appointments")
_CLIENTS = Tab("clients", "Clients", "/clients")
_DOCUMENTS, _NOTES = Tab("documents", "Documents", "/documents"), Tab("notes", "Notes", "/notes")

_MEMBERS, _KEYS = Tab("members", "Members", "/settings/members"), Tab("keys", "API keys", "/settings/keys")
_SETTINGS, _EXPORT = Tab("settings", "Settings", "/settings"), Tab("export", "Export all", "/settings/export")
_JOBS, _AUDIT = Tab("jobs", "Work in progress", "/jobs"), Tab("audit", "Audit trail", "/audit")
_FOR_ADMINS = (_AUDIT,)

_FOR_TENANTS = (
    _HOME,
    Place("Prospects", "prospects", (_PROSPECTS, _PIPELINE, _APPOINTMENTS)),
    Place("Leads", "leads", (Tab("leads", "Leads", "/leads"),)),
    Place("Categories", "categories", (Tab("categories", "Categories", "/categories"),)),
    Place("Work", "clients", (_CLIENTS, _DOCUMENTS, _NOTES)),
    Place("Reports", "reports", (Tab("reports", "Reports", "/reports"),)),
    Place("Factors and tiers", "rules", (Tab("rules", "Factors and tiers", "/rules"),)),
    Place(
        "Settings",
        "settings",
        (_SETTINGS, Tab("wishes", "What you want", "/settings/wishes"), _MEMBERS, _KEYS, _EXPORT),
    ),
)

_FOR_OPERATORS = (
    _HOME,
    Place("Leads", "leads", (Tab("leads", "Leads", "/leads"),)),
    Place("Categories", "categories", (Tab("categories", "Categories", "/categories"),)),
    Place(
        "Routing",
        "routing",
        (
            Tab("drops", "Drops", "/drops"),
            Tab("tenants", "Tenants", "/tenants"),
            _PROSPECTS,
            Tab("clawback", "Claw-back desk", "/clawback"),
        ),
    ),
    Place("Work", "clients", (_PIPELINE, _APPOINTMENTS, _CLIENTS, _DOCUMENTS, _NOTES)),
    Place("Reports", "reports", (Tab("reports", "Reports", "/reports"),)),
    Place("Factors and tiers", "rules", (Tab("rules", "Factors and tiers", "/rules"),)),
    Place(
        "Learning",
        "models",
        (
            Tab("models", "Models", "/models"),
            Tab("learning", "Weights and trials", "/learning"),
            Tab("drift", "Drift", "/drift"),
            Tab("experiments", "Experiments", "/experiments"),
        ),
    ),
    Place(
        "Data",
        "sources",
        (
            Tab("imports", "Imports", "/imports"),
            Tab("sources", "Sources", "/sources"),
            Tab("quarantine", "Quarantine", "/quarantine"),
            Tab("review", "Same or not", "/review"),
            Tab("enrichment", "Enrichment", "/enrichment"),
            Tab("webhooks", "Webhooks", "/webhooks"),
        ),
    ),
    Place("Notifications", "bell", (Tab("notifications", "Notifications", "/notifications"),)),
    Place(
        "Settings",
        "settings",
        (
            _SETTINGS,
            _MEMBERS,
            _KEYS,
            Tab("wishes", "Tenants' choices", "/settings/wishes"),
            _EXPORT,
            _JOBS,
            _AUDIT,
        ),
    ),
)


def places_for(visitor: Visitor | None) -> Sequence[Place]:
    """What the visitor's side bar holds: only pages that they can open."""
    if visitor is None:
        return ()
    if visitor.user.tenant_id is not None:
        return _FOR_TENANTS
    if visitor.can_manage:
        return _FOR_OPERATORS
    last = _FOR_OPERATORS[-1]
    kept = tuple(tab for tab in last.tabs if tab not in _FOR_ADMINS)
    return (*_FOR_OPERATORS[:-1], replace(last, tabs=kept))


def tabs_for(visitor: Visitor | None, here: str) -> Sequence[Tab]:
    """The tabs of the place that a page belongs to; none where it stands alone."""
    found = next((place.tabs for place in places_for(visitor) if place.holds(here)), ())
    return found if len(found) > 1 else ()
