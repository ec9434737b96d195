import JaneeHTTP
import JaneeSecrets
import NIOCore
import Synchronization
import Testing

/// Gives the answers of a test, one after the other, and knows nothing afterwards.
final class ScriptedResolver: AddressResolver {
    private let answers: Mutex<[[String]]>
    private let calls = Mutex<[String]>([])
    private let gate: Gate?

    /// - Parameter gate: what every answer waits for.
    init(_ answers: [String]..., gate: Gate? = nil) {
        self.answers = Mutex(answers)
        self.gate = gate
    }

    /// The names that were asked for.
    var questions: [String] { calls.withLock { $0 } }

    func resolve(_ host: String) async throws(HTTPTransportError) -> [IPAddress] {
        calls.withLock { $0.append(host) }
        do {
            try await gate?.future.get()
        } catch {
            Issue.record("the gate does not open")
        }
        let answer = answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        guard let answer else { throw HTTPTransportError(.nameNotResolved, "no answer", requestMayHaveBeenSent: false) }
        return answer.compactMap { IPAddress($0) }
    }
}
