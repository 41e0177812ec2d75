"""How people prove who they are, and the browsers in which they have.

Tables: portal_sessions, totp_secrets, recovery_codes, passkeys, used_challenges (of people, and so of no business).
A session begins with a sign-in, lasts at most `rules.LASTS` and ends earlier when it is idle for `rules.IDLE`, or when
its person ends it. Its row goes; nothing else remembers it.
A person with a second factor signs in with the password and a code: of an authenticator app, each once, or one of ten
recovery codes, each once. A passkey is both at once: the device asks for a finger, a face or a PIN. Changing factors
ends the person's other sessions.
Callers: workflow/accounts/people/begin_session, end_sessions, manage_second_factor, check_second_factor, use_passkeys;
read/accounts/portal_sessions, second_factors.
"""
