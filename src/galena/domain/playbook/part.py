"""What every part of a playbook has in common: frozen, and unknown keys refused."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""A name in code and files: lower case, digits, underscores, starting with a letter."""

Sentence = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
"""A text for people."""

Sql = Annotated[str, StringConstraints(min_length=1, max_length=20_000, strip_whitespace=True)]
"""A SQL scalar expression."""


class Part(BaseModel):
    """A frozen piece of a playbook; a key it does not know is an error, so typos are found."""

    model_config = ConfigDict(frozen=True, extra="forbid")
