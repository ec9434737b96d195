import JaneeJSON
import JaneeSecrets

/// What the last segment of a path names: a field of the secret before it, or the secret itself.
///
/// The RFC's migration guide writes `vault kv put secret/mcp/agents/stripe api-key=…` and reads
/// `mcp/agents/stripe/api-key`; its second phase reads the whole path. Both work, in one fixed order.
enum KVLayout: String, Sendable {
    case field
    case secret
}

/// What a reference led to.
enum KVOutcome: Sendable {
    case value(JSONValue, KVLayout)
    /// Nothing; with words for operators where there is something to say.
    case notFound(String?)
    /// Refused, with words on which read it was.
    case denied(VaultToken, String)
}

/// The rules of the layouts: pure, from answers to an outcome.
enum KVLayoutRules {
    /// The value of a whole secret: the field `value`, else the only one.
    static func secret(_ answer: KVAnswer) -> KVOutcome {
        switch answer {
        case .fields(let fields):
            if let value = fields["value"] { return .value(value, .secret) }
            if fields.count == 1, let only = fields.keys.first, let value = fields[only] {
                return .value(value, .secret)
            }
            return .notFound(
                fields.isEmpty
                    ? "the secret has no fields"
                    : "the secret has \(fields.count) fields, none named 'value': name one, as the last segment of the"
                        + " path or as 'field'"
            )
        case .absent(let absence): return .notFound(absence.detail)
        case .denied(let token): return .denied(token, Self.policy)
        }
    }

    /// The value of one field.
    static func field(_ name: String, of answer: KVAnswer) -> KVOutcome {
        switch answer {
        case .fields(let fields):
            return fields[name].map { .value($0, .field) } ?? .notFound(Self.noField)
        case .absent(let absence): return .notFound(absence.detail)
        case .denied(let token): return .denied(token, Self.policy)
        }
    }

    /// The outcome of both reads, of which the first yielded no value.
    ///
    /// - Parameters:
    ///   - first: Of the secret before the last segment, without the field or without anything.
    ///   - second: Of the whole path.
    static func auto(field name: String, _ first: KVAnswer, secret second: KVAnswer) -> KVOutcome {
        switch (first, second) {
        case (_, .fields): return secret(second)
        case (.denied(let token), .denied): return .denied(token, Self.policy)
        case (.denied(let token), .absent(let absence)):
            // That a version was deleted is told only to whoever may read the path.
            return absence.isKnown ? .notFound(absence.detail) : .denied(token, Self.policy)
        case (_, .denied(let token)):
            return .denied(
                token,
                "a policy forbids reading the whole path as a secret; the secret before its last segment has no such field"
            )
        case (.fields, _): return .notFound(second.absence?.detail ?? Self.noField)
        case (.absent(let absence), _): return .notFound(second.absence?.detail ?? absence.detail)
        }
    }

    private static let noField = "the secret exists, the field does not"
    private static let policy = "a policy forbids reading it"
}

extension KVAnswer {
    fileprivate var absence: KVAbsence? {
        if case .absent(let absence) = self { absence } else { nil }
    }
}
