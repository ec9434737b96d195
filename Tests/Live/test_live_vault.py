"""The Vault provider against a real server: what is read, how Janee logs in, and what becomes of its tokens.

Run by `scripts/test-live-vault`. Nothing here depends on the version of the server or on which of Vault and OpenBao it
is: what a server does not have is skipped.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from pathlib import Path
from typing import Any

import pytest

from live.credentials import ClientCertificate, Issuer
from live.janee import Janee
from live.kubernetes import TokenReviews
from live.ldap import Directory
from live.server import AppRole, Server, Site
from support.aws import Moto, access_key


def value() -> str:
    """A secret that is not like any other."""
    return "live-" + secrets.token_hex(16)


@pytest.fixture
def path() -> str:
    """A path that no other test uses."""
    return f"mcp/{secrets.token_hex(6)}"


@pytest.fixture(scope="session")
def role(site: Site, reader: str) -> AppRole:
    """A role that may read."""
    return site.approle(reader, token_ttl="300s")


@pytest.fixture
def ready(janee: Janee, kv: str, role: AppRole) -> Janee:
    """A home that logs in with the role."""
    janee.configure(kv, janee.approle(role))
    return janee


class TestSecretsOfVersionTwo:
    def test_the_last_part_of_a_path_is_a_field(self, ready, site, kv, path):
        key = value()
        site.put(kv, path, **{"api-key": key, "other": value()})
        assert ready.get(f"{path}/api-key") == key

    def test_a_path_is_a_whole_secret(self, ready, site, kv, path):
        key, only = value(), value()
        site.put(kv, path, value=key, other=value())
        site.put(kv, f"{path}-only", token=only)
        assert (ready.get(path), ready.get(f"{path}-only")) == (key, only)

    def test_the_field_wins_over_the_secret_of_the_same_name(self, ready, site, kv, path):
        key = value()
        site.put(kv, path, both=key)
        site.put(kv, f"{path}/both", value=value())
        assert ready.get(f"{path}/both") == key

    def test_one_layout_only(self, janee, site, kv, role, path):
        field, whole = value(), value()
        site.put(kv, path, both=field)
        site.put(kv, f"{path}/both", value=whole)
        for layout, expected in (("field", field), ("secret", whole)):
            janee.configure(kv, janee.approle(role), layout=layout)
            assert janee.get(f"{path}/both") == expected
        janee.configure(kv, janee.approle(role), layout="secret")
        site.put(kv, f"{path}/none", a="1", b="2")
        failure = janee.failure(f"{path}/none")
        assert failure["code"] == "SECRET_NOT_FOUND" and "2 fields" in failure["error"]

    def test_a_value_is_not_changed(self, ready, site, kv, path):
        text = 'ü😀 "quoted" \\ <&> line\r\nbreak\ttab  '
        site.put(kv, path, text=text, empty="", number=42, yes=True, map={"a": ["b", 1]})
        assert ready.get(f"{path}/text") == text
        assert ready.get(f"{path}/empty") == ""
        assert (ready.get(f"{path}/number"), ready.get(f"{path}/yes")) == ("42", "true")
        assert ready.failure(f"{path}/map")

    def test_a_structured_reference_names_field_and_version(self, janee, site, kv, role, path):
        first, second, third = value(), value(), value()
        for key in (first, second, third):
            site.put(kv, path, **{"api-key": key, "map": {"key": key}})
        reference = {"provider": "live", "path": path, "field": "api-key"}
        janee.configure(
            kv,
            janee.approle(role),
            reference,
            {**reference, "version": 1},
            {**reference, "version": 2},
            {**reference, "version": 9},
            {**reference, "field": "none"},
            {**reference, "field": "map"},
        )
        serving = janee.serve()
        assert [serving.key(number) for number in range(3)] == [third, first, second]
        assert [serving.call(number).code for number in (3, 4)] == ["SECRET_NOT_FOUND"] * 2
        assert json.loads(serving.key(5)) == {"key": third}

    def test_a_deleted_version_says_so(self, ready, site, kv, path):
        site.put(kv, path, value=value())
        site.server.do("DELETE", f"{kv}/data/{path}")
        failure = ready.failure(path)
        assert failure["code"] == "SECRET_NOT_FOUND" and "deleted" in failure["error"]
        assert ready.code(f"{path}/value") == "SECRET_NOT_FOUND"

    def test_a_destroyed_version_says_so(self, ready, site, kv, path):
        site.put(kv, path, value=value())
        site.server.do("POST", f"{kv}/destroy/{path}", {"versions": [1]})
        failure = ready.failure(path)
        assert failure["code"] == "SECRET_NOT_FOUND" and "destroyed" in failure["error"]

    def test_a_deleted_version_of_several(self, janee, site, kv, role, path):
        first = value()
        site.put(kv, path, value=first)
        site.put(kv, path, value=value())
        site.server.do("POST", f"{kv}/delete/{path}", {"versions": [2]})
        reference = {"provider": "live", "path": path, "field": "value"}
        janee.configure(kv, janee.approle(role), reference, {**reference, "version": 1})
        serving = janee.serve()
        assert serving.call(0).code == "SECRET_NOT_FOUND"
        assert serving.key(1) == first

    def test_odd_paths(self, ready, site, kv, path):
        key, field = value(), value()
        site.put(kv, f"{path}/sp ace/ü/100%", **{"value": key, "fi eld": field})
        odd = f"{path}/sp%20ace/%C3%BC/100%25"
        assert (ready.get(odd), ready.get(f"{odd}/fi%20eld")) == (key, field)

    def test_a_path_with_data_in_it(self, ready, site, kv, path):
        key = value()
        site.put(kv, f"{path}/data/metadata", value=key)
        assert ready.get(f"{path}/data/metadata") == key

    def test_a_mount_with_slashes(self, janee, site, path):
        mount = site.kv(2, f"{site.name('team')}/app/kv")
        role = site.approle(site.reading(f"{mount}/data/*"), site.auth("approle", f"{site.name('team')}/approle"))
        key = value()
        site.put(mount, path, **{"api-key": key})
        janee.configure(mount, janee.approle(role))
        assert janee.get(f"{path}/api-key") == key


class TestWhatIsNotThere:
    def test_a_missing_secret(self, ready, path):
        assert ready.code(path) == "SECRET_NOT_FOUND"
        assert ready.code("missing") == "SECRET_NOT_FOUND"

    def test_a_missing_field_of_a_secret_that_exists(self, ready, site, kv, path):
        site.put(kv, path, one=value(), two=value())
        failure = ready.failure(f"{path}/none")
        assert failure["code"] == "SECRET_NOT_FOUND" and "exists" in failure["error"]

    def test_what_the_policy_denies(self, ready, site, kv):
        site.put(kv, "denied/key", value=value())
        assert ready.code("denied/key") == "PROVIDER_PERMISSION_DENIED"

    def test_no_policy_at_all(self, janee, kv, site, path):
        janee.configure(kv, janee.approle(site.approle("default")))
        assert janee.code(path) == "PROVIDER_PERMISSION_DENIED"

    def test_a_mount_that_does_not_exist(self, janee, site, path):
        mount = site.name("nowhere")
        janee.configure(mount, janee.approle(site.approle(site.reading(f"{mount}/*"))))
        failure = janee.failure(path)
        assert failure["code"] == "PROVIDER_CONFIG_INVALID" and "mounted" in failure["error"]

    @pytest.mark.parametrize("path", ["a..b/key", "team/key."])
    def test_a_path_that_the_server_refuses_does_not_load(self, janee, kv, role, path):
        janee.configure(kv, janee.approle(role), f"live://{path}")
        assert "INVALID_SECRET_URI" in janee.home.run("config", "validate", "--json").expect(1).output

    def test_too_many_requests(self, janee, site, path):
        mount = site.kv(2)
        role = site.approle(site.reading(f"{mount}/data/*"))
        site.put(mount, path, value=value())
        if not site.rate_limit(mount, 1, "30s"):
            pytest.skip("the server has no rate limits")
        janee.configure(mount, janee.approle(role), layout="secret", operationTimeoutMs=2500)
        codes = {janee.home.run("secret", "get", f"live://{path}", "--json").json.get("code") for _ in range(3)}
        assert "PROVIDER_RATE_LIMITED" in codes and codes <= {None, "PROVIDER_RATE_LIMITED"}


@pytest.fixture(scope="module")
def old(site: Site) -> str:
    """An engine of version 1."""
    return site.kv(1)


@pytest.fixture(scope="module")
def old_role(site: Site, old: str) -> AppRole:
    """A role that may read it."""
    return site.approle(site.reading(f"{old}/*"), token_ttl="300s")


class TestSecretsOfVersionOne:
    @pytest.mark.parametrize("version", [1, "auto"])
    def test_field_and_secret(self, janee, site, old, old_role, path, version):
        field, whole, nested = value(), value(), value()
        site.server.do("POST", f"{old}/{path}", {"api-key": field, "other": value()})
        site.server.do("POST", f"{old}/{path}/whole", {"value": whole, "ttl": "30s"})
        site.server.do("POST", f"{old}/{path}/data", {"value": nested})
        janee.configure(old, janee.approle(old_role), kvVersion=version)
        assert janee.get(f"{path}/api-key") == field
        assert janee.get(f"{path}/whole") == whole
        assert janee.get(f"{path}/data") == nested
        assert janee.code(f"{path}/none") == "SECRET_NOT_FOUND"

    def test_auto_with_the_narrowest_policy(self, janee, site, old, path):
        role = site.approle(site.reading(f"{old}/{path}"))
        key = value()
        site.server.do("POST", f"{old}/{path}", {"api-key": key, "other": "x"})
        janee.configure(old, janee.approle(role))
        assert janee.get(f"{path}/api-key") == key

    def test_the_wrong_version_says_so(self, janee, site, kv, path):
        site.put(kv, path, value=value())
        janee.configure(kv, janee.approle(site.approle(site.reading(f"{kv}/*"))), kvVersion=1)
        assert janee.code(path) == "PROVIDER_CONFIG_INVALID"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory) -> Issuer:
    """Who signs tokens here."""
    return Issuer(tmp_path_factory.mktemp("issuer"))


@pytest.fixture(scope="module")
def jwt_mount(site: Site, reader: str, issuer: Issuer) -> str:
    """A mount that trusts the issuer, with the role `app`."""
    mount = site.auth("jwt")
    keys = {"jwt_validation_pubkeys": [issuer.public_key], "default_role": "app", "bound_issuer": "janee-live"}
    site.server.do("POST", f"auth/{mount}/config", keys)
    role = {"role_type": "jwt", "bound_audiences": ["vault"], "user_claim": "sub", "token_policies": [reader]}
    site.server.do("POST", f"auth/{mount}/role/app", role)
    return mount


class TestLogins:
    @pytest.fixture
    def key(self, site: Site, kv: str, path: str) -> str:
        """The value of the secret at `path`."""
        key = value()
        site.put(kv, path, value=key)
        return key

    def test_token(self, janee, site, kv, reader, path, key):
        token = site.new_token(reader, ttl="300s")
        janee.configure(kv, {"method": "token", "token": janee.file("token", token["client_token"])})
        assert janee.get(path) == key
        assert site.is_alive(token["accessor"]), "a token that Janee has not logged in for is not its to revoke"

    def test_token_of_the_environment(self, janee, site, kv, reader, path, key):
        token = site.new_token(reader, ttl="300s")["client_token"]
        janee.configure(kv, {"method": "token", "token": "${LIVE_TOKEN}"})
        environment = janee.home.environment(LIVE_TOKEN=token)
        assert janee.home.reveal(f"live://{path}", env=environment) == key

    def test_token_that_is_none(self, janee, kv, path):
        janee.configure(kv, {"method": "token", "token": janee.file("token", "hvs." + "A" * 24)})
        failure = janee.failure(path)
        assert failure["code"] == "PROVIDER_AUTH_FAILED" and "AAAA" not in json.dumps(failure)

    def test_approle(self, ready, path, key):
        assert ready.get(path) == key

    def test_approle_with_another_secret_id(self, janee, kv, role, path, key):
        wrong = {**janee.approle(role), "secretId": janee.file("wrong", value())}
        janee.configure(kv, wrong)
        failure = janee.failure(path)
        assert failure["code"] == "PROVIDER_AUTH_FAILED" and "live-" not in failure["error"].replace(role.mount, "")

    def test_approle_at_a_mount_that_does_not_exist(self, janee, site, kv, role, path, key):
        janee.configure(kv, {**janee.approle(role), "mount": site.name("nowhere")})
        assert janee.code(path) in ("PROVIDER_AUTH_FAILED", "PROVIDER_CONFIG_INVALID")

    def test_wrapped_secret_id_works_once(self, janee, site, kv, role, path, key):
        wrapping = janee.file("wrapped", site.wrapped_secret_id(role))
        janee.configure(kv, {**janee.approle(role), "secretId": wrapping, "wrapping": {"role": role.name}})
        assert janee.get(path) == key
        assert janee.code(path) == "PROVIDER_AUTH_FAILED"

    def test_wrapped_secret_id_of_another_role_is_not_unwrapped(self, janee, site, kv, reader, role, path, key):
        token = site.wrapped_secret_id(site.approle(reader, role.mount))
        janee.configure(
            kv, {**janee.approle(role), "secretId": janee.file("wrapped", token), "wrapping": {"role": role.name}}
        )
        assert janee.code(path) == "PROVIDER_AUTH_FAILED"
        assert site.server.ask("POST", "sys/wrapping/lookup", {"token": token}).ok

    CLAIMS = {"iss": "janee-live", "aud": "vault", "sub": "agent"}

    @pytest.mark.parametrize("role", [{"role": "app"}, {}], ids=["role", "default role"])
    def test_jwt(self, janee, kv, issuer, jwt_mount, path, key, role):
        token = janee.file("jwt", issuer.token(**self.CLAIMS))
        janee.configure(kv, {"method": "jwt", "mount": jwt_mount, "jwt": token, **role})
        assert janee.get(path) == key

    @pytest.mark.parametrize("wrong", [{"aud": "others"}, {"lifetime": -600}], ids=["audience", "expired"])
    def test_jwt_that_is_refused(self, janee, kv, issuer, jwt_mount, path, key, wrong):
        token = janee.file("jwt", issuer.token(**{**self.CLAIMS, **wrong}))
        janee.configure(kv, {"method": "jwt", "mount": jwt_mount, "jwt": token, "role": "app"})
        assert janee.code(path) == "PROVIDER_AUTH_FAILED"

    def test_jwt_is_read_anew_at_each_login(self, janee, site, kv, issuer, jwt_mount, reader, path, key):
        role = {"role_type": "jwt", "bound_audiences": ["vault"], "user_claim": "sub", "token_policies": [reader]}
        short = {**role, "token_ttl": "2s", "token_max_ttl": "3s"}
        site.server.do("POST", f"auth/{jwt_mount}/role/short", short)
        token = janee.file("jwt", issuer.token(lifetime=2, **self.CLAIMS))
        janee.configure(kv, {"method": "jwt", "mount": jwt_mount, "jwt": token, "role": "short"}, f"live://{path}")
        serving = janee.serve()
        assert serving.key() == key
        janee.file("jwt", issuer.token(**self.CLAIMS))
        serving.keeps_serving(key, 6)

    @pytest.mark.parametrize("name", ["agent", "first.last"])
    def test_userpass(self, janee, site, kv, reader, path, key, name):
        mount, password = site.auth("userpass"), value()
        user = {"password": password, "token_policies": [reader]}
        site.server.do("POST", f"auth/{mount}/users/{name}", user)
        auth = {"method": "userpass", "mount": mount, "username": name}
        janee.configure(kv, {**auth, "password": janee.file("password", password)})
        assert janee.get(path) == key
        janee.configure(kv, {**auth, "password": janee.file("password", "wrong")})
        assert janee.code(path) == "PROVIDER_AUTH_FAILED"

    def test_cert(self, janee, site, server, kv, reader, path, key, tmp_path):
        if not server.is_https:
            pytest.skip("certificates need an https address")
        mount, client = site.auth("cert"), ClientCertificate(tmp_path, "agent")
        site.server.do(
            "POST", f"auth/{mount}/certs/app", {"certificate": client.file.read_text(), "token_policies": [reader]}
        )
        if not site.server.ask("POST", f"auth/{mount}/login", {}, client_certificate=client.both).ok:
            pytest.skip("the server does not ask clients for certificates")
        tls = {"clientCertFile": str(client.file), "clientKeyFile": str(client.key)}
        for name in ({"name": "app"}, {}):
            janee.configure(kv, {"method": "cert", "mount": mount, **name}, tls=tls)
            assert janee.get(path) == key
        (tmp_path / "other").mkdir()
        other = ClientCertificate(tmp_path / "other", "other")
        tls = {"clientCertFile": str(other.file), "clientKeyFile": str(other.key)}
        janee.configure(kv, {"method": "cert", "mount": mount}, tls=tls)
        assert janee.code(path) == "PROVIDER_AUTH_FAILED"

    def test_kubernetes(self, janee, site, kv, reader, issuer, path, key, tmp_path):
        mount = site.auth("kubernetes")
        with TokenReviews() as cluster:
            authority = ClientCertificate(tmp_path, "cluster")
            site.server.do("POST", f"auth/{mount}/config", cluster.configuration(issuer, authority))
            bound = {"bound_service_account_names": ["app"], "bound_service_account_namespaces": ["default"]}
            site.server.do("POST", f"auth/{mount}/role/app", {**bound, "token_policies": [reader]})
            token = cluster.service_account_token(issuer)
            if not site.server.ask("POST", f"auth/{mount}/login", {"role": "app", "jwt": token}).ok:
                pytest.skip("the server cannot ask a Kubernetes API on this machine")
            janee.file("service-account", token)
            file = str(janee.home.root / "service-account")
            auth = {"method": "kubernetes", "mount": mount, "serviceAccountPath": file}
            janee.configure(kv, {**auth, "role": "app"})
            assert janee.get(path) == key
            janee.configure(kv, {**auth, "role": "other"})
            assert janee.code(path) == "PROVIDER_AUTH_FAILED"

    def test_aws(self, janee, site, kv, reader, path, key):
        mount = site.auth("aws")
        sts = Moto()
        try:
            sts.client("iam").create_user(UserName="agent")
            keys = sts.client("iam").create_access_key(UserName="agent")["AccessKey"]
            client = {"sts_endpoint": sts.address, "sts_region": "us-east-1", "iam_server_id_header_value": "janee-live"}
            site.server.do("POST", f"auth/{mount}/config/client", client)
            bound = {"auth_type": "iam", "resolve_aws_unique_ids": False, "token_policies": [reader]}
            for role, user in (("app", "agent"), ("other", "somebody")):
                arn = f"arn:aws:iam::123456789012:user/{user}"
                site.server.do("POST", f"auth/{mount}/role/{role}", {**bound, "bound_iam_principal_arn": [arn]})
            signer = access_key(keys["AccessKeyId"], keys["SecretAccessKey"])
            auth = {"method": "aws", "mount": mount, "region": "us-east-1", "credentials": signer}
            janee.configure(kv, {**auth, "role": "app", "serverId": "janee-live"})
            assert janee.get(path) == key
            for wrong in ({"role": "other", "serverId": "janee-live"}, {"role": "app", "serverId": "another"}, {"role": "app"}):
                janee.configure(kv, {**auth, **wrong})
                assert janee.code(path) == "PROVIDER_AUTH_FAILED"
        finally:
            sts.close()

    def test_ldap(self, janee, site, kv, reader, path, key):
        mount, password = site.auth("ldap"), value()
        with Directory({"cn=agent,ou=people,dc=example": password}) as directory:
            site.server.do("POST", f"auth/{mount}/config", directory.configuration)
            site.server.do("POST", f"auth/{mount}/users/agent", {"policies": reader})
            if not site.server.ask("POST", f"auth/{mount}/login/agent", {"password": password}).ok:
                pytest.skip("the server cannot ask a directory on this machine")
            auth = {"method": "ldap", "mount": mount, "username": "agent"}
            janee.configure(kv, {**auth, "password": janee.file("password", password)})
            assert janee.get(path) == key
            janee.configure(kv, {**auth, "password": janee.file("password", "wrong")})
            assert janee.code(path) == "PROVIDER_AUTH_FAILED"


class TestLivesOfTokens:
    @pytest.fixture
    def serve(self, janee: Janee, site: Site, kv: str, path: str) -> Any:
        """Starts a server whose role has these options; the value that calls must have is beside it."""
        key = value()
        site.put(kv, path, value=key)

        def start(policy: str, **options: Any) -> tuple[Any, str, AppRole, set[str] | None]:
            role = site.approle(policy, **options)
            before = site.accessors()
            janee.configure(kv, janee.approle(role), f"live://{path}", layout="secret")
            return janee.serve(), key, role, before

        return start

    @staticmethod
    def known(found: set[str] | None) -> set[str]:
        """What the server has listed."""
        if found is None:
            pytest.skip("the server does not list accessors of tokens")
        return found

    def test_many_reads_one_login(self, serve, site, reader):
        serving, key, role, before = serve(reader, token_ttl="300s")
        for _ in range(20):
            assert serving.key() == key
        assert len(self.known(site.logins_since(before, role.mount))) == 1

    def test_a_short_life_goes_on_beyond_its_longest(self, serve, reader):
        serving, key, _, _ = serve(reader, token_ttl="4s", token_max_ttl="10s")
        serving.keeps_serving(key, 15)

    def test_a_periodic_token_is_renewed_and_not_replaced(self, serve, site, reader):
        serving, key, role, before = serve(reader, token_period="4s")
        serving.keeps_serving(key, 9)
        assert len(self.known(site.logins_since(before, role.mount))) == 1

    def test_a_token_of_few_uses(self, serve, reader):
        serving, key, _, _ = serve(reader, token_num_uses=3)
        for _ in range(10):
            assert serving.key() == key

    def test_a_batch_token(self, serve, reader):
        serving, key, _, _ = serve(reader, token_type="batch", token_ttl="4s")
        serving.keeps_serving(key, 9)
        serving.stop()

    def test_a_token_without_the_default_policy(self, serve, site, reader):
        serving, key, role, before = serve(reader, token_no_default_policy=True, token_ttl="4s", token_max_ttl="8s")
        serving.keeps_serving(key, 10)
        # It may not renew itself, so there is a login for each; more would be a loop.
        assert len(self.known(site.logins_since(before, role.mount))) <= 3

    def test_without_the_default_policy_a_denial_is_one(self, janee, site, kv, reader):
        role = site.approle(reader, token_no_default_policy=True, token_ttl="300s")
        before = site.accessors()
        site.put(kv, "denied/key", value=value())
        janee.configure(kv, janee.approle(role), "live://denied/key")
        serving = janee.serve()
        codes = set()
        serving.repeat(lambda: codes.add(serving.call().code), 3, 0.2)
        assert codes == {"PROVIDER_PERMISSION_DENIED"}
        assert len(self.known(site.logins_since(before, role.mount))) <= 2

    def test_a_revoked_token_is_replaced(self, serve, site, reader):
        serving, key, role, before = serve(reader, token_ttl="300s")
        assert serving.key() == key
        (accessor,) = self.known(site.logins_since(before, role.mount))
        site.revoke(accessor)
        assert serving.key() == key

    def test_a_static_token_that_is_revoked(self, janee, site, kv, reader, path):
        key, token = value(), site.new_token(reader, ttl="300s")
        site.put(kv, path, value=key)
        janee.configure(
            kv, {"method": "token", "token": janee.file("token", token["client_token"])}, f"live://{path}"
        )
        serving = janee.serve()
        assert serving.key() == key
        site.revoke(token["accessor"])
        assert serving.call().code == "PROVIDER_AUTH_FAILED"

    def test_shutdown_revokes_what_was_logged_in_for(self, serve, site, reader):
        serving, key, role, before = serve(reader, token_ttl="300s")
        assert serving.key() == key
        (accessor,) = self.known(site.logins_since(before, role.mount))
        serving.stop()
        assert not site.is_alive(accessor)

    def test_commands_leave_no_token(self, ready, site, role, path):
        before = site.accessors()
        ready.code(path)
        assert self.known(site.logins_since(before, role.mount)) == set()

    def test_shutdown_leaves_a_static_token(self, janee, site, kv, reader, path):
        token = site.new_token(reader, ttl="300s")
        site.put(kv, path, value=value())
        janee.configure(
            kv, {"method": "token", "token": janee.file("token", token["client_token"])}, f"live://{path}"
        )
        serving = janee.serve()
        serving.key()
        serving.stop()
        assert site.is_alive(token["accessor"])

    def test_nothing_of_a_token_is_logged(self, janee, site, kv, reader, path):
        token = site.new_token(reader, ttl="300s")["client_token"]
        key = value()
        site.put(kv, path, value=key)
        auth = {"method": "token", "token": janee.file("token", token)}
        janee.configure(kv, auth, f"live://{path}", "live://denied/x")
        process = janee.home.serve(arguments=("--log-level", "trace"))
        assert not process.execute(path="/x", capability="s0").is_error
        process.execute(path="/x", capability="s1")
        process.stop()
        for text in (bytes(process.stderr), bytes(process.stdout)):
            assert token.encode() not in text and key.encode() not in text


class TestCommands:
    def test_health(self, ready):
        (row,) = ready.ask("health", "live").expect(0).json["providers"]
        assert (row["name"], row["type"], row["healthy"]) == ("live", "hashicorp-vault", True)

    def test_test_tells_what_is_there_and_what_is_denied(self, janee, site, kv, role, path):
        site.put(kv, path, value=value())
        janee.configure(kv, janee.approle(role), f"live://{path}")
        asked = janee.ask("test", "live").expect(0).json
        assert asked["ok"] and asked["references"][0]["exists"] in (True, None)
        read = janee.ask("test", "live", "--read").expect(0).json
        assert read["references"] == [{"service": "s0", "path": path, "exists": True}]
        janee.configure(kv, janee.approle(role), f"live://{path}", "live://denied/key", f"live://{path}/none/x")
        failed = janee.ask("test", "live", "--read").expect(1).json
        codes = {row["service"]: row.get("code") for row in failed["references"]}
        assert codes["s0"] is None and codes["s1"] == "PROVIDER_PERMISSION_DENIED"
        assert codes["s2"] == "SECRET_NOT_FOUND" or failed["references"][2]["exists"] is False

    def test_a_start_tells_what_is_denied(self, janee, kv, role):
        # Neither the secret nor the one before its last part may be read.
        janee.configure(kv, janee.approle(role), "live://denied/team/key")
        serving = janee.serve()
        serving.process.wait_for_stderr("PROVIDER_PERMISSION_DENIED")
        serving.stop()

    def test_the_promises_of_all_providers(self, janee, site, kv, role, path):
        site.put(kv, path, value=value())
        janee.configure(kv, janee.approle(role), f"live://{path}")
        done = janee.home.run(
            *("provider", "conformance", "live", "--existing", path, "--missing", f"{path}-none", "--json")
        )
        failed = [result for result in done.json["results"] if result["outcome"] == "failed"]
        assert done.code == 0 and not failed, failed

    def test_the_access_log_names_the_layout(self, ready, site, kv, path):
        site.put(kv, path, key=value(), other="x")
        ready.get(f"{path}/key")
        (log,) = (ready.home.path / "access").glob("*.jsonl")
        record = json.loads(log.read_text().splitlines()[-1])
        assert (record["provider"], record["path"], record["layout"]) == ("live", f"{path}/key", "field")


class TestMasterKey:
    def test_of_the_local_store(self, janee, site, kv, role, path):
        site.put(kv, path, value=base64.b64encode(secrets.token_bytes(32)).decode())
        key = value()
        janee.configure(kv, janee.approle(role), "api-key", security={"masterKey": f"live://{path}"})
        janee.home.set_secret("api-key", key)
        assert janee.home.reveal("api-key") == key
        assert janee.serve().key() == key
        assert not (janee.home.path / "master.key").exists()
        site.put(kv, path, value=base64.b64encode(secrets.token_bytes(32)).decode())
        assert janee.home.run("secret", "get", "api-key", "--json").expect(1).json["code"] == "PROVIDER_INTERNAL_ERROR"


@pytest.fixture(scope="module")
def parent(site: Site) -> str:
    """A namespace."""
    name = site.namespace()
    if name is None:
        pytest.skip("the server has no namespaces")
    return name


class TestNamespaces:
    def test_of_login_and_secrets(self, janee, site, server, parent, path):
        inner = site.inside(parent)
        mount = inner.kv(2)
        role = inner.approle(inner.reading(f"{mount}/data/*"))
        key = value()
        inner.put(mount, path, value=key)
        janee.configure(mount, janee.approle(role), namespace=inner.server.namespace)
        assert janee.get(path) == key
        janee.configure(mount, janee.approle(role))
        assert janee.code(path) in ("PROVIDER_AUTH_FAILED", "PROVIDER_CONFIG_INVALID")

    def test_of_secrets_with_a_login_at_the_top(self, janee, site, server, parent, path):
        if server.namespace:
            pytest.skip("the tests have a namespace of their own, so that the top is not theirs")
        inner = site.inside(parent)
        mount = inner.kv(2)
        role = site.approle(site.reading(f"{parent}/{mount}/data/*"), token_ttl="300s")
        key = value()
        inner.put(mount, path, value=key)
        janee.configure(mount, janee.approle(role, namespace="root"), namespace=parent)
        assert janee.get(path) == key

    def test_of_login_above_that_of_the_secrets(self, janee, site, parent, path):
        outer = site.inside(parent)
        child = outer.namespace("child")
        inner = outer.inside(child)
        mount = inner.kv(2)
        role = outer.approle(outer.reading(f"{child}/{mount}/data/*"), token_ttl="4s", token_max_ttl="60s")
        key = value()
        inner.put(mount, path, value=key)
        before = outer.accessors()
        auth = janee.approle(role, namespace=outer.server.namespace)
        janee.configure(mount, auth, f"live://{path}", f"live://{path}/none", namespace=inner.server.namespace)
        serving = janee.serve()
        serving.keeps_serving(key, 6)
        assert serving.call(1).code == "SECRET_NOT_FOUND"
        living = outer.logins_since(before, role.mount)
        serving.stop()
        assert not any(outer.is_alive(accessor) for accessor in living or ())


class TestTransport:
    def test_another_authority_is_refused(self, janee, server, kv, role, path, tmp_path):
        if not server.is_https:
            pytest.skip("there is no certificate without https")
        other = ClientCertificate(tmp_path, "other authority")
        janee.configure(kv, janee.approle(role), tls={"caFile": str(other.file)})
        assert janee.code(path) == "PROVIDER_CONFIG_INVALID"

    def test_another_pin_is_refused(self, janee, server, kv, role, path):
        if not server.is_https:
            pytest.skip("there is no certificate without https")
        pin = "sha256/" + base64.b64encode(bytes(32)).decode()
        janee.configure(kv, janee.approle(role), tls={"pins": [pin]})
        assert janee.code(path) == "PROVIDER_CONFIG_INVALID"

    def test_nobody_listens(self, janee, server, kv, role, path):
        janee.configure(kv, janee.approle(role), address=f"{server.address.split(':')[0]}://127.0.0.1:9")
        started = time.monotonic()
        assert janee.code(path) == "PROVIDER_UNAVAILABLE"
        assert time.monotonic() - started < 15
