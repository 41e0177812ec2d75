"""With this folder on PYTHONPATH, a process believes that it is HOST_CLOCK_OFF_S seconds later than it is, or as many
as the file HOST_CLOCK_OFF_FILE says at the moment: as on a host whose clock was set wrong, and is set right again."""

import datetime
import os
import time

_OFF_S = float(os.environ.get("HOST_CLOCK_OFF_S", "0"))
_FILE = os.environ.get("HOST_CLOCK_OFF_FILE", "")
_time, _time_ns, _datetime = time.time, time.time_ns, datetime.datetime


def _off_s():
    if not _FILE:
        return _OFF_S
    with open(_FILE) as file:
        return float(file.read())


class _Shifted(_datetime):
    @classmethod
    def now(cls, tz=None):
        return _datetime.now(tz) + datetime.timedelta(seconds=_off_s())

    @classmethod
    def utcnow(cls):
        return _datetime.utcnow() + datetime.timedelta(seconds=_off_s())


if _OFF_S or _FILE:
    time.time = lambda: _time() + _off_s()
    time.time_ns = lambda: _time_ns() + int(_off_s() * 1e9)
    datetime.datetime = _Shifted
