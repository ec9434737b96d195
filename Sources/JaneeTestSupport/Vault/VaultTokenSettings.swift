/// What roles and users say about the tokens that a login with them yields.
struct VaultTokenSettings: Sendable {
    var policies: [String] = []
    var ttl: Int64 = 0
    var maximumTTL: Int64 = 0
    var explicitMaximumTTL: Int64 = 0
    var period: Int64 = 0
    /// 0 for any number of times.
    var uses = 0
    var isBatch = false
    var hasDefaultPolicy = true

    /// Takes over what a request sets.
    mutating func update(_ call: VaultCall) {
        if let names = call.list("token_policies") ?? call.list("policies") { policies = names }
        if let seconds = call.seconds("token_ttl") ?? call.seconds("ttl") { ttl = seconds }
        if let seconds = call.seconds("token_max_ttl") ?? call.seconds("max_ttl") { maximumTTL = seconds }
        if let seconds = call.seconds("token_explicit_max_ttl") { explicitMaximumTTL = seconds }
        if let seconds = call.seconds("token_period") ?? call.seconds("period") { period = seconds }
        if let count = call.integer("token_num_uses") { uses = count }
        if let type = call.text("token_type") { isBatch = type == "batch" }
        if let without = call.flag("token_no_default_policy") { hasDefaultPolicy = !without }
    }
}
