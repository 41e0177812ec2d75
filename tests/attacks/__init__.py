"""What people who mean harm, and machines that fail at the worst moment, do to Bursar: one readable file per attack.

The short forms run with all tests, the full counts with TEST_PROFILE=long.
"""
