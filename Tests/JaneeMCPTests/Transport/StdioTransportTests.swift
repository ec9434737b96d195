import JaneeJSON
import Testing

@testable import JaneeMCP

@Suite("Standard input and output", .timeLimit(.minutes(1)))
struct StdioTransportTests {
    @Test("Lines are answered, whether they come in pieces, with CR, with blanks between or malformed")
    func lines() async throws {
        try await RunningTransport.with(try makeServer()) { running in
            let stream = try running.client.startReading()
            for byte in (Messages.initialize(id: "1") + "\n").utf8 {
                running.client.write([byte])
            }
            running.client.write("\n\r\n   \n{\"half\n".utf8)
            running.client.write([0xff, 0xfe, 0x0a])
            running.client.send(Messages.request("ping", id: "2") + "\r")
            let answers = await running.answers(4, from: stream)
            #expect(answers.map { $0["id"] } == [1, .null, .null, 2])
            #expect(answers.map(\.errorCode) == [nil, -32700, -32700, nil])
        }
    }

    @Test("200 calls written at once are all answered, each once")
    func pipelined() async throws {
        try await RunningTransport.with(try makeServer()) { running in
            let stream = try running.client.startReading()
            running.client.send(Messages.initialize(id: "0"))
            let calls = (1...200).map { Messages.call("echo", #"{"text":"\#($0)"}"#, id: "\($0)") }
            try running.client.sendInBackground([calls.joined(separator: "\n")])
            let answers = await running.answers(201, from: stream).dropFirst()
            #expect(Set(answers.compactMap { $0["id"]?.intValue }) == Set(1...200))
            #expect(answers.allSatisfy { $0.toolText == $0["id"]?.intValue.map(String.init) })
        }
    }

    @Test("A line that is too long gets one error, and the next line is served")
    func overlong() async throws {
        let limits = SessionLimits(maximumMessageBytes: 1000)
        try await RunningTransport.with(try makeServer(), limits: limits) { running in
            let stream = try running.client.startReading()
            let padding = String(repeating: "x", count: 300_000)
            try running.client.sendInBackground([
                Messages.request("ping", #"{"x":"\#(padding)"}"#), Messages.request("ping", id: "2"),
            ])
            let answers = await running.answers(2, from: stream)
            #expect(answers.map(\.errorCode) == [-32600, nil])
            #expect(answers.map { $0["id"] } == [.null, 2])
        }
    }

    @Test("Requests are answered while a call runs, and a cancelled call is silent")
    func cancel() async throws {
        let tool = WaitingTool()
        try await RunningTransport.with(try makeServer(tool)) { running in
            let stream = try running.client.startReading()
            running.client.send(Messages.initialize(id: "0"))
            running.client.send(Messages.call("wait", id: "1"))
            await tool.started()
            running.client.send(Messages.call("echo", #"{"text":"between"}"#, id: "2"))
            running.client.send(Messages.cancel("1"))
            running.client.send(Messages.call("wait", id: "3"))
            await tool.started(2)
            tool.release()
            let answers = await running.answers(3, from: stream)
            #expect(Set(answers.compactMap { $0["id"]?.intValue }) == [0, 2, 3])
            running.client.endInput()
            await running.ended.wait()
            running.client.finish()
            #expect(await running.answers(1, from: stream).isEmpty)
            #expect(tool.cancellations == 1)
        }
    }

    @Test("64 calls run at the same time")
    func concurrent() async throws {
        let tool = WaitingTool()
        try await RunningTransport.with(try makeServer(tool)) { running in
            let stream = try running.client.startReading()
            running.client.send(Messages.initialize(id: "0"))
            for id in 1...64 {
                running.client.send(Messages.call("wait", id: "\(id)"))
            }
            await tool.started(64)
            tool.release()
            #expect(await running.answers(65, from: stream).count == 65)
        }
    }

    @Test("A long answer arrives whole, and others after it")
    func longAnswers() async throws {
        let text = String(repeating: "0123456789", count: 9000)
        try await RunningTransport.with(try makeServer()) { running in
            let stream = try running.client.startReading()
            running.client.send(Messages.initialize(id: "0"))
            try running.client.sendInBackground(
                (1...50).map { Messages.call("echo", #"{"text":"\#(text)"}"#, id: "\($0)") }
            )
            let answers = await running.answers(51, from: stream)
            #expect(answers.dropFirst().allSatisfy { $0.toolText == text })
            #expect(Set(answers.compactMap { $0["id"]?.intValue }) == Set(0...50))
        }
    }

    @Test("A client that reads late gets everything")
    func lateReader() async throws {
        let text = String(repeating: "x", count: 90_000)
        try await RunningTransport.with(try makeServer(), maximumPendingBytes: 100_000) { running in
            running.client.send(Messages.initialize(id: "0"))
            let calls = (1...50).map { Messages.call("echo", #"{"text":"\#(text)"}"#, id: "\($0)") }
            let written = try running.client.sendInBackground(calls)
            let stream = try running.client.startReading()
            #expect(await running.answers(51, from: stream).count == 51)
            await written.wait()
        }
    }
}
