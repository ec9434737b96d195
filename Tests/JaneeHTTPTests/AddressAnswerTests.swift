import JaneeSecrets
import Testing

@testable import JaneeHTTP

@Suite("The time for a connection")
struct AddressAnswerTests {
    private static let addresses = (1...4).map { IPAddress(ipv4: (127, 0, 0, $0)) }

    private func times(_ count: Int, preferred: IPAddress? = nil, limit: Duration) -> [Duration] {
        let addresses = Array(Self.addresses.prefix(count))
        let answer = AddressAnswer("test", addresses, preferred: preferred, isKept: false, number: 1)
        return addresses.map { answer.timeToConnect(to: $0, limit: limit) }
    }

    @Test("is shared by all addresses but the last and one that is known to work")
    func shares() {
        #expect(times(1, limit: .seconds(10)) == [.seconds(10)])
        #expect(times(2, limit: .seconds(10)) == [.seconds(5), .seconds(10)])
        #expect(times(4, limit: .seconds(8)) == [2, 2, 2, 8].map(Duration.seconds))
        #expect(times(4, preferred: Self.addresses[0], limit: .seconds(8)) == [8, 2, 2, 8].map(Duration.seconds))
    }

    @Test("is at least a second, unless all of it is less")
    func minimum() {
        #expect(times(4, limit: .seconds(2)) == [1, 1, 1, 2].map(Duration.seconds))
        #expect(times(2, limit: .milliseconds(100)) == [.milliseconds(100), .milliseconds(100)])
        #expect(times(2, limit: .zero) == [.zero, .zero])
    }
}
