import JaneeSecrets
import Testing

@testable import JaneeHTTP

@Suite("Peers of connections")
struct PeerRuleTests {
    private static let metadata = IPAddress(ipv4: (169, 254, 169, 254))

    @Test("are those of the policy, or one and no other")
    func rules() {
        let other = IPAddress(ipv4: (169, 254, 169, 253))
        let open = IPAddress(ipv4: (93, 184, 216, 34))
        #expect(PeerRule.only(Self.metadata).refusal(of: Self.metadata) == nil)
        for address in [other, open, IPAddress(ipv4: (127, 0, 0, 1))] {
            #expect(PeerRule.only(Self.metadata).refusal(of: address)?.code == .addressRefused)
        }
        #expect(PeerRule.allowed(by: .publicOnly).refusal(of: open) == nil)
        #expect(PeerRule.allowed(by: .publicOnly).refusal(of: Self.metadata)?.code == .addressRefused)
        #expect(PeerRule.allowed(by: .publicOnly).refusal(of: Self.metadata)?.requestMayHaveBeenSent == false)
    }
}
