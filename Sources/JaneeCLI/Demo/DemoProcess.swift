import Foundation
import JaneeJSON

/// This program, run as a child with a home of its own.
struct DemoProcess {
    let home: String
    let agent: String

    private static var executable: URL {
        get throws {
            guard let url = Bundle.main.executableURL else {
                throw CommandFailure("The program cannot find its own file.")
            }
            return url
        }
    }

    private func process(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = try Self.executable
        process.arguments = arguments
        // Nothing of the caller's environment may change what the demonstration shows.
        process.environment = ["JANEE_HOME": home, "JANEE_AGENT": agent, "HOME": home, "PATH": "/usr/bin:/bin"]
        return process
    }

    /// Runs a command to its end and gives back what it printed.
    func run(_ arguments: [String], input: String? = nil) throws -> String {
        let process = try process(arguments)
        let output = Pipe()
        let stdin = Pipe()
        process.standardOutput = output
        process.standardInput = stdin
        try process.run()
        if let input { try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8)) }
        try stdin.fileHandleForWriting.close()
        let printed = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw CommandFailure(
                "'janee \(arguments.joined(separator: " "))' failed with exit code \(process.terminationStatus)."
            )
        }
        return String(decoding: printed, as: UTF8.self)
    }

    /// Starts `janee serve`.
    func serve() throws -> DemoSession {
        try DemoSession(try process(["serve"]))
    }
}

/// An MCP session with a server over its standard input and output.
final class DemoSession {
    private let process: Process
    private let input = Pipe()
    private let output = Pipe()
    private var buffer = Data()
    private var lastID = 0
    /// Every byte that the server sent.
    private(set) var receivedBytes = Data()

    init(_ process: Process) throws {
        self.process = process
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        _ = try request(
            "initialize",
            [
                "protocolVersion": "2025-11-25", "capabilities": [:],
                "clientInfo": ["name": "janee-demo", "version": "1"],
            ]
        )
        try send(["jsonrpc": "2.0", "method": "notifications/initialized"])
    }

    /// Calls a tool; gives back the text of its answer and whether it is an error.
    func call(_ tool: String, _ arguments: JSONValue) throws -> (text: String, isError: Bool) {
        let result = try request("tools/call", ["name": .string(tool), "arguments": arguments])
        let text = result["content"]?.arrayValue?.first?["text"]?.stringValue ?? ""
        return (text, result["isError"]?.boolValue ?? false)
    }

    /// Ends the session as clients do, by closing the server's standard input.
    func end() throws {
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    private func request(_ method: String, _ params: JSONValue) throws -> JSONValue {
        lastID += 1
        try send(["jsonrpc": "2.0", "id": .number(JSONNumber(lastID)), "method": .string(method), "params": params])
        while true {
            let message = try JSONReader.parse(try readLine())
            guard message["id"]?.intValue == lastID else { continue }
            guard let result = message["result"] else { throw CommandFailure("The server refused '\(method)'.") }
            return result
        }
    }

    private func send(_ message: JSONValue) throws {
        try input.fileHandleForWriting.write(contentsOf: Data((message.serialized() + "\n").utf8))
    }

    private func readLine() throws -> [UInt8] {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = Array(buffer[buffer.startIndex..<end])
                buffer.removeSubrange(buffer.startIndex...end)
                return line
            }
            let chunk = output.fileHandleForReading.availableData
            guard !chunk.isEmpty else { throw CommandFailure("The server ended.") }
            buffer += chunk
            receivedBytes += chunk
        }
    }
}
