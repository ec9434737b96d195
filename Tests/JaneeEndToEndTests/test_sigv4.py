"""Signatures of requests to AWS, beside those of AWS's own library for Python."""

import datetime
import json
import random
import string
import subprocess
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

CASES = 300
NAMES = string.ascii_letters + string.digits + "-_.~/:+ %&=é\U0001f511*!()'@,;$"


def word(source: random.Random, alphabet: str, longest: int) -> str:
    """A text of at most so many of these characters."""
    return "".join(source.choice(alphabet) for _ in range(source.randrange(longest)))


def a_request(source: random.Random) -> dict:
    """A request as the signer's program takes it."""
    segments = [urllib.parse.quote(word(source, NAMES, 12), safe="") for _ in range(source.randrange(5))]
    parameters = [(word(source, NAMES, 8), word(source, NAMES, 12)) for _ in range(source.randrange(5))]
    query = "&".join(
        f"{urllib.parse.quote(name, safe='-_.~')}={urllib.parse.quote(value, safe='-_.~')}" for name, value in parameters if name
    )
    names = source.sample(
        ["Content-Type", "X-Amz-Target", "X-Vault-AWS-IAM-Server-ID", "Accept", "x-b", "X-A", "User-Agent", "traceparent"], 3
    )
    return {
        "accessKeyID": "AKIA" + "".join(source.choices(string.ascii_uppercase + string.digits, k=16)),
        "secretAccessKey": "".join(source.choices(string.ascii_letters + string.digits + "+/", k=40)),
        "sessionToken": source.choice([None, "".join(source.choices(string.ascii_letters + "+/=", k=200))]),
        "region": source.choice(["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"]),
        "service": source.choice(["secretsmanager", "sts", "execute-api"]),
        "time": source.randrange(1_500_000_000, 4_000_000_000),
        "method": source.choice(["GET", "POST", "PUT", "DELETE"]),
        "host": source.choice(["secretsmanager.us-east-1.amazonaws.com", "127.0.0.1:5000", "example.com:8443", "a"]),
        "path": "/" + "/".join(segments),
        "query": query,
        "headers": [[name, "a" + word(source, string.ascii_letters + " \t.;=", 20) + "b"] for name in names],
        "body": word(source, NAMES + "\n{}\"", 200),
    }  # fmt: skip


class Moment(datetime.datetime):
    """The time by which botocore signs."""

    seconds = 0

    @classmethod
    def utcnow(cls):
        return datetime.datetime.fromtimestamp(cls.seconds, datetime.UTC).replace(tzinfo=None)

    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.fromtimestamp(cls.seconds, tz)


@pytest.fixture
def clock(monkeypatch):
    """Sets the time of botocore's signers."""

    def set_to(seconds: int) -> None:
        Moment.seconds = seconds
        if hasattr(botocore.auth, "get_current_datetime"):
            monkeypatch.setattr(
                botocore.auth, "get_current_datetime",
                lambda remove_tzinfo=True: Moment.utcnow() if remove_tzinfo else Moment.now(datetime.UTC),
            )  # fmt: skip
        else:
            monkeypatch.setattr(botocore.auth.datetime, "datetime", Moment)

    return set_to


def theirs(request: dict, signer: type, **options) -> botocore.awsrequest.AWSRequest:
    """The request as botocore signs it."""
    url = f"https://{request['host']}{request['path']}" + (f"?{request['query']}" if request["query"] else "")
    aws_request = botocore.awsrequest.AWSRequest(
        method=request["method"], url=url, headers=dict(request["headers"]), data=request["body"].encode()
    )
    credentials = botocore.credentials.Credentials(
        request["accessKeyID"], request["secretAccessKey"], request["sessionToken"]
    )
    signer(credentials, request["service"], request["region"], **options).add_auth(aws_request)
    return aws_request


@pytest.fixture
def ours(binary):
    """Signs requests with our program."""

    def sign(requests: list[dict]) -> list[dict]:
        lines = "".join(json.dumps(request) + "\n" for request in requests)
        program = binary.with_name("SignRequests")
        done = subprocess.run([program], input=lines, capture_output=True, text=True, check=True)
        signatures = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(signatures) == len(requests)
        return signatures

    return sign


@pytest.fixture(scope="module")
def requests() -> list[dict]:
    """Random ones, the same in every run."""
    source = random.Random(7)
    return [a_request(source) for _ in range(CASES)]


def test_headers_are_signed_as_botocore_signs_them(requests, clock, ours):
    for request, signed in zip(requests, ours(requests), strict=True):
        clock(request["time"])
        wanted = theirs(request, botocore.auth.SigV4Auth).headers
        assert signed["date"] == wanted["X-Amz-Date"], request
        assert signed["authorization"] == wanted["Authorization"], request


def test_queries_are_signed_as_botocore_signs_them(requests, clock, ours):
    def is_comparable(request: dict) -> bool:
        # botocore keeps one value of a parameter that stands twice, and moves headers of forms.
        names = [pair.partition("=")[0] for pair in request["query"].split("&")]
        return len(set(names)) == len(names) and all(name != "Content-Type" for name, _ in request["headers"])

    chosen = [{**request, "body": ""} for request in requests if is_comparable(request)]
    assert len(chosen) >= 50
    for request, signed in zip(chosen, ours(chosen), strict=True):
        clock(request["time"])
        wanted = theirs(request, botocore.auth.SigV4QueryAuth, expires=900).url
        parameters = [urllib.parse.parse_qsl(query, keep_blank_values=True)
                      for query in (urllib.parse.urlsplit(wanted).query, signed["query"])]  # fmt: skip
        assert sorted(parameters[0]) == sorted(parameters[1]), request


def test_another_signature_would_be_noticed(requests, clock, ours):
    clock(requests[0]["time"] + 1)
    (signed,) = ours(requests[:1])
    assert signed["authorization"] != theirs(requests[0], botocore.auth.SigV4Auth).headers["Authorization"]
