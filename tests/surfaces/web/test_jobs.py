"""Work in the background: one piece for each subject of a workspace."""

import threading
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from galena.kit.errors import ConflictError, GalenaError, InputError, NotFoundError
from galena.stores import jobs as kept_jobs
from galena.stores.door import OPERATOR
from galena.surfaces.api.jobs import Counts, job_item, told
from galena.surfaces.web.jobs import Job, Jobs

from .conftest import Site

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


def _failing(job: Job) -> None:
    job.advance(3, 10, "Reading")
    raise InputError("The file has no rows.", facts={"file": "a.csv"}, remedy="Choose another.")


def test_the_next_server_tells_how_work_ended(site: Site) -> None:
    before = Jobs(site.galena.door)
    good = before.start(_job(site.workspace.id), lambda job: told(job, Counts(created=2), heads=["booked"]))
    assert good.wait(10)
    bad = before.start(_job(site.workspace.id), _failing)
    assert bad.wait(10)
    told_then = [job_item(job) for job in (good, bad)]
    before.close()
    after = Jobs(site.galena.door)
    ids = [job.id for job in after.history(site.workspace.id)]
    assert ids[-2:] == [good.id, bad.id]
    assert [job_item(after.find(site.workspace.id, job.id)) for job in (good, bad)] == told_then
    assert after.find(site.workspace.id, bad.id).ended_at == bad.ended_at
    with pytest.raises(NotFoundError):
        after.find(OTHER, good.id)
    after.close()


def test_work_that_ended_with_its_server_says_so(site: Site) -> None:
    before, go = Jobs(site.galena.door), threading.Event()
    cut = before.start(_job(site.workspace.id), lambda _: go.wait(10) and None)
    after = Jobs(site.galena.door)  # As after a kill: the one before could write no end.
    found = after.find(site.workspace.id, cut.id)
    assert (found.state, found.ended_at) == ("stopped", None)
    assert isinstance(found.fault, GalenaError)
    assert "Begin it again" in (found.fault.remedy or "")
    page = site.admin().get(f"/jobs/{cut.id}")
    assert page.status_code == 200
    assert "The server ended while this was at work." in page.text
    go.set()
    assert cut.wait(10)
    before.close()
    after.close()


def test_the_oldest_of_many_are_forgotten(site: Site) -> None:
    jobs = Jobs(site.galena.door)
    made = [
        jobs.start(Job(site.workspace.id, "Learning", f"s{n}", "/", "/"), lambda _: None) for n in range(4)
    ]
    assert all(job.wait(10) for job in made)
    with site.galena.door.enter(site.workspace.id, tenant_id=OPERATOR, actor="test") as session:
        kept_jobs.forget_oldest(session, but=2)
        assert [each.id for each in kept_jobs.list_(session)] == [job.id for job in made[2:]]
    jobs.close()
