"""What is said without asking anybody, beside the labels of public test suites."""

import runpy
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def benchmark(request: pytest.FixtureRequest) -> dict[str, Any]:
    root = Path(request.config.rootpath)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(root / "benchmarks"))
        return runpy.run_path(str(root / "benchmarks" / "local_enrichment.py"))


def test_the_is_email_suite(shared_data: Path, benchmark: dict[str, Any]) -> None:
    found = benchmark["emails"](shared_data)

    assert (found["agree"], found["of"]) == (162, 164)
    assert [each["test"] for each in found["differing"]] == [5, 160]


def test_the_example_phone_numbers(shared_data: Path, benchmark: dict[str, Any]) -> None:
    found = benchmark["phones"](shared_data)

    assert found["agree"] == found["of"] == 1_162


def test_the_labelled_addresses(shared_data: Path, benchmark: dict[str, Any]) -> None:
    found = benchmark["addresses"](shared_data)

    assert found["labeled"]["all_parts_agree"] >= 1_507
    assert found["example_training"]["all_parts_agree"] >= 5
