import HTTPTypes
import JaneeSecrets
import Synchronization

/// A transport that answers as the test says, and remembers what it was to send.
final class ScriptedTransport: HTTPTransport {
    typealias Answer = @Sendable (OutboundRequest) async throws(HTTPTransportError) -> InboundResponse

    private let answer: Answer
    private let log = Mutex<[OutboundRequest]>([])

    init(_ answer: @escaping Answer) {
        self.answer = answer
    }

    /// An answer that is always the same.
    convenience init(_ status: Int = 200, _ headers: [(String, String)] = [], body: String = "") {
        var fields = HTTPFields()
        for (name, value) in headers {
            guard let name = HTTPField.Name(name) else { continue }
            fields.append(HTTPField(name: name, value: value))
        }
        let response = InboundResponse(status: status, headers: fields, body: Array(body.utf8))
        self.init { _ in response }
    }

    convenience init(failing error: HTTPTransportError) {
        self.init { _ throws(HTTPTransportError) in throw error }
    }

    var requests: [OutboundRequest] { log.withLock { $0 } }

    func send(_ request: OutboundRequest) async throws(HTTPTransportError) -> InboundResponse {
        log.withLock { $0.append(request) }
        return try await answer(request)
    }
}

extension OutboundRequest {
    /// The headers as they would be written.
    var written: [String] {
        headers.map { name, value in
            switch value {
            case .plain(let text): "\(name.rawName): \(text)"
            case .secret(let prefix, let secret): "\(name.rawName): \(prefix)\(secret.text)"
            }
        }
    }
}
