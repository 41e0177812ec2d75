"""Bad days: the company misbehaves in every way it can, many reach for the same thing at once. The long profile plays
them in full against the running processes; a short form is always part of the suite.

weather   failure scripts that come and go, every one of them
buyers    random payments, refunds and cancellations, over HTTP or through the workflows
books     our books and the company's, payment by payment
racers    `python -m tests.endurance.racers`: processes that ask for the same thing at the same moment
"""
