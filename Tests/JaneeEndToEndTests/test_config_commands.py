"""The commands that show and change the configuration: answers, questions, files, and what must not happen."""

from __future__ import annotations

import base64
import difflib
import fcntl
import json
import os
import re
import select
import signal
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.config import capability, one_api, rules, service
from support.dialogue import Dialogue
from support.home import Completed, JaneeHome
from support.leaks import LeakDetector, plain_canary
from support.upstream import PATIENCE

USAGE = 64

COMMENTED = """\
# the policy of a small shop
services:   # APIs
    shop:        # indented by four
        baseUrl: "https://shop.example"   # with a comment
        auth: {type: bearer,   key: shop-key}

    # the old one
    mail:
        auth:
            key:   'mail-key'
            type: bearer
        baseUrl: https://mail.example     # no longer paid

capabilities:

    # reading
    shop-read:
        service: shop
        ttl:   1h     # long
        rules:
            allow:
            - GET /a     # first
            # about b
            - 'GET /b'
            - "GET /c"

    shop-write:
        service: shop
        ttl: "30m"
        allowedAgents: [ann,  bob]  # two
        # at the end of it

    mail: {service: mail, ttl: 1h,   autoApprove: true}   # in one line

# the server
server: {defaultAccess: open, logBodies: false}
# trailing
"""

LISTS = """\
services:
- name: shop
  baseUrl: https://shop.example   # ours
  auth: { type: bearer, key: shop-key }
capabilities:
- name: shop-read
  service: shop
  ttl: 1h
  rules:
  - allow: GET /a
- ttl: 2h       # the name comes later
  name: shop-write
  service: shop
"""

SHOP_READ_RULES = """\
        rules:
            allow:
            - GET /a     # first
            # about b
            - 'GET /b'
            - "GET /c"
"""


def diff(before: str, after: str) -> list[str]:
    """The lines that differ, each with the line before and after it."""
    return list(difflib.unified_diff(before.splitlines(True), after.splitlines(True), n=1))


def lines_lost(before: str, after: str) -> list[str]:
    """The lines that are not there any more."""
    return [line[1:] for line in diff(before, after)[2:] if line.startswith("-")]


