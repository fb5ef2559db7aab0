"""The API as an app of its own, mounted beside the pages."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from galena.bootstrap import Galena
from galena.kit.errors import GalenaError
from galena.surfaces.api import (
    admin,
    assignments,
    behaviours,
    dispositions,
    drops,
    enrichment,
    experiments,
    exports,
    factors,
    inbound,
    ingest,
    jobs,
    leads,
    leads_writing,
    learning,
    me,
    models,
    notifications,
    quarantine,
    reports,
    scores,
    signals,
    suppressions,
    tasks,
    temperature,
    tenants,
    tokens,
    webhooks,
)
from galena.surfaces.api.document import describe
from galena.surfaces.api.limits import SECOND, Limits
from galena.surfaces.api.problems import galena_problem, http_problem, invalid_problem, unforeseen_problem
from galena.surfaces.api.sizes import BodyLimit
from galena.surfaces.web.jobs import Jobs

PLACE = "/api/v1"


def create_api(galena: Galena, work: Jobs, inbound_limits: Limits) -> FastAPI:
    """The API of an installation; its document is at /api/v1/openapi.json.

    Args:
        work: the jobs of the server, shared with the pages.
        inbound_limits: of the messages that others send; shared, for their address has no part in it.
    """
    api = FastAPI(
        title="Galena",
        version="1",
        summary="Leads with their scores and reasons, for programs.",
        docs_url=None,
        redoc_url=None,
    )
    api.state.galena, api.state.jobs = galena, work
    api.state.limits, api.state.ingest_limits = Limits(), Limits(SECOND)
    api.state.inbound_limits = inbound_limits
    api.add_middleware(BodyLimit, exempt=("/ingest/",))
    api.add_exception_handler(GalenaError, galena_problem)
    api.add_exception_handler(HTTPException, http_problem)
    api.add_exception_handler(RequestValidationError, invalid_problem)
    api.add_exception_handler(Exception, unforeseen_problem)
    for part in (
        me,
        tokens,
        webhooks,
        leads,
        dispositions,
        assignments,
        drops,
        tenants,
        leads_writing,
        scores,
        signals,
        ingest,
        quarantine,
        factors,
        temperature,
        behaviours,
        enrichment,
        models,
        exports,
        jobs,
        tasks,
        suppressions,
        reports,
        experiments,
        learning,
        notifications,
        admin,
        inbound,
    ):
        api.include_router(part.router)
    describe(api)
    return api
