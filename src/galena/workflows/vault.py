"""The vault: files checked, sealed and kept in the object store, and given back as they came.

Each story takes the session of who acts: its row-level security decides which documents are there at all. The content
is sealed under the key of the installation and bound to its workspace and its hash.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from galena.domain.documents import LARGEST_DOCUMENT_MB, TYPE_WORDS, WARN_DAYS, Document
from galena.kit.errors import ConflictError, GalenaError, InputError, NotFoundError
from galena.kit.file_names import name_with_suffix
from galena.kit.file_types import SUFFIXES, type_of
from galena.kit.object_store import DamagedObjectError, ObjectStore
from galena.kit.secrets import SealError, SecretBox
from galena.stores import audit, documents, notifications
from galena.stores.door import Session

MEGABYTE = 1_000_000


class WrongTypeError(InputError):
    """The file is of a type that the vault does not take."""

    http_status = 415


@dataclass(frozen=True, slots=True)
class Vault:
    """Where the contents of documents lie, and what seals them."""

    objects: ObjectStore
    box: SecretBox

    def put(self, workspace_id: UUID, content: bytes) -> str:
        """Keeps a content, sealed, and gives its SHA-256; the same content is kept once."""
        sha256 = hashlib.sha256(content).hexdigest()
        name = _object_name(workspace_id, sha256)
        if not self.objects.exists(name):
            self.objects.put(name, self.box.seal_bytes(content, place=name))
        return sha256

    def get(self, workspace_id: UUID, sha256: str) -> bytes:
        """The content of this hash, proved to be it.

        Raises:
            NotFoundError: it is not there.
            DamagedObjectError: it is not what was stored.
        """
        name = _object_name(workspace_id, sha256)
        try:
            content = self.box.open_bytes(self.objects.get(name), place=name)
        except SealError as fault:
            raise _damaged(self.objects.address, name) from fault
        if hashlib.sha256(content).hexdigest() != sha256:
            raise _damaged(self.objects.address, name)
        return content


def keep_document(
    session: Session,
    vault: Vault,
    given_name: str,
    content: bytes,
    now: datetime,
    *,
    expires_on: date | None = None,
    goes_first: bool = False,
) -> tuple[Document, bool]:
    """Keep a file. Returns: the document, and whether it is new; the same content again is the same document.

    Raises:
        WrongTypeError: the file is of a type that is not taken; its content says so, whatever its name.
        InputError: it is empty or too large, or the day it expires is past.
    """
    if not content:
        raise InputError("The file is empty.", facts={"file": given_name[:80]}, remedy="Check what made it.")
    if len(content) > LARGEST_DOCUMENT_MB * MEGABYTE:
        raise InputError(
            f"The file has {len(content) / MEGABYTE:.1f} MB; the vault takes {LARGEST_DOCUMENT_MB} MB.",
            remedy="Make it smaller, or split it.",
        )
    kind = type_of(content)
    if kind is None or kind not in TYPE_WORDS:
        raise WrongTypeError(
            "The vault does not take files of this type.",
            facts={"file": given_name[:80], "takes": ", ".join(dict.fromkeys(TYPE_WORDS.values()))},
            remedy="Save it as PDF, or as a Word or Excel file without macros.",
        )
    _check_expiry(expires_on, now)
    same = documents.find_same(session, hashlib.sha256(content).hexdigest())
    if same is not None:
        return same, False
    kept = documents.add(
        session,
        name=name_with_suffix(given_name, SUFFIXES[kind]),
        media_type=kind,
        size=len(content),
        sha256=vault.put(session.workspace_id, content),
        expires_on=expires_on,
        goes_first=goes_first,
        at=now,
    )
    audit.record(session, "keep_document", f"document:{kept.id}", {"size": kept.size, "type": kind})
    return kept, True


def fetch_document(session: Session, vault: Vault, document_id: UUID) -> tuple[Document, bytes]:
    """A document with its content, for whose it is.

    Raises:
        NotFoundError: there is none that this session sees, or it was taken away.
        DamagedObjectError: its content is not what was stored.
    """
    found = documents.load(session, document_id)
    if found.removed_at is not None:
        raise NotFoundError("This document was taken away.", remedy="Bring it back on the page of documents.")
    audit.record(session, "fetch_document", f"document:{found.id}")
    return found, vault.get(session.workspace_id, found.sha256)


def change_document(
    session: Session,
    document_id: UUID,
    now: datetime,
    *,
    name: str | None = None,
    expires_on: date | None,
    goes_first: bool,
) -> Document:
    """Give a document another name, another last day, or take it into the first message.

    Raises:
        NotFoundError: there is none that this session sees.
        ConflictError: it was taken away.
        InputError: the day is past.
    """
    found = _standing(session, document_id)
    if expires_on != found.expires_on:
        _check_expiry(expires_on, now)
    kept = name_with_suffix(name, SUFFIXES[found.media_type]) if name and name.strip() else found.name
    warned = found.warned_at if expires_on == found.expires_on else None
    documents.change(
        session, document_id, name=kept, expires_on=expires_on, goes_first=goes_first, warned_at=warned
    )
    audit.record(session, "change_document", f"document:{document_id}")
    return documents.load(session, document_id)


def remove_document(session: Session, document_id: UUID, now: datetime) -> Document:
    """Take a document away: no link gives it any more. It can be brought back.

    Raises:
        NotFoundError: there is none that this session sees.
    """
    found = documents.load(session, document_id)
    if found.removed_at is None:
        documents.change(session, document_id, removed_at=now)
        audit.record(session, "remove_document", f"document:{document_id}")
    return found


def restore_document(session: Session, document_id: UUID) -> Document:
    """Bring a document back. Raises as `remove_document`."""
    found = documents.load(session, document_id)
    if found.removed_at is not None:
        documents.change(session, document_id, removed_at=None)
        audit.record(session, "restore_document", f"document:{document_id}")
    return found


def warn_of_expiring(session: Session, now: datetime) -> int:
    """Tell the operator, once each, of documents that expire soon or have; returns how many."""
    soon = documents.list_expiring(session, now.date() + timedelta(days=WARN_DAYS))
    for each in soon:
        verb = "has expired" if each.is_expired(now.date()) else "expires"
        words = f"The document “{each.name}” {verb} on {each.expires_on}; no link gives it after that day."
        link = f"/documents?tenant={each.tenant_id}" if each.tenant_id else "/documents"
        notifications.notify(
            session, "warning", "document_expires", f"document:{each.id}", words, at=now, link=link
        )
        documents.change(session, each.id, warned_at=now)
    return len(soon)


@dataclass(frozen=True, slots=True)
class VaultCheck:
    """Whether the contents of all documents are there and are what was stored.

    Attributes:
        faults: document -> what is wrong with its content.
    """

    checked: int
    faults: dict[UUID, str]


def check_vault(session: Session, vault: Vault) -> VaultCheck:
    """Read every document that stands, and prove each content by its hash."""
    faults = {}
    every = documents.list_all(session)
    for each in every:
        try:
            vault.get(session.workspace_id, each.sha256)
        except GalenaError as fault:
            faults[each.id] = f"{each.name}: {fault.what}"
    return VaultCheck(len(every), faults)


def _standing(session: Session, document_id: UUID) -> Document:
    found = documents.load(session, document_id)
    if found.removed_at is not None:
        raise ConflictError("This document was taken away.", remedy="Bring it back first.")
    return found


def _check_expiry(expires_on: date | None, now: datetime) -> None:
    if expires_on is not None and expires_on < now.date():
        raise InputError(
            f"The day the document expires, {expires_on}, is past: today is {now.date()}.",
            remedy="Give a day from today on, or none.",
        )


def _object_name(workspace_id: UUID, sha256: str) -> str:
    return f"documents/{workspace_id}/{sha256[:2]}/{sha256}.sealed"


def _damaged(address: str, name: str) -> DamagedObjectError:
    return DamagedObjectError(
        "a stored document is not what was stored",
        facts={"place": address, "name": name},
        remedy="Somebody or something changed it, or the key of the installation is another. Bring both back from a"
        " back-up; until then it is not given out.",
    )
