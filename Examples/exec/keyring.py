#!/usr/bin/env python3
"""A plug-in that answers many requests on JSON lines, in any order.

The secrets are in one JSON file, {"path": "value"} or {"path": {"field": "value"}}, which SECRETS_FILE names.
"""

import json
import os
import sys

FILE = os.environ.get("SECRETS_FILE", os.path.expanduser("~/.secrets.json"))


def find(request):
    """The members of the answer to a request for a secret."""
    if "version" in request:
        return {"error": "invalid_reference"}
    try:
        with open(FILE, encoding="utf-8") as file:
            found = json.load(file).get(request["path"])
    except OSError:
        return {"error": "unavailable"}
    except ValueError:
        return {"error": "config_invalid"}
    if isinstance(found, dict):
        found = found.get(request["field"]) if "field" in request else None
    elif "field" in request:
        found = None
    if not isinstance(found, str):
        return {"missing": True}
    return {"exists": True} if request["op"] == "exists" else {"value": found}


def answer(request):
    """The members of the answer to any request."""
    if request["op"] in ("get", "exists"):
        return find(request)
    if request["op"] == "health":
        return {"ok": True} if os.access(FILE, os.R_OK) else {"error": "unavailable"}
    return {"error": "unsupported"}


for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps({"id": request["id"], **answer(request)}), flush=True)
