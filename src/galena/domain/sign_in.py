"""How people sign in, and what of it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Means(StrEnum):
    """What somebody signed in with."""

    PASSWORD = "password"  # noqa: S105 - a name
    LINK = "link"
    PROVIDER = "provider"


MEANS_WORDS: Mapping[str, str] = {
    Means.PASSWORD: "by password",
    Means.LINK: "by link",
    Means.PROVIDER: "by a sign-in provider",
    "": "",
}


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session of somebody, without its secret.

    Attributes:
        agent: the kind of browser and system, in two or three words.
        means: what it was opened with; empty for sessions of before this was kept.
        seen_at: when it was last used, to ten minutes.
    """

    id: UUID
    agent: str
    means: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """An authenticator app of somebody.

    Attributes:
        sealed: its secret.
        confirmed_at: when its first code was given; None: it is being set up, and nothing asks for it.
        last_step: the time step of the last code taken; a code opens once.
        recovery_left: recovery codes that were not used.
    """

    user_id: UUID
    sealed: bytes
    confirmed_at: datetime | None
    last_step: int
    recovery_left: int


@dataclass(frozen=True, slots=True)
class ProviderIdentity:
    """Who somebody is, as a sign-in provider says.

    Attributes:
        subject: the provider's own id of them, which never passes to somebody else.
        email: as the provider verified it.
    """

    issuer: str
    subject: str
    email: str
