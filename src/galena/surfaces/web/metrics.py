"""What Prometheus reads: requests by the route's template, work at hand, and what the installation holds.

No person's data: labels are templates of routes, statuses, tiers and names of workspaces.
"""

import hmac
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

from fastapi import Request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from galena.bootstrap import Galena
from galena.stores import gauges, processes, workspaces
from galena.stores.door import OPERATOR
from galena.surfaces.web.jobs import Jobs

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
COUNTED_EVERY = timedelta(seconds=15)
"""What is counted in the database is counted no more often than so, however often somebody looks."""

_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


class Metrics:
    """The numbers of one server."""

    def __init__(self, galena: Galena, jobs: Jobs) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "galena_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._latency = Histogram(
            "galena_request_seconds",
            "Seconds until the answer began.",
            ("method", "route"),
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self._registry.register(_Holdings(galena, jobs))
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        known = method if method in _METHODS else "OTHER"
        self._requests.labels(known, route, str(status)).inc()
        self._latency.labels(known, route).observe(seconds)

    def text(self) -> bytes:
        """The numbers as Prometheus reads them."""
        return generate_latest(self._registry)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Holdings:
    """What the database holds and the server works on, counted when somebody looks, and then kept for a while."""

    def __init__(self, galena: Galena, jobs: Jobs) -> None:
        self._galena = galena
        self._jobs = jobs
        self._lock = threading.Lock()
        self._counted: tuple[datetime, list[Metric]] | None = None

    def describe(self) -> list[Metric]:
        """Nothing before somebody looks: the database may not be there yet."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The numbers, as the library asks for them."""
        yield GaugeMetricFamily("galena_jobs_at_work", "Jobs at work in this process.", self._jobs.at_work)
        now = self._galena.clock()
        with self._lock:
            if self._counted is None or now - self._counted[0] >= COUNTED_EVERY:
                self._counted = now, list(self._count(now))
            yield from self._counted[1]

    def _count(self, now: datetime) -> Iterator[Metric]:
        galena = self._galena
        queue = GaugeMetricFamily("galena_queue_depth", "Durable work that waits or runs.", labels=("state",))
        for state, count in gauges.count_queue(galena.engine).items():
            queue.add_metric((state,), count)
        with galena.door.lobby() as lobby:
            seen, known = processes.last_seen(lobby), workspaces.list_all(lobby)
        age = GaugeMetricFamily(
            "galena_process_seen_seconds", "Seconds since a process was seen.", labels=("kind",)
        )
        for kind, seen_at in seen.items():
            age.add_metric((kind,), max(0.0, (now - seen_at).total_seconds()))
        yield from (queue, age)
        by_state: dict[str, GaugeMetricFamily] = {
            "leads": GaugeMetricFamily("galena_leads", "Leads.", labels=("workspace", "status")),
            "tiers": GaugeMetricFamily(
                "galena_leads_in_tier", "Leads by tier.", labels=("workspace", "tier")
            ),
            "imports": GaugeMetricFamily("galena_imports", "Imports.", labels=("workspace", "status")),
            "score_runs": GaugeMetricFamily(
                "galena_score_runs", "Runs of scoring.", labels=("workspace", "status")
            ),
        }
        plain: dict[str, CounterMetricFamily | GaugeMetricFamily] = {
            "rows_imported": CounterMetricFamily("galena_rows_imported", "Rows read.", labels=("workspace",)),
            "rows_set_aside": GaugeMetricFamily(
                "galena_rows_set_aside", "Rows to mend.", labels=("workspace",)
            ),
            "leads_scored": CounterMetricFamily(
                "galena_leads_scored", "Scores given.", labels=("workspace",)
            ),
            "events_behind": GaugeMetricFamily(
                "galena_events_behind", "Events the slowest reader has before it.", labels=("workspace",)
            ),
        }
        for workspace in known:
            with galena.door.enter(workspace.id, tenant_id=OPERATOR, actor="metrics") as session:
                counted = gauges.read(session)
            for name, family in by_state.items():
                for state, count in getattr(counted, name).items():
                    family.add_metric((workspace.slug, state), count)
            for name, single in plain.items():
                single.add_metric((workspace.slug,), getattr(counted, name))
        yield from (*by_state.values(), *plain.values())


def may_read(request: Request, key: str | None) -> bool:
    """Whether this request may see the numbers: by the key, or from this machine with no proxy between.

    A proxy on this machine makes everybody look as if they asked from here, so what it passes on needs the key.
    """
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if key and hmac.compare_digest(given.encode(), key.encode()):
        return True
    is_passed_on = any(name in request.headers for name in _FORWARDED)
    client = request.client.host if request.client else ""
    return client in ("127.0.0.1", "::1") and not is_passed_on
