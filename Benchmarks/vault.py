"""Reads of a real OpenBao over TLS, beside curl on a connection that it keeps; and from nothing to the first secret.

Run by scripts/bench. Everything is on 127.0.0.1; the server keeps nothing. Arguments: the janee, the ProviderReads and the
bao programs.
"""

import http.client
import json
import os
import pathlib
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

READS = 5000
ROUNDS = 5
COLD_STARTS = 20
TOKEN = "root"


def pinned(core: int | None) -> list[str]:
    """The beginning of a command that runs on one core; with None, wherever the system puts it."""
    return [] if core is None else ["taskset", "-c", str(core)]


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(bao: str, directory: pathlib.Path) -> tuple[subprocess.Popen, str, str]:
    """A server in development mode over TLS: the process, its address and its authority's file."""
    port = free_port()
    process = subprocess.Popen(
        [bao, "server", "-dev", "-dev-tls", f"-dev-tls-cert-dir={directory}", "-dev-no-store-token",
         f"-dev-root-token-id={TOKEN}", f"-dev-listen-address=127.0.0.1:{port}"],
        env={**os.environ, "HOME": str(directory)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while True:
        try:
            api(f"https://127.0.0.1:{port}", "GET", "sys/health")
            break
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
    authority = next(file for file in directory.iterdir() if "ca" in file.name and "key" not in file.name)
    return process, f"https://127.0.0.1:{port}", str(authority)


def api(address: str, method: str, path: str, body=None):
    """One request as root."""
    connection = http.client.HTTPSConnection(address.removeprefix("https://"), context=ssl._create_unverified_context())
    connection.request(method, f"/v1/{path}", json.dumps(body) if body is not None else None, {"X-Vault-Token": TOKEN})
    text = connection.getresponse().read()
    connection.close()
    return json.loads(text) if text else None


def curl(address: str, authority: str, directory: pathlib.Path, core: int | None) -> list[int]:
    """Microseconds of each read by one curl, the first ones left out."""
    config = directory / "curl.conf"
    url = f'url = "{address}/v1/secret/data/mcp/agents/stripe"\noutput = "/dev/null"\n'
    config.write_text(f'silent\ncacert = "{authority}"\nheader = "X-Vault-Token: {TOKEN}"\nwrite-out = "%{{time_total}}\\n"\n'
                      + url * (READS + 200))  # fmt: skip
    command = [*pinned(core), "curl", "--http1.1", "-K", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [round(float(line) * 1e6) for line in done.stdout.split()][200:]


def pipeline(program: str, address: str, authority: str, core: int | None) -> list[int]:
    """Microseconds of each read through Janee's pipeline."""
    command = [*pinned(core), program, "vault", address, authority, TOKEN, "mcp/agents/stripe/api-key", str(READS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [int(line) for line in done.stdout.split()]


def cold(command: list[str], env: dict[str, str]) -> float:
    """Milliseconds of a program from its start to its end, the median of some."""
    taken = []
    for _ in range(COLD_STARTS):
        began = time.perf_counter()
        subprocess.run(command, env=env, capture_output=True, check=True)
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def quantiles(values: list[int]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    return statistics.median(values), statistics.quantiles(values, n=20)[18]


def compare(reads: str, address: str, authority: str, directory: pathlib.Path, core: int | None) -> None:
    """Prints how long reads take beside those of curl."""
    ratios = []
    for number in range(ROUNDS):
        theirs = quantiles(curl(address, authority, directory, core))
        ours = quantiles(pipeline(reads, address, authority, core))
        ratios.append((ours[0] / theirs[0], ours[1] / theirs[1]))
        print(f"round {number + 1}: pipeline p50 {ours[0]:.0f} us, p95 {ours[1]:.0f} us;"
              f" curl p50 {theirs[0]:.0f} us, p95 {theirs[1]:.0f} us;"
              f" ratio {ratios[-1][0]:.2f} and {ratios[-1][1]:.2f}", flush=True)  # fmt: skip
    p50, p95 = (statistics.median(ratio[index] for ratio in ratios) for index in (0, 1))
    print(f"a read beside curl's: {p50:.2f} at p50, {p95:.2f} at p95 (at most 1.5 is wanted)")


def main() -> None:
    janee, reads, bao = sys.argv[1:4]
    directory = pathlib.Path(tempfile.mkdtemp())
    server, address, authority = start(bao, directory)
    try:
        api(address, "POST", "secret/data/mcp/agents/stripe", {"data": {"api-key": "sk_bench_0123456789"}})
        print("server and reader wherever the system puts them:")
        compare(reads, address, authority, directory, None)
        cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        if len(cores) > 1 and shutil.which("taskset"):
            # Threads that wake one another across cores, and share these with the server, blur what a read costs.
            print("server and reader on a core each:")
            subprocess.run(["taskset", "-acp", str(cores[0]), str(server.pid)], stdout=subprocess.DEVNULL, check=True)
            compare(reads, address, authority, directory, cores[1])
            whole = ",".join(map(str, cores))
            subprocess.run(["taskset", "-acp", whole, str(server.pid)], stdout=subprocess.DEVNULL, check=True)
        home = directory / "home"
        home.mkdir(mode=0o700)
        (home / "config.yaml").write_text(
            f"""
providers:
  bench:
    type: openbao
    address: {address}
    auth: {{ method: token, token: "{TOKEN}" }}
    tls: {{ caFile: {authority} }}
"""
        )
        (home / "config.yaml").chmod(0o600)
        env = {"PATH": os.environ["PATH"], "HOME": str(home), "JANEE_HOME": str(home)}
        ours = cold([janee, "secret", "get", "bench://mcp/agents/stripe/api-key", "--reveal"], env)
        native = cold([bao, "kv", "get", "-mount=secret", "-field=api-key", "mcp/agents/stripe"],
                      {**env, "BAO_ADDR": address, "BAO_CACERT": authority, "BAO_TOKEN": TOKEN})  # fmt: skip
        print(f"from nothing to the first secret: {ours:.0f} ms; 'bao kv get': {native:.0f} ms")
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