def mode_of(path: Path) -> int:
    """The permission bits of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def backup(home: JaneeHome) -> Path:
    """Where the version before is kept."""
    return home.path / "config.yaml.bak"


def stored(home: JaneeHome) -> list[str]:
    """The names of the stored secrets."""
    return [entry["path"] for entry in home.run("secret", "list", "--json").expect(0).json["secrets"]]


def answer(done: Completed) -> dict:
    """The JSON of a command that changed something: one line, and well."""
    done.expect(0)
    assert done.stdout.count(b"\n") == 1 and done.json["ok"] is True, done.output
    return done.json


def failure(done: Completed, code: str | None = None) -> str:
    """What a command that failed says in JSON."""
    document = done.expect(1).json
    assert document["ok"] is False and document["error"]
    if code is not None:
        assert document.get("code") == code, document
    return document["error"]


@pytest.fixture
def shop(home) -> JaneeHome:
    """A home with the commented configuration."""
    home.configure(COMMENTED)
    return home


@pytest.fixture
def at_terminal(home):
    """Runs a command with a terminal."""
    terminals: list[Dialogue] = []

    def run(*arguments: str) -> Dialogue:
        terminals.append(Dialogue([str(home.binary), *arguments], home.environment(), home.root))
        return terminals[-1]

    yield run
    for terminal in terminals:
        terminal.dispose()


class TestAnswersOfChanges:
    def test_add(self, home):
        env = home.environment(KEY="value")
        done = home.run("add", "api", "-u", "https://a.example", "--key-from-env", "KEY", "--json", env=env)
        document = answer(done)
        assert (document["service"], document["capability"]) == ("api", "api")
        assert document["message"] == 'Added service "api" with capability "api"'
        assert home.run("list", "--json").expect(0).json["capabilities"][0]["ttl"] == "1h"

    WITHOUT = {"on request": (["--no-capability"], {}), "because there is one": ([], {"api": capability("other")})}

    @pytest.mark.parametrize(("options", "capabilities"), WITHOUT.values(), ids=WITHOUT.keys())
    def test_add_without_a_capability(self, home, options, capabilities):
        home.configure({"services": {"other": service("https://o.example")}, "capabilities": capabilities})
        done = home.run("add", "api", "-u", "https://a.example", "--key-ref", "api-key", *options, "--json")
        document = answer(done)
        assert document["message"] == 'Added service "api"' and "capability" not in document
        listed = home.run("list", "--json").expect(0).json["capabilities"]
        assert [(entry["name"], entry["service"]) for entry in listed] == [(name, "other") for name in capabilities]

    def test_remove(self, shop):
        document = answer(shop.run("remove", "shop", "--yes", "--json"))
        assert document["service"] == "shop"
        assert document["dependentCapabilities"] == ["shop-read", "shop-write"]
        assert document["message"] == 'Service "shop" removed successfully'
        left = shop.run("list", "--json").expect(0).json
        assert [entry["name"] for entry in left["services"] + left["capabilities"]] == ["mail", "mail"]

    def test_remove_keeps_the_secrets(self, home):
        home.configure(one_api("https://a.example"))
        home.run("remove", "api", "-y").expect(0)
        assert stored(home) == ["api-key"]

    def test_cap_add(self, shop):
        document = answer(shop.run("cap", "add", "new", "--service", "shop", "--ttl", "30s", "--json"))
        assert (document["capability"], document["service"], document["ttl"]) == ("new", "shop", "30s")
        assert document["message"] == 'Added capability "new"'
        assert answer(shop.run("cap", "add", "newer", "-s", "shop", "--json"))["ttl"] == "1h"

    def test_cap_edit(self, shop):
        document = answer(shop.run("cap", "edit", "shop-read", "--ttl", "5m", "--json"))
        assert document["capability"] == "shop-read"
        assert document["message"] == 'Updated capability "shop-read"'

    def test_cap_remove(self, shop):
        document = answer(shop.run("cap", "remove", "shop-read", "-y", "--json"))
        assert document["capability"] == "shop-read"
        assert document["message"] == 'Capability "shop-read" removed successfully'
        shop.run("diagnose", "access", "shop-read").expect(1)

    SETTINGS = {
        "server.port": ("9100", 9100),
        "server.host": ("localhost", "localhost"),
        "server.logBodies": ("true", True),
        "server.strictDecryption": ("false", False),
        "server.defaultAccess": ("restricted", "restricted"),
    }

    @pytest.mark.parametrize(("key", "text", "value"), [(key, *pair) for key, pair in SETTINGS.items()])
    def test_config_set_and_get(self, shop, key, text, value):
        document = answer(shop.run("config", "set", key, text, "--json"))
        assert (document["key"], document["value"], document["message"]) == (key, value, f"Set {key} = {text}")
        assert shop.run("config", "get", key, "--json").expect(0).json == {"key": key, "value": value}
        assert shop.run("config", "get", key).expect(0).output.strip() == f"{key} = {text}"


class TestAnswersOfQuestions:
    def test_list(self, shop):
        document = shop.run("list", "--json").expect(0).json
        assert document["services"] == [
            {"name": "mail", "baseUrl": "https://mail.example", "authType": "bearer"},
            {"name": "shop", "baseUrl": "https://shop.example", "authType": "bearer"},
        ]
        read = {"name": "shop-read", "service": "shop", "ttl": "1h", "allowRules": 3, "denyRules": 0}
        assert read in document["capabilities"]
        text = shop.run("list").expect(0).output
        assert "https://shop.example" in text and "[3 allow, 0 deny]" in text

    @pytest.mark.parametrize("command", [("list",), ("cap", "list"), ("overview",)], ids=" ".join)
    def test_an_empty_home_is_told_what_to_do(self, home, command):
        assert re.search(r"janee (cap )?add", home.run(*command).expect(0).output)
        document = home.run(*command, "--json").expect(0).json
        assert document["capabilities"] in ([], 0)

    def test_cap_list(self, shop):
        found = {entry["name"]: entry for entry in shop.run("cap", "list", "--json").expect(0).json["capabilities"]}
        assert list(found) == ["mail", "shop-read", "shop-write"]
        assert found["shop-read"]["allowRules"] == ["GET /a", "GET /b", "GET /c"]
        assert found["shop-read"]["denyRules"] == []
        assert (found["mail"]["autoApprove"], found["mail"]["mode"], found["mail"]["ttl"]) == (True, "proxy", "1h")
        assert found["shop-write"]["allowedAgents"] == ["ann", "bob"]

    def test_cap_list_of_an_exec_capability(self, shop):
        options = ["--mode", "exec", "--allow-commands", "git", "gh", "--work-dir", "/srv", "--timeout", "5000"]
        shop.run("cap", "add", "tool", "-s", "shop", *options, "--env-map", "TOKEN={{credential}}").expect(0)
        found = {entry["name"]: entry for entry in shop.run("cap", "list", "--json").expect(0).json["capabilities"]}
        tool = found["tool"]
        assert (tool["mode"], tool["allowCommands"]) == ("exec", ["git", "gh"])
        assert (tool.get("workDir"), tool.get("timeout")) == ("/srv", 5000)
        assert "TOKEN" in tool["env"]

    def test_config_get_of_everything(self, shop):
        document = shop.run("config", "get", "--json").expect(0).json
        assert document == {"server.logBodies": False, "server.defaultAccess": "open"}
        assert "server.port = (not set)" in shop.run("config", "get").expect(0).output

    def test_config_show(self, home):
        home.configure(one_api("https://a.example/v1", rules=rules(allow=["GET /x"]), allowedAgents=["ann"]))
        document = home.run("config", "show", "--json").expect(0).json
        assert document["services"]["api"]["baseUrl"].startswith("https://a.example/v1")
        assert "api-key" in json.dumps(document["services"]["api"])
        assert document["capabilities"]["api"]["allow"] == ["GET /x"]
        assert json.loads(home.run("config", "show").expect(0).output)["services"] == document["services"]

    def test_status(self, shop):
        document = shop.run("status", "--json").expect(0).json
        assert document["version"] in shop.run("--version").expect(0).output
        assert document["configDir"] == str(shop.path)
        assert (document["configExists"], document["encrypted"]) == (True, True)
        assert (document["services"], document["capabilities"]) == (2, 3)
        assert document["auditLogEntries"] == len(shop.records) > 0
        assert re.fullmatch(r"\d+ B|\d+\.\d KB", document["auditLogSize"])

    def test_status_without_a_home(self, empty_home):
        document = empty_home.run("status", "--json").expect(0).json
        assert (document["configExists"], document["encrypted"], document["auditLogEntries"]) == (False, False, 0)
        assert "janee init" in empty_home.run("status").expect(0).output

    def test_status_without_a_master_key(self, shop):
        (shop.path / "master.key").unlink()
        assert shop.run("status", "--json").expect(0).json["encrypted"] is False

    def test_overview(self, home):
        home.configure(
            {
                "services": {
                    "api": service("https://a.example"),
                    "own": service("https://b.example", ownership={"accessPolicy": "agent-only", "createdBy": "carl"}),
                },
                "capabilities": {
                    "free": capability("api"),
                    "listed": capability("api", allowedAgents=["ann", "bob"]),
                    "nobody": capability("api", access="restricted"),
                    "owned": capability("own"),
                },
            }
        )
        document = home.run("overview", "--json").expect(0).json
        assert (document["services"], document["capabilities"]) == (2, 4)
        assert document["globalDefaultAccess"] == "open"
        assert document["agents"] == {
            "ann": {"accessible": ["free", "listed"], "denied": ["nobody", "owned"]},
            "bob": {"accessible": ["free", "listed"], "denied": ["nobody", "owned"]},
            "carl": {"accessible": ["free", "owned"], "denied": ["listed", "nobody"]},
        }
        assert document["unreachable"] == ["nobody"]
        text = home.run("overview").expect(0).output
        assert "carl" in text and "nobody" in text

    def test_overview_that_knows_no_agent(self, home):
        home.configure(one_api("https://a.example", access="restricted"))
        document = home.run("overview", "--json").expect(0).json
        assert (document["agents"], document["unreachable"]) == ({}, [])

    def test_whoami(self, shop):
        document = shop.run("whoami", "--json").expect(0).json
        assert (document["agentId"], document["role"]) == (None, "admin (CLI)")
        assert document["defaultAccessPolicy"] == "open"
        assert document["capabilities"] == {"accessible": ["mail", "shop-read", "shop-write"], "denied": []}

    def test_whoami_of_an_agent(self, shop):
        document = shop.run("whoami", "--agent", "eve", "--json").expect(0).json
        assert (document["agentId"], document["role"]) == ("eve", "agent")
        assert document["capabilities"] == {"accessible": ["mail", "shop-read"], "denied": ["shop-write"]}

    @pytest.mark.parametrize("agent", ["ann", "eve"])
    def test_whoami_agrees_with_the_server(self, shop, agent):
        told = shop.serve(agent).call("whoami").data["capabilities"]["accessible"]
        assert shop.run("whoami", "--agent", agent, "--json").expect(0).json["capabilities"]["accessible"] == told


class TestFailures:
    UNKNOWN = {
        "remove": ("remove", "shp", "--yes"),
        "cap add": ("cap", "add", "x", "--service", "shp"),
        "cap edit": ("cap", "edit", "shop-raed", "--ttl", "1h"),
        "cap remove": ("cap", "remove", "shop-raed", "--yes"),
        "config get": ("config", "get", "server.prt"),
        "config set": ("config", "set", "server.prt", "1"),
    }

    @pytest.mark.parametrize("arguments", UNKNOWN.values(), ids=UNKNOWN.keys())
    def test_what_is_not_there_comes_with_the_nearest_name(self, shop, arguments):
        error = failure(shop.run(*arguments, "--json"))
        assert re.search(r'"(shop|shop-read|server\.port)"', error), error
        done = shop.run(*arguments).expect(1)
        assert done.stdout == b"" and error.splitlines()[0] in done.errors

    EXISTING = {
        "add": ("add", "shop", "-u", "https://a.example", "--key-ref", "api-key"),
        "cap add": ("cap", "add", "shop-read", "--service", "shop"),
    }

    @pytest.mark.parametrize("arguments", EXISTING.values(), ids=EXISTING.keys())
    def test_what_is_there_already(self, shop, arguments):
        assert "already exists" in failure(shop.run(*arguments, "--json"))
        assert shop.config_file.read_text() == COMMENTED

    def test_an_edit_of_nothing(self, shop):
        assert "No changes" in failure(shop.run("cap", "edit", "shop-read", "--json"))

    CONFLICTS = {
        "agents": ("--allowed-agents", "x", "--clear-agents"),
        "rules": ("--allow", "GET /", "--clear-rules"),
        "access": ("--access", "open", "--clear-access"),
    }

    @pytest.mark.parametrize("options", CONFLICTS.values(), ids=CONFLICTS.keys())
    def test_options_that_contradict_each_other(self, shop, options):
        assert "Conflicting" in shop.run("cap", "edit", "shop-read", *options).expect(USAGE).errors
        assert shop.config_file.read_text() == COMMENTED

    WRONG = ["remove", "remove a b", "cap nonsense", "cap add", "cap add x", "cap add x -s", "cap edit", "cap remove",
             "config set", "config set server.port", "config set a b c", "config get a b", "config nonsense", "list x",
             "status x", "overview x", "whoami x", "whoami --agent", "completion", "completion tcsh", "add a b",
             "add --auth-type oauth", "cap add x -s y --timeout soon", "logs -f x", "logs -s"]  # fmt: skip

    @pytest.mark.parametrize("arguments", WRONG)
    def test_wrong_usage(self, shop, arguments):
        done = shop.run(*arguments.split()).expect(USAGE)
        assert done.stdout == b"" and done.stderr

    @pytest.mark.parametrize(
        "arguments",
        ["list", "cap list", "overview", "whoami", "config get", "config show", "config set server.port 1",
         "remove x --yes", "cap add x -s y", "cap edit x --ttl 1h", "cap remove x --yes",
         "add x -u https://a.example --key-ref k"],
    )  # fmt: skip
    def test_without_a_home_the_commands_say_what_to_do(self, empty_home, arguments):
        assert "janee init" in failure(empty_home.run(*arguments.split(), "--json"))
        assert not empty_home.path.exists() or list(empty_home.path.iterdir()) == []


class TestOnlyTheLinesThatMust:
    CASES = {
        "a lifetime before a comment": (
            "cap edit shop-read --ttl 5m", [("ttl:   1h     # long", "ttl:   5m     # long")]
        ),
        "a quoted lifetime": ("cap edit shop-write --ttl 45m", [('ttl: "30m"', "ttl: 45m")]),
        "a lifetime in braces": ("cap edit mail --ttl 2h", [("ttl: 1h,   auto", "ttl: 2h,   auto")]),
        "the same lifetime again": ("cap edit shop-read --ttl 1h", []),
        "a new field in braces": (
            "cap edit mail --requires-reason", [("autoApprove: true}", "autoApprove: true, requiresReason: true}")]
        ),
        "two fields": (
            "cap edit shop-read --ttl 5m --no-auto-approve",
            [("ttl:   1h", "ttl:   5m"), ('- "GET /c"\n', '- "GET /c"\n        autoApprove: false\n')],
        ),
        "a rule more": (
            "cap edit shop-read --allow GET_/a GET_/b GET_/c GET_/d",
            [('- "GET /c"\n', '- "GET /c"\n            - GET /d\n')],
        ),
        "a rule less": ("cap edit shop-read --allow GET_/a GET_/c", [("            - 'GET /b'\n", "")]),
        "another rule": ("cap edit shop-read --allow GET_/x GET_/b GET_/c", [("- GET /a ", "- GET /x ")]),
        "the first denied request": (
            "cap edit shop-read --deny *_/admin/*",
            [('- "GET /c"\n', "- \"GET /c\"\n            deny:\n                - '* /admin/*'\n")],
        ),
        "no rules": ("cap edit shop-read --clear-rules", [(SHOP_READ_RULES, "")]),
        "other agents": ("cap edit shop-write --allowed-agents ann,carol", [("[ann,  bob]", "[ann, carol]")]),
        "no agents": (
            "cap edit shop-write --clear-agents", [("        allowedAgents: [ann,  bob]  # two\n", "")]
        ),
        "a capability less": (
            "cap remove mail --yes", [("    mail: {service: mail, ttl: 1h,   autoApprove: true}   # in one line\n", "")]
        ),
        "a capability more": (
            "cap add new --service shop --access restricted",
            [("# in one line\n",
              "# in one line\n\n    new:\n        service: shop\n        ttl: 1h\n        access: restricted\n")],
        ),
        "a service less": (
            "remove mail --yes",
            [
                ("    mail:\n        auth:\n            key:   'mail-key'\n            type: bearer\n"
                 "        baseUrl: https://mail.example     # no longer paid\n", ""),
                ("    mail: {service: mail, ttl: 1h,   autoApprove: true}   # in one line\n", ""),
            ],
        ),
        "a service more": (
            "add new --url https://new.example --key-ref new-key --no-capability",
            [("# no longer paid\n",
              "# no longer paid\n\n    new:\n        baseUrl: https://new.example\n"
              "        auth:\n            type: bearer\n            key: new-key\n")],
        ),
        "a service and a capability more": (
            "add new --url https://new.example --key-ref new-key --ttl 5m",
            [
                ("# no longer paid\n",
                 "# no longer paid\n\n    new:\n        baseUrl: https://new.example\n"
                 "        auth:\n            type: bearer\n            key: new-key\n"),
                ("# in one line\n",
                 "# in one line\n\n    new:\n        service: new\n        ttl: 5m\n        autoApprove: true\n"),
            ],
        ),
        "a setting in braces": (
            "config set server.defaultAccess restricted", [("{defaultAccess: open,", "{defaultAccess: restricted,")]
        ),
        "the last setting in braces": ("config set server.logBodies true", [("logBodies: false}", "logBodies: true}")]),
        "a new setting in braces": (
            "config set server.port 9100", [("logBodies: false}", "logBodies: false, port: 9100}")]
        ),
        "a setting of a block that is not there": (
            "config set security.auditSync true", [("# trailing\n", "# trailing\n\nsecurity:\n    auditSync: true\n")]
        ),
    }  # fmt: skip

    @staticmethod
    def check(home: JaneeHome, text: str, command: str, changes: list[tuple[str, str]], lines: str = "\n") -> None:
        """Runs a command (spaces inside an argument are written `_`) and compares the file."""
        expected = text
        for old, new in changes:
            assert expected.count(old) == 1, f"{old!r} is not once in the text"
            expected = expected.replace(old, new)
        written = text.replace("\n", lines)
        home.config_file.write_bytes(written.encode())
        home.config_file.chmod(0o600)
        home.run(*[argument.replace("_", " ") for argument in command.split()]).expect(0)
        found = home.config_file.read_bytes().decode()
        assert diff(written, found) == diff(written, expected.replace("\n", lines))
        home.run("config", "validate").expect(0)

    @pytest.mark.parametrize(("command", "changes"), CASES.values(), ids=CASES.keys())
    def test_in_a_commented_file(self, home, command, changes):
        self.check(home, COMMENTED, command, changes)

    @pytest.mark.parametrize("name", ["a rule more", "a service and a capability more", "a setting in braces"])
    def test_in_a_file_with_line_breaks_of_windows(self, home, name):
        self.check(home, COMMENTED, *self.CASES[name], lines="\r\n")

    IN_LISTS = {
        "a lifetime": ("cap edit shop-read --ttl 5m", [("  ttl: 1h\n", "  ttl: 5m\n")]),
        "a lifetime before its name": ("cap edit shop-write --ttl 5m", [("- ttl: 2h  ", "- ttl: 5m  ")]),
        "a capability more": (
            "cap add new --service shop",
            [("  name: shop-write\n  service: shop\n",
              "  name: shop-write\n  service: shop\n- name: new\n  service: shop\n  ttl: 1h\n")],
        ),
        "a capability less": (
            "cap remove shop-write --yes",
            [("- ttl: 2h       # the name comes later\n  name: shop-write\n  service: shop\n", "")],
        ),
    }  # fmt: skip

    @pytest.mark.parametrize(("command", "changes"), IN_LISTS.values(), ids=IN_LISTS.keys())
    def test_in_the_form_of_lists(self, home, command, changes):
        self.check(home, LISTS, command, changes)

    def test_a_removal_and_the_same_addition_leave_the_rest(self, shop):
        shop.run("cap", "remove", "mail", "--yes").expect(0)
        shop.run("cap", "add", "mail", "--service", "mail", "--auto-approve").expect(0)
        lost = "    mail: {service: mail, ttl: 1h,   autoApprove: true}   # in one line\n"
        assert lines_lost(COMMENTED, shop.config_file.read_text()) == [lost]

    def test_what_cannot_be_changed_line_by_line_is_refused(self, home):
        text = COMMENTED.replace("            - GET /a ", "            - &first GET /a ").replace("'GET /b'", "*first")
        home.configure(text)
        for allowed in [("GET /a",), ("GET /x", "GET /a", "GET /c")]:
            done = home.run("cap", "edit", "shop-read", "--allow", *allowed).expect(1)
            assert "by hand" in done.errors
        assert home.config_file.read_text() == text

    def test_a_name_that_yaml_would_take_for_something_else(self, shop):
        for name in ["yes", "1.5", "a: b", "# c", "~", "ü"]:
            shop.run("cap", "add", name, "--service", "shop").expect(0)
            names = [entry["name"] for entry in shop.run("cap", "list", "--json").expect(0).json["capabilities"]]
            assert name in names
        assert lines_lost(COMMENTED, shop.config_file.read_text()) == []


class TestFiles:
    EDITS = [("cap", "edit", "shop-read", "--ttl", "5m"), ("config", "set", "server.port", "1"),
             ("cap", "add", "new", "-s", "shop"), ("remove", "mail", "-y")]  # fmt: skip

    def test_the_version_before_is_kept(self, shop):
        for edit in self.EDITS:
            before = shop.config_file.read_bytes()
            shop.run(*edit).expect(0)
            assert shop.config_file.read_bytes() != before
            assert backup(shop).read_bytes() == before
            assert mode_of(backup(shop)) & 0o077 == 0

    @pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o644, 0o700], ids=oct)
    def test_the_mode_stays(self, home, mode):
        home.configure(COMMENTED, mode=mode)
        home.run("config", "set", "server.port", "1").expect(0)
        assert mode_of(home.config_file) == mode

    def test_the_mode_stays_whatever_the_umask(self, home):
        home.configure(COMMENTED, mode=0o640)
        old = os.umask(0o077)
        try:
            home.run("config", "set", "server.port", "1").expect(0)
        finally:
            os.umask(old)
        assert mode_of(home.config_file) == 0o640

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
    def test_the_owner_stays(self, shop):
        """A root shell must not take the file from the user that the server runs as."""
        os.chown(shop.config_file, 65534, 65534)
        done = shop.run("config", "set", "server.port", "1")
        status = shop.config_file.stat()
        assert (done.code, status.st_uid, status.st_gid) in [(0, 65534, 65534), (1, 65534, 65534)]

    def test_nothing_is_left_over(self, shop):
        before = {file.name for file in shop.path.iterdir()}
        for edit in self.EDITS:
            shop.run(*edit).expect(0)
        assert {file.name for file in shop.path.iterdir()} - before == {"config.yaml.bak", ".config.lock"}
        assert mode_of(shop.path / ".config.lock") & 0o077 == 0

    @pytest.mark.parametrize("relative", [False, True], ids=["absolute", "relative"])
    def test_a_link_stays_a_link(self, shop, relative):
        policies = shop.root / "policies"
        policies.mkdir(mode=0o700)
        target = policies / "policy.yaml"
        shop.config_file.rename(target)
        link = Path("../policies/policy.yaml") if relative else target
        shop.config_file.symlink_to(link)
        for edit in self.EDITS:
            before = target.read_bytes()
            shop.run(*edit).expect(0)
            assert shop.config_file.is_symlink() and shop.config_file.readlink() == link
            assert target.read_bytes() != before
            assert backup(shop).read_bytes() == before
        assert [file.name for file in policies.iterdir()] == ["policy.yaml"]

    def test_a_backup_that_is_a_link_leads_nowhere(self, shop):
        outside = shop.root / "outside"
        outside.write_text("mine")
        backup(shop).symlink_to(outside)
        shop.run("config", "set", "server.port", "1")
        assert outside.read_text() == "mine"


class TestChangesThatWouldNotLoad:
    NEW = ("add", "new", "--key-from-stdin", "-u", "https://new.example")
    BAD = {
        "a lifetime of a new service": ((*NEW, "--ttl", "soon"), "ttl"),
        "a rule of a new service": ((*NEW, "--allow", "nonsense"), "allow"),
        "a method of a new service": ((*NEW, "--deny", "TRACE /x"), "deny"),
        "plain http": ((*NEW[:-1], "http://new.example"), "allow-?[pP]laintext"),
        "a scheme": ((*NEW[:-1], "ftp://new.example"), "baseUrl|http"),
        "no address": ((*NEW[:-1], "new.example"), "baseUrl|http"),
        "credentials in the address": ((*NEW[:-1], "https://u:p@new.example"), "baseUrl|user"),
        "a network": ((*NEW, "--allow-network", "10.0.0.0/99"), "network"),
        "an empty name": (("add", "", *NEW[2:]), "name|services"),
        "a lifetime of a new capability": (("cap", "add", "new", "-s", "shop", "--ttl", "1w"), "ttl"),
        "a lifetime": (("cap", "edit", "shop-read", "--ttl", "5"), "ttl"),
        "a rule": (("cap", "edit", "shop-read", "--allow", "GET"), "allow"),
        "a rule no request matches": (("cap", "edit", "shop-read", "--allow", "GET /a/../b"), "allow"),
        "an access mode": (("cap", "edit", "shop-read", "--access", "maybe"), "access"),
        "a mode": (("cap", "edit", "shop-read", "--mode", "dance"), "mode"),
        "no time": (
            ("cap", "edit", "shop-read", "--mode", "exec", "--allow-commands", "a", "--timeout", "0"), "timeout"
        ),
        "a choice": (("config", "set", "server.defaultAccess", "maybe"), "open, restricted"),
        "a truth": (("config", "set", "server.logBodies", "yes"), "true"),
        "a number": (("config", "set", "server.port", "many"), "server.port"),
        "a port": (("config", "set", "server.port", "70000"), "server.port"),
    }  # fmt: skip

    @pytest.mark.parametrize(("arguments", "reason"), BAD.values(), ids=BAD.keys())
    def test_change_nothing_and_say_why(self, shop, arguments, reason):
        before = {file: file.read_bytes() for file in shop.path.rglob("*") if file.is_file()}
        done = shop.run(*arguments, "--json", stdin=b"the-new-key")
        assert re.search(reason, failure(done))
        after = {file: file.read_bytes() for file in shop.path.rglob("*") if file.is_file()}
        after.pop(shop.path / ".config.lock", None)
        assert after == before
        assert stored(shop) == ["api-key"]

    def test_plain_http_needs_the_option(self, shop):
        arguments = (*self.NEW[:-1], "http://new.example")
        assert "--allow-plaintext" in failure(shop.run(*arguments, "--json", stdin=b"key"))
        shop.run(*arguments, "--allow-plaintext", stdin=b"key").expect(0)
        assert stored(shop) == ["api-key", "new/key"]

    def test_a_private_address_needs_the_option(self, shop):
        arguments = (*self.NEW[:-1], "https://10.1.2.3")
        assert "--allow-network 10.1.2.3/32" in failure(shop.run(*arguments, "--json", stdin=b"key"))
        shop.run(*arguments, "--allow-network", "10.1.2.3/32", stdin=b"key").expect(0)
        assert stored(shop) == ["api-key", "new/key"]

    def test_a_file_that_does_not_load_is_not_touched(self, home):
        text = COMMENTED + "nonsense: 1\n"
        home.configure(text)
        for arguments in [self.NEW, *TestFiles.EDITS]:
            done = home.run(*arguments, stdin=b"key").expect(1)
            assert "nonsense" in done.errors
        assert home.config_file.read_text() == text and not backup(home).exists()
        assert stored_files(home) == ["api-key"]


def stored_files(home: JaneeHome) -> list[str]:
    """The files of the store."""
    return sorted(str(file.relative_to(home.credentials)) for file in home.credentials.rglob("*") if file.is_file())


class TestValuesInArguments:
    PLACES = {
        "-k": ["-k", "{}"],
        "-k without a space": ["-k{}"],
        "--key": ["--key", "{}"],
        "--key=": ["--key={}"],
        "--password": ["--password", "{}"],
        "--header": ["--header", "X-Api-Key={}"],
        "--header with a colon": ["--header", "X-Api-Key: {}"],
        "a word too many": ["{}"],
        "two sources": ["--key-from-env", "{}", "--key-from-stdin"],
    }

    @pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
    @pytest.mark.parametrize("arguments", PLACES.values(), ids=PLACES.keys())
    def test_are_refused_and_not_repeated(self, shop, arguments, options):
        key = plain_canary()
        typed = [argument.format(key) for argument in arguments]
        done = shop.run("add", "new", "-u", "https://a.example", *typed, *options, stdin=b"x").expect(USAGE)
        LeakDetector(key).check(stdout=done.stdout, stderr=done.stderr, config=shop.config_file.read_bytes())
        assert shop.config_file.read_text() == COMMENTED and stored_files(shop) == ["api-key"]

    def test_the_refusal_names_the_ways(self, shop):
        done = shop.run("add", "new", "--key", plain_canary()).expect(USAGE)
        assert "--key-from-env" in done.errors and "--key-from-stdin" in done.errors

    WRONG_WAYS = {
        "a variable": ["--key-from-env", "{}"],
        "a file": ["--key-from-file", "{}"],
        "a header's variable": ["--auth-type", "headers", "--header-from-env", "X-Key={}"],
        "a header's file": ["--auth-type", "headers", "--header-from-file", "X-Key={}"],
    }

    @pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
    @pytest.mark.parametrize("arguments", WRONG_WAYS.values(), ids=WRONG_WAYS.keys())
    def test_a_key_in_place_of_a_source_is_not_repeated(self, shop, arguments, options):
        key = plain_canary()
        typed = [argument.format(key) for argument in arguments]
        done = shop.run("add", "new", "-u", "https://a.example", *typed, *options).expect(1)
        LeakDetector(key).check(stdout=done.stdout, stderr=done.stderr, config=shop.config_file.read_bytes())

    def test_a_key_in_place_of_a_reference_is_not_repeated(self, home):
        """The file holds it, because it may be stored later; no output does."""
        key = plain_canary()
        done = home.run("add", "new", "-u", "https://a.example", "--key-ref", key)
        outputs = [done.stdout, done.stderr]
        for command in TestWhatIsNotShown.COMMANDS:
            shown = home.run(*command.split())
            outputs += [shown.stdout, shown.stderr]
        LeakDetector(key).check(**{f"output{number}": output for number, output in enumerate(outputs)})


class TestCredentialsOfNewServices:
    def authorization(self, home: JaneeHome, upstream, *arguments: str, stdin: bytes = b"", **env: str) -> str | None:
        """The Authorization header that the upstream gets after `add`."""
        done = home.run("add", "api", "-u", upstream.base_url, *arguments, stdin=stdin, env=home.environment(**env))
        done.expect(0)
        result = home.serve().execute(path="/x")
        assert not result.is_error, result.text
        return upstream.only_request.header("Authorization")

    def test_bearer_from_the_environment(self, home, upstream):
        key = plain_canary()
        assert self.authorization(home, upstream, "--key-from-env", "KEY", KEY=key) == f"Bearer {key}"
        assert stored(home) == ["api-key", "api/key"]
        assert home.reveal("api/key") == key
        assert key not in home.config_file.read_text()

    def test_bearer_from_standard_input(self, home, upstream):
        assert self.authorization(home, upstream, "--key-from-stdin", stdin=b"one line\n") == "Bearer one line"

    def test_bearer_from_a_file(self, home, upstream):
        file = home.root / "key"
        file.write_text("from-file\n")
        assert self.authorization(home, upstream, "--key-from-file", str(file)) == "Bearer from-file"

    def test_bearer_that_is_stored_already(self, home, upstream, api_key):
        assert self.authorization(home, upstream, "--key-ref", "api-key") == f"Bearer {api_key}"
        assert stored(home) == ["api-key"]

    def test_basic(self, home, upstream):
        options = ["--auth-type", "basic", "--username", "AC123", "--password-from-stdin"]
        found = self.authorization(home, upstream, *options, stdin="pä:ss\n".encode())
        assert found == "Basic " + base64.b64encode("AC123:pä:ss".encode()).decode()
        assert stored(home) == ["api-key", "api/password"]

    def test_headers(self, home, upstream, api_key):
        file = home.root / "key"
        file.write_text("from-file\n")
        options = ["--header-from-env", "X-One=ONE", "--header-from-file", f"X-Two={file}"]
        options += ["--header-ref", "X-Three=api-key"]
        assert self.authorization(home, upstream, *options, ONE="first") is None
        request = upstream.only_request
        assert [request.header(name) for name in ("X-One", "X-Two", "X-Three")] == ["first", "from-file", api_key]
        assert stored(home) == ["api-key", "api/X-One", "api/X-Two"]

    def test_a_name_with_unusual_letters(self, home, upstream):
        home.run("add", "my shop/ü", "-u", upstream.base_url, "--key-from-stdin", stdin=b"the-key").expect(0)
        assert not home.serve().execute(path="/x", capability="my shop/ü").is_error
        assert upstream.only_request.header("Authorization") == "Bearer the-key"

    def test_rules_lifetime_and_test_path(self, home, upstream):
        options = ["--allow", "GET /a", "GET /b", "--deny", "GET /b", "--ttl", "5m", "--test-path", "/me"]
        self.authorization(home, upstream, *options[:1], "GET /x", *options[1:], "--key-ref", "api-key")
        (found,) = home.run("cap", "list", "--json").expect(0).json["capabilities"]
        assert found["allowRules"] == ["GET /x", "GET /a", "GET /b"]
        assert (found["denyRules"], found["ttl"]) == (["GET /b"], "5m")

    def test_an_empty_credential_is_refused(self, shop):
        done = shop.run("add", "new", "-u", "https://a.example", "--key-from-stdin", "--json", stdin=b"\n")
        assert "empty" in failure(done)
        assert shop.config_file.read_text() == COMMENTED and stored(shop) == ["api-key"]

    EXISTING = {
        "the only one": (["--key-from-stdin"], "new/key"),
        "the second": (["--header-from-env", "X-One=ONE", "--header-from-env", "X-Two=ONE"], "new/X-Two"),
    }

    @pytest.mark.parametrize(("options", "name"), EXISTING.values(), ids=EXISTING.keys())
    def test_a_secret_that_is_stored_already_is_not_replaced(self, shop, options, name):
        shop.set_secret(name, "old value")
        env = shop.environment(ONE="new value")
        done = shop.run("add", "new", "-u", "https://a.example", *options, "--json", stdin=b"new value", env=env)
        error = failure(done, "EXISTS")
        assert name in error and "--key-ref" in error and "secret delete" in error
        assert shop.config_file.read_text() == COMMENTED and not backup(shop).exists()
        assert stored(shop) == ["api-key", name]
        assert shop.reveal(name) == "old value"

    def test_what_was_stored_is_recorded_without_its_value(self, home):
        key = plain_canary()
        home.run("add", "api", "-u", "https://a.example", "--key-from-stdin", stdin=key.encode()).expect(0)
        events = [record["event"] for record in home.records if record.get("details", {}).get("path") == "api/key"]
        assert events and events[-1] == "secret_set"
        LeakDetector(key).check(log=b"".join(file.read_bytes() for file in home.log_files))
        home.run("logs", "verify").expect(0)


class TestQuestions:
    def test_add_asks_for_what_is_not_given(self, home, at_terminal, upstream):
        key = plain_canary()
        terminal = at_terminal("add")
        terminal.answer("Service name: ", "api")
        terminal.answer("Base URL: ", upstream.base_url)
        terminal.answer("Auth type (bearer, basic, headers) [bearer]: ", "")
        terminal.expect("API key: ")
        assert not terminal.echoes
        terminal.type(key + "\n")
        code, output = terminal.end()
        assert code == 0, terminal.transcript
        assert terminal.echoes
        assert b'Added service "api"' in output and b"Service name" not in output
        LeakDetector(key).check(terminal=terminal.transcript, output=output, config=home.config_file.read_bytes())
        assert not home.serve().execute(path="/x").is_error
        assert upstream.only_request.header("Authorization") == f"Bearer {key}"

    def test_add_asks_for_user_and_password(self, home, at_terminal):
        terminal = at_terminal("add", "api", "-u", "https://a.example", "--auth-type", "basic", "--json")
        terminal.answer("Username/Account ID: ", "AC123")
        terminal.expect("Password/Auth token: ")
        assert not terminal.echoes
        terminal.type("hidden words\n")
        code, output = terminal.end()
        assert code == 0 and json.loads(output)["service"] == "api"
        assert b"AC123" in terminal.transcript and b"hidden words" not in terminal.transcript
        assert home.reveal("api/password") == "hidden words"

    def test_add_asks_for_the_values_of_headers(self, home, at_terminal):
        terminal = at_terminal("add", "api", "-u", "https://a.example", "--header", "X-One", "--header", "X-Two")
        for name, value in [("X-One", "value-1"), ("X-Two", "value-2")]:
            terminal.expect(f"Value of {name}: ")
            assert not terminal.echoes
            terminal.type(value + "\n")
        assert terminal.end()[0] == 0
        assert b"value-" not in terminal.transcript
        assert [home.reveal(f"api/{name}") for name in ("X-One", "X-Two")] == ["value-1", "value-2"]

    def test_add_asks_nothing_that_was_given(self, at_terminal):
        terminal = at_terminal("add", "api", "-u", "https://a.example", "--key-ref", "api-key")
        assert terminal.end()[0] == 0
        assert terminal.transcript == b""

    ANSWERS = {"Service name: ": "new", "Base URL: ": "https://a.example", "Auth type": "bearer", "API key: ": ""}

    @pytest.mark.parametrize("question", ANSWERS)
    def test_an_interrupted_add_changes_nothing(self, shop, at_terminal, question):
        terminal = at_terminal("add")
        for one, text in self.ANSWERS.items():
            terminal.expect(one)
            if one == question:
                break
            terminal.type(text + "\n")
        terminal.type("\x03")
        code, output = terminal.end()
        assert code != 0 and output == b""
        assert terminal.echoes
        assert shop.config_file.read_text() == COMMENTED and stored(shop) == ["api-key"]

    WILL_NOT_DO = {
        "an empty name": ("Service name: ", ""),
        "a name that exists": ("Service name: ", "shop"),
        "an empty address": ("Base URL: ", ""),
        "an auth type nobody knows": ("Auth type", "magic"),
        "an empty key": ("API key: ", ""),
    }

    @pytest.mark.parametrize(("question", "text"), WILL_NOT_DO.values(), ids=WILL_NOT_DO.keys())
    def test_an_answer_that_will_not_do_changes_nothing(self, shop, at_terminal, question, text):
        terminal = at_terminal("add")
        for one, good in self.ANSWERS.items():
            terminal.answer(one, text if one == question else good)
            if one == question:
                break
        code, output = terminal.end()
        assert (code, output) == (1, b"") and b"janee: error:" in terminal.transcript
        assert shop.config_file.read_text() == COMMENTED and stored(shop) == ["api-key"]

    REMOVALS = {"remove": ("remove", "shop"), "cap remove": ("cap", "remove", "shop-read")}

    @pytest.mark.parametrize("command", REMOVALS.values(), ids=REMOVALS.keys())
    @pytest.mark.parametrize("agreed", ["y", "yes", "Y"])
    def test_a_removal_that_is_agreed_to(self, shop, at_terminal, command, agreed):
        terminal = at_terminal(*command)
        terminal.answer("(y/N): ", agreed)
        code, output = terminal.end()
        assert code == 0 and b"removed" in output and b"(y/N)" not in output
        assert shop.config_file.read_text() != COMMENTED

    @pytest.mark.parametrize("command", REMOVALS.values(), ids=REMOVALS.keys())
    @pytest.mark.parametrize("refused", ["", "n", "no", "yessir", "\x04"], ids=repr)
    def test_a_removal_that_is_not_agreed_to(self, shop, at_terminal, command, refused):
        terminal = at_terminal(*command)
        terminal.answer("(y/N): ", refused)
        assert terminal.end()[0] == 0
        assert shop.config_file.read_text() == COMMENTED

    def test_a_removal_names_what_goes_with_it(self, at_terminal, shop):
        terminal = at_terminal("remove", "shop")
        terminal.answer("(y/N): ", "n")
        terminal.end()
        assert b"shop-read" in terminal.transcript and b"shop-write" in terminal.transcript

    UNATTENDED = {
        "add": ("add",),
        "add without an address": ("add", "x", "--key-ref", "k"),
        "add without a type": ("add", "x", "-u", "https://a.example"),
        "add without a key": ("add", "x", "-u", "https://a.example", "--auth-type", "bearer"),
        "add without a user": ("add", "x", "-u", "https://a.example", "--auth-type", "basic", "--password-from-stdin"),
        "add without a header's value": ("add", "x", "-u", "https://a.example", "--header", "X-Key"),
        "add without headers": ("add", "x", "-u", "https://a.example", "--auth-type", "headers"),
        "remove": ("remove", "shop"),
        "cap remove": ("cap", "remove", "shop-read"),
    }

    @pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
    @pytest.mark.parametrize("command", UNATTENDED.values(), ids=UNATTENDED.keys())
    def test_nobody_is_asked_without_a_terminal(self, shop, command, options):
        """An answer that is piped in is not one either."""
        done = shop.run(*command, *options, stdin=b"y\ny\ny\ny\n").expect(1)
        assert re.search(r"--\w+|SERVICE", done.errors + done.output)
        assert ": \n" not in done.errors and not done.errors.endswith(": ")
        assert shop.config_file.read_text() == COMMENTED and stored(shop) == ["api-key"]


class TestTogether:
    def test_twenty_new_capabilities_at_once(self, shop):
        with ThreadPoolExecutor(20) as pool:
            names = [f"new-{number}" for number in range(20)]
            done = list(pool.map(lambda name: shop.run("cap", "add", name, "--service", "shop", "--json"), names))
        assert [one.code for one in done] == [0] * 20, [one.output for one in done if one.code]
        found = [entry["name"] for entry in shop.run("cap", "list", "--json").expect(0).json["capabilities"]]
        assert set(found) == {"mail", "shop-read", "shop-write", *names}
        assert lines_lost(COMMENTED, shop.config_file.read_text()) == []

    def test_two_edits_at_once(self, shop):
        for minutes in range(2, 10):
            with ThreadPoolExecutor(2) as pool:
                edits = [("cap", "edit", name, "--ttl", f"{minutes}m") for name in ("shop-read", "shop-write")]
                for done in pool.map(lambda edit: shop.run(*edit), edits):
                    done.expect(0)
            found = {entry["name"]: entry["ttl"] for entry in shop.run("list", "--json").expect(0).json["capabilities"]}
            assert (found["shop-read"], found["shop-write"]) == (f"{minutes}m", f"{minutes}m")

    URLS = ("https://a.example", "https://b.example")

    def assert_one_won(self, home: JaneeHome, codes: list[int], name: str) -> None:
        """One of two additions is there, with its own address and its own key."""
        assert sorted(codes) == [0, 1]
        winner = self.URLS[codes.index(0)]
        services = {entry["name"]: entry for entry in home.run("list", "--json").expect(0).json["services"]}
        assert services[name]["baseUrl"] == winner
        secret = home.run("secret", "get", f"{name}/key", "--reveal", "--json").json
        assert secret.get("value", secret.get("code")) == winner

    def test_of_two_additions_of_one_name_one_wins(self, home):
        for number in range(5):
            arguments = ("add", f"api{number}", "--key-from-stdin", "--url")
            with ThreadPoolExecutor(2) as pool:
                codes = list(pool.map(lambda url: home.run(*arguments, url, stdin=url.encode()).code, self.URLS))
            self.assert_one_won(home, codes, f"api{number}")

    @pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
    def test_an_addition_that_loses_takes_nothing_from_the_winner(self, home):
        """Both have found that no such secret is stored when the log lets them go on."""
        head = home.path / "logs" / ".chain"
        with open(head, "rb+") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            processes = []
            for url in self.URLS:
                command = [home.binary, "add", "api", "--key-from-stdin", "--url", url]
                processes.append(subprocess.Popen(command, stdin=subprocess.PIPE, env=home.environment()))
                processes[-1].stdin.write(url.encode())
                processes[-1].stdin.close()
            deadline = time.monotonic() + PATIENCE
            while not all(self.has_open(process, head) for process in processes):
                assert time.monotonic() < deadline, "the log was not opened"
                time.sleep(0.005)
        self.assert_one_won(home, [process.wait(PATIENCE) for process in processes], "api")

    @staticmethod
    def has_open(process: subprocess.Popen, file: Path) -> bool:
        """Whether a process has a file open."""
        descriptors = Path(f"/proc/{process.pid}/fd")
        return any(os.path.realpath(one) == str(file) for one in descriptors.iterdir())


class Following:
    """A running `logs -f`."""

    def __init__(self, home: JaneeHome, *options: str) -> None:
        self.process = subprocess.Popen(
            [home.binary, "logs", "-f", *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=home.environment(), cwd=home.root,
        )  # fmt: skip
        self._rest = b""

    def started(self) -> None:
        """Waits until it says that it follows."""
        assert select.select([self.process.stderr], [], [], PATIENCE)[0]
        assert b"Following" in self.process.stderr.readline()

    def line(self, patience: float = PATIENCE) -> bytes | None:
        """The next line, or nothing when patience ends."""
        deadline = time.monotonic() + patience
        while b"\n" not in self._rest:
            if not select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
                return None
            data = os.read(self.process.stdout.fileno(), 65536)
            assert data, "the output ended"
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def dispose(self) -> None:
        """Ends it whatever its state."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdout, self.process.stderr):
            pipe.close()


