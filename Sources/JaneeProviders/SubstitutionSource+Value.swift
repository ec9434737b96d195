import JaneeSecrets

extension SubstitutionSource {
    /// A variable of the environment that says something.
    func value(_ name: String) -> String? {
        variable(name).flatMap { $0.isEmpty ? nil : $0 }
    }
}
