"""Health, numbers for Prometheus, traces: what they say, and to whom."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from httpx import ASGITransport, Client, Response
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import text

from galena.kit import traces
from galena.kit.clock import fixed_clock
from galena.kit.errors import ConfigurationError
from galena.stores import processes
from galena.workflows.presence import SEEN_WITHIN, WORKER, Presence

from .conftest import NOW, Site

Send = Callable[..., Response]


def _numbers(site: Site, browser: Client) -> dict[tuple[str, tuple[str, ...]], float]:
    """Name and labels' values -> number."""
    answer = browser.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_a_server_that_runs_says_so(shown: Site) -> None:
    assert shown.visitor().get("/health").json() == {"status": "ok"}


def test_ready_means_a_database_of_the_right_schema_and_says_whether_a_worker_is_there(site: Site) -> None:
    object.__setattr__(site.galena, "clock", fixed_clock(NOW))
    ask = site.visitor
    assert ask().get("/health/ready").json()["worker"] == "never seen"
    alive = [True]
    with Presence(site.galena.door, WORKER, site.galena.clock, lambda: alive[0]) as worker:
        worker.say()
        assert ask().get("/health/ready").json() == {
            "status": "ok",
            "database": "ok",
            "schema": "ok",
            "worker": "ok",
        }
        alive[0] = False
        object.__setattr__(site.galena, "clock", fixed_clock(NOW + SEEN_WITHIN + timedelta(seconds=1)))
        worker.say()
        answer = ask().get("/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        assert answer.json()["worker"] == "last seen 2026-03-02T09:00:00Z"
    with site.galena.door.lobby() as lobby:
        assert processes.last_seen(lobby) == {}
    with site.galena.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'another'"))
    answer = ask().get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert answer.json()["schema"].startswith("another, needed is ")


def test_numbers_are_of_routes_and_holdings_and_of_nobody(site: Site) -> None:
    browser = site.admin()
    lead = site.lead_ids()[0]
    for _ in range(3):
        browser.get(f"/leads/{lead}?q=somebody")
    browser.get("/no-such-page")
    browser.get(f"/api/v1/leads/{lead}")
    found = _numbers(site, browser)
    assert found["galena_requests_total", ("GET", "/leads/{lead_id}", "200")] == 3
    assert found["galena_requests_total", ("GET", "/api/v1/leads/{lead_id}", "401")] == 1
    assert found["galena_requests_total", ("GET", "unknown", "404")] == 1
    assert found["galena_request_seconds_count", ("GET", "/leads/{lead_id}")] == 3
    assert found["galena_jobs_at_work", ()] == 0
    assert found["galena_leads", ("active", "demo")] == len(site.lead_ids())
    assert found["galena_imports", ("done", "demo")] >= 1
    assert found["galena_rows_imported_total", ("demo",)] >= 70
    assert found["galena_leads_scored_total", ("demo",)] >= len(site.lead_ids())
    told = browser.get("/metrics").text
    assert "somebody" not in told
    assert str(lead) not in told
    assert not re.search(r"[\w.]+@[\w.]+", told)


def test_numbers_are_for_this_machine_or_with_the_key(site: Site) -> None:
    here, elsewhere = site.visitor(), site.visitor()
    elsewhere._transport._transport = ASGITransport(site.app, client=("203.0.113.9", 1))
    assert here.get("/metrics").status_code == 200
    assert elsewhere.get("/metrics").status_code == 403
    for header in ("x-forwarded-for", "forwarded", "x-real-ip"):
        assert here.get("/metrics", headers={header: "127.0.0.1"}).status_code == 403, header
    known = site.galena.settings.model_copy(update={"metrics_key": SecretStr("a long key")})
    object.__setattr__(site.galena, "settings", known)
    assert elsewhere.get("/metrics", headers={"authorization": "Bearer a long key"}).status_code == 200
    for wrong in ("Bearer another", "Bearer ", "a long key é"):
        assert elsewhere.get("/metrics", headers={"authorization": wrong.encode()}).status_code == 403


def test_traces_follow_a_request_to_the_database(shown: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept = InMemorySpanExporter()

    def provider(where: str, endpoint: str) -> TracerProvider:
        made = TracerProvider(shutdown_on_exit=False)
        made.add_span_processor(SimpleSpanProcessor(kept))
        return made

    monkeypatch.setattr(traces, "_provider", provider)
    sender = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    browser = shown.admin()
    with traces.tracing("console", ""):
        answer = browser.get("/leads?q=somebody", headers={"traceparent": sender})
    browser.get("/leads")  # No longer traced.
    spans = {each.name: each for each in kept.get_finished_spans()}
    request, transaction = spans["GET /leads"], spans["transaction"]
    assert f"{request.context.trace_id:x}" == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert transaction.parent.span_id == request.context.span_id
    assert request.attributes["correlation_id"] == answer.headers["x-request-id"]
    assert transaction.attributes["correlation_id"] == answer.headers["x-request-id"]
    assert "somebody" not in str([each.to_json() for each in kept.get_finished_spans()])


def test_traces_to_standard_error_are_spans_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    with traces.tracing("off", ""), traces.span("nothing") as nothing:
        assert nothing is None
    with traces.tracing("console", ""), traces.span("work", rows=3):
        pass
    told = capsys.readouterr()
    assert '"name": "work"' in told.err
    assert told.out == ""


def test_a_package_that_is_missing_is_named() -> None:
    pytest.importorskip("opentelemetry.sdk")
    try:
        import opentelemetry.exporter.otlp.proto.http  # noqa: F401
    except ImportError:
        with pytest.raises(ConfigurationError, match="not installed"), traces.tracing("otlp", "http://x"):
            pass
