import JaneeJSON
import JaneeSecrets

/// What the double of a credential source does instead of answering.
package enum MetadataFault: Sendable, Equatable {
    case status(Int)
    case hang
    case closeConnection

    var answer: DoubleAnswer {
        switch self {
        case .status(let status): DoubleAnswer(status: status)
        case .hang: DoubleAnswer(status: 200, behaviour: .hang)
        case .closeConnection: DoubleAnswer(status: 200, behaviour: .close)
        }
    }
}

/// What the credential sources of platforms have in common: keys that they hand out, faults, and who has asked.
struct MetadataDoubleState: Sendable {
    var keys: JSONObject?
    var fault: MetadataFault?
    var log: [DoubleRequest] = []

    /// Takes a request, and gives the answer of a fault, if there is one.
    mutating func begin(_ request: DoubleRequest) -> DoubleAnswer? {
        log.append(request)
        if log.count > 1000 { log.removeFirst() }
        return fault?.answer
    }

    static func keys(_ id: String, _ secret: String, _ token: String, _ expires: Duration) -> JSONObject {
        [
            "AccessKeyId": .string(id), "SecretAccessKey": .string(secret), "Token": .string(token),
            "Expiration": .string(AWSTime.timestamp(max(expires, .zero))),
        ]
    }

    static func text(_ text: String, status: Int = 200, type: String = "text/plain") -> DoubleAnswer {
        DoubleAnswer(status: status, headers: [("Content-Type", type)], body: Array(text.utf8))
    }

    static func json(_ object: JSONObject) -> DoubleAnswer {
        DoubleAnswer(
            status: 200,
            headers: [("Content-Type", "application/json")],
            body: JSONValue.object(object).bytes
        )
    }
}
