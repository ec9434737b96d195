import JaneeJSON
import JaneeSecrets
import Testing

@testable import JaneeProviders

/// Every row of the table of layouts: what both reads answered, and what that means.
@Suite("What the last segment of a path names in Vault")
struct KVLayoutTests {
    /// The answer to one read.
    enum Read: String, CaseIterable, Sendable {
        case withKey, withoutKey, only, value, several, empty
        case missing, deleted, destroyed
        case denied

        var answer: KVAnswer {
            switch self {
            case .withKey: .fields(["key": "of the field", "other": "x"])
            case .withoutKey: .fields(["other": "x", "third": "y"])
            case .only: .fields(["single": "the only one"])
            case .value: .fields(["value": "named value", "other": "x"])
            case .several: .fields(["a": "x", "b": "y", "c": "z"])
            case .empty: .fields([:])
            case .missing: .absent(.missing)
            case .deleted: .absent(.deleted(at: "2026-11-23T18:21:59Z"))
            case .destroyed: .absent(.destroyed)
            case .denied: .denied(KVLayoutTests.token)
            }
        }
    }

    static let token = VaultToken(value: SecretValue("token"), isOurs: true, since: .zero)

    /// An outcome in words.
    private func words(_ outcome: KVOutcome) -> String {
        switch outcome {
        case .value(let json, let layout): "\(layout.rawValue): \(json.stringValue ?? "?")"
        case .notFound(let detail): "not found: \(detail ?? "-")"
        case .denied(_, let detail): "denied: \(detail)"
        }
    }

    @Test(
        "auto takes the field first",
        arguments: [
            (Read.withKey, "field: of the field"), (.withoutKey, "not found: the secret exists, the field does not"),
            (.missing, "not found: -"), (.deleted, "not found: the version was deleted at 2026-11-23T18:21:59Z"),
            (.destroyed, "not found: the version was destroyed"), (.denied, "denied: a policy forbids reading it"),
        ]
    )
    func field(read: Read, expected: String) {
        #expect(words(KVLayoutRules.field("key", of: read.answer)) == expected)
    }

    @Test(
        "a whole secret is its field 'value', or its only one",
        arguments: [
            (Read.value, "secret: named value"), (.only, "secret: the only one"),
            (.empty, "not found: the secret has no fields"),
            (
                .several,
                "not found: the secret has 3 fields, none named 'value': name one, as the last segment of the path or as 'field'"
            ),
            (.missing, "not found: -"), (.deleted, "not found: the version was deleted at 2026-11-23T18:21:59Z"),
            (.denied, "denied: a policy forbids reading it"),
        ]
    )
    func secret(read: Read, expected: String) {
        #expect(words(KVLayoutRules.secret(read.answer)) == expected)
    }

    static let both: [(Read, Read, String)] = [
        // 200 without the key, or 404, or 403; then 200.
        (.withoutKey, .only, "secret: the only one"), (.missing, .value, "secret: named value"),
        (.denied, .only, "secret: the only one"), (.deleted, .value, "secret: named value"),
        (
            .denied, .several,
            "not found: the secret has 3 fields, none named 'value': name one, as the last segment of the path or as 'field'"
        ),
        // 200 without the key, or 404; then 404.
        (.withoutKey, .missing, "not found: the secret exists, the field does not"),
        (.missing, .missing, "not found: -"),
        (.deleted, .missing, "not found: the version was deleted at 2026-11-23T18:21:59Z"),
        (.missing, .deleted, "not found: the version was deleted at 2026-11-23T18:21:59Z"),
        (.withoutKey, .destroyed, "not found: the version was destroyed"),
        // 403; then 404 with a body.
        (.denied, .deleted, "not found: the version was deleted at 2026-11-23T18:21:59Z"),
        (.denied, .destroyed, "not found: the version was destroyed"),
        // 403; then 403 or a plain 404.
        (.denied, .denied, "denied: a policy forbids reading it"),
        (.denied, .missing, "denied: a policy forbids reading it"),
        // 200 without the key, or 404; then 403.
        (
            .withoutKey, .denied,
            "denied: a policy forbids reading the whole path as a secret; the secret before its last segment has no such field"
        ),
        (
            .missing, .denied,
            "denied: a policy forbids reading the whole path as a secret; the secret before its last segment has no such field"
        ),
    ]

    @Test("when the field read yields nothing, the whole path decides", arguments: both)
    func auto(first: Read, second: Read, expected: String) {
        #expect(words(KVLayoutRules.auto(field: "key", first.answer, secret: second.answer)) == expected)
    }

    @Test(
        "a field is text as it is, a number in its digits, or a word",
        arguments: [
            (#""text ü""#, "text ü"), (#""""#, ""), ("42", "42"), ("12345678901234567890", "12345678901234567890"),
            ("1.50", "1.50"), ("1e400", "1e400"), ("true", "true"), ("false", "false"),
        ]
    )
    func value(json: String, text: String) throws {
        let value = try JSONFieldValue.value(try JSONReader.parse(json), mayBeStructured: false)
        #expect(value == SecretValue(text))
    }

    @Test("an object or a list is an error unless the field was named; null is nothing")
    func structures() throws {
        let object = try JSONReader.parse(#"{"k":["v",1]}"#)
        let error = #expect(throws: SecretError.self) { try JSONFieldValue.value(object, mayBeStructured: false) }
        #expect(error?.code == .providerConfigInvalid)
        #expect(try JSONFieldValue.value(object, mayBeStructured: true) == SecretValue(#"{"k":["v",1]}"#))
        #expect(try JSONFieldValue.value(.null, mayBeStructured: true) == nil)
    }
}
