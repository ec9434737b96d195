import JaneeSecrets
import JaneeSecretsTesting
import JaneeTestSupport
import Testing

@Suite("A program that misbehaves")
struct ExecFaultTests {
    struct Fault: CustomTestStringConvertible, Sendable {
        let name: String
        let code: SecretError.Code
        let script: String
        /// Whether it would never end by itself; then whoever has asked gives up.
        var hangs = false

        var testDescription: String { name }

        init(_ name: String, _ code: SecretError.Code, _ script: String) {
            self.name = name
            self.code = code
            self.script = script
        }

        static func hanging(_ name: String, _ script: String) -> Fault {
            var fault = Fault(name, .providerUnavailable, script)
            fault.hangs = true
            return fault
        }
    }

    /// Programs of summon's convention; `$VALUE` is the secret, and each notes its processes.
    static let faults = [
        .hanging("hangs", "sleep 600"),
        .hanging("hangs and ignores SIGTERM", "trap '' TERM; while :; do sleep 1; done"),
        Fault("floods its output", .providerInternalError, "while :; do echo $VALUE$VALUE$VALUE$VALUE; done"),
        Fault("prints the value on standard error", .providerInternalError, "echo $VALUE >&2; exit 1"),
        Fault("prints the value and fails", .providerInternalError, "echo $VALUE; exit 3"),
        Fault("dies of a signal", .providerUnavailable, "echo $VALUE; kill -9 $$"),
        Fault("reads its input for ever", .providerInternalError, "cat >/dev/null; exit 7"),
    ]

    @Test("fails with a clear code, gives nothing away and leaves no process", arguments: faults)
    func fault(_ fault: Fault) async throws {
        let canary = SecretCanary(.apiKey)
        let text = try #require(canary.text)
        let program = try Program("echo $$ >>@DIRECTORY@/processes\nVALUE=\(text)\n\(fault.script)")
        let log = LogRecorder()
        let error = await failure(of: try program.provider(log: log), fault, program)
        #expect(error?.code == fault.code)
        try expectNoLeak(of: canary, in: error, log)
        #expect(!program.processes.isEmpty)
        #expect(await program.isGone())
    }

    @Test("that leaves a child with its output open gives its value, and the child is ended")
    func heldPipe() async throws {
        let program = try Program(
            """
            (echo $$ >>@DIRECTORY@/processes; exec sleep 600) &
            echo $! >>@DIRECTORY@/processes
            printf value
            """
        )
        let value = try await program.provider().getSecret(try reference("a"))
        #expect(value?.text == "value")
        #expect(await program.isGone())
    }

    @Test("that is asked by somebody who goes away is ended")
    func cancelled() async throws {
        let program = try Program("echo $$ >>@DIRECTORY@/processes\nsleep 600 & echo $! >>@DIRECTORY@/processes\nwait")
        let provider = try program.provider()
        let path = try reference("a")
        let read = Task { try? await provider.getSecret(path) }
        await program.hasStarted(2)
        read.cancel()
        _ = await read.value
        #expect(await program.isGone())
    }

    /// Programs that speak JSON lines, after a first request for their health.
    static let lineFaults = [
        .hanging("hangs", "time.sleep(600)"),
        Fault("writes garbage", .providerInternalError, "print('VALUE is no JSON', flush=True)"),
        Fault("writes an endless line", .providerInternalError, "while True: sys.stdout.write('VALUE' * 1000)"),
        Fault("ends", .providerUnavailable, "sys.exit(0)"),
        Fault("answers with its own words", .providerInternalError, "answer(request, error='VALUE')"),
        Fault("answers something else", .providerInternalError, "answer(request, ok=True)"),
        Fault("answers with a broken value", .providerInternalError, "answer(request, value_base64='%VALUE')"),
        Fault("is refused", .providerAuthFailed, "answer(request, error='auth_failed', message='VALUE')"),
        Fault("is rate limited", .providerRateLimited, "answer(request, error='rate_limited', retryAfterMs=5)"),
        .hanging(
            "ignores the end of its input and SIGTERM",
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n    while True: time.sleep(1)"
        ),
        Fault(
            "leaves a child with its output open",
            .providerUnavailable,
            "note(subprocess.Popen(['sleep', '600']).pid); sys.exit(0)"
        ),
    ]

    @Test("and speaks JSON lines fails as clearly, and leaves no process", arguments: lineFaults)
    func lineFault(_ fault: Fault) async throws {
        let canary = SecretCanary(.apiKey)
        let text = try #require(canary.text)
        let program = try Program(
            python: """
                import json, os, signal, subprocess, sys, time
                def note(process):
                    with open("@DIRECTORY@/processes", "a") as file: print(process, file=file)
                def answer(request, **members):
                    print(json.dumps({"id": request["id"], **members}), flush=True)
                note(os.getpid())
                for line in sys.stdin:
                    request = json.loads(line)
                    \(fault.script.replacing("VALUE", with: text))
                """
        )
        let log = LogRecorder()
        let provider = try program.provider(["protocol": .string("json-lines")], log: log)
        let error = await failure(of: provider, fault, program)
        #expect(error?.code == fault.code)
        try expectNoLeak(of: canary, in: error, log)
        await provider.dispose()
        #expect(!program.processes.isEmpty)
        #expect(await program.isGone())
    }

