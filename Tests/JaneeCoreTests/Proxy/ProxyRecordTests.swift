import HTTPTypes
import JaneeJSON
import JaneeSecrets
import JaneeTestSupport
import Synchronization
import Testing

@testable import JaneeCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("The records of a call")
struct ProxyRecordTests {
    private static func text(_ record: JSONValue?, _ key: String) -> String? { record?[key]?.stringValue }

    @Test("an answered call leaves an intent and an outcome that belong together")
    func answered() async throws {
        let fixture = try ProxyFixture(
            #"rules: { allow: ["POST /v1/*"] }"#,
            transport: ScriptedTransport(201, body: "{}")
        )
        await fixture.execute(AgentCall("POST", "/v1//x?a=%2f", body: "secret body", reason: "report"))
        let records = try fixture.records()
        #expect(records.count == 2)
        for record in records {
            #expect(Self.text(record, "service") == "api")
            #expect(Self.text(record, "capability") == "cap")
            #expect(Self.text(record, "method") == "POST")
            #expect(Self.text(record, "path") == "/v1/x?a=%2F")
            #expect(Self.text(record, "agentId") == "alice")
            #expect(Self.text(record, "reason") == "report")
            #expect(Self.text(record, "clientLabel") == "client/1")
            #expect(Self.text(record, "decision") == "allowed")
            #expect(Self.text(record, "rule") == "POST /v1/*")
            #expect(record["requestBody"] == nil)
            #expect(record["denied"] == nil)
        }
        #expect(Self.text(records[0], "phase") == "intent")
        #expect(Self.text(records[1], "phase") == "outcome")
        #expect(Self.text(records[0], "id") == Self.text(records[1], "id"))
        let digest = try #require(Self.text(records[0], "requestDigest"))
        #expect(digest.utf8.count == 64)
        #expect(Self.text(records[1], "requestDigest") == digest)
        #expect(records[0]["statusCode"] == nil)
        #expect(records[1]["statusCode"]?.intValue == 201)
        #expect(records[1]["latencyMs"] != nil && records[1]["duration"] != nil)
        #expect(records[1]["error"] == nil && records[1]["details"] == nil)
        await fixture.log.close()
        #expect(try fixture.audit.verify().isIntact)
    }

    @Test("bodies are recorded if the operator wants it, once")
    func bodies() async throws {
        let fixture = try ProxyFixture(server: "{ logBodies: true }")
        await fixture.execute(AgentCall("POST", "/x", body: "the body"))
        #expect(try fixture.records().map { Self.text($0, "requestBody") } == ["the body", nil])
    }

    @Test("a call without identity has none in its records")
    func anonymous() async throws {
        let fixture = try ProxyFixture()
        await fixture.execute(agent: nil)
        #expect(try fixture.records().allSatisfy { $0["agentId"] == nil })
    }

    @Test("a failed call leaves two records as well", arguments: HTTPTransportError.Code.allCases)
    func transportFailure(code: HTTPTransportError.Code) async throws {
        let error = HTTPTransportError(code, "scripted", requestMayHaveBeenSent: true)
        let fixture = try ProxyFixture(transport: ScriptedTransport(failing: error))
        await fixture.execute()
        #expect(try fixture.phases() == ["intent", "outcome"])
        #expect(Self.text(try fixture.records().last, "error") == code.rawValue)
        #expect(try fixture.records().last?["statusCode"] == nil)
    }

    @Test("so does a call whose secret cannot be read", arguments: SecretError.Code.allCases)
    func secretFailure(code: SecretError.Code) async throws {
        let fixture = try ProxyFixture(
            provider: ScriptedProvider { _ throws(SecretError) in throw SecretError(code, "x") }
        )
        await fixture.execute()
        #expect(try fixture.phases() == ["intent", "outcome"])
        #expect(Self.text(try fixture.records().last, "error") == code.rawValue)
    }

    @Test("so does one whose secret does not exist")
    func missingSecret() async throws {
        let fixture = try ProxyFixture(provider: ScriptedProvider())
        #expect(try await fixture.failure().code == "SECRET_NOT_FOUND")
        #expect(try fixture.phases() == ["intent", "outcome"])
    }

    @Test("a cancelled call is recorded to its end")
    func cancellation() async throws {
        let (started, continuation) = AsyncStream.makeStream(of: Void.self)
        let transport = ScriptedTransport { _ throws(HTTPTransportError) in
            continuation.finish()
            // A stream that nothing feeds ends when the task is cancelled.
            for await _ in AsyncStream.makeStream(of: Void.self).stream {}
            throw HTTPTransportError(.cancelled, "cancelled", requestMayHaveBeenSent: true)
        }
        let fixture = try ProxyFixture(transport: transport)
        let task = Task { await fixture.execute() }
        for await _ in started {}
        task.cancel()
        guard case .failed(let failure) = await task.value else { throw ProxyFixture.NoAnswer() }
        #expect(failure.code == "CANCELLED")
        #expect(try fixture.phases() == ["intent", "outcome"])
        #expect(Self.text(try fixture.records().last, "error") == "CANCELLED")
    }

    // MARK: Denials

