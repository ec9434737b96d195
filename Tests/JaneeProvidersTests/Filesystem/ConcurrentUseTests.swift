import JaneeSecrets
import Testing

@testable import JaneeProviders

@Suite("Many users of one store at once")
struct ConcurrentUseTests {
    /// A value of 64 KiB in which every byte says who wrote it.
    private static func value(of writer: Int) -> SecretValue {
        SecretValue([UInt8](repeating: UInt8(writer), count: 65_536))
    }

    @Test("readers see one writer's whole value at any time, and so does the file in the end")
    func writersOfOneSecret() async throws {
        let store = try Store()
        let path = try reference("team/key")
        try await store.provider.setSecret(path, value: Self.value(of: 1))
        await withTaskGroup { group in
            for writer in 1...8 {
                group.addTask {
                    // Each with a provider of its own, as separate processes have.
                    let provider = store.provider
                    for _ in 0..<3 {
                        let error = await Self.failure { () throws(SecretError) in
                            try await provider.setSecret(path, value: Self.value(of: writer))
                        }
                        #expect(error == nil)
                    }
                }
            }
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<20 {
                        let value = try? await store.provider.getSecret(path)
                        #expect(value?.count == 65_536)
                        #expect(value.map { Set($0.bytes).count } == 1)
                    }
                }
            }
        }
        #expect(try await store.provider.getSecret(path)?.count == 65_536)
        #expect(try store.entries() == ["dir 700 team", "file 600 team/key"])
    }

    @Test("of many who create one secret at once one succeeds, and its value stays", arguments: 1...5)
    func creatorsOfOneSecret(round: Int) async throws {
        let store = try Store()
        let path = try reference("team/key")
        let winners = try await withThrowingTaskGroup(of: Int?.self) { group in
            for writer in 1...16 {
                group.addTask {
                    try await store.provider.createSecret(path, value: Self.value(of: writer)) ? writer : nil
                }
            }
            return try await group.reduce(into: [Int]()) { $0 += $1.map { [$0] } ?? [] }
        }
        #expect(winners.count == 1)
        #expect(try await store.provider.getSecret(path)?.bytes == winners.first.map { Self.value(of: $0).bytes })
        #expect(try store.temporaryFiles() == [])
    }

    @Test("a secret is not created where a longer path leads")
    func creationAtDirectory() async throws {
        let store = try Store()
        try await store.provider.setSecret(reference("team/key"), value: SecretValue("value"))
        #expect(try await !store.provider.createSecret(reference("team"), value: SecretValue("other")))
        #expect(try store.entries() == ["dir 700 team", "file 600 team/key"])
    }

    @Test("storing works while somebody else deletes the last secret of the same directory")
    func storingAndPruning() async throws {
        let store = try Store()
        await withTaskGroup { group in
            for worker in 0..<6 {
                group.addTask {
                    let provider = store.provider
                    for _ in 0..<10 {
                        let error = await Self.failure { () throws(SecretError) in
                            let path = try SecretReference(path: "a/b/key-\(worker)")
                            try await provider.setSecret(path, value: SecretValue("value \(worker)"))
                            let value = try await provider.getSecret(path)
                            let wasThere = try await provider.deleteSecret(path)
                            #expect(value?.text == "value \(worker)")
                            #expect(wasThere)
                        }
                        #expect(error == nil, "\(error?.message ?? "")")
                    }
                }
            }
        }
        #expect(try store.temporaryFiles() == [])
        #expect(try await store.provider.listSecrets() == [])
    }

    @Test("a thousand secrets are listed and read, and 64 KiB values among them")
    func thousand() async throws {
        let store = try Store()
        var values: [SecretReference: SecretValue] = [:]
        for number in 0..<1000 {
            let path = "group-\(number / 100)/secret-\(number)"
            let value = number.isMultiple(of: 50) ? Self.value(of: number % 251) : SecretValue("value \(number)")
            if number.isMultiple(of: 100) { try await store.provider.setSecret(reference(path), value: value) }
            try store.makeDirectory("group-\(number / 100)")
            try store.putQuickly(SecretEnvelope.seal(value, path: path, key: Store.key), into: path)
            values[try reference(path)] = value
        }
        let list = try await store.provider.listSecrets()
        #expect(list.count == 1000)
        #expect(Set(list) == Set(values.keys))
        for path in list { #expect(try await store.provider.getSecret(path) == values[path]) }
    }

    private static func failure(_ body: () async throws(SecretError) -> Void) async -> SecretError? {
        do throws(SecretError) {
            try await body()
            return nil
        } catch {
            return error
        }
    }
}
