import JaneeSecrets

/// Any text is a reference or is refused; a reference means the same when it is read from how it is shown.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    do throws(SecretError) {
        let uri = try SecretURI(parsing: text)
        let reference = uri.reference
        precondition(!reference.path.isEmpty)
        precondition(!reference.segments.contains { $0.isEmpty || $0 == "." || $0 == ".." || $0.contains("/") })
        precondition(reference.path.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
        precondition(reference.displayPath.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        let again = try SecretURI(parsing: "\(uri.provider)://\(reference.displayPath)")
        precondition(again.reference.path == reference.path)
    } catch {
        precondition(error.code == .invalidSecretURI)
        // What was refused may be a key.
        precondition(count < 12 || !error.agentDescription.contains(text))
    }
    return 0
}
