/// Why a request is one that the broker never sends.
///
/// The text is for agents: what is wrong and what to do.
package struct RequestRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
