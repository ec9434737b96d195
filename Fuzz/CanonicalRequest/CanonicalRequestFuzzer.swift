import HTTPTypes
import JaneeConfig
import JaneeCore
import JaneeSecrets

/// Any method, path, headers and body make a request or are refused; a request is what its own text makes again.
///
/// The input has lines: method, path, headers as `name: value`, an empty line, and the body.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
    let method = String(lines.popFirst() ?? "")
    let path = String(lines.popFirst() ?? "")
    var headers: [(name: String, value: String)] = []
    while let line = lines.popFirst(), !line.isEmpty {
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        headers.append((String(parts[0]), parts.count > 1 ? String(parts[1]) : ""))
    }
    let body = lines.isEmpty ? nil : lines.joined(separator: "\n")
    // The configuration is a constant of this program; without it nothing would be fuzzed.
    guard let service = Subject.service else { fatalError("the fuzzer's configuration does not load") }
    let call = Subject.call(method, path, headers, body)
    guard let request = try? CanonicalRequest(call, service: service, owned: [.authorization]) else { return 0 }
    let target = request.target.text
    precondition(target.utf8.first == UInt8(ascii: "/"))
    precondition(target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") })
    let segments = target.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false)
    precondition(!segments.contains { $0 == "." || $0 == ".." })
    precondition(request.wireTarget.hasPrefix("/base/"))
    precondition(!request.headers.contains { [.authorization, .transferEncoding, .contentLength].contains($0.name) })
    precondition(request.headers.allSatisfy { !$0.value.utf8.contains { $0 == 0 || $0 == 10 || $0 == 13 } })
    let again = Subject.call(method, target, headers, body)
    precondition((try? CanonicalRequest(again, service: service, owned: [.authorization]))?.digest == request.digest)
    return 0
}
