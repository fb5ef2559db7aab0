"""The box that seals an installation's secrets."""

from galena.kit.secrets import SecretBox, open_secret_box
from galena.settings import Settings


def box_of(settings: Settings) -> SecretBox:
    """The box of an installation; its key file is made when there is none.

    Raises:
        ConfigurationError: the key cannot be read, or its file is open to others.
    """
    given = settings.secret_key.get_secret_value() if settings.secret_key else None
    return open_secret_box(settings.home, given)
