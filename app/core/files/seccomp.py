"""Leaves a process with nothing but computing: it reads and writes what is open already, and asks for memory and time.

The kernel refuses every other call by a filter (seccomp) that holds for good: no socket, no file, no other process.
What computes must have loaded everything before. Where the kernel has no such filter, or the machine is one whose
numbers of calls we do not know, limits of the process do what they can (see `lock`).
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
import sys
from contextlib import suppress

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000  # refused with EPERM
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
NOBODY = 65534

# Calls by name: their numbers on x86_64 and on arm64 (from the kernel's tables); None where there is none.
_CALLS = {
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "pread64": (17, 67), "lseek": (8, 62),
    "close": (3, 57), "fstat": (5, 80), "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "brk": (12, 214),
    "mremap": (25, 216), "madvise": (28, 233), "futex": (202, 98), "rt_sigaction": (13, 134), "rt_sigreturn": (15, 139),
    "rt_sigprocmask": (14, 135), "sigaltstack": (131, 132), "sched_yield": (24, 124), "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115), "clock_gettime": (228, 113), "gettimeofday": (96, 169), "getrusage": (98, 165),
    "getpid": (39, 172), "getppid": (110, 173), "gettid": (186, 178), "getuid": (102, 174), "getrandom": (318, 278),
    "sched_getaffinity": (204, 123), "sysinfo": (99, 179), "uname": (160, 160), "restart_syscall": (219, 128),
    "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip
# Machine → which of the numbers are its own, and how the kernel names its calls' convention.
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def lock() -> str:
    """Allow this process nothing but computing, for good. Empty when the kernel sees to it; else why it does not, and
    then limits hold: no file, socket or pipe can be opened, no process begun, and root has become nobody."""
    for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC):  # what is open, and runs, stays
        resource.setrlimit(kind, (0, 0))
    refusal = _filter()
    if refusal and os.geteuid() == 0:
        _become_nobody()
    return refusal


def _filter() -> str:
    if not sys.platform.startswith("linux") or platform.machine() not in MACHINES or sys.maxsize < 2**32:
        return f"no list of calls for {sys.platform} on {platform.machine()}"
    column, architecture = MACHINES[platform.machine()]
    written = _written([numbers[column] for numbers in _CALLS.values()], architecture)
    code = ctypes.create_string_buffer(written, len(written))
    program = _Program(len(written) // 8, ctypes.cast(code, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((_PR_SET_NO_NEW_PRIVS, 1, 0), (_PR_SET_SECCOMP, _FILTER, ctypes.byref(program))):
        if libc.prctl(*arguments, 0, 0) != 0:
            return f"the kernel refuses a filter: {os.strerror(ctypes.get_errno())}"
    return ""


def _written(allowed: list[int], architecture: int) -> bytes:
    """The filter: another architecture's calls end the process, these are allowed, all others refused."""
    steps = [(_LOAD, 0, 0, _ARCHITECTURE_AT), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL)]
    steps.append((_LOAD, 0, 0, _NUMBER_AT))
    steps += [(_EQUAL, len(allowed) - at, 0, number) for at, number in enumerate(allowed)]
    steps += [(_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _become_nobody() -> None:
    """Root may begin processes whatever their number."""
    # A container may know no other account: then the limits are what there is.
    with suppress(OSError):
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
