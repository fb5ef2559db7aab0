"""Settings: defaults, the environment, and what a wrong value says."""

from pathlib import Path

import pytest

from galena.kit.errors import ConfigurationError
from galena.settings import Settings, load_settings, variable_of


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(variable_of(field), raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)


def test_defaults_need_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ana")
    settings = load_settings()
    assert settings.home == Path("/home/ana/.local/share/galena")
    assert (settings.host, settings.port, settings.database_url) == ("127.0.0.1", 8000, None)


def test_home_follows_the_data_folder_of_the_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert load_settings().home == Path("/data/galena")


def test_variables_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ana")
    monkeypatch.setenv("GALENA_PORT", "9000")
    monkeypatch.setenv("GALENA_HOME", "data")
    assert load_settings().port == 9000
    assert load_settings().home == tmp_path / "data"
    monkeypatch.setenv("GALENA_HOME", "~/leads")
    assert load_settings().home == Path("/home/ana/leads")


def test_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GALENA_PORT", "")
    monkeypatch.setenv("GALENA_DATABASE_URL", "")
    assert load_settings().port == 8000
    assert load_settings().database_url is None


def test_foreign_variables_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GALENA_SHARED_DATA", "/data")
    load_settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GALENA_PORT", "eighty"),
        ("GALENA_PORT", "65536"),
        ("GALENA_LOG_LEVEL", "loud"),
        ("GALENA_UPLOAD_LIMIT_MB", "0"),
    ],
)
def test_wrong_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert variable in caught.value.what
    assert value in caught.value.facts[variable]


def test_every_wrong_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GALENA_PORT", "x")
    monkeypatch.setenv("GALENA_LOG_LEVEL", "loud")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert list(caught.value.facts) == ["GALENA_PORT", "GALENA_LOG_LEVEL"]


def test_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GALENA_DATABASE_URL", "postgresql://u:p4ss@h/d")
    assert "p4ss" not in repr(load_settings())


def test_every_setting_has_a_sentence() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name
