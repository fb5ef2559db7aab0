"""A playbook as one text, for storing its revisions and for telling them apart."""

import hashlib
import json

from pydantic import ValidationError

from galena.domain.playbook import Playbook
from galena.kit.errors import ConfigurationError


def as_json(playbook: Playbook) -> str:
    """The playbook as JSON: everything said outright, defaults too, in the playbook's own order.

    `from_json` gives an equal playbook, so a stored revision means the same when defaults change later.
    """
    return playbook.model_dump_json()


def from_json(text: str | bytes) -> Playbook:
    """The playbook that `as_json` wrote.

    Raises:
        ConfigurationError: the text is not a playbook.
    """
    try:
        return Playbook.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ConfigurationError(
            "The stored text is not a playbook",
            facts={"at": ".".join(map(str, first["loc"])), "found": first["msg"]},
            remedy="Load the playbook from its folder again.",
        ) from None


def playbook_hash(playbook: Playbook) -> str:
    """64 hexadecimal digits that are equal exactly when two playbooks say the same.

    The order of lists counts (factors, tiers, categories are tried in order), the order of keys does not.
    """
    document = playbook.model_dump(mode="json")
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
