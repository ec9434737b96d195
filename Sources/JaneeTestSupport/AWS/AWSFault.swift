import JaneeSecrets

extension AWSDouble {
    /// What a service answers instead of the answer.
    package enum Fault: Sendable, Equatable {
        case throttling(retryAfter: Int?)
        case tooManyRequests429(retryAfter: Int?)
        case internalServiceError
        case serviceUnavailable503HTML
        case error(name: String, message: String, status: Int)
        case hang
        case closeConnection
        case truncated
        case html200(canary: String)
        case huge
        case garbage
    }
}

struct AWSActiveFault: Sendable {
    let fault: AWSDouble.Fault
    let action: String?
    var remaining: Int?
}

extension AWSState {
    /// The answer of the first fault that holds for a request.
    mutating func fault(_ call: AWSCall) -> DoubleAnswer? {
        guard let index = faults.firstIndex(where: { $0.remaining != 0 && ($0.action ?? call.action) == call.action })
        else {
            return nil
        }
        if let remaining = faults[index].remaining { faults[index].remaining = remaining - 1 }
        return answer(faults[index].fault, to: call)
    }

    private func answer(_ fault: AWSDouble.Fault, to call: AWSCall) -> DoubleAnswer {
        switch fault {
        case .throttling(let seconds):
            return adding(seconds, to: answer(AWSError("ThrottlingException", "Rate exceeded"), to: call))
        case .tooManyRequests429(let seconds): return adding(seconds, to: DoubleAnswer(status: 429))
        case .internalServiceError:
            return answer(
                AWSError("InternalServiceError", "An error occurred on the server side.", status: 500),
                to: call
            )
        case .serviceUnavailable503HTML:
            return DoubleAnswer(
                status: 503,
                headers: [("Content-Type", "text/html")],
                body: Array("<html>busy</html>".utf8)
            )
        case .error(let name, let message, let status):
            return answer(AWSError(name, message, status: status), to: call)
        case .hang: return DoubleAnswer(status: 200, behaviour: .hang)
        case .closeConnection: return DoubleAnswer(status: 200, behaviour: .close)
        case .truncated: return DoubleAnswer(status: 200, body: Array(#"{"SecretString":"#.utf8), behaviour: .truncate)
        case .html200(let canary):
            return DoubleAnswer(
                status: 200,
                headers: [("Content-Type", "text/html")],
                body: Array("<html>\(canary)</html>".utf8)
            )
        case .huge: return DoubleAnswer(status: 200, body: [UInt8](repeating: UInt8(ascii: "x"), count: 2 << 20))
        case .garbage: return DoubleAnswer(status: 200, body: [0x00, 0xFF, 0x7B, 0x22])
        }
    }

    private func adding(_ seconds: Int?, to answer: DoubleAnswer) -> DoubleAnswer {
        var answer = answer
        if let seconds { answer.headers.append(("Retry-After", String(seconds))) }
        return answer
    }
}
