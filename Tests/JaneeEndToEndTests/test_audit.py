"""The audit trail: what is recorded, that it cannot be altered unnoticed, that it survives crashes."""

from __future__ import annotations

import itertools
import json
import threading
from datetime import datetime

import pytest

from support import behaviours
from support.audit import mentions, of_calls, pairs, phases
from support.config import capability, one_api, rules, service
from support.endurance import times
from support.home import JaneeHome

CALLS = times(300, 2000)
"""Calls of the run with two servers and a command line over one home."""

COMMON = {"id", "timestamp", "service", "method", "path", "capability", "decision", "phase", "seq", "prev", "hash"}


@pytest.fixture
def audited(home, upstream):
    """A home with an API of which only GET is allowed."""
    home.configure(one_api(upstream.base_url, rules=rules(allow=["GET *"])))
    return home


@pytest.fixture
def history(audited) -> JaneeHome:
    """A home with ten allowed calls and two denials behind it."""
    server = audited.serve()
    for number in range(10):
        assert not server.execute("GET", f"/call/{number}", reason=f"reason {number}").is_error
    for number in range(2):
        assert server.execute("POST", f"/denied/{number}").is_error
    assert server.stop() == 0
    return audited


def verify(home: JaneeHome, code: int = 0) -> dict:
    """The report of `logs verify`."""
    report = home.run("logs", "verify", "--json").expect(code).json
    assert report["ok"] is (code == 0)
    assert home.run("logs", "verify").code == code
    return report


