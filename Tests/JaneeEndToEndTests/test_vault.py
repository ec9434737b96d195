"""HashiCorp Vault through the built binary: real TLS, real clients, a double that answers as recorded."""

from __future__ import annotations

import base64
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from support.config import one_api, service
from support.home import JaneeHome
from support.leaks import LeakDetector, plain_canary
from support.vault import Vault

PAGE_CANARY = plain_canary()
REFERENCE = "prodVault://mcp/agents/stripe/api-key"


@pytest.fixture
def vault(binary, tmp_path):
    """A server of one's own."""
    server = Vault(binary.parent / "VaultDouble", tmp_path / "vault")
    yield server
    server.close()


@pytest.fixture
def key(vault) -> str:
    """A key, stored as the migration guide writes it."""
    value = plain_canary()
    vault.auth = vault.prepare()
    vault.put("mcp/agents/stripe", **{"api-key": value})
    return value


def configure(home: JaneeHome, base_url: str, provider: dict[str, Any], reference: Any = REFERENCE, **rest: Any) -> None:
    """One service whose key is in Vault."""
    config = one_api(base_url)
    config["services"]["api"] = service(base_url, reference)
    home.configure({"providers": {"prodVault": provider}, **rest, **config})


def bearer(upstream) -> str | None:
    """What the upstream got last."""
    return upstream.requests[-1].header("authorization")


class TestServing:
    def test_a_key_as_the_migration_guide_writes_it(self, home, upstream, vault, key):
        configure(home, upstream.base_url, vault.provider(vault.auth))
        server = home.serve()
        for _ in range(5):
            assert not server.execute(path="/x").is_error
        assert bearer(upstream) == f"Bearer {key}"
        counted = vault.counters()
        # One login, one request for each secret; what was logged in for is given back at the end.
        assert counted["logins"] == 1 and counted["reads"] == 5
        assert server.stop() == 0
        assert vault.counters()["revocations"] == 1
        LeakDetector(key).check(answers=server.stdout, stderr=server.stderr)

    def test_the_access_log_names_the_layout(self, home, upstream, vault, key):
        vault.put("mcp/whole", value=key)
        configure(home, upstream.base_url, vault.provider(vault.auth))
        assert home.reveal(REFERENCE) == key
        assert home.reveal("prodVault://mcp/whole") == key
        lines = [json.loads(line) for file in sorted((home.path / "access").iterdir()) for line in file.open()]
        assert [line["layout"] for line in lines] == ["field", "secret"]
        assert all(line["provider"] == "prodVault" and line["success"] for line in lines)

    def test_field_and_version_of_the_structured_form(self, home, upstream, vault, key):
        vault.put("mcp/agents/stripe", **{"api-key": "second", "other": {"a": [1]}})
        first = {"provider": "prodVault", "path": "mcp/agents/stripe", "field": "api-key", "version": 1}
        configure(home, upstream.base_url, vault.provider(vault.auth), first)
        server = home.serve()
        assert not server.execute(path="/x").is_error
        assert bearer(upstream) == f"Bearer {key}"

    def test_openbao_is_the_same(self, home, upstream, vault, key):
        vault.fault("openBaoTexts")
        configure(home, upstream.base_url, {**vault.provider(vault.auth), "type": "openbao"})
        server = home.serve()
        assert not server.execute(path="/x").is_error
        assert bearer(upstream) == f"Bearer {key}"

    def test_an_agent_behind_a_socket(self, home, upstream, vault, key):
        token = vault.token(policies=["janee"])
        provider = {"type": "hashicorp-vault", "address": f"unix://{vault.hello['socket']}",
                    "auth": {"method": "token", "token": token}}  # fmt: skip
        configure(home, upstream.base_url, provider)
        server = home.serve()
        assert not server.execute(path="/x").is_error
        assert bearer(upstream) == f"Bearer {key}"

    def test_every_request_has_the_header_that_agents_demand(self, home, upstream, vault, key):
        vault.do("set", name="requireRequestHeader", value=True)
        configure(home, upstream.base_url, vault.provider(vault.auth))
        assert home.reveal(REFERENCE) == key
        assert home.run("provider", "health", "prodVault", "--json").expect(0).json

    def test_two_servers_over_one_home(self, home, upstream, vault, key):
        configure(home, upstream.base_url, vault.provider(vault.auth))
        servers = [home.serve(), home.serve()]
        for server in servers:
            assert not server.execute(path="/x").is_error
        servers[0].process.kill()
        servers[0].process.wait()
        assert not servers[1].execute(path="/x").is_error
        assert vault.counters()["logins"] == 2


