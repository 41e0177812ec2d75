"""The one table of jobs. What runs by itself, how often and where is read from here: the workers, and
docs/reference/jobs.md.

Each is one call of a use case that looks for what is due, may run twice at once, and has an end.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from app.core import context, outbox
from app.core.log import get_logger
from app.core.process import heartbeats
from app.read.insights import reports
from app.read.settlement import statements
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.people import end_sessions
from app.workflow.buyers import merge_buyers, register_buyers
from app.workflow.catalog import import_products, schedule_products
from app.workflow.fulfilment import deliver_line, refresh_memberships
from app.workflow.insights import count_metrics, make_export, schedule_reports
from app.workflow.ledger import roll_up_ledger
from app.workflow.marketing import expire_coupons, run_campaigns
from app.workflow.notifications import raise_alerts, render_partner_mail, send_alerts, send_mail, send_user_mail
from app.workflow.notifications import render_user_mail as letters
from app.workflow.operations import (
    advance_test_clock,
    archive,
    due_timers,
    prune,
    prune_personal,
    seal_audit_log,
    sweep_store,
)
from app.workflow.operations.subscribers import BATCHES, SUBSCRIBERS
from app.workflow.orders import bulk_orders, close_orders, complete_orders, reserve_remotely
from app.workflow.payments import fetch_platform_keys, follow_disputes, poll_undecided, recheck_payouts
from app.workflow.payments.bills import compare_bills, fetch_bills
from app.workflow.reconciliation import sweep_cases
from app.workflow.settlement import close_batches
from app.workflow.subscriptions import follow_mandates, remind_charges, renew_contracts

# A workflow does not read for people, so the files that go with its mails are handed to it here.
letters.FILES["report"] = reports.attachment
render_partner_mail.handed_in["statement"] = statements.attached
due_timers.handed_in["sweep_cases"] = sweep_cases.sweep_due


@dataclass(frozen=True)
class Job:
    """One job: does `work` every `every_s` seconds in the thread of `queue` (see queues.py), and may say how much it
    did. Without a period somebody puts it into a queue in Redis, with words."""

    name: str
    every_s: float | None
    queue: str
    work: Callable[..., int | None]
    does: str


TURN_S = 5.0


def _drain(business_id: str) -> None:
    # What is left then is put again, behind what other businesses wait for.
    outbox.drain(uuid.UUID(business_id), SUBSCRIBERS, BATCHES, for_s=TURN_S)


# fmt: off
JOBS = (
    # Put by the relay, for each business with events that are due; several for one with many.
    Job("drain", None, "money", _drain, "Hand a business's due events to their handlers."),
    # What calls outside, takes long or reads files has a queue of its own: whoever hangs there holds up nobody else.
    Job("poll_undecided", 2, "polling", poll_undecided.poll_due, "Poll companies about undecided payments."),
    Job("recheck_payouts", 60, "polling", recheck_payouts.recheck_due, "Ask again about payouts that succeeded."),
    Job("fetch_platform_keys", 2, "fetch_keys", fetch_platform_keys.fetch_due, "Fetch the keys that verify companies."),
    Job("close_due", 5, "close_payments", close_orders.close_due, "Close what was not paid in time."),
    Job("deliver_due", 2, "merchant_calls", deliver_line.deliver_due, "Try again what could not be delivered at once."),
    Job("finalise_reservations", 2, "merchant_calls", reserve_remotely.finalise_due,
        "Tell merchants' systems what was decided about what they hold."),
    Job("send_user_mail", 2, "mail", send_user_mail.send_due, "Send mails to people of the portal."),
    Job("send_mail", 2, "mail", send_mail.send_due, "Send mails to buyers."),
    Job("send_alerts", 5, "mail", send_alerts.send_due, "Write alerts to people, and into chats."),
    Job("bulk_due", 1, "bulk", bulk_orders.work_due, "Carry on, for a moment, with what is done to many orders."),
    Job("prune_personal", 60, "bulk", prune_personal.prune_due, "Remove what was kept for as long as businesses wish."),
    Job("import_due", 1, "files", import_products.work_due, "Carry on, for a moment, with files that are imported."),
    Job("export_due", 1, "files", make_export.work_due, "Carry on, for a moment, with lists that become files."),
    Job("fetch_bills", 60, "files", fetch_bills.fetch_due, "Fetch the bills of companies, day by day."),
    Job("compare_bills", 60, "files", compare_bills.compare_due,
        "Compare companies' bills with our books, and book their fees."),
    Job("keep_parts", 3600, "files", archive.keep_parts,
        "Make tables’ parts of the months to come, and put those of long ago into files."),
    Job("sweep_files", 600, "files", sweep_store.sweep_shelf, "Remove files that no row names."),
    Job("run_test_clocks", 1, "test_clocks", advance_test_clock.run_due,
        "Move test clocks on, and do what is due for their businesses."),
    Job("renew_due", 2, "renewals", renew_contracts.renew_due, "Charge due cycles of contracts, and end contracts."),
    Job("follow_mandates", 2, "polling", follow_mandates.follow_due,
        "Ask companies about mandates, and tell them which to end."),
    Job("follow_disputes", 60, "polling", follow_disputes.follow_due,
        "Ask companies about open disputes, and tell them what was answered."),
    Job("remind_charges", 60, "renewals", remind_charges.remind_due, "Tell buyers of charges some days before."),
    # Everything else works in our own database alone.
    Job("count_metrics", 4, "periodic", count_metrics.count_due, "Count the metrics of Home and the reports."),
    Job("keep_schedules", 5, "periodic", schedule_products.keep_schedules, "Put products on sale, and take them off."),
    Job("refresh_memberships", 2, "periodic", refresh_memberships.refresh_due,
        "Tell what memberships have become: begun, changed, about to end, ended."),
    Job("sweep_cases", 30, "periodic", sweep_cases.sweep_due,
        "Open and resolve cases that are found by looking, and raise old ones again."),
    Job("raise_alerts", 10, "periodic", raise_alerts.raise_due, "Look for what people should hear of."),
    Job("sweep_approvals", 15, "periodic", decide_approval.sweep_approvals,
        "End what nobody decided in time, and finish what was approved and left."),
    Job("complete_due", 30, "periodic", complete_orders.complete_due, "Complete what was delivered long enough ago."),
    Job("close_batches", 60, "periodic", close_batches.close_due,
        "Close what partners are owed when their cycle ends."),
    Job("seal_audit_log", 30, "periodic", seal_audit_log.seal_due, "Seal what was changed since the last seal."),
    Job("register_buyers", 5, "periodic", register_buyers.register_due, "Make buyers of whoever paid an order."),
    Job("follow_merges", 60, "periodic", merge_buyers.follow_due,
        "Move what came to buyers in the moment of their merge."),
    Job("expire_coupons", 60, "periodic", expire_coupons.expire_due, "End coupons whose time is over."),
    Job("run_campaigns", 60, "periodic", run_campaigns.run_due, "Issue what campaigns give, start and end them."),
    Job("send_reports", 60, "periodic", schedule_reports.send_due, "Mail the reports whose morning has come."),
    Job("roll_up_ledger", 60, "periodic", roll_up_ledger.roll_up_recent, "Write down what busy accounts come to."),
    Job("roll_up_all", 3600, "periodic", roll_up_ledger.roll_up_all, "Write down what all accounts come to."),
    Job("discard_imports", 3600, "periodic", import_products.discard_forgotten,
        "Discard files of people that nobody applied within 30 days."),
    Job("prune_keys", 3600, "periodic", prune.prune_keys, "Forget answered idempotency keys."),
    Job("prune_refused_counts", 3600, "periodic", prune.prune_refused_counts, "Forget counts of refused notices."),
    Job("prune_day_totals", 3600, "periodic", prune.prune_day_totals,
        "Forget what channel accounts took on days long past."),
    Job("prune_user_mails", 3600, "periodic", send_user_mail.prune, "Forget mails to people of the portal."),
    Job("end_sessions", 3600, "periodic", end_sessions.end_over, "Forget sessions of people that ended."),
)
# fmt: on
BY_NAME = {job.name: job for job in JOBS}


def run(name: str, *words: str) -> None:
    """Do a job."""
    job = BY_NAME[name]
    if job.every_s is None:
        with context.work(job=name, business_id=words[0]):
            job.work(*words)
        return
    with context.work(job=name), heartbeats.running(name, queue=job.queue, every_s=job.every_s) as run:
        done = job.work()
        run["done"] = int(done or 0)
        if done:
            get_logger().info("job_done", job_name=name, count=done)
