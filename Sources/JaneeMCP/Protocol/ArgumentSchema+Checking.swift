package import JaneeJSON

/// One way in which arguments do not fit a schema.
///
/// It names the argument in the words of the schema and never repeats what the agent sent: neither a value nor the name
/// of a member that the schema does not know.
package struct ArgumentProblem: Sendable, Equatable, CustomStringConvertible {
    package let argument: String
    package let problem: String

    package var description: String {
        argument.isEmpty ? problem : "\(argument) \(problem)"
    }
}

extension ArgumentSchema {
    /// The most problems that are listed; an agent mends a few at a time.
    private static let mostProblems = 8

    /// Everything that is wrong with the arguments, the first few problems of it; empty when they fit.
    package func problems(in arguments: JSONObject) -> [ArgumentProblem] {
        var check = Check(room: Self.mostProblems)
        check.value(.object(arguments), root, at: "")
        return check.problems
    }

    private struct Check {
        private(set) var problems: [ArgumentProblem] = []
        private let room: Int

        init(room: Int) {
            self.room = room
        }

        mutating func value(_ value: JSONValue, _ shape: Shape, at path: String) {
            switch (shape, value) {
            case (.anything, _), (.number, .number), (.boolean, .bool), (.null, .null): break
            case (.integer, .number(let number)) where number.isInteger: break
            case (.string(let shape), .string(let string)): text(string, shape, at: path)
            case (.array(let items), .array(let elements)): array(elements, items, at: path)
            case (.object(let shape), .object(let members)): object(members, shape, at: path)
            default: add(path, "must be \(shape.kind)")
            }
        }

        private mutating func text(_ text: String, _ shape: TextShape, at path: String) {
            if let allowed = shape.allowed, !allowed.contains(.string(text)) {
                add(path, "must be one of: \(allowed.compactMap(\.stringValue).joined(separator: ", "))")
            }
            guard shape.minimumLength > 0 || shape.maximumLength < .max else { return }
            let length = text.unicodeScalars.count
            if length < shape.minimumLength {
                add(path, "must have at least \(shape.minimumLength) characters")
            }
            if length > shape.maximumLength {
                add(path, "must have at most \(shape.maximumLength) characters")
            }
        }

        private mutating func array(_ elements: [JSONValue], _ items: Shape, at path: String) {
            if case .anything = items { return }
            for (index, element) in elements.enumerated() where problems.count < room {
                value(element, items, at: "\(path)[\(index)]")
            }
        }

        private mutating func object(_ members: JSONObject, _ shape: ObjectShape, at path: String) {
            for name in shape.required where members[name] == nil {
                add(join(path, name), "is required")
            }
            var known = 0
            for (name, inner) in shape.properties {
                guard let member = members[name] else { continue }
                known += 1
                value(member, inner, at: join(path, name))
            }
            guard known < members.count else { return }
            switch shape.others {
            case .allowed:
                break
            case .refused:
                let names = shape.properties.map(\.name)
                let rest = names.isEmpty ? "none is allowed" : "allowed are: \(names.joined(separator: ", "))"
                add(path, path.isEmpty ? "unknown argument; \(rest)" : "has an unknown member; \(rest)")
            case .matching(let inner):
                for (name, member) in members where problems.count < room && !shape.names(name) {
                    value(member, inner, at: join(path, "*"))
                }
            }
        }

        private mutating func add(_ path: String, _ problem: String) {
            let found = ArgumentProblem(argument: path, problem: problem)
            if problems.count < room, !problems.contains(found) {
                problems.append(found)
            }
        }

        private func join(_ path: String, _ name: String) -> String {
            path.isEmpty ? name : "\(path).\(name)"
        }
    }
}

extension ArgumentSchema.ObjectShape {
    /// Whether a property has exactly these bytes as its name.
    fileprivate func names(_ name: String) -> Bool {
        properties.contains { $0.name.utf8.elementsEqual(name.utf8) }
    }
}

extension ArgumentSchema.Shape {
    fileprivate var kind: String {
        switch self {
        case .anything: "any value"
        case .string: "a string"
        case .number: "a number"
        case .integer: "an integer"
        case .boolean: "true or false"
        case .null: "null"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
