"""With this folder on PYTHONPATH, a process believes that it is HOST_CLOCK_OFF_S seconds later than it is: as on a host
whose clock was set wrong."""

import datetime
import os
import time

_OFF_S = float(os.environ.get("HOST_CLOCK_OFF_S", "0"))
_time, _time_ns, _datetime = time.time, time.time_ns, datetime.datetime


class _Shifted(_datetime):
    @classmethod
    def now(cls, tz=None):
        return _datetime.now(tz) + datetime.timedelta(seconds=_OFF_S)

    @classmethod
    def utcnow(cls):
        return _datetime.utcnow() + datetime.timedelta(seconds=_OFF_S)


if _OFF_S:
    time.time = lambda: _time() + _OFF_S
    time.time_ns = lambda: _time_ns() + int(_OFF_S * 1e9)
    datetime.datetime = _Shifted
