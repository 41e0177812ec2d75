"""How people prove who they are, and the browsers in which they have.

Tables: portal_sessions (they belong to people, and so to no business).
A session begins with a sign-in, lasts at most `rules.LASTS` and ends earlier when it is idle for `rules.IDLE`, or when
its person ends it. Its row goes; nothing else remembers it.
Callers: workflow/begin_session, end_sessions; read/portal_sessions.
"""
