"""Clients from files: looked into, taken in by columns that are named or found, and what came of each row."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel, ConfigDict, Field, Json, JsonValue

from galena.domain.clients import ClientImport
from galena.kit.errors import GalenaError, InputError
from galena.kit.file_names import safe_name
from galena.stores import clients
from galena.surfaces.api.paging import Cursor, Page, PageSize, cut
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.rooms import ROOM_PROBLEMS, ReadRoom, WorkRoom
from galena.surfaces.api.workplace import CLASH, GONE
from galena.workflows.client_import import PLACES, look_into, take_in

router = APIRouter(
    prefix="/clients/imports", tags=["clients"], responses=ROOM_PROBLEMS, route_class=RepeatableRoute
)

MOST_IMPORTS = 1_000
MOST_COLUMNS = 50
_MAPPING: dict[str, JsonValue] = {"name": "Full name", "email": "E-mail"}

ClientFile = Annotated[
    UploadFile, File(description="CSV, Excel, JSON or any other table that imports read, with its name.")
]


class ColumnsFound(BaseModel):
    """The columns of a file, and which is proposed for what."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "columns": ["Full name", "E-mail"],
                    "samples": {"Full name": ["Ann Baker"], "E-mail": ["ann@example.com"]},
                    "mapping": _MAPPING,
                }
            ]
        }
    )

    columns: list[str]
    samples: dict[str, list[str]] = Field(description="Column, and what stands in its first rows.")
    mapping: dict[str, str] = Field(
        description=f"What is kept of a client, and the column proposed for it. Possible: {', '.join(PLACES)}."
    )


class ClientRowProblem(BaseModel):
    """A row that could not be used."""

    row: int
    value: str = Field(description="The beginning of what stands there.")
    reason: str


class ClientImportItem(BaseModel):
    """A file of clients that was taken in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0195a3c0-0000-7000-8000-000000000000",
                    "file_name": "customers.csv",
                    "mapping": _MAPPING,
                    "created": 41,
                    "updated": 2,
                    "unchanged": 7,
                    "repeated": 1,
                    "refused": 1,
                    "problems": [{"row": 12, "value": "ann@", "reason": "'ann@' is no e-mail address."}],
                    "author": "api_key:0195a3c0-0000-7000-8000-000000000001",
                    "at": "2026-03-02T09:00:00Z",
                }
            ]
        }
    )

    id: UUID
    file_name: str
    mapping: dict[str, str]
    created: int = Field(description="Clients that are new.")
    updated: int = Field(description="Clients of whom the file said something else.")
    unchanged: int = Field(description="Clients of whom it said nothing new.")
    repeated: int = Field(description="Rows of a client that an earlier row of the file named.")
    refused: int = Field(description="Rows that could not be used.")
    problems: list[ClientRowProblem] = Field(description="Those rows, the first 500.")
    author: str
    at: datetime


class ClientImports(Page):
    """A page of files, the newest first."""

    items: list[ClientImportItem]


@router.get("", operation_id="list_client_imports")
def list_imports(room: ReadRoom, limit: PageSize = 50, cursor: Cursor = None) -> ClientImports:
    """The files of clients that were taken in, the newest first."""
    with room.entered() as session:
        rows = clients.list_imports(session, limit=MOST_IMPORTS)
    found, following = cut(rows, limit, cursor, lambda each: each.id)
    return ClientImports(items=[_item(each) for each in found], next=following)


@router.get("/{import_id}", operation_id="get_client_import", responses=GONE)
def get_import(room: ReadRoom, import_id: UUID) -> ClientImportItem:
    """What came of a file, and the rows that could not be used."""
    with room.entered() as session:
        return _item(clients.load_import(session, import_id))


@router.post("/look", operation_id="look_into_clients")
def look(_room: WorkRoom, file: ClientFile) -> ColumnsFound:
    """The columns of a file, and which is proposed for what; nothing of it is kept."""
    with _on_disk(file) as path:
        found = look_into(path)
    samples = {name: list(values) for name, values in found.examples.items()}
    return ColumnsFound(columns=list(found.columns), samples=samples, mapping=dict(found.mapping))


@router.post("", operation_id="import_clients", status_code=201, responses=CLASH)
def import_clients(
    room: WorkRoom,
    file: ClientFile,
    mapping: Annotated[
        Json[dict[str, str]] | None,
        Form(description="What is kept of a client, and its column, as JSON; left out: as proposed."),
    ] = None,
) -> ClientImportItem:
    """Take a file of clients in: all rows that can be used, or nothing where it cannot be read to its end. Who is on
    the list already is told by e-mail address, number, or name and place; the same file twice changes nothing."""
    unknown = set(mapping or ()) - set(PLACES)
    if unknown or len(mapping or ()) > MOST_COLUMNS:
        raise InputError(
            "The mapping names what is not kept of a client.",
            facts={"unknown": sorted(unknown)[:MOST_COLUMNS], "possible": list(PLACES)},
        )
    with _on_disk(file) as path:
        chosen = mapping if mapping is not None else look_into(path).mapping
        with room.entered() as session:
            return _item(take_in(session, path, path.name, chosen, room.now))


@contextmanager
def _on_disk(file: UploadFile) -> Iterator[Path]:
    """The file under its own name, for as long as it is read."""
    with TemporaryDirectory(prefix="galena-clients-") as folder:
        path = Path(folder) / safe_name(file.filename or "clients.csv")
        with path.open("xb") as kept:
            copyfileobj(file.file, kept)
        try:
            yield path
        except GalenaError as fault:
            if "file" in fault.facts:
                fault.facts["file"] = path.name  # Where it lies on the server is nobody's business.
            raise


def _item(each: ClientImport) -> ClientImportItem:
    return ClientImportItem(
        id=each.id,
        file_name=each.file_name,
        mapping=dict(each.mapping),
        **each.counts,
        problems=[
            ClientRowProblem(row=problem.row, value=problem.value, reason=problem.reason)
            for problem in each.problems
        ],
        author=each.author,
        at=each.at,
    )
