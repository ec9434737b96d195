"""The metrics: what an independent parser of Prometheus' format makes of them, and what must not be in them."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import subprocess

import pytest
from prometheus_client.parser import text_string_to_metric_families

from support.config import capability, one_api, rules, service
from support.leaks import LeakDetector, plain_canary
from support.stdio import StdioServer


class Monitoring:
    """What a running server shows."""

    def __init__(self, server: StdioServer) -> None:
        server.wait_for_stderr("/metrics")
        found = re.search(rb"metrics are at http://([^/]+)/metrics", server.stderr)
        assert found, server.stderr
        self.authority = found[1].decode()

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
        """Status, headers with lower-case names, and body."""
        connection = http.client.HTTPConnection(self.authority, timeout=30)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

    @property
    def text(self) -> str:
        """The exposition."""
        status, headers, body = self.get("/metrics")
        assert status == 200
        assert headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        return body

    @property
    def samples(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        """All samples by name and labels, as the parser reads them."""
        found = {}
        for family in text_string_to_metric_families(self.text):
            assert family.documentation, family.name
            for sample in family.samples:
                key = (sample.name, frozenset(sample.labels.items()))
                assert key not in found, f"twice: {key}"
                found[key] = sample.value
        return found

    def value(self, name: str, **labels: str) -> float | None:
        """One sample."""
        return self.samples.get((name, frozenset(labels.items())))


ODD_SERVICE = 'odd "name" \\n {le="1"} é'


@pytest.fixture
def served(home, upstream):
    """A running server with metrics, two services and three capabilities."""
    config = one_api(upstream.base_url, rules=rules(allow=["GET *"]))
    config["services"][ODD_SERVICE] = service(upstream.base_url, "local://secret-path-canary/key")
    config["capabilities"]["odd"] = capability(ODD_SERVICE)
    home.configure(config)
    server = home.serve(arguments=("--metrics", "127.0.0.1:0"))
    return server, Monitoring(server)


def test_calls_denials_reads_and_records_are_counted(served, api_key):
    server, monitoring = served
    for _ in range(3):
        assert not server.execute(path="/x").is_error
    assert server.execute("POST", path="/secret-path-canary").is_error
    assert server.execute(capability="none", path="/x").is_error
    assert server.execute(capability="odd", path="/x").is_error
    value = monitoring.value
    assert value("janee_calls_total", service="api", outcome="2xx") == 3
    assert value("janee_calls_total", service="api", outcome="denied") == 1
    assert value("janee_calls_total", service="", outcome="denied") == 1
    assert value("janee_calls_total", service=ODD_SERVICE, outcome="secret_not_found") == 1
    assert value("janee_denials_total", service="api", reason="rule_deny") == 1
    assert value("janee_upstream_duration_seconds_count", service="api") == 3
    assert value("janee_audit_writes_total", result="written") == 10
    assert value("janee_secret_accesses_total", provider="local", service="api", outcome="success") == 3
    assert value("janee_secret_accesses_total", provider="local", service=ODD_SERVICE, outcome="secret_not_found") == 1
    read = {"provider": "local", "type": "filesystem", "operation": "read"}
    assert value("janee_provider_requests_total", **read, outcome="success") == 3
    assert value("janee_provider_request_duration_seconds_count", **read) == 4
    assert value("janee_provider_up", provider="local", type="filesystem") == 1
    text = monitoring.text
    assert "canary" not in text and "/x" not in text
    LeakDetector(api_key).check(metrics=text.encode())
    assert LeakDetector(api_key).find(text.encode() + api_key.encode())
    assert server.stop() == 0
    server.assert_clean_stdout()


def test_histograms_add_up(served):
    server, monitoring = served
    for _ in range(5):
        server.execute(path="/x")
    buckets = {
        float(dict(labels)["le"]): value
        for (name, labels), value in monitoring.samples.items()
        if name == "janee_upstream_duration_seconds_bucket"
    }
    counts = [buckets[bound] for bound in sorted(buckets)]
    assert counts == sorted(counts) and counts[-1] == 5 and max(buckets) == float("inf")
    assert monitoring.value("janee_upstream_duration_seconds_sum", service="api") > 0


def test_health_and_readiness(served):
    _, monitoring = served
    for path in ("/health", "/ready"):
        status, headers, body = monitoring.get(path)
        assert status == 200 and headers["content-type"] == "application/json" and headers["cache-control"] == "no-store"
        answer = json.loads(body)
        assert answer["status"] == "ok"
        assert answer["providers"] == [{"name": "local", "type": "filesystem", "up": True}]


def test_a_provider_that_is_down_degrades_and_alone_makes_unready(home, upstream, tmp_path):
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\nexit 9\n")
    tool.chmod(0o700)
    providers = {"tool": {"type": "exec", "command": str(tool), "protocol": "json-lines", "retry": {"maxAttempts": 1}}}
    only = {"services": {"t": service(upstream.base_url, "tool://k")}, "capabilities": {"t": capability("t")}}
    home.configure({"providers": providers, **only})
    alone = Monitoring(home.serve(arguments=("--metrics", "127.0.0.1:0")))
    assert alone.get("/ready")[0] == 503
    assert json.loads(alone.get("/ready")[2])["status"] == "unavailable"
    assert alone.get("/health")[0] == 200
    both = one_api(upstream.base_url)
    home.configure(
        {
            "providers": providers,
            "services": {**both["services"], **only["services"]},
            "capabilities": {**both["capabilities"], **only["capabilities"]},
        }
    )
    degraded = Monitoring(home.serve(arguments=("--metrics", "localhost:0")))
    status, _, body = degraded.get("/ready")
    assert status == 200 and json.loads(body)["status"] == "degraded"
    assert degraded.value("janee_provider_up", provider="tool", type="exec") == 0


def test_only_names_of_this_machine_and_only_reading(served):
    _, monitoring = served
    port = monitoring.authority.rsplit(":", 1)[1]
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}", "127.0.0.1"):
        assert monitoring.get("/metrics", Host=host)[0] == 200, host
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "10.0.0.1", "[::]"):
        assert monitoring.get("/metrics", Host=host)[0] == 403, host
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert monitoring.get("/metrics", method)[0] == 405
    assert monitoring.get("/metrics", "HEAD")[0] == 200
    connection = http.client.HTTPConnection(monitoring.authority, timeout=30)
    for method in ("HEAD", "GET"):
        # A body after HEAD would be read as the next answer.
        connection.request(method, "/health")
        answer = connection.getresponse()
        assert answer.status == 200 and bool(answer.read()) == (method == "GET")
    connection.close()
    for path in ("/", "/metrics/", "/health/x", "/mcp", "/%6detrics"):
        assert monitoring.get(path)[0] == 404
    assert monitoring.get("/metrics?name=x")[0] == 200


@pytest.mark.parametrize("address", ["0.0.0.0:0", "10.0.0.1:9464", "9464", "localhost", "[::]:0", "example.com:80"])
def test_listens_on_this_machine_only(home, upstream, address):
    home.configure(one_api(upstream.base_url))
    done = home.run("serve", "--metrics", address).expect(1)
    assert "--metrics" in done.errors and address not in done.errors.replace("127.0.0.1:9464", "")


def test_a_port_that_is_taken_is_an_error(home, served):
    _, monitoring = served
    done = home.run("serve", "--metrics", monitoring.authority).expect(1)
    assert monitoring.authority in done.errors


def test_many_scrapers_do_not_disturb_calls(served):
    server, monitoring = served
    connections = [http.client.HTTPConnection(monitoring.authority, timeout=30) for _ in range(40)]
    for connection in connections:
        connection.connect()
    assert not server.execute(path="/x").is_error
    for connection in connections:
        connection.close()
    assert monitoring.value("janee_calls_total", service="api", outcome="2xx") == 1


def test_a_key_in_a_name_is_not_shown(home, upstream):
    canary = "sk_live_" + plain_canary().replace("-", "")[:24]
    config = one_api(upstream.base_url)
    config["services"][canary] = service(upstream.base_url)
    config["capabilities"]["odd"] = capability(canary)
    home.configure(config)
    server = home.serve(arguments=("--metrics", "127.0.0.1:0"))
    monitoring = Monitoring(server)
    server.execute(capability="odd", path="/x")
    assert canary not in monitoring.text


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")
def test_promtool_finds_nothing(served):
    server, monitoring = served
    server.execute(path="/x")
    done = subprocess.run(["promtool", "check", "metrics"], input=monitoring.text.encode(), capture_output=True)
    assert done.returncode == 0 and not done.stderr, done.stderr.decode()
