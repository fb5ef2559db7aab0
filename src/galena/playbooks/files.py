"""The files of a playbook's folder, merged into one tree that remembers where everything stands."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from galena.kit.yaml_positions import Document, Position, read_yaml
from galena.kit.yaml_positions import Path as TreePath
from galena.playbooks.problem import Problem, shortened

MAIN_FILE = "playbook.yaml"
RULES_FILE = "rules.yaml"
MODELS_FILE = "models.yaml"
REASONER_FILE = "reasoner.yaml"
IDENTITY_FILE = "identity.yaml"
ENRICHMENT_FILE = "enrichment.yaml"
ROUTING_FILE = "routing.yaml"
OUTCOMES_FILE = "outcomes.yaml"
_WHOLE = {
    RULES_FILE: "rules",
    MODELS_FILE: "models",
    REASONER_FILE: "reasoner",
    IDENTITY_FILE: "identity",
    ENRICHMENT_FILE: "enrichment",
    ROUTING_FILE: "routing",
    OUTCOMES_FILE: "outcomes",
}
"""Files that hold what is under one key of the playbook."""

SOURCES_FOLDER = "sources"
TOP_FILES = (
    MAIN_FILE,
    "fields.yaml",
    "features.yaml",
    "categories.yaml",
    RULES_FILE,
    MODELS_FILE,
    REASONER_FILE,
    IDENTITY_FILE,
    ENRICHMENT_FILE,
    ROUTING_FILE,
    OUTCOMES_FILE,
)
MAX_BYTES = 2_000_000

_SQL_KEYS = frozenset(
    {"when", "keep", "sql", "scale", "since", "title", "subtitle", "positive", "negative", "worth"}
    | {"decided_at", "arrived_at"}
)


@dataclass(frozen=True, slots=True)
class _Part:
    file: str
    document: Document
    path: TreePath


@dataclass(slots=True)
class PlaybookFiles:
    """What the files of a playbook say, together.

    Attributes:
        data: the merged tree, shaped like `Playbook`.
        problems: what could not be read or merged.
        unread: files of which nothing could be read: what they would say is not known to be missing.
    """

    name: str
    data: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    _parts: dict[TreePath, _Part] = field(default_factory=dict)

    def problem(
        self, path: TreePath, what: str, *, value: object = "", remedy: str = "", at_key: bool = False
    ) -> Problem:
        """A problem at a place of the merged tree."""
        part, inner = self._part_of(path)
        position = part.document.key_at(inner) if at_key else part.document.value_at(inner)
        return _problem(part.file, position, what, value, remedy)

    def problem_inside(
        self, path: TreePath, text: str, offset: int, what: str, *, value: object = "", remedy: str = ""
    ) -> Problem:
        """A problem at a character of a text, such as an expression; `text` is the value that was read."""
        part, inner = self._part_of(path)
        return _problem(part.file, part.document.inside(inner, text, offset), what, value, remedy)

    def _part_of(self, path: TreePath) -> tuple[_Part, TreePath]:
        for length in range(len(path), -1, -1):
            part = self._parts.get(path[:length])
            if part is not None:
                return part, (*part.path, *path[length:])
        return _Part(MAIN_FILE, Document(""), ()), path

    def _complain(self, file: str, what: str, remedy: str, value: object = "") -> None:
        self.problems.append(_problem(file, Position(1, 1), what, value, remedy))

    def _read(self, file: str, path: Path) -> tuple[Document, dict[str, Any]] | None:
        """The file as a mapping, or None after complaining."""
        self.unread.add(file)
        try:
            content = path.read_bytes()
            if len(content) > MAX_BYTES:
                self._complain(
                    file, "the file is larger than 2 MB", "Split it or remove what is not a setting."
                )
                return None
            document = read_yaml(content.decode("utf-8-sig"))
        except OSError as error:
            self._complain(file, "the file cannot be read", "Check its permissions.", error.strerror or "")
            return None
        except UnicodeDecodeError as error:
            self._complain(file, "the file is not UTF-8 text", "Save it as UTF-8.", f"byte {error.start}")
            return None
        for mistake in document.mistakes:
            self.problems.append(
                _problem(file, mistake.position, mistake.what, mistake.value, mistake.remedy)
            )
        if isinstance(document.data, dict):
            self.unread.discard(file)
            return document, document.data
        if not document.mistakes:
            what = "the file is empty" if document.data is None else "the file must be keys with values"
            self._complain(file, what, "Write lines of the form `key: value`.")
        return None

    def _add_top(self, file: str, document: Document, data: dict[str, Any]) -> None:
        _expressions_as_texts(document, data)
        if file == MAIN_FILE:
            self._parts[()] = _Part(file, document, ())
        if key := _WHOLE.get(file):
            self._merge((key,), file, document, {key: data}, whole=True)
            return
        for key in data:
            self._merge((key,), file, document, data)

    def _merge(
        self, path: TreePath, file: str, document: Document, data: dict[str, Any], *, whole: bool = False
    ) -> None:
        key = str(path[0])
        if key in self.data:
            other = self._parts[path].file
            self.unread.add(file)
            self.problems.append(
                _problem(
                    file,
                    document.key_at(() if whole else path),
                    f"{key} is given here and in {other}",
                    "",
                    "Keep one of the two.",
                )
            )
            return
        self.data[key] = data[key]
        self._parts[path] = _Part(file, document, () if whole else path)

    def _add_source(self, file: str, document: Document, data: dict[str, Any]) -> None:
        mappings = self.data.setdefault("mappings", [])
        if not isinstance(mappings, list):
            return
        self._parts[("mappings", len(mappings))] = _Part(file, document, ())
        mappings.append(data)


def read_folder(folder: Path) -> PlaybookFiles:
    """Every file of a playbook's folder, merged; nothing is raised, mistakes are in `problems`.

    The top files may hold any key of a playbook, each key once; `rules.yaml`, `models.yaml`, `reasoner.yaml`,
    `identity.yaml`, `enrichment.yaml`, `routing.yaml` and `outcomes.yaml` hold what is under the key of their name;
    each file in `sources` is one mapping.
    """
    files = PlaybookFiles(folder.name)
    if not (folder / MAIN_FILE).is_file():
        files._complain(
            MAIN_FILE, f"there is no {MAIN_FILE}", "Add it, or name the playbook's folder.", folder
        )
        return files
    for file in TOP_FILES:
        if (folder / file).is_file() and (read := files._read(file, folder / file)):
            files._add_top(file, *read)
    for path in _yaml_files(folder / SOURCES_FOLDER):
        file = f"{SOURCES_FOLDER}/{path.name}"
        if read := files._read(file, path):
            files._add_source(file, *read)
    for path in _yaml_files(folder):
        if path.name not in TOP_FILES:
            remedy = f"Known files: {', '.join(TOP_FILES)} and {SOURCES_FOLDER}/*.yaml."
            files._complain(path.name, "a playbook has no file of this name", remedy)
    return files


def _yaml_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and path.is_file())


def _expressions_as_texts(document: Document, data: dict[str, Any]) -> None:
    """YAML reads `when: TRUE` and `scale: 1` as values; where an expression stands they are SQL."""
    for path, written in document.written.items():
        if path[-1] not in _SQL_KEYS and path[-2:-1] != ("change",):
            continue
        parent: Any = data
        for token in path[:-1]:
            parent = parent[token]
        if isinstance(parent, dict) and parent.get(str(path[-1])) is not None:
            parent[str(path[-1])] = written


def _problem(file: str, position: Position, what: str, value: object, remedy: str) -> Problem:
    return Problem(file, position.line, position.column, what, shortened(value), remedy)
