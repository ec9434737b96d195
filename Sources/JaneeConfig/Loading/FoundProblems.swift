import JaneeSecrets

/// The problems of a file, and which of its fields have an error in or below them.
struct FoundProblems {
    private(set) var all: [ConfigProblem] = []
    /// The fields of errors and everything that leads to them.
    private var broken: Set<Substring> = []

    var hasErrors: Bool { !broken.isEmpty }

    mutating func append(_ problem: ConfigProblem) {
        all.append(problem)
        guard problem.severity == .error else { return }
        var field = Substring(problem.field)
        while broken.insert(field).inserted, let end = field.lastIndex(where: { $0 == "." || $0 == "[" }) {
            field = field[..<end]
        }
    }

    mutating func append(contentsOf problems: [ConfigProblem]) {
        for problem in problems { append(problem) }
    }

    /// Whether there is an error in `field` or below it.
    func isBroken(_ field: String) -> Bool { broken.contains(Substring(field)) }
}
