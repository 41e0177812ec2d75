"""Mails to buyers: a receipt when an order is paid, a note when money goes back. One row a mail, written in the phase
that handles the event; sent later, tried again until it is taken or given up. Mails to people of the portal likewise.

Tables: mails, user_mails. Callers: workflow/notifications/queue_mail, send_mail, queue_user_mail, send_user_mail.
"""