class TestFailures:
    FAULTS = {
        "sealed": ("seal", None, "PROVIDER_UNAVAILABLE"),
        "a redirect": ("standby307", None, "PROVIDER_UNAVAILABLE"),
        "a replica that is behind": ("replica412", None, "PROVIDER_UNAVAILABLE"),
        "a rate limit": ("rateLimited429", {"retry_after": 3600}, "PROVIDER_RATE_LIMITED"),
        "a page of a proxy": ("html200", {"canary": PAGE_CANARY}, "PROVIDER_INTERNAL_ERROR"),
        "a disaster recovery secondary": ("drSecondary472", None, "PROVIDER_UNAVAILABLE"),
        "a performance standby": ("perfStandby473", None, "PROVIDER_UNAVAILABLE"),
        "a failure": ("badGateway502", None, "PROVIDER_UNAVAILABLE"),
        "a locked namespace": ("namespaceLocked503", None, "PROVIDER_UNAVAILABLE"),
        "garbage": ("garbage", None, "PROVIDER_INTERNAL_ERROR"),
        "too much": ("huge", None, "PROVIDER_INTERNAL_ERROR"),
        "an end in between": ("truncated", None, "PROVIDER_UNAVAILABLE"),
        "no answer": ("closeConnection", None, "PROVIDER_UNAVAILABLE"),
    }

    @pytest.mark.parametrize(("fault", "details", "code"), FAULTS.values(), ids=FAULTS.keys())
    def test_each_has_its_code_and_leaks_nothing(self, home, upstream, vault, key, fault, details, code):
        secrets = [key, *vault.issued[1:], PAGE_CANARY]
        configure(home, upstream.base_url, vault.provider(vault.auth, timeoutMs=2000, operationTimeoutMs=4000))
        server = home.serve()
        assert not server.execute(path="/x").is_error
        if fault == "seal":
            vault.do("seal")
        else:
            vault.fault(fault, prefix="/v1/secret", **(details or {}))
        result = server.execute(path="/x")
        assert result.is_error and code in result.text, result.text
        shown = {
            name: home.run(*command.split())
            for name, command in {
                "get": f"secret get {REFERENCE} --reveal", "health": "provider health prodVault --json",
                "test": "provider test prodVault --json",
            }.items()
        }  # fmt: skip
        vault.do("unseal") if fault == "seal" else vault.do("clear")
        assert server.stop() == 0
        files = {str(file): file.read_bytes() for file in home.path.rglob("*") if file.is_file() and file.name != "config.yaml"}
        for secret in secrets:
            LeakDetector(secret).check(
                answers=server.stdout,
                stderr=server.stderr,
                **{name: done.stdout + done.stderr for name, done in shown.items()},
                **files,
            )

    def test_a_planted_leak_is_found(self, home, upstream, vault, key):
        configure(home, upstream.base_url, vault.provider(vault.auth))
        with pytest.raises(AssertionError):
            LeakDetector(key).check(reveal=home.reveal(REFERENCE).encode())

    def test_a_refused_login_ends_the_start(self, home, upstream, vault, key):
        configure(home, upstream.base_url, vault.provider({**vault.auth, "secretId": plain_canary()}))
        done = home.run("serve")
        assert done.code == 1
        assert "PROVIDER_AUTH_FAILED" in done.errors and "approle" in done.errors

    def test_a_server_that_is_down_lets_the_others_work(self, home, upstream, vault, key):
        provider = vault.provider(vault.auth, retry={"maxAttempts": 1})
        vault.do("seal")
        config = one_api(upstream.base_url)
        config["services"]["api"] = service(upstream.base_url, REFERENCE)
        config["services"]["other"] = service(upstream.base_url, "api-key")
        config["capabilities"]["other"] = {**config["capabilities"]["api"], "service": "other"}
        home.configure({"providers": {"prodVault": provider}, **config})
        server = home.serve()
        failed = server.execute(path="/x")
        assert failed.is_error and "PROVIDER_UNAVAILABLE" in failed.text
        assert not server.execute(path="/x", capability="other").is_error
        vault.do("unseal")
        deadline = time.monotonic() + 60
        while server.execute(path="/x").is_error:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert bearer(upstream) == f"Bearer {key}"

    def test_a_certificate_that_nobody_vouches_for(self, home, upstream, vault, key):
        provider = vault.provider(vault.auth)
        del provider["tls"]
        configure(home, upstream.base_url, provider)
        done = home.run("secret", "get", REFERENCE)
        assert done.code == 1 and "PROVIDER_CONFIG_INVALID" in done.errors
        assert "tls.caFile" in done.errors or "certificate" in done.errors

    def test_what_is_not_there_says_why(self, home, upstream, vault, key):
        configure(home, upstream.base_url, vault.provider(vault.auth))
        vault.put("mcp/gone", value="x")
        vault.api("DELETE", "secret/data/mcp/gone")
        for path, words in {
            "mcp/agents/nothing": "no such secret",
            "mcp/agents/stripe/nothing": "the secret exists, the field does not",
            "mcp/gone": "deleted at",
            "secret/mcp/agents/stripe": "leave it out",
        }.items():
            done = home.run("secret", "get", f"prodVault://{path}", "--json")
            assert done.code == 1
            assert words in done.output + done.errors, (path, done.output, done.errors)

    def test_loopback_is_for_development(self, home, upstream, vault, key):
        configure(home, upstream.base_url, vault.provider(vault.auth), security={"devMode": False})
        done = home.run("serve")
        assert done.code == 1 and "devMode" in done.errors
        configure(home, upstream.base_url, vault.provider(vault.auth))
        server = home.serve()
        server.wait_for_stderr("development")

    def test_a_denied_reference_is_a_warning_at_start(self, home, upstream, vault, key):
        configure(home, upstream.base_url, vault.provider(vault.auth), "prodVault://elsewhere/key")
        server = home.serve()
        server.wait_for_stderr("PROVIDER_PERMISSION_DENIED")
        assert vault.counters()["reads"] == 0


