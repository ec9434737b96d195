// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "custom-provider",
    platforms: [.macOS(.v15)],
    // In a package of your own: .package(url: "https://github.com/…/janee", from: "1.0.0")
    dependencies: [.package(name: "janee", path: "../..")],
    targets: [
        // The provider needs nothing but the plug-in API.
        .target(name: "DotenvProvider", dependencies: [.product(name: "JaneeSecrets", package: "janee")]),
        // A `janee` with all that Janee has, and the provider.
        .executableTarget(
            name: "custom-janee",
            dependencies: ["DotenvProvider", .product(name: "JaneeCLI", package: "janee")],
            path: "Sources/CustomJanee"
        ),
        .testTarget(
            name: "DotenvProviderTests",
            dependencies: [
                "DotenvProvider", .product(name: "JaneeSecrets", package: "janee"),
                .product(name: "JaneeSecretsTesting", package: "janee"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
