"""A workspace's playbook made ready to work: features, rules and words of one revision, compiled once."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from uuid import UUID

from galena.domain.playbook import Playbook
from galena.domain.revision import NewRevision, Revision
from galena.engines.explanation import Explainer
from galena.engines.features import FeatureSet
from galena.engines.scoring import Scorer
from galena.kit.errors import NotFoundError
from galena.playbooks import as_json, from_json, playbook_hash
from galena.stores import revisions
from galena.stores.door import Session

PLANS_KEPT = 16


@dataclass(frozen=True, slots=True)
class Compiled:
    """What thinks with one playbook."""

    playbook: Playbook
    features: FeatureSet
    scorer: Scorer
    explainer: Explainer


@dataclass(frozen=True, slots=True)
class Plan:
    """A revision of a workspace and what thinks with it."""

    revision: Revision
    compiled: Compiled

    @property
    def playbook(self) -> Playbook:
        """The revision's playbook."""
        return self.compiled.playbook

    @property
    def features(self) -> FeatureSet:
        """Its features."""
        return self.compiled.features

    @property
    def scorer(self) -> Scorer:
        """Its rules."""
        return self.compiled.scorer

    @property
    def explainer(self) -> Explainer:
        """Its words."""
        return self.compiled.explainer


def compile_playbook(playbook: Playbook) -> Compiled:
    """The playbook compiled.

    Raises:
        ExpressionError: an expression is wrong; says which and where.
    """
    features = FeatureSet.of(playbook)
    scorer = Scorer.build(playbook, features.definitions, features.schema, features.hash)
    return Compiled(playbook, features, scorer, Explainer(playbook))


def new_revision(playbook: Playbook, note: str) -> NewRevision:
    """The playbook as a revision about to be saved.

    Raises:
        ExpressionError: an expression is wrong.
    """
    import orjson

    compiled = compile_playbook(playbook)
    return NewRevision(
        hash=playbook_hash(playbook),
        content=orjson.loads(as_json(playbook)),
        rules_hash=compiled.scorer.rules,
        feature_set_hash=compiled.features.hash,
        value_names=compiled.scorer.value_names,
        contribution_names=compiled.scorer.contribution_names,
        note=note,
    )


def active_plan(session: Session) -> Plan:
    """The plan of the entered workspace's active revision.

    Raises:
        NotFoundError: the workspace has no revision yet.
    """
    revision_id = revisions.find_active_id(session)
    if revision_id is None:
        raise NotFoundError(
            "This workspace has no playbook yet.", remedy="Run `galena ingest FILE --playbook NAME` first."
        )
    return plan_with(session, revision_id)


def plan_with(session: Session, revision_id: UUID) -> Plan:
    """The plan of the revision with this id. Revisions never change, so that each is read once.

    Raises:
        NotFoundError: there is none.
    """
    return _plans.get(revision_id) or plan_of(revisions.load(session, revision_id))


def plan_of(revision: Revision) -> Plan:
    """The plan of any revision; the same content is compiled once."""
    import orjson

    if (known := _plans.get(revision.id)) is not None:
        return known
    text = orjson.dumps(revision.content, option=orjson.OPT_SORT_KEYS)
    plan = Plan(revision, _compiled_from(text))
    with _keeping:
        _plans[revision.id] = plan
        while len(_plans) > PLANS_KEPT:
            _plans.popitem(last=False)
    return plan


_plans: OrderedDict[UUID, Plan] = OrderedDict()
_keeping = Lock()


@lru_cache(maxsize=PLANS_KEPT)
def _compiled_from(text: bytes) -> Compiled:
    return compile_playbook(from_json(text))