class TestLogins:
    def test_a_wrapped_secret_id_is_opened_once(self, home, upstream, vault, key, tmp_path):
        file = tmp_path / "wrapped"
        file.write_text(vault.wrapped_secret_id() + "\n")
        file.chmod(0o600)
        auth = {**vault.auth, "secretId": f"${{file:{file}}}", "wrapping": {"role": "janee"}}
        configure(home, upstream.base_url, vault.provider(auth))
        assert home.reveal(REFERENCE) == key
        # The next process finds it spent, and says so loudly.
        done = home.run("serve")
        assert done.code == 1
        assert "SECURITY" in done.errors and "opened already" in done.errors
        file.write_text(vault.api("POST", "auth/token/create", {"policies": ["janee"]},
                                  headers={"X-Vault-Wrap-TTL": "60s"})["wrap_info"]["token"])  # fmt: skip
        done = home.run("serve")
        assert done.code == 1
        assert "SECURITY" in done.errors and "put another in its place" in done.errors

    def test_a_token_file_is_read_anew(self, home, upstream, vault, key, tmp_path):
        file = tmp_path / "token"
        file.write_text(vault.token(policies=["janee"]))
        file.chmod(0o600)
        configure(home, upstream.base_url, vault.provider({"method": "token", "token": f"${{file:{file}}}"}))
        server = home.serve()
        assert not server.execute(path="/x").is_error
        vault.api("POST", "auth/token/revoke-self", token=file.read_text())
        file.write_text(vault.token(policies=["janee"]))
        assert not server.execute(path="/x").is_error
        token = file.read_text()
        assert server.stop() == 0
        # A token that somebody else made is left alone.
        vault.api("GET", "auth/token/lookup-self", token=token)


class TestBootstrap:
    def test_the_key_of_the_local_store_comes_from_vault(self, home, upstream, vault, key, api_key):
        master = base64.b64encode(os.urandom(32)).decode()
        vault.put("mcp/janee", **{"master-key": master})
        vault.issued.append(master)
        config = one_api(upstream.base_url)
        home.configure({
            "providers": {"prodVault": vault.provider(vault.auth)},
            "security": {"masterKey": "prodVault://mcp/janee/master-key"},
            **config,
        })  # fmt: skip
        (home.path / "master.key").unlink()
        for file in home.credentials.iterdir():
            file.unlink()
        home.set_secret("api-key", key)
        # The command gives its login back.
        assert vault.counters()["logins"] == vault.counters()["revocations"] == 1
        server = home.serve()
        assert not server.execute(path="/x").is_error
        assert bearer(upstream) == f"Bearer {key}"
        assert home.run("config", "validate").expect(0)
        assert server.stop() == 0
        LeakDetector(master).check(answers=server.stdout, stderr=server.stderr)
        # Without Vault, the store is closed.
        vault.do("seal")
        done = home.run("secret", "get", "api-key", "--json")
        assert done.code == 1 and "PROVIDER_UNAVAILABLE" in done.output + done.errors


def test_the_programs_of_the_double_end_with_it(vault):
    path = Path(f"/proc/{vault.process.pid}")
    vault.close()
    assert not path.exists()
