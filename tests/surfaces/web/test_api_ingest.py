"""The API where files come in as jobs: imports, what waits in quarantine, taking back, exports, facts looked up."""

import io
import time

import orjson
import polars as pl
import pytest
from httpx import Client, Response

from galena.domain.access import Scope

CSV = {"content-type": "text/csv"}
GOOD = "".join(f"{row},Bakery {row},Austin,2027-01-{row}\n" for row in range(10, 30))
ROWS = f"Record ID,Business Name,City,Lease End Date\n{GOOD}30,Elm Bakery,Dallas,soon\n"


@pytest.fixture(scope="module")
def program(workbench) -> Client:
    return workbench.program()


def _job(program: Client, started: Response) -> dict:
    assert started.status_code == 202, started.text
    address = f"jobs/{started.json()['id']}"
    while (job := program.get(address).json())["status"] == "running":
        time.sleep(0.02)
    return job


def test_a_file_is_imported_as_a_job_and_corrected_in_quarantine(program):
    send = {"params": {"accept_mapping": True}, "headers": CSV, "content": ROWS}
    tried = _job(
        program, program.post("ingest/bakeries", **{**send, "params": {**send["params"], "dry_run": True}})
    )
    assert (tried["counts"]["created"], tried["result"]["import_id"]) == (20, None)
    job = _job(program, program.post("ingest/bakeries", **send))
    assert job["counts"] == {"created": 20, "updated": 0, "skipped": 0, "errors": 1}, job
    import_id = job["result"]["import_id"]
    kept = program.get(f"ingest/{import_id}").json()
    assert (kept["source"], kept["rows"], kept["waiting"]) == ("bakeries", 21, 1)
    lead = program.get("leads", params={"source": "bakeries"}).json()["items"][0]
    assert (lead["key"][:9], lead["score"] is not None) == ("bakeries:", True)
    (row,) = program.get("quarantine", params={"import_id": import_id}).json()["items"]
    (reason,) = program.get("quarantine/reasons", params={"import_id": import_id}).json()
    assert (row["row"]["Business Name"], reason["rows"]) == ("Elm Bakery", 1)
    wrong = {"id": row["id"], "corrections": {"Lease End Date": "later"}}
    assert len(program.post("quarantine/replay", json={"rows": [wrong]}).json()["refused"]) == 1
    right = {"id": row["id"], "corrections": {"Lease End Date": "2027-03-01"}}
    assert program.post("quarantine/replay", json={"rows": [right]}).json()["replayed"] == [row["id"]]
    assert program.post("quarantine/replay", json={"rows": [right]}).json()["closed"] == [row["id"]]
    assert program.get(f"quarantine/{row['id']}").json()["status"] == "replayed"
    gone = _job(program, program.post(f"ingest/{import_id}/undo"))
    assert (gone["status"], gone["result"]["records"]) == ("done", 21)
    assert program.get(f"ingest/{import_id}").json()["status"] == "undone"


def test_rows_come_as_json_and_json_lines_too_and_once_for_each_key(program):
    rows = [{"id": "7", "name": "Seven"}, {"id": "8", "name": "Eight"}]
    once = {"idempotency-key": "file-1"}
    sent = [
        program.post("ingest/told?accept_mapping=true", json=rows, headers=once),
        program.post("ingest/told?accept_mapping=true", json=rows, headers=once),
    ]
    assert sent[0].json()["id"] == sent[1].json()["id"]
    assert sent[1].headers["idempotent-replayed"] == "true"
    assert _job(program, sent[0])["counts"]["created"] == 2
    other = program.post("ingest/told?accept_mapping=true", json=rows[:1], headers=once)
    assert other.status_code == 422
    lines = b"\n".join(orjson.dumps(row) for row in (rows[0], {"id": "8", "name": "Eight & Sons"}))
    more = program.post("ingest/told", content=lines, headers={"content-type": "application/x-ndjson"})
    assert _job(program, more)["counts"] == {"created": 0, "updated": 1, "skipped": 1, "errors": 0}
    assert "told" in {each["source"] for each in program.get("ingest/sources").json()}
    first = program.get("ingest", params={"limit": 1}).json()
    second = program.get("ingest", params={"limit": 1, "cursor": first["next"]}).json()
    assert first["items"][0]["started_at"] >= second["items"][0]["started_at"]


