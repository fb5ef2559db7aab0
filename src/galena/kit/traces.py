"""Traces (OpenTelemetry): which piece of work took how long, tied to the log by its correlation id.

Off unless `tracing` says otherwise; then a span costs a comparison. Attributes are numbers, names of things and ids, as
in logs: never a person's data, an address or a statement.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from galena.kit.errors import ConfigurationError
from galena.kit.logs import current_correlation_id

Where = Literal["off", "console", "otlp"]

_tracers: list[Any] = []


@contextmanager
def tracing(where: Where, endpoint: str) -> Iterator[None]:
    """Sends the spans of the block to standard error, or by OTLP over HTTP to the endpoint.

    Raises:
        ConfigurationError: a package it needs is not installed.
    """
    if where == "off":
        yield
        return
    provider = _provider(where, endpoint)
    tracer = provider.get_tracer("galena")
    _tracers.append(tracer)
    try:
        yield
    finally:
        _tracers.remove(tracer)
        provider.shutdown()


@contextmanager
def span(name: str, *, sender: Mapping[str, str] | None = None, **attributes: str | int) -> Iterator[Any]:
    """A piece of work; yields the span, or None where traces are off.

    Args:
        sender: headers of the request that asks for the work; what they say of a trace is taken up.
    """
    if not _tracers:
        yield None
        return
    given = {**attributes, "correlation_id": current_correlation_id() or ""}
    with _tracers[-1].start_as_current_span(name, context=_context(sender), attributes=given) as started:
        yield started


def _context(sender: Mapping[str, str] | None) -> Any:
    if sender is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract(dict(sender))


def _provider(where: Where, endpoint: str) -> Any:
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import (
            BatchSpanProcessor,
            ConsoleSpanExporter,
            SimpleSpanProcessor,
        )

        provider = TracerProvider(
            resource=Resource.create({"service.name": "galena"}), shutdown_on_exit=False
        )
        if where == "console":
            provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=sys.stderr)))
        else:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # type: ignore[import-not-found]
                OTLPSpanExporter,
            )

            provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    except ImportError as fault:
        raise ConfigurationError(
            "A package that traces need is not installed.",
            facts={"package": fault.name or "", "GALENA_TRACES": where},
            remedy="Install opentelemetry-sdk and, for otlp, opentelemetry-exporter-otlp-proto-http;"
            " or unset GALENA_TRACES.",
        ) from fault
    return provider
