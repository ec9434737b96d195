import JaneeSecrets

extension ProviderConformanceTests {
    var leakChecks: [Check] {
        [ordinaryErrorsCheck, canaryPathCheck] + faults.map(faultCheck)
    }

    /// Errors that any provider can be brought to: odd references, reads after the end.
    private var ordinaryErrorsCheck: Check {
        check("errors hold no value") { provider throws(Failure) in
            let known = try await baseline(provider)
            var errors: [SecretError] = []
            for secret in known {
                for (field, version) in [("janee-conformance", nil), (nil, "janee-conformance")] as [(String?, String?)]
                {
                    guard
                        let odd = try? SecretReference(
                            path: secret.reference.displayPath,
                            field: field,
                            version: version
                        )
                    else { continue }
                    if case .failure(let error) = await outcome(of: odd, from: provider) { errors.append(error) }
                }
            }
            let health = await provider.healthCheck()
            await provider.dispose()
            for secret in known {
                if case .failure(let error) = await outcome(of: secret.reference, from: provider) {
                    errors.append(error)
                }
            }
            let finalHealth = await provider.healthCheck()
            for secret in known {
                let search = LeakSearch(secret.value)
                for error in errors { try search.examine(error) }
                try search.examine(health)
                try search.examine(finalHealth)
            }
        }
        .skipped(if: existing.isEmpty, "no existing secret was given")
    }

    /// People paste keys where a path belongs, so an error's own words must not repeat the path.
    private var canaryPathCheck: Check {
        check("an error leaves the path to its 'path' field, because it may be a pasted key") {
            provider throws(Failure) in
            let canary = SecretCanary(.apiKey)
            guard let text = canary.text else { return }
            let search = LeakSearch(canary.value)
            for path in [text, "janee-conformance/\(text)"] {
                guard let reference = try? SecretReference(path: path, field: nil, version: nil) else { continue }
                guard let odd = try? SecretReference(path: path, field: "janee-conformance", version: "0") else {
                    continue
                }
                for reference in [reference, odd] {
                    switch await outcome(of: reference, from: provider) {
                    case .success(nil): continue
                    case .success: throw Failure("a path that nobody can have stored gave a value")
                    case .failure(let error): try search.examineWords(of: error)
                    }
                }
            }
        }
    }

    private func faultCheck(_ fault: Fault) -> Check {
        Check(name: "fails with the right code and holds no secret: \(fault.name)") {
            await outcome({ () throws(Failure) in try await make(fault.makeProvider) }) { provider throws(Failure) in
                try await examine(provider, in: fault)
                return .passed
            }
        }
    }

    private func examine(_ provider: any SecretsProvider, in fault: Fault) async throws(Failure) {
        var errors: [SecretError] = []
        do throws(SecretError) {
            try await provider.initialize()
        } catch {
            errors.append(error)
        }
        switch await outcome(of: fault.reference, from: provider) {
        case .success(nil): throw Failure("the read gave nil, which means that the secret does not exist")
        case .success: throw Failure("the read gave a value")
        case .failure(let error): errors.append(error)
        }
        let health = await provider.healthCheck()
        for search in fault.secrets.map(LeakSearch.init) {
            for error in errors { try search.examine(error) }
            try search.examine(health)
        }
        if let code = fault.code, let other = errors.first(where: { $0.code != code }) {
            throw Failure("threw \(other.code.rawValue), expected \(code.rawValue)")
        }
    }
}

/// Looks for one secret in everything an error can be printed as.
private struct LeakSearch {
    private let detector: SecretDetector

    init(_ value: SecretValue) {
        detector = SecretDetector(value.withBytes { Array($0) })
    }

    /// Searches every text of an error and of what caused it.
    func examine(_ error: SecretError) throws(ProviderConformanceTests.Failure) {
        try examine(error.message, "the message of \(error.code.rawValue)")
        var cause: (any Error)? = error
        // A chain of causes that leads back to itself must not be followed for ever.
        for depth in 0..<8 {
            guard let current = cause else { return }
            var dumped = ""
            dump(current, to: &dumped)
            let place = depth == 0 ? "\(error.code.rawValue)" : "the cause of \(error.code.rawValue)"
            for text in ["\(current)", String(reflecting: current), dumped] { try examine(text, place) }
            if let inner = current as? SecretError { try examine(inner.message, place) }
            cause = (current as? SecretError)?.cause
        }
    }

    /// Searches an error's own words, which must not even hold the path.
    func examineWords(of error: SecretError) throws(ProviderConformanceTests.Failure) {
        try examine(error.detail, "the detail of \(error.code.rawValue)")
    }

    func examine(_ health: ProviderHealth) throws(ProviderConformanceTests.Failure) {
        try examine(health.error ?? "", "the reason of the health check")
    }

    private func examine(_ text: String, _ place: String) throws(ProviderConformanceTests.Failure) {
        guard let form = detector.forms(in: text).first else { return }
        throw ProviderConformanceTests.Failure("\(place) holds a secret (\(form.rawValue))")
    }
}