def test_what_is_no_file_of_rows_is_refused(program):
    assert (
        program.post("ingest/x", content=b"a,b\n", headers={"content-type": "text/html"}).status_code == 415
    )
    assert program.post("ingest/x", content=b"", headers=CSV).status_code == 422
    assert program.post("ingest/X!", content=b"a,b\n", headers=CSV).status_code == 422
    doubtful = _job(program, program.post("ingest/strange", content=b"qq,zz\n1,2\n", headers=CSV))
    assert (doubtful["status"], "field" in doubtful["fault"]) == ("failed", True)
    large = b"a,b\n" + b"1,2\n" * 1_300_000
    assert program.post("ingest/large", content=large, headers=CSV).status_code == 413


def test_rows_that_nobody_corrects_are_dismissed(program):
    program.post("leads/bulk", json={"leads": [{"external_id": "q", "fields": {"annual_revenue": "much"}}]})
    waiting = program.get("quarantine", params={"limit": 500}).json()["items"]
    (row,) = [each["id"] for each in waiting if each["source"] == "api"]
    assert program.post("quarantine/dismiss", json={"ids": [row]}).json() == {"dismissed": 1}
    assert program.get(f"quarantine/{row}").json()["status"] == "dismissed"


def test_a_reader_brings_nothing_in(workbench):
    reader = workbench.program(Scope.READ)
    row = {"rows": [{"id": "00000000-0000-7000-8000-000000000000"}]}
    assert reader.post("ingest/x", content=b"a,b\n", headers=CSV).status_code == 403
    assert reader.post("quarantine/replay", json=row).status_code == 403


def test_the_ranked_list_streams_as_any_file(program):
    items = program.get("leads", params={"limit": 500}).json()["items"]
    rows = {
        "csv": lambda content: pl.read_csv(io.BytesIO(content), infer_schema=False),
        "json": lambda content: pl.DataFrame(orjson.loads(content), infer_schema_length=None),
        "parquet": lambda content: pl.read_parquet(io.BytesIO(content)),
    }
    for name, read in rows.items():
        answer = program.get(f"exports/leads.{name}", params={"sort": "-score"})
        assert answer.status_code == 200
        assert read(answer.content)["lead_id"].to_list() == [each["id"] for each in items]
    best = program.get("exports/leads.csv", params={"min_score": 101})
    assert (best.status_code, program.get("exports/leads.xls").status_code) == (422, 422)
    assert program.get("exports/leads.csv", params={"sort": "nothing"}).status_code == 422
    assert [each["format"] for each in program.get("exports").json()[:3]] == ["parquet", "json", "csv"]


def test_facts_are_looked_up_for_one_lead_and_for_many(program):
    told = program.post("enrichment/validate", json={"kind": "email", "value": "jo@mailinator.com"}).json()
    assert (told["kind"], 0 <= told["confidence"] <= 1) == ("email", True)
    assert program.post("enrichment/validate", json={"kind": "x", "value": "y"}).status_code == 422
    assert {each["name"] for each in program.get("enrichment/types").json()} >= {"email", "phone"}
    lead_id = program.get("leads", params={"limit": 1}).json()["items"][0]["id"]
    assert program.get(f"leads/{lead_id}/enrichment").json()["enriched_at"] is None
    one = program.post(f"leads/{lead_id}/enrich").json()
    assert (one["lead"]["lead_id"], one["cost"]) == (lead_id, 0)
    assert program.get(f"leads/{lead_id}/enrichment").json()["enriched_at"] is not None
    many = _job(program, program.post("enrichment/bulk", json={"limit": 3}))
    assert (many["status"], sum(many["counts"].values())) == ("done", 3)
    status = program.get("enrichment").json()
    assert sum(status["statuses"].values()) >= 3
    assert (program.get("enrichment/unsure").json(), program.get("enrichment/sanctions").json()) == ([], [])
    nobody = "00000000-0000-7000-8000-000000000000"
    for address, body in (("enrichment/choice", {"record": 1}), ("sanctions", {"is_listed": True})):
        assert program.post(f"leads/{nobody}/{address}", json=body).status_code == 404
    assert program.post(f"leads/{nobody}/enrich").status_code == 404
