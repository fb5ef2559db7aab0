"""Pulls, drops and learning by schedule as durable work: queued in the database, carried on after a crash.

Every minute somebody looks which connections, drops and loops are due (the database is the only truth about that). Each
occasion is put into the queue once, under a key of its own, and a worker carries it out. A process that is killed
leaves the work in the queue; the next start takes it up, and the pull goes on behind the last page that was kept.

The library behind the queue is started when something is due for the first time: most installations start faster.
"""

from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from galena.kit.clock import Clock
from galena.kit.logs import logger
from galena.stores.door import Door
from galena.workflows.chase import chase_all
from galena.workflows.drop_schedule import DueDrop, carry_out_drop, find_due_drops, keep_routed
from galena.workflows.gateway import Gateway
from galena.workflows.keep_scored import keep_scored
from galena.workflows.learn_schedule import DueLearning, PageOf, carry_out_learning, find_due_learning
from galena.workflows.pull_schedule import DuePull, carry_out, find_due
from galena.workflows.pull_stream import PullProgress

if TYPE_CHECKING:
    from dbos import DBOS

log = logger("durable_pulls")

LOOK_EVERY_S = 60.0
FIRST_LOOK_S = 3.0
AT_ONCE = 2
"""Pulls at a time in one process; they wait for providers more than they work."""

QUEUE = "pulls"
_SETTINGS = {
    # One name for all versions: what an older version queued is carried out by a newer one.
    "application_version": "galena",
    "run_admin_server": False,
    "console_log_level": "CRITICAL",
    "log_level": "CRITICAL",
    "sys_db_pool_size": 3,
    "max_executor_threads": AT_ONCE + 2,
}


class _EndedError(BaseException):
    """The process is ending; the pull stays in the queue and goes on at the next start."""


class DurablePulls:
    """Looks for due pulls and drops and carries them out while the block lasts; keeps scores and routing up."""

    def __init__(
        self,
        door: Door,
        gateway: Gateway,
        clock: Clock,
        *,
        database_url: str,
        page_of: PageOf | None = None,
    ) -> None:
        """Args: page_of: the report of a training as a page; None: nothing is trained."""
        self._door = door
        self._page_of = page_of
        self._clock = clock
        self._url = database_url
        self._over = Event()
        self._lock = Lock()
        self._dbos: type[DBOS] | None = None
        self._stories: dict[type[DuePull | DueDrop | DueLearning], Any] = {}
        # A copy whose pauses end with the process, so that no provider's Retry-After holds up the end.
        self._gateway = Gateway(
            gateway.home, gateway.box, gateway.limits, self._sleep, gateway.environment, gateway.transport
        )
        self._thread = Thread(target=self._look_out, name="galena-due-pulls", daemon=True)

    def __enter__(self) -> "DurablePulls":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=10)
        with self._lock:
            if self._dbos is not None:
                self._dbos.destroy(destroy_registry=True, workflow_completion_timeout_sec=5)
                self._dbos = None

    @property
    def is_alive(self) -> bool:
        """Whether somebody looks out."""
        return self._thread.is_alive()

    def look(self) -> tuple[str, ...]:
        """Queues what is due; gives the keys of the occasions."""
        due: tuple[DuePull | DueDrop | DueLearning, ...] = (
            *find_due(self._door, self._clock()),
            *find_due_drops(self._door, self._clock),
            *(find_due_learning(self._door, self._clock()) if self._page_of else ()),
        )
        if due:
            with self._lock:
                if self._dbos is None:
                    self._start()
                for each in due:
                    self._enqueue(each)
        return tuple(each.key for each in due)

    def wait_for(self, key: str) -> str:
        """How the occasion went, once it is over."""
        if self._dbos is None:
            return ""
        return str(self._dbos.retrieve_workflow(key).get_result())

    def _look_out(self) -> None:
        pause_s = FIRST_LOOK_S
        while not self._over.wait(pause_s):
            pause_s = LOOK_EVERY_S
            try:
                self.look()
                keep_scored(self._door, self._clock)
                keep_routed(self._door, self._clock)
                chase_all(self._door, self._clock)
            except Exception as fault:
                log.warning("looking_for_due_pulls_failed", code=type(fault).__name__)

    def _start(self) -> None:
        from dbos import DBOS, DBOSPortableJSONSerializer

        plain = DBOSPortableJSONSerializer()  # Never pickles.
        DBOS(config={"name": "galena", "system_database_url": self._url, "serializer": plain, **_SETTINGS})  # type: ignore[typeddict-item]

        @DBOS.step(name="carry_out_pull")
        def carry_out_once(due: dict[str, str]) -> str:
            return carry_out(self._door, self._gateway, self._clock, DuePull.restored(due), self._go_on)

        @DBOS.workflow(name="scheduled_pull")
        def scheduled_pull(due: dict[str, str]) -> str:
            """One occasion: a pull that may be carried out more than once, for it doubles nothing."""
            return carry_out_once(due)

        @DBOS.step(name="carry_out_drop")
        def drop_once(due: dict[str, str]) -> str:
            return carry_out_drop(self._door, self._clock, DueDrop.restored(due))

        @DBOS.workflow(name="scheduled_drop")
        def scheduled_drop(due: dict[str, str]) -> str:
            """One occasion: a drop that may be carried out more than once, for it is committed once."""
            return drop_once(due)

        @DBOS.step(name="carry_out_learning")
        def learn_once(due: dict[str, str]) -> str:
            if self._page_of is None:
                return "left out"
            return carry_out_learning(self._door, self._clock, DueLearning.restored(due), self._page_of)

        @DBOS.workflow(name="scheduled_learning")
        def scheduled_learning(due: dict[str, str]) -> str:
            """One occasion: a run of the loop that was cut off is given up, and the next one goes on."""
            return learn_once(due)

        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=AT_ONCE)
        self._dbos, self._stories = (
            DBOS,
            {
                DuePull: scheduled_pull,
                DueDrop: scheduled_drop,
                DueLearning: scheduled_learning,
            },
        )

    def _enqueue(self, due: DuePull | DueDrop | DueLearning) -> None:
        from dbos import DBOS, SetWorkflowID

        with SetWorkflowID(due.key):
            DBOS.enqueue_workflow(QUEUE, self._stories[type(due)], due.as_dict())

    def _sleep(self, seconds: float) -> None:
        if self._over.wait(seconds):
            raise _EndedError

    def _go_on(self, _progress: PullProgress) -> None:
        if self._over.is_set():
            raise _EndedError