class TestFollowing:
    @pytest.fixture
    def follow(self, home):
        """Starts `logs -f`."""
        started: list[Following] = []

        def start(*options: str) -> Following:
            started.append(Following(home, *options))
            return started[-1]

        yield start
        for following in started:
            following.dispose()

    @pytest.fixture
    def broker(self, home, upstream):
        """A server of two services."""
        home.configure(
            {
                "services": {name: service(upstream.base_url) for name in ("api", "other")},
                "capabilities": {name: capability(name) for name in ("api", "other")},
            }
        )
        return home.serve()

    def test_new_records_come_as_they_are_written(self, home, broker, follow):
        broker.execute(path="/before")
        following = follow()
        following.started()
        for number in range(3):
            broker.execute(path=f"/after/{number}")
            assert all(f"/after/{number}".encode() in (following.line() or b"") for _ in ("intent", "outcome"))

    def test_in_json_one_a_line(self, home, broker, follow):
        following = follow("--json")
        first = None
        for number in range(100):
            broker.execute(path=f"/{number}")
            if first := following.line(0.5):
                break
        assert first, "nothing came"
        broker.execute(path="/last", method="POST", body="x")
        found = [json.loads(first)]
        while (found[-1]["path"], found[-1]["phase"]) != ("/last", "outcome"):
            line = following.line()
            assert line is not None
            found.append(json.loads(line))
        assert found == home.records[-len(found) :]

    def test_only_those_of_a_service(self, home, broker, follow):
        following = follow("--service", "other")
        following.started()
        home.set_secret("more", "x")
        broker.execute(path="/hidden")
        broker.execute(path="/shown", capability="other")
        lines = [following.line() or b"" for _ in ("intent", "outcome")]
        assert all(b"/other/shown" in line for line in lines)
        assert following.line(0.5) is None

    def test_from_before_the_first_record(self, home, broker, follow):
        for file in home.log_files:
            file.unlink()
        (home.path / "logs" / ".chain").unlink(missing_ok=True)
        (home.path / "logs").rmdir()
        following = follow()
        following.started()
        broker.execute(path="/first")
        broker.execute(path="/second")
        seen = b""
        while b"/second" not in seen:
            line = following.line()
            assert line is not None, seen
            seen += line
        assert b"/first" in seen

    @pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
    def test_it_ends_when_its_reader_goes(self, home, follow, options):
        following = follow(*options)
        if not options:
            following.started()
        following.process.stdout.close()
        assert following.process.wait(5) == 0
        assert b"error" not in following.process.stderr.read().lower()

    def test_it_ends_in_traffic_when_its_reader_goes(self, home, broker, follow):
        following = follow()
        following.started()
        broker.execute(path="/x")
        assert following.line()
        following.process.stdout.close()
        for number in range(50):
            broker.execute(path=f"/{number}")
        assert following.process.wait(5) == 0

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
    def test_it_can_be_interrupted(self, follow, number):
        following = follow()
        following.started()
        following.process.send_signal(number)
        assert following.process.wait(5) in (0, -number, 128 + number)

    def test_a_reason_cannot_drive_the_terminal(self, broker, follow):
        plain, in_json = follow(), follow("--json")
        plain.started()
        harmful = "\x1b\u009b\u202e"
        broker.execute(path="/x", reason=harmful)
        broker.execute(path="/y", capability=harmful)
        seen = b"".join(plain.line() or b"" for _ in range(3))
        while (line := in_json.line(1)) is not None:
            seen += line
        assert not [character for character in harmful if character.encode() in seen]

    def test_logs_of_one_service(self, home, broker):
        for name in ("api", "other", "api"):
            broker.execute(path=f"/{name}", capability=name)
        found = home.run("logs", "--service", "api", "--json").expect(0).json["logs"]
        assert [record["service"] for record in found] == ["api"] * 4
        assert len(home.run("logs", "-s", "other", "-n", "1", "--json").expect(0).json["logs"]) == 1
        text = home.run("logs", "-s", "other").expect(0).output
        assert text.count("/other") >= 2 and "/api" not in text