class TestRecords:
    def test_an_allowed_call_leaves_two_records(self, audited, upstream):
        server = audited.serve()
        server.execute("GET", "/x?a=b", reason="because")
        assert server.stop() == 0
        intent, outcome = of_calls(audited.records)
        for record in (intent, outcome):
            assert COMMON <= set(record), COMMON - set(record)
            assert (record["service"], record["capability"]) == ("api", "api")
            assert (record["method"], record["path"], record["agentId"]) == ("GET", "/x?a=b", "alice")
            moment = datetime.fromisoformat(record["timestamp"])
            assert record["timestamp"].endswith("Z") and moment.utcoffset().total_seconds() == 0
        assert (intent["phase"], outcome["phase"]) == ("intent", "outcome")
        assert intent["id"] == outcome["id"]
        assert intent["reason"] == "because"
        assert intent["requestDigest"] == outcome["requestDigest"]
        assert outcome["statusCode"] == 200 and "statusCode" not in intent
        assert outcome["latencyMs"] >= 0 and outcome["duration"] >= 0
        assert outcome["seq"] == intent["seq"] + 1
        assert outcome["prev"] == intent["hash"]

    def test_the_intent_is_on_disk_before_the_request_is_on_the_wire(self, audited, upstream):
        seen: list[list[str]] = []

        def look(exchange):
            seen.append(phases(audited.records))
            exchange.respond(200, b"{}", behaviours.JSON)

        upstream.otherwise(look)
        audited.serve().execute("GET", "/x")
        assert seen == [["intent"]]

    def test_a_denial_leaves_one_record(self, audited, upstream):
        server = audited.serve()
        server.execute("POST", "/x", reason="please")
        assert server.stop() == 0
        (denial,) = of_calls(audited.records)
        assert COMMON <= set(denial), COMMON - set(denial)
        assert denial["phase"] == "denial"
        assert denial["denied"] is True and denial["denyReason"]
        assert denial["statusCode"] == 403
        assert (denial["agentId"], denial["reason"]) == ("alice", "please")
        assert upstream.connections == []

    def test_an_upstream_error_is_an_outcome_with_its_status(self, audited, upstream):
        upstream.otherwise(behaviours.fixed(503, b"busy"))
        server = audited.serve()
        server.execute("GET", "/x")
        assert server.stop() == 0
        assert [record.get("statusCode") for record in of_calls(audited.records)] == [None, 503]

    def test_a_missing_secret_is_recorded(self, home, upstream):
        config = one_api(upstream.base_url)
        config["services"]["api"]["auth"]["key"] = "not-stored"
        home.configure(config)
        server = home.serve()
        assert server.execute("GET", "/x").is_error
        assert server.stop() == 0
        records = of_calls(home.records)
        assert records and records[-1]["phase"] in ("outcome", "denial")
        assert "SECRET_NOT_FOUND" in json.dumps(records[-1])
        assert "not-stored" not in json.dumps(records)

    def test_the_digest_depends_on_the_whole_request(self, audited, upstream):
        audited.configure(one_api(upstream.base_url))
        server = audited.serve()
        for method, path, rest in [
            ("POST", "/x", {"body": "a"}),
            ("POST", "/x", {"body": "a"}),
            ("POST", "/x", {"body": "b"}),
            ("PUT", "/x", {"body": "a"}),
            ("POST", "/y", {"body": "a"}),
            ("POST", "/x", {"body": "a", "headers": {"Accept": "text/plain"}}),
        ]:
            assert not server.execute(method, path, **rest).is_error
        assert server.stop() == 0
        digests = [record["requestDigest"] for record in of_calls(audited.records) if record["phase"] == "intent"]
        assert digests[0] == digests[1]
        assert len(set(digests)) >= 4
        assert digests[0] not in digests[2:5]

    def test_bodies_are_kept_only_when_asked_for(self, audited, upstream):
        config = one_api(upstream.base_url)
        audited.configure(config)
        server = audited.serve()
        server.execute("POST", "/x", body="first-body")
        assert server.stop() == 0
        assert "first-body" not in json.dumps(audited.records)
        audited.configure({**config, "server": {"logBodies": True}})
        server = audited.serve()
        server.execute("POST", "/x", body="second-body")
        assert server.stop() == 0
        bodies = [record.get("requestBody") for record in of_calls(audited.records)]
        assert "second-body" in bodies

    def test_the_path_is_the_canonical_one(self, audited):
        server = audited.serve()
        server.execute("GET", "/a//%62")
        assert server.stop() == 0
        assert {record["path"] for record in of_calls(audited.records)} == {"/a/b"}

    def test_reading_tools_do_not_count_as_calls(self, audited):
        server = audited.serve()
        server.call("whoami")
        server.call("list_services")
        assert server.stop() == 0
        assert of_calls(audited.records) == []

    def test_files_are_private(self, history):
        for file in history.log_files:
            assert file.stat().st_mode & 0o077 == 0
            assert file.name == file.stem + ".jsonl" and datetime.fromisoformat(file.stem)

    def test_a_record_that_cannot_be_written_stops_the_call(self, audited, upstream):
        server = audited.serve()
        assert not server.execute("GET", "/before").is_error
        logs = audited.path / "logs"
        logs.rename(audited.path / "moved-away")
        logs.write_text("a file where the directory should be")
        assert server.execute("GET", "/unrecorded").is_error
        assert [request.path for request in upstream.requests] == ["/before"]


