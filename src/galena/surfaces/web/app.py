"""The web app: one function makes it, for the server and for tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from galena.bootstrap import Galena
from galena.kit.errors import GalenaError
from galena.surfaces.api.app import PLACE, create_api
from galena.surfaces.api.limits import SECOND, Limits
from galena.surfaces.api.problems import http_problem
from galena.surfaces.web.answers import error_answer, error_page, unforeseen_answer
from galena.surfaces.web.jobs import Jobs
from galena.surfaces.web.live import Live
from galena.surfaces.web.metrics import Metrics
from galena.surfaces.web.pages import (
    account,
    appointments,
    audit,
    calendar_feeds,
    categories,
    claw_back,
    client_import,
    clients,
    components,
    connections,
    document_links,
    documents,
    drops,
    enrichment,
    experiments,
    guide_pages,
    health,
    home,
    import_check,
    imports,
    inbound,
    jobs_list,
    lead,
    lead_outcome,
    lead_override,
    leads,
    learning,
    live,
    models,
    models_card,
    models_compare,
    models_threshold,
    models_train,
    models_verdict,
    notes,
    notifications,
    palette,
    pipeline,
    prospects,
    quarantine,
    reports,
    review,
    rules,
    settings,
    settings_export,
    settings_keys,
    settings_people,
    settings_wishes,
    sign_in,
    sign_in_code,
    sign_in_provider,
    signals,
    sources,
    tenants,
    views,
    webhooks,
    welcome,
    welcome_start,
    welcome_tenant,
    work,
)
from galena.surfaces.web.request_log import RequestLog
from galena.surfaces.web.security import Guard, new_token
from galena.surfaces.web.throttle import Throttle

STATIC = Path(__file__).parent / "static"


def create_app(galena: Galena) -> FastAPI:
    """The pages of an installation, which must stay open as long as the app serves."""
    jobs = Jobs(galena.door)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(watching.close)
        await run_in_threadpool(jobs.close)

    app = FastAPI(title="Galena", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.galena, app.state.jobs, app.state.throttle = galena, jobs, Throttle()
    app.state.metrics = Metrics(galena, jobs)
    app.state.first_word = new_token()  # opens the page that makes the first workspace
    app.state.inbound_limits = Limits(SECOND)
    app.state.live = watching = Live(galena)
    app.add_middleware(Guard)
    app.add_middleware(RequestLog)  # the last one added sees a request first
    app.add_exception_handler(GalenaError, error_answer)
    app.add_exception_handler(HTTPException, _no_page)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(Exception, unforeseen_answer)
    # First of all: what many programs ask for is not to be compared with the addresses of all pages.
    app.mount(PLACE, create_api(galena, jobs, app.state.inbound_limits))
    pages = (
        health,
        home,
        live,
        palette,
        guide_pages,
        components,
        views,
        sign_in_code,  # before the link's page, which answers to /sign-in/{token}
        sign_in_provider,
        sign_in,
        account,
        leads,
        lead,
        categories,
        imports,
        import_check,
        quarantine,
        review,
        connections,
        sources,
        inbound,
        signals,
        enrichment,
        rules,
        drops,
        tenants,
        prospects,
        lead_outcome,
        lead_override,
        notes,
        pipeline,
        appointments,
        calendar_feeds,
        client_import,
        clients,
        document_links,
        documents,
        claw_back,
        reports,
        learning,
        experiments,
        notifications,
        webhooks,
        settings,
        settings_export,
        settings_people,
        settings_keys,
        settings_wishes,
        audit,
        jobs_list,
        welcome_start,
        welcome_tenant,
        welcome,
        work,
    )
    # The card answers to /models/{id}, so that pages with names of their own come before it.
    for part in (*pages, models, models_compare, models_threshold, models_train, models_verdict, models_card):
        app.include_router(part.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _no_page(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, HTTPException)
    if request.url.path.startswith(PLACE):  # A line break in it keeps the API from taking it for its own.
        return http_problem(request, fault)
    what = "There is no such page." if fault.status_code == 404 else str(fault.detail)
    return error_page(request, fault.status_code, what)


def _bad_request(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, RequestValidationError)
    places = {".".join(str(step) for step in error["loc"][1:]): error["msg"] for error in fault.errors()}
    return error_page(request, 422, "Something in this request cannot be used.", facts=dict(places))
