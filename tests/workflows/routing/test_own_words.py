"""What a tenant's people say of a score stays theirs when the lead goes on to another tenant."""

from typing import Any
from uuid import UUID

import pytest

from galena.kit.errors import NotFoundError
from galena.stores import audit, verdicts, whole_tables
from galena.stores.door import OPERATOR
from galena.workflows.claw_back import claw_back, give
from galena.workflows.overrides import override_score, resume_override, say_wrong


def _inside(office: Any, tenant: UUID | None) -> Any:
    context = office.context
    return context.door.enter(context.workspace_id, tenant_id=tenant or OPERATOR, actor="somebody")


def test_a_word_ends_with_the_assignment_and_the_next_tenant_never_sees_it(office: Any) -> None:
    waco, dallas = office.tenant("Waco"), office.tenant("Dallas")
    lead = office.lead("green")
    give(office.context, [lead], "Waco", "first")
    with _inside(office, waco) as session:
        said = override_score(session, lead, tier="red", reason="The owner is ill", now=office.now)
        say_wrong(session, lead, "She told me so")
    claw_back(office.later(hours=1).context, [lead], "too slow")
    with _inside(office, None) as session:
        (kept,) = verdicts.list_overrides(session, lead)
        assert (kept.reason, kept.ended_at is None) == ("The owner is ill", False)
        assert len(verdicts.list_feedback(session, lead)) == 1
        assert not any("ill" in str(entry.detail) for entry in audit.list_(session))
    give(office.later(hours=1).context, [lead], "Dallas", "second")
    with _inside(office, dallas) as session:
        assert verdicts.list_overrides(session, lead) == verdicts.list_feedback(session, lead) == ()
        assert not any(list(whole_tables.rows_of(session, name)) for name in ("overrides", "feedback"))
        with pytest.raises(NotFoundError):
            resume_override(session, said.id, office.now)
        override_score(session, lead, tier="yellow", reason="Met her", now=office.now)


def test_the_operator_s_word_is_seen_and_can_be_spoken_over(office: Any) -> None:
    waco, lead = office.tenant("Waco"), office.lead("green")
    give(office.context, [lead], "Waco", "first")
    with _inside(office, None) as session:
        override_score(session, lead, tier="red", reason="Looked at it", now=office.now)
    with _inside(office, waco) as session:
        override_score(session, lead, tier="green", reason="Met her", now=office.now)
        assert [each.reason for each in verdicts.list_overrides(session, lead)] == ["Met her", "Looked at it"]
