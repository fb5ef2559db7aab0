"""Whether a mapping fits a playbook."""

from collections.abc import Iterable

from rapidfuzz import process

from galena.domain.playbook import Mapping as SourceMapping
from galena.domain.playbook import Playbook
from galena.kit.errors import ConfigurationError


def check_mapping(mapping: SourceMapping, playbook: Playbook) -> None:
    """Checks that every field, match and signal kind of a mapping is one of the playbook's.

    Raises:
        ConfigurationError: with the name that is not known and the nearest one that is.
    """
    for name in mapping.fields:
        _known(name, playbook.fields, "field", mapping, playbook)
    for name in mapping.match:
        if name != "key":
            _known(name, playbook.fields, "field", mapping, playbook)
    for signal in mapping.signals:
        for kind in (signal.kind, *signal.kinds.values()):
            if kind is not None:
                _known(kind, playbook.signal_kinds, "kind of signal", mapping, playbook)


def _known(name: str, known: Iterable[str], noun: str, mapping: SourceMapping, playbook: Playbook) -> None:
    names = list(known)
    if name in names:
        return
    near = process.extractOne(name, names, score_cutoff=50)
    raise ConfigurationError(
        f"The mapping of {mapping.source} speaks of a {noun} that the playbook does not have.",
        facts={"name": name, "playbook": playbook.playbook} | ({"nearest": near[0]} if near else {}),
        remedy=f"Use {near[0]}." if near else f"Use one of: {', '.join(names[:20])}.",
    )
