import JaneeCore
import JaneeSecrets
import JaneeTelemetry

/// Records a change of a store: that it is about to be made, and how it ended.
///
/// The first record is there before anything is changed; without it nothing is. A bare name is recorded only where it is
/// known to be stored.
struct SecretAudit {
    /// What is done, such as `secret_set`.
    let event: String
    let target: SecretTarget

    /// Makes the change, if it can be recorded.
    func record<Result>(
        in installation: Installation,
        _ change: () async throws(SecretError) -> Result
    ) async throws(CommandFailure) -> Result {
        let audit = try installation.openAudit { StandardErrorLogHandler.write("janee: \($0)\n") }
        let wasStored = await isStored
        do throws(AuditError) {
            _ = try await audit.append(entry("\(event)_started", isStored: wasStored))
        } catch {
            throw CommandFailure(
                "Nothing was changed, because it could not be recorded: \(error)",
                code: "AUDIT_UNAVAILABLE"
            )
        }
        do throws(SecretError) {
            let result = try await change()
            await end(entry(event, isStored: true), audit)
            return result
        } catch {
            var failure = entry("\(event)_failed", isStored: wasStored)
            failure.error = error.code.rawValue
            await end(failure, audit)
            throw target.failure(error, isStored: wasStored)
        }
    }

    private var isStored: Bool {
        get async { (try? await target.provider.probe(target.uri.reference)) == true }
    }

    private func entry(_ event: String, isStored: Bool) -> AuditRecord {
        var details = ["provider": target.provider.name.spelling, "by": "cli"]
        if isStored || !target.isBare { details["path"] = target.uri.reference.displayPath }
        return .event(event, details: details)
    }

    /// Records how it ended.
    ///
    /// The change was made or not, whatever becomes of this record.
    private func end(_ record: AuditRecord, _ audit: AuditLog) async {
        do throws(AuditError) {
            _ = try await audit.append(record)
        } catch {
            StandardErrorLogHandler.write("janee: warning: the end of the change could not be recorded: \(error)\n")
        }
        await audit.close()
    }
}
