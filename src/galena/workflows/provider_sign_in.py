"""Whose account here belongs to an account at a sign-in provider.

Nobody gets an account by signing in elsewhere: it must be here, under the same e-mail, with the role an admin gave it.
The first sign-in ties the two; from then on another account there with the same e-mail does not get in.
"""

from uuid import UUID

from galena.domain.sign_in import Means, ProviderIdentity
from galena.domain.tenancy import User
from galena.stores import audit, provider_accounts, users
from galena.stores.door import OPERATOR, Door, Session
from galena.workflows.oidc import SignInRefusedError
from galena.workflows.people import note_failure


def match_account(door: Door, identity: ProviderIdentity) -> tuple[UUID, User]:
    """The workspace and the person.

    Raises:
        SignInRefusedError: nobody here has this e-mail, or theirs is another account there.
    """
    with door.lobby() as lobby:
        places = users.list_workspaces_of(lobby, identity.email)
    for workspace_id in places:
        with door.enter(workspace_id, tenant_id=OPERATOR, actor="sign-in") as session:
            user = users.find(session, identity.email)
            if user is not None and _is_theirs(session, user, identity):
                return workspace_id, user
    if places:
        raise SignInRefusedError(
            "Your account here is tied to another account there.",
            remedy="Ask whoever runs this workspace to reset your sign-in.",
        )
    raise SignInRefusedError(
        "Nobody here has this e-mail.",
        remedy="Ask whoever runs this workspace to add you, then sign in again.",
    )


def _is_theirs(session: Session, user: User, identity: ProviderIdentity) -> bool:
    known = provider_accounts.find_subject(session, user.id, identity.issuer)
    taken_by = provider_accounts.find_user(session, identity.issuer, identity.subject)
    if known is None and taken_by is None:
        provider_accounts.add(session, user.id, identity.issuer, identity.subject)
        audit.record(session, "link_provider", f"user:{user.id}", {"issuer": identity.issuer})
        return True
    if known == identity.subject and taken_by == user.id:
        return True
    note_failure(session, user.id, Means.PROVIDER, "other_account")
    return False
