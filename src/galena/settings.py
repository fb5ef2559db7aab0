"""Every setting of an installation: one typed tree, read from variables that start with GALENA_."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from galena.kit.errors import ConfigurationError

PREFIX = "GALENA_"


def _default_home() -> Path:
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data, "galena").expanduser()


class Settings(BaseSettings):
    """The settings; the variable of a field is its name in capitals after GALENA_."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid")

    home: Annotated[
        Path, Field(description="The folder that holds the data; ~/.local/share/galena when not set.")
    ] = Field(default_factory=_default_home)
    database_url: Annotated[
        SecretStr | None,
        Field(description="The address of a PostgreSQL 15 or newer to use in place of the embedded one."),
    ] = None
    object_store_url: Annotated[
        str | None,
        Field(
            min_length=1,
            description="Where models are stored: a folder, or an address like s3://bucket/path;"
            " `objects` in the folder of the data when not set.",
        ),
    ] = None
    host: Annotated[
        str, Field(min_length=1, description="The network address the web server listens on.")
    ] = "127.0.0.1"
    port: Annotated[
        int, Field(ge=0, le=65_535, description="The port the web server listens on; 0 takes any free one.")
    ] = 8000
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Field(description="The least serious message that is logged."),
    ] = "info"
    upload_limit_mb: Annotated[
        int, Field(ge=1, le=10_000, description="The largest file, in megabytes, the web pages take.")
    ] = 500
    ingest_per_second: Annotated[
        int,
        Field(ge=1, le=100_000, description="How often a second a key of the API may bring something in."),
    ] = 200
    session_lifetime_hours: Annotated[
        int,
        Field(ge=1, le=8_760, description="How many hours somebody stays signed in without doing anything."),
    ] = 12
    ask_mail_servers: Annotated[
        bool,
        Field(
            description="Whether the domains of e-mail addresses are asked, by DNS, if they take mail; only the domain"
            " leaves the machine."
        ),
    ] = False
    secret_key: Annotated[
        SecretStr | None,
        Field(
            description="The key that seals the keys of connections: 32 random bytes in base64, or several, the newest"
            " first; `secret.key` in the folder of the data when not set."
        ),
    ] = None
    reasoner_key: Annotated[
        SecretStr | None,
        Field(
            description="The key of the reasoner's endpoint, where `galena reason setup` was given none to keep."
        ),
    ] = None


def load_settings() -> Settings:
    """The settings of this process's environment.

    Raises:
        ConfigurationError: a value is wrong; the facts name each variable.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        raise _explanation(error) from None
    return settings.model_copy(update={"home": settings.home.expanduser().absolute()})


def variable_of(field: str) -> str:
    """The environment variable of a field of Settings."""
    return PREFIX + field.upper()


def _explanation(error: ValidationError) -> ConfigurationError:
    problems = error.errors(include_url=False)
    names = ", ".join(variable_of(str(problem["loc"][0])) for problem in problems)
    return ConfigurationError(
        f"a setting is wrong: {names}",
        facts={variable_of(str(problem["loc"][0])): _shown(problem) for problem in problems},
        remedy="Correct the environment variable, or unset it to use the default.",
    )


def _shown(problem: ErrorDetails) -> str:
    if problem["loc"][0] in ("database_url", "secret_key", "reasoner_key"):
        return problem["msg"]
    return f"{problem['input']!r}: {problem['msg']}"
