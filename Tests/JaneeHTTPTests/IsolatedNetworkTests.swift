import Foundation
import NIOPosix
import Testing

#if os(Linux)
/// It starts the other suites in such a network, in which it must not start itself again.
@Suite("In a network of their own", .disabled(if: IsolatedNetwork.isHere))
struct IsolatedNetworkTests {
    @Test("the suites pass that need one")
    func suites() async throws {
        guard try await run("true", []).status == 0 else {
            print("SKIP: no network namespace can be set up here, so the suites that need one did not run")
            return
        }
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let arguments = ["--testing-library", "swift-testing", "--filter", "JaneeHTTPTests.Isolated"]
        let (status, output) = try await run(program, arguments)
        #expect(status == 0, "\(output)")
        let count = try #require(output.firstMatch(of: /Test run with (\d+) tests? .*passed/), "\(output)").output.1
        #expect(count != "0")
    }

    /// Waits on a thread that nobody else needs.
    private func run(_ command: String, _ arguments: [String]) async throws -> (status: Int32, output: String) {
        try await NIOThreadPool.singleton.runIfActive { try IsolatedNetwork.run(command, arguments) }
    }
}
#endif
