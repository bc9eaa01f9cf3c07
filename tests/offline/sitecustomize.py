"""No network in tests: any Python with this folder on PYTHONPATH refuses to leave the machine.

Python imports `sitecustomize` at its start, so kernels and other subprocesses obey as well.
Loopback and Unix sockets are allowed: Jupyter needs them.
"""

import ipaddress
import socket
import sys

CONNECTS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}


class NoNetworkError(OSError):
    """Something tried to reach another machine."""


def is_local(host: object) -> bool:
    """Whether a host name or address is this machine's own."""
    name = host.decode() if isinstance(host, bytes) else host
    if not isinstance(name, str) or name in {"", "localhost", socket.gethostname()}:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    """The audit hook: raises for whatever would leave the machine."""
    if event in CONNECTS:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) and address else None
    elif event in LOOKUPS:
        host = arguments[0]
    else:
        return
    if not is_local(host):
        raise NoNetworkError(f"no network in tests: {event} to {host!r}")


def install() -> None:
    """Refuse from now on, once in each process."""
    if not getattr(sys, "_lmteach_offline", False):
        sys._lmteach_offline = True  # type: ignore[attr-defined]
        sys.addaudithook(refuse)


install()
