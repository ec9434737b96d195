"""Many calls over the whole life of Vault's tokens: renewals, their bound, and a server that is sealed meanwhile."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from dataclasses import dataclass, field

import pytest

from support.config import one_api, service
from support.endurance import times
from support.leaks import plain_canary
from support.nginx import Nginx
from support.stdio import modern_meta
from support.vault import Vault

CALLS = times(1500, 100_000)
AT_ONCE = 32
LIFE, BOUND = times(4, 10), times(10, 30)
"""How many seconds a token is good, and for how many it can be renewed."""
SEALED = times(1, 5)
COOL_DOWN = 2.0
SLACK = 1.5
"""What a busy machine may take to notice that the server is back."""


@dataclass
class Load:
    """Calls by a client that has so many under way at a time."""

    process: subprocess.Popen
    sent: dict[int, float] = field(default_factory=dict)
    ended: list[tuple[float, float, str | None]] = field(default_factory=list)
    """When each call began and ended, and the code of its failure."""

    def __post_init__(self) -> None:
        self.turns = threading.Semaphore(AT_ONCE)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def call(self) -> None:
        """Begin one call as soon as there is room for it."""
        self.turns.acquire()
        number = len(self.sent)
        arguments = {"capability": "api", "method": "GET", "path": "/keyed"}
        params = {"name": "execute", "arguments": arguments, "_meta": modern_meta()}
        self.sent[number] = time.monotonic()
        line = json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params})
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def wait(self) -> None:
        """Wait for the calls under way."""
        for _ in range(AT_ONCE):
            assert self.turns.acquire(timeout=60)

    def _read(self) -> None:
        for line in self.process.stdout:
            message = json.loads(line)
            if "id" not in message:
                continue
            self.ended.append((self.sent[message["id"]], time.monotonic(), self._code(message)))
            self.turns.release()

    @staticmethod
    def _code(message: dict) -> str | None:
        result = message["result"]
        text = result["content"][0]["text"]
        if result.get("isError"):
            return next((word for word in text.replace('"', " ").replace(":", " ").split() if word.startswith("PROVIDER_")), text)
        return None if '"statusCode":200' in text.replace(" ", "") or "the key came" in text else text


@pytest.fixture
def key() -> str:
    return plain_canary()


def test_only_the_time_of_the_outage_fails(home, binary, tmp_path, key):
    vault = Vault(binary.parent / "VaultDouble", tmp_path / "vault")
    location = f'location = /keyed {{ if ($http_authorization != "Bearer {key}") {{ return 401; }} return 200 "the key came"; }}'
    nginx = Nginx(tmp_path / "nginx", location)
    try:
        auth = vault.prepare(token_ttl=f"{LIFE}s", token_max_ttl=f"{BOUND}s")
        vault.put("mcp/agents/stripe", **{"api-key": key})
        config = one_api(nginx.base_url)
        config["services"]["api"] = service(nginx.base_url, "prodVault://mcp/agents/stripe/api-key")
        provider = vault.provider(auth, circuitBreaker={"cooldownMs": int(COOL_DOWN * 1000)})
        home.configure({"providers": {"prodVault": provider}, **config})
        with subprocess.Popen(
            home.server_command(), env=home.server_environment(), cwd=home.root, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            load = Load(process)
            begin = time.monotonic()
            sealed = unsealed = None
            renewals_before = None
            while len(load.sent) < CALLS or time.monotonic() - begin < 2 * BOUND:
                load.call()
                if len(load.sent) >= CALLS:
                    time.sleep(0.01)
                if sealed is None and len(load.sent) > CALLS // 3:
                    # Right after a renewal, so that the token lives longer than the outage.
                    renewals = vault.counters().get("renewals", 0)
                    renewals_before = renewals if renewals_before is None else renewals_before
                    if renewals > renewals_before:
                        sealed = time.monotonic()
                        vault.do("seal")
                if sealed is not None and unsealed is None and time.monotonic() - sealed > SEALED:
                    vault.do("unseal")
                    unsealed = time.monotonic()
            load.wait()
            process.stdin.close()
            assert process.wait(30) == 0
        counted = vault.counters()
        assert sealed is not None and unsealed is not None
        assert len(load.ended) == len(load.sent) >= CALLS
        failures = [(began, ended, code) for began, ended, code in load.ended if code is not None]
        assert failures and {code for _, _, code in failures} == {"PROVIDER_UNAVAILABLE"}
        for began, ended, _ in failures:
            assert ended > sealed and began < unsealed + COOL_DOWN + SLACK, (began - sealed, ended - unsealed)
        # What is asked again and again costs one request at most, and often a shared one.
        assert counted["reads"] <= len(load.ended)
        assert counted["renewals"] >= 2
        assert 2 <= counted["logins"] <= 2 + (time.monotonic() - begin) / (BOUND / 2)
        assert counted["revocations"] >= 1
        print(f"\n{len(load.ended)} calls in {time.monotonic() - begin:.0f} s, {len(failures)} failed in the outage; {counted}")
    finally:
        nginx.close()
        vault.close()