class TestVerification:
    def test_an_untouched_log_passes(self, history):
        report = verify(history)
        assert report["records"] == len(history.records) >= 22

    def test_sequence_and_chain(self, history):
        records = history.records
        assert [record["seq"] for record in records] == list(range(records[0]["seq"], records[0]["seq"] + len(records)))
        for before, after in itertools.pairwise(records):
            assert after["prev"] == before["hash"]
        assert len({record["hash"] for record in records}) == len(records)

    POSITIONS = {"first": 0, "middle": 10, "last": -1}

    @pytest.mark.parametrize("position", POSITIONS.values(), ids=POSITIONS.keys())
    @pytest.mark.parametrize("field", ["path", "timestamp", "hash", "prev", "seq", "id"])
    def test_a_flipped_byte_is_found_and_named(self, history, position, field):
        file = history.log_files[-1]
        lines = file.read_bytes().splitlines(keepends=True)
        index = position % len(lines)
        record = json.loads(lines[index])
        value = json.dumps(record[field]).encode()
        start = lines[index].index(b'"%s"' % field.encode())
        place = lines[index].index(value, start) + len(value) - (2 if isinstance(record[field], str) else 1)
        changed = bytearray(lines[index])
        changed[place] ^= 1
        lines[index] = bytes(changed)
        file.write_bytes(b"".join(lines))
        report = verify(history, code=1)
        neighbours = [(record, index + 1)]
        if index + 1 < len(lines) and field in ("hash", "seq"):
            neighbours.append((json.loads(lines[index + 1]), index + 2))
        assert any(mentions(report, record=one, line=number) for one, number in neighbours), report

    def test_every_byte_of_the_last_record_counts(self, history):
        file = history.log_files[-1]
        original = file.read_bytes()
        start = original.rstrip(b"\n").rindex(b"\n") + 1
        for place in range(start, len(original), 7):
            changed = bytearray(original)
            changed[place] ^= 1
            file.write_bytes(changed)
            assert history.run("logs", "verify").code == 1, f"byte {place - start} of the last record"
        file.write_bytes(original)
        verify(history)

    @pytest.mark.parametrize("position", POSITIONS.values(), ids=POSITIONS.keys())
    def test_a_deleted_line_is_found(self, history, position):
        file = history.log_files[-1]
        lines = file.read_bytes().splitlines(keepends=True)
        index = position % len(lines)
        deleted = json.loads(lines.pop(index))
        file.write_bytes(b"".join(lines))
        report = verify(history, code=1)
        neighbours = [(deleted, index + 1)]
        if index < len(lines):
            neighbours.append((json.loads(lines[index]), index + 1))
        if index > 0:
            neighbours.append((json.loads(lines[index - 1]), index))
        assert any(mentions(report, record=one, line=number) for one, number in neighbours), report

    @pytest.mark.parametrize("kept", ["half a record less", "a record less", "nothing"])
    def test_a_truncated_log_is_found(self, history, kept):
        file = history.log_files[-1]
        data = file.read_bytes()
        last = data.rstrip(b"\n").rindex(b"\n") + 1
        file.write_bytes({"half a record less": data[:-40], "a record less": data[:last], "nothing": b""}[kept])
        verify(history, code=1)

    def test_a_deleted_file_is_found(self, history):
        for file in history.log_files:
            file.unlink()
        verify(history, code=1)

    def test_swapped_lines_are_found(self, history):
        file = history.log_files[-1]
        lines = file.read_bytes().splitlines(keepends=True)
        lines[4], lines[5] = lines[5], lines[4]
        file.write_bytes(b"".join(lines))
        verify(history, code=1)

    def test_an_inserted_line_is_found(self, history):
        file = history.log_files[-1]
        lines = file.read_bytes().splitlines(keepends=True)
        lines.insert(6, lines[5])
        file.write_bytes(b"".join(lines))
        verify(history, code=1)

    def test_records_of_janee_016_are_reported_as_unchained(self, home, upstream):
        old = {
            "id": "7b0f3b38-0a3f-4a5e-9a2b-1b2c3d4e5f60",
            "timestamp": "2026-01-02T03:04:05.678Z",
            "service": "stripe",
            "method": "GET",
            "path": "/v1/x",
            "statusCode": 200,
        }
        file = home.path / "logs" / "2026-01-02.jsonl"
        file.write_text(json.dumps(old) + "\n")
        file.chmod(0o600)
        home.configure(one_api(upstream.base_url))
        server = home.serve()
        server.execute("GET", "/x")
        assert server.stop() == 0
        report = verify(home)
        assert "unchained" in json.dumps(report)
        assert old in home.run("logs", "--json", "-n", "100").expect(0).json["logs"]


