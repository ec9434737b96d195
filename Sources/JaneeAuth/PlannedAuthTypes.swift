package import JaneeSecrets

/// Auth types of Janee 0.16 that this version knows but cannot use.
///
/// A service with one of them loads and is listed at start as not usable, and its calls are refused: a configuration
/// made for another version is neither rejected as a whole nor silently sent without credentials.
package enum PlannedAuthTypes {
    package static let all: [(type: String, configuration: ConfigObject)] = [
        ("hmac-mexc", secrets(["apiKey", "apiSecret"])),
        ("hmac-bybit", secrets(["apiKey", "apiSecret"])),
        ("hmac-okx", secrets(["apiKey", "apiSecret", "passphrase"])),
        (
            "service-account",
            secrets(["credentials"], and: [.optional("scopes", .list(.string(.text)), "The OAuth scopes.")])
        ),
        (
            "github-app",
            secrets(
                ["privateKey"],
                and: [
                    .optional("appId", .stringOrInteger(.text), "The app's id."),
                    .optional("installationId", .stringOrInteger(.text), "The installation's id."),
                ]
            )
        ),
        ("oauth1a-twitter", secrets(["consumerKey", "consumerSecret", "accessToken", "accessTokenSecret"])),
        (
            "aws-sigv4",
            secrets(
                ["accessKeyId", "secretAccessKey", "sessionToken"],
                and: [
                    .optional("region", .string(.text), "The region."),
                    .optional("awsService", .string(.text), "The service's signing name."),
                ]
            )
        ),
    ]

    private static func secrets(_ names: [String], and others: [ConfigField] = []) -> ConfigObject {
        ConfigObject(names.map { .optional($0, .secret, "A secret reference.") } + others)
    }
}
