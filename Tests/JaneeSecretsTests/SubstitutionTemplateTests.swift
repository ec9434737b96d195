import JaneeSecrets
import Synchronization
import Testing

@Suite("Substitution")
struct SubstitutionTemplateTests {
    private static let variables = [
        "TOKEN": "hvs.x", "EMPTY": "", "NESTED": "${TOKEN}", "ENV": "prod", "_a1": "u", "PATH_PART": "a/b",
        "QUOTE": "it's",
    ]

    private static let source = SubstitutionSource(
        variable: { variables[$0] },
        file: { path throws(SecretError) in
            guard path == "/run/id" || path == "~/.id" else {
                throw SecretError(.providerConfigInvalid, "cannot open it")
            }
            return SecretValue("file(\(path))${TOKEN}")
        }
    )

    @Test(
        "credentials take variables and files",
        arguments: [
            ("plain", "plain"), ("", ""), ("${TOKEN}", "hvs.x"), ("a${TOKEN}b", "ahvs.xb"),
            ("${TOKEN}${ENV}", "hvs.xprod"),
            ("${_a1}", "u"), ("${EMPTY}", ""), ("x${EMPTY}y", "xy"), ("${NESTED}", "${TOKEN}"),
            ("${file:/run/id}", "file(/run/id)${TOKEN}"), ("${file:~/.id}", "file(~/.id)${TOKEN}"),
            ("a${file:/run/id}${ENV}", "afile(/run/id)${TOKEN}prod"),
            ("$${TOKEN}", "${TOKEN}"), ("$$${TOKEN}", "$${TOKEN}"), ("a$${b", "a${b"), ("$${", "${"), ("$$$${", "$$${"),
            ("$${}", "${}"),
            ("$", "$"), ("$$", "$$"), ("$TOKEN", "$TOKEN"), ("$(x)", "$(x)"), ("a$", "a$"), ("100$ {", "100$ {"),
            ("$ {TOKEN}", "$ {TOKEN}"), ("{TOKEN}", "{TOKEN}"), ("}", "}"), ("${TOKEN}}", "hvs.x}"),
            ("\u{E9}${ENV}", "\u{E9}prod"),
            ("%24%7BTOKEN%7D", "%24%7BTOKEN%7D"),
        ]
    )
    func credential(text: String, value: String) throws {
        let template = try SubstitutionTemplate(parsing: text, in: .credential)
        #expect(try template.secret(from: Self.source) == SecretValue(value))
    }

    @Test(
        "references take variables and the two conditionals",
        arguments: [
            ("vault://a", "vault://a"), ("${TOKEN}://a", "hvs.x://a"), ("vault://${PATH_PART}/c", "vault://a/b/c"),
            ("${ENV == 'prod' ? 'prodVault' : 'devVault'}://mcp/x", "prodVault://mcp/x"),
            ("${ENV == 'dev' ? 'devVault' : 'prodVault'}://x", "prodVault://x"),
            ("${ENV != 'prod' ? 'a' : 'b'}://x", "b://x"), ("${ENV != 'dev' ? 'a' : 'b'}://x", "a://x"),
            ("${UNSET == 'prod' ? 'a' : 'b'}://x", "b://x"), ("${UNSET == '' ? 'a' : 'b'}://x", "a://x"),
            ("${UNSET != '' ? 'a' : 'b'}://x", "b://x"), ("${EMPTY == '' ? 'a' : 'b'}", "a"),
            ("${ENV=='prod'?'a':'b'}://x", "a://x"), ("${  ENV  ==  'prod'  ?  'a'  :  'b'  }://x", "a://x"),
            ("${ENV == 'PROD' ? 'a' : 'b'}", "b"), ("${ENV == 'prod' ? '' : 'b'}x", "x"),
            ("${ENV == 'prod' ? '$' : 'b'}", "$"), ("${ENV == 'prod' ? 'a b' : 'c'}", "a b"),
            ("v://${ENV == 'prod' ? 'p' : 'd'}/${PATH_PART}", "v://p/a/b"),
            ("${ENV == 'prod' ? 'TOKEN' : 'b'}", "TOKEN"),
            ("$${ENV == 'prod' ? 'a' : 'b'}", "${ENV == 'prod' ? 'a' : 'b'}"),
        ]
    )
    func reference(text: String, value: String) throws {
        let template = try SubstitutionTemplate(parsing: text, in: .reference)
        #expect(try template.text(from: Self.source) == value)
    }

