"""Reads of our double of Key Vault over TLS, beside those of Microsoft's SDK for Python on a connection that it keeps.

Run by scripts/bench. Everything is on 127.0.0.1. Arguments: the ProviderReads and the AzureDouble programs.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Tests" / "JaneeEndToEndTests"))

from azure.identity import ClientSecretCredential  # noqa: E402
from azure.keyvault.secrets import SecretClient  # noqa: E402
from support.azure import Azure  # noqa: E402

READS = 2000
ROUNDS = 5


def quantiles(values: list[float]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    return statistics.median(values), statistics.quantiles(values, n=20)[18]


def theirs(azure: Azure) -> list[float]:
    """Microseconds of each read by one client of the SDK."""
    os.environ["REQUESTS_CA_BUNDLE"] = azure.hello["ca_file"]
    credential = ClientSecretCredential(
        azure.hello["tenant"], azure.hello["client"], "daemon-app-secret",
        authority=azure.hello["directory"], disable_instance_discovery=True,
    )  # fmt: skip
    client = SecretClient(azure.hello["vault"], credential, api_version="7.4", verify_challenge_resource=False)
    taken = []
    for _ in range(READS + 200):
        began = time.perf_counter()
        client.get_secret("bench")
        taken.append((time.perf_counter() - began) * 1e6)
    return taken[200:]


def ours(azure: Azure, program: str) -> list[float]:
    """Microseconds of each read through Janee's pipeline."""
    hello = azure.hello
    command = [program, "azure", hello["vault"], hello["ca_file"], hello["directory"], "bench", str(READS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [int(line) for line in done.stdout.split()]


def main() -> None:
    reads, double = sys.argv[1:3]
    azure = Azure(pathlib.Path(double), pathlib.Path(tempfile.mkdtemp()))
    try:
        azure.do("put", name="bench", value="sk_bench_0123456789")
        ratios = []
        for number in range(ROUNDS):
            them, us = quantiles(theirs(azure)), quantiles(ours(azure, reads))
            ratios.append((us[0] / them[0], us[1] / them[1]))
            print(f"round {number + 1}: pipeline p50 {us[0]:.0f} us, p95 {us[1]:.0f} us;"
                  f" SDK p50 {them[0]:.0f} us, p95 {them[1]:.0f} us;"
                  f" ratio {ratios[-1][0]:.2f} and {ratios[-1][1]:.2f}", flush=True)  # fmt: skip
        p50, p95 = (statistics.median(ratio[index] for ratio in ratios) for index in (0, 1))
        print(f"a read beside the SDK's: {p50:.2f} at p50, {p95:.2f} at p95")
    finally:
        azure.close()


if __name__ == "__main__":
    main()
