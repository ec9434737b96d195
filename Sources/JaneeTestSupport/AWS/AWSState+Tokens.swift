import JaneeSecrets

extension AWSState {
    mutating func tokensAnswer(_ call: AWSCall, _ caller: String, now: Duration) throws(AWSError) -> DoubleAnswer {
        switch call.action {
        case "GetCallerIdentity":
            return Self.xml(
                call.action,
                "<Arn>\(Self.xmlText(caller))</Arn><UserId>AIDACKCEVSQ6C2EXAMPLE</UserId><Account>\(account)</Account>"
            )
        case "AssumeRole":
            let role = try role(call, caller)
            let isTrusted = role.trusts.map { caller.hasPrefix($0) } ?? true
            guard isTrusted, role.externalID == nil || role.externalID == call.form["ExternalId"] else {
                throw Self.notAuthorised(call, caller)
            }
            return try issue(call, role, now: now)
        default: throw AWSError("InvalidAction", "Could not find operation")
        }
    }

    mutating func assumeRoleWithWebIdentity(_ call: AWSCall, now: Duration) throws(AWSError) -> DoubleAnswer {
        let role = try role(call, nil)
        guard let webIdentity, call.form["WebIdentityToken"] == webIdentity.token else {
            throw AWSError("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider")
        }
        if let expires = webIdentity.expires, expires <= now {
            throw AWSError(
                "ExpiredTokenException",
                "Token expired: current date/time \(now.components.seconds) must be before the expiration date/time \(expires.components.seconds)"
            )
        }
        return try issue(call, role, now: now)
    }

    /// - Parameter caller: Who asks; nil for a web identity, of which nothing is known yet.
    private func role(_ call: AWSCall, _ caller: String?) throws(AWSError) -> AWSRole {
        guard call.form["Version"] == "2011-06-15" else { throw AWSError("InvalidAction", "version") }
        let session = call.form["RoleSessionName"] ?? ""
        guard session.wholeMatch(of: /[A-Za-z0-9_+=,.@-]{2,64}/) != nil else {
            throw AWSError("ValidationError", "1 validation error detected: Value at 'roleSessionName' failed")
        }
        if let text = call.form["DurationSeconds"], Int(text).map((900...43_200).contains) != true {
            throw AWSError("ValidationError", "1 validation error detected: Value at 'durationSeconds' failed")
        }
        guard let role = roles[call.form["RoleArn"] ?? ""] else { throw Self.notAuthorised(call, caller) }
        return role
    }

    private static func notAuthorised(_ call: AWSCall, _ caller: String?) -> AWSError {
        let action = "sts:\(call.action)"
        let text = caller.map {
            "User: \($0) is not authorized to perform: \(action) on resource: \(call.form["RoleArn"] ?? "")"
        }
        return AWSError("AccessDenied", text ?? "Not authorized to perform \(action)", status: 403)
    }

    private mutating func issue(_ call: AWSCall, _ role: AWSRole, now: Duration) throws(AWSError) -> DoubleAnswer {
        let number = GregorianDay.padded(nextNumber(), 6)
        let parts = (call.form["RoleArn"] ?? "").split(separator: ":")
        let name = parts.last.map { $0.split(separator: "/").last ?? $0 } ?? ""
        let arn =
            "arn:aws:sts::\(parts.count > 3 ? parts[3] : "")"
            + ":assumed-role/\(name)/\(call.form["RoleSessionName"] ?? "")"
        let key = AWSKey(
            secret: "issued/secret+of\(number)",
            token: "issued/token+of\(number)==",
            expires: now + role.lifetime,
            arn: arn
        )
        keys["ASIA\(number)"] = key
        return Self.xml(
            call.action,
            """
            <Credentials><AccessKeyId>ASIA\(number)</AccessKeyId><SecretAccessKey>\(key.secret)</SecretAccessKey>\
            <SessionToken>\(key.token ?? "")</SessionToken><Expiration>\(AWSTime.timestamp(now + role.lifetime))</Expiration>\
            </Credentials><AssumedRoleUser><AssumedRoleId>AROA\(number):\(call.form["RoleSessionName"] ?? "")</AssumedRoleId>\
            <Arn>\(Self.xmlText(arn))</Arn></AssumedRoleUser>
            """
        )
    }

    private static func xml(_ action: String, _ content: String) -> DoubleAnswer {
        let text = """
            <\(action)Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><\(action)Result>\(content)</\(action)Result>\
            <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></\(action)Response>
            """
        return DoubleAnswer(status: 200, headers: [("Content-Type", "text/xml")], body: Array(text.utf8))
    }
}
