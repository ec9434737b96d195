"""AWS Secrets Manager through the built binary: moto's server, and a double that checks every signature."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from support.aws import AWS, ROLE, Moto, access_key, provider
from support.config import capability, one_api, service
from support.home import JaneeHome
from support.leaks import LeakDetector, plain_canary

NAME = "prod/mcp-agents/github-token"
REFERENCE = f"awsProd://{NAME}"


@pytest.fixture(scope="module")
def moto():
    """One server for all tests that give their secrets names of their own."""
    server = Moto()
    yield server
    server.close()


@pytest.fixture
def aws(binary):
    """A double of one's own."""
    double = AWS(binary.parent / "AWSDouble")
    yield double
    double.close()


@pytest.fixture
def key(aws) -> str:
    """A key in the double, and a role of the instance that may read it."""
    value = plain_canary()
    aws.do("put", name=NAME, string=value)
    aws.issue()
    return value


def configure(home: JaneeHome, base_url: str, settings: dict[str, Any], reference: Any = REFERENCE, **rest: Any) -> None:
    """One service whose key is in AWS."""
    config = one_api(base_url)
    config["services"]["api"] = service(base_url, reference)
    home.configure({"providers": {"awsProd": settings}, **rest, **config})


def bearer(upstream) -> str | None:
    """What the upstream got last."""
    return upstream.requests[-1].header("authorization")


def test_serve_with_the_role_of_an_instance(home, upstream, moto, aws):
    value = plain_canary()
    moto.client("secretsmanager").create_secret(Name=NAME, SecretString=value)
    aws.issue()
    configure(home, upstream.base_url, provider())
    server = home.serve(**moto.environment, **aws.instance)
    assert not server.execute(path="/x").is_error
    assert bearer(upstream) == f"Bearer {value}"
    server.wait_for_stderr("has the keys of the role of the instance, app-role (IMDSv2)")
    for variable in ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL_STS", "AWS_EC2_METADATA_SERVICE_ENDPOINT"):
        assert variable.encode() in bytes(server.stderr)
    # What was changed counts at once.
    moto.client("secretsmanager").put_secret_value(SecretId=NAME, SecretString=(second := plain_canary()))
    assert not server.execute(path="/x").is_error
    assert bearer(upstream) == f"Bearer {second}"
    assert server.stop() == 0
    LeakDetector(value).check(answers=server.stdout, stderr=server.stderr)
    access = b"".join(file.read_bytes() for file in (home.path / "access").iterdir())
    assert all(json.loads(line)["path"] == NAME for line in access.splitlines())


