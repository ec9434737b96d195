import JaneeSecrets

/// Any text is an address, a block or an endpoint, or is refused; what is forbidden is so in every spelling.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeBufferPointer(start: start, count: count)
    let text = String(decoding: bytes, as: UTF8.self)
    if let address = IPAddress(text) { check(address) }
    if let address = IPAddress(bytes: bytes) { check(address) }
    if let block = CIDRBlock(text) {
        precondition(CIDRBlock(block.description)?.description == block.description)
        precondition(block.contains(block.network))
    }
    if let endpoint = try? EndpointURL(parsing: text) {
        precondition((try? EndpointURL(parsing: endpoint.description))?.description == endpoint.description)
        precondition((1...65_535).contains(endpoint.port))
        precondition(!endpoint.host.contains { "@/?#\\ ".contains($0) })
        precondition(endpoint.host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        // Digits and dots alone are an address or nothing (RFC 3986, section 3.2.2).
        if endpoint.host.utf8.allSatisfy({ $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }) {
            precondition(endpoint.ipAddress != nil)
        }
    }
    return 0
}

private let everything = AddressPolicy(
    allowedPrivate: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"]
        .compactMap { CIDRBlock($0) },
    loopback: true
)

private func check(_ address: IPAddress) {
    precondition(IPAddress(address.description) == address)
    precondition(IPAddress(bytes: address.bytes) == address)
    // An address that carries a forbidden one is forbidden as well, whatever is allowed.
    for inner in address.embeddedIPv4 where everything.check(inner) != nil {
        precondition(everything.check(address) != nil)
    }
    let bytes = address.bytes
    if bytes.count == 4 {
        if bytes[0] == 169, bytes[1] == 254 { precondition(everything.check(address) != nil) }
        if bytes[0] == 0 || bytes[0] >= 224 { precondition(everything.check(address) != nil) }
    }
}
