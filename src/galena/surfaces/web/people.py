"""Who did something, as pages say it."""

from collections.abc import Mapping

from galena.stores import users
from galena.stores.door import Session


def names_of_people(session: Session) -> Mapping[str, str]:
    """Author as it is kept -> the person's name; authors that are commands or schedules are not in it."""
    return {str(user.id): user.name or user.email for user in users.list_all(session)}


def author_words(author: str | None, people: Mapping[str, str]) -> str:
    """A person by name; somebody this visitor does not know as the operator; a command as it is called."""
    if not author:
        return ""
    is_person = len(author) == 36 and author.count("-") == 4
    return people.get(author, "the operator" if is_person else author)
