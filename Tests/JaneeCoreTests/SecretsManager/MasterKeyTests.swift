import JaneeConfig
import JaneeSecrets
import Synchronization
import Testing

@testable import JaneeCore

@Suite("The master key")
struct MasterKeyTests {
    /// A key whose 32 bytes are all the same, in base64.
    private static func text(_ letter: Character) -> String {
        ["a": "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=", "b": "YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmI="][
            letter
        ]
            ?? "Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2M="
    }

    private static let a = String(repeating: "a", count: 32)
    private static let b = String(repeating: "b", count: 32)
    private static let c = String(repeating: "c", count: 32)

    private func key(
        _ home: TemporaryHome,
        variables: [String: String] = [:],
        files: [String: String] = [:],
        setting: MasterKeySetting? = nil
    ) -> MasterKey {
        let source = SubstitutionSource(
            variable: { variables[$0] },
            file: { path throws(SecretError) in
                guard let content = files[path] else {
                    throw SecretError(.providerConfigInvalid, "cannot open \(path): no such file")
                }
                return SecretValue(content)
            }
        )
        return MasterKey(home: home.home, setting: setting, substitution: source)
    }

    private func failure(_ key: MasterKey) async -> SecretError? {
        do throws(SecretError) {
            _ = try await key.value()
            return nil
        } catch {
            return error
        }
    }

    private static func template(_ text: String) throws -> MasterKeySetting {
        .template(try SubstitutionTemplate(parsing: text, in: .credential))
    }

    @Test("whoever keeps values out of logs learns of the key")
    func observed() async throws {
        let home = try TemporaryHome()
        home.write(Self.text("c"), to: "master.key")
        let seen = Mutex<[SecretValue]>([])
        let key = MasterKey(home: home.home, setting: nil, substitution: TestConfiguration.noSubstitution) { value in
            seen.withLock { $0.append(value) }
        }
        let value = try await key.value()
        #expect(try await key.value() == value)
        #expect(seen.withLock { $0 } == [value])
    }

