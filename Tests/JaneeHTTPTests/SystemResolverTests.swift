import JaneeHTTP
import JaneeSecrets
import Testing

@Suite("The resolver of the system")
struct SystemResolverTests {
    @Test("knows this machine")
    func localhost() async throws {
        let addresses = try await SystemResolver().resolve("localhost")
        #expect(!addresses.isEmpty)
        #expect(addresses.allSatisfy { AddressClass(of: $0) == .loopback })
        #expect(Set(addresses).count == addresses.count)
    }

    @Test("reads both families", arguments: ["127.0.0.1", "127.1.2.3", "::1"])
    func literals(_ address: String) async throws {
        #expect(try await SystemResolver().resolve(address).map(\.description) == [address])
    }

    // Names that are refused before a name server is asked.
    @Test("says that a name does not exist", arguments: ["", "a..b", String(repeating: "a", count: 64)])
    func unknown(_ name: String) async throws {
        let error = await #expect(throws: HTTPTransportError.self) { try await SystemResolver().resolve(name) }
        #expect(error?.code == .nameNotResolved)
        #expect(error?.requestMayHaveBeenSent == false)
    }
}
