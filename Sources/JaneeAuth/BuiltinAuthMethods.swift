/// The list of auth types: a new one is a folder here and one line in it.
package enum BuiltinAuthMethods {
    package static let all: [any AuthMethod] = [
        BearerAuth(),
        BasicAuth(),
        HeadersAuth(),
    ]
}