    @Test("a result is not scanned again")
    func once() throws {
        let variables = ["A": "${B}", "B": "secret", "C": "$${B}", "D": "${file:/run/id}"]
        let source = SubstitutionSource(variable: { variables[$0] }, file: Self.source.file)
        for name in ["A", "C", "D"] {
            let template = try SubstitutionTemplate(parsing: "${\(name)}", in: .credential)
            #expect(try template.secret(from: source) == SecretValue(variables[name] ?? ""))
            let reference = try SubstitutionTemplate(parsing: "${\(name)}", in: .reference)
            #expect(try reference.text(from: source) == variables[name])
        }
    }

    @Test(
        "everything else is refused, in both places",
        arguments: [
            "${", "a${", "${TOKEN", "${}", "${ }", "${ TOKEN }", "${1A}", "${A-B}", "${A.B}", "${A B}", "${\u{E9}}",
            "${A:-x}",
            "${A:?x}", "${TOKEN:x}", "${env:X}", "${FILE:/x}", "${file:}", "${file:relative}", "${file:./x}",
            "${file:~user/x}", "${file: /x}", "${${TOKEN}}", "${A\n}", "${vault://x}",
            "${ENV == 'prod'}", "${ENV == 'prod' ? 'a'}", "${ENV == \"prod\" ? 'a' : 'b'}",
            "${ENV === 'prod' ? 'a' : 'b'}",
            "${ENV = 'prod' ? 'a' : 'b'}", "${ENV > 'prod' ? 'a' : 'b'}", "${'prod' == ENV ? 'a' : 'b'}",
            "${ENV == prod ? 'a' : 'b'}", "${ENV == 'prod' ? a : b}", "${ENV == 'prod' ? 'a' : 'b' : 'c'}",
            "${ENV == 'prod' ? 'a' : 'b'", "${ENV == 'prod' && X == 'y' ? 'a' : 'b'}", "${!ENV ? 'a' : 'b'}",
            "${ENV == 'prod' ? 'a' : ${X}}", "${ENV == 'it's' ? 'a' : 'b'}", "${1ENV == 'prod' ? 'a' : 'b'}",
            "${ENV == 'prod' ? 'a' : 'b'}${", "${ENV\t== 'prod' ? 'a' : 'b'}", "${ENV == 'a}b' ? 'a' : 'b'}",
        ]
    )
    func refused(text: String) {
        for place in [SubstitutionTemplate.Place.credential, .reference] {
            let refusal = #expect(throws: ConfigStringFormat.Refusal.self) {
                try SubstitutionTemplate(parsing: text, in: place)
            }
            #expect(refusal?.message.contains("${") == true)
        }
    }

    @Test("the source learns of credentials and of their parts, and of nothing else")
    func observed() throws {
        let seen = Mutex<[SecretValue]>([])
        let source = SubstitutionSource(
            variable: { _ in "a variable" },
            file: { _ in SecretValue("a file") },
            observe: { value in seen.withLock { $0.append(value) } }
        )
        let credential = try SubstitutionTemplate(parsing: "x${A}${file:/b}", in: .credential)
        _ = try credential.secret(from: source)
        #expect(seen.withLock { $0 } == ["a variable", "a file", "xa variablea file"].map { SecretValue($0) })
        _ = try SubstitutionTemplate(parsing: "x${A}", in: .reference).text(from: source)
        #expect(seen.withLock { $0.count } == 3)
    }

    @Test("files belong to credentials only, conditionals to references only")
    func places() throws {
        let file = #expect(throws: ConfigStringFormat.Refusal.self) {
            try SubstitutionTemplate(parsing: "${file:/x}", in: .reference)
        }
        #expect(file?.message.contains("only provider credentials may") == true)
        let conditional = #expect(throws: ConfigStringFormat.Refusal.self) {
            try SubstitutionTemplate(parsing: "${ENV == 'a' ? 'b' : 'c'}", in: .credential)
        }
        #expect(conditional?.message.contains("neither '${NAME}' nor '${file:/path}'") == true)
        let credential = try SubstitutionTemplate(parsing: "${file:/run/id}", in: .credential)
        #expect(throws: SecretError.self) { try credential.text(from: Self.source) }
        let reference = try SubstitutionTemplate(parsing: "${ENV == 'a' ? 'b' : 'c'}", in: .reference)
        #expect(throws: SecretError.self) { try reference.secret(from: Self.source) }
    }

    @Test("an unset variable is an error that names it, never an empty text")
    func unset() throws {
        for text in ["${UNSET_ONE}", "a${UNSET_ONE}", "${TOKEN}${UNSET_ONE}"] {
            let credential = try SubstitutionTemplate(parsing: text, in: .credential)
            let first = #expect(throws: SecretError.self) { try credential.secret(from: Self.source) }
            let reference = try SubstitutionTemplate(parsing: text, in: .reference)
            let second = #expect(throws: SecretError.self) { try reference.text(from: Self.source) }
            for error in [first, second] {
                #expect(error?.code == .providerConfigInvalid)
                #expect(error?.detail == "environment variable UNSET_ONE is not set")
            }
        }
    }

    @Test("a file that cannot be read fails with the reader's reason, each time anew")
    func unreadableFile() throws {
        let template = try SubstitutionTemplate(parsing: "${file:/nowhere}", in: .credential)
        let error = #expect(throws: SecretError.self) { try template.secret(from: Self.source) }
        #expect(error?.detail == "cannot open it")
    }

    @Test("the variables that must be set are known beforehand")
    func requiredVariables() throws {
        let credential = try SubstitutionTemplate(parsing: "${A}x${file:/b}${B}$${C}", in: .credential)
        #expect(credential.requiredVariables == ["A", "B"])
        #expect(!credential.isLiteral)
        let reference = try SubstitutionTemplate(parsing: "${A == 'x' ? 'y' : 'z'}://${B}", in: .reference)
        #expect(reference.requiredVariables == ["B"])
        for text in ["", "plain", "$", "$${A}"] {
            #expect(try SubstitutionTemplate(parsing: text, in: .credential).isLiteral)
        }
        #expect(try !SubstitutionTemplate(parsing: "${A}", in: .credential).isLiteral)
    }

    @Test("a refusal quotes nothing of the text")
    func quotesNothing() {
        let canary = "Zq9CANARY"
        let texts = [
            "\(canary)${", "${\(canary) }", "${\(canary)-x}", "${file:\(canary)}", "${A == '\(canary)'}",
            "\(canary)${}\(canary)",
        ]
        for text in texts {
            for place in [SubstitutionTemplate.Place.credential, .reference] {
                let refusal = #expect(throws: ConfigStringFormat.Refusal.self) {
                    try SubstitutionTemplate(parsing: text, in: place)
                }
                #expect(refusal?.message.contains(canary) == false)
            }
        }
    }

    @Test("a megabyte of dollars and braces is answered quickly")
    func large() {
        for unit in ["$", "${A}", "$${", "${", "}", "${A == 'b' ? 'c' : 'd'}"] {
            let text = String(repeating: unit, count: 300_000 / unit.count)
            _ = try? SubstitutionTemplate(parsing: text, in: .credential)
            _ = try? SubstitutionTemplate(parsing: text, in: .reference)
        }
    }
}
