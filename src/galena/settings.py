"""Every setting of an installation: one typed tree, read from variables that start with GALENA_."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from galena.kit.errors import ConfigurationError

PREFIX = "GALENA_"
_SECRETS = ("database_url", "secret_key", "reasoner_key", "oidc_client_secret", "metrics_key")
"""Their values are never shown, not even to say that they are wrong."""


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
    public_url: Annotated[
        str | None,
        Field(
            pattern=r"^https?://[^/?#@]+$",
            description="The address people open Galena by, such as https://leads.example.com; what a request says of"
            " itself when not set. With https, cookies are sent over https only.",
        ),
    ] = None
    oidc_issuer: Annotated[
        str | None,
        Field(
            pattern=r"^https?://\S+$",
            description="The sign-in provider (OpenID Connect): its issuer, such as https://accounts.google.com. People"
            " who have an account here may then sign in there.",
        ),
    ] = None
    oidc_client_id: Annotated[
        str | None, Field(min_length=1, description="What the sign-in provider knows Galena by.")
    ] = None
    oidc_client_secret: Annotated[
        SecretStr | None, Field(description="The secret it gave with it; not set for a public client.")
    ] = None
    oidc_name: Annotated[
        str, Field(min_length=1, max_length=40, description="What the button on the sign-in page calls it.")
    ] = "your company account"
    oidc_private_ok: Annotated[
        bool, Field(description="Whether the sign-in provider may be on this machine or a private network.")
    ] = False
    metrics_key: Annotated[
        SecretStr | None,
        Field(
            description="What who reads /metrics from another machine sends as `Authorization: Bearer KEY`; not set,"
            " only this machine reads them."
        ),
    ] = None
    traces: Annotated[
        Literal["off", "console", "otlp"],
        Field(
            description="Where traces (OpenTelemetry) go: nowhere, to standard error, or to `traces_endpoint`; needs"
            " the packages opentelemetry-sdk and, for otlp, opentelemetry-exporter-otlp-proto-http."
        ),
    ] = "off"
    traces_endpoint: Annotated[
        str, Field(pattern=r"^https?://\S+$", description="Where traces go as OTLP over HTTP.")
    ] = "http://127.0.0.1:4318/v1/traces"
    shutdown_grace_s: Annotated[
        int,
        Field(
            ge=0, le=3_600, description="How many seconds requests in flight have left when the server stops."
        ),
    ] = 30
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
    if problem["loc"][0] in _SECRETS:
        return problem["msg"]
    return f"{problem['input']!r}: {problem['msg']}"