    @Test("and answers out of order is understood; what comes too late is dropped")
    func outOfOrder() async throws {
        let program = try Program(
            python: """
                import json, sys
                held = []
                for line in sys.stdin:
                    held.append(json.loads(line))
                    if len(held) == 8:
                        for request in reversed(held):
                            print(json.dumps({"id": request["id"], "value": "of " + request["path"]}), flush=True)
                            print(json.dumps({"id": request["id"], "value": "again"}), flush=True)
                        held = []
                """
        )
        let provider = try program.provider(["protocol": .string("json-lines")])
        let values = try await withThrowingTaskGroup { group in
            for number in 0..<8 {
                let path = try reference("path/\(number)")
                group.addTask { (number, try await provider.getSecret(path)?.text) }
            }
            return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
        }
        #expect(values == Dictionary(uniqueKeysWithValues: (0..<8).map { ($0, "of path/\($0)") }))
        await provider.dispose()
    }

    @Test("and hangs is replaced, however early those who ask give up")
    func replaced() async throws {
        let program = try Program(
            python: """
                import json, os, sys, time
                with open("@DIRECTORY@/processes", "a") as file: print(os.getpid(), file=file)
                if open("@DIRECTORY@/processes").read().count("\\n") == 1: time.sleep(600)
                for line in sys.stdin:
                    print(json.dumps({"id": json.loads(line)["id"], "value": "value"}), flush=True)
                """
        )
        let clock = ManualClock()
        let provider = try program.provider(
            ["protocol": .string("json-lines")],
            time: TimeSource(clock) { .zero }
        )
        let path = try reference("a")
        let early = Task { try? await provider.getSecret(path) }
        await program.hasStarted()
        early.cancel()
        _ = await early.value
        clock.advance(by: .seconds(10))
        #expect(try await provider.getSecret(path)?.text == "value")
        await provider.dispose()
        #expect(await program.isGone())
    }

    @Test("and is being read when the provider ends is ended with it, whatever it ignores")
    func disposed() async throws {
        let program = try Program("echo $$ >>@DIRECTORY@/processes\ntrap '' TERM\nwhile :; do sleep 1; done")
        let provider = try program.provider()
        let path = try reference("a")
        let read = Task { try? await provider.getSecret(path) }
        await program.hasStarted()
        await provider.dispose()
        #expect(await program.isGone())
        #expect(await read.value == nil)
        let error = await #expect(throws: SecretError.self) { try await provider.getSecret(path) }
        #expect(error?.code == .providerUnavailable)
    }

    @Test(
        "and whose answer says several things fails rather than giving an empty value",
        arguments: [
            (#""value": "", "missing": false, "error": "unavailable""#, SecretError.Code.providerUnavailable),
            (#""value": "v", "value_base64": "dg==""#, .providerInternalError),
            (#""value": "", "error": "whatever""#, .providerInternalError),
        ]
    )
    func contradictions(_ members: String, _ code: SecretError.Code) async throws {
        let program = try Program(
            python: """
                import json, sys
                for line in sys.stdin:
                    print('{"id": %d, %s}' % (json.loads(line)["id"], '\(members)'), flush=True)
                """
        )
        let provider = try program.provider(["protocol": .string("json-lines")])
        let error = await #expect(throws: SecretError.self) { try await provider.getSecret(try reference("a")) }
        #expect(error?.code == code)
        await provider.dispose()
    }

    @Test("and has ended is started again by the next read")
    func restart() async throws {
        let program = try Program(
            python: """
                import json, os, sys
                request = json.loads(sys.stdin.readline())
                print(json.dumps({"id": request["id"], "value": str(os.getpid())}), flush=True)
                """
        )
        let provider = try program.provider(["protocol": .string("json-lines")])
        let first = try await provider.getSecret(try reference("a"))?.text
        var second: String?
        // The end of the first one may not have been noticed yet; then the read fails and the next one succeeds.
        for _ in 0..<20 where second == nil { second = try? await provider.getSecret(try reference("a"))?.text }
        #expect(first != nil && second != nil && first != second)
        await provider.dispose()
    }

    private func failure(of provider: any SecretsProvider, _ fault: Fault, _ program: Program) async -> SecretError? {
        guard let path = try? reference("team/key") else { return nil }
        let read = Task { () -> SecretError? in
            do throws(SecretError) {
                _ = try await provider.getSecret(path)
                return nil
            } catch {
                return error
            }
        }
        if fault.hangs {
            await program.hasStarted()
            read.cancel()
        }
        return await read.value
    }

    private func expectNoLeak(of canary: SecretCanary, in error: SecretError?, _ log: LogRecorder) throws {
        let detector = SecretDetector(canary.bytes)
        for text in [error?.message ?? "", error.map { String(reflecting: $0) } ?? "", log.lines.joined()] {
            #expect(detector.forms(in: text).isEmpty)
        }
        #expect(!detector.forms(in: "planted: \(canary.text ?? "")").isEmpty)
    }
}
