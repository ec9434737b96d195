import JaneeSecrets
import Testing

@Suite("Words of a shell")
struct ShellWordTests {
    @Test(
        "what a shell would change is quoted",
        arguments: [
            ("plain", "plain"), ("a/b-c_d.e~1", "a/b-c_d.e~1"), ("", "''"), ("a b", "'a b'"), ("$(x)", "'$(x)'"),
            ("it's", "'it'\\''s'"), ("~/x", "'~/x'"), ("é", "'é'"), ("a\nb", "'a\nb'"),
            ("arn:aws:x", "arn:aws:x"),
        ]
    )
    func quoted(text: String, word: String) {
        #expect(ShellWord.quoted(text) == word)
    }
}
