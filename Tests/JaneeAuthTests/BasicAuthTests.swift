import JaneeAuth
import Testing

@Suite("Basic authentication")
struct BasicAuthTests {
    @Test(
        "user and password become one header",
        arguments: [
            // RFC 7617, section 2 and 2.1.
            ("Aladdin", "open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), ("test", "123\u{A3}", "dGVzdDoxMjPCow=="),
            ("AC123", "", "QUMxMjM6"), ("", "key", "OmtleQ=="), ("u", "a:b", "dTphOmI="),
        ]
    )
    func header(user: String, password: String, encoded: String) throws {
        let headers = try AuthFixture.headers(BasicAuth(), ["password": password], ["username": user])
        #expect(headers.map(\.name) == ["Authorization"])
        #expect(headers.map(\.text) == ["Basic \(encoded)"])
        let stored = try AuthFixture.headers(BasicAuth(), ["password": password, "username": user])
        #expect(stored.map(\.text) == ["Basic \(encoded)"])
    }

    @Test(
        "what cannot be sent as basic is not sent",
        arguments: [("a:b", "x"), ("a\n", "x"), ("a", "x\r\ny"), ("", "")]
    )
    func refused(user: String, password: String) {
        #expect(throws: AuthError.self) {
            try AuthFixture.headers(BasicAuth(), ["password": password], ["username": user])
        }
        #expect(throws: AuthError.self) { try AuthFixture.headers(BasicAuth(), [:], ["username": user]) }
    }

    @Test("the password and the pair are scrubbed, a user name only if it is a secret")
    func scrubbing() throws {
        let plain = try AuthFixture.scrubbed(BasicAuth(), ["password": "pass-word"], ["username": "AC123"])
        #expect(plain == ["pass-word", "AC123:pass-word", "QUMxMjM6cGFzcy13b3Jk"])
        let secret = try AuthFixture.scrubbed(BasicAuth(), ["password": "pass-word", "username": "AC123"])
        #expect(secret == ["pass-word", "AC123:pass-word", "QUMxMjM6cGFzcy13b3Jk", "AC123"])
    }

    @Test("Janee 0.16 stores basic credentials as a bearer key")
    func storedAsBearer() throws {
        let key = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        #expect(try AuthFixture.headers(BearerAuth(), ["key": key]).map(\.text) == [key])
        #expect(
            try AuthFixture.scrubbed(BearerAuth(), ["key": key]) == [
                key, "Aladdin:open sesame", "open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            ]
        )
        #expect(try AuthFixture.scrubbed(BearerAuth(), ["key": "Basically"]) == ["Basically"])
    }
}

@Suite("Authentication by headers")
struct HeadersAuthTests {
    @Test("each header gets its secret, verbatim")
    func headers() throws {
        let headers = try AuthFixture.headers(
            HeadersAuth(),
            ["headers.X-Api-Key": "k 1", "headers.Authorization": "Token t"]
        )
        #expect(headers.map(\.name) == ["Authorization", "X-Api-Key"])
        #expect(headers.map(\.text) == ["Token t", "k 1"])
    }

    @Test("what cannot stand in a header is not sent", arguments: ["", "a\nb", " a", "a ", "é", "a\u{0}"])
    func refused(value: String) {
        #expect(throws: AuthError.self) { try AuthFixture.headers(HeadersAuth(), ["headers.X": value]) }
    }

    @Test("without headers nothing is sent")
    func none() {
        #expect(throws: AuthError.self) { try AuthFixture.headers(HeadersAuth(), [:]) }
    }
}
