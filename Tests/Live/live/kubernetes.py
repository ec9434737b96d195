"""The one service of a Kubernetes API that Vault asks: whether a token is valid."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .credentials import ClientCertificate, Issuer

ACCOUNT = {"name": "app", "uid": "11111111-2222-3333-4444-555555555555"}


class TokenReviews:
    """A server on loopback for which every token is one of the account `app`."""

    def __enter__(self) -> TokenReviews:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._server.server_close()

    def configuration(self, issuer: Issuer, authority: ClientCertificate) -> dict[str, Any]:
        """The configuration of the auth method; it wants an authority even without https."""
        return {
            "kubernetes_ca_cert": authority.file.read_text(),
            "kubernetes_host": f"http://127.0.0.1:{self._server.server_port}",
            "token_reviewer_jwt": self.service_account_token(issuer),
            "disable_local_ca_jwt": True,
            "disable_iss_validation": True,
        }

    @staticmethod
    def service_account_token(issuer: Issuer) -> str:
        """A projected token of the account."""
        return issuer.token(
            iss="https://kubernetes.default.svc.cluster.local",
            aud=["https://kubernetes.default.svc.cluster.local"],
            sub="system:serviceaccount:default:app",
            **{"kubernetes.io": {"namespace": "default", "serviceaccount": ACCOUNT}},
        )


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:  # noqa: N802 - the name that the library calls
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        groups = ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"]
        user = {"username": "system:serviceaccount:default:app", "uid": ACCOUNT["uid"], "groups": groups}
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview"}
        status = {"authenticated": True, "user": user, "audiences": asked["spec"].get("audiences", [])}
        body = json.dumps({**review, "status": status}).encode()
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: the tests' own output tells what happened."""
