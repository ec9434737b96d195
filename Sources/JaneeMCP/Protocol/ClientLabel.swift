package import JaneeJSON

/// What a client calls itself.
///
/// Anybody can write anything here: it is a label to show and to record, never an identity to decide by.
package struct ClientLabel: Sendable, Equatable {
    private static let longest = 64

    package let name: String
    package let version: String?

    /// Takes an MCP `Implementation` object; without a usable name there is no label.
    package init?(_ implementation: JSONValue?) {
        guard let name = implementation?["name"]?.stringValue.flatMap(Self.cleaned) else { return nil }
        self.name = name
        self.version = implementation?["version"]?.stringValue.flatMap(Self.cleaned)
    }

    /// Replaces what does not print and cuts off what is long; nil when nothing is left.
    private static func cleaned(_ text: String) -> String? {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(longest) {
            result.append(isPrintable(scalar) ? scalar : "?")
        }
        return result.contains { $0 != " " && $0 != "?" } ? String(result) : nil
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .nonspacingMark, .enclosingMark: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }
}

extension ClientLabel: CustomStringConvertible {
    package var description: String {
        if let version { "\(name)/\(version)" } else { name }
    }
}
