"""Documents of the vault and links to them; the content lies in the object store."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, func, insert, select, update

from galena.domain.documents import Document, DocumentLink
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all, find_one, load_by_id

_DOCUMENTS = tables.documents
_LINKS = tables.document_links


def _own(column: Any, session: Session) -> ColumnElement[bool]:
    """Rows of who was entered for: a tenant's, or those of the operator alone."""
    found: ColumnElement[bool] = column.is_not_distinct_from(session.tenant_or_none)
    return found


def add(
    session: Session, *, name: str, media_type: str, size: int, sha256: str, expires_on: date | None,
    goes_first: bool, at: datetime,
) -> Document:  # fmt: skip
    """A new document, whose content is stored already."""
    row = session.connection.execute(
        insert(_DOCUMENTS)
        .values(
            id=new_id(),
            name=name,
            media_type=media_type,
            size=size,
            sha256=sha256,
            expires_on=expires_on,
            goes_first=goes_first,
            author=session.actor,
            at=at,
        )
        .returning(_DOCUMENTS)
    )
    return _document(row.mappings().one())


def load(session: Session, document_id: UUID) -> Document:
    """A document, also one taken away.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    return load_by_id(session, _DOCUMENTS, document_id, _document, "document")


def find_same(session: Session, sha256: str) -> Document | None:
    """An own document that stands with this very content."""
    query = select(_DOCUMENTS).where(
        _own(_DOCUMENTS.c.tenant_id, session),
        _DOCUMENTS.c.sha256 == sha256,
        _DOCUMENTS.c.removed_at.is_(None),
    )
    return find_one(session, query.order_by(_DOCUMENTS.c.at).limit(1), _document)


def list_own(session: Session, *, search: str = "", limit: int = 500) -> tuple[Document, ...]:
    """The documents that stand of who was entered for, by name."""
    query = select(_DOCUMENTS).where(_own(_DOCUMENTS.c.tenant_id, session), _DOCUMENTS.c.removed_at.is_(None))
    for word in search.split():
        query = query.where(_DOCUMENTS.c.name.icontains(word, autoescape=True))
    order = (func.lower(_DOCUMENTS.c.name), _DOCUMENTS.c.at.desc(), _DOCUMENTS.c.id)
    return find_all(session, query.order_by(*order).limit(limit), _document)


def load_many(session: Session, document_ids: Collection[UUID]) -> dict[UUID, Document]:
    """Those of these documents that this session may see, also those taken away."""
    query = select(_DOCUMENTS).where(among(_DOCUMENTS.c.id, document_ids))
    return {each.id: each for each in find_all(session, query, _document)}


def list_all(session: Session) -> tuple[Document, ...]:
    """Every document that this session may see and that stands, the newest first."""
    query = select(_DOCUMENTS).where(_DOCUMENTS.c.removed_at.is_(None))
    return find_all(session, query.order_by(_DOCUMENTS.c.at.desc(), _DOCUMENTS.c.id), _document)


def list_expiring(session: Session, until: date) -> tuple[Document, ...]:
    """Documents that expire up to a day and of which nobody was told yet."""
    query = select(_DOCUMENTS).where(
        _DOCUMENTS.c.expires_on <= until, _DOCUMENTS.c.removed_at.is_(None), _DOCUMENTS.c.warned_at.is_(None)
    )
    return find_all(session, query.order_by(_DOCUMENTS.c.expires_on, _DOCUMENTS.c.id), _document)


def change(session: Session, document_id: UUID, **values: object) -> None:
    """Sets columns of a document: name, expires_on, goes_first, warned_at, removed_at."""
    session.connection.execute(update(_DOCUMENTS).where(_DOCUMENTS.c.id == document_id).values(**values))


def add_link(
    session: Session, *, document_ids: Sequence[UUID], recipient: str, lead_id: UUID | None,
    client_id: UUID | None, expires_at: datetime, at: datetime,
) -> DocumentLink:  # fmt: skip
    """A new link for one person."""
    row = session.connection.execute(
        insert(_LINKS)
        .values(
            id=new_id(),
            document_ids=list(document_ids),
            recipient=recipient,
            lead_id=lead_id,
            client_id=client_id,
            expires_at=expires_at,
            author=session.actor,
            at=at,
        )
        .returning(_LINKS)
    )
    return _link(row.mappings().one())


def load_link(session: Session, link_id: UUID) -> DocumentLink:
    """A link.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    return load_by_id(session, _LINKS, link_id, _link, "link")


def list_links(
    session: Session, *, lead_id: UUID | None = None, limit: int = 200
) -> tuple[DocumentLink, ...]:
    """The links of who was entered for (of one lead), the newest first."""
    query = select(_LINKS).where(_own(_LINKS.c.tenant_id, session))
    if lead_id is not None:
        query = query.where(_LINKS.c.lead_id == lead_id)
    return find_all(session, query.order_by(_LINKS.c.at.desc(), _LINKS.c.id.desc()).limit(limit), _link)


def revoke_link(session: Session, link_id: UUID, at: datetime | None) -> None:
    """Ends a link; None: makes it good again."""
    session.connection.execute(update(_LINKS).where(_LINKS.c.id == link_id).values(revoked_at=at))


def count_opening(session: Session, link_id: UUID, at: datetime, *, is_fetch: bool) -> None:
    """Counts that its page was opened, or a document fetched."""
    counted = _LINKS.c.fetched_count if is_fetch else _LINKS.c.opened_count
    session.connection.execute(
        update(_LINKS).where(_LINKS.c.id == link_id).values({counted: counted + 1, _LINKS.c.opened_at: at})
    )


def _document(row: RowMapping) -> Document:
    return Document(**{name: row[name] for name in Document.__dataclass_fields__})


def _link(row: RowMapping) -> DocumentLink:
    found: dict[str, Any] = {name: row[name] for name in DocumentLink.__dataclass_fields__}
    return DocumentLink(**{**found, "document_ids": tuple(found["document_ids"])})