    @Test("the first configured source wins")
    func order() async throws {
        let home = try TemporaryHome()
        home.write(Self.text("c"), to: "master.key")
        #expect(try await key(home).value().text == Self.c)
        home.write(#"{"masterKey":"\#(Self.text("b"))","secrets":{}}"#, to: "credentials.json")
        #expect(try await key(home).value().text == Self.b)
        let setting = try Self.template("${THE_KEY}")
        var variables = ["THE_KEY": Self.text("a")]
        #expect(try await key(home, variables: variables, setting: setting).value().text == Self.a)
        variables["JANEE_MASTER_KEY_FILE"] = "/k"
        let files = ["/k": Self.text("b")]
        #expect(try await key(home, variables: variables, files: files, setting: setting).value().text == Self.b)
        variables["JANEE_MASTER_KEY"] = Self.text("c")
        #expect(try await key(home, variables: variables, files: files, setting: setting).value().text == Self.c)
    }

    @Test("an empty variable is none")
    func emptyVariables() async throws {
        let home = try TemporaryHome()
        home.write(Self.text("a"), to: "master.key")
        let variables = ["JANEE_MASTER_KEY": "", "JANEE_MASTER_KEY_FILE": ""]
        #expect(try await key(home, variables: variables).value().text == Self.a)
    }

    @Test("a source that is configured but wrong is an error, never skipped")
    func noFallback() async throws {
        let home = try TemporaryHome()
        home.write(Self.text("a"), to: "master.key")
        #expect(
            await failure(key(home, variables: ["JANEE_MASTER_KEY": "x"]))?.detail.contains("JANEE_MASTER_KEY") == true
        )
        let missing = key(home, variables: ["JANEE_MASTER_KEY_FILE": "/missing"])
        #expect(await failure(missing)?.detail.contains("JANEE_MASTER_KEY_FILE") == true)
        #expect(await failure(key(home, setting: try Self.template("${UNSET}")))?.detail.contains("UNSET") == true)
        home.write(#"{"masterKey":"x"}"#, to: "credentials.json")
        #expect(await failure(key(home))?.detail.contains("credentials.json") == true)
        home.write(#"{"masterKey":"#, to: "credentials.json")
        #expect(await failure(key(home))?.detail.contains("credentials.json") == true)
        home.write(#"{"secrets":{}}"#, to: "credentials.json")
        #expect(await failure(key(home)) == nil)
    }

    @Test("a key in a provider that nobody can ask is a mistake, and its path is not shown")
    func remote() async throws {
        let home = try TemporaryHome()
        home.write(Self.text("a"), to: "master.key")
        let error = await failure(key(home, setting: .secret(try SecretURI(parsing: "vault://canary/path"))))
        #expect(error?.code == .providerConfigInvalid)
        #expect(error?.detail.contains("vault") == true)
        #expect(error?.message.contains("canary") == false)
    }

    @Test("without any key the error says how to get one")
    func none() async throws {
        let error = await failure(key(try TemporaryHome()))
        #expect(error?.code == .providerConfigInvalid)
        #expect(error?.detail.contains("janee init") == true)
    }

    @Test("white space at the end is no part of the key", arguments: ["", "\n", "\r\n", " \n", "\n\n"])
    func trailing(space: String) async throws {
        let home = try TemporaryHome()
        home.write(Self.text("a") + space, to: "master.key")
        #expect(try await key(home).value().text == Self.a)
    }

    @Test(
        "what is not 32 bytes of base64 is refused and never repeated",
        arguments: [
            "canary", "canary==", "", "Y2FuYXJ5", "!canary!", String(repeating: "canary", count: 20),
            "canaryFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE", "canary/canary/canary/canary/canary/canary/canaryAA=",
        ]
    )
    func malformed(text: String) async throws {
        let home = try TemporaryHome()
        home.write(text, to: "master.key")
        let template = try Self.template("${THE_KEY}")
        let sources: [MasterKey] = [
            key(home), key(home, variables: ["JANEE_MASTER_KEY": text + "c"]),
            key(home, variables: ["JANEE_MASTER_KEY_FILE": "/k"], files: ["/k": text]),
            key(home, variables: ["THE_KEY": text], setting: template),
        ]
        for source in sources {
            let error = try #require(await failure(source))
            #expect(error.code == .providerConfigInvalid)
            #expect(!"\(error.message) \(error)".contains("canary"))
        }
        home.write(#"{"masterKey":"\#(text)"}"#, to: "credentials.json")
        #expect(await failure(key(home))?.message.contains("canary") == false)
    }

    @Test("a key written where the name of a file belongs is not repeated")
    func keyAsFileName() async throws {
        let home = try TemporaryHome()
        for name in [Self.text("a"), "/canary", "canary"] {
            let error = try #require(await failure(key(home, variables: ["JANEE_MASTER_KEY_FILE": name])))
            #expect(error.detail.contains("JANEE_MASTER_KEY_FILE"))
            #expect(!error.message.contains(name))
        }
    }

    @Test(
        "a key that others can change is not used",
        arguments: ["master.key", "credentials.json"],
        [0o622, 0o602, 0o620] as [UInt32]
    )
    func othersCanWrite(file: String, mode: UInt32) async throws {
        let home = try TemporaryHome()
        let json = #"{"masterKey":"\#(Self.text("a"))"}"#
        home.write(file == "master.key" ? Self.text("a") : json, to: file, mode: mode)
        #expect(await failure(key(home))?.detail.contains("chmod") == true)
        home.write(file == "master.key" ? Self.text("a") : json, to: file, mode: 0o644)
        #expect(await failure(key(home)) == nil)
    }

    @Test("the key is read once")
    func cached() async throws {
        let home = try TemporaryHome()
        home.write(Self.text("a"), to: "master.key")
        let key = key(home)
        _ = try await key.value()
        home.empty()
        #expect(try await key.value().text == Self.a)
    }

    @Test("a new key is 32 random bytes")
    func generate() async throws {
        let keys = Set((0..<20).map { _ in MasterKey.generate() })
        #expect(keys.count == 20)
        let home = try TemporaryHome()
        for text in keys {
            home.write(text, to: "master.key")
            #expect(try await key(home).value().count == 32)
        }
    }
}
