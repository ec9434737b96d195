import JaneeJSON

extension VaultState {
    /// `sys/health`, whose status is what somebody who watches a server looks at; the query says what they want to see.
    func health(_ query: [String: String], now: VaultTime, fault: VaultDouble.Fault?) -> DoubleAnswer {
        var isStandby = isSealed || !isInitialised
        var isPerformanceStandby = false
        var mode = isStandby ? "unknown" : "disabled"
        var status: (parameter: String, code: Int) = ("activecode", 200)
        if !isInitialised || fault == .notInitialised501 {
            (isStandby, mode, status) = (true, "unknown", ("uninitcode", 501))
        } else if isSealed {
            status = ("sealedcode", 503)
        } else {
            switch fault {
            case .drSecondary472:
                (mode, status) = ("secondary", ("drsecondarycode", 472))
            case .perfStandby473:
                (isStandby, isPerformanceStandby) = (true, true)
                status = query["perfstandbyok"] == nil ? ("performancestandbycode", 473) : status
            case .standby307, .standby474:
                isStandby = true
                let isUnhealthy = fault == .standby474
                let code = isUnhealthy ? ("haunhealthycode", 474) : ("standbycode", 429)
                status = query["standbyok"] == nil || isUnhealthy ? code : status
            default: break
            }
        }
        let isOpen = isInitialised && !isSealed && fault != .notInitialised501
        var body: JSONObject = [
            "initialized": .bool(isInitialised && fault != .notInitialised501),
            "sealed": .bool(!isOpen),
            "standby": .bool(isStandby),
            "performance_standby": .bool(isPerformanceStandby),
            "replication_performance_mode": .string(isOpen ? "disabled" : "unknown"),
            "replication_dr_mode": .string(mode),
            "server_time_utc": .number(JSONNumber((now + settings.healthSkew).seconds)),
            "version": .string(settings.version),
        ]
        if isOpen {
            body.append("cluster_name", .string(clusterName))
            body.append("cluster_id", .string(clusterID))
        }
        return .vaultJSON(query[status.parameter].flatMap { Int($0) } ?? status.code, .object(body))
    }

    var sealStatus: DoubleAnswer {
        let shares: JSONValue = isInitialised ? 1 : 0
        var body: JSONObject = [
            "type": "shamir",
            "initialized": .bool(isInitialised),
            "sealed": .bool(isSealed || !isInitialised),
            "t": shares,
            "n": shares,
            "progress": 0,
            "nonce": "",
            "version": .string(settings.version),
            "migration": false,
        ]
        if isInitialised, !isSealed {
            body.append("cluster_name", .string(clusterName))
            body.append("cluster_id", .string(clusterID))
        }
        body.append("recovery_seal", false)
        body.append("storage_type", .string(settings.storageType))
        return .vaultJSON(200, .object(body))
    }
}