class TestWhatIsNotShown:
    COMMANDS = ["config show", "config show --json", "config validate", "config validate --json", "config get --json",
                "list", "list --json", "cap list", "cap list --json", "overview --json", "whoami --json",
                "status --json", "diagnose access api --json"]  # fmt: skip

    def outputs(self, home: JaneeHome, env: dict[str, str] | None = None) -> dict[str, bytes]:
        """What all of the commands print, and what the server prints at start."""
        found: dict[str, bytes] = {}
        for command in [*self.COMMANDS, "serve"]:
            done = home.run(*command.split(), env=env)
            found[command], found[command + " (errors)"] = done.stdout, done.stderr
        return found

    AUTH = {
        "bearer": lambda key: {"type": "bearer", "key": key},
        "basic": lambda key: {"type": "basic", "username": "AC123", "password": key},
        "headers": lambda key: {"type": "headers", "headers": {"X-Api-Key": key, "X-Other": "api-key"}},
    }

    @pytest.mark.parametrize("auth", AUTH.values(), ids=AUTH.keys())
    def test_a_bare_reference_that_is_not_stored(self, home, auth):
        key = plain_canary()
        config = one_api("https://a.example")
        config["services"]["api"]["auth"] = auth(key)
        home.configure(config)
        shown = self.outputs(home)
        LeakDetector(key).check(**shown)
        assert b"***" in shown["config show"]

    def test_a_bare_reference_is_shown_once_it_is_stored(self, home):
        home.configure(one_api("https://a.example"))
        shown = home.run("config", "show", "--json").expect(0).json["services"]["api"]
        assert "api-key" in json.dumps(shown) and "***" not in json.dumps(shown)
        home.run("secret", "delete", "api-key", "--yes").expect(0)
        shown = home.run("config", "show", "--json").expect(0).json["services"]["api"]
        assert "api-key" not in json.dumps(shown) and "***" in json.dumps(shown)

    VAULT = ("hashicorp-vault", {"address": "https://v.example"})
    AWS = ("aws-secrets-manager", {"region": "us-east-1"})
    AZURE = ("azure-key-vault", {"vaultUrl": "https://v.vault.azure.net"})
    PROVIDERS = {
        "vault with a token": (*VAULT, "token", ["token"]),
        "vault with an approle": (*VAULT, "approle", ["roleId", "secretId"]),
        "aws with a key": (*AWS, "access-key", ["accessKeyId", "secretAccessKey", "sessionToken"]),
        "azure with a secret": (*AZURE, "service-principal", ["tenantId", "clientId", "clientSecret"]),
    }

    @pytest.mark.parametrize("form", ["{}", "${{CANARY_{}}}"], ids=["written", "from the environment"])
    @pytest.mark.parametrize(("type", "settings", "method", "fields"), PROVIDERS.values(), ids=PROVIDERS.keys())
    def test_credentials_of_providers(self, home, type, settings, method, fields, form):
        keys = {field: plain_canary() for field in fields}
        auth = {field: form.format(key if form == "{}" else field) for field, key in keys.items()}
        config = one_api("https://a.example")
        config["providers"] = {
            "local": {"type": "filesystem", "path": str(home.credentials)},
            "remote": {"type": type, **settings, "auth": {"method": method, **auth}},
        }
        home.configure(config)
        env = home.environment(**{f"CANARY_{field}": key for field, key in keys.items()})
        shown = home.run("config", "show", "--json", env=env).expect(0).json["providers"]["remote"]
        assert shown["type"] == type and shown["auth"]["method"] == method
        assert set(shown["auth"].values()) == {method, "***"}
        outputs = self.outputs(home, env)
        for key in keys.values():
            LeakDetector(key).check(**outputs)

    def test_the_environment_of_exec_capabilities(self, home):
        key = plain_canary()
        home.configure(one_api("https://a.example", mode="exec", allowCommands=["git"], env={"TOKEN": key}))
        LeakDetector(key).check(**self.outputs(home))

    def test_the_file_and_its_backup_never_hold_a_stored_value(self, home):
        key = plain_canary()
        home.run("add", "api", "-u", "https://a.example", "--key-from-stdin", stdin=key.encode()).expect(0)
        home.run("config", "set", "server.port", "1").expect(0)
        LeakDetector(key).check(**{file.name: file.read_bytes() for file in home.path.iterdir() if file.is_file()})


