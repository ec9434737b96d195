"""Azure Key Vault through the built binary: real TLS, and doubles that check every token and every login."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from support.aws import AWS
from support.aws import provider as aws_provider
from support.azure import MANAGED, Azure
from support.config import capability, one_api, service
from support.home import JaneeHome
from support.leaks import LeakDetector, plain_canary
from support.vault import Vault

REFERENCE = "azureProd://github-token"


@pytest.fixture
def azure(binary, tmp_path):
    """Doubles of one's own."""
    doubles = Azure(binary.parent / "AzureDouble", tmp_path / "azure")
    yield doubles
    doubles.close()


@pytest.fixture
def key(azure) -> str:
    """A key in the vault."""
    value = plain_canary()
    azure.do("put", name="github-token", value=value)
    return value


def configure(home: JaneeHome, base_url: str, settings: dict[str, Any], reference: Any = REFERENCE, **rest: Any) -> None:
    """One service whose key is in Azure."""
    config = one_api(base_url)
    config["services"]["api"] = service(base_url, reference)
    home.configure({"providers": {"azureProd": settings}, **rest, **config})


def bearer(upstream) -> str | None:
    """What the upstream got last."""
    return upstream.requests[-1].header("authorization")


class TestServing:
    def test_a_managed_identity(self, home, upstream, azure, key):
        configure(home, upstream.base_url, azure.provider())
        server = home.serve(**azure.environment)
        for _ in range(3):
            assert not server.execute(path="/x").is_error
        assert bearer(upstream) == f"Bearer {key}"
        server.wait_for_stderr("has the token of the managed identity of the machine (IMDS)")
        assert len(azure.do("requests")["platform"]) == 1
        assert server.stop() == 0
        LeakDetector(key).check(answers=server.stdout, stderr=server.stderr)

    def test_a_service_principal_with_a_secret(self, home, azure, key):
        configure(home, "http://127.0.0.1:9", azure.provider(azure.principal()))
        assert home.reveal(REFERENCE, home.environment(**azure.environment)) == key

    def test_a_workload_identity(self, home, azure, key, tmp_path):
        token = tmp_path / "token"
        token.write_text("cluster.token\n")
        azure.do("federated", value="cluster.token")
        configure(home, "http://127.0.0.1:9", azure.provider({"method": "workload-identity"}))
        pod = {
            "AZURE_FEDERATED_TOKEN_FILE": str(token), "AZURE_TENANT_ID": azure.hello["tenant"],
            "AZURE_CLIENT_ID": azure.hello["client"],
        }  # fmt: skip
        assert home.reveal(REFERENCE, home.environment(**azure.environment, **pod)) == key

    def test_an_assertion_that_another_library_accepts(self, home, azure, key, tmp_path):
        certificate = tmp_path / "app.pem"
        certificate.write_text(azure.hello["certificate"] + "\n" + azure.hello["key"] + "\n")
        certificate.chmod(0o600)
        auth = azure.application(certificate)
        configure(home, "http://127.0.0.1:9", azure.provider(auth))
        assert home.reveal(REFERENCE, home.environment(**azure.environment)) == key
        form = azure.do("requests")["form"]
        header, claims, signature = (
            base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in form["client_assertion"].split(".")
        )
        parsed = x509.load_pem_x509_certificate(azure.hello["certificate"].encode())
        parsed.public_key().verify(
            signature,
            form["client_assertion"].rsplit(".", 1)[0].encode(),
            padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32),
            hashes.SHA256(),
        )
        thumbprint = hashlib.sha256(parsed.public_bytes(serialization.Encoding.DER)).digest()
        assert json.loads(header) == {
            "alg": "PS256", "typ": "JWT", "x5t#S256": base64.urlsafe_b64encode(thumbprint).decode().rstrip("="),
        }  # fmt: skip
        said = json.loads(claims)
        assert said["iss"] == said["sub"] == azure.hello["client"]
        assert said["aud"] == f"{azure.hello['directory']}/{azure.hello['tenant']}/oauth2/v2.0/token"
        assert said["nbf"] <= time.time() < said["exp"] <= said["nbf"] + 600

    def test_names_fields_and_versions(self, home, upstream, azure):
        first = azure.do("put", name="team--api", value="first")["version"]
        azure.do("put", name="team--api", value=json.dumps({"deep": ["x", {"k": "second"}]}))
        for reference, value in [
            ({"path": "team/api", "field": "/deep/1/k"}, "second"), ({"path": "team/api", "version": first}, "first"),
        ]:  # fmt: skip
            configure(
                home, upstream.base_url, azure.provider(pathSeparator="--"), {"provider": "azureProd", **reference}
            )
            server = home.serve(**azure.environment)
            assert not server.execute(path="/x").is_error
            assert bearer(upstream) == f"Bearer {value}"
        configure(home, "http://127.0.0.1:9", azure.provider(), "azureProd://team/api")
        assert "pathSeparator" in (done := home.run("config", "validate").expect(1)).output + done.errors

    def test_throttled_reads_are_repeated(self, home, upstream, azure, key):
        azure.do("throttle", header="x-ms-retry-after-ms", value="50", count=2)
        configure(home, upstream.base_url, azure.provider())
        server = home.serve(**azure.environment)
        assert not server.execute(path="/x").is_error

    def test_health_and_a_disabled_secret_at_the_start(self, home, upstream, azure, key):
        azure.do("put", name="off", value="x", enabled=False)
        configure(home, upstream.base_url, azure.provider(), "azureProd://off")
        server = home.serve(**azure.environment)
        server.wait_for_stderr("service 'api' cannot have its secret from provider 'azureProd': PROVIDER_PERMISSION_DENIED")
        assert home.run("provider", "health", env=home.environment(**azure.environment)).expect(0)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com", "http://example.vault.azure.net", "https://example.vault.azure.net:8443",
        "https://example.vault.azure.net.evil.example", "https://example.managedhsm.azure.net", "https://10.0.0.1",
    ],
)  # fmt: skip
def test_other_hosts_get_no_token(home, azure, address):
    configure(home, "http://127.0.0.1:9", {**azure.provider(), "vaultUrl": address})
    done = home.run("config", "validate").expect(1)
    assert "vaultUrl" in done.output + done.errors


