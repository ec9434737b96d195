import JaneeSecrets
import Testing

/// What somebody may paste where a reference belongs must not come out anywhere.
@Suite("References give nothing away")
struct SecretLeakTests {
    /// Every way in which a value ends up as text by accident.
    static func texts(of value: some Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        var debugged = ""
        debugPrint(value, to: &debugged)
        return [
            "\(value)", String(describing: value), String(reflecting: value), dumped, debugged, "\([value])",
            "\(["key": value])", "\(Optional(value) as Any)", String(reflecting: (1, value)),
            "\(Mirror(reflecting: value).children.map { "\($0)" })", "\(Wrapper(value))",
            String(reflecting: Wrapper(value)),
        ]
    }

    struct Wrapper<Value> {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    /// A random word that cannot occur in our own texts.
    static func canary(_ generator: inout SystemRandomNumberGenerator) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        return "Zq9" + String((0..<24).map { _ in alphabet.randomElement(using: &generator) ?? "X" })
    }

    @Test("no error of parsing holds a piece of the reference")
    func errors() {
        var generator = SystemRandomNumberGenerator()
        let shapes: [(String) -> String] = [
            { "9\($0)://path" }, { "\($0)!://path" }, { "\($0)\($0)\($0)\($0)://path" }, { "vault://\($0)#x" },
            { "vault://\($0)@v5" }, { "postgres://\($0):\($0)@host" }, { "vault://../\($0)" }, { "vault://\($0)/%zz" },
            { "\($0) \($0)" }, { "\($0)%00" }, { "\($0)%ff" }, { "\($0)%5C" }, { "\($0)=" }, { "Bearer \($0)" },
            { "\($0)\n\($0)" }, { "vault://" + String(repeating: $0, count: 40) }, { "\($0):\($0)" },
            { String(repeating: "\($0)/", count: 40) }, { "{\"key\": \"\($0)\"}" }, { "?\($0)" }, { "${\($0)}" },
            { "\u{1B}\($0)" }, { "caf\u{E9}\($0)" },
        ]
        for _ in 0..<20 {
            for shape in shapes {
                let canary = Self.canary(&generator)
                let text = shape(canary)
                do {
                    _ = try SecretURI(parsing: text)
                    Issue.record("a malformed reference was accepted")
                } catch {
                    for output in Self.texts(of: error) + [error.message, error.detail, error.agentDescription] {
                        #expect(!output.contains(canary.prefix(6)))
                    }
                }
            }
        }
    }

    @Test("a bare reference cannot be printed by accident")
    func bareReferences() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            let canary = Self.canary(&generator)
            for text in [canary, "sk_live_\(canary)", "/\(canary)/a", "a/\(canary)"] {
                let uri = try SecretURI(parsing: text)
                for output in Self.texts(of: uri) + Self.texts(of: uri.reference) {
                    #expect(!output.contains(canary), "\(output)")
                }
            }
        }
    }

    @Test("nodes of a configuration cannot be printed by accident")
    func nodes() throws {
        let canary = "Zq9CANARY"
        let node = ConfigNode(.map([]), at: ConfigPosition(line: 1, column: 1))
        let secret = ConfigNode(.string(canary), at: ConfigPosition(line: 7, column: 5))
        let number = ConfigNode(.number(canary), at: ConfigPosition(line: 7, column: 5))
        let entries = [ConfigEntry(key: "token", keyPosition: node.position, value: secret)]
        let map = ConfigNode(.map(entries), at: ConfigPosition(line: 2, column: 1))
        let section = try #require(ConfigSection(map, field: "auth"))
        let template = try SubstitutionTemplate(parsing: canary, in: .credential)
        let printed =
            Self.texts(of: secret) + Self.texts(of: number) + Self.texts(of: map) + Self.texts(of: entries)
            + Self.texts(of: section) + Self.texts(of: template) + Self.texts(of: secret.value)
        for output in printed { #expect(!output.contains(canary), "\(output)") }
        #expect("\(secret)".contains("7:5"))
    }
}
