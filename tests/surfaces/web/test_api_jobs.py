"""What is told of a job while it ends."""

import threading
from collections.abc import Iterator
from uuid import uuid4

import pytest

from galena.surfaces.api.jobs import Counts, job_item, told
from galena.surfaces.web.jobs import Job, Jobs


class EndsWhenAsked(Job):
    """A job whose work ends in the very moment in which somebody asks whether it has."""

    go: threading.Event

    @property
    def is_over(self) -> bool:
        self.go.set()
        assert self.wait(10)
        return True


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    every = Jobs()
    yield every
    every.close()


def test_a_job_that_ends_while_it_is_told_of_has_its_result(jobs: Jobs) -> None:
    job = EndsWhenAsked(uuid4(), "Training", "training", "/models", "/models")
    job.go = threading.Event()

    def work(job: Job) -> None:
        assert job.go.wait(10)
        told(job, Counts(created=1), heads=[])

    jobs.start(job, work)
    item = job_item(job)
    assert (item.status, item.counts, item.result) == ("done", Counts(created=1), {"heads": []})
