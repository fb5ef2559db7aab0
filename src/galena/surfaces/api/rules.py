"""The rules by which leads are scored, changed as a whole: what is asked becomes a new revision, and all are scored."""

from typing import Annotated, Literal, TypeVar
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from galena.domain.revision import Revision
from galena.kit.errors import NotFoundError
from galena.stores import users
from galena.stores.door import Session
from galena.surfaces.api.caller import Caller
from galena.surfaces.api.facts import Label
from galena.surfaces.api.jobs import Counts, JobItem, begin, told
from galena.surfaces.api.values import Short
from galena.surfaces.api.versions import ensure_unchanged
from galena.surfaces.api.workplace import context_of
from galena.surfaces.web.jobs import Job
from galena.workflows.plans import Plan, active_plan
from galena.workflows.rules_editing import RulesEdit, edit_rules, save_rules
from galena.workflows.score_workspace import score_workspace

Part = TypeVar("Part")
Points = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]
UpTo = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Sql = Annotated[
    str, StringConstraints(min_length=1, max_length=4_000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")
]
Sentence = Annotated[
    str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")
]
SQL_WORDS = "An SQL condition over fields, features and signals; GET /factors/names lists what it may read."


class FactorChange(BaseModel):
    """What to change of a factor; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"points": 12}]})

    points: Points | None = None
    when: Sql | None = Field(default=None, description=SQL_WORDS)
    label: Sentence | None = Field(default=None, description="The words of the reason; {field} is replaced.")
    on: bool | None = Field(default=None, description="Whether it counts.")


class NewFactor(BaseModel):
    """A factor to be added."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "category": "owner",
                    "label": "The owner is about to retire",
                    "when": "owner_age >= 65",
                    "points": 8,
                }
            ]
        }
    )

    name: Label | None = Field(default=None, description="Left out: made of the label.")
    category: Label = Field(description="One of the playbook's; GET /factors lists them.")
    label: Sentence
    when: Sql = Field(description=SQL_WORDS)
    points: Points


class LevelChange(BaseModel):
    """What to change of a temperature level; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"points": 4}]})

    points: Points | None = Field(default=None, description="What being in it adds to the score.")
    when: Sql | None = Field(default=None, description="To enter it.")
    keep: Sql | None = Field(default=None, description="Also enough to stay in it.")


class TierChange(BaseModel):
    """What to change of a tier; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"begins": 72}]})

    begins: UpTo | None = Field(
        None, description="The score from which it begins, where its condition says one."
    )
    when: Sql | None = Field(default=None, description="To enter it.")
    keep: Sql | None = Field(default=None, description="Also enough to stay in it.")


class BehaviourChange(BaseModel):
    """What to change of a behaviour; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"half_life_days": 21}]})

    weight: float | None = Field(
        default=None, ge=-1_000, le=1_000, allow_inf_nan=False, description="What each signal adds."
    )
    half_life_days: float | None = Field(
        default=None, ge=0.001, le=3_650, allow_inf_nan=False, description="After so many days half is left."
    )
    decay: Literal["exponential", "linear", "step", "none"] | None = Field(
        default=None,
        description="exponential halves again and again; linear is gone after twice the half-life; step counts fully"
        " up to it and no more after; none never fades",
    )
    cap: float | None = Field(
        default=None,
        ge=0.001,
        le=1_000_000,
        allow_inf_nan=False,
        description="The most it can be; null: no limit.",
    )


class RulesChange(BaseModel):
    """Changes of the rules, all at once; what is not named stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"start_points": 10, "note": "A fresh start"}]})

    start_points: UpTo | None = Field(default=None, description="Where every lead starts.")
    add: NewFactor | None = None
    change: dict[Label, FactorChange] = Field(
        default={}, max_length=200, description="By the names of factors."
    )
    remove: list[Label] = Field(default=[], max_length=200)
    caps: dict[Label, UpTo | None] = Field(
        default={}, max_length=100, description="Category, and the most it may give; null: no limit."
    )
    temperature: dict[Label, LevelChange] = Field(default={}, max_length=20)
    tiers: dict[Label, TierChange] = Field(default={}, max_length=20)
    behaviours: dict[Label, BehaviourChange] = Field(default={}, max_length=100)
    note: Short = Field(default="", description="What the revision is remembered by.")


class RevisionItem(BaseModel):
    """A revision of the playbook; they are never changed."""

    id: UUID
    number: int
    note: str
    author: str
    created_at: str
    active: bool = Field(description="Whether it is the one that scores.")


class Saved(BaseModel):
    """The revision that scores from now on, and the job that scores every lead by it."""

    revision: RevisionItem
    changes: list[str] = Field(description="In words.")
    job: JobItem | None = Field(description="Null where nothing was changed.")


