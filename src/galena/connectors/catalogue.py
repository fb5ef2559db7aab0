"""Every connector there is: one folder each, those shipped here and those of the operator's data folder.

A folder of the data folder holds YAML alone; code runs only from the installation.
"""

import importlib
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from galena.connectors.rest import Description, RestEnricher, RestSource
from galena.domain.connector import Access, Capability, Enricher, Manifest, Source
from galena.domain.inbound import Inbound
from galena.domain.playbook import Mapping
from galena.domain.playbook.part import Part
from galena.kit.errors import NotFoundError
from galena.kit.web import WebClient
from galena.kit.yaml_positions import read_yaml
from galena.playbooks.problem import PlaybookError, Problem, shortened

MANIFEST_FILE = "manifest.yaml"
SOURCE_FILE = "source.yaml"
OWN_FOLDER = "connectors"
"""Below the data folder: the operator's own."""

_SHIPPED = Path(__file__).parent
_PULLED = frozenset((Capability.SOURCE, Capability.EVENTS))

Read = TypeVar("Read", bound=Part)


@dataclass(frozen=True, slots=True)
class Connector:
    """A connector's folder, read.

    Attributes:
        description: of its REST API; None when code does the asking.
        is_shipped: whether it came with the installation.
    """

    manifest: Manifest
    folder: Path
    description: Description | None
    is_shipped: bool

    @property
    def is_pulled(self) -> bool:
        """Whether records can be pulled from it."""
        return bool(self.manifest.capabilities & _PULLED)

    @property
    def is_looked_up(self) -> bool:
        """Whether it looks up single leads."""
        return Capability.ENRICHER in self.manifest.capabilities

    def source(self, access: Access, web: WebClient) -> Source:
        """What pulls its records."""
        if self._has_code("source"):
            made: Source = self._module("source").open_source(access, web)
            return made
        return RestSource(self._described(), access, web)

    def enricher(self, access: Access, web: WebClient) -> Enricher:
        """What looks up leads."""
        if self._has_code("enricher"):
            made: Enricher = self._module("enricher").open_enricher(access, web)
            return made
        return RestEnricher(self._described(), access, web)

    @property
    def is_sending(self) -> bool:
        """Whether it sends by itself what happens."""
        return Capability.INBOUND in self.manifest.capabilities

    def inbound(self) -> Inbound:
        """What takes in the messages it sends.

        Raises:
            NotFoundError: it sends none.
        """
        if not self._has_code("inbound"):
            raise NotFoundError(
                "This connector sends nothing by itself.", facts={"connector": self.manifest.name}
            )
        made: Inbound = self._module("inbound")
        return made

    def mappings(self, playbook: str) -> dict[str, Mapping]:
        """Its mappings for a playbook, by the name of their file.

        Raises:
            PlaybookError: one has mistakes.
        """
        read = _shipped_mappings if self.is_shipped else _read_mappings
        return dict(read(self.folder, playbook))

    def _has_code(self, part: str) -> bool:
        return self.is_shipped and (self.folder / f"{part}.py").is_file()

    def _module(self, part: str) -> Any:
        return importlib.import_module(f"galena.connectors.{self.folder.name}.{part}")

    def _described(self) -> Description:
        if self.description is None:
            raise NotFoundError(
                "This connector has nothing to ask with.",
                facts={"connector": self.manifest.name, "folder": str(self.folder)},
                remedy=f"Add {SOURCE_FILE} to its folder.",
            )
        return self.description


def list_connectors(home: Path | None = None) -> tuple[Connector, ...]:
    """The connectors shipped and those of the data folder, by name; one's own goes before a shipped one.

    One's own that cannot be read are left out; `broken_connectors` tells of them.
    """
    found = {name: _shipped(name) for name in _names(_SHIPPED)}
    for name in _names(_own(home)):
        with suppress(PlaybookError):
            found[name] = _read_own(_own(home), name)
    return tuple(found[name] for name in sorted(found))


def broken_connectors(home: Path) -> dict[str, PlaybookError]:
    """One's own connectors that cannot be read, with their mistakes."""
    broken = {}
    for name in _names(_own(home)):
        try:
            _read_own(_own(home), name)
        except PlaybookError as fault:
            broken[name] = fault
    return broken


def find_connector(name: str, home: Path | None = None) -> Connector:
    """The connector of this name; mistakes in another one do not matter.

    Raises:
        NotFoundError: there is none.
        PlaybookError: its files have mistakes; each with its line.
    """
    from rapidfuzz import process

    own, shipped = _names(_own(home)), _names(_SHIPPED)
    if name in own:
        return _read_own(_own(home), name)
    if name in shipped:
        return _shipped(name)
    near = process.extractOne(name, [*own, *shipped], score_cutoff=60)
    raise NotFoundError(
        "There is no such connector.",
        facts={"connector": name} | ({"nearest": near[0]} if near else {}),
        remedy="`galena connect kinds` lists them.",
    )


def _read_mappings(folder: Path, playbook: str) -> dict[str, Mapping]:
    files = sorted((folder / "mappings" / playbook).glob("*.yaml"))
    return {file.stem: read_part(file, Mapping) for file in files}


# Every message that comes in asks for them, and those that are shipped stay as they are.
_shipped_mappings = cache(_read_mappings)


def read_part(file: Path, kind: type[Read]) -> Read:
    """A YAML file as the record it describes.

    Raises:
        PlaybookError: it has mistakes; each with its line.
    """
    try:
        document = read_yaml(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        raise PlaybookError(
            file.name, [Problem(file.name, 1, 1, "the file cannot be read", str(fault))]
        ) from fault
    problems = [
        Problem(file.name, each.position.line, each.position.column, each.what, each.value, each.remedy)
        for each in document.mistakes
    ]
    if not problems:
        try:
            return kind.model_validate(document.data)
        except ValidationError as fault:
            for each in fault.errors(include_url=False):
                place = document.value_at(tuple(each["loc"]))
                where = ".".join(map(str, each["loc"]))
                what = f"{where}: {each['msg']}" if where else each["msg"]
                problems.append(Problem(file.name, place.line, place.column, what, shortened(each["input"])))
    raise PlaybookError(file.name, problems)


def _own(home: Path | None) -> Path | None:
    return home / OWN_FOLDER if home else None


def _names(inside: Path | None) -> list[str]:
    """The folders that hold a connector; a connector is called as its folder."""
    if inside is None or not inside.is_dir():
        return []
    return sorted(folder.name for folder in inside.iterdir() if (folder / MANIFEST_FILE).is_file())


@cache
def _shipped(name: str) -> Connector:
    return _read(_SHIPPED / name, is_shipped=True)


def _read_own(inside: Path | None, name: str) -> Connector:
    return _read((inside or _SHIPPED) / name, is_shipped=False)


def _read(folder: Path, *, is_shipped: bool) -> Connector:
    manifest = read_part(folder / MANIFEST_FILE, Manifest)
    if manifest.name != folder.name:
        what = f"a connector is called as its folder: {folder.name}"
        raise PlaybookError(MANIFEST_FILE, [Problem(MANIFEST_FILE, 1, 1, what, manifest.name)])
    described = folder / SOURCE_FILE
    description = read_part(described, Description) if described.is_file() else None
    return Connector(manifest, folder, description, is_shipped)
