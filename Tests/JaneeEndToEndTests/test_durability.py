"""What a killed process, a full, read-only or vanished disk, and missing permissions leave behind."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import behaviours
from support.audit import of_calls, pairs
from support.config import capability, one_api
from support.disk import Disk
from support.endurance import times
from support.guest import Guest
from support.home import Completed, JaneeHome
from support.leaks import random_letters
from support.stdio import StdioServer, ToolResult
from support.upstream import PATIENCE, Upstream

SECRET_KILLS = times(150, 500)
CONFIGURATION_KILLS = times(80, 300)
RESTARTS = times(25, 200)
PROMPT = 5.0
"""Seconds within which a command must end that nobody keeps waiting."""


class Killer:
    """Kills commands at random points of their work, at other ones with every seed."""

    def __init__(self, home: JaneeHome, seed: int) -> None:
        self.random = random.Random(seed)
        self.killed = 0
        self._home = home
        self._duration = 0.0

    def measure(self, *arguments: str) -> None:
        """Let a command end, and remember how long it took."""
        started = time.monotonic()
        self._home.run(*arguments).expect(0)
        self._duration = max(self._duration, time.monotonic() - started)

    def run(self, *arguments: str, writes: Path) -> None:
        """Kill a command somewhere: every other one just after it has begun to write a file in this directory."""
        command = [self._home.binary, *arguments]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self._home.environment(),
        )
        if self.random.random() < 0.5:
            time.sleep(self.random.uniform(0.1, 1.0) * self._duration)
        else:
            known = temporary_files(writes)
            while temporary_files(writes) <= known and process.poll() is None:
                pass
            time.sleep(self.random.choice([0, 0.0002, 0.001, 0.004]))
        process.kill()
        code = process.wait()
        assert code in (0, -9), f"janee {' '.join(arguments)}: exit {code}"
        self.killed += code != 0


def temporary_files(directory: Path) -> set[str]:
    """The files that somebody is writing, or was when it was killed."""
    return {name for name in os.listdir(directory) if name.startswith(".janee-tmp-")} if directory.is_dir() else set()


def written(home: JaneeHome) -> bytes:
    """The complete lines of the audit log."""
    data = b"".join(file.read_bytes() for file in home.log_files)
    return data[: data.rfind(b"\n") + 1]


def verify(home: JaneeHome, code: int = 0) -> dict:
    """The report of `logs verify`."""
    report = home.run("logs", "verify", "--json").expect(code).json
    assert report["ok"] is (code == 0), report
    return report


def promptly(home: JaneeHome, *arguments: str, stdin: bytes = b"") -> Completed:
    """Runs a command that must neither fail nor wait for anybody."""
    started = time.monotonic()
    done = home.run(*arguments, stdin=stdin).expect(0)
    assert time.monotonic() - started < PROMPT, f"janee {' '.join(arguments)} was kept waiting"
    return done


def contents(directory: Path) -> dict[str, bytes]:
    """Every file below a directory but the lock, which may come at any time."""
    files = [file for file in directory.rglob("*") if file.is_file() and file.name != ".config.lock"]
    return {str(file.relative_to(directory)): file.read_bytes() for file in files}


def without_log(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files but those of the logs, in which attempts are recorded."""
    return {name: data for name, data in files.items() if not name.startswith(("logs/", "access/"))}


def assert_failed(done: Completed, *reasons: str) -> None:
    """The command failed, without a crash, and said all of these (regular expressions) to a person."""
    done.expect(1)
    for reason in reasons:
        assert re.search(reason, done.errors, re.IGNORECASE), f"no {reason!r} in {done.errors!r}"
    assert len(done.errors) < 1000 and "Fatal error" not in done.errors


def assert_unavailable(result: ToolResult) -> None:
    """The call was refused because it could not be recorded."""
    assert result.is_error and result.code == "AUDIT_UNAVAILABLE", result.text


def assert_makes_no_call(server: StdioServer) -> None:
    """The server refuses to start, or to make a call; then it ends."""
    try:
        id = server.post_execute(path="/refused")
    except OSError:
        id = None
    answer = server.wait_for_message(lambda message: id is not None and message["id"] == id)
    if answer is None:
        assert server.wait() == 1
    else:
        assert_unavailable(ToolResult(answer))
        assert server.stop() == 0


