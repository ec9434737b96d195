"""`config schema`: the JSON Schema for editors agrees with the reader of config.yaml."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml.error import YAMLError

from support.config import to_yaml
from support.examples import TEXT, yaml_after
from support.problems import read_problems
from support.yaml12 import read_yaml
from test_config_commands import COMMENTED, LISTS
from test_documentation import BLOCKS, EXAMPLES

PROBLEMS = read_problems()
BLOB = "oKGio6Slpqeoqaqrb8iUIgAUJXZErMiFuhSZQZVzI1kguHbgCATptmI="


@pytest.fixture(scope="module")
def schema(binary, tmp_path_factory) -> dict[str, Any]:
    """What the command prints."""
    from support.home import JaneeHome

    home = JaneeHome(binary, tmp_path_factory.mktemp("schema"))
    text = home.run("config", "schema").expect(0)
    assert text.errors == ""
    assert home.run("config", "schema", "--json").expect(0).json == text.json
    return text.json


@pytest.fixture(scope="module")
def validator(schema) -> Draft202012Validator:
    """The schema, ready to use."""
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def errors(validator: Draft202012Validator, document: Any) -> list[str]:
    """What the schema has against a document."""
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)]


def objects(value: Any):
    """Every object in a schema that describes a map with known fields."""
    if isinstance(value, dict):
        if isinstance(value.get("properties"), dict) and "type" in value:
            yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)


class TestWhatItSays:
    def test_it_names_itself_and_its_dialect(self, schema):
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["$id"] and schema["title"] and schema["description"]

    def test_every_field_is_described_and_no_other_is_allowed(self, schema):
        described = 0
        for thing in objects(schema):
            assert thing["additionalProperties"] is False
            for name, field in thing["properties"].items():
                if name in ("name", "allow", "deny") and "description" not in field:
                    continue  # of the list forms
                assert field["description"].endswith("."), name
                described += 1
            assert set(thing.get("required", [])) <= set(thing["properties"])
        assert described > 300

    def test_unions_are_told_apart_by_a_constant(self, schema):
        providers = [form["properties"]["type"]["const"] for form in schema["$defs"]["provider"]["oneOf"]]
        assert providers == ["filesystem", "hashicorp-vault", "openbao", "aws-secrets-manager", "azure-key-vault",
                             "environment", "exec"]  # fmt: skip
        vault = schema["$defs"]["provider"]["oneOf"][1]["properties"]["auth"]["oneOf"]
        assert [form["properties"]["method"]["const"] for form in vault] == [
            "token", "approle", "kubernetes", "jwt", "cert", "userpass", "ldap", "agent", "aws",
        ]  # fmt: skip

    def test_it_needs_no_home(self, empty_home):
        empty_home.run("config", "schema").expect(0)
        assert not empty_home.path.exists()


class TestWhatItAccepts:
    @pytest.mark.parametrize(
        "heading",
        [
            "**Example with strict validation:**", "### Production Vault Setup", "### AWS with IAM Role",
            "### Multi-Environment Setup", "**Current config (filesystem only):**", "**Explicit filesystem provider:**",
            "**Step 2: Add provider config",
        ],
    )
    def test_block_of_the_rfc(self, validator, heading):
        assert errors(validator, read_yaml(yaml_after(heading))) == []

    def test_step_3_of_the_rfc(self, validator):
        step = TEXT[TEXT.index("**Step 3") :]
        text = step[step.index("services:") : step.index("```", step.index("services:"))]
        assert errors(validator, read_yaml(text)) == []

    @pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
    def test_example(self, validator, example):
        assert errors(validator, read_yaml(example.read_text(encoding="utf-8"))) == []

    @pytest.mark.parametrize("block", [text for _, text in BLOCKS], ids=[name for name, _ in BLOCKS])
    def test_configuration_shown(self, validator, block):
        assert errors(validator, read_yaml(block)) == []

    @pytest.mark.parametrize("text", [COMMENTED, LISTS], ids=["comments", "lists"])
    def test_configuration_that_commands_edit(self, validator, text):
        assert errors(validator, read_yaml(text)) == []

    def test_what_init_writes(self, home, validator):
        assert errors(validator, read_yaml(home.config_file.read_text(encoding="utf-8"))) == []

    @pytest.mark.parametrize("text", ["", "# nothing\n", "services:\ncapabilities:\nserver:\nproviders:\n"])
    def test_file_without_content(self, validator, text):
        assert errors(validator, read_yaml(text)) == []

    def test_homes_of_016(self, home, validator):
        """The forms of 0.16, in a file that the reader takes too."""
        inline = {
            "version": "0.2.0", "masterKey": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "server": {"port": 9119, "host": "localhost", "logBodies": False, "strictDecryption": True},
            "llm": {"provider": "openai"},
            "services": {
                "a": {"baseUrl": "https://a.example", "auth": {"type": "bearer", "key": BLOB}},
                "b": {"baseUrl": "https://b.example", "auth": {"type": "headers", "headers": {"X-Key": BLOB}}},
                "c": {"baseUrl": "https://c.example", "auth": {"type": "hmac-okx", "apiKey": BLOB, "apiSecret": BLOB}},
                "d": {"baseUrl": "https://d.example", "auth": {"type": "service-account", "credentials": BLOB, "scopes": ["x"]}},
            },
            "capabilities": {
                "c": {"service": "a", "ttl": "1h", "rules": [{"allow": "GET /a"}, {"deny": ["GET /b", "GET /c"]}]},
                "d": {"service": "b", "ttl": "1h", "rules": []},
            },
        }
        home.configure(to_yaml(inline))
        home.run("config", "validate").expect(0)
        assert errors(validator, read_yaml(to_yaml(inline))) == []


class TestWhatItRejects:
    def test_the_table_is_used(self):
        counts = {verdict: sum(file.schema == verdict for file in PROBLEMS) for verdict in ("rejects", "accepts", "cannot read")}
        assert sum(counts.values()) == len(PROBLEMS)
        assert counts["rejects"] >= 80

    @pytest.mark.parametrize("file", PROBLEMS, ids=lambda file: file.name)
    def test_file_of_the_table(self, validator, file):
        try:
            document = json.loads(json.dumps(read_yaml(file.text)))
        except (YAMLError, TypeError, ValueError):
            assert file.schema == "cannot read"
            return
        assert bool(errors(validator, document)) == (file.schema == "rejects")

    @pytest.mark.parametrize("file", PROBLEMS, ids=lambda file: file.name)
    def test_the_reader_finds_what_the_table_says(self, home, file):
        """The same table through the built program."""
        home.configure(file.text)
        answer = home.run("config", "validate", "--json", env=home.environment(SET_VARIABLE="a value")).expect(1).json
        found = []
        for problem in answer["problems"]:
            field = f"{problem['field']}: " if problem["field"] else ""
            severity = "warning " if problem["severity"] == "warning" else ""
            found.append(
                f"{severity}{problem['line']}:{problem['column']} {problem['code']} {field}{problem['message']}"
            )
        assert len(found) == len(file.problems)
        for is_found, wanted in zip(found, file.problems, strict=True):
            assert is_found.startswith(wanted[:-1]) if wanted.endswith("…") else is_found == wanted

    def test_rejected_designs_of_the_rfc(self, validator):
        for heading in ("### Alternative 1", "### Alternative 2", "### Alternative 3", "**1. Server-Side Request Forgery"):
            assert errors(validator, read_yaml(yaml_after(heading))) != []
        block = yaml_after("**Example with strict validation:**")
        assert errors(validator, read_yaml(block.replace("# unknownField", "unknownField"))) != []


# A master key: 32 bytes.
KEY = base64.b64encode(bytes(32)).decode()
WHOLE: dict[str, Any] = {
    "version": "1", "features": {"providers": True},
    "providers": {
        "local": {"type": "filesystem", "path": "~/.janee/credentials"},
        "v": {
            "type": "hashicorp-vault", "address": "https://v.example", "namespace": "n", "mountPath": "m",
            "layout": "auto", "kvVersion": 2, "eager": True, "timeoutMs": 1000,
            "auth": {"method": "approle", "roleId": "r", "secretId": "${file:/s}", "mount": "x"},
            "retry": {"maxAttempts": 3, "backoffMultiplier": 1.5, "retryableErrors": ["PROVIDER_UNAVAILABLE"]},
            "cache": {"ttlSeconds": 5}, "tls": {"caFile": "/ca", "pins": ["p"]}, "network": {"allow": ["10.0.0.0/8"]},
        },
        "w": {"type": "hashicorp-vault", "address": "http://localhost:8200", "auth": {"method": "token", "token": "t"}},
        "a": {
            "type": "aws-secrets-manager", "region": "us-east-1", "fips": True,
            "auth": {"method": "access-key", "accessKeyId": "a", "secretAccessKey": "s"},
        },
        "z": {"type": "azure-key-vault", "vaultUrl": "https://z.vault.azure.net", "auth": {"method": "managed-identity"}},
    },
    "services": {
        "s": {
            "baseUrl": "https://s.example", "testPath": "/me", "allowHeaders": ["X-A"],
            "auth": {"type": "bearer", "key": {"provider": "v", "path": "a/b", "field": "f", "version": 3}},
            "limits": {"timeoutMs": 5}, "network": {"allow": ["10.0.0.0/8"], "allowPlaintext": True},
            "ownership": {"accessPolicy": "shared", "createdBy": "a", "sharedWith": ["b"]},
        },
        "t": {"baseUrl": "https://t.example", "auth": {"type": "basic", "username": "u", "password": "p"}},
        "h": {"baseUrl": "https://h.example", "auth": {"type": "headers", "headers": {"X-Key": "k"}}},
    },
    "capabilities": {
        "c": {
            "service": "s", "ttl": "5m", "autoApprove": True, "allowedAgents": ["a"], "access": "open", "mode": "proxy",
            "rules": {"allow": ["GET /a"], "deny": ["* /b"]},
        },
    },
    "server": {"port": 1, "host": "h", "defaultAccess": "open", "logBodies": False},
    "security": {"auditSync": True, "masterKey": "${KEY}"},
}
"""A configuration with a field of nearly every kind."""


def places(value: Any, path: tuple = ()):
    """The path of everything in a document."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


