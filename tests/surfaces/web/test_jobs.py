"""Work in the background: one piece for each subject of a workspace."""

import threading
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from galena.kit.errors import ConflictError
from galena.surfaces.web.jobs import Job, Jobs

ONE, OTHER = uuid4(), uuid4()


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    jobs = Jobs()
    yield jobs
    jobs.close()


def _job(workspace_id: UUID) -> Job:
    return Job(workspace_id, "Learning", "learn", "/learning", "/learning")


def test_the_same_subject_of_another_workspace_does_not_wait(jobs: Jobs) -> None:
    go = threading.Event()
    first = jobs.start(_job(ONE), lambda _: go.wait(10) and None)
    with pytest.raises(ConflictError, match="worked on already"):
        jobs.start(_job(ONE), lambda _: None)
    second = jobs.start(_job(OTHER), lambda _: None)
    assert second.wait(10)
    assert (first.is_over, first.ended_at, second.ended_at is not None) == (False, None, True)
    go.set()
    assert first.wait(10)
    assert jobs.start(_job(ONE), lambda _: None).wait(10)
    assert [job.workspace_id for job in jobs.of_workspace(OTHER)] == [OTHER]
