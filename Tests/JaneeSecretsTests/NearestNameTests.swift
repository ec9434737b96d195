import JaneeSecrets
import Testing

@Suite("Nearest names")
struct NearestNameTests {
    private static let names = [
        "address", "namespace", "auth", "mountPath", "timeoutMs", "tls", "ttl", "key", "apiKey",
    ]

    @Test(
        "a slip of the keyboard is recognised",
        arguments: [
            ("adress", "address"), ("addres", "address"), ("addresss", "address"), ("adderss", "address"),
            ("Address", "address"), ("ADDRESS", "address"), ("name_space", "namespace"), ("mountpath", "mountPath"),
            ("mount_path", "mountPath"), ("mountPaht", "mountPath"), ("timeoutms", "timeoutMs"),
            ("timeout", "timeoutMs"),
            ("aut", "auth"), ("atuh", "auth"), ("autth", "auth"), ("apikey", "apiKey"), ("api_key", "apiKey"),
            ("kye", "key"),
            ("tsl", "tls"), ("address", "address"),
        ]
    )
    func near(text: String, name: String) {
        #expect(NearestName.of(text, among: Self.names) == name)
    }

    @Test(
        "anything else is not",
        arguments: ["", "x", "region", "secretAccessKey", "password", "addressaddress", "a", "zzzzzz", "\u{1F511}"]
    )
    func far(text: String) {
        #expect(NearestName.of(text, among: Self.names) == nil)
    }

    @Test("without candidates there is no hint")
    func none() {
        #expect(NearestName.of("a", among: []) == nil)
        #expect(NearestName.of("a", among: ["b"]) == nil)
        #expect(NearestName.of("", among: ["", "a"]) == nil)
    }

    @Test("the nearest of several wins, the first of equals")
    func order() {
        #expect(NearestName.of("prodVaul", among: ["devVault", "prodVault", "prodVaults"]) == "prodVault")
        #expect(NearestName.of("vault1", among: ["vault2", "vault3"]) == "vault2")
    }

    @Test("enormous names and lists cost little")
    func large() {
        let long = String(repeating: "a", count: 1_000_000)
        #expect(NearestName.of(long, among: ["aaa", "b"]) == nil)
        #expect(NearestName.of("b", among: [long]) == nil)
        let many = (0..<200_000).map { "service-\($0)" }
        for _ in 0..<20 { _ = NearestName.of("service-x", among: many) }
    }
}
