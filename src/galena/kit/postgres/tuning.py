"""Server settings: made for bulk loads, modest when idle."""

import os
import shutil
from pathlib import Path

_MIB = 1024 * 1024
_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def server_settings(folder: Path, socket_folder: str, *, durable: bool) -> dict[str, str]:
    """The settings of the server, by the memory and the disk of this machine.

    Args:
        folder: where the data lies.
        socket_folder: where its socket goes.
        durable: whether a power cut may lose nothing; False only for data one can throw away.
    """
    memory_mib = memory_bytes() // _MIB
    free_mib = shutil.disk_usage(folder).free // _MIB
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": socket_folder,
        "unix_socket_permissions": "0700",
        "shared_buffers": f"{_between(memory_mib // 32, 128, 1024)}MB",
        "effective_cache_size": f"{max(memory_mib // 2, 256)}MB",
        "work_mem": f"{_between(memory_mib // 256, 8, 64)}MB",
        "maintenance_work_mem": f"{_between(memory_mib // 32, 64, 512)}MB",
        "max_wal_size": f"{_between(free_mib // 10, 256, 2048)}MB",
        "min_wal_size": "80MB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        "log_line_prefix": "%m [%p] ",
        # PostgreSQL would keep on terminals of whoever started it; its log is a file of ours.
        "logging_collector": "off",
    }
    if _is_shared_memory_scarce():
        settings["dynamic_shared_memory_type"] = "mmap"
    if not durable:
        settings |= {"fsync": "off", "full_page_writes": "off"}
    return settings


def memory_bytes() -> int:
    """The memory this process may use: the machine's, or the container's when that is less."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in map(Path, _CGROUP_LIMITS):
        try:
            memory = min(memory, int(limit.read_text()))
        except (OSError, ValueError):
            continue
    return memory


def _is_shared_memory_scarce() -> bool:
    """Containers often get 64 MB of /dev/shm, which parallel queries exhaust."""
    try:
        return shutil.disk_usage("/dev/shm").total < 256 * _MIB  # noqa: S108
    except OSError:
        return False


def _between(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))
