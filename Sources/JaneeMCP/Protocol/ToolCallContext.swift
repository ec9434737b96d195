/// What a tool may know about the request that called it.
package struct ToolCallContext: Sendable {
    /// What the client calls itself; not an identity.
    package let client: ClientLabel?

    package let protocolVersion: String

    package let era: ProtocolEra

    /// For logs.
    package let requestID: RequestID

    package init(client: ClientLabel?, protocolVersion: String, era: ProtocolEra, requestID: RequestID) {
        self.client = client
        self.protocolVersion = protocolVersion
        self.era = era
        self.requestID = requestID
    }
}
