"""Figures of `janee serve` over stdio, with nginx as the API: medians, side by side with a direct call of the API.

Run by scripts/bench. Everything is on 127.0.0.1; the home and nginx' files are in a temporary directory.
"""

import argparse
import http.client
import json
import os
import pathlib
import socket
import statistics
import subprocess
import tempfile
import time


class Server:
    """A `janee serve` process and its MCP session."""

    def __init__(self, binary: str, home: pathlib.Path):
        self.process = subprocess.Popen(
            [binary, "serve"],
            env={**os.environ, "JANEE_HOME": str(home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.request(
            0,
            "initialize",
            {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}},
        )

    def send(self, message: dict) -> None:
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def request(self, identifier: int, method: str, params: dict) -> dict:
        self.send({"jsonrpc": "2.0", "id": identifier, "method": method, "params": params})
        return json.loads(self.process.stdout.readline())

    def ready(self) -> None:
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def resident_mebibytes(self) -> float:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def end(self) -> None:
        self.process.stdin.close()
        assert self.process.wait(timeout=5) == 0


EXECUTE = {"name": "execute", "arguments": {"capability": "api", "method": "GET", "path": "/v1/item"}}
# Refused by the rules, so it costs one audit record and nothing else but the decision.
DENIED = {"name": "execute", "arguments": {"capability": "api", "method": "GET", "path": "/other"}}
# Decides who may use what and records nothing.
UNRECORDED = {"name": "list_services", "arguments": {}}
WINDOW = 500


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start_nginx(directory: pathlib.Path) -> tuple[subprocess.Popen, int]:
    port = free_port()
    (directory / "nginx.conf").write_text(
        f"""
        daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/error.log;
        events {{ worker_connections 1024; }}
        http {{
            access_log off; keepalive_requests 1000000;
            client_body_temp_path {directory}/b; proxy_temp_path {directory}/p;
            fastcgi_temp_path {directory}/f; uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
            server {{
                listen 127.0.0.1:{port};
                location / {{ default_type application/json; return 200 '{{"ok":true}}'; }}
            }}
        }}
        """
    )
    process = subprocess.Popen(["nginx", "-c", str(directory / "nginx.conf"), "-p", str(directory)])
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return process, port
        except OSError:
            if time.monotonic() > deadline:
                raise


def make_home(binary: str, home: pathlib.Path, port: int) -> None:
    environment = {**os.environ, "JANEE_HOME": str(home)}
    subprocess.run([binary, "init"], env=environment, check=True, stdout=subprocess.DEVNULL)
    (home / "config.yaml").write_text(
        f"""
services:
  api: {{ baseUrl: "http://127.0.0.1:{port}", auth: {{ type: bearer, key: bench-key }} }}
capabilities:
  api: {{ service: api, rules: {{ allow: ["GET /v1/*"] }} }}
"""
    )
    subprocess.run(
        [binary, "secret", "set", "bench-key", "--from-stdin"],
        env=environment,
        check=True,
        input=b"bench-key-0123456789",
        stdout=subprocess.DEVNULL,
    )


def time_start(binary: str, home: pathlib.Path) -> float:
    start = time.perf_counter()
    server = Server(binary, home)
    elapsed = time.perf_counter() - start
    server.end()
    return elapsed * 1000


def time_calls(server: Server, first: int, count: int, call: dict = EXECUTE, holds: str = '"status": 200') -> list[float]:
    times = []
    for identifier in range(first, first + count):
        start = time.perf_counter()
        answer = server.request(identifier, "tools/call", call)
        times.append((time.perf_counter() - start) * 1000)
        assert holds in answer["result"]["content"][0]["text"]
    return times


def time_pipelined(server: Server, first: int, count: int, in_flight: int) -> float:
    start = time.perf_counter()
    sent = received = 0
    while received < count:
        while sent < count and sent - received < in_flight:
            server.send({"jsonrpc": "2.0", "id": first + sent, "method": "tools/call", "params": EXECUTE})
            sent += 1
        server.process.stdout.readline()
        received += 1
    return count / (time.perf_counter() - start)


def time_direct(port: int, count: int) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    times = []
    for _ in range(count):
        start = time.perf_counter()
        connection.request("GET", "/v1/item")
        connection.getresponse().read()
        times.append((time.perf_counter() - start) * 1000)
    return times


def compare(binary: str, directory: pathlib.Path, port: int, old: Server, first: int) -> tuple[float, float, float]:
    """Median times of a new server in a new home after 100 calls, of `old`, and without Janee.

    They take turns, so that whatever else the machine does meanwhile slows down all three alike.
    """
    home = directory / "fresh"
    make_home(binary, home, port)
    new = Server(binary, home)
    new.ready()
    time_calls(new, 1, 100)
    fresh, late, direct = [], [], []
    step = 25
    for offset in range(0, WINDOW, step):
        fresh += time_calls(new, 101 + offset, step)
        late += time_calls(old, first + offset, step)
        direct += time_direct(port, step)
    new.end()
    return statistics.median(fresh), statistics.median(late), statistics.median(direct)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=20_000)
    arguments = parser.parse_args()
    binary = os.environ["JANEE_BINARY"]
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        nginx, port = start_nginx(directory)
        try:
            home = directory / "home"
            make_home(binary, home, port)
            starts = [time_start(binary, home) for _ in range(30)]
            server = Server(binary, home)
            server.ready()
            idle = server.resident_mebibytes()
            times = time_calls(server, 1, 100 + WINDOW)
            after_first = server.resident_mebibytes()
            times += time_calls(server, len(times) + 1, arguments.calls - 100 - WINDOW)
            resident_late = server.resident_mebibytes()
            fresh, late, direct = compare(binary, directory, port, server, len(times) + 1)
            recorded = statistics.median(time_calls(server, 1_000_000, 1000, DENIED, "RULE_DENY"))
            unrecorded = statistics.median(time_calls(server, 2_000_000, 1000, UNRECORDED, "accessible"))
            record = recorded - unrecorded
            rates = {n: time_pipelined(server, 100_000 * n, 3000, n) for n in (1, 8, 64)}
            resident = server.resident_mebibytes()
            server.end()
            print(f"process start to initialize answer    p50 {statistics.median(starts):7.2f} ms")
            print(f"direct call of nginx (Python client)  p50 {direct:7.3f} ms")
            print(f"execute at call 100                   p50 {fresh:7.3f} ms   {fresh / direct:5.2f} x direct")
            print(f"execute at call {arguments.calls:<6}                p50 {late:7.3f} ms   {late / fresh:5.2f} x call 100")
            print(f"one audit record, with its decision   p50 {record:7.3f} ms   two are {2 * record / late:.0%} of a call")
            for in_flight, rate in rates.items():
                print(f"calls per second, {in_flight:2} in flight           {rate:9.0f}")
            print(
                f"resident memory: idle {idle:.1f} MiB, after {100 + WINDOW} calls {after_first:.1f} MiB, "
                f"after {len(times)} calls {resident_late:.1f} MiB, after 64 in flight {resident:.1f} MiB"
            )
            verified = subprocess.run([binary, "logs", "verify"], env={**os.environ, "JANEE_HOME": str(home)}, text=True, stdout=subprocess.PIPE)
            print(verified.stdout.strip())
        finally:
            nginx.terminate()
            nginx.wait()


if __name__ == "__main__":
    main()
