"""Run inside namespaces of its own: an upstream on any address, one call through the broker.

Usage: unshare --net --mount python -m support.private_network BINARY ROOT ADDRESS HOST NETWORK_JSON
HOST is the host of the base URL: `{address}`, or `api.example`, which resolves to the address.
Prints one JSON object: the tool's answer, and how many requests and bytes the upstream received.
"""

from __future__ import annotations

import fcntl
import json
import socket
import struct
import subprocess
import sys
from pathlib import Path

from .config import capability, service
from .home import JaneeHome
from .upstream import Upstream

SIOCSIFADDR, SIOCSIFFLAGS, SIOCSIFNETMASK = 0x8916, 0x8914, 0x891C
IFF_UP = 0x1


def give_loopback_the_address(address: str) -> None:
    """Bring the loopback interface up and put one more address on it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
        if address.startswith("127."):  # the interface has them all by itself
            return
        for request, value in ((SIOCSIFADDR, address), (SIOCSIFNETMASK, "255.255.255.255")):
            name = struct.pack("16sHH4s8x", b"lo:1", socket.AF_INET, 0, socket.inet_aton(value))
            fcntl.ioctl(control, request, name)


def give_the_name_to_the_address(address: str, hosts: Path) -> None:
    """Let `api.example` resolve to the address, for this namespace alone."""
    hosts.write_text(f"{address} api.example\n")
    subprocess.run(["mount", "--bind", str(hosts), "/etc/hosts"], check=True)


def main() -> None:
    """Make the address, the upstream, the home and the call."""
    binary, root, address, host, network = sys.argv[1:]
    give_loopback_the_address(address)
    give_the_name_to_the_address(address, Path(root) / "hosts")
    upstream = Upstream(address)
    base_url = f"http://{host.format(address=address)}:{upstream.port}"
    home = JaneeHome(Path(binary), Path(root))
    home.configure(
        {
            "services": {"api": service(base_url, network=json.loads(network))},
            "capabilities": {"api": capability()},
        }
    )
    server = home.serve()
    result = server.execute("GET", "/x")
    server.stop()
    home.dispose()
    report = {"isError": result.is_error, "answer": result.data}
    print(json.dumps({**report, "requests": len(upstream.requests), "bytes": len(upstream.wire)}))


if __name__ == "__main__":
    main()
