import HTTPTypes
import JaneeJSON
import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("Recorded answers of services of AWS")
struct RecordedAnswersTests {
    private func answer(_ exchange: RecordedAWSExchange) -> AWSAnswer {
        var headers = HTTPFields()
        if let name = HTTPField.Name("x-amzn-errortype"), let type = exchange.errorType { headers[name] = type }
        return AWSAnswer(
            InboundResponse(status: exchange.status, headers: headers, body: Array(exchange.answer.utf8)),
            now: .zero
        )
    }

    @Test("the recording is there")
    func recording() {
        #expect(RecordedAWSExchange.all.count { $0.action == "GetSecretValue" } > 40)
        #expect(Set(RecordedAWSExchange.all.map(\.server)) == ["moto", "LocalStack", "enforcing"])
    }

    @Test(
        "values are read from every answer that has one",
        arguments: RecordedAWSExchange.all.filter {
            $0.action == "GetSecretValue" && $0.status == 200 && !$0.answer.hasSuffix("...")
                && !$0.answer.hasPrefix("<")
        }
    )
    func values(exchange: RecordedAWSExchange) throws {
        let json = try answer(exchange).json()
        if json["SecretBinary"] != nil {
            #expect(try SecretContent.value(json, field: nil) == SecretValue(0...15))
        } else {
            let text = try #require(json["SecretString"]?.stringValue)
            #expect(try SecretContent.value(json, field: nil) == SecretValue(text))
        }
    }

    /// What each error is, whatever the status and the spelling of a server.
    static let codes: [String: SecretError.Code] = [
        "ResourceNotFoundException": .secretNotFound, "InvalidRequestException": .providerInternalError,
        "ValidationException": .providerInternalError, "ValidationError": .providerInternalError,
        "InternalError": .providerUnavailable, "AccessDenied": .providerPermissionDenied,
        "InvalidClientTokenId": .providerAuthFailed, "SignatureDoesNotMatch": .providerAuthFailed,
        "InternalFailure": .providerUnavailable,
    ]

    @Test(
        "every recorded error has its code, and its words are not passed on",
        arguments: RecordedAWSExchange.all.filter {
            $0.status >= 400 && ["GetSecretValue", "ListSecrets", "NoSuchOp", ""].contains($0.action)
        }
    )
    func errors(exchange: RecordedAWSExchange) throws {
        let answer = answer(exchange)
        let error = answer.failure("secretsmanager:GetSecretValue", "us")
        let name =
            exchange.answer.firstMatch(of: /"__type": "(\w+)"/)?.1 ?? exchange.answer.firstMatch(of: /<Code>(\w+)</)?.1
        guard let name else {
            #expect(error.code == .providerUnavailable && exchange.answer.hasPrefix("<!doctype html>"))
            return
        }
        let isDeleted = exchange.answer.contains("marked")
        #expect(error.code == (isDeleted ? .secretNotFound : Self.codes[String(name)]), "\(name)")
        let words =
            exchange.answer.firstMatch(of: /(?i)"message": "([^"]{12,})"/)?.1
            ?? exchange.answer.firstMatch(of: /<Message>([^<]{12,})</)?.1
        if let words { #expect(!error.detail.contains(words)) }
    }

    @Test("a success that is none of Secrets Manager, as an unsigned request gets one, is an error")
    func unsigned() throws {
        let exchange = try #require(
            RecordedAWSExchange.all.first { $0.server == "moto" && $0.title == "unsigned request" }
        )
        #expect(exchange.status == 200 && exchange.answer.hasPrefix("<"))
        #expect(throws: SecretError.self) { try answer(exchange).json() }
    }

    @Test("our double answers as LocalStack does, whose texts are those of the service")
    func double() throws {
        let double = AWSDouble(account: "000000000000") { AWSScene.epoch }
        double.addKey(id: AWSScene.keyID, secret: AWSScene.secretKey)
        double.put(
            "app/unicode",
            string: "h\u{E9}llo \u{2713} \u{1F600} \u{1}\n",
            id: "44444444-4444-4444-4444-444444444444"
        )
        double.put("app/deleted", string: "x")
        var compared = 0
        for exchange in RecordedAWSExchange.all where exchange.server == "LocalStack" {
            let body = exchange.body
            guard let json = try? JSONReader.parse(body), exchange.status < 500 else { continue }
            switch exchange.action {
            case "CreateSecret" where exchange.status == 200, "PutSecretValue": set(json, on: double)
            case "DeleteSecret": double.delete(json["SecretId"]?.stringValue ?? "")
            case "GetSecretValue", "BatchGetSecretValue":
                // What is cut in the recording, and what the emulator makes of a request that none of ours is.
                guard !exchange.answer.hasSuffix("..."), json["SecretId"]?.stringValue != "",
                    exchange.title != "broken signature", !exchange.title.contains("unsigned"),
                    !exchange.title.contains("bogus"), !exchange.title.contains("X-Amz-Date")
                else { continue }
                let answer = double.answer(
                    signed(exchange.action, body.replacing("app/db-FeoMfC", with: suffixed(double)))
                )
                #expect(answer.status == exchange.status, "\(exchange.title)")
                #expect(neutral(answer.text) == neutral(exchange.answer), "\(exchange.title)")
                compared += 1
            default: break
            }
        }
        #expect(compared > 15)
    }

    private func set(_ json: JSONValue, on double: AWSDouble) {
        let name = json["Name"]?.stringValue ?? json["SecretId"]?.stringValue ?? ""
        let id = json["ClientRequestToken"]?.stringValue
        if let text = json["SecretString"]?.stringValue {
            if text.isEmpty { double.create(name) } else { double.put(name, string: text, id: id) }
        } else {
            double.put(name, binary: Array(0...15), id: id)
        }
    }

    private func suffixed(_ double: AWSDouble) -> String {
        String(double.arn(of: "app/db").split(separator: ":").last ?? "")
    }

    private func signed(_ action: String, _ body: String) -> DoubleRequest {
        AWSDouble.signedRequest(
            target: "secretsmanager.\(action)",
            body: Array(body.utf8),
            id: AWSScene.keyID,
            secret: AWSScene.secretKey,
            at: AWSScene.epoch
        )
    }

    /// An answer without what is drawn at random, and with the members in one order.
    private func neutral(_ text: String) -> String {
        let text = text.replacing(/(arn:[^"]*)-\w{6}"/) { "\($0.1)-SUFFIX\"" }
            .replacing(/"CreatedDate": ?[0-9.]+/) { _ in "\"CreatedDate\":0" }
        guard let json = try? JSONReader.parse(text) else { return text }
        return sorted(json)
    }

    private func sorted(_ json: JSONValue) -> String {
        switch json {
        case .object(let object):
            "{"
                + object.map { "\($0)=\(sorted($1))" }.sorted().joined(separator: ",")
                .replacing("Message=", with: "message=") + "}"
        case .array(let array): "[" + array.map(sorted).joined(separator: ",") + "]"
        case .null: "null"
        default: "\(json)"
        }
    }
}
