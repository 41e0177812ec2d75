"""What people should hear of without looking: an endpoint that fails, something to approve, a channel that is down.
An alert is raised once when it begins and ends by itself; people see it in the portal, get it by mail, and have it put
into a chat, as they choose.

Tables: alerts, alert_preferences (what one person reads and has mailed), alert_chats (chats).
Callers: workflow/notifications/raise_alerts, send_alerts, manage_alerts, read/notifications/alerts.
"""
