import JaneeJSON
package import JaneeSecrets
import Logging
import Synchronization

extension AWSSecretsManagerProvider {
    /// The most secrets that one request may name.
    private static let batchSize = 20
    /// A page holds at least one secret.
    private static let maximumPages = 20
    /// How many requests for batches are in flight at a time.
    private static let batchesAtOnce = 4

    /// Reads many secrets with few requests.
    ///
    /// Versions other than the current one, and what an answer passes over, are not in the result. Where the permission
    /// for such requests is missing, secrets are read one by one.
    package func getSecrets(
        _ references: [SecretReference]
    ) async -> [SecretReference: Result<SecretValue, SecretError>]? {
        var wanted: [String: [SecretReference]] = [:]
        for reference in references {
            guard let secret = try? SecretIdentifier(reference, in: settings.region), secret.version == nil else {
                continue
            }
            wanted[secret.secretID, default: []].append(reference)
        }
        let names = wanted.keys.sorted()
        let batches = stride(from: 0, to: names.count, by: Self.batchSize)
            .map { Array(names[$0..<min($0 + Self.batchSize, names.count)]) }
        var found: [SecretReference: Result<SecretValue, SecretError>] = [:]
        await withTaskGroup(of: [SecretReference: Result<SecretValue, SecretError>].self) { group in
            for (index, batch) in batches.enumerated() {
                if index >= Self.batchesAtOnce, let results = await group.next() {
                    found.merge(results) { first, _ in first }
                }
                let wanted = wanted.filter { batch.contains($0.key) }
                group.addTask { [self] in await read(wanted) }
            }
            for await results in group { found.merge(results) { first, _ in first } }
        }
        return found
    }

    /// - Parameter wanted: The references to each secret of one batch.
    private func read(
        _ wanted: [String: [SecretReference]]
    ) async -> [SecretReference: Result<SecretValue, SecretError>] {
        if !refusesBatches.withLock({ $0 }) {
            do throws(SecretError) {
                return try await readTogether(wanted)
            } catch {
                guard error.code == .providerPermissionDenied else {
                    return all(wanted) { .failure(error.named(provider: name.spelling, path: $0.displayPath)) }
                }
                let isNews = refusesBatches.withLock { refuses in
                    defer { refuses = true }
                    return !refuses
                }
                if isNews {
                    logger.notice(
                        """
                        provider '\(name)': secrets are read one by one, for secretsmanager:BatchGetSecretValue is not \
                        allowed; allow it (its resource is '*') to need fewer requests
                        """
                    )
                }
            }
        }
        var found: [SecretReference: Result<SecretValue, SecretError>] = [:]
        for reference in wanted.values.joined() {
            do throws(SecretError) {
                guard let value = try await getSecret(reference) else {
                    throw SecretError(.secretNotFound, "AWS has no such secret in the region")
                }
                found[reference] = .success(value)
            } catch {
                found[reference] = .failure(error.named(provider: name.spelling, path: reference.displayPath))
            }
        }
        return found
    }

    private func readTogether(
        _ wanted: [String: [SecretReference]]
    ) async throws(SecretError) -> [SecretReference: Result<SecretValue, SecretError>] {
        var found: [SecretReference: Result<SecretValue, SecretError>] = [:]
        var next: String?
        for _ in 0..<Self.maximumPages {
            let page = try await ask(
                .batchGetSecretValue,
                body(wanted.keys.sorted(), next),
                maximumResponseBytes: AWSClient.largestBatch
            )
            guard let answer = try page?.json() else { break }
            for secret in answer["SecretValues"]?.arrayValue ?? [] {
                // By the ARN if that is what was asked for.
                for id in [secret["Name"], secret["ARN"]].compactMap({ $0?.stringValue }) {
                    for reference in wanted[id] ?? [] {
                        found[reference] = result(reference) { () throws(SecretError) in
                            try SecretContent.value(secret, field: reference.field)
                        }
                    }
                }
            }
            for error in answer["Errors"]?.arrayValue ?? [] {
                let code = error["ErrorCode"]?.stringValue ?? ""
                let kind = AWSErrorKind(name: code, message: error["Message"]?.stringValue ?? "")
                for reference in wanted[error["SecretId"]?.stringValue ?? ""] ?? [] {
                    found[reference] = result(reference) { () throws(SecretError) in
                        guard let kind else {
                            throw SecretError(.providerInternalError, "AWS gives an unknown error for the secret")
                        }
                        throw kind.error("secretsmanager:GetSecretValue", "the provider's identity", code)
                    }
                }
            }
            next = answer["NextToken"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
            if next == nil { break }
        }
        return found
    }

    private func result(
        _ reference: SecretReference,
        _ body: () throws(SecretError) -> SecretValue
    ) -> Result<SecretValue, SecretError> {
        do throws(SecretError) {
            return .success(try body())
        } catch {
            return .failure(error.named(provider: name.spelling, path: reference.displayPath))
        }
    }

    private func all(
        _ wanted: [String: [SecretReference]],
        _ result: (SecretReference) -> Result<SecretValue, SecretError>
    ) -> [SecretReference: Result<SecretValue, SecretError>] {
        Dictionary(wanted.values.joined().map { ($0, result($0)) }) { first, _ in first }
    }

    private func body(_ names: [String], _ next: String?) -> [UInt8] {
        var json: JSONObject = ["SecretIdList": .array(names.map { .string($0) })]
        if let next { json.append("NextToken", .string(next)) }
        return JSONValue.object(json).bytes
    }
}