    @Test("a denial leaves one record and touches neither secret nor network", arguments: Self.denials)
    func denial(question: AccessCase) async throws {
        let fixture = try ProxyFixture(question.capability, service: question.service, server: question.server)
        guard case .denied(let denial) = await fixture.execute(question.call, agent: question.agent) else {
            throw ProxyFixture.NoAnswer()
        }
        #expect(denial.code == question.code)
        #expect(fixture.provider.calls.isEmpty)
        #expect(fixture.transport.requests.isEmpty)
        let records = try fixture.records()
        #expect(records.count == 1)
        let record = records.first
        #expect(Self.text(record, "phase") == "denial")
        #expect(Self.text(record, "decision") == "denied")
        #expect(Self.text(record, "reasonCode") == denial.code.rawValue)
        #expect(Self.text(record, "denyReason") == denial.message)
        #expect(record?["denied"]?.boolValue == true)
        #expect(record?["statusCode"]?.intValue == 403)
        #expect(Self.text(record, "capability") == question.call.capability)
        #expect(Self.text(record, "method") == question.call.method)
        #expect(Self.text(record, "path") == question.call.path)
        #expect(Self.text(record, "reason") == question.call.reason)
        #expect(Self.text(record, "agentId") == question.agent)
        #expect(Self.text(record, "service") == (denial.code == .capabilityNotFound ? "" : "api"))
        #expect(record?["requestBody"] == nil)
    }

    private static let denials: [AccessCase] = [
        AccessCase("allowedAgents: [bob]", is: .agentNotAllowed),
        AccessCase(agent: nil, "allowedAgents: [bob]", is: .agentNotAllowed),
        AccessCase("access: restricted", is: .defaultAccessRestricted),
        AccessCase(service: "ownership: { accessPolicy: agent-only }", is: .ownershipDenied),
        AccessCase(call: AgentCall("GET", "/x", capability: "nope"), is: .capabilityNotFound),
        AccessCase("mode: exec", is: .modeMismatch),
        AccessCase(service: "auth: { type: hmac-okx }", is: .authTypeUnavailable),
        AccessCase(call: AgentCall("GET", "/../x", body: "b", reason: "r"), is: .requestRefused),
        AccessCase(call: AgentCall("TRACE", "/x"), is: .requestRefused),
        AccessCase(
            #"rules: { deny: ["* *"] }"#,
            server: "{ logBodies: true }",
            call: AgentCall("PUT", "/x", body: "b"),
            is: .ruleDeny
        ),
        AccessCase("rules: { allow: [] }", is: .ruleDeny),
        AccessCase("requiresReason: true", is: .reasonRequired),
        AccessCase("autoApprove: false", is: .approvalRequired),
    ]

    @Test("the record of a denial by a rule names the rule, the agent does not see it")
    func deniedByRule() async throws {
        let fixture = try ProxyFixture(#"rules: { deny: ["* /v1/secrets"] }"#)
        guard case .denied(let denial) = await fixture.execute(AgentCall("GET", "/v1/secrets/")) else {
            throw ProxyFixture.NoAnswer()
        }
        #expect(Self.text(try fixture.records().first, "rule") == "* /v1/secrets")
        #expect(!"\(denial)".contains("secrets"))
    }

    // MARK: When the log cannot be written

    @Test("without a record before it, a call is not made")
    func unwritableBefore() async throws {
        let fixture = try ProxyFixture(write: { _, _ in -Int(ENOSPC) })
        #expect(try await fixture.failure() == .auditUnavailable)
        #expect(fixture.provider.calls.isEmpty)
        #expect(fixture.transport.requests.isEmpty)
        #expect(fixture.lines.all.contains { $0.hasPrefix("critical") })
    }

    @Test("a closed log is no log")
    func closedLog() async throws {
        let fixture = try ProxyFixture()
        await fixture.log.close()
        #expect(try await fixture.failure() == .auditUnavailable)
        #expect(fixture.transport.requests.isEmpty)
    }

    @Test("a denial stays one if it cannot be recorded")
    func unwritableDenial() async throws {
        let fixture = try ProxyFixture("access: restricted", write: { _, _ in -Int(ENOSPC) })
        guard case .denied(let denial) = await fixture.execute() else { throw ProxyFixture.NoAnswer() }
        #expect(denial.code == .defaultAccessRestricted)
        #expect(fixture.lines.all.contains { $0.hasPrefix("critical") })
    }

    @Test("a call that was made keeps its answer if its end cannot be recorded")
    func unwritableAfter() async throws {
        let disk = Disk()
        let transport = ScriptedTransport { _ in
            disk.isFull.withLock { $0 = true }
            return InboundResponse(status: 200, headers: [:], body: Array("made".utf8))
        }
        let fixture = try ProxyFixture(transport: transport, write: disk.write)
        #expect(try await fixture.answer().text == "made")
        #expect(try fixture.phases() == ["intent"])
        #expect(fixture.lines.all.contains { $0.hasPrefix("critical") })
    }

    private final class Disk: Sendable {
        let isFull = Mutex(false)

        func write(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
            isFull.withLock { $0 } ? -Int(ENOSPC) : systemWrite(descriptor, bytes)
        }
    }
}
