"""The API as an app of its own, mounted beside the pages."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from galena.bootstrap import Galena
from galena.domain.documents import LARGEST_DOCUMENT_MB
from galena.kit.errors import GalenaError
from galena.settings import Settings
from galena.surfaces.api import (
    admin,
    appointments,
    assignments,
    behaviours,
    client_imports,
    clients,
    dispositions,
    document_links,
    documents,
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
    notes,
    notifications,
    overrides,
    pipeline,
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
    api.add_middleware(BodyLimit, exempt=("/ingest/",), files=lambda: _file_limits(galena.settings))
    api.add_exception_handler(GalenaError, galena_problem)
    api.add_exception_handler(HTTPException, http_problem)
    api.add_exception_handler(RequestValidationError, invalid_problem)
    api.add_exception_handler(Exception, unforeseen_problem)
    for part in (
        # An address is compared with these one after the other: first what programs ask for a thousand times.
        scores,
        leads,
        leads_writing,
        ingest,
        inbound,
        me,
        tokens,
        webhooks,
        dispositions,
        assignments,
        drops,
        tenants,
        overrides,
        signals,
        quarantine,
        factors,
        temperature,
        behaviours,
        enrichment,
        models,
        exports,
        jobs,
        tasks,
        notes,
        appointments,
        pipeline,
        client_imports,
        clients,
        documents,
        document_links,
        suppressions,
        reports,
        experiments,
        learning,
        notifications,
        admin,
    ):
        api.include_router(part.router)
    describe(api)
    return api


def _file_limits(settings: Settings) -> dict[str, int]:
    """The places that take a file in a form -> how many megabytes of it."""
    most = settings.upload_limit_mb
    return {
        "/documents": min(most, LARGEST_DOCUMENT_MB),
        "/clients/imports": most,
        "/clients/imports/look": most,
    }
