"""Every command with good and bad input: output, JSON, exit codes, file modes."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading

import pytest

from support.config import capability, one_api, rules, service, to_yaml
from support.examples import yaml_after
from support.home import Completed, JaneeHome
from support.leaks import random_letters

USAGE = 64
COMMANDS = ["init", "secret", "config", "diagnose", "serve", "logs", "demo"]


def mode_of(path) -> int:
    """The permission bits of a file."""
    return stat.S_IMODE(os.stat(path).st_mode)


def said(problem: dict) -> str:
    """The words of a problem of `config validate`."""
    return problem["message"] + " " + problem.get("hint", "")


def assert_failed_in_json(done: Completed, code: str | None = None) -> dict:
    """The command failed and said so in JSON on stdout."""
    done.expect(1)
    answer = done.json
    assert answer["ok"] is False
    assert isinstance(answer["error"], str) and answer["error"]
    if code is not None:
        assert answer["code"] == code
    return answer


class TestUsage:
    def test_help_lists_every_command(self, empty_home):
        done = empty_home.run("--help").expect(0)
        for command in COMMANDS:
            assert command in done.output

    @pytest.mark.parametrize("command", [[name] for name in COMMANDS] + [["secret", "set"], ["config", "validate"]])
    def test_every_command_has_help(self, empty_home, command):
        assert "USAGE" in empty_home.run(*command, "--help").expect(0).output.upper()

    def test_version(self, empty_home):
        assert empty_home.run("--version").expect(0).output.strip()

    @pytest.mark.parametrize(
        "arguments",
        [
            ["nonsense"],
            ["--nonsense"],
            ["init", "--nonsense"],
            ["init", "extra"],
            ["secret", "nonsense"],
            ["secret", "set"],
            ["secret", "get"],
            ["secret", "delete"],
            ["secret", "parse"],
            ["secret", "get", "a", "b"],
            ["secret", "set", "a", "--from-env"],
            ["secret", "set", "a", "--from-stdin", "--from-env", "X"],
            ["secret", "set", "a", "--from-file", "x", "--from-env", "X"],
            ["config", "validate", "extra"],
            ["diagnose", "access"],
            ["diagnose", "nonsense"],
            ["logs", "-n", "many"],
            ["logs", "-n", "-1"],
            ["logs", "nonsense"],
            ["serve", "--transport", "pigeon"],
            ["serve", "extra"],
        ],
        ids=" ".join,
    )
    def test_wrong_usage(self, home, arguments):
        done = home.run(*arguments, stdin=b"x").expect(USAGE)
        assert done.stdout == b""
        assert done.stderr

    def test_no_option_takes_a_secret_value(self, home):
        text = home.run("secret", "set", "--help").expect(0).output
        for option in ("--value", "--secret", "--key ", "--password"):
            assert option not in text
        for option in ("--from-stdin", "--from-env", "--from-file"):
            assert option in text


class TestInit:
    def test_makes_a_home(self, empty_home):
        empty_home.run("init").expect(0)
        assert mode_of(empty_home.path) == 0o700
        assert mode_of(empty_home.config_file) == 0o600
        assert mode_of(empty_home.path / "master.key") == 0o600
        assert mode_of(empty_home.credentials) == 0o700
        assert mode_of(empty_home.path / "logs") == 0o700
        assert "#" in empty_home.config_file.read_text()
        assert empty_home.run("config", "validate", "--json").expect(0).json["ok"] is True

    def test_modes_do_not_depend_on_the_umask(self, empty_home):
        old = os.umask(0)
        try:
            empty_home.run("init").expect(0)
            empty_home.set_secret("a/b", "c")
        finally:
            os.umask(old)
        for path in [empty_home.path, *empty_home.path.rglob("*")]:
            assert mode_of(path) & 0o077 == 0, path

    def test_json(self, empty_home):
        answer = empty_home.run("init", "--json").expect(0).json
        assert answer["ok"] is True
        key = (empty_home.path / "master.key").read_text().strip()
        assert key not in json.dumps(answer)
        assert key not in empty_home.run("init", "--json").expect(1).output

    def test_does_not_overwrite(self, home):
        before = home.config_file.read_bytes(), (home.path / "master.key").read_bytes()
        done = home.run("init").expect(1)
        assert str(home.config_file) in done.errors
        assert_failed_in_json(home.run("init", "--json"))
        assert (home.config_file.read_bytes(), (home.path / "master.key").read_bytes()) == before

    def test_default_home_is_below_the_users(self, empty_home):
        env = empty_home.environment()
        del env["JANEE_HOME"]
        empty_home.run("init", env=env).expect(0)
        assert (empty_home.root / ".janee" / "config.yaml").is_file()

    def test_every_command_honours_janee_home(self, binary, tmp_path):
        first, second = JaneeHome(binary, tmp_path / "one"), JaneeHome(binary, tmp_path / "two")
        for home in (first, second):
            home.root.mkdir()
            home.run("init").expect(0)
        first.set_secret("mine", "x")
        assert first.run("secret", "list", "--json").expect(0).json["secrets"]
        assert second.run("secret", "list", "--json").expect(0).json["secrets"] == []

    @pytest.mark.parametrize(
        "arguments",
        [["config", "validate"], ["diagnose", "access", "api"], ["serve"]],
        ids=" ".join,
    )
    def test_without_a_home_the_commands_say_what_to_do(self, empty_home, arguments):
        done = empty_home.run(*arguments).expect(1)
        assert "janee init" in done.errors + done.output


class TestSecretSet:
    @pytest.mark.parametrize(
        ("given", "stored"),
        [
            (b"value", "value"),
            (b"value\n", "value"),
            (b"value\n\n", "value\n"),
            (b" spaced ", " spaced "),
            ("é 🔑".encode(), "é 🔑"),
            (b"-----BEGIN X-----\nabc\n-----END X-----\n", "-----BEGIN X-----\nabc\n-----END X-----"),
        ],
    )
    def test_from_stdin_trims_one_line_end(self, home, given, stored):
        home.run("secret", "set", "name", "--from-stdin", stdin=given).expect(0)
        assert home.run("secret", "get", "name", "--reveal", "--json").expect(0).json["value"] == stored

    def test_from_environment(self, home):
        env = home.environment(MY_KEY="from-env")
        home.run("secret", "set", "name", "--from-env", "MY_KEY", env=env).expect(0)
        assert home.reveal("name") == "from-env"

    def test_from_file(self, home):
        file = home.root / "key.txt"
        file.write_bytes(b"from-file\n")
        home.run("secret", "set", "deep/er/name", "--from-file", str(file)).expect(0)
        assert home.reveal("deep/er/name") == "from-file"

    def test_stored_files_are_private_and_replaced_whole(self, home):
        home.set_secret("name", "one")
        home.set_secret("name", "two")
        assert home.reveal("name") == "two"
        files = [file for file in home.credentials.rglob("*") if file.is_file()]
        assert len(files) == 2  # with the prepared api-key; no temporary files stay behind
        for file in files:
            assert mode_of(file) == 0o600
            assert b"two" not in file.read_bytes()

    def test_large_values(self, home):
        value = random_letters(64 * 1024)
        home.set_secret("large", value)
        assert home.reveal("large") == value

    def test_dry_run_stores_nothing(self, home):
        home.run("secret", "set", "name", "--from-stdin", "--dry-run", stdin=b"x").expect(0)
        assert_failed_in_json(home.run("secret", "get", "name", "--json"), "SECRET_NOT_FOUND")

    def test_json(self, home):
        answer = home.run("secret", "set", "a/b", "--from-stdin", "--json", stdin=b"x").expect(0).json
        assert answer.get("ok", True) is True
        assert (answer["provider"], answer["path"]) == ("local", "a/b")

    def test_full_references(self, home):
        home.set_secret("LOCAL://a//b/", "x")
        assert home.reveal("local://a/b") == "x"
        assert home.reveal("a/b") == "x"
        assert home.reveal("filesystem://a/b") == "x"

    def test_missing_sources(self, home):
        assert_failed_in_json(home.run("secret", "set", "name", "--from-env", "NOT_SET_ANYWHERE", "--json"))
        assert "--from-env" in home.run("secret", "set", "name", "--from-env", "NOT_SET_ANYWHERE").errors
        missing = str(home.root / "none")
        assert_failed_in_json(home.run("secret", "set", "name", "--from-file", missing, "--json"))

    def test_without_source_and_terminal_it_does_not_wait(self, home):
        assert home.run("secret", "set", "name").code != 0
        assert_failed_in_json(home.run("secret", "get", "name", "--json"), "SECRET_NOT_FOUND")

    @pytest.mark.parametrize(
        "name", ["", "../x", "a/../b", "./a", "a b", "a:b", "a\\b", "/", "é", "a%00b", "a%0ab", "a" * 1025, "local://"]
    )
    def test_bad_names(self, home, name):
        done = home.run("secret", "set", name, "--from-stdin", "--json", stdin=b"x")
        assert_failed_in_json(done, "INVALID_SECRET_URI")
        assert [file.name for file in home.credentials.rglob("*") if file.is_file()] == ["api-key"]

    def test_unknown_providers(self, home):
        done = home.run("secret", "set", "a", "--from-stdin", "--provider", "nowhere", "--json", stdin=b"x")
        assert_failed_in_json(done, "PROVIDER_NOT_FOUND")
        done = home.run("secret", "set", "nowhere://a", "--from-stdin", "--json", stdin=b"x")
        assert_failed_in_json(done, "PROVIDER_NOT_FOUND")

    def test_names_that_differ_only_in_case_do_not_share_a_file(self, home):
        home.set_secret("name", "one")
        done = home.run("secret", "set", "NAME", "--from-stdin", stdin=b"two")
        assert done.code == 1
        assert home.reveal("name") == "one"

    def test_other_providers_of_the_filesystem(self, home):
        store = home.root / "store"
        store.mkdir(mode=0o700)
        home.configure({"providers": {"Team": {"type": "filesystem", "path": str(store)}}})
        home.run("secret", "set", "a", "--from-stdin", "--provider", "team", stdin=b"x").expect(0)
        assert home.reveal("team://a") == "x"
        assert_failed_in_json(home.run("secret", "get", "a", "--json"), "SECRET_NOT_FOUND")
        listed = home.run("secret", "list", "--provider", "TEAM", "--json").expect(0).json["secrets"]
        assert [entry["path"] for entry in listed] == ["a"]


class TestSecretGet:
    def test_shows_length_and_fingerprint(self, home, api_key):
        fingerprint = hashlib.sha256(api_key.encode()).hexdigest()[:12]
        text = home.run("secret", "get", "api-key").expect(0).output
        assert fingerprint in text and str(len(api_key)) in text
        answer = home.run("secret", "get", "api-key", "--json").expect(0).json
        assert (answer["length"], answer["fingerprint"]) == (len(api_key), fingerprint)
        assert "value" not in answer

    def test_reveals_when_asked(self, home, api_key):
        assert home.run("secret", "get", "api-key", "--reveal").expect(0).stdout.rstrip(b"\n") == api_key.encode()
        assert home.run("secret", "get", "api-key", "--reveal", "--json").expect(0).json["value"] == api_key

    def test_what_is_not_there(self, home):
        answer = assert_failed_in_json(home.run("secret", "get", "local://none", "--json"), "SECRET_NOT_FOUND")
        assert (answer["provider"], answer["path"], answer["transient"]) == ("local", "none", False)
        assert "none" in answer["error"]
        done = home.run("secret", "get", "local://none").expect(1)
        assert done.stdout == b"" and done.stderr

    def test_bad_references(self, home):
        assert_failed_in_json(home.run("secret", "get", "local://../x", "--json"), "INVALID_SECRET_URI")
        done = home.run("secret", "get", "locl://x/secret-path", "--json")
        answer = assert_failed_in_json(done, "PROVIDER_NOT_FOUND")
        assert "locl" in answer["error"] and "local" in answer["error"].replace("locl", "")
        assert "secret-path" not in answer["error"]

    def test_a_value_that_was_tampered_with_is_not_shown(self, home):
        (file,) = [file for file in home.credentials.rglob("*") if file.is_file()]
        data = bytearray(file.read_bytes())
        data[-6] ^= 1
        file.write_bytes(data)
        done = home.run("secret", "get", "api-key", "--reveal", "--json").expect(1)
        assert done.json["ok"] is False and done.json["code"] != "SECRET_NOT_FOUND"

    def test_stored_files_cannot_be_swapped(self, home):
        home.set_secret("one", "1111")
        home.set_secret("two", "2222")
        files = {file.name: file for file in home.credentials.rglob("*") if file.is_file()}
        one, two = (next(file for name, file in files.items() if name.startswith(word)) for word in ("one", "two"))
        two.write_bytes(one.read_bytes())
        assert home.run("secret", "get", "two", "--reveal").code == 1

    def test_symbolic_links_in_the_store_are_not_followed(self, home):
        outside = home.root / "outside"
        outside.write_bytes((home.credentials / "api-key").read_bytes())
        (home.credentials / "linked").symlink_to(outside)
        assert home.run("secret", "get", "linked", "--reveal").code == 1


class TestSecretsOfJanee016:
    MASTER_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    BLOB = b"oKGio6Slpqeoqaqrb8iUIgAUJXZErMiFuhSZQZVzI1kguHbgCATptmI="

    @pytest.mark.parametrize("end", [b"", b"\n"], ids=["without line end", "with line end"])
    def test_old_blobs_are_read(self, home, end):
        file = home.credentials / "legacy-key"
        file.write_bytes(self.BLOB + end)
        file.chmod(0o600)
        env = home.environment(JANEE_MASTER_KEY=self.MASTER_KEY)
        assert home.reveal("legacy-key", env=env) == "sk_test_janee"
        done = home.run("secret", "get", "legacy-key", "--reveal", "--json").expect(1)
        assert done.json["code"] != "SECRET_NOT_FOUND"

    def test_the_master_key_may_come_from_a_file(self, home):
        (home.credentials / "legacy-key").write_bytes(self.BLOB)
        (home.credentials / "legacy-key").chmod(0o600)
        file = home.root / "key"
        file.write_text(self.MASTER_KEY + "\n")
        file.chmod(0o600)
        env = home.environment(JANEE_MASTER_KEY_FILE=str(file))
        assert home.reveal("legacy-key", env=env) == "sk_test_janee"
        home.configure({"security": {"masterKey": "${file:" + str(file) + "}"}})
        assert home.reveal("legacy-key") == "sk_test_janee"

    @pytest.mark.parametrize("key", ["", "short", "!!!", "AAAA", MASTER_KEY[:-4], MASTER_KEY * 2])
    def test_a_bad_master_key_is_refused_without_repeating_it(self, home, key):
        env = home.environment(JANEE_MASTER_KEY=key)
        done = home.run("secret", "get", "api-key", "--reveal", "--json", env=env)
        if key:  # an empty variable counts as unset
            assert_failed_in_json(done)
            assert key not in done.output.replace("JANEE_MASTER_KEY", "")
        else:
            done.expect(0)


class TestSecretListAndDelete:
    def test_list(self, home):
        for name in ("b", "a/c", "a/b"):
            home.set_secret(name, "x")
        assert home.run("secret", "list", "--json").expect(0).json == {
            "secrets": [{"provider": "local", "path": path} for path in ("a/b", "a/c", "api-key", "b")]
        }
        assert [line for line in home.run("secret", "list").expect(0).output.splitlines() if "a/b" in line]

    def test_list_of_an_empty_store(self, empty_home):
        empty_home.run("init").expect(0)
        assert empty_home.run("secret", "list", "--json").expect(0).json == {"secrets": []}
        empty_home.run("secret", "list").expect(0)

    def test_list_of_ten_thousand(self, home):
        blob = (home.credentials / "api-key").read_bytes()
        for number in range(10_000):
            file = home.credentials / f"many-{number:05}"
            file.write_bytes(blob)
            file.chmod(0o600)
        listed = home.run("secret", "list", "--json").expect(0).json["secrets"]
        assert len(listed) == 10_001
        assert listed[-1]["path"] == "many-09999"

    def test_list_of_an_unknown_provider(self, home):
        assert_failed_in_json(home.run("secret", "list", "--provider", "none", "--json"), "PROVIDER_NOT_FOUND")

    def test_delete_needs_consent(self, home):
        assert home.run("secret", "delete", "api-key").code != 0
        home.run("secret", "delete", "api-key", "--dry-run").expect(0)
        home.run("secret", "get", "api-key").expect(0)

    def test_delete(self, home):
        answer = home.run("secret", "delete", "api-key", "--yes", "--json").expect(0).json
        assert (answer["provider"], answer["path"]) == ("local", "api-key")
        assert_failed_in_json(home.run("secret", "get", "api-key", "--json"), "SECRET_NOT_FOUND")
        assert_failed_in_json(home.run("secret", "delete", "api-key", "--yes", "--json"), "SECRET_NOT_FOUND")

    def test_as_in_the_migration_guide(self, home):
        home.set_secret("stripe-api-key", "x")
        home.run("secret", "delete", "stripe-api-key", "--provider", "local", "--yes").expect(0)

    def test_writing_is_audited_without_values(self, home):
        home.set_secret("audited", "the-value-itself")
        home.run("secret", "delete", "audited", "--yes").expect(0)
        entries = [record for record in home.records if "audited" in str(record)]
        assert len(entries) >= 2
        assert "the-value-itself" not in str(home.records)
        home.run("logs", "verify").expect(0)


class TestSecretParse:
    @pytest.mark.parametrize(
        ("reference", "provider", "path"),
        [
            ("vault://a/b", "vault", "a/b"),
            ("VAULT://A/B", "vault", "A/B"),
            ("prodVault://mcp/agents/stripe/api-key", "prodvault", "mcp/agents/stripe/api-key"),
            ("aws://prod/payment/stripe", "aws", "prod/payment/stripe"),
            ("vault://my-app/config%2Fspecial", "vault", "my-app/config/special"),
            ("vault:///a//b///", "vault", "a/b"),
            ("vault://a%2F%2Fb%2f", "vault", "a/b"),
            ("v-_9://~._-", "v-_9", "~._-"),
            ("vault://" + "a" * 1024, "vault", "a" * 1024),
            ("vault://" + "%61" * 1024, "vault", "a" * 1024),
            ("vault://%C3%A9", "vault", "é"),
            ("vault://a%20b", "vault", "a b"),
            ("V" * 64 + "://a", "v" * 64, "a"),
            ("a/b", "local", "a/b"),
            ("api-key", "local", "api-key"),
        ],
    )
    def test_good_references(self, empty_home, reference, provider, path):
        answer = empty_home.run("secret", "parse", reference, "--json").expect(0).json
        assert answer == {"provider": provider, "path": path}

    @pytest.mark.parametrize(
        "reference",
        [
            "", "/", "vault://", "vault:///", "vault://../etc/passwd", "vault://prod/../../sensitive",
            "vault://a/%2e%2e/b", "vault://a/./b", "vault://a%2F..%2Fb", "9vault://path", "_vault://path",
            "va ult://path", "vault.x://path", "://path", "V" * 65 + "://a", "vault://" + "a" * 1025, "vault://a b",
            "vault://a#b", "vault://a?b", "vault://a@v5", "vault://a:b", "vault://a\\b", "vault://a%5Cb", "vault://é",
            "vault://%", "vault://%4", "vault://%zz", "vault://%ff", "vault://%00", "vault://a%0Ab", "vault://%C2%85",
            "vault://a+b", "vault://a=b", "vault://a\nb", "postgres://u:p@h/x",
        ],
    )  # fmt: skip
    def test_bad_references(self, empty_home, reference):
        done = empty_home.run("secret", "parse", reference, "--json")
        assert_failed_in_json(done, "INVALID_SECRET_URI")
        assert set(done.json) == {"ok", "code", "error", "transient"}

    def test_text(self, empty_home):
        assert "a/b" in empty_home.run("secret", "parse", "vault://a//b").expect(0).output
        done = empty_home.run("secret", "parse", "vault://a#b").expect(1)
        assert done.stdout == b"" and "field" in done.errors

    def test_works_without_any_home(self, empty_home):
        empty_home.run("secret", "parse", "vault://a/b").expect(0)
        assert not empty_home.path.exists()


class TestConfigValidate:
    def problems(self, home: JaneeHome, *options: str, code: int = 1) -> list[dict]:
        """The problems of the current configuration."""
        answer = home.run("config", "validate", "--json", *options).expect(code).json
        assert answer["ok"] is (code == 0)
        for problem in answer["problems"]:
            assert {"severity", "code", "file", "line", "column", "field", "message"} <= set(problem)
            assert problem["severity"] in ("error", "warning")
        return answer["problems"]

    def test_a_good_configuration(self, home):
        home.configure(one_api("https://api.example.com", rules=rules(allow=["GET /v1/*"])))
        answer = home.run("config", "validate", "--json").expect(0).json
        assert answer["ok"] is True
        assert answer["problems"] == []
        assert answer["services"]["api"]["provider"] == "local"
        home.run("config", "validate", "--strict").expect(0)

    def test_without_providers_it_says_the_line_of_the_rfc(self, home):
        home.configure(one_api("https://api.example.com"))
        lines = home.run("config", "validate").expect(0).output.splitlines()
        assert "Using default filesystem provider for all services" in lines

    def test_with_providers_it_does_not(self, home):
        home.configure({"providers": {"local": {"type": "filesystem", "path": "~/.janee/credentials"}}})
        assert "Using default" not in home.run("config", "validate").expect(0).output

    def test_all_problems_at_once_with_their_places(self, home):
        home.configure(
            "services:\n"
            "  api:\n"
            "    baseUlr: https://api.example.com\n"
            "    auth:\n"
            "      type: bearer\n"
            "      key: 7\n"
            "capabilities:\n"
            "  api:\n"
            "    service: apy\n"
            "    ttl: soon\n"
        )
        problems = self.problems(home)
        places = {(problem["line"], problem["field"]) for problem in problems}
        assert {
            (3, "services.api.baseUlr"),
            (6, "services.api.auth.key"),
            (9, "capabilities.api.service"),
            (10, "capabilities.api.ttl"),
        } <= places
        for line, near in ((3, "baseUrl"), (9, "api")):
            assert any(near in said(problem) for problem in problems if problem["line"] == line)
        assert {problem["file"] for problem in problems} == {str(home.config_file)}
        text = home.run("config", "validate").expect(1)
        assert "config.yaml:3:5" in text.output + text.errors

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("services: [", 2),
            ("services:\n  api: {\n", 3),
            ("a: b: c\n", 1),
            ("services:\n\tapi: x\n", 2),
            ("services: {}\nservices: {}\n", 2),
            ("services:\n  api:\n    baseUrl: https://a.example\n    baseUrl: https://b.example\n", 4),
            ("servces: {}\n", 1),
            ("- a\n- b\n", 1),
            ("just text\n", 1),
            ("services: 7\n", 1),
            ("services:\n  api: text\n", 2),
            ("server:\n  logBodies: maybe\n", 2),
            ("server:\n  defaultAccess: closed\n", 2),
        ],
    )
    def test_broken_files(self, home, text, line):
        home.configure(text)
        assert line in [problem["line"] for problem in self.problems(home) if problem["severity"] == "error"]

    def test_bytes_that_are_not_text(self, home):
        home.config_file.write_bytes(b"services: \xff\xfe\n")
        self.problems(home)

    def test_an_empty_file_is_an_empty_configuration(self, home):
        for text in ("", "# only a comment\n", "services:\ncapabilities:\n"):
            home.configure(text)
            self.problems(home, code=0)

    def test_aliases_cannot_explode(self, home):
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
        home.configure("\n".join(lines) + "\n")
        assert "more than" in self.problems(home)[0]["message"]
        home.configure("\n".join([*lines, "? *a8", ": 1"]) + "\n")
        assert "anchors" in self.problems(home)[0]["message"]

    @pytest.mark.parametrize("ttl", ["1", "h", "1w", "-1h", "1.5h", "", "0x1h"])
    def test_lifetimes_are_checked(self, home, ttl):
        home.configure(one_api("https://a.example", ttl=ttl))
        assert [problem["field"] for problem in self.problems(home)] == ["capabilities.api.ttl"]

    def test_deny_only_rules_warn_and_load(self, home):
        home.configure(one_api("https://a.example", rules=rules(deny=["DELETE *"])))
        assert [problem["severity"] for problem in self.problems(home, code=0)] == ["warning"]

    def test_a_reference_that_is_not_stored_warns(self, home):
        config = one_api("https://a.example")
        config["services"]["api"]["auth"]["key"] = "not-stored-anywhere"
        home.configure(config)
        (problem,) = self.problems(home, code=0)
        assert (problem["severity"], problem["field"]) == ("warning", "services.api.auth.key")
        assert "not-stored-anywhere" not in json.dumps(problem)

    def test_a_reference_that_is_malformed_is_an_error(self, home):
        config = one_api("https://a.example")
        config["services"]["api"]["auth"]["key"] = "local://../x"
        home.configure(config)
        assert [problem["code"] for problem in self.problems(home)] == ["INVALID_SECRET_URI"]

    def test_a_provider_that_is_not_declared_is_an_error(self, home):
        config = one_api("https://a.example")
        config["services"]["api"]["auth"]["key"] = "valt://x"
        config["providers"] = {"vault": {"type": "filesystem", "path": "~/x"}}
        home.configure(config)
        (problem,) = self.problems(home)
        assert problem["code"] == "PROVIDER_NOT_FOUND"
        assert "vault" in said(problem)

    TOKEN = {"method": "token", "token": "x"}
    ROLE = {"method": "iam-role"}

    @pytest.mark.parametrize(
        "provider",
        [
            {"type": "filesystem"},
            {"type": "filesystem", "path": "relative/path"},
            {"type": "filesystem", "path": "~/x", "extra": 1},
            {"type": "nonsense", "path": "~/x"},
            {"type": "hashicorp-vault", "auth": TOKEN},
            {"type": "hashicorp-vault", "address": "https://v.example", "auth": {"method": "token"}},
            {"type": "hashicorp-vault", "address": "https://v.example", "auth": {**TOKEN, "roleId": "y"}},
            {"type": "hashicorp-vault", "address": "https://v.example", "auth": {"method": "none"}},
            {"type": "hashicorp-vault", "address": "http://v.example", "auth": TOKEN},
            {"type": "hashicorp-vault", "address": "http://169.254.169.254/latest/meta-data", "auth": TOKEN},
            {"type": "aws-secrets-manager", "region": "us-east-1"},
            {"type": "aws-secrets-manager", "region": "us-east-1", "auth": ROLE, "endpoint": "https://x.example"},
            {"type": "azure-key-vault", "vaultUrl": "https://v.vault.azure.net", "auth": {"method": "password"}},
        ],
    )
    def test_bad_providers(self, home, provider):
        home.configure(to_yaml({"providers": {"p": provider}}))
        assert "PROVIDER_CONFIG_INVALID" in {problem["code"] for problem in self.problems(home)}

    @pytest.mark.parametrize("names", [("a", "A"), ("9a",), ("a b",), ("local", "Local")], ids=str)
    def test_bad_provider_names(self, home, names):
        home.configure({"providers": {name: {"type": "filesystem", "path": "~/x"} for name in names}})
        assert "PROVIDER_CONFIG_INVALID" in {problem["code"] for problem in self.problems(home)}

    def test_known_but_inert_keys_are_accepted(self, home):
        home.configure({"version": "0.3.0", "llm": {"provider": "x"}, "features": {"providers": True}, "services": {}})
        assert not [problem for problem in self.problems(home, code=0) if problem["severity"] == "error"]


class TestExamplesOfTheRFC:
    ENVIRONMENT = {"VAULT_DEV_TOKEN": "dev-token", "VAULT_ROLE_ID": "role", "VAULT_TOKEN": "token"}

    def validate(self, home: JaneeHome, text: str, *options: str, **extra: str) -> Completed:
        """Validate a text as config.yaml, byte for byte."""
        home.configure(text)
        assert home.config_file.read_text(encoding="utf-8") == text
        env = home.environment(**self.ENVIRONMENT, **extra)
        return home.run("config", "validate", "--json", *options, env=env)

    @pytest.mark.parametrize(
        ("environment", "provider"),
        [({}, "devVault"), ({"JANEE_ENV": "dev"}, "devVault"), ({"JANEE_ENV": "prod"}, "prodVault")],
        ids=["unset", "dev", "prod"],
    )
    def test_multi_environment(self, home, environment, provider):
        text = yaml_after("### Multi-Environment Setup")
        assert "${JANEE_ENV == 'prod' ? 'prodVault' : 'devVault'}://mcp/agents/stripe/api-key" in text
        answer = self.validate(home, text, **environment).json
        errors = [problem for problem in answer["problems"] if problem["severity"] == "error"]
        if environment.get("JANEE_ENV") == "prod":  # the file of the example exists in production only
            assert all("secretId" in problem["field"] for problem in errors), errors
        else:
            assert errors == []
        assert answer["services"]["stripe"]["provider"].lower() == provider.lower()

    def test_multi_environment_without_the_variable_of_the_chosen_provider(self, home):
        home.configure(yaml_after("### Multi-Environment Setup"))
        problems = home.run("config", "validate", "--json", "--strict").expect(1).json["problems"]
        (problem,) = [problem for problem in problems if problem["field"] == "providers.devVault.auth.token"]
        assert problem["code"] == "PROVIDER_CONFIG_INVALID"
        assert "VAULT_DEV_TOKEN" in problem["message"]

    @pytest.mark.parametrize(
        ("heading", "service", "provider"),
        [
            ("### Production Vault Setup", "stripe", "prodVault"),
            ("### AWS with IAM Role", "github", "awsProd"),
            ("**Current config (filesystem only):**", "stripe", "local"),
            ("**Explicit filesystem provider:**", "stripe", "default"),
            ("**Step 2: Add provider config", "stripe", "local"),
        ],
    )
    def test_other_examples(self, home, heading, service, provider):
        home.set_secret("stripe-api-key", "x")
        answer = self.validate(home, yaml_after(heading)).expect(0).json
        assert answer["services"][service]["provider"].lower() in (provider.lower(), {"local": "default"}.get(provider))
        assert not [problem for problem in answer["problems"] if problem["severity"] == "error"]

    def test_the_current_configuration_uses_the_default_provider(self, home):
        home.configure(yaml_after("**Current config (filesystem only):**"))
        assert "Using default filesystem provider for all services" in home.run("config", "validate").expect(0).output


class TestPermissions:
    READERS = [("validate", ("config", "validate")), ("get", ("secret", "get", "api-key")), ("serve", ("serve",))]

    @pytest.mark.parametrize("mode", [0o620, 0o602, 0o666, 0o660, 0o777])
    @pytest.mark.parametrize(("name", "command"), READERS, ids=[name for name, _ in READERS])
    def test_a_configuration_that_others_can_write_is_refused(self, home, mode, name, command):
        home.configure(one_api("https://a.example"), mode=mode)
        done = home.run(*command).expect(1)
        assert "config.yaml" in done.output + done.errors

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
    def test_a_configuration_that_others_can_read_is_a_warning(self, home, mode):
        home.configure(one_api("https://a.example"), mode=mode)
        problems = home.run("config", "validate", "--json").expect(0).json["problems"]
        assert [problem["severity"] for problem in problems] == ["warning"]
        done = home.run("serve").expect(0)
        assert "config.yaml" in done.errors

    @pytest.mark.parametrize("mode", [0o770, 0o707, 0o777, 0o720])
    def test_a_home_that_others_can_write_is_refused(self, home, mode):
        home.configure(one_api("https://a.example"))
        home.path.chmod(mode)
        home.run("serve").expect(1)
        home.run("config", "validate").expect(1)

    @pytest.mark.parametrize("mode", [0o770, 0o777])
    def test_a_store_that_others_can_write_is_refused(self, home, mode):
        home.credentials.chmod(mode)
        assert home.run("secret", "get", "api-key", "--reveal").code == 1

    def test_a_declared_store_that_others_can_write_is_refused(self, home):
        store = home.root / "team"
        store.mkdir()
        store.chmod(0o777)
        config = one_api("https://a.example")
        config["providers"] = {"team": {"type": "filesystem", "path": str(store)}}
        home.configure(config)
        home.run("serve").expect(0)  # nothing refers to it
        config["services"]["api"]["auth"]["key"] = "team://x"
        home.configure(config)
        done = home.run("serve").expect(1)
        assert f"chmod 700 {store}" in done.errors

    @pytest.mark.parametrize("mode", [0o660, 0o666])
    def test_a_secret_that_others_can_write_is_refused(self, home, mode):
        (home.credentials / "api-key").chmod(mode)
        assert home.run("secret", "get", "api-key", "--reveal").code == 1

    def test_a_master_key_that_others_can_write_is_refused(self, home):
        (home.path / "master.key").chmod(0o666)
        assert home.run("secret", "get", "api-key", "--reveal").code == 1

    def test_a_store_that_others_can_read_is_a_warning(self, home):
        home.credentials.chmod(0o755)
        done = home.run("secret", "get", "api-key").expect(0)
        assert done.errors

    def test_no_warning_when_all_is_well(self, home):
        home.configure(one_api("https://a.example", rules=rules(allow=["GET *"])))
        assert home.run("secret", "get", "api-key").expect(0).errors == ""
        assert home.run("config", "validate").expect(0).errors == ""


class TestDiagnose:
    CHECKS = ["capability_exists", "mode", "allowed_agents", "default_access", "ownership", "rules"]

    @pytest.fixture
    def diagnosable(self, home):
        """A home with a capability for alice only."""
        home.configure(
            {
                "services": {"api": service("https://api.example.com/v1")},
                "capabilities": {
                    "api": capability(allowedAgents=["alice"], rules=rules(allow=["GET /users/*"])),
                    "open": capability(),
                },
            }
        )
        return home

    def diagnose(self, home: JaneeHome, *arguments: str, code: int) -> dict:
        """The JSON of `diagnose access`, checked for its shape."""
        answer = home.run("diagnose", "access", *arguments, "--json").expect(code).json
        assert {"agent", "capability", "allowed", "trace"} <= set(answer)
        assert answer["allowed"] is (code == 0)
        for step in answer["trace"]:
            assert set(step) == {"check", "result", "detail"}
            assert step["result"] in ("pass", "fail", "skip")
        if code:
            assert answer["nextStep"]
        return answer

    def results(self, answer: dict) -> dict[str, str]:
        """The results by check."""
        return {step["check"]: step["result"] for step in answer["trace"]}

    def test_allowed(self, diagnosable):
        arguments = ("api", "--agent", "alice", "--method", "GET", "--path", "/users//%41?x=1")
        answer = self.diagnose(diagnosable, *arguments, code=0)
        assert (answer["agent"], answer["capability"]) == ("alice", "api")
        assert answer["canonicalPath"] == "/users/A?x=1"
        assert [step["check"] for step in answer["trace"]][:6] == self.CHECKS
        assert self.results(answer)["rules"] == "pass"
        assert "ALLOWED" in diagnosable.run("diagnose", "access", *arguments).expect(0).output.upper()

    def test_rules_are_skipped_without_method_and_path(self, diagnosable):
        answer = self.diagnose(diagnosable, "api", "--agent", "alice", code=0)
        assert self.results(answer)["rules"] == "skip"

    def test_denied_by_rule(self, diagnosable):
        answer = self.diagnose(diagnosable, "api", "--agent", "alice", "--method", "POST", "--path", "/users/1", code=1)
        assert self.results(answer)["rules"] == "fail"
        done = diagnosable.run("diagnose", "access", "api", "--agent", "alice", "--method", "POST", "--path", "/x")
        assert "DENIED" in done.expect(1).output.upper()

    def test_another_agent(self, diagnosable):
        answer = self.diagnose(diagnosable, "api", "--agent", "mallory", code=1)
        assert self.results(answer)["allowed_agents"] == "fail"

    def test_no_agent_is_least_privilege(self, diagnosable):
        answer = self.diagnose(diagnosable, "api", code=1)
        assert answer["agent"] is None
        assert self.results(answer)["allowed_agents"] == "fail"
        self.diagnose(diagnosable, "open", code=0)

    def test_unknown_capability(self, diagnosable):
        answer = self.diagnose(diagnosable, "none", "--agent", "alice", code=1)
        assert answer["trace"][0] == {**answer["trace"][0], "check": "capability_exists", "result": "fail"}

    @pytest.mark.parametrize("path", ["/users/../x", "users/1", "//x", "/users/%2e%2e/x", "/users/%2F", "/users/;a"])
    def test_a_path_that_is_never_sent(self, diagnosable, path):
        answer = self.diagnose(diagnosable, "api", "--agent", "alice", "--method", "GET", "--path", path, code=1)
        assert "canonicalPath" not in answer

    @pytest.mark.parametrize("method", ["TRACE", "CONNECT", "FETCH"])
    def test_a_method_that_is_never_sent(self, diagnosable, method):
        done = diagnosable.run("diagnose", "access", "open", "--method", method, "--path", "/x", "--json")
        assert done.code in (1, USAGE)

    def test_it_agrees_with_the_server(self, home, upstream):
        home.configure(one_api(upstream.base_url, rules=rules(allow=["GET /v1/*"], deny=["GET /v1/secrets"])))
        broker = home.serve("alice")
        for path in "/v1/x /v1/secrets /v1/secrets/ /v1//secrets /v1/secrets?a /v2 /v1/../v2 /v1/%63 v1/x".split():
            arguments = ("access", "api", "--agent", "alice", "--method", "GET", "--path", path)
            verdict = home.run("diagnose", *arguments).code == 0
            assert verdict is not broker.execute("GET", path).is_error, path


class TestLogs:
    def test_an_empty_log(self, empty_home):
        empty_home.run("init").expect(0)
        assert isinstance(empty_home.run("logs", "--json").expect(0).json["logs"], list)
        assert empty_home.run("logs", "verify", "--json").expect(0).json["ok"] is True

    def test_the_last_records(self, home, upstream):
        home.configure(one_api(upstream.base_url))
        broker = home.serve()
        for number in range(5):
            broker.execute("GET", f"/call/{number}")
        assert broker.stop() == 0
        everything = home.run("logs", "--json", "-n", "1000").expect(0).json["logs"]
        assert everything == home.records
        assert home.run("logs", "--json", "-n", "3").expect(0).json["logs"] == home.records[-3:]
        text = home.run("logs", "-n", "1").expect(0).output
        assert "/call/4" in text and "/call/3" not in text

    def test_foreign_text_cannot_drive_the_terminal(self, home, upstream):
        home.configure(one_api(upstream.base_url))
        broker = home.serve()
        broker.execute("GET", "/x", reason="red \x1b[31m \x07 \x9b \u202e text\nforged line")
        assert broker.stop() == 0
        output = home.run("logs").expect(0).output
        assert not set("\x1b\x07\x9b\u202e") & set(output)
        assert not any(line.startswith("forged") for line in output.splitlines())


class TestServe:
    def test_accepts_the_stdio_transport_by_name(self, home):
        home.configure(one_api("https://a.example"))
        home.run("serve", "--transport", "stdio").expect(0)

    def test_a_bad_configuration_is_fatal_and_explained(self, home):
        home.configure("services: [")
        done = home.run("serve").expect(1)
        assert "config.yaml:2" in done.errors
        assert done.stdout == b""

    def test_an_unknown_provider_is_fatal(self, home):
        config = one_api("https://a.example")
        config["services"]["api"]["auth"]["key"] = "vault://x"
        home.configure(config)
        assert "PROVIDER_NOT_FOUND" in home.run("serve").expect(1).errors

    def test_a_missing_secret_is_a_warning(self, home):
        config = one_api("https://a.example")
        config["services"]["api"]["auth"]["key"] = "not-stored"
        home.configure(config)
        done = home.run("serve").expect(0)
        assert "SECRET_NOT_FOUND" in done.errors or "secret set" in done.errors


class TestDemo:
    def test_it_runs_without_touching_the_home(self, home):
        before = {path: path.stat().st_mtime_ns for path in home.path.rglob("*")}
        done = home.run("demo").expect(0)
        assert done.output
        assert {path: path.stat().st_mtime_ns for path in home.path.rglob("*")} == before


class TestTwoProcesses:
    def in_parallel(self, work, count: int) -> None:
        """Run `work(0)` … `work(count - 1)` at the same time."""
        faults: list[BaseException] = []

        def guarded(number: int) -> None:
            try:
                work(number)
            except BaseException as fault:  # noqa: BLE001 - raised again below
                faults.append(fault)

        threads = [threading.Thread(target=guarded, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            raise faults[0]

    def test_different_secrets_at_once(self, home):
        self.in_parallel(lambda number: home.set_secret(f"many/{number}", f"value-{number}"), 12)
        for number in range(12):
            assert home.reveal(f"many/{number}") == f"value-{number}"
        home.run("logs", "verify").expect(0)

    def test_the_same_secret_at_once(self, home):
        self.in_parallel(lambda number: home.set_secret("same", f"value-{number}" * 1000), 8)
        value = home.reveal("same")
        assert value in {f"value-{number}" * 1000 for number in range(8)}

    def test_init_at_once_makes_one_home(self, empty_home):
        codes: list[int] = []
        self.in_parallel(lambda _: codes.append(empty_home.run("init").code), 6)
        assert sorted(codes) == [0] + [1] * 5
        empty_home.set_secret("a", "b")
        empty_home.run("config", "validate").expect(0)

    def test_a_secret_that_is_stored_later_is_used(self, home, upstream):
        config = one_api(upstream.base_url)
        config["services"]["api"]["auth"]["key"] = "later"
        home.configure(config)
        broker = home.serve()
        assert broker.execute("GET", "/x").code == "SECRET_NOT_FOUND"
        home.set_secret("later", "the-key")
        assert not broker.execute("GET", "/x").is_error
        home.set_secret("later", "the-next-key")
        assert not broker.execute("GET", "/x").is_error
        values = [request.header("Authorization") for request in upstream.requests]
        assert values == ["Bearer the-key", "Bearer the-next-key"]
