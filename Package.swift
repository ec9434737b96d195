// swift-tools-version: 6.2

import PackageDescription

/// Third-party products, named once.
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTPCompression: Target.Dependency = .product(name: "NIOHTTPCompression", package: "swift-nio-extras")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

// Targets are listed from the bottom of the house to the top; a target may depend only on those of a lower tier.
// `Tests/ArchitectureTests` checks this file and the sources against docs/architecture.md.
let package = Package(
    name: "janee",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "janee", targets: ["JaneeMain"]),
        .library(name: "JaneeSecrets", targets: ["JaneeSecrets"]),
        .library(name: "JaneeSecretsTesting", targets: ["JaneeSecretsTesting"]),
        .library(name: "JaneeCLI", targets: ["JaneeCLI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ],
    targets: [
        .target(name: "JaneeSecrets", dependencies: [logging, httpTypes]),
        .target(name: "JaneeJSON"),
        .target(name: "JaneeFiles"),
        .target(name: "CJaneeProcess"),

        .target(name: "JaneeSecretsTesting", dependencies: ["JaneeSecrets"]),
        .target(
            name: "JaneeHTTP",
            dependencies: [
                "JaneeSecrets", "JaneeFiles", asyncHTTPClient, crypto, httpTypes, nioCore, nioPosix, nioHTTP1, nioSSL,
                nioHTTPCompression,
            ]
        ),
        .target(name: "JaneeSigV4", dependencies: ["JaneeSecrets", crypto]),
        .target(name: "JaneeConfig", dependencies: ["JaneeSecrets", "JaneeJSON", "JaneeFiles", yams]),
        .target(
            name: "JaneeTelemetry",
            dependencies: ["JaneeSecrets", "JaneeJSON", "JaneeFiles", coreMetrics, logging]
        ),
        .target(
            name: "JaneeProviders",
            dependencies: [
                "JaneeSecrets", "JaneeSigV4", "JaneeFiles", "JaneeJSON", crypto, cryptoExtras, httpTypes, logging,
                subprocess, systemPackage,
            ]
        ),
        .target(name: "JaneeAuth", dependencies: ["JaneeSecrets", httpTypes]),

        .target(
            name: "JaneeCore",
            dependencies: [
                "JaneeSecrets", "JaneeJSON", "JaneeFiles", "JaneeConfig", "JaneeTelemetry", "JaneeProviders",
                "JaneeAuth",
                coreMetrics, crypto, httpTypes, logging,
            ]
        ),
        .target(name: "JaneeMCP", dependencies: ["JaneeCore", "JaneeJSON", logging]),
        .target(
            name: "JaneeServer",
            dependencies: [
                "JaneeCore", "JaneeJSON", "JaneeSecrets", "JaneeTelemetry", httpTypes, hummingbird, hummingbirdCore,
                logging, nioCore,
            ]
        ),
        .target(
            name: "JaneeCLI",
            dependencies: [
                "JaneeServer", "JaneeMCP", "JaneeCore", "JaneeJSON", "JaneeFiles", "JaneeSecrets",
                "JaneeSecretsTesting",
                "JaneeConfig", "JaneeTelemetry",
                "JaneeProviders", "JaneeAuth", "JaneeHTTP", "CJaneeProcess", argumentParser, coreMetrics, crypto,
                logging, nioCore,
                nioPosix,
                nioHTTP1,
            ]
        ),
        .executableTarget(name: "JaneeMain", dependencies: ["JaneeCLI"]),

        .target(
            name: "JaneeTestSupport",
            dependencies: [
                "JaneeSecrets", "JaneeSigV4", "JaneeFiles", "JaneeJSON", crypto, cryptoExtras, logging, nioCore,
                nioPosix,
                nioHTTP1, nioSSL,
            ]
        ),
        .executableTarget(
            name: "VaultDouble",
            dependencies: ["JaneeTestSupport", "JaneeFiles", "JaneeJSON"],
            path: "Tests/VaultDouble"
        ),
        .executableTarget(
            name: "AWSDouble",
            dependencies: ["JaneeTestSupport", "JaneeJSON"],
            path: "Tests/AWSDouble"
        ),
        .executableTarget(
            name: "AzureDouble",
            dependencies: ["JaneeTestSupport", "JaneeJSON"],
            path: "Tests/AzureDouble"
        ),
        .executableTarget(
            name: "SignRequests",
            dependencies: ["JaneeSigV4", "JaneeJSON", "JaneeSecrets"],
            path: "Tests/SignRequests"
        ),
        .testTarget(
            name: "JaneeTestSupportTests",
            dependencies: [
                "JaneeTestSupport", "JaneeJSON", "JaneeSecrets", "JaneeSigV4", nioCore, nioPosix, nioHTTP1, nioSSL,
            ],
            exclude: ["Fixtures"]
        ),
        .testTarget(name: "JaneeJSONTests", dependencies: ["JaneeJSON", "JaneeTestSupport"]),
        .testTarget(
            name: "JaneeSecretsTests",
            dependencies: ["JaneeSecrets", "JaneeSecretsTesting", "JaneeTestSupport"]
        ),
        .testTarget(
            name: "JaneeHTTPTests",
            dependencies: [
                "JaneeHTTP", "JaneeCore", "JaneeSecrets", "JaneeSecretsTesting", "JaneeTelemetry", "JaneeTestSupport",
                asyncHTTPClient,
                httpTypes, logging, nioCore, nioPosix, nioHTTP1, nioEmbedded, nioSSL,
            ]
        ),
        .testTarget(
            name: "JaneeSigV4Tests",
            dependencies: ["JaneeSigV4", "JaneeJSON", "JaneeSecrets", "JaneeTestSupport"],
            exclude: ["Fixtures"]
        ),
        .testTarget(name: "JaneeFilesTests", dependencies: ["JaneeFiles", "JaneeTestSupport"]),
        .testTarget(
            name: "JaneeConfigTests",
            dependencies: ["JaneeConfig", "JaneeCore", "JaneeSecrets", "JaneeJSON", "JaneeFiles", "JaneeTestSupport"],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "JaneeTelemetryTests",
            dependencies: [
                "JaneeTelemetry", "JaneeSecrets", "JaneeSecretsTesting", "JaneeJSON", "JaneeTestSupport", coreMetrics,
                logging,
            ]
        ),
        .testTarget(
            name: "JaneeProvidersTests",
            dependencies: [
                "JaneeProviders", "JaneeHTTP", "JaneeJSON", "JaneeSecrets", "JaneeSecretsTesting", "JaneeSigV4",
                "JaneeTestSupport", "JaneeFiles", logging,
            ],
            exclude: ["AWSSecretsManager/Fixtures"]
        ),
        .testTarget(name: "JaneeAuthTests", dependencies: ["JaneeAuth", "JaneeSecrets"]),
        .testTarget(
            name: "JaneeCoreTests",
            dependencies: [
                "JaneeCore", "JaneeConfig", "JaneeSecrets", "JaneeSecretsTesting", "JaneeJSON", "JaneeAuth",
                "JaneeProviders", "JaneeTelemetry", "JaneeTestSupport", "JaneeFiles", coreMetrics,
            ]
        ),
        .testTarget(name: "JaneeServerTests", dependencies: ["JaneeServer"]),
        .testTarget(name: "JaneeMCPTests", dependencies: ["JaneeMCP", "JaneeCore", "JaneeJSON", "JaneeTestSupport"]),
        .testTarget(name: "ArchitectureTests"),
    ],
    swiftLanguageModes: [.v6]
)

// Fuzzers are built by scripts/fuzz only.
if Context.environment["JANEE_FUZZ"] == "1" {
    let config: [Target.Dependency] = ["JaneeConfig", "JaneeCore", "JaneeSecrets", httpTypes]
    let fuzzers: [(name: String, dependencies: [Target.Dependency])] = [
        ("SecretURI", ["JaneeSecrets"]), ("Addresses", ["JaneeSecrets"]), ("CanonicalRequest", config),
        ("Configuration", config),
    ]
    package.targets += fuzzers.map { fuzzer in
        .executableTarget(
            name: "Fuzz\(fuzzer.name)",
            dependencies: fuzzer.dependencies,
            path: "Fuzz/\(fuzzer.name)",
            swiftSettings: [.unsafeFlags(["-parse-as-library"])]
        )
    }
}

// Programs that measure are built by scripts/bench only.
if Context.environment["JANEE_BENCHMARKS"] == "1" {
    package.targets.append(
        .executableTarget(
            name: "ProviderReads",
            dependencies: ["JaneeCore", "JaneeHTTP", "JaneeProviders", "JaneeSecrets", logging],
            path: "Benchmarks/ProviderReads"
        )
    )
}

for target in package.targets {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .treatAllWarnings(as: .error),
        ]
}
