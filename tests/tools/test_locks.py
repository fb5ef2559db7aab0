"""The lock files belong together and to what they were made from."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def pins(file: str) -> set[str]:
    """The `name==version` lines of a lock file."""
    return set(re.findall(r"^([a-z0-9-]+==\S+)", (ROOT / file).read_text(), re.MULTILINE))


def normalised(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", requirement)[0]).lower()


def test_tests_run_with_the_versions_users_get() -> None:
    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_every_package_has_a_hash() -> None:
    for file in ("requirements.lock", "requirements-dev.lock", "requirements-node.lock"):
        entries = re.split(r"^(?=[a-z0-9])", (ROOT / file).read_text(), flags=re.MULTILINE)[1:]
        assert entries
        assert all("--hash=sha256:" in entry for entry in entries)


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = {normalised(text) for text in project["project"]["dependencies"]}
    needed |= {normalised(text) for text in project["dependency-groups"]["build"]}
    assert needed <= {pin.split("==")[0] for pin in pins("requirements.lock")}
    wanted = {normalised(text) for text in project["dependency-groups"]["dev"]}
    assert wanted <= {pin.split("==")[0] for pin in pins("requirements-dev.lock")}


def test_front_end_packages_are_pinned_and_locked() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, version in {**package["dependencies"], **package["devDependencies"]}.items():
        assert locked[f"node_modules/{name}"]["version"] == version
        assert locked[f"node_modules/{name}"]["integrity"].startswith("sha512-")
    sources = {re.match(r"(@[^/]+/)?[^/]+", path)[0] for path in package["vendor"].values()}  # type: ignore[index]
    assert sources <= package["dependencies"].keys()
