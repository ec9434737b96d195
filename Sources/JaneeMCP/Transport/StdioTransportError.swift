/// Why the transport could not start.
package struct StdioTransportError: Error, Equatable, CustomStringConvertible {
    package let action: String
    package let errorNumber: Int32

    package var description: String {
        "stdio transport: could not \(action) (errno \(errorNumber)); the process may be out of descriptors or threads"
    }
}