def changed(path: tuple, change) -> Any:
    """The whole configuration with one place changed: `change` gets what holds the place, and its key."""
    document = copy.deepcopy(WHOLE)
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    change(holder, path[-1])
    return document


def slips() -> list[tuple[str, Any, bool]]:
    """The whole configuration with one slip each, and whether the slip is for the reader to find in any case."""
    found: list[tuple[str, Any, bool]] = []
    for path in places(WHOLE):
        if not path:
            continue
        where = ".".join(map(str, path))
        for name, value in (("a number", -7), ("a list", [[]]), ("a map", {"zz": 1}), ("a switch", True), ("nothing", None)):
            found.append((f"{where} is {name}", changed(path, lambda holder, key, value=value: holder.__setitem__(key, value)), False))
        found.append((f"{where} is not there", changed(path, lambda holder, key: holder.pop(key)), False))
        value = WHOLE
        for step in path:
            value = value[step]
        if isinstance(value, dict) and len(path) != 1 and path[-1] != "headers":
            found.append(
                (f"{where} has a field too many", changed((*path, "zzUnknown"), lambda holder, key: holder.__setitem__(key, "x")), True)
            )
    return found


class TestAgreement:
    """A reader and a schema that are given the same slips say the same."""

    def test_the_whole_configuration_is_fine(self, home, validator):
        home.configure(to_yaml(WHOLE))
        home.run("config", "validate", env=home.environment(KEY=KEY)).expect(0)
        assert errors(validator, WHOLE) == []

    def test_every_slip(self, home, validator):
        checked, refused, disagreed = 0, 0, []
        for name, document, certain in slips():
            home.configure(to_yaml(document))
            answer = home.run("config", "validate", "--json", env=home.environment(KEY=KEY)).json
            found = [problem for problem in answer["problems"] if problem["severity"] == "error"]
            against = errors(validator, document)
            checked += 1
            refused += bool(against)
            if certain and not (found and against):
                disagreed.append(f"{name}: the reader says {found}, the schema {against}")
            # What the schema refuses the reader refuses; what only the reader refuses is about meaning.
            if against and not found:
                disagreed.append(f"{name}: the schema alone has {against}")
            structural = ("must be a", "must be text", "must be true", "misses '", "is not a known field", "belongs to")
            # Whether a service may lack its secret depends on what 0.16 has stored for it.
            alone = [
                problem
                for problem in found
                if problem["message"].startswith(structural)
                or problem["message"].startswith("misses the required") and problem["code"] == "PROVIDER_CONFIG_INVALID"
            ]
            if alone and not against:
                disagreed.append(f"{name}: the reader alone has {alone}")
        assert disagreed == []
        assert checked > 500 and refused > 400