class TestCrashes:
    def test_killed_during_traffic_the_next_server_goes_on(self, audited, upstream):
        upstream.on("/hang", behaviours.hang)
        server = audited.serve()
        for number in range(20):
            assert not server.execute("GET", f"/before/{number}").is_error
        for _ in range(5):
            server.post_execute("GET", "/hang")
        upstream.wait_for_requests(25)
        for number in range(50):
            server.post_execute("GET", f"/in-flight/{number}")
        upstream.wait_for_requests(30)
        server.process.kill()
        server.wait()
        server = audited.serve()
        assert not server.execute("GET", "/after").is_error
        assert server.stop() == 0
        verify(audited)
        calls = pairs(audited.records)
        finished = [records for records in calls.values() if [r["phase"] for r in records] == ["intent", "outcome"]]
        assert len(finished) >= 21
        assert len([records for records in calls.values() if records[0]["path"] == "/hang"]) == 5
        assert all(records[0]["phase"] == "intent" for records in calls.values())

    @pytest.mark.parametrize("tail", ["half a record", "one byte", "a record without its line end", "binary"])
    def test_a_torn_tail_is_quarantined_and_reported(self, history, tail):
        file = history.log_files[-1]
        data = file.read_bytes()
        last = data.splitlines(keepends=True)[-1]
        torn = {
            "half a record": last[: len(last) // 2],
            "one byte": b"{",
            "a record without its line end": last.rstrip(b"\n"),
            "binary": b"\x00\xff\x00",
        }[tail]
        file.write_bytes(data + torn)
        server = history.serve()
        assert not server.execute("GET", "/after").is_error
        assert server.stop() == 0
        said = server.stderr.decode().lower()
        assert "torn" in said or "quarantin" in said or "incomplete" in said, said
        verify(history)
        assert file.read_bytes().startswith(data)
        assert {record["path"] for record in of_calls(history.records)} >= {"/call/9", "/after"}

    def test_a_crash_between_file_and_chain_head_is_repaired(self, history):
        """The chain head of an earlier moment is what a crash after the line and before the head leaves."""
        heads = {file: file.read_bytes() for file in (history.path / "logs").iterdir() if file.suffix != ".jsonl"}
        server = history.serve()
        server.execute("POST", "/denied/once-more")
        assert server.stop() == 0
        for file, content in heads.items():
            file.write_bytes(content)
        server = history.serve()
        assert not server.execute("GET", "/after").is_error
        assert server.stop() == 0
        verify(history)


class TestTogether:
    def test_two_servers_and_a_command_line_over_one_home(self, home, upstream):
        home.configure(
            {
                "services": {"api": service(upstream.base_url)},
                "capabilities": {"api": capability(rules=rules(allow=["GET *"]))},
            }
        )
        faults: list[BaseException] = []
        done = threading.Event()

        def traffic(agent: str) -> None:
            try:
                server = home.serve(agent)
                for start in range(0, CALLS // 2, 10):
                    ids = [server.post_execute("GET", f"/{agent}/{start + n}") for n in range(8)]
                    ids += [server.post_execute("POST", f"/{agent}/{start + n}") for n in (8, 9)]
                    for id in ids:
                        server.response(id)
                assert server.stop() == 0
            except BaseException as fault:  # noqa: BLE001 - raised again below
                faults.append(fault)

        def commands() -> None:
            try:
                while not done.is_set():
                    home.set_secret("written-meanwhile", "x")
                    home.run("logs", "verify").expect(0)
                    home.run("logs", "--json", "-n", "5").expect(0)
            except BaseException as fault:  # noqa: BLE001 - raised again below
                faults.append(fault)

        servers = [threading.Thread(target=traffic, args=(agent,)) for agent in ("alice", "bob")]
        command_line = threading.Thread(target=commands)
        for thread in (*servers, command_line):
            thread.start()
        for thread in servers:
            thread.join()
        done.set()
        command_line.join()
        if faults:
            raise faults[0]
        verify(home)
        calls = pairs(home.records)
        shapes = [[record["phase"] for record in records] for records in calls.values()]
        assert shapes.count(["intent", "outcome"]) == CALLS * 8 // 10
        assert shapes.count(["denial"]) == CALLS * 2 // 10
        assert len(shapes) == CALLS
        assert len(upstream.requests) == CALLS * 8 // 10