def typed(plan: Plan, change: RulesChange) -> dict[str, str]:
    """The change as texts by place, as a person would type them.

    Raises:
        NotFoundError: it names a part that the rules do not have.
    """
    rules = plan.playbook.rules
    texts = {} if change.start_points is None else {"start.points": _number(change.start_points)}
    if change.add is not None:
        texts |= {f"new.{name}": value for name, value in _texts(change.add).items()}
    factors = {each.name: each for each in rules.factors}
    for name, one in change.change.items():
        factor = known(factors, name, "factor")
        texts |= {f"factor.{name}.{part}": value for part, value in _texts(one, without="on").items()}
        if factor.on if one.on is None else one.on:
            texts[f"factor.{name}.on"] = "1"
        elif not _texts(one, without="on"):
            texts[f"factor.{name}.points"] = _number(factor.points)
    for name in change.remove:
        known(factors, name, "factor")
        texts[f"factor.{name}.remove"] = "1"
    for name, cap in change.caps.items():
        known({each.name: each for each in rules.categories}, name, "category")
        texts[f"category.{name}.cap"] = "" if cap is None else _number(cap)
    for name, level in change.temperature.items():
        known({each.name: each for each in rules.temperature}, name, "temperature level")
        texts |= {f"level.{name}.{part}": value for part, value in _texts(level).items()}
    for name, tier in change.tiers.items():
        known({each.name: each for each in rules.tiers}, name, "tier")
        told_of = {"from" if part == "begins" else part: value for part, value in _texts(tier).items()}
        texts |= {f"tier.{name}.{part}": value for part, value in told_of.items()}
    for name, behaviour in change.behaviours.items():
        known({each.name: each for each in plan.playbook.behaviours}, name, "behaviour")
        texts |= {f"behaviour.{name}.{part}": value for part, value in _texts(behaviour).items()}
        if "cap" in behaviour.model_fields_set and behaviour.cap is None:
            texts[f"behaviour.{name}.cap"] = ""
    return texts


def edited(session: Session, change: RulesChange) -> tuple[Plan, RulesEdit]:
    """The rules in use, and what a change would make of them."""
    plan = active_plan(session)
    return plan, edit_rules(plan, typed(plan, change))


def save(
    request: Request, response: Response, caller: Caller, change: RulesChange, if_match: str | None
) -> Saved:
    """Save the changed rules as a revision and begin to score by it.

    Raises:
        RulesEditError: something in them cannot be used; each mistake is told with its place.
        ChangedMeanwhileError: the rules are no longer those that the sender saw.
    """
    with caller.entered() as session:
        plan, edit = edited(session, change)
        ensure_unchanged(if_match, rules_tag(plan.revision))
        saved = save_rules(session, edit, based_on=plan.revision.id, note=change.note)
        item = revision_item(session, saved, saved.id)
    response.headers["etag"] = rules_tag(saved)
    job = None if saved.id == plan.revision.id else score_by(request, response, caller, saved)
    return Saved(revision=item, changes=list(edit.changes), job=job)


def score_by(request: Request, response: Response, caller: Caller, saved: Revision) -> JobItem:
    """Begin to score every lead by a revision."""
    context, settings = context_of(caller), caller.galena.settings

    def work(job: Job) -> None:
        report = score_workspace(context, settings, trigger="rules", advance=job.advance).rescored
        job.notice = f"{report.changed:,} scores changed, {report.moved:,} leads are in another tier."
        counts = Counts(updated=report.changed, skipped=report.leads - report.changed)
        told(job, counts, moved=report.moved, tiers=report.tiers)

    title = f"Scoring by revision {saved.number}"
    item = begin(request, response, caller, title, f"score:{saved.id}", work, page="/rules")
    response.status_code = 200
    return item


def rules_tag(revision: Revision) -> str:
    """The ETag of the rules."""
    return f'"{revision.id}"'


def revision_item(session: Session, revision: Revision, active: UUID) -> RevisionItem:
    """A revision as it is told."""
    people = {str(user.id): user.name or user.email for user in users.list_all(session)}
    return RevisionItem(
        id=revision.id,
        number=revision.number,
        note=revision.note,
        author=people.get(revision.author, revision.author),
        created_at=revision.created_at.isoformat(),
        active=revision.id == active,
    )


def _texts(change: BaseModel, without: str = "") -> dict[str, str]:
    told_of = change.model_dump(exclude_none=True, exclude={without} if without else None)
    return {
        name: _number(value) if isinstance(value, float) else str(value) for name, value in told_of.items()
    }


def _number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def known(parts: dict[str, Part], name: str, noun: str) -> Part:
    """The part of this name.

    Raises:
        NotFoundError: there is none.
    """
    if name not in parts:
        raise NotFoundError(
            f"The rules have no {noun} of this name.",
            facts={"name": name, "known": ", ".join(parts)},
            remedy="Use one of those that are known.",
        )
    return parts[name]
