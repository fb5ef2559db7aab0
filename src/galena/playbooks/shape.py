"""From a merged tree to a `Playbook`: every mistake of shape in words, and what is sound kept for further checks."""

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from galena.domain.playbook import Playbook
from galena.kit.yaml_positions import Path
from galena.playbooks.files import PlaybookFiles
from galena.playbooks.problem import Problem
from galena.playbooks.wording import as_name, described

_ROUNDS = 12

_TIER = {"name": "a", "label": "a", "when": "TRUE"}
_RULES = {"categories": [], "factors": [], "temperature": [], "tiers": [_TIER]}
_STUBS: dict[Path, Any] = {
    ("playbook",): "unnamed",
    ("version",): 1,
    ("label",): "unnamed",
    ("lead",): {"one": "lead", "many": "leads", "title": "NULL"},
    ("fields",): {},
    ("rules",): _RULES,
    **{("rules", key): stub for key, stub in _RULES.items()},
}
"""Put in place of what is missing or broken at the top, so that the rest can still be checked."""


class _Gone:
    """Marks what was taken out of the tree."""


_GONE = _Gone()


@dataclass(slots=True)
class Shaped:
    """What the shape of a playbook allows to go on with.

    Attributes:
        playbook: built from what is sound; None when too little is.
        whole: nothing had to be left out.
        left_out: names of parts that were left out: other checks do not complain about uses of these.
    """

    playbook: Playbook | None
    problems: list[Problem]
    left_out: frozenset[str] = frozenset()
    _places: dict[Path, list[int]] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether nothing had to be left out."""
        return self.playbook is not None and not self.problems

    def place(self, path: Path) -> Path:
        """Where a path of `playbook` stands in the files' tree (items may have been left out before it)."""
        return _original(path, self._places)


def shape(files: PlaybookFiles) -> Shaped:
    """Validate the merged tree; the first round's mistakes are the user's, later ones only follow from them."""
    tree: Any = files.data
    problems: list[Problem] = []
    left_out: set[str] = set()
    for attempt in range(_ROUNDS):
        places: dict[Path, list[int]] = {}
        data = _compact(tree, (), places)
        try:
            playbook = Playbook.model_validate(data)
            return Shaped(playbook, problems, frozenset(left_out), places)
        except ValidationError as error:
            faults = list(_faults(error, data))
        if attempt == 0:
            problems = [
                _problem(files, path, details)
                for path, details in faults
                if not (files.unread and details["type"] == "missing" and path in _STUBS)
            ]
            tree = _copied(tree)
        for path, details in faults:
            left_out |= _take_out(tree, _original(path, places), str(details["type"]))
    return Shaped(None, problems)


def _faults(error: ValidationError, data: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Each fault once, with its path reduced to steps of the tree."""
    seen: set[Path] = set()
    for details in error.errors(include_url=False):
        path = _existing(details["loc"], data)
        if details["type"] in ("missing", "extra_forbidden"):
            path = (*path, details["loc"][-1]) if details["type"] == "missing" else path
        if path not in seen:
            seen.add(path)
            yield path, dict(details)


def _existing(location: tuple[str | int, ...], data: Any) -> Path:
    """The longest beginning of a location that exists: unions and key checks add steps of their own."""
    path: list[str | int] = []
    for step in location:
        in_list = isinstance(data, list) and isinstance(step, int) and step < len(data)
        if not in_list and not (isinstance(data, dict) and step in data):
            break
        data = data[step]
        path.append(step)
    return tuple(path)


def _problem(files: PlaybookFiles, path: Path, details: dict[str, Any]) -> Problem:
    kind = details["type"]
    wrong_key = kind == "extra_forbidden" or details["loc"][-1:] == ("[key]",)
    owner = model_at(Playbook, path[:-1])
    value, what, remedy = described(path, details, owner)
    # The path speaks of the first round, whose tree is the files' own.
    where = path[:-1] if kind == "missing" else path
    return files.problem(where, what, value=value, remedy=remedy, at_key=wrong_key)


def _take_out(tree: Any, path: Path, kind: str) -> set[str]:
    """Remove a faulty value; when its key was needed, the part that needs it goes in the next round.

    Returns the names that disappear with it.
    """
    if kind == "missing" and path not in _STUBS:
        path = path[:-1]
    if not path:
        return set()
    parent: Any = tree
    try:
        for step in path[:-1]:
            parent = parent[step]
    except (KeyError, IndexError, TypeError):
        return set()  # it went with a part around it
    last: Any = path[-1]
    if path in _STUBS:
        parent[last] = _copied(_STUBS[path])
        return set()
    if isinstance(parent, list):
        removed, parent[last] = parent[last], _GONE
    elif isinstance(parent, dict) and last in parent:
        removed = parent.pop(last)
    else:
        return set()
    return _names(path, removed)


def _names(path: Path, removed: Any) -> set[str]:
    # What would be meant by a name that is no name ("Tax ID") counts too.
    names = {str(path[-1]), as_name(str(path[-1]))}
    if isinstance(removed, dict):
        for key in ("name", "source"):
            if isinstance(removed.get(key), str):
                name = removed[key]
                names |= {name, f"{name}_intensity", f"{name}_last_at"}
    return names


def _compact(tree: Any, path: Path, places: dict[Path, list[int]]) -> Any:
    if isinstance(tree, dict):
        return {key: _compact(value, (*path, key), places) for key, value in tree.items()}
    if isinstance(tree, list):
        kept = [index for index, value in enumerate(tree) if value is not _GONE]
        if len(kept) < len(tree):
            places[path] = kept
        return [_compact(tree[index], (*path, place), places) for place, index in enumerate(kept)]
    return tree


def _original(path: Path, places: dict[Path, list[int]]) -> Path:
    steps: list[str | int] = []
    for length, step in enumerate(path):
        kept = places.get(path[:length])
        steps.append(kept[step] if kept is not None and isinstance(step, int) and step < len(kept) else step)
    return tuple(steps)


def _copied(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _copied(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_copied(value) for value in tree]
    return tree


def model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The model that stands at a path below `model`; None where there is none."""
    found: Any = model
    for step in path:
        if isinstance(found, type) and issubclass(found, BaseModel):
            info = found.model_fields.get(str(step))
            found = _bare(info.annotation) if info else None
            continue
        arguments = typing.get_args(found)
        found = (
            _bare(arguments[-1] if typing.get_origin(found) is dict else arguments[0]) if arguments else None
        )
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


def _bare(annotation: Any) -> Any:
    """The annotation without Optional and Annotated."""
    while True:
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        elif origin in (typing.Union, types.UnionType):
            annotation = next(part for part in typing.get_args(annotation) if part is not type(None))
        else:
            return annotation
