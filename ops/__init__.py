"""How Bursar is set up, started, stopped, tested and checked: everything behind the Makefile.

What runs before the environment is filled (`__main__`, `console`, `paths`, `venv`) needs only the standard
library.
"""