class TestMoto:
    """What moto has: names, ARNs, versions, binary, deleted and missing secrets, roles."""

    KEY = access_key("AKIATEST", "secret")

    def reveal(self, home: JaneeHome, moto: Moto, reference: Any) -> Any:
        """What a read leads to: the value, or the code of the error."""
        configure(home, "http://127.0.0.1:9", provider(self.KEY), reference)
        environment = home.environment(**moto.environment)
        if isinstance(reference, dict):
            fields = [f"--{name}={value}" for name, value in reference.items() if name in ("field", "version")]
            arguments = [f"awsProd://{reference['path']}", *fields]
        else:
            arguments = [reference]
        done = home.run("secret", "get", *arguments, "--reveal", "--json", env=environment)
        return done.json["value"] if done.code == 0 else done.json["code"]

    def test_what_a_path_names(self, home, moto):
        client = moto.client("secretsmanager")
        document = json.dumps({"user": "app", "deep": {"list": ["a", "b"]}})
        arn = client.create_secret(Name="moto/a+b=c@d", SecretString=document)["ARN"]
        client.create_secret(Name="moto/bin", SecretBinary=b"text of bytes")
        client.create_secret(Name="moto/gone", SecretString="x")
        client.delete_secret(SecretId="moto/gone")
        client.put_secret_value(SecretId="moto/bin", SecretBinary=b"second")
        assert self.reveal(home, moto, "awsProd://moto/a%2Bb%3Dc%40d") == document
        assert self.reveal(home, moto, f"awsProd://{arn.replace(':', '%3A').replace('+', '%2B').replace('=', '%3D').replace('@', '%40')}") == document  # fmt: skip
        assert self.reveal(home, moto, "awsProd://moto/bin") == "second"
        assert self.reveal(home, moto, "awsProd://moto/gone") == "SECRET_NOT_FOUND"
        assert self.reveal(home, moto, "awsProd://moto/none") == "SECRET_NOT_FOUND"
        other = arn.replace("us-east-1", "eu-west-1").replace(":", "%3A").replace("+", "%2B").replace("=", "%3D").replace("@", "%40")  # fmt: skip
        assert self.reveal(home, moto, f"awsProd://{other}") == "INVALID_SECRET_URI"

    @pytest.mark.parametrize(
        ("reference", "value"),
        [
            ({"field": "user"}, "second"), ({"field": "/deep/0"}, "x"), ({"field": "user", "version": "AWSPREVIOUS"}, "first"),
        ],
    )  # fmt: skip
    def test_fields_and_versions(self, home, upstream, moto, reference, value):
        client = moto.client("secretsmanager")
        name = f"moto/versions-{value}"
        client.create_secret(Name=name, SecretString=json.dumps({"user": "first"}))
        client.put_secret_value(SecretId=name, SecretString=json.dumps({"user": "second", "deep": ["x"]}))
        configure(home, upstream.base_url, provider(self.KEY), {"provider": "awsProd", "path": name, **reference})
        server = home.serve(**moto.environment)
        assert not server.execute(path="/x").is_error
        assert bearer(upstream) == f"Bearer {value}"

    def test_roles_and_web_identity(self, home, upstream, moto, tmp_path):
        value = plain_canary()
        moto.client("secretsmanager").create_secret(Name="moto/role", SecretString=value)
        token = tmp_path / "token"
        token.write_text("header.payload.signature\n")
        role = "arn:aws:iam::123456789012:role/reader"
        configure(home, upstream.base_url, provider(ROLE, assumeRole={"roleArn": role}), "awsProd://moto/role")
        identity = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/pod"}
        server = home.serve(**moto.environment, **identity)
        assert not server.execute(path="/x").is_error
        assert bearer(upstream) == f"Bearer {value}"
        server.wait_for_stderr("has the keys of the role of the web identity, arn:aws:iam::123456789012:role/pod")
        server.wait_for_stderr(f"has the keys of the role {role}")


def test_signatures_are_accepted_where_moto_checks_them(home, upstream):
    """An oracle of the signature that is not ours: moto recomputes it with botocore, and checks policies."""
    server = Moto()
    try:
        iam = server.client("iam")
        iam.create_user(UserName="app")
        keys = iam.create_access_key(UserName="app")["AccessKey"]
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}  # fmt: skip
        iam.put_user_policy(UserName="app", PolicyName="read", PolicyDocument=json.dumps(policy))
        server.client("secretsmanager").create_secret(Name=NAME, SecretString=(value := plain_canary()))
        server.check_signatures()
        good = access_key(keys["AccessKeyId"], keys["SecretAccessKey"])
        configure(home, upstream.base_url, provider(good))
        environment = home.environment(**server.environment)
        assert home.reveal(REFERENCE, environment) == value
        for wrong in (access_key(keys["AccessKeyId"], "x" * 40), access_key("AKIANOBODY000000000", "x" * 40)):
            configure(home, upstream.base_url, provider(wrong))
            done = home.run("secret", "get", REFERENCE, "--json", env=environment)
            assert done.json["code"] == "PROVIDER_AUTH_FAILED", done.output
    finally:
        server.close()


