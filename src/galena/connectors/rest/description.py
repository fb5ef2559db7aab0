"""A REST source described as data: what to ask, how pages follow each other, where records and errors lie."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, model_validator
from pydantic import Field as Limit

from galena.connectors.rest.templates import gaps_in, unknown_filters
from galena.domain.playbook.part import Name, Part

_KNOWN = ("settings", "secret", "cursor", "lead", "now", "page")


def _readable(template: Any) -> Any:
    if unknown := unknown_filters(template):
        raise ValueError(f"unknown filter: {', '.join(sorted(unknown))}")
    if strange := {gap for gap in gaps_in(template) if gap.partition(".")[0] not in _KNOWN}:
        raise ValueError(f"unknown gap: {', '.join(sorted(strange))}; known: {', '.join(_KNOWN)}")
    return template


Template = Annotated[str, AfterValidator(_readable)]
"""A text with gaps; see galena.connectors.rest.templates."""

Wordings = Annotated[
    str | int | float | bool | tuple[str | int | float | bool, ...], AfterValidator(_readable)
]
"""A template, or several: the first whose gaps can be filled is used; when none can, the parameter is left out."""


class Request(Part):
    """One HTTP request.

    Attributes:
        path: added to the base address; what fills its gaps is quoted.
        json_body: sent as JSON, its texts filled.
    """

    method: Literal["GET", "POST"] = "GET"
    path: Template = ""
    params: dict[str, Wordings] = Limit(default_factory=dict)
    headers: dict[str, Template] = Limit(default_factory=dict)
    json_body: Any = None

    @model_validator(mode="after")
    def _no_secret_in_path(self) -> "Request":
        if any(gap.startswith("secret") for gap in gaps_in(self.path)):
            raise ValueError("a secret must not stand in the path, where logs would show it; use a header")
        return self


class Auth(Part):
    """Where the key goes.

    Attributes:
        kind: none; header and query (`name` says which); bearer; basic.
        value: what is sent, for example "Token {secret.key}"; left out when the secret is not given.
    """

    kind: Literal["none", "header", "query", "bearer", "basic"] = "none"
    name: str = "Authorization"
    value: Template = "{secret.key}"
    user: Template = "{secret.user}"
    password: Template = "{secret.password}"  # noqa: S105 - where the secret goes, not the secret


class Paging(Part):
    """How pages follow each other.

    Attributes:
        kind: none: one page; offset: `position_param` counts records; page: it counts pages from `first`;
            token: the place `next_at` holds the next value of `position_param`; next_link: it holds the next address;
            link_header: the header Link does; keyset: the cursor of the last record is asked from again, so that
            records that change place while they are read are not lost (`position_param` skips those already seen
            with that very cursor).
        size, size_param: how many records are asked for, and with which parameter; `size_setting` names the setting
            that may say another number.
        more_at: place that says whether more follows; without it a page shorter than `size` is the last.
        ends: whether a short page is the last one, or only an empty one.
        pages_at: place that tells how many pages there are.
    """

    kind: Literal["none", "offset", "page", "token", "next_link", "link_header", "keyset"] = "none"
    size: int = Limit(default=100, ge=1)
    size_setting: Name | None = None
    size_param: str | None = None
    position_param: str | None = None
    first: int = 1
    next_at: str = ""
    more_at: str = ""
    pages_at: str = ""
    ends: Literal["short", "empty"] = "short"

    @model_validator(mode="after")
    def _complete(self) -> "Paging":
        if self.kind in ("offset", "page", "token", "keyset") and not self.position_param:
            raise ValueError(f"paging {self.kind} needs position_param")
        if self.kind in ("token", "next_link") and not self.next_at:
            raise ValueError(f"paging {self.kind} needs next_at")
        return self


class Cursor(Part):
    """What makes a second pull fetch only what is new.

    Attributes:
        field: place within a record of a value that grows with every change; may be named by a setting.
        kind: how it is compared: text, number, or instant (ISO 8601 or milliseconds).
        write: a filter through which it goes into `{cursor}`.
        initial: where the first pull begins; nothing: at the beginning.
        overlap_s: of instants, seconds that are fetched again, for sources that change records late.
    """

    field: Template
    kind: Literal["text", "number", "instant"] = "text"
    write: str = ""
    initial: Template = ""
    overlap_s: float = Limit(default=0.0, ge=0)


class ErrorShape(Part):
    """How the provider says that something went wrong, whatever the status.

    Attributes:
        at: a place that says something only when something went wrong.
        equals: when given, only these values at `at` are faults.
        message_at, code_at: places of its words and its code.
        key_codes, busy_codes, absent_codes: codes that mean: the key is refused; come later; there is none.
    """

    at: str
    equals: tuple[str, ...] = ()
    message_at: str = ""
    code_at: str = ""
    key_codes: tuple[str, ...] = ()
    busy_codes: tuple[str, ...] = ()
    absent_codes: tuple[str, ...] = ()


class Stream(Part):
    """Records that are pulled.

    Attributes:
        records_at: place of the list of records; empty: the body itself.
        columns_at: place of the list of column names, where the provider tells them; or
        columns_header: a header that holds them as a JSON list.
        leave_out: names dropped from every record, such as a portal's own counters, which change although the
            facts do not.
        blank: texts that stand for nothing, such as a heading where a value should be; they are read as unknown.
        mapping: name of the mapping of its records; empty: none of its own.
    """

    request: Request
    records_at: str = ""
    leave_out: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()
    columns_at: str = ""
    columns_header: str = ""
    paging: Paging = Paging()
    cursor: Cursor | None = None
    mapping: Template = ""

    @model_validator(mode="after")
    def _keyset_needs_a_cursor(self) -> "Stream":
        if self.paging.kind == "keyset" and self.cursor is None:
            raise ValueError("paging keyset needs a cursor")
        return self


class MatchRule(Part):
    """One comparison between the lead asked about and a record answered.

    Attributes:
        lead: field of the lead.
        record: places in the record, joined by spaces.
        kind: text (letters and digits alone), address (house number and street, whatever the abbreviations), zip
            (first five digits), phone (last ten digits), name (the same words in any order), domain (the same
            registered domain, or the same page of a platform).
        required: a record that differs here is not the one; otherwise agreeing only adds to the confidence. What
            the lead does not know is not compared.
    """

    lead: Name
    record: tuple[str, ...] = Limit(min_length=1)
    kind: Literal["text", "address", "zip", "phone", "name", "domain"] = "text"
    required: bool = True


class Twins(Part):
    """What is done with several records that match equally well.

    Attributes:
        same: places; records that say the same there speak of one owner, and one of them is taken. Others are left
            for a person to decide.
        greatest: the record with the greatest number here is the one: of two lots the one with the house.
        then: of those the one with the first text here, so that the choice is always the same.
    """

    same: tuple[str, ...] = Limit(min_length=1)
    greatest: str
    then: str


class Together(Part):
    """How the questions about several leads go out as one request.

    Attributes:
        param: the parameter that asks about the lead; of several leads these are joined, each in brackets.
        most: leads in one request at most.
        joined_by: stands between them.
        size_param: the parameter that limits the records answered; it is multiplied by the number of leads.
        more_at: place that says that not all records were sent; then each lead is asked about alone.
    """

    param: str
    most: int = Limit(ge=2, le=100)
    joined_by: str = " OR "
    size_param: str = ""
    more_at: str = ""


class LookUp(Part):
    """A question about one lead.

    Attributes:
        needs: lead fields without which nothing is asked.
        match: how the right one of the answered records is known; at least one rule is required.
        newest_by: of several that match equally, the one with the greatest value here is taken (a roll year).
        twins: of several that still match equally, when one may be taken; else none is.
        together: how several leads are asked about at once, where the provider can.
        sample: a lead to try the connection with.
        cache_days: how long an answer is used again.
    """

    request: Request
    records_at: str = ""
    mapping: Template = ""
    needs: tuple[Name, ...] = Limit(min_length=1)
    match: tuple[MatchRule, ...] = Limit(min_length=1)
    newest_by: str = ""
    twins: Twins | None = None
    together: Together | None = None
    sample: dict[Name, str] = Limit(default_factory=dict)
    cache_days: float = Limit(default=30.0, ge=0)

    @model_validator(mode="after")
    def _only_one_asks(self) -> "LookUp":
        if self.together is None:
            return self
        request, param = self.request, self.together.param
        others = [form for name, form in request.params.items() if name != param]
        told = [request.path, *request.headers.values(), *others]
        if param not in request.params or any(
            gap.startswith("lead") for form in told for gap in gaps_in(form)
        ):
            raise ValueError(f"together: {param} must be the one parameter that speaks of the lead")
        return self


class Description(Part):
    """A REST source, whole.

    Attributes:
        base_url: what paths are added to.
        errors: tried in order on every answer.
        streams: pulled in this order.
        look_up: for enrichers.
    """

    base_url: Template
    auth: Auth = Auth()
    headers: dict[str, Template] = Limit(default_factory=dict)
    errors: tuple[ErrorShape, ...] = ()
    streams: dict[Name, Stream] = Limit(default_factory=dict)
    look_up: LookUp | None = None

    @model_validator(mode="after")
    def _gives_something(self) -> "Description":
        if not self.streams and self.look_up is None:
            raise ValueError("give streams, or look_up, or both")
        return self
