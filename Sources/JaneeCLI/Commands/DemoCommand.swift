import ArgumentParser

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show a whole call, and three attacks, on this machine",
        discussion: """
            Starts an API on loopback and a server with a home of its own in a temporary directory, plays an agent's part \
            in a real MCP session, and prints what each side sent and received. The exit code is 1 if anything that must \
            hold does not.
            """
    )

    func run() async throws {
        let home = FileManager.default.temporaryDirectory.appending(path: "janee-demo-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: home) }
        var demonstration = Demonstration(home: home)
        do {
            try await demonstration.run()
        } catch let failure as CommandFailure {
            failure.printToStandardError()
            throw ExitCode.failure
        }
    }
}
