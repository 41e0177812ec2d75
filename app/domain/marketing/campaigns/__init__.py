"""Campaigns: coupons issued by themselves to buyers whom an occasion makes fit, and what came of it.

Campaign: draft → (scheduled →) running ⇄ paused → ended.
An entry is what a campaign decided about one buyer on one occasion: issued, held out, or refused. Unique, append-only:
whoever repeats a run decides nothing twice. A holdout is decided by a hash of campaign and buyer.
Tables: campaigns, campaign_entries. Events: campaign.scheduled, campaign.started, campaign.paused, campaign.ended,
coupon.issued. Callers: workflow/marketing/manage_campaigns, run_campaigns; read/marketing/campaigns.
"""
