"""A self-signed certificate for 127.0.0.1 and localhost that no machine trusts."""

import ssl
from pathlib import Path


def self_signed_context() -> ssl.SSLContext:
    """A server context with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).parent / "self-signed.pem")
    return context