class TestKilledWhileStoringSecrets:
    def test_every_secret_is_whole(self, home):
        killer = Killer(home, seed=1)
        files = []
        for number, size in enumerate([10, 3_000, 70_000, 700_000]):
            files.append(home.root / f"value{number}")
            files[-1].write_text(random_letters(size))
            killer.measure("secret", "set", "measured", "--from-file", str(files[-1]))
        values: dict[str, str | None] = dict.fromkeys(["a", "b", "deep/c", "deep/er/d"])
        log = written(home)
        ends = set()
        for number in range(SECRET_KILLS):
            name = killer.random.choice(list(values))
            new = f"{number}-" + killer.random.choice(files).read_text()
            source = home.root / "value"
            source.write_text(new)
            file = home.credentials / name
            before = file.read_bytes() if file.exists() else None
            killer.run("secret", "set", name, "--from-file", str(source), writes=file.parent)
            if (file.read_bytes() if file.exists() else None) == before:
                ends.add("old")
            else:
                ends.add("new")
                values[name] = new
                assert home.reveal(name) == new, f"kill {number}: {name} is torn"
            assert written(home).startswith(log), f"kill {number}: records were lost"
            log = written(home)
            if number % 15 == 0:
                verify(home)
        for name, value in values.items():
            done = home.run("secret", "get", name, "--reveal", "--json")
            assert done.json.get("value", done.json.get("code")) == (value or "SECRET_NOT_FOUND")
        assert ends == {"new", "old"} and killer.killed > SECRET_KILLS // 3, "the kills were not spread"
        assert temporary_files(home.credentials), "no write was interrupted"
        verify(home)
        for name in values:
            promptly(home, "secret", "set", name, "--from-stdin", stdin=b"at last")
            assert home.reveal(name) == "at last"
        listed = home.run("secret", "list", "--json").expect(0).json["secrets"]
        assert {entry["path"] for entry in listed} == {"api-key", "measured", *values}
        verify(home)

    def test_what_was_left_over_is_harmless(self, home, upstream, api_key):
        home.configure(one_api(upstream.base_url))
        for directory in (home.path, home.credentials, home.path / "logs"):
            (directory / ".janee-tmp-1a2b3c").write_bytes(b"half a fi")
            (directory / ".janee-tmp-1a2b3c").chmod(0o600)
        (home.path / "logs" / ".torn").write_bytes(b'{"half')
        (home.path / ".config.lock").touch(0o600)
        assert [entry["path"] for entry in home.run("secret", "list", "--json").json["secrets"]] == ["api-key"]
        promptly(home, "secret", "set", "new", "--from-stdin", stdin=b"x")
        promptly(home, "config", "set", "server.port", "1")
        promptly(home, "config", "validate", "--strict")
        server = home.serve()
        assert not server.execute().is_error
        assert upstream.only_request.header("Authorization") == f"Bearer {api_key}"
        assert server.stop() == 0
        verify(home)

    def test_killed_while_making_a_home(self, empty_home):
        """The next `init` makes what is missing, and the key that secrets are stored with is never another one."""
        generator = random.Random(4)
        for number in range(20):
            shutil.rmtree(empty_home.path, ignore_errors=True)
            process = subprocess.Popen(
                [empty_home.binary, "init"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=empty_home.environment(),
            )
            time.sleep(generator.uniform(0.01, 0.06))
            process.kill()
            process.wait()
            key = empty_home.path / "master.key"
            before = key.read_bytes() if key.exists() else None
            done = empty_home.run("init")
            assert done.code == (1 if "already exists" in done.errors else 0), f"kill {number}: {done.errors}"
            assert before in (None, key.read_bytes())
            empty_home.set_secret("a", "value")
            assert empty_home.reveal("a") == "value"
        empty_home.run("config", "validate").expect(0)


class TestKilledWhileChangingTheConfiguration:
    CAPABILITIES = 150

    def test_the_file_is_the_old_or_the_new_one(self, home):
        config = one_api("https://a.example")
        config["capabilities"] = {f"c{number}": capability(ttl="1m") for number in range(self.CAPABILITIES)}
        config["server"] = {"port": 1}
        home.configure(config)
        killer = Killer(home, seed=2)
        for port in (2, 3, 4):
            killer.measure("config", "set", "server.port", str(port))
        backup = home.path / "config.yaml.bak"
        ends = set()
        for number in range(CONFIGURATION_KILLS):
            before, kept = home.config_file.read_text(), backup.read_bytes()
            arguments, new = self.change(killer.random, number, before)
            killer.run(*arguments, writes=home.path)
            found = home.config_file.read_text()
            assert found in (before, new), f"kill {number}: the configuration is torn"
            ends.add("new" if found == new else "old")
            assert backup.read_bytes() in (kept, before.encode()), f"kill {number}: the backup is torn"
            if number % 8 == 0:
                promptly(home, "config", "validate")
        assert ends == {"new", "old"} and killer.killed > CONFIGURATION_KILLS // 3, "the kills were not spread"
        assert temporary_files(home.path), "no write was interrupted"
        promptly(home, "cap", "edit", "c7", "--ttl", "7d")
        capabilities = home.run("list", "--json").expect(0).json["capabilities"]
        assert len(capabilities) == self.CAPABILITIES
        assert {entry["ttl"] for entry in capabilities if entry["name"] == "c7"} == {"7d"}

    @staticmethod
    def change(generator: random.Random, number: int, text: str) -> tuple[tuple[str, ...], str]:
        """A command, and the text that it leaves."""
        if generator.random() < 0.5:
            port = str(1000 + number)
            return ("config", "set", "server.port", port), re.sub(r"(?<=\"port\": )\d+", port, text)
        name, ttl = f"c{generator.randrange(TestKilledWhileChangingTheConfiguration.CAPABILITIES)}", f"{number + 2}m"
        block = re.search(rf'"{name}":\n.*?"ttl": ("1m"|\d+m)', text, re.DOTALL)
        return ("cap", "edit", name, "--ttl", ttl), text[: block.start(1)] + ttl + text[block.end(1) :]


class TestKilledWhileAddingServices:
    def test_what_was_begun_can_be_finished(self, home, upstream):
        home.configure({"services": {}, "capabilities": {}})
        killer = Killer(home, seed=6)
        source = home.root / "key"
        source.write_text("the-key")
        arguments = ("--url", upstream.base_url, "--key-from-file", str(source))
        killer.measure("add", "measured", *arguments)
        for number in range(20):
            name = f"api{number}"
            killer.run("add", name, *arguments, writes=home.path if number % 4 else home.credentials)
            done = home.run("add", name, *arguments, "--json")
            if done.code == 0:
                continue
            assert done.json["code"] == "EXISTS", done.output
            if "secret" in done.json["error"]:
                home.run("add", name, "--url", upstream.base_url, "--key-ref", f"{name}/key").expect(0)
        server = home.serve()
        for number in range(20):
            assert not server.execute(path=f"/{number}", capability=f"api{number}").is_error
        assert {request.header("Authorization") for request in upstream.requests} == {"Bearer the-key"}
        assert server.stop() == 0
        verify(home)


class TestKilledInTraffic:
    def test_no_record_is_lost_in_many_restarts(self, home, upstream):
        home.configure(one_api(upstream.base_url))
        generator = random.Random(3)
        log = written(home)
        answered: list[str] = []
        for round in range(RESTARTS):
            server = home.serve()
            ids = {f"/{round}/{number}": server.post_execute(path=f"/{round}/{number}") for number in range(40)}
            last = list(ids.values())[generator.randrange(40)]
            server.response(last)
            time.sleep(generator.uniform(0, 0.01))
            server.process.kill()
            server.wait()
            seen = {message["id"] for message in server.messages if isinstance(message, dict)}
            answered += [path for path, id in ids.items() if id in seen]
            assert written(home).startswith(log), f"kill {round}: records were lost"
            log = written(home)
            if round % 5 == 0:
                verify(home)
        server = home.serve()
        assert not server.execute(path="/last").is_error
        assert server.stop() == 0
        report = verify(home)
        assert report["gaps"] == 0 and report["records"] == len(home.records)
        assert written(home).startswith(log)
        ends = {records[0]["path"]: [record["phase"] for record in records] for records in pairs(home.records).values()}
        assert all(phases in (["intent"], ["intent", "outcome"]) for phases in ends.values())
        assert {request.path for request in upstream.requests} <= ends.keys(), "unrecorded calls were made"
        assert {path for path in answered if ends[path] != ["intent", "outcome"]} == set()
        assert len(answered) > RESTARTS

    def test_killed_in_the_middle_of_a_large_record(self, home, upstream):
        """Bodies are recorded too, so that records take many pages to write."""
        home.configure({**one_api(upstream.base_url), "server": {"logBodies": True}})
        generator = random.Random(5)
        log = written(home)
        for round in range(10):
            server = home.serve()
            before = len(upstream.requests)
            for number in range(30):
                server.post_execute("POST", f"/{round}/{number}", body="b" * 10_000)
            upstream.wait_for_requests(before + 1 + generator.randrange(25))
            server.process.kill()
            server.wait()
            assert written(home).startswith(log)
            log = written(home)
        home.set_secret("after", "x")
        verify(home)
        assert {request.path for request in upstream.requests} <= {record["path"] for record in of_calls(home.records)}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A small disk."""
    disk = Disk(tmp_path / "disk")
    yield disk
    disk.close()


@pytest.fixture
def small_home(binary: Path, disk: Disk, prepared_home: Path, upstream: Upstream) -> Iterator[JaneeHome]:
    """A home on the small disk, with an API."""
    home = JaneeHome(binary, disk.path)
    home.adopt(prepared_home)
    home.configure(one_api(upstream.base_url))
    yield home
    home.dispose()


class TestFullDisk:
    FULL = "disk is full|no space"

    @staticmethod
    def call_until_refused(server: StdioServer, prefix: str) -> list[str]:
        """Makes calls until one cannot be recorded; returns the paths of those that went through."""
        made = []
        for number in range(200):
            result = server.execute(path=f"/{prefix}/{number}", reason="r" * (97 * number % 400))
            if result.is_error:
                assert_unavailable(result)
                return made
            made.append(f"/{prefix}/{number}")
        raise AssertionError("every call was recorded on a full disk")

    def test_calls_are_refused_and_the_upstream_sees_nothing(self, small_home, disk, upstream):
        server = small_home.serve()
        assert not server.execute(path="/before").is_error
        disk.fill()
        made = self.call_until_refused(server, "full")
        for number in range(5):
            assert_unavailable(server.execute(path=f"/refused/{number}"))
        assert [request.path for request in upstream.requests] == ["/before", *made]
        assert server.process.poll() is None
        disk.free()
        assert not server.execute(path="/after").is_error
        assert server.stop() == 0
        assert re.search(self.FULL, server.stderr.decode())
        verify(small_home)
        intents = [record["path"] for record in of_calls(small_home.records) if record["phase"] == "intent"]
        assert intents == ["/before", *made, "/after"]

    def test_whatever_room_the_last_block_has(self, small_home, disk, upstream):
        """A record may fit in part, and an intent without its outcome."""
        server = small_home.serve()
        expected = []
        for round in range(15):
            path = f"/between/{round}"
            assert not server.execute(path=path, reason="r" * (41 * round)).is_error
            disk.fill()
            expected += [path, *self.call_until_refused(server, str(round))]
            disk.free()
        assert server.stop() == 0
        verify(small_home)
        assert [request.path for request in upstream.requests] == expected
        intents = [record["path"] for record in of_calls(small_home.records) if record["phase"] == "intent"]
        assert intents == expected

    def test_a_denial_stays_one(self, small_home, disk, upstream):
        server = small_home.serve()
        disk.fill()
        self.call_until_refused(server, "full")
        assert server.execute(capability="none").reason_code == "CAPABILITY_NOT_FOUND"
        assert server.execute(path="/a/../b").reason_code == "REQUEST_REFUSED"

    def test_calls_at_the_same_time(self, small_home, disk, upstream):
        server = small_home.serve()
        disk.fill()
        ids = [server.post_execute(path=f"/{number}") for number in range(100)]
        results = [ToolResult(server.response(id)) for id in ids]
        made = [f"/{number}" for number, result in enumerate(results) if not result.is_error]
        for result in results:
            if result.is_error:
                assert_unavailable(result)
        assert len(made) < 100
        assert sorted(request.path for request in upstream.requests) == sorted(made)
        disk.free()
        assert not server.execute(path="/after").is_error
        assert server.stop() == 0
        verify(small_home)

    def test_a_server_that_starts_on_it_makes_no_call(self, small_home, disk, upstream):
        shutil.rmtree(small_home.path / "logs")
        (small_home.path / "logs").mkdir(mode=0o700)
        disk.fill()
        server = small_home.serve()
        assert_makes_no_call(server)
        assert re.search(self.FULL, server.stderr.decode())
        assert upstream.connections == []

    WRITERS = {
        "a new secret": ("secret", "set", "new", "--from-stdin"),
        "another value": ("secret", "set", "api-key", "--from-stdin"),
        "a capability": ("cap", "edit", "api", "--ttl", "5m"),
        "a setting": ("config", "set", "server.port", "1"),
        "a service": ("add", "new", "--url", "https://a.example", "--key-from-stdin"),
        "a removal": ("remove", "api", "--yes"),
    }
    VALUE = b"v" * 9000

    @staticmethod
    def fill_the_last_block_of_the_log(home: JaneeHome) -> None:
        """Attempts are recorded as long as there is room for a record."""
        for _ in range(50):
            done = home.run("secret", "set", "attempt", "--from-stdin", "--json", stdin=b"x").expect(1)
            if done.json["code"] == "AUDIT_UNAVAILABLE":
                return
        raise AssertionError("the log never ran out of room")

    @pytest.mark.parametrize("shortage", ["blocks", "blocks and the log's last one", "inodes"])
    @pytest.mark.parametrize("arguments", WRITERS.values(), ids=WRITERS.keys())
    def test_commands_fail_and_change_nothing(self, small_home, disk, api_key, arguments, shortage):
        promptly(small_home, "config", "set", "server.host", "here")
        small_home.set_secret("room-in-the-last-block", "x")
        before, log = without_log(contents(small_home.path)), written(small_home)
        if shortage == "inodes":
            disk.use_up_inodes()
        else:
            disk.fill()
        if shortage == "blocks and the log's last one":
            self.fill_the_last_block_of_the_log(small_home)
        assert_failed(small_home.run(*arguments, stdin=self.VALUE), self.FULL)
        assert without_log(contents(small_home.path)) == before
        assert written(small_home).startswith(log)
        assert small_home.reveal("api-key") == api_key
        disk.free()
        promptly(small_home, *arguments, stdin=self.VALUE)
        assert without_log(contents(small_home.path)) != before
        verify(small_home)

    @pytest.mark.parametrize("exhaust", [Disk.fill, Disk.use_up_inodes], ids=["blocks", "inodes"])
    def test_no_home_is_made(self, small_home, disk, exhaust):
        other = JaneeHome(small_home.binary, disk.path)
        other.path = disk.path / "other"
        exhaust(disk)
        assert_failed(other.run("init"), self.FULL, "other")
        assert not other.config_file.exists()
        disk.free()
        other.run("init").expect(0)
        other.set_secret("a", "b")
        assert other.reveal("a") == "b"


class TestReadOnlyDisk:
    READ_ONLY = "read-only"
    READERS = ["secret get api-key", "secret list", "secret parse x", "config validate", "config get", "config show",
               "list", "cap list", "status", "overview", "whoami", "logs", "logs verify",
               "diagnose access api"]  # fmt: skip

    @pytest.fixture
    def read_only_home(self, small_home, disk) -> Iterator[JaneeHome]:
        """A home with a call behind it, on a disk that is read-only."""
        server = small_home.serve()
        assert not server.execute(path="/before").is_error
        assert server.stop() == 0
        promptly(small_home, "config", "set", "server.host", "here")
        disk.set_read_only(True)
        yield small_home
        disk.set_read_only(False)

    def test_whatever_only_reads_works(self, read_only_home):
        for command in self.READERS:
            promptly(read_only_home, *command.split())

    @pytest.mark.parametrize("arguments", TestFullDisk.WRITERS.values(), ids=TestFullDisk.WRITERS.keys())
    def test_whatever_writes_fails(self, read_only_home, arguments):
        before = contents(read_only_home.path)
        assert_failed(read_only_home.run(*arguments, stdin=b"value"), self.READ_ONLY)
        assert contents(read_only_home.path) == before

    def test_a_read_needs_no_access_log(self, read_only_home):
        done = promptly(read_only_home, "secret", "get", "api-key")
        assert done.errors.count("the access log is not written") == 1
        assert re.search(self.READ_ONLY, done.errors)

    def test_no_home_is_made(self, read_only_home, disk):
        other = JaneeHome(read_only_home.binary, disk.path)
        other.path = disk.path / "other"
        assert_failed(other.run("init"), self.READ_ONLY)

    def test_no_call_is_made(self, read_only_home, upstream):
        server = read_only_home.serve()
        assert_makes_no_call(server)
        assert re.search(self.READ_ONLY, server.stderr.decode())
        assert [request.path for request in upstream.requests] == ["/before"]


@pytest.fixture
def guest(binary: Path, upstream: Upstream) -> Iterator[Guest]:
    """A home of a user without rights, with an API and a call behind it."""
    root = Path(tempfile.mkdtemp(prefix="janee-guest-"))
    guest = Guest(binary, root)
    guest.allow()
    guest.run("init").expect(0)
    guest.set_secret("api-key", "the-key")
    guest.configure(one_api(upstream.base_url))
    guest.give(guest.config_file)
    server = guest.serve()
    assert not server.execute(path="/before").is_error
    assert server.stop() == 0
    yield guest
    guest.dispose()
    for directory in (root, guest.path, guest.credentials, guest.path / "logs"):
        if directory.is_dir():
            directory.chmod(0o700)
    shutil.rmtree(root)


class TestMissingPermissions:
    DENIED = "permission denied"

    CASES = {
        "a home: a setting": (".", 0o500, "config set server.port 1"),
        "a home: a capability": (".", 0o500, "cap edit api --ttl 5m"),
        "a home: a service": (".", 0o500, "add new --url https://a.example --key-ref k"),
        "a home: a removal": (".", 0o500, "remove api --yes"),
        "a home that cannot be entered: a list": (".", 0o000, "list"),
        "a store: a new secret": ("credentials", 0o500, "secret set new --from-stdin"),
        "a store: another value": ("credentials", 0o500, "secret set api-key --from-stdin"),
        "a store: a removal": ("credentials", 0o500, "secret delete api-key --yes"),
        "a store: a service": ("credentials", 0o500, "add new --url https://a.example --key-from-stdin"),
        "a store that cannot be read: a list": ("credentials", 0o000, "secret list"),
        "a store that cannot be read: a secret": ("credentials", 0o000, "secret get api-key"),
        "a secret: reading it": ("credentials/api-key", 0o000, "secret get api-key"),
        "the master key: reading a secret": ("master.key", 0o000, "secret get api-key"),
        "the master key: storing one": ("master.key", 0o000, "secret set new --from-stdin"),
        "the configuration: a list": ("config.yaml", 0o000, "list"),
        "the configuration: a check": ("config.yaml", 0o000, "config validate"),
        "the configuration: a setting": ("config.yaml", 0o000, "config set server.port 1"),
        "the configuration: the server": ("config.yaml", 0o000, "serve"),
        "the log: storing a secret": ("logs/*.jsonl", 0o400, "secret set new --from-stdin"),
        "the log's head: storing a secret": ("logs/.chain", 0o400, "secret set new --from-stdin"),
        "a log that cannot be read: showing it": ("logs/*.jsonl", 0o000, "logs"),
        "a log that cannot be read: checking it": ("logs/*.jsonl", 0o000, "logs verify"),
        "a log that cannot be entered: showing it": ("logs", 0o000, "logs"),
        "a log that cannot be entered: checking it": ("logs", 0o000, "logs verify"),
        "a log that cannot be entered: the state": ("logs", 0o000, "status"),
    }

    @pytest.mark.parametrize(("path", "mode", "command"), CASES.values(), ids=CASES.keys())
    def test_commands_say_which(self, guest, path, mode, command):
        (target,) = guest.path.glob(path) if "*" in path else [guest.path / path]
        before, usual = contents(guest.path), target.stat().st_mode & 0o777
        log = written(guest)
        target.chmod(mode)
        try:
            done = guest.run(*command.split(), stdin=b"value")
            answer = guest.run(*command.split(), *(["--json"] if command != "serve" else []), stdin=b"value")
        finally:
            target.chmod(usual)
        said = done.output if command == "config validate" else done.errors
        assert done.code == 1 and re.search(self.DENIED, said, re.IGNORECASE), (done.code, said)
        assert ("local store" if path.startswith("credentials") else str(target)) in said
        assert answer.code == 1 and (command == "serve" or answer.json["ok"] is False)
        assert without_log(contents(guest.path)) == without_log(before)
        assert written(guest).startswith(log)
        guest.run("logs", "verify").expect(0)
        guest.run("secret", "get", "api-key").expect(0)

    def test_no_home_is_made(self, guest):
        guest.path = guest.root / "closed" / "home"
        guest.path.parent.mkdir(mode=0o500)
        guest.give(guest.path.parent)
        assert_failed(guest.run("init"), self.DENIED, "closed/home")

    @pytest.mark.parametrize("closed", [".", "credentials"])
    def test_calls_need_no_right_to_write_there(self, guest, upstream, closed):
        (guest.path / closed).chmod(0o500)
        server = guest.serve()
        assert not server.execute(path="/after").is_error
        assert server.stop() == 0
        guest.run("logs", "verify").expect(0)

    @pytest.mark.parametrize("path", ["logs", "logs/*.jsonl", "logs/.chain"])
    def test_no_call_without_its_record(self, guest, upstream, path):
        """The directory is emptied before, so that a file has to be made in it."""
        if path == "logs":
            shutil.rmtree(guest.path / "logs")
            (guest.path / "logs").mkdir()
            guest.give(guest.path / "logs")
        (target,) = guest.path.glob(path)
        target.chmod(0o500 if target.is_dir() else 0o400)
        server = guest.serve()
        assert_makes_no_call(server)
        assert re.search(self.DENIED, server.stderr.decode(), re.IGNORECASE)
        assert [request.path for request in upstream.requests] == ["/before"]

    def test_rights_that_are_lost_and_given_back_while_serving(self, guest, upstream):
        server = guest.serve()
        assert not server.execute(path="/one").is_error
        (file,) = guest.log_files
        file.chmod(0o400)
        (guest.path / "logs").chmod(0o000)
        refused = server.execute(path="/refused")
        (guest.path / "logs").chmod(0o700)
        file.chmod(0o600)
        assert_unavailable(refused)
        assert not server.execute(path="/two").is_error
        assert server.stop() == 0
        assert [request.path for request in upstream.requests] == ["/before", "/one", "/two"]
        guest.run("logs", "verify").expect(0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can work in the home of another user")
class TestRootInTheHomeOfAnotherUser:
    CHANGES = {
        "a setting": ("config", "set", "server.host", "{}"),
        "a capability": ("cap", "add", "cap-{}", "--service", "api"),
        "a secret": ("secret", "set", "secret-{}", "--from-stdin"),
        "a service": ("add", "api-{}", "--url", "https://a.example", "--key-from-stdin"),
    }

    @staticmethod
    def run_as_root(guest: Guest, *arguments: str) -> None:
        """Runs a command that may refuse to change what belongs to somebody else."""
        command = [guest.binary, *arguments]
        done = subprocess.run(command, input=b"value", env=guest.environment(), capture_output=True, timeout=PATIENCE)
        assert done.returncode in (0, 1), done.stderr

    @pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
    def test_the_user_goes_on_after_a_change_by_root(self, guest, upstream, change):
        """Whoever runs a command with sudo must not lock the server out of its own home."""
        self.run_as_root(guest, *(part.format("root") for part in change))
        promptly(guest, *(part.format("user") for part in change), stdin=b"value")
        promptly(guest, "config", "set", "server.port", "1")
        server = guest.serve()
        assert not server.execute(path="/after").is_error
        assert server.stop() == 0
        guest.run("logs", "verify").expect(0)

    def test_the_server_goes_on_after_a_first_record_by_root(self, guest, upstream):
        """The first record of a day makes the file of the day; here the file is taken away to have one made."""
        server = guest.serve()
        assert not server.execute(path="/one").is_error
        for file in guest.log_files:
            file.unlink()
        self.run_as_root(guest, "secret", "set", "new", "--from-stdin")
        result = server.execute(path="/after")
        assert not result.is_error, result.text
        assert server.stop() == 0


    def test_the_access_log_of_root_stays_the_users(self, guest, upstream):
        """Root may be the first to read a secret; then directory and file of the access log are made by root."""
        shutil.rmtree(guest.path / "access")
        self.run_as_root(guest, "secret", "get", "api-key")
        (file,) = (guest.path / "access").iterdir()
        owner = guest.path.stat().st_uid
        assert [path.stat().st_uid for path in (file, file.parent)] == [owner, owner]
        server = guest.serve()
        assert not server.execute(path="/after").is_error
        assert server.stop() == 0
        assert b"access log" not in server.stderr
        assert len(file.read_bytes().splitlines()) == 2


class TestVanishedHome:
    @pytest.fixture
    def serving(self, home, upstream) -> StdioServer:
        """A server that has made a call."""
        home.configure(one_api(upstream.base_url))
        server = home.serve()
        assert not server.execute(path="/before").is_error
        return server

    def test_no_more_calls_are_made(self, home, serving, upstream):
        bystander = home.root / "bystander"
        bystander.write_text("stays")
        shutil.rmtree(home.path)
        for number in range(5):
            assert_unavailable(serving.execute(path=f"/refused/{number}"))
        assert serving.execute(capability="none").reason_code == "CAPABILITY_NOT_FOUND"
        assert serving.call("whoami").data["agentId"] == "alice"
        assert serving.stop() == 0
        assert [request.path for request in upstream.requests] == ["/before"]
        assert not home.path.exists() and bystander.read_text() == "stays"
        serving.assert_clean_stdout()

    def test_calls_go_on_when_it_is_back(self, home, serving, upstream):
        away = home.root / "away"
        home.path.rename(away)
        assert_unavailable(serving.execute(path="/refused"))
        away.rename(home.path)
        assert not serving.execute(path="/after").is_error
        assert serving.stop() == 0
        verify(home)
        assert [request.path for request in upstream.requests] == ["/before", "/after"]

    def test_calls_go_on_in_a_restored_copy(self, home, serving, upstream):
        shutil.copytree(home.path, home.root / "copy")
        shutil.rmtree(home.path)
        assert_unavailable(serving.execute(path="/refused"))
        (home.root / "copy").rename(home.path)
        assert not serving.execute(path="/after").is_error
        assert serving.stop() == 0
        verify(home)

    def test_a_log_that_vanished_alone_is_reported(self, home, serving, upstream):
        shutil.rmtree(home.path / "logs")
        result = serving.execute(path="/after")
        assert serving.stop() == 0
        if result.is_error:
            assert_unavailable(result)
            assert [request.path for request in upstream.requests] == ["/before"]
        else:
            assert verify(home, code=1)["gaps"] >= 1

    def test_a_secret_that_vanished_is_missing(self, home, serving, upstream):
        (home.credentials / "api-key").unlink()
        assert serving.execute(path="/x").code == "SECRET_NOT_FOUND"
        shutil.rmtree(home.credentials)
        assert serving.execute(path="/x").code == "SECRET_NOT_FOUND"
        assert [request.path for request in upstream.requests] == ["/before"]
        assert serving.stop() == 0
        verify(home)

    @pytest.mark.parametrize("command", ["secret get api-key", "list", "config set server.port 1", "serve", "status"])
    def test_commands_do_not_crash(self, home, command):
        shutil.rmtree(home.path)
        done = home.run(*command.split())
        assert done.code == (0 if command == "status" else 1)
        assert not home.path.exists() or contents(home.path) == {}


class TestThreeServers:
    SERVERS = ("ann", "bob", "carl")
    CALLS = times(1000, 3334)

    def test_no_record_too_many_or_too_few(self, home, upstream):
        upstream.otherwise(behaviours.answer_ok)
        home.configure(one_api(upstream.base_url))
        faults: list[BaseException] = []

        def traffic(agent: str) -> None:
            try:
                server = home.serve(agent)
                for start in range(0, self.CALLS, 50):
                    numbers = range(start, min(start + 50, self.CALLS))
                    ids = [server.post_execute(path=f"/{agent}/{number}") for number in numbers]
                    assert not any(ToolResult(server.response(id)).is_error for id in ids)
                assert server.stop() == 0
            except BaseException as fault:  # noqa: BLE001 - raised again below
                faults.append(fault)

        threads = [threading.Thread(target=traffic, args=(agent,)) for agent in self.SERVERS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            raise faults[0]
        report = verify(home)
        records = of_calls(home.records)
        assert len(records) == 2 * len(self.SERVERS) * self.CALLS
        assert report["records"] == len(home.records) and report["gaps"] == report["recoveries"] == 0
        calls = pairs(home.records)
        assert {tuple(record["phase"] for record in both) for both in calls.values()} == {("intent", "outcome")}
        made = {(records[0]["agentId"], records[0]["path"]) for records in calls.values()}
        assert made == {(agent, f"/{agent}/{number}") for agent in self.SERVERS for number in range(self.CALLS)}
        assert len(upstream.requests) == len(made)
