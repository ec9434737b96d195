import JaneeJSON
import JaneeTestSupport
import Testing

@Suite("The credential sources of AWS's platforms")
struct AWSMetadataTests {
    private static let role = "/latest/meta-data/iam/security-credentials/"
    private let time = Locked(Duration.seconds(1_770_906_300))
    private let instance: InstanceMetadataDouble

    init() {
        let time = time
        instance = InstanceMetadataDouble { time.withLock { $0 } }
        instance.issue("ASIAFIRST", secret: "s", token: "t", expires: .seconds(1_770_909_900))
    }

    private func put(_ headers: [(String, String)] = []) -> DoubleAnswer {
        instance.answer(
            DoubleRequest(
                method: "PUT",
                target: "/latest/api/token",
                headers: [("X-aws-ec2-metadata-token-ttl-seconds", "21600")] + headers
            )
        )
    }

    private func get(_ target: String, _ token: String) -> DoubleAnswer {
        instance.answer(
            DoubleRequest(method: "GET", target: target, headers: [("X-aws-ec2-metadata-token", token)])
        )
    }

    @Test("a request that was passed on by another host gets no session token")
    func forwarded() {
        #expect(put([("X-Forwarded-For", "192.0.2.1")]).status == 403)
        #expect(put().status == 200)
    }

    @Test("keys are those of the role, in the form of the service")
    func keys() {
        let token = put().text
        #expect(
            get(Self.role + "app-role", token).json == [
                "Code": "Success", "LastUpdated": "2026-11-23T18:00:00Z", "Type": "AWS-HMAC",
                "AccessKeyId": "ASIAFIRST", "SecretAccessKey": "s", "Token": "t",
                "Expiration": "2026-02-12T15:25:00Z",
            ]
        )
        #expect(get(Self.role + "other", token).status == 404 && get("/latest/meta-data/", token).status == 404)
        instance.role = nil
        #expect(get(Self.role, token).status == 404)
    }

    @Test("session tokens that are forgotten are not accepted, and new ones are")
    func forgotten() {
        let token = put().text
        #expect(get(Self.role, token).status == 200)
        instance.forgetTokens()
        #expect(get(Self.role, token).status == 401)
        #expect(get(Self.role, put().text).status == 200)
    }

    @Test("faults hold for all or for session tokens only")
    func faults() {
        let token = put().text
        instance.set(.status(404), onlyTokens: true)
        #expect(put().status == 404 && get(Self.role, token).status == 200)
        instance.set(.closeConnection)
        #expect(put().behaviour == .close && get(Self.role, token).behaviour == .close)
        instance.set(.hang)
        #expect(get(Self.role, token).behaviour == .hang)
        instance.clearFaults()
        #expect(put().status == 200)
        #expect(instance.requests.count == 7 && instance.requests.first?.method == "PUT")
        instance.clearRequests()
        #expect(instance.requests.isEmpty)
    }

    @Test("containers need the token, which may change, and the path")
    func container() {
        let double = ContainerCredentialsDouble()
        let get = { (target: String, token: String?) in
            double.answer(
                DoubleRequest(method: "GET", target: target, headers: token.map { [("Authorization", $0)] } ?? [])
            )
            .status
        }
        #expect(get("/v2/credentials/uuid", nil) == 404)
        double.issue("ASIAFIRST", secret: "s", token: "t", expires: .seconds(1_770_909_900))
        #expect(get("/v2/credentials/uuid", nil) == 200)
        double.path = "/v1/credentials"
        double.authorization = "one"
        #expect(get("/v1/credentials", "one") == 200 && get("/v2/credentials/uuid", "one") == 404)
        double.authorization = "two"
        #expect(get("/v1/credentials", "one") == 403 && get("/v1/credentials", nil) == 403)
        #expect(get("/v1/credentials", "two") == 200)
        double.set(.status(500))
        #expect(get("/v1/credentials", "two") == 500)
        double.clearFaults()
        #expect(double.requests.count == 8)
    }
}
