"""The memory of providers: four idle ones beside none, and 100 000 reads.

Run by scripts/bench. Everything is on 127.0.0.1; the home and nginx' files are in a temporary directory.
"""

import os
import pathlib
import statistics
import sys
import tempfile

from stdio import Server, make_home, start_nginx, time_pipelined

READS = 100_000
KEYRING = pathlib.Path(__file__).resolve().parents[1] / "Examples" / "exec" / "keyring.py"


def configure(home: pathlib.Path, port: int, directory: pathlib.Path, with_providers: bool) -> None:
    """One service with a key of the environment, and, if wanted, four providers that nobody uses."""
    program = directory / "keyring.py"
    program.write_text(KEYRING.read_text().replace("/usr/bin/env python3", sys.executable, 1))
    program.chmod(0o700)
    (directory / "secrets.json").write_text("{}")
    exec_provider = f"{{ type: exec, command: {program}, protocol: json-lines, passEnvironment: [SECRETS_FILE], eager: true }}"
    providers = "".join(f"  idle{number}: {exec_provider}\n" for number in range(4)) if with_providers else ""
    (home / "config.yaml").write_text(
        f"""
providers:
  container: {{ type: environment }}
{providers}services:
  api: {{ baseUrl: "http://127.0.0.1:{port}", auth: {{ type: bearer, key: "container://BENCH_KEY" }} }}
capabilities:
  api: {{ service: api, rules: {{ allow: ["GET /v1/*"] }} }}
"""
    )


def idle(binary: str, home: pathlib.Path) -> float:
    """The memory of a server that has just started, the median of five."""
    measured = []
    for _ in range(5):
        server = Server(binary, home)
        server.ready()
        server.request(1, "ping", {})
        measured.append(server.resident_mebibytes())
        server.end()
    return statistics.median(measured)


def main() -> None:
    binary = os.environ["JANEE_BINARY"]
    os.environ["BENCH_KEY"] = "bench-key-0123456789"
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        os.environ["SECRETS_FILE"] = str(directory / "secrets.json")
        nginx, port = start_nginx(directory)
        try:
            home = directory / "home"
            make_home(binary, home, port)
            configure(home, port, directory, with_providers=False)
            without = idle(binary, home)
            configure(home, port, directory, with_providers=True)
            with_four = idle(binary, home)
            print(f"memory idle             {without:.1f} MiB, with four more providers {with_four:.1f} MiB")
            server = Server(binary, home)
            server.ready()
            steps = []
            for step in range(10):
                time_pipelined(server, 1 + step * READS // 10, READS // 10, 16)
                steps.append(f"{server.resident_mebibytes():.1f}")
            print(f"memory after each tenth of {READS} reads: {', '.join(steps)} MiB")
            server.end()
        finally:
            nginx.terminate()
            nginx.wait()


if __name__ == "__main__":
    main()
