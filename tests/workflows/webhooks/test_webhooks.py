"""Webhooks: what happened reaches a receiver once under one number, signed; failures are tried again, and then told."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.domain.webhook import DISABLED_AFTER, KINDS, PAUSES, checked_kinds, events_of
from galena.kit.errors import ConflictError, InputError
from galena.kit.secrets import SealError, SecretBox
from galena.kit.web import AddressRefusedError
from galena.kit.web.signatures import check_standard_webhook, new_standard_secret, sign_standard_webhook
from galena.stores import notifications, webhooks
from galena.workflows.webhook_sending import prune_log, put_in_line, send_next
from galena.workflows.webhook_worker import WebhookSender
from galena.workflows.webhooks import (
    NewWebhook,
    add_webhook,
    change_webhook,
    pause_webhook,
    remove_webhook,
    replay_delivery,
    replay_since,
    resume_webhook,
    rotate_secret,
    secrets_of,
    send_test,
)


def test_what_happened_is_told_once_signed_and_in_order(here, receiver):
    here.happens("lead_created")  # Before the endpoint was there.
    made = here.add(receiver.url, "lead.created", "lead.assigned")
    here.happens("lead_created", "lead_updated", "assigned")
    assert here.send(made.endpoint.id) == 2
    assert here.send(made.endpoint.id) == 0
    assert [each.told["type"] for each in receiver.got] == ["lead.created", "lead.assigned"]
    assert len(set(receiver.ids())) == 2
    for each in receiver.got:
        assert each.is_signed_with(made.secret)
        assert each.told["data"]["tier"] == "green"
        assert each.headers["content-type"] == "application/json"
        assert int(each.headers["webhook-timestamp"]) == int(here.context.clock().timestamp())
    kept = here.endpoint(made.endpoint.id)
    assert (kept.failures, kept.last_success_at) == (0, here.context.clock())
    assert {each.state for each in here.deliveries(kept.id)} == {"delivered"}


@pytest.mark.parametrize("point", ["taken", "posted"])
def test_a_sender_that_is_cut_off_sends_under_the_same_number(here, receiver, point):
    made = here.add(receiver.url)
    here.happens("lead_created", "lead_created")
    at = (here.context.door, here.posting, here.context.clock, here.context.workspace_id, made.endpoint.id)

    class CutOffError(BaseException):
        pass

    def cut(reached: str) -> None:
        if reached == point:
            raise CutOffError

    put_in_line(here.context.door, here.context.workspace_id, made.endpoint.id, here.context.clock())
    with pytest.raises(CutOffError):
        send_next(*at, cut)
    first = here.deliveries(made.endpoint.id)[0]
    assert here.send(made.endpoint.id) == 1  # The other one; the first is still its sender's alone.
    here.later(minutes=3)
    assert here.send(made.endpoint.id) == 1
    sent_before = point == "posted"
    assert receiver.ids().count(first.message_id) == 1 + sent_before
    assert len(set(receiver.ids())) == 2
    assert all(each.is_signed_with(made.secret) for each in receiver.got)


def test_a_message_that_is_not_taken_is_tried_again_and_then_counts_as_failed(here, receiver):
    made = here.add(receiver.url)
    here.happens("lead_created")
    receiver.answers = [(500, {})] * (len(PAUSES) + 1)
    for pause in PAUSES:
        assert here.send(made.endpoint.id) == 0
        here.later(seconds=1.1 * pause.total_seconds() + 1)
        with (
            here.context.session() as session
        ):  # It would be disabled after days; here it is the message that counts.
            webhooks.change(session, made.endpoint.id, failing_since=here.context.clock())
    (last,) = here.deliveries(made.endpoint.id)
    assert (last.state, last.attempts) == ("waiting", len(PAUSES))
    here.send(made.endpoint.id)
    (last,) = here.deliveries(made.endpoint.id)
    assert (last.state, last.attempts, last.status) == ("failed", 10, 500)
    assert len(set(receiver.ids())) == 1
    assert len(receiver.got) == 10
    assert len({each.body for each in receiver.got}) == 1
    with here.context.session() as session:
        log = webhooks.list_attempts(session, last.id)
    assert [each.error for each in log] == ["It answered 500."] * 10
    replay_delivery(here.context, last.id)
    assert here.send(made.endpoint.id) == 1
    assert receiver.ids()[-1] == last.message_id


def test_an_endpoint_that_asks_to_wait_is_left_alone_so_long(here, receiver):
    made = here.add(receiver.url)
    here.happens("lead_created", "lead_created")
    receiver.answers = [(503, {"retry-after": "600"})]
    here.send(made.endpoint.id)
    here.later(seconds=590)
    assert (here.send(made.endpoint.id), len(receiver.got)) == (0, 1)
    here.later(seconds=11)
    assert (here.send(made.endpoint.id), len(receiver.got)) == (2, 3)


def test_no_redirect_is_followed(here, receiver):
    made = here.add(receiver.url)
    here.happens("lead_created")
    receiver.answers = [(307, {"location": receiver.url})]
    here.send(made.endpoint.id)
    assert len(receiver.got) == 1
    assert here.deliveries(made.endpoint.id)[0].error == "It answered 307."


def test_an_endpoint_that_fails_for_days_is_disabled_and_told_of(here, receiver):
    made = here.add(receiver.url)
    here.happens("lead_created", "lead_created")
    receiver.answers = [(500, {}), (500, {})]
    here.send(made.endpoint.id)
    here.later(seconds=DISABLED_AFTER.total_seconds() + 1)
    here.send(made.endpoint.id)
    kept = here.endpoint(made.endpoint.id)
    assert (kept.state, "has taken nothing since" in kept.state_why) == ("disabled", True)
    with here.context.session() as session:
        (told,) = notifications.list_(session)
    assert (told.kind, told.severity, told.link) == ("webhook_disabled", "error", f"/webhooks/{kept.id}")
    assert here.send(made.endpoint.id) == 0
    with pytest.raises(ConflictError, match="disabled"):
        send_test(here.context, kept.id)
    resume_webhook(here.context, kept.id)
    here.later(minutes=10)
    assert here.send(kept.id) == 3  # The alert of its own end is one of them.
    assert receiver.got[-1].told["type"] == "alert"


def test_one_that_says_it_is_gone_is_disabled_at_once(here, receiver):
    made = here.add(receiver.url)
    here.happens("lead_created")
    receiver.answers = [(410, {})]
    here.send(made.endpoint.id)
    assert here.endpoint(made.endpoint.id).state == "disabled"


def test_what_happens_during_a_pause_is_told_after_it(here, receiver):
    made = here.add(receiver.url)
    pause_webhook(here.context, made.endpoint.id)
    here.happens("lead_created")
    assert here.send(made.endpoint.id) == 0
    resume_webhook(here.context, made.endpoint.id)
    assert here.send(made.endpoint.id) == 1
    pause_webhook(here.context, made.endpoint.id)
    here.happens("lead_created")
    resume_webhook(here.context, made.endpoint.id, from_now=True)
    assert here.send(made.endpoint.id) == 0


def test_everything_since_an_instant_is_sent_again_under_its_number(here, receiver):
    before = here.context.clock() - timedelta(minutes=10)
    here.happens("lead_created")
    made = here.add(receiver.url)
    here.happens("lead_created", "assigned")
    here.send(made.endpoint.id)
    first = receiver.ids()
    assert replay_since(here.context, made.endpoint.id, before) == 3
    assert here.send(made.endpoint.id) == 3
    assert set(first) < set(receiver.ids())
    assert len(set(receiver.ids())) == 3
    with pytest.raises(InputError, match="still to come"):
        replay_since(here.context, made.endpoint.id, here.context.clock() + timedelta(days=1))


def test_both_secrets_prove_messages_for_a_while(here, receiver):
    made = here.add(receiver.url)
    renewed = rotate_secret(here.context, here.box, made.endpoint.id, overlap=timedelta(hours=2))
    here.happens("lead_created")
    here.send(made.endpoint.id)
    assert receiver.got[0].is_signed_with(made.secret)
    assert receiver.got[0].is_signed_with(renewed.secret)
    here.later(hours=2, seconds=1)
    here.happens("lead_created")
    here.send(made.endpoint.id)
    assert not receiver.got[1].is_signed_with(made.secret)
    assert receiver.got[1].is_signed_with(renewed.secret)
    kept = here.endpoint(made.endpoint.id)
    assert made.secret.encode() not in kept.sealed
    with pytest.raises(SealError):
        secrets_of(SecretBox((bytes(32),)), kept, here.context.clock())


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x",
        "https://10.0.0.1/x",
        "https://169.254.169.254/latest",
        "https://[::1]/x",
        "https://user:pass@example.com/x",
        "ftp://example.com/x",
        "https://",
    ],
)
def test_addresses_inside_are_refused(here, url):
    with pytest.raises(AddressRefusedError):
        add_webhook(here.context, here.box, NewWebhook("x", url))


def test_unencrypted_addresses_unknown_kinds_and_taken_names_are_refused(here, receiver):
    with pytest.raises(InputError, match="https only"):
        add_webhook(here.context, here.box, NewWebhook("x", "http://example.com/x"))
    with pytest.raises(InputError, match=r"no message 'lead\.lost'"):
        here.add(receiver.url, "lead.lost")
    made = here.add(receiver.url)
    with pytest.raises(ConflictError, match="already"):
        here.add(receiver.url)
    other = here.add(receiver.url, name="other")
    with pytest.raises(ConflictError, match="already"):
        change_webhook(here.context, other.endpoint.id, name="crm")
    with pytest.raises(AddressRefusedError):
        change_webhook(here.context, made.endpoint.id, url="https://169.254.169.254/")
    remove_webhook(here.context, made.endpoint.id)
    assert here.add(receiver.url).endpoint.name == "crm"


def test_a_name_that_turns_inside_later_is_not_called(here, receiver):
    """The guard is asked whenever something is sent, and not only when the endpoint was made."""
    made = here.add(receiver.url)
    with here.context.session() as session:
        webhooks.change(session, made.endpoint.id, private_ok=False)
    here.happens("lead_created")
    here.send(made.endpoint.id)
    assert receiver.got == []
    assert "private network" in here.deliveries(made.endpoint.id)[0].error


def test_the_log_keeps_what_waits(here, receiver):
    made = here.add(receiver.url)
    here.happens("lead_created", "lead_created")
    receiver.answers = [(204, {}), (500, {})]
    here.send(made.endpoint.id)
    here.later(days=31)
    assert prune_log(here.context.door, here.context.workspace_id, here.context.clock()) == 1
    assert [each.state for each in here.deliveries(made.endpoint.id)] == ["waiting"]


def test_the_sender_tells_within_moments(here, receiver):
    made = here.add(receiver.url)
    send_test(here.context, made.endpoint.id)
    context = here.context
    with WebhookSender(context.door, here.box, context.clock) as sender:
        assert sender.look() == 1
        sender._going[made.endpoint.id].result()
    assert [each.told["type"] for each in receiver.got] == ["webhook.test"]
    assert receiver.got[0].is_signed_with(made.secret)


def test_kinds_stand_for_events_of_their_own():
    assert checked_kinds(["alert", "lead.created", "alert"]) == ("lead.created", "alert")
    assert len(events_of(())) == len(set(events_of(()))) == sum(len(kind.events) for kind in KINDS.values())


@given(body=st.binary(max_size=200), number=st.text("abc_123", min_size=1, max_size=20))
def test_what_is_signed_here_is_proved_by_the_check_for_what_comes_in(body, number):
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    old, new = new_standard_secret(), new_standard_secret()
    headers = sign_standard_webhook(number, now, body, [new, old])
    assert check_standard_webhook(headers, body, old, now) == number
    assert check_standard_webhook(headers, body, new, now) == number
