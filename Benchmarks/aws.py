"""Reads of moto's server beside boto3 on a connection that it keeps; and a start that fills the cache with 100 secrets.

Run by scripts/bench. Everything is on 127.0.0.1. Arguments: the janee and the ProviderReads programs.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Tests" / "JaneeEndToEndTests"))

from support.aws import Moto  # noqa: E402

READS = 2000
ROUNDS = 5
STARTS = 10
SECRETS = 100
KEY, SECRET = "AKIABENCHMARK", "benchmark"


def quantiles(values: list[float]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    return statistics.median(values), statistics.quantiles(values, n=20)[18]


def theirs(moto: Moto) -> list[float]:
    """Microseconds of each read by one client of boto3."""
    client = moto.client("secretsmanager", id=KEY, secret=SECRET)
    taken = []
    for _ in range(READS + 200):
        began = time.perf_counter()
        client.get_secret_value(SecretId="bench/0")
        taken.append((time.perf_counter() - began) * 1e6)
    return taken[200:]


def ours(moto: Moto, program: str) -> list[float]:
    """Microseconds of each read through Janee's pipeline."""
    command = [program, "aws", moto.address, KEY, SECRET, "bench/0", str(READS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [int(line) for line in done.stdout.split()]


def start(moto: Moto, janee: str, home: pathlib.Path) -> float:
    """Milliseconds from the start of a server to the last secret in its cache."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [janee, "serve", "--log-level", "info"],
        env={**os.environ, **moto.environment, "JANEE_HOME": str(home), "HOME": str(home)},
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None and process.stdin is not None
    for line in process.stderr:
        if f"{SECRETS} secret(s) were read ahead".encode() in line:
            taken = (time.perf_counter() - began) * 1000
            break
    else:
        raise SystemExit("the cache was not filled")
    process.stdin.close()
    process.stderr.read()
    process.wait()
    return taken


def main() -> None:
    janee, reads = sys.argv[1:3]
    moto = Moto()
    try:
        client = moto.client("secretsmanager")
        for number in range(SECRETS):
            client.create_secret(Name=f"bench/{number}", SecretString=f"sk_bench_{number:04}")
        ratios = []
        for number in range(ROUNDS):
            them, us = quantiles(theirs(moto)), quantiles(ours(moto, reads))
            ratios.append((us[0] / them[0], us[1] / them[1]))
            print(f"round {number + 1}: pipeline p50 {us[0]:.0f} us, p95 {us[1]:.0f} us;"
                  f" boto3 p50 {them[0]:.0f} us, p95 {them[1]:.0f} us;"
                  f" ratio {ratios[-1][0]:.2f} and {ratios[-1][1]:.2f}", flush=True)  # fmt: skip
        p50, p95 = (statistics.median(ratio[index] for ratio in ratios) for index in (0, 1))
        print(f"a read beside boto3's: {p50:.2f} at p50, {p95:.2f} at p95 (at most 1 is wanted)")
        home = pathlib.Path(tempfile.mkdtemp())
        services = "".join(
            f"  s{n}: {{ baseUrl: 'http://127.0.0.1:9', auth: {{ type: bearer, key: 'bench://bench/{n}' }} }}\n"
            for n in range(SECRETS)
        )
        (home / "config.yaml").write_text(
            "providers:\n  bench:\n    type: aws-secrets-manager\n    region: us-east-1\n"
            f"    auth: {{ method: access-key, accessKeyId: {KEY}, secretAccessKey: {SECRET} }}\n"
            f"    cache: {{ ttlSeconds: 300 }}\nservices:\n{services}"
        )
        (home / "config.yaml").chmod(0o600)
        home.chmod(0o700)
        taken = [start(moto, janee, home) for _ in range(STARTS)]
        print(f"{SECRETS} secrets in the cache {statistics.median(taken):.0f} ms after the start of the server, at most"
              f" {max(taken):.0f} ms (at most 500 are wanted)")  # fmt: skip
    finally:
        moto.close()


if __name__ == "__main__":
    main()