class TestCompletion:
    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_a_script_that_knows_every_command(self, empty_home, shell):
        script = empty_home.run("completion", shell).expect(0).output
        for command in ["init", "add", "list", "remove", "cap", "secret", "config", "status", "overview", "whoami",
                        "diagnose", "serve", "logs", "completion", "demo", "auto-approve"]:  # fmt: skip
            assert command in script, command
        assert not empty_home.path.exists()

    COMPLETIONS = {
        "janee ca": ["cap"],
        "janee cap e": ["edit"],
        "janee config s": ["schema", "set", "show"],
        "janee completion b": ["bash"],
        "janee cap edit x --clear-r": ["--clear-rules"],
    }

    @pytest.mark.parametrize(("line", "expected"), COMPLETIONS.items())
    def test_bash_completes(self, empty_home, line, expected):
        file = empty_home.root / "janee.bash"
        file.write_text(empty_home.run("completion", "bash").expect(0).output)
        words = line.split()
        quoted = " ".join(f"'{word}'" for word in words)
        script = (
            f"source {file}; COMP_WORDS=({quoted}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMP_LINE='{line}'; "
            f"COMP_POINT=${{#COMP_LINE}}; _janee janee '{words[-1]}' '{words[-2]}'; "
            "printf '%s\\n' \"${COMPREPLY[@]}\""
        )
        done = subprocess.run(["bash", "-O", "extglob", "-c", script], capture_output=True, timeout=PATIENCE)
        assert done.returncode == 0 and sorted(done.stdout.decode().split()) == expected, done

    def test_the_hidden_option_is_not_offered(self, empty_home):
        for shell in ("bash", "zsh", "fish"):
            assert not re.search(r"--key[^-\w]", empty_home.run("completion", shell).expect(0).output)
