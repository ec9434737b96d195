import Foundation
import JaneeSecrets
import Testing

@testable import JaneeProviders

@Suite("What a JSON Web Token says of itself")
struct JWTClaimsTests {
    static func token(_ payload: String) -> SecretValue {
        let encoded = Data(payload.utf8).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        return SecretValue("e30.\(encoded).c2ln")
    }

    @Test(
        "is told in words",
        arguments: [
            (
                #"{"sub":"system:serviceaccount:default:app","aud":["vault","kubernetes"],"exp":1000}"#,
                "its subject is 'system:serviceaccount:default:app', its audience is 'vault', 'kubernetes', it expired 500 seconds ago"
            ),
            (#"{"aud":"vault","exp":1600}"#, "its audience is 'vault', it expires in 100 seconds"),
            (#"{}"#, "it names neither subject nor audience"),
            // What cannot be shown is not.
            (#"{"sub":"a\u001b[2J","aud":["b'c",7],"exp":"soon"}"#, "it names neither subject nor audience"),
        ]
    )
    func words(payload: String, expected: String) throws {
        #expect(try #require(JWTClaims(Self.token(payload))).description(at: .seconds(1500)) == expected)
    }

    @Test(
        "nothing is told of what is none",
        arguments: ["", "garbage", "a.b", "a.b.c", "a.b.c.d", "e30.W10.x", "e30.e30"]
    )
    func none(text: String) {
        #expect(JWTClaims(SecretValue(text)) == nil)
    }
}
