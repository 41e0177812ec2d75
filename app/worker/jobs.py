"""The jobs: each takes ids, may run twice, and is one call of a workflow."""

from __future__ import annotations

import uuid

from app.core import context, outbox
from app.core.log import get_logger
from app.core.process import pulse
from app.read.insights import reports
from app.worker import schedule
from app.workflow.accounts import decide_approval, end_sessions
from app.workflow.accounts import prune_personal as prune_personals
from app.workflow.catalog import import_products, schedule_products
from app.workflow.fulfilment import deliver_line
from app.workflow.insights import count_figures, make_export, schedule_reports
from app.workflow.ledger import roll_up_ledger as roll_up_ledgers
from app.workflow.marketing.expire_coupons import expire_due
from app.workflow.notifications import raise_alerts as alerts
from app.workflow.notifications import send_mail as send_mails
from app.workflow.notifications import send_person_mail as send_person_mails
from app.workflow.notifications import tell_alerts as alert_messages
from app.workflow.operations import prune, sweep_store
from app.workflow.operations import seal_audit_log as seal_audit_logs
from app.workflow.operations.subscribers import SUBSCRIBERS
from app.workflow.orders import bulk_orders, close_stale_orders, complete_orders, reserve_outside
from app.workflow.payments import learn_keys as learn_keys_
from app.workflow.payments import resolve_unknown
from app.workflow.steps.notifications import write_person_mail as letters

# A workflow does not read for people, so the files that go with its mails are handed to it here.
letters.FILES["report"] = reports.attachment


def drain(business_id: str) -> None:
    """Hand a business's due events to their handlers."""
    with context.work(business_id=business_id, job="drain"):
        outbox.drain(uuid.UUID(business_id), SUBSCRIBERS)


def ask_undecided() -> None:
    """Ask the companies about payments nobody knows the end of."""
    _periodic("ask_undecided", resolve_unknown.resolve_due)


def learn_keys() -> None:
    """Fetch companies' keys that prove what they say."""
    _periodic("learn_keys", learn_keys_.learn_due)


def close_due() -> None:
    """Close what was not paid in time."""
    _periodic("close_due", close_stale_orders.close_due)


def deliver_due() -> None:
    """Try again what could not be delivered at once."""
    _periodic("deliver_due", deliver_line.deliver_due)


def send_mail() -> None:
    """Send mails to people of the portal, who may be waiting for one, and to buyers."""
    _periodic("send_person_mail", send_person_mails.send_due)
    _periodic("send_mail", send_mails.send_due)


def settle_reservations() -> None:
    """Tell merchants' own systems what was decided about what they hold."""
    _periodic("settle_reservations", reserve_outside.settle_due)


def keep_schedules() -> None:
    """Put products on sale and take them off when their time has come."""
    _periodic("keep_schedules", schedule_products.keep_schedules)


def complete_due() -> None:
    """Complete what was delivered long enough ago."""
    _periodic("complete_due", complete_orders.complete_due)


def expire_coupons() -> None:
    """End coupons whose time is over."""
    _periodic("expire_coupons", expire_due)


def import_due() -> None:
    """Look through and apply files of products, for a moment; then it is somebody else's turn."""
    _periodic("import_due", import_products.work_due)


def export_due() -> None:
    """Carry on with lists that are being made into files, for a moment."""
    _periodic("export_due", make_export.work_due)


def bulk_due() -> None:
    """Carry on with what is done to many orders, for a moment."""
    _periodic("bulk_due", bulk_orders.work_due)


def sweep_files() -> None:
    """Remove files that no row names."""
    _periodic("sweep_files", sweep_store.sweep_shelf)


def prune_personal() -> None:
    """Remove what businesses have kept for as long as they wish."""
    _periodic("prune_personal", prune_personals.prune_due)


def prune_old() -> None:
    """Forget answered idempotency keys, ended sessions and mails to people, after their time."""
    _periodic("prune_old", prune.prune_keys)
    _periodic("end_sessions", end_sessions.end_over)
    _periodic("prune_refused_counts", prune.prune_refused_counts)
    _periodic("prune_person_mails", send_person_mails.prune)
    _periodic("roll_up_all", roll_up_ledgers.roll_up_all)


def keep_approvals() -> None:
    """End what nobody decided in time, and finish what was approved and left."""
    _periodic("keep_approvals", decide_approval.keep_approvals)


def raise_alerts() -> None:
    """Look for what people should hear of."""
    _periodic("raise_alerts", alerts.raise_due)


def tell_alerts() -> None:
    """Write to people, and into chats, about it."""
    _periodic("tell_alerts", alert_messages.tell_due)


def send_reports() -> None:
    """Mail the reports whose morning has come."""
    _periodic("send_reports", schedule_reports.send_due)


def count_due() -> None:
    """Count the figures of Home and the reports."""
    _periodic("count_due", count_figures.count_due)


def roll_up_ledger() -> None:
    """Write down what long accounts come to."""
    _periodic("roll_up_ledger", roll_up_ledgers.roll_up_recent)


def seal_audit_log() -> None:
    """Seal what people and keys changed since the last seal."""
    _periodic("seal_audit_log", seal_audit_logs.seal_due)


def _periodic(name: str, work: object) -> None:
    assert callable(work)
    every_s = schedule.PERIODS_S.get(name, schedule.PERIODS_S["prune_old"])
    with context.work(job=name), pulse.running(name, queue=schedule.queue_of(name), every_s=every_s) as beat:
        done = work()
        beat["done"] = int(done or 0)
        if done:
            get_logger().info("job_done", job_name=name, count=done)