class TestOurDouble:
    def test_a_container_and_a_pod(self, home, upstream, aws, key, tmp_path):
        aws.do("container", path="/v1/credentials", authorization="eks-token")
        token = tmp_path / "token"
        token.write_text("eks-token\n")
        environment = {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": aws.hello["container_address"] + "/v1/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token),
        }
        configure(home, upstream.base_url, provider())
        server = home.serve(**aws.environment, **environment)
        assert not server.execute(path="/x").is_error
        assert bearer(upstream) == f"Bearer {key}"
        server.wait_for_stderr("has the keys of the role of the container")

    def test_keys_of_the_environment_are_never_taken(self, home, upstream, aws, key):
        aws.do("add_key", id="AKIASOMEBODY", secret="somebody")
        aws.do("instance_status", status=404)
        configure(home, upstream.base_url, provider())
        environment = home.environment(
            AWS_ACCESS_KEY_ID="AKIASOMEBODY", AWS_SECRET_ACCESS_KEY="somebody", **aws.environment
        )
        done = home.run("secret", "get", REFERENCE, "--json", env=environment)
        assert done.json["code"] == "PROVIDER_AUTH_FAILED"
        assert aws.actions() == []
        configure(home, upstream.base_url, provider(access_key("${AWS_ACCESS_KEY_ID}", "${AWS_SECRET_ACCESS_KEY}")))
        assert home.reveal(REFERENCE, environment) == key

    def test_throttled_reads_are_repeated(self, home, upstream, aws, key):
        aws.do("error", name="ThrottlingException", message="Rate exceeded", action="GetSecretValue", count=2)
        configure(home, upstream.base_url, provider())
        server = home.serve(**aws.environment)
        assert not server.execute(path="/x").is_error
        assert aws.actions().count("GetSecretValue") == 3

    def test_an_expired_session_is_replaced_and_the_read_made_again(self, home, upstream, aws, key):
        configure(home, upstream.base_url, provider())
        server = home.serve(**aws.environment)
        assert not server.execute(path="/x").is_error
        aws.do("expire")
        aws.issue("ASIASECOND", "second/secret", "second/token")
        assert not server.execute(path="/x").is_error
        assert aws.actions().count("GetSecretValue") == 3

    @pytest.mark.parametrize("seconds", [-4000, 4000])
    def test_a_wrong_clock_is_corrected(self, home, upstream, aws, key, seconds):
        aws.do("add_key", id="AKIALAPTOP", secret="laptop")
        aws.do("skew", seconds=seconds)
        configure(home, upstream.base_url, provider(access_key("AKIALAPTOP", "laptop")))
        environment = home.environment(**aws.environment)
        assert home.reveal(REFERENCE, environment) == key
        done = home.run("provider", "health", env=environment).expect(0)
        assert "clock" in done.output + done.errors

    def test_a_cache_is_filled_at_the_start(self, home, upstream, aws, key):
        names = [f"many/{number}" for number in range(45)]
        for name in names:
            aws.do("put", name=name, string=f"value of {name}")
        configure(home, upstream.base_url, provider(cache={"ttlSeconds": 300}))
        config = {
            "providers": {"awsProd": provider(cache={"ttlSeconds": 300})},
            "services": {f"s{n}": service(upstream.base_url, f"awsProd://{name}") for n, name in enumerate([*names, "missing"])},
            "capabilities": {f"c{n}": capability(f"s{n}") for n in range(len(names) + 1)},
        }
        home.configure(config)
        server = home.serve(arguments=("--log-level", "info"), **aws.environment)
        server.wait_for_stderr("45 secret(s) were read ahead into the cache")
        server.wait_for_stderr("service 's45' cannot have its secret from provider 'awsProd': SECRET_NOT_FOUND")
        assert not server.execute(capability="c7", path="/x").is_error
        assert bearer(upstream) == "Bearer value of many/7"
        actions = aws.actions()
        assert actions.count("BatchGetSecretValue") == 3 and "GetSecretValue" not in actions
        assert "DescribeSecret" not in actions

    def test_a_denied_reference_is_a_warning_at_the_start(self, home, upstream, aws, key):
        aws.do("deny", action="secretsmanager:DescribeSecret")
        configure(home, upstream.base_url, provider())
        server = home.serve(**aws.environment)
        server.wait_for_stderr("service 'api' cannot have its secret from provider 'awsProd': PROVIDER_PERMISSION_DENIED")
        assert "GetSecretValue" not in aws.actions()


class TestRefusals:
    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"region": "us-east-1a"}, "must be the name of a region of AWS"),
            ({"assumeRole": {"roleArn": "reader"}}, "must be the ARN of a role"),
            ({"assumeRole": []}, "must hold at least one map"),
            ({"assumeRole": [{"roleArn": "arn:aws:iam::123456789012:role/a", "externalId": "x y"}]}, "must be 2 to 1224"),
            ({"endpoint": "https://x.example"}, "is not a known field"),
        ],
    )  # fmt: skip
    def test_configurations(self, home, settings, words):
        configure(home, "http://127.0.0.1:9", {**provider(), **settings})
        done = home.run("config", "validate").expect(1)
        assert words in done.output + done.errors

    def test_an_arn_of_another_region_names_both_at_the_start(self, home, upstream):
        arn = "arn%3Aaws%3Asecretsmanager%3Aeu-west-1%3A123456789012%3Asecret%3Aapp/db-AbCdEf"
        configure(home, upstream.base_url, provider(), f"awsProd://{arn}")
        done = home.run("config", "validate").expect(1)
        text = done.output + done.errors
        assert "INVALID_SECRET_URI" in text and "eu-west-1" in text and "us-east-1" in text

    @pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL_STS", "AWS_EC2_METADATA_SERVICE_ENDPOINT"])  # fmt: skip
    def test_emulators_are_on_this_machine_or_nowhere(self, home, upstream, aws, key, variable):
        configure(home, upstream.base_url, provider())
        environment = home.environment(**{**aws.environment, variable: "http://192.0.2.1:5000"})
        done = home.run("secret", "get", REFERENCE, "--json", env=environment)
        assert done.json["code"] == "PROVIDER_CONFIG_INVALID"
        assert variable in done.output and "192.0.2.1" not in done.output + done.errors
        configure(home, upstream.base_url, provider(), security={"devMode": False})
        done = home.run("secret", "get", REFERENCE, "--json", env=home.environment(**aws.environment))
        assert done.json["code"] == "PROVIDER_CONFIG_INVALID"


