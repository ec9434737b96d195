import Testing

@Suite("Rooms")
struct RoomTests {
    /// From the bottom of the house to the top; a target imports only targets of tiers before its own.
    static let tiers: [Set<String>] = [
        ["JaneeSecrets", "JaneeJSON", "JaneeFiles", "CJaneeProcess"],
        ["JaneeSigV4"],
        ["JaneeSecretsTesting", "JaneeHTTP", "JaneeConfig", "JaneeTelemetry", "JaneeProviders", "JaneeAuth"],
        ["JaneeCore"],
        ["JaneeMCP"],
        ["JaneeServer"],
        ["JaneeCLI"],
        ["JaneeMain"],
    ]
    /// Doubles for tests; nothing that is shipped imports it.
    static let testSupport = "JaneeTestSupport"

    static let system: Set<String> = ["Glibc", "Musl", "Darwin", "Synchronization", "Dispatch"]
    static let foundation: Set<String> = ["Foundation", "FoundationEssentials"]

    /// What a target may import besides the system and the targets below it, where that is limited.
    static let limited: [String: Set<String>] = [
        "JaneeSecrets": ["Logging", "HTTPTypes"],
        "JaneeJSON": [],
        "JaneeFiles": [],
        "JaneeSecretsTesting": ["HTTPTypes"],
        "JaneeSigV4": ["Crypto"],
        "JaneeProviders": foundation.union([
            "Crypto", "CryptoExtras", "HTTPTypes", "Logging", "Subprocess", "SystemPackage",
        ]),
        "JaneeAuth": foundation.union(["Crypto", "HTTPTypes"]),
        "JaneeCore": foundation.union(["CoreMetrics", "Crypto", "HTTPTypes", "Logging"]),
    ]

    static func tier(_ target: String) -> Int? { tiers.firstIndex { $0.contains(target) } }

    @Test("There are targets, and all of them have their place", arguments: Repository.targets)
    func everyTargetHasATier(_ target: String) {
        #expect(Repository.targets.count > 10)
        #expect(Self.tier(target) != nil || target == Self.testSupport)
    }

    @Test("Imports go downwards only", arguments: Repository.targets)
    func importsGoDownwards(_ target: String) {
        guard let own = Self.tier(target) else { return }
        for file in Repository.sources(of: target) {
            for module in file.imports where Repository.targets.contains(module) {
                guard let other = Self.tier(module) else {
                    Issue.record("\(file) imports \(module), which is for tests only")
                    continue
                }
                #expect(other < own, "\(file) imports \(module), which is not below it")
            }
        }
    }

    @Test("The rooms that others build on stay small in what they import", arguments: limited.keys.sorted())
    func limitedImports(_ target: String) {
        let allowed = (Self.limited[target] ?? []).union(Self.system).union(Repository.targets)
        for file in Repository.sources(of: target) {
            for module in file.imports {
                #expect(allowed.contains(module), "\(file) imports \(module)")
            }
        }
    }

    @Test("Only the guarded client, the demonstration and the doubles of tests open sockets")
    func onlyOneWayToTheNetwork() {
        let network = ["NIO", "AsyncHTTPClient", "Hummingbird"]
        for file in Repository.allSources where !["JaneeHTTP", "JaneeServer"].contains(file.room) {
            let found = file.imports.filter { module in network.contains { module.hasPrefix($0) } }
            let places = ["Sources/JaneeCLI/Demo/", "Sources/\(Self.testSupport)/HTTP/"]
            #expect(found.isEmpty || places.contains { file.path.hasPrefix($0) }, "\(file) imports \(found)")
            #expect(!file.text.contains("URLSession"), "\(file)")
        }
    }

    @Test("Foundation is imported whole only where FoundationEssentials cannot be")
    func foundationEssentialsFirst() {
        // The demonstration runs child processes, which only the whole of Foundation can.
        let sources = Repository.allSources.filter { !$0.path.hasPrefix("Sources/JaneeCLI/Demo/") }
        for file in sources where file.imports.contains("Foundation") {
            #expect(file.text.contains("#if canImport(FoundationEssentials)"), "\(file)")
        }
    }

    @Test("The package declares each target, and one loop sets strict settings for all")
    func packageIsStrict() {
        let package = Repository.text("Package.swift")
        for target in Repository.targets {
            #expect(package.contains("name: \"\(target)\""), "\(target)")
        }
        for setting in [
            "for target in package.targets", "swiftLanguageModes: [.v6]", ".treatAllWarnings(as: .error)",
            "ExistentialAny", "MemberImportVisibility", "InternalImportsByDefault",
        ] {
            #expect(package.contains(setting), "\(setting)")
        }
    }

    @Test("A check of imports that sees none proves nothing")
    func importsAreSeen() {
        #expect(SourceFile("Sources/JaneeCore/Proxy/Proxy.swift").imports.contains("JaneeSecrets"))
        #expect(SourceFile("Tests/ArchitectureTests/RoomTests.swift").imports == ["Testing"])
    }
}

extension SourceFile {
    /// The target that the file belongs to.
    var room: String { String(path.split(separator: "/")[1]) }
}
