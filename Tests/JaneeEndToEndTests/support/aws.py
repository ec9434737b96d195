"""Services of AWS: moto's server, and our double, which checks every signature, as programs of their own."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import boto3

from support.double import Double

ROLE = {"method": "iam-role"}
REGION = "us-east-1"


class Moto:
    """moto's server: Secrets Manager, STS and IAM, which check no signature unless they are told to."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [str(Path(sys.executable).parent / "moto_server"), "-H", "127.0.0.1", "-p", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if match := re.search(r"Running on (http://127\.0\.0\.1:\d+)", line):
                self.address = match[1]
                break
        else:
            raise AssertionError("moto does not start")
        # What it logs is not read; it must not wait for that.
        self.process.stdout.close()

    def client(self, service: str, **keys: str) -> Any:
        """boto3's client of a service."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.address,
            aws_access_key_id=keys.get("id", "AKIAOPERATOR"),
            aws_secret_access_key=keys.get("secret", "operator"),
        )

    def check_signatures(self) -> None:
        """Check signatures and policies of every request from now on."""
        request = urllib.request.Request(
            f"{self.address}/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"}, method="POST"
        )
        urllib.request.urlopen(request, timeout=30).read()

    @property
    def environment(self) -> dict[str, str]:
        """What points programs at it, as the tools of AWS have it."""
        return {"AWS_ENDPOINT_URL_SECRETS_MANAGER": self.address, "AWS_ENDPOINT_URL_STS": self.address}

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()


class AWS(Double):
    """Our double of Secrets Manager and STS, and of the credential sources of instances and containers."""

    @property
    def environment(self) -> dict[str, str]:
        """What points programs at it."""
        address = self.hello["address"]
        return {
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": address, "AWS_ENDPOINT_URL_STS": address, **self.instance,
        }  # fmt: skip

    @property
    def instance(self) -> dict[str, str]:
        """What makes the machine an instance."""
        return {"AWS_EC2_METADATA_SERVICE_ENDPOINT": self.hello["instance_address"]}

    def actions(self) -> list[str]:
        """What was asked for, in order."""
        return self.do("requests")["actions"]

    def issue(self, id: str = "ASIAINSTANCE", secret: str = "role/secret+key", token: str = "role/token==") -> None:
        """Keys of the platform's role, which the services know."""
        self.do("add_key", id=id, secret=secret, token=token)
        self.do("issue", id=id, secret=secret, token=token)


def provider(auth: dict[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
    """The configuration of a provider."""
    return {"type": "aws-secrets-manager", "region": REGION, "auth": auth or ROLE, **settings}


def access_key(id: str, secret: str, token: str | None = None) -> dict[str, str]:
    """`auth` with an access key."""
    auth = {"method": "access-key", "accessKeyId": id, "secretAccessKey": secret}
    return auth if token is None else {**auth, "sessionToken": token}