def test_nothing_leaks(home, upstream, aws, tmp_path):
    """An access key, its secret, a session token and a web identity token, each where something fails."""
    value = plain_canary()
    secret, session, identity = (base64.b64encode(plain_canary().encode()).decode() for _ in range(3))
    aws.do("put", name=NAME, string=value)
    token = tmp_path / "token"
    token.write_text(identity)
    aws.do("add_key", id="ASIATEMP", secret=secret, token=session)
    role = "arn:aws:iam::123456789012:role/pod"
    aws.do("add_role", arn=role)
    quoting = f"Authorization={secret} {session} {identity} {value}"
    keys, pod = access_key("ASIATEMP", secret, session), {"AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ROLE_ARN": role}
    scenes: list[tuple[dict[str, Any], dict[str, str], list[dict[str, Any]]]] = [
        (provider(keys), {}, []),
        (provider(keys), {}, [{"name": "IncompleteSignatureException", "message": quoting}]),
        (provider(keys), {}, [{"name": "AccessDeniedException", "message": quoting}]),
        (provider(keys), {}, [{"name": quoting, "message": quoting}]),
        (provider(access_key("ASIATEMP", session, secret)), {}, []),
        (provider(access_key(f"AKIA{plain_canary()[:12]}", secret)), {}, []),
        (provider(access_key(secret + " x", secret, session)), {}, []),
        (provider(), pod, []),
        (provider(), pod, [{"name": "InvalidIdentityToken", "message": quoting}]),
        (provider(), {**pod, "AWS_ROLE_ARN": identity}, []),
        (provider(), {**pod, "AWS_ROLE_SESSION_NAME": session + " "}, []),
        (provider(), {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://user:{secret}@127.0.0.1/"}, []),
        (provider(), {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x", "AWS_CONTAINER_AUTHORIZATION_TOKEN": identity + "\n"}, []),
        (provider(), {"AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://{identity}/"}, []),
    ]  # fmt: skip
    detectors = [LeakDetector(text) for text in (value, secret, session, identity)]
    for settings, environment, errors in scenes:
        aws.do("clear")
        aws.do("expect_web_identity", token=identity)
        for error in errors:
            aws.do("error", **error)
        configure(home, upstream.base_url, settings)
        everything = home.environment(**{**aws.environment, **environment})
        outputs = {}
        for arguments in (
            ("secret", "get", REFERENCE), ("secret", "get", REFERENCE, "--json"), ("provider", "test", "awsProd", "--read"),
            ("provider", "health", "--json"), ("config", "validate"),
        ):  # fmt: skip
            done = home.run(*arguments, env=everything)
            outputs[" ".join(arguments)] = done.stdout + done.stderr
        server = home.serve(arguments=("--log-level", "debug"), **{**aws.environment, **environment})
        try:
            server.execute(path="/x")
        except Exception:  # noqa: BLE001 - a server that does not start is looked at as well
            pass
        server.dispose()
        outputs["serve"] = bytes(server.stdout) + bytes(server.stderr)
        for detector in detectors:
            detector.check(**outputs)
    files = {str(path): path.read_bytes() for path in home.path.rglob("*") if path.is_file() and path.name != "config.yaml"}
    for detector in detectors:
        detector.check(**files)


def test_a_planted_leak_is_found():
    """What the test above looks for can be found at all."""
    secret = plain_canary()
    with pytest.raises(AssertionError, match="leaked"):
        LeakDetector(secret).check(output=b"the key is " + secret.encode())
