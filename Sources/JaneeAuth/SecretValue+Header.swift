package import JaneeSecrets

extension SecretValue {
    /// Whether the bytes can stand in a header value and arrive as they are: printable ASCII, no space at either end.
    ///
    /// A control character could start another header. A space at an end is dropped on the way, so that an upstream
    /// which repeats the value repeats another one than was sent, and the answer could not be scrubbed of it.
    package var isHeaderSafe: Bool {
        withBytes { bytes in
            bytes.allSatisfy { (0x20...0x7E).contains($0) } && bytes.first != 0x20 && bytes.last != 0x20
        }
    }

    /// Refuses a value that cannot stand in a header; `subject` says which one it is.
    func requireHeaderSafe(_ subject: String) throws(AuthError) {
        guard isHeaderSafe else {
            throw AuthError(
                "\(subject) holds a line break, another character than printable ASCII, or a space at its beginning or "
                    + "end; ask the operator to store it without"
            )
        }
    }
}
