import JaneeFiles
import JaneeSecrets
import JaneeTestSupport

extension SubstitutionSource {
    /// Variables of a test, real files, and a list of what was observed.
    static func forTests(
        _ observed: Locked<[SecretValue]>,
        variable: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> SubstitutionSource {
        SubstitutionSource(
            variable: variable,
            file: { path throws(SecretError) in
                do throws(FileError) {
                    var bytes = try RegularFile.read(path, limit: 64 << 10)
                    if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
                    return SecretValue(bytes)
                } catch {
                    throw SecretError(.providerConfigInvalid, "the file cannot be read")
                }
            },
            observe: { value in observed.withLock { $0.append(value) } }
        )
    }
}
