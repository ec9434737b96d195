/// Changed lines before any sound record.
struct AuditEarlyLines {
    private var problems: [(problem: AuditVerification.Problem, isRecord: Bool)] = []

    /// How many of them look like records, and how many do not.
    private(set) var recordsCount = 0
    private(set) var othersCount = 0

    mutating func add(_ problem: AuditVerification.Problem, isRecord: Bool) {
        if isRecord { recordsCount += 1 } else { othersCount += 1 }
        if problems.count < AuditVerification.mostListed { problems.append((problem, isRecord)) }
    }

    /// The problems in order; records that do not tell a possible number get the one that leads up to the next record.
    func problems(withOthers: Bool, next: UInt64?) -> [AuditVerification.Problem] {
        var found: [AuditVerification.Problem] = []
        var remaining = UInt64(recordsCount)
        for (problem, isRecord) in problems {
            guard isRecord else {
                if withOthers { found.append(problem) }
                continue
            }
            var problem = problem
            if let next, remaining < next, !(1..<next).contains(problem.sequence ?? 0) {
                problem.sequence = next - remaining
            }
            remaining -= 1
            found.append(problem)
        }
        return found
    }
}
