"""The embedded server's configuration, sized for the machine it runs on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MB = 1024**2
GB = 1024**3


def memory_bytes() -> int:
    """The memory this process may use: the machine's, or its container's limit."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [machine]
    for name in (
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ):
        try:
            text = Path(name).read_text().strip()
        except OSError:
            continue
        if text.isdigit():
            limits.append(int(text))
    return min(limits)


def processors() -> int:
    """The processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def configuration(disk: Path) -> str:
    """Return the text of the configuration file, written at every start.

    `disk` is any folder on the disk that holds the data.
    """
    memory = memory_bytes()
    cores = processors()
    disk_free = shutil.disk_usage(disk).free

    def between(low: int, value: int, high: int) -> str:
        return f"{min(max(value, low), high) // MB}MB"

    wal = min(max(disk_free // 20, GB), 8 * GB)
    settings = {
        # this machine only, with a password
        "listen_addresses": "127.0.0.1",
        "unix_socket_permissions": "0700",
        "max_connections": 100,
        "password_encryption": "scram-sha-256",
        # Memory: tables are built, read a few times and built again, for which the
        # system's file cache does as well, and gives way to whoever needs memory. A
        # million records took as long with a quarter (benchmarks/README.md).
        "shared_buffers": between(128 * MB, memory // 8, 8 * GB),
        "effective_cache_size": between(256 * MB, memory * 6 // 10, 256 * GB),
        "maintenance_work_mem": between(64 * MB, memory // 20, 2 * GB),
        "work_mem": between(16 * MB, memory // 256, 256 * MB),
        # a build locks every table it replaces until it commits
        "max_locks_per_transaction": 256,
        # Parallel queries share memory set aside at the start, then files: not
        # /dev/shm, which has 64 MB in a container and is cleared by systemd when
        # the user logs out.
        "min_dynamic_shared_memory": between(32 * MB, memory // 64, 512 * MB),
        "dynamic_shared_memory_type": "mmap",
        # processors
        "max_worker_processes": max(8, cores + 4),
        "max_parallel_workers": cores,
        "max_parallel_workers_per_gather": min(4, max(1, cores // 2)),
        "max_parallel_maintenance_workers": min(4, max(1, cores // 2)),
        # what a worker hands over is worth little beside text that is compared
        "parallel_tuple_cost": 0.01,
        # disk: no replica reads the log, so a table built in one transaction
        # need not pass through it; it is synced at commit all the same
        "wal_level": "minimal",
        "max_wal_senders": 0,
        "max_wal_size": f"{wal // MB}MB",
        "min_wal_size": f"{wal // 8 // MB}MB",
        "checkpoint_timeout": "15min",
        "random_page_cost": 1.1,
        # a killed client's query stops instead of holding its locks
        "client_connection_check_interval": "2s",
        # nothing depends on where the machine stands
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "lc_monetary": "C",
        "lc_numeric": "C",
        "lc_time": "C",
        "default_text_search_config": "pg_catalog.english",
        # The log tells of the server, not of the data: a failing statement and
        # its message quote values, and those may be personal data.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_line_prefix": "%m [%p] ",
    }
    lines = [
        "# Written anew at every start, for the machine it starts on. Settings of your",
        "# own, made with ALTER SYSTEM, win over these and stay.",
    ]
    for name, value in settings.items():
        quoted = str(value).replace("'", "''")
        lines.append(f"{name} = '{quoted}'")
    return "\n".join(lines) + "\n"