def test_nothing_leaks(home, upstream, azure, tmp_path):
    """A client secret, a token of a cluster, an access token and a key, each where something fails."""
    value = plain_canary()
    secret, federated = plain_canary(), plain_canary()
    azure.do("put", name="github-token", value=value)
    azure.do("secret", value=secret)
    token, pem = tmp_path / "token", tmp_path / "app.pem"
    token.write_text(federated)
    pem.write_text(azure.hello["certificate"] + "\n" + azure.hello["key"] + "\n")
    key_line = azure.hello["key"].split("\n")[5]
    pod = {"AZURE_FEDERATED_TOKEN_FILE": str(token), "AZURE_TENANT_ID": azure.hello["tenant"], "AZURE_CLIENT_ID": azure.hello["client"]}  # fmt: skip
    quoting = f"{secret} {federated} {value}"
    scenes: list[tuple[dict[str, Any], dict[str, str], dict[str, Any] | None]] = [
        (azure.principal(secret), {}, None),
        (azure.principal(secret), {}, {"do": "forbid", "inner": "ForbiddenByRbac", "message": quoting}),
        (azure.principal(secret), {}, {"do": "challenge", "value": f'Bearer resource="{quoting}"'}),
        (azure.principal(secret), {}, {"do": "html", "canary": quoting}),
        (azure.principal(secret), {}, {"do": "refuse", "error": quoting, "number": 7000215}),
        (azure.principal(federated), {}, None),
        (azure.application(pem), {}, None),
        (azure.application(token), {}, None),
        ({"method": "workload-identity"}, pod, None),
        ({"method": "workload-identity"}, {**pod, "AZURE_TENANT_ID": secret + "/x"}, None),
        (MANAGED, {"AZURE_POD_IDENTITY_AUTHORITY_HOST": f"http://{secret}/"}, None),
        (MANAGED, {"IDENTITY_ENDPOINT": azure.hello["platform"] + "/msi/token", "IDENTITY_HEADER": secret}, None),
    ]
    detectors = [LeakDetector(text) for text in (value, secret, federated, key_line)]
    for auth, environment, fault in scenes:
        azure.do("clear")
        if fault:
            azure.do(fault.pop("do"), **fault)
        configure(home, upstream.base_url, azure.provider(auth))
        everything = home.environment(**{**azure.environment, **environment})
        outputs = {}
        for arguments in (
            ("secret", "get", REFERENCE), ("secret", "get", REFERENCE, "--json"), ("provider", "test", "azureProd", "--read"),
            ("provider", "health", "--json"),
        ):  # fmt: skip
            done = home.run(*arguments, env=everything)
            outputs[" ".join(arguments)] = done.stdout + done.stderr
        server = home.serve(arguments=("--log-level", "debug"), **{**azure.environment, **environment})
        try:
            server.execute(path="/x")
        except Exception:  # noqa: BLE001 - a server that does not start is looked at as well
            pass
        server.dispose()
        outputs["serve"] = bytes(server.stdout) + bytes(server.stderr)
        for detector in detectors:
            detector.check(**outputs)


def test_a_mix_of_providers_one_of_them_down(home, upstream, azure, key, binary, tmp_path):
    """Services on Vault, AWS, Azure and this machine at once: what fails is what the broken one serves, and nothing else."""
    vault, aws = Vault(binary.parent / "VaultDouble", tmp_path / "vault"), AWS(binary.parent / "AWSDouble")
    try:
        auth = vault.prepare()
        vault.put("mcp/agents/stripe", **{"api-key": "of-vault-0123456789"})
        aws.do("put", name="prod/token", string="of-aws-0123456789")
        aws.issue()
        home.set_secret("local-key", "of-this-machine-0123456789")
        references = {
            "vault": "prodVault://mcp/agents/stripe/api-key", "aws": "awsProd://prod/token", "azure": REFERENCE,
            "local": "local-key",
        }  # fmt: skip
        values = {
            "vault": "of-vault-0123456789", "aws": "of-aws-0123456789", "azure": key, "local": "of-this-machine-0123456789",
        }  # fmt: skip
        home.configure(
            {
                "providers": {
                    "prodVault": vault.provider(auth), "awsProd": aws_provider(),
                    "azureProd": azure.provider(retry={"maxAttempts": 1}),
                },
                "services": {name: service(upstream.base_url, reference) for name, reference in references.items()},
                "capabilities": {name: capability(name) for name in references},
            }
        )
        server = home.serve(**azure.environment, **aws.environment)
        for name, value in values.items():
            assert not server.execute(capability=name, path="/x").is_error, name
            assert bearer(upstream) == f"Bearer {value}"
        azure.close()
        for name, value in values.items():
            result = server.execute(capability=name, path="/x")
            if name == "azure":
                assert result.is_error and "PROVIDER_UNAVAILABLE" in result.text
            else:
                assert not result.is_error
                assert bearer(upstream) == f"Bearer {value}"
    finally:
        vault.close()
        aws.close()
