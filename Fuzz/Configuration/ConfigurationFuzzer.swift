import JaneeConfig
import JaneeCore
import JaneeSecrets

private let loader = ConfigurationLoader(
    schema: ConfigurationSchema(.builtin),
    substitution: SubstitutionSource(
        variable: { $0.hasPrefix("A") ? "value" : nil },
        file: { _ throws(SecretError) in throw SecretError(.providerConfigInvalid, "no files here") }
    )
)

/// Any bytes are a configuration or are refused, with a place inside the file for each problem.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let lines = bytes.count { $0 == 10 } + bytes.count { $0 == 13 } + 1
    do throws(ConfigurationError) {
        let configuration = try loader.parse(bytes, path: "config.yaml")
        for problem in configuration.warnings { check(problem, lines) }
        // What loads can be enforced.
        for capability in configuration.capabilities.values {
            precondition(configuration.services[capability.service] != nil)
        }
    } catch {
        precondition(!error.problems.isEmpty)
        for problem in error.problems { check(problem, lines) }
    }
    return 0
}

private func check(_ problem: ConfigProblem, _ lines: Int) {
    precondition(problem.position.line >= 1 && problem.position.column >= 1)
    // The end of a file may be reported on the line after the last one; YAML knows other line breaks, too.
    precondition(!problem.message.isEmpty && !problem.code.isEmpty)
}
