import Testing

@testable import JaneeCore

@Suite("Bodies that would replace the method")
struct MethodOverrideTests {
    private func isRefused(_ body: String, _ type: String?) throws -> Bool {
        let headers = type.map { [("Content-Type", $0)] } ?? []
        let service = try TestConfiguration.service()
        do throws(RequestRefusal) {
            _ = try CanonicalRequest(AgentCall("POST", "/x", headers, body: body), service: service, owned: [])
            return false
        } catch {
            #expect(error.description.contains("_method"))
            return true
        }
    }

    private static let form = "application/x-www-form-urlencoded"

    @Test(
        "a form with the parameter is refused in every spelling",
        arguments: [
            "_method=DELETE", "a=b&_method=DELETE", "_method", "_METHOD=x", "%5fmethod=x", "_%6Dethod=x", "+_method=x",
            "%20%20_method=x", ".method=x", "a=b;_method=x", "_method%00y=x", "\n_method=x", "&&_method=&",
        ]
    )
    func forms(body: String) throws {
        for type in [Self.form, "APPLICATION/X-WWW-Form-Urlencoded", Self.form + "; charset=utf-8", "  " + Self.form] {
            #expect(try isRefused(body, type), "\(type)")
        }
        #expect(try !isRefused(body, "text/plain"))
        #expect(try !isRefused(body, nil))
    }

    @Test(
        "a form with similar parameters passes",
        arguments: [
            "method=x", "a=_method", "my_method=x", "_methods=x", "payment_method=card", "a_method", "%255fmethod=x",
        ]
    )
    func similarForms(body: String) throws {
        #expect(try !isRefused(body, Self.form))
    }

    @Test(
        "a multipart form with the parameter is refused",
        arguments: [
            #"form-data; name="_method""#, "form-data; name=_method", "form-data; name='_method'",
            #"form-data; name="_METHOD""#,
            #"form-data; name*=utf-8''_method"#, "form-data;\r\n name=_method",
        ]
    )
    func multipart(disposition: String) throws {
        let body = "--b\r\nContent-Disposition: \(disposition)\r\n\r\nDELETE\r\n--b--\r\n"
        #expect(try isRefused(body, "multipart/form-data; boundary=b"))
        #expect(try isRefused(body, "Multipart/Form-Data; boundary=b"))
        #expect(try !isRefused(body, "application/octet-stream"))
    }

    @Test("other multipart forms pass", arguments: ["payment_method", "method", "_methods", "a"])
    func otherMultipart(name: String) throws {
        let body = "--b\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n_method\r\n--b--\r\n"
        #expect(try !isRefused(body, "multipart/form-data; boundary=b"))
    }

    @Test(
        "JSON with the member is refused, whatever else is wrong with it",
        arguments: [
            #"{"_method":"DELETE"}"#, #"{"a":1,"_method" : "DELETE"}"#, "{\"_method\"\n:1}", #"{"\u005fmethod":1}"#,
            #"{"_\u006Dethod":1}"#, #"{"_method":1,"a":1,"a":2}"#, #"{"_METHOD":1}"#, #"{"_method":1"#,
        ]
    )
    func json(body: String) throws {
        for type in ["application/json", "application/vnd.api+JSON; charset=utf-8", "text/json"] {
            #expect(try isRefused(body, type), "\(type)")
        }
        #expect(try !isRefused(body, "text/plain"))
    }

    @Test("JSON without a declared type is looked at as well")
    func undeclaredJSON() throws {
        #expect(try isRefused(#"{"_method":"DELETE"}"#, nil))
    }

    @Test(
        "JSON that only mentions the word passes",
        arguments: [
            #"{"method":"DELETE"}"#, #"{"a":"_method"}"#, #"["_method"]"#, #"{"payment_method":"card"}"#,
            #"{"a":"\"_method\":"}"#,
            #"{"_methods":1}"#, #"{"\\u005fmethod":1}"#,
        ]
    )
    func mentions(body: String) throws {
        #expect(try !isRefused(body, "application/json"))
    }
}
