import JaneeJSON
import JaneeSecrets

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension AWSState {
    func secretsAnswer(_ call: AWSCall, _ caller: String, now: Duration) throws(AWSError) -> DoubleAnswer {
        guard call.request.header("content-type") == "application/x-amz-json-1.1",
            let body = try? JSONReader.parse(call.request.body)
        else { throw AWSError("SerializationException", "") }
        switch call.action {
        case "GetSecretValue":
            let id = try id(body)
            try check(call.action, caller, resource: id)
            return Self.json(.object(try value(id, body["VersionId"]?.stringValue, body["VersionStage"]?.stringValue)))
        case "DescribeSecret":
            let id = try id(body)
            try check(call.action, caller, resource: id)
            return Self.json(.object(description(try find(id), now: now)))
        case "BatchGetSecretValue":
            try check(call.action, caller, resource: nil)
            return Self.json(.object(try batch(body, caller)))
        default: throw AWSError("UnknownOperationException", "")
        }
    }

    private func id(_ body: JSONValue) throws(AWSError) -> String {
        guard let id = body["SecretId"]?.stringValue, (1...2048).contains(id.utf8.count) else {
            throw AWSError(
                "ValidationException",
                "1 validation error detected: Value at 'secretId' failed to satisfy constraint"
            )
        }
        return id
    }

    private func check(_ action: String, _ caller: String, resource: String?) throws(AWSError) {
        guard denied.contains("secretsmanager:\(action)") else { return }
        let place = resource.map { " on resource: \($0)" } ?? ""
        throw AWSError(
            "AccessDeniedException",
            "User: \(caller) is not authorized to perform: secretsmanager:\(action)\(place) because no identity-based policy allows the secretsmanager:\(action) action"
        )
    }

    /// By name, by ARN, and by an ARN without its end.
    private func find(_ id: String) throws(AWSError) -> AWSSecret {
        if let secret = secrets[id] ?? secrets.values.first(where: { $0.arn == id || $0.arn.dropLast(7) == id }) {
            return secret
        }
        throw AWSError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    }

    private func value(_ id: String, _ versionID: String?, _ stage: String?) throws(AWSError) -> JSONObject {
        let secret = try find(id)
        guard !secret.isDeleted else {
            throw AWSError(
                "InvalidRequestException",
                "You can't perform this operation on the secret because it was marked for deletion."
            )
        }
        switch secret.encryption {
        case .works: break
        case .denied: throw AWSError("AccessDeniedException", "Access to KMS is not allowed")
        case .broken:
            throw AWSError(
                "DecryptionFailure",
                "Secrets Manager can't decrypt the protected secret text using the provided KMS key."
            )
        }
        let version = try version(of: secret, versionID, stage)
        var json: JSONObject = [
            "ARN": .string(secret.arn), "Name": .string(secret.name), "VersionId": .string(version.id),
        ]
        switch version.content {
        case .string(let text): json.append("SecretString", .string(text))
        case .binary(let bytes): json.append("SecretBinary", .string(Data(bytes).base64EncodedString()))
        }
        json.append("VersionStages", .array(version.stages.map { .string($0) }))
        json.append("CreatedDate", 1_523_477_145)
        return json
    }

    private func version(
        of secret: AWSSecret,
        _ id: String?,
        _ stage: String?
    ) throws(AWSError) -> AWSSecret.Version {
        if let id {
            guard let version = secret.versions.first(where: { $0.id == id }) else {
                throw AWSError(
                    "ResourceNotFoundException",
                    "Secrets Manager can't find the specified secret value for VersionId: \(id)"
                )
            }
            guard stage == nil || version.stages.contains(stage ?? "") else {
                throw AWSError(
                    "InvalidRequestException",
                    "You provided a VersionStage that is not associated to the provided VersionId."
                )
            }
            return version
        }
        let stage = stage ?? "AWSCURRENT"
        guard let version = secret.versions.first(where: { $0.stages.contains(stage) }) else {
            throw AWSError(
                "ResourceNotFoundException",
                "Secrets Manager can't find the specified secret value for staging label: \(stage)"
            )
        }
        return version
    }

    private func description(_ secret: AWSSecret, now: Duration) -> JSONObject {
        var json: JSONObject = [
            "ARN": .string(secret.arn), "Name": .string(secret.name), "LastChangedDate": 1_523_477_145,
        ]
        if secret.isDeleted { json.append("DeletedDate", .number(JSONNumber(Int(now.components.seconds)))) }
        let stages = secret.versions.filter { !$0.stages.isEmpty }
            .map { ($0.id, JSONValue.array($0.stages.map { .string($0) })) }
        json.append("VersionIdsToStages", .object(JSONObject(stages)))
        return json
    }

    private func batch(_ body: JSONValue, _ caller: String) throws(AWSError) -> JSONObject {
        let ids = (body["SecretIdList"]?.arrayValue ?? []).compactMap(\.stringValue)
        guard (1...20).contains(ids.count), Set(ids).count == ids.count else {
            throw AWSError(
                "ValidationException",
                "1 validation error detected: Value at 'secretIdList' failed to satisfy constraint"
            )
        }
        let start = body["NextToken"]?.stringValue.flatMap { Int($0.drop { $0 != "-" }.dropFirst()) } ?? 0
        let end = min(ids.count, start + (batchPageSize ?? ids.count))
        var (values, errors): ([JSONValue], [JSONValue]) = ([], [])
        for id in ids[min(start, end)..<end] {
            do throws(AWSError) {
                try check("GetSecretValue", caller, resource: id)
                values.append(.object(try value(id, nil, nil)))
            } catch {
                errors.append([
                    "SecretId": .string(id), "ErrorCode": .string(error.name), "Message": .string(error.message),
                ])
            }
        }
        var json: JSONObject = ["SecretValues": .array(values), "Errors": .array(errors)]
        if end < ids.count { json.append("NextToken", .string("page-\(end)")) }
        return json
    }
}
